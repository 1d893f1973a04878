"""``tieout pack COMPANY --year Y``: the evidence pack of one financial year."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from tieout.commands.options import (
    config_option,
    directory_option,
    personal_data_option,
    results_root,
    settings_or_defaults,
)
from tieout.pack.contents import year_named
from tieout.pack.manifest import read_private_key
from tieout.pack.writing import write_pack
from tieout.snapshot import open_snapshot


@click.command()
@click.argument("company")
@click.option(
    "--year",
    required=True,
    help="First day of the financial year (2025-01-01), or the year it ended in (2025).",
)
@click.option(
    "--sign",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ed25519 private key in PEM to sign with (openssl genpkey -algorithm ed25519).",
)
@personal_data_option
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of packs; instead of <company>/packs.",
)
@config_option
@directory_option
def pack(
    company: str,
    year: str,
    sign: Path | None,
    personal_data: str | None,
    to: Path | None,
    config: Path,
    directory: Path | None,
) -> None:
    """Write COMPANY's evidence pack for one financial year: a folder and a zip.

    Report, tie-outs with the rows behind them, findings, SIE files, settings and versions, a manifest with the SHA-256
    of every file and of the pack before, and a README that lets a reader redo one tie-out in a spreadsheet. SIE files
    that name persons go in masked, unless personal data is kept. `tieout verify` checks a pack.
    """
    persons = personal_data or settings_or_defaults(config).report.personal_data
    folder = CompanyDirectory(results_root(config, directory), company)
    key = read_private_key(sign) if sign else None
    with open_snapshot(folder.snapshot_pointer) as snapshot:
        chosen = year_named(snapshot, year)
        written = write_pack(folder, snapshot, chosen, personal_data=persons, key=key, packs=to)
    click.echo(f"{written.files} files: {written.folder}")
    click.echo(f"one file:  {written.archive}")
    click.echo(f"manifest:  {written.manifest_sha256}")
    click.echo(f"keep until {chosen.keep_until}")
