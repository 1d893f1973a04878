"""``tieout sie FILE ...``: SIE files in, the same snapshot and the ledger's checks out. No API."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from pipelines.companies import CompanyDirectory
from pipelines.sie import SieFile, UnplacedFile, sie_file
from sie_parser import SieError
from tieout.commands.options import config_option, directory_option, make_console, quiet_option, results_root
from tieout.night import Night, Reconciled, run_company
from tieout.progress import show_progress
from tieout.reports.terminal import show_run
from tieout.settings import COMPANY_NAME
from tieout.sie_files import SieBooks, books_of
from tieout.snapshot import open_snapshot
from tieout.sources import SieSource
from transforms.settings import Settings

BAD_INPUT = 4


@dataclass(frozen=True)
class Readable:
    """What of the given files could be read: the files, and how many could not."""

    files: list[SieFile]
    broken: int


@click.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE ...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--company", metavar="NAME", help="File them under this name instead of by organisation number."
)
@config_option
@directory_option
@quiet_option
def sie(
    files: tuple[Path, ...], company: str | None, config: Path, directory: Path | None, quiet: bool
) -> None:
    """Load SIE files without an API: the same snapshot and the checks a ledger alone can answer.

    Files are sorted by company and financial year; a year given again replaces what was held of it. A broken file is
    named on standard error and the others still load; the exit code is then 4.
    """
    if company is not None and not COMPANY_NAME.fullmatch(company):
        raise click.BadParameter('lower-case letters, digits, "-" and "_"', param_hint="--company")
    console, root, night = make_console(), results_root(config, directory), Night()
    readable = _read(files)
    ends = [_load(books, root, night, console, quiet=quiet) for books in books_of(readable.files, company)]
    broken = readable.broken or any(end.incomplete or lost for end, lost in ends)
    sys.exit(BAD_INPUT if broken else max((end.exit_code for end, _ in ends), default=0))


def _read(paths: tuple[Path, ...]) -> Readable:
    files, broken = [], 0
    for path in paths:
        try:
            files.append(sie_file(path))
        except (SieError, UnplacedFile) as error:
            broken += 1
            click.echo(f"tieout: {error if str(path) in str(error) else f'{path}: {error}'}", err=True)
    return Readable(files, broken)


def _load(
    books: SieBooks, root: Path, night: Night, console: Console, *, quiet: bool
) -> tuple[Reconciled, int]:
    """One company's files; how its night ended, and how many values or rows the files lost."""
    for worse, better in books.passed_over:
        click.echo(
            f"not loaded: {worse.name}: {better.name} says more about {better.financial_year}", err=True
        )
    company = CompanyDirectory(root, books.company_id)
    settings = Settings(company_id=books.company_id, as_of=night.today())
    with show_progress(console, quiet=quiet) as progress:
        end = run_company(company, SieSource(tuple(books.files.values())), settings, night, progress)
    with open_snapshot(company.snapshot_pointer) as snapshot:
        errors = snapshot.sie_errors()
        for line in errors:
            click.echo(f"tieout: {line}", err=True)
        show_run(console, snapshot, end.loaded, pointer=company.snapshot_pointer, report=company.report)
    return end, len(errors)
