"""``tieout verify PACK|COMPANY``: is a pack unaltered, does a company's chain of runs hold."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from tieout.commands.options import config_option, directory_option, results_root
from tieout.pack.manifest import read_public_key
from tieout.pack.verification import verify_pack
from tieout.run_chain import broken_links
from tieout.snapshot import open_snapshot
from transforms.wording import count_of


@click.command()
@click.argument("what", metavar="PACK|COMPANY")
@click.option(
    "--key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Public key in PEM the pack must be signed with.",
)
@click.option(
    "--predecessor",
    type=click.Path(exists=True, path_type=Path),
    help="The pack this one must name as its predecessor.",
)
@config_option
@directory_option
def verify(
    what: str, key: Path | None, predecessor: Path | None, config: Path, directory: Path | None
) -> None:
    """Verify an evidence PACK (folder or zip, offline), or the chain of runs of a COMPANY.

    Of a pack: names every file that is altered, missing or added; nothing but the pack is read. Of a company, by its
    name or its folder: each run carries the hash of the run before, so a run that was changed or taken away is named.
    Exit code 0: unaltered, 1: not.
    """
    path = Path(what)
    if (path / "snapshot.duckdb").exists():
        trouble, said = _chain(CompanyDirectory(path.resolve().parent, path.resolve().name))
    elif path.exists():
        trouble, said = _pack(path, key, predecessor)
    elif path.suffix or path.name != what:
        raise click.UsageError(f"{what}: no such pack")
    else:
        trouble, said = _chain(CompanyDirectory(results_root(config, directory), what))
    for sentence in trouble:
        click.echo(sentence)
    click.echo(f"NOT UNALTERED: {count_of(len(trouble), 'difference', 'differences')}" if trouble else said)
    sys.exit(1 if trouble else 0)


def _pack(path: Path, key: Path | None, predecessor: Path | None) -> tuple[tuple[str, ...], str]:
    verified = verify_pack(path, read_public_key(key) if key else None, predecessor)
    about = verified.manifest
    signed = f"signed by {verified.signer}" if verified.signer else "not signed"
    said = (
        f"unaltered: {len(about.get('files', []))} files of {about.get('company_name')},"
        f" {about.get('financial_year')} to {about.get('financial_year_end')}, run {about.get('run_id')}; {signed}"
    )
    return verified.trouble, said


def _chain(company: CompanyDirectory) -> tuple[tuple[str, ...], str]:
    with open_snapshot(company.snapshot_pointer) as snapshot:
        runs = snapshot.runs()
    hashed = runs.filter(runs["run_hash"].is_not_null()).height
    before = f", {runs.height - hashed} from before the chain" if runs.height > hashed else ""
    return tuple(broken_links(runs)), f"the chain holds: {count_of(hashed, 'run', 'runs')}{before}"
