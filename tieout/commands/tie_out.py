"""``tieout tie-out COMPANY``: both sides of every control account at the end of any day, and the bridge between them.

The figures come from ``transforms.tie_out_on``; none are worked out here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import polars as pl
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines.companies import CompanyDirectory
from tieout.commands.options import (
    CSV,
    JSON,
    as_json,
    config_option,
    directory_option,
    format_option,
    make_console,
    print_rows,
    results_root,
)
from tieout.reports.terminal import money
from tieout.snapshot import Snapshot, open_snapshot
from transforms.reconciliations.ap_tie_out import AP_TIE_OUT
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.settings import WINDOWS, Settings
from transforms.subledger import CUSTOMER, SUPPLIER
from transforms.tie_out_on import TieOutOn, tie_out_on, why_not_on

SIDES: Final = ((CUSTOMER, AR_TIE_OUT.id), (SUPPLIER, AP_TIE_OUT.id))
WAITING: Final = "a financial year under the cash method is neither locked nor seven months past"
TERM: Final = ("date", "term", "kind", "cause", "ledger_amount", "subledger_amount", "difference", "explanation",
               "evidence")  # fmt: skip


class NoTieOut(Exception):
    """The two cannot be compared: not on that day, not that account, or nothing to compare. Exit code 4."""

    exit: Final = 4


@click.command("tie-out")
@click.argument("company")
@click.option("--account", metavar="N", help="Only this control account.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="At the end of this day; the last one the night compared, mostly its own, unless given.",
)
@format_option
@config_option
@directory_option
def tie_out(
    company: str,
    account: str | None,
    as_of: dt.datetime | None,
    form: str,
    config: Path,
    directory: Path | None,
) -> None:
    """Compare COMPANY's subledgers with their control accounts at the end of any day of the loaded years.

    Subledger, ledger and difference in SEK, debit positive; then the bridge: every voucher and document that differs
    up to the day, with its cause and its keys. The terms sum to the difference to the öre.
    """
    pointer = CompanyDirectory(results_root(config, directory), company).snapshot_pointer
    with open_snapshot(pointer) as snapshot:
        day, ends, not_made = _asked(snapshot, as_of.date() if as_of else None)
    stated = [one for end in ends for one in _accounts(end, day) if account in {None, one["control_account"]}]
    if not stated:
        held = ", ".join(end_account for end in ends for end_account in end.balances["control_account"])
        raise NoTieOut(f"{account}: no control account that is compared; those are {held}")
    if form == CSV:
        print_rows(pl.DataFrame(list(_flat(stated)), infer_schema_length=None), form)
    elif form == JSON:
        click.echo(as_json(stated))
    else:
        console = make_console()
        for one in stated:
            _print(console, one)
        for reason in not_made:
            console.print(Text(f"Not compared: {reason}", style="yellow"))


def _asked(snapshot: Snapshot, day: dt.date | None) -> tuple[dt.date, list[TieOutOn], list[str]]:
    """The day, each subledger that can be compared on it, and why others cannot. Raises ``NoTieOut``."""
    not_run = snapshot.not_run()
    sides = [subledger for subledger, check in SIDES if check not in not_run]
    reasons = sorted({not_run[check] for _, check in SIDES if check in not_run})
    if not sides:
        raise NoTieOut(f"{snapshot.latest_run()['company_id']}: nothing to compare: {'; '.join(reasons)}")
    books, settings = snapshot.books(), _settings(snapshot)
    asked = day or _latest(snapshot)
    if why := why_not_on(books, known_until=settings.as_of, day=asked):
        raise NoTieOut(f"{asked}: {why}")
    if day is None and asked < settings.as_of:
        why = why_not_on(books, known_until=settings.as_of, day=settings.as_of) or WAITING
        reasons.append(f"the days after {asked} until the run's own, {settings.as_of}: {why}")
    return asked, [tie_out_on(books, side, settings, day=asked) for side in sides], reasons


def _settings(snapshot: Snapshot) -> Settings:
    """What the run used to put records together, and the day its books are known until."""
    run = snapshot.latest_run()
    assert isinstance(run["as_of"], dt.date)  # noqa: S101 -- a DATE column
    used = json.loads(str(run["settings"]))
    windows: dict[str, Any] = {name: used[name] for name in WINDOWS if name in used}
    return Settings(company_id=str(run["company_id"]), as_of=run["as_of"], **windows)


def _latest(snapshot: Snapshot) -> dt.date:
    """The last day the night compared the two at."""
    latest = snapshot.query("SELECT max(as_of) FROM recon.tie_outs").item()
    assert isinstance(latest, dt.date)  # noqa: S101 -- a tie-out that ran has its opening at least
    return latest


def _accounts(end: TieOutOn, day: dt.date) -> Iterator[dict[str, Any]]:
    """Each control account with its terms, plain values; evidence as a list."""
    for row in end.balances.iter_rows(named=True):
        terms = end.terms.filter(pl.col("control_account") == row["control_account"]).select(TERM).to_dicts()
        for term in terms:
            term["evidence"] = json.loads(term["evidence"])
        yield {"as_of": day, **row, "terms": terms}


def _flat(stated: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row per term, the account's figures before it; an account without terms is a row by itself."""
    for one in stated:
        account = {name: value for name, value in one.items() if name != "terms"}
        for term in one["terms"] or [dict.fromkeys(TERM)]:
            evidence = None if term["evidence"] is None else " | ".join(term["evidence"])
            yield (
                account
                | {f"term_{name}": value for name, value in term.items()}
                | {"term_evidence": evidence}
            )


def _print(console: Console, one: dict[str, Any]) -> None:
    parted = "" if one["first_day"] is None else f", first parted on {one['first_day']}"
    console.print(
        Text(f"{one['control_account']} ({one['subledger']}) as of {one['as_of']}{parted}", style="bold")
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("date", "cause", "subledger", "ledger", "difference", "what"):
        amount = name in {"subledger", "ledger", "difference"}
        table.add_column(name, justify="right" if amount else "left", no_wrap=amount or name == "date")
    for term in one["terms"]:
        figures = (money(term[name]) for name in ("subledger_amount", "ledger_amount", "difference"))
        cells = (str(term["date"]), term["cause"], *figures, term["explanation"])
        table.add_row(*(Text(cell) for cell in cells))
    balances = (money(one[name]) for name in ("subledger_balance", "ledger_balance", "difference"))
    said = "everything else agrees" if one["terms"] else "the two agree"
    table.add_row("", "balance", *(Text(figure) for figure in balances), said, style="bold")
    console.print(table)
    console.print()
