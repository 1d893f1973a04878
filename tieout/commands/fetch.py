"""``tieout fetch COMPANY KIND KEY``: one record or file, straight from the API, read only."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final

import click

from pipelines.fortnox.client import FortnoxClient
from pipelines.whole_file import write_whole
from tieout.access import fortnox_access_of
from tieout.commands.options import JSON, TABLE, as_json, config_option, make_console
from tieout.fetching import KINDS, fetch_file, fetch_record, fetch_sie
from tieout.reports.record import show_record
from tieout.settings import read_settings

FILES: Final = ("file", "sie")


@click.command()
@click.argument("company")
@click.argument("kind", type=click.Choice([*KINDS, *FILES]), metavar="KIND")
@click.argument("key", required=False, metavar="[KEY]")
@click.option(
    "--year",
    metavar="ID",
    help="Financial year: Fortnox's id, its first day, or the calendar year it begins in or alone has days of.",
)
@click.option(
    "--type", "sie_type", type=click.IntRange(1, 4), default=4, show_default=True, help="Type of SIE file."
)
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), help="Where to write a file.")
@click.option("--force", is_flag=True, help="Replace the file --to names.")
@click.option("--format", "form", type=click.Choice([TABLE, JSON]), default=TABLE, show_default=True)
@config_option
def fetch(
    company: str,
    kind: str,
    key: str | None,
    year: str | None,
    sie_type: int,
    to: Path | None,
    force: bool,
    form: str,
    config: Path,
) -> None:
    """Fetch one record of COMPANY from Fortnox as it is now, or one file.

    \b
    tieout fetch acme voucher A/17 --year 2026
    tieout fetch acme account 1510 --year 2026
    tieout fetch acme invoice 1042 --format json     supplier-invoice, customer-payment, supplier-payment
    tieout fetch acme customer 100                   supplier
    tieout fetch acme file 0a1b2c3d-… --to receipt.pdf
    tieout fetch acme sie --type 1 --year 2026 --to books.si

    Reads only, keeps nothing, and shows personal data as given. JSON has amounts as text, exactly as they came. A file
    is written whole or not at all, readable by its owner only, and its SHA-256 is printed. Exit code 0, 3 when Fortnox
    is in trouble, 4 when there is no such record.
    """
    if (key is None) != (kind == "sie"):
        raise click.UsageError(
            f"which {kind}? give its key" if key is None else "sie takes --type and --year, no key"
        )
    if (to is None) == (kind in FILES):
        raise click.UsageError(
            "--to PATH: where to write it?" if to is None else "--to goes with file and sie"
        )
    if to is not None:
        _refuse_to_overwrite(to, force=force)
    source = fortnox_access_of(read_settings(config), company, os.environ)
    with source.connect() as client:
        source.refuse_other_tenant(client)
        if to is not None:
            content = fetch_sie(client, sie_type, year) if kind == "sie" else fetch_file(client, key or "")
            write_whole(to, content, mode=0o600, replace=force)
            _tell_of(to, content, form)
        else:
            _show(client, kind, key or "", year, form)


def _show(client: FortnoxClient, kind: str, key: str, year: str | None, form: str) -> None:
    record = fetch_record(client, kind, key, year)
    if form == JSON:
        click.echo(as_json(record))
    else:
        show_record(make_console(), record)


def _tell_of(path: Path, content: bytes, form: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    if form == JSON:
        click.echo(
            json.dumps({"path": str(path), "bytes": len(content), "sha256": digest}, ensure_ascii=False)
        )
    else:
        click.echo(f"{digest}  {path}  {len(content):,} bytes")


def _refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Before anything is asked of Fortnox: whether the file can be put there."""
    if not path.parent.is_dir():
        raise click.BadParameter(f"{path.parent} is not a folder", param_hint="--to")
    if path.exists() and not force:
        raise click.BadParameter(f"{path} exists; --force replaces it", param_hint="--to")
