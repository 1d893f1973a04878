"""``tieout sie FILE ...``: SIE files in, the same snapshot and the ledger's checks out. No API."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from pipelines.companies import CompanyDirectory
from pipelines.sie import SieFile, UnplacedFile, sie_file
from sie_parser import SieError
from sie_parser.problems import render
from tieout.commands.options import (
    config_option,
    directory_option,
    make_console,
    quiet_option,
    results_root,
    settings_or_defaults,
)
from tieout.commands.telling import tell, told_night
from tieout.night import INCOMPLETE, Night, Reconciled, run_company
from tieout.notify import notice_of_failure
from tieout.progress import show_progress
from tieout.reports.web_page import ReportOptions
from tieout.settings import COMPANY_NAME, TieoutSettings
from tieout.sie_files import SieBooks, books_of
from tieout.snapshot import open_snapshot
from tieout.sources import SieSource

BAD_INPUT = 4


@dataclass(frozen=True)
class Readable:
    """What of the given files could be read, and which could not."""

    files: list[SieFile]
    broken: list[Path]


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
    settings, root = settings_or_defaults(config), results_root(config, directory)
    night = Night(
        keep_snapshots=settings.keep_snapshots,
        report=ReportOptions(settings.report.language, settings.report.personal_data),
    )
    readable = _read(files)
    for path in readable.broken:
        tell(settings, notice_of_failure(company or path.name, "a SIE file that cannot be read"))
    codes = [
        _load(books, CompanyDirectory(root, books.company_id), settings, night, quiet=quiet)
        for books in books_of(readable.files, company)
    ]
    sys.exit(max([*codes, BAD_INPUT if readable.broken else 0]))


def _read(paths: tuple[Path, ...]) -> Readable:
    files, broken = [], []
    for path in paths:
        try:
            files.append(sie_file(path))
        except (SieError, UnplacedFile) as error:
            broken.append(path)
            said = render(error.problem) if isinstance(error, SieError) else str(error)
            click.echo(f"tieout: {said if str(path) in said else f'{path}: {said}'}", err=True)
    return Readable(files, broken)


def _load(
    books: SieBooks, company: CompanyDirectory, settings: TieoutSettings, night: Night, *, quiet: bool
) -> int:
    """One company's files; the exit code, 4 when they lost values or rows."""
    for worse, better in books.passed_over:
        click.echo(
            f"not loaded: {worse.name}: {better.name} says more about {better.financial_year}", err=True
        )
    console, lost = make_console(), []

    def load_and_reconcile() -> Reconciled:
        source = SieSource(tuple(books.files.values()))
        reconciliation = settings.reconciliation_for(books.company_id, night.today())
        with show_progress(console, quiet=quiet) as progress:
            end = run_company(company, source, reconciliation, night, progress)
        with open_snapshot(company.snapshot_pointer) as snapshot:
            lost.extend(snapshot.sie_errors())
        for line in lost:
            click.echo(f"tieout: {line}", err=True)
        return end

    code = told_night(company, settings, console, load_and_reconcile)
    return max(code, BAD_INPUT) if lost or code == INCOMPLETE else code
