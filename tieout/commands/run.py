"""``tieout run``: the night, company by company."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console

from pipelines.companies import CompanyDirectory
from pipelines.plan import plan_by_counting, plan_from_last_load
from tieout.commands.options import chosen_companies, config_option, make_console, quiet_option
from tieout.commands.telling import told_night
from tieout.night import Night, Reconciled, run_company
from tieout.progress import show_progress
from tieout.reports.terminal import plan_table
from tieout.reports.web_page import ReportOptions
from tieout.settings import SettingsError, TieoutSettings, read_settings
from tieout.sources import fortnox_source_of


@click.command()
@click.argument("companies", nargs=-1, metavar="[COMPANY ...]")
@config_option
@click.option(
    "--full", is_flag=True, help="Believe lists that are suddenly empty instead of stopping the night."
)
@click.option(
    "--plan",
    is_flag=True,
    help="Print surfaces, requests and minutes of a night that reads every list in full; pull nothing.",
)
@click.option(
    "--count", is_flag=True, help="With --plan: count the rows at Fortnox now, one request per listing."
)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Reconcile as of this date, not after today, instead of today in Sweden.",
)
@quiet_option
def run(
    companies: tuple[str, ...],
    config: Path,
    full: bool,
    plan: bool,
    count: bool,
    as_of: datetime | None,
    quiet: bool,
) -> None:
    """Run the night for each COMPANY (all of the configuration's when none is named).

    One company's trouble does not stop the others; the exit code is the worst of them: 0 clean, 1 blocking findings,
    3 source unreachable, unauthorised or incomplete, 4 configuration. A company whose night fails keeps the snapshot
    of the night before.
    """
    if count and not plan:
        raise click.UsageError("--count goes with --plan")
    settings, console = read_settings(config), make_console()
    names = chosen_companies(settings, companies)
    if not names:
        raise SettingsError(f"{config}: no companies; add [companies.NAME] with its tenant_id")
    if plan:
        for name in names:
            _print_plan(settings, name, console, count=count)
        return
    night = Night(
        keep_snapshots=settings.keep_snapshots,
        report=ReportOptions(settings.report.language, settings.report.personal_data),
    )
    day = _day_of(as_of, night.today())
    sys.exit(max(_run_one(settings, name, night, day, console, full=full, quiet=quiet) for name in names))


def _day_of(as_of: datetime | None, today: date) -> date:
    """The day asked for; today in Sweden when none is."""
    if as_of is None:
        return today
    if as_of.date() > today:
        raise click.BadParameter(
            f"{as_of.date()} is after today in Sweden, {today}: nights before that day would be refused afterwards",
            param_hint="--as-of",
        )
    return as_of.date()


def _run_one(
    settings: TieoutSettings, name: str, night: Night, day: date, console: Console, *, full: bool, quiet: bool
) -> int:
    """One company's night; its exit code."""
    company = CompanyDirectory(settings.root, name)

    def pull_and_reconcile() -> Reconciled:
        source = fortnox_source_of(settings, name, os.environ, full=full)
        with show_progress(console, quiet=quiet) as progress:
            return run_company(company, source, settings.reconciliation_for(name, day), night, progress)

    return told_night(company, settings, console, pull_and_reconcile)


def _print_plan(settings: TieoutSettings, name: str, console: Console, *, count: bool) -> None:
    company, choice = CompanyDirectory(settings.root, name), settings.company(name).choice
    budget = settings.company(name).budget
    if count:
        with fortnox_source_of(settings, name, os.environ).connect() as client:
            planned = plan_by_counting(company, client, choice, budget)
    else:
        planned = plan_from_last_load(company, choice, budget)
    console.print(plan_table(name, planned))
