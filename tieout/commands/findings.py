"""``tieout findings COMPANY``: the findings that stand as a table, JSON or CSV, and decisions about them.

What a decision makes of a finding does not belong here, that is ``transforms.decisions``.
"""

from __future__ import annotations

import getpass
from pathlib import Path

import click
import pendulum
import polars as pl
from rich.table import Table
from rich.text import Text

from pipelines.companies import CompanyDirectory
from tieout.commands.options import (
    TABLE,
    config_option,
    directory_option,
    format_option,
    make_console,
    print_rows,
    results_root,
)
from tieout.decisions import Decision, decide, read_decisions
from tieout.reports.terminal import SEVERITIES, counted, money
from tieout.snapshot import open_snapshot
from transforms.decisions import ACCEPT, ACTIONS, ASSIGN, NOTE, OPEN, REOPEN, decided
from transforms.reconciliations import RECONCILIATIONS

CHECKS = [reconciliation.id for reconciliation in RECONCILIATIONS]
ID_SHOWN = 8
NONE_SET = (
    "--material: no materiality was set when {} was last run; set materiality or account_materiality in"
    " tieout.toml and run again"
)
MATERIAL = {True: "yes", False: "no", None: ""}
DONE = {
    ACCEPT: "accepted: it no longer counts while its figures, or what it tells of, stand",
    ASSIGN: "assigned",
    NOTE: "noted",
    REOPEN: "reopened: it counts again",
}


@click.command()
@click.argument("company")
@click.option(
    "--severity",
    "severities",
    multiple=True,
    type=click.Choice(list(SEVERITIES)),
    help="Only these; repeatable.",
)
@click.option(
    "--check",
    "checks",
    multiple=True,
    type=click.Choice(CHECKS),
    metavar="ID",
    help="Only this check; repeatable.",
)
@click.option("--material", is_flag=True, help="Only material ones; the rest is counted below the table.")
@format_option
@click.option("--accept", metavar="ID", help="Accept a finding as it stands; --comment says why.")
@click.option("--reopen", metavar="ID", help="Take an acceptance back.")
@click.option("--assign", metavar="ID", help='Give a finding to --owner; "" is nobody.')
@click.option("--note", metavar="ID", help="Add a --comment and decide nothing.")
@click.option("--comment", metavar="TEXT", help="Why.")
@click.option("--owner", metavar="NAME", help="Who deals with it.")
@click.option("--by", metavar="NAME", help="Who decides, instead of the operating system's user.")
@config_option
@directory_option
def findings(
    company: str,
    severities: tuple[str, ...],
    checks: tuple[str, ...],
    material: bool,
    form: str,
    comment: str | None,
    owner: str | None,
    by: str | None,
    config: Path,
    directory: Path | None,
    **chosen: str | None,
) -> None:
    """List the findings of COMPANY that stand, worst first, or decide about one of them.

    An ID may be shortened to what tells it apart. An accepted finding no longer makes `tieout run` exit with 1; when
    its figures move it is suspended and counts again, when they return it is accepted again. Nothing in Fortnox is
    touched: decisions are kept in decisions.jsonl beside the company's snapshots.

    Exit code 0 whatever is listed: `tieout run` is the command whose exit code judges the books.
    """
    folder = CompanyDirectory(results_root(config, directory), company)
    wanted = [(action, finding) for action in ACTIONS if (finding := chosen[action]) is not None]
    if len(wanted) > 1 or (not wanted and (comment, owner, by) != (None, None, None)):
        raise click.UsageError("one of --accept, --assign, --note and --reopen at a time")
    for action, finding in wanted:
        now = pendulum.now("UTC").to_iso8601_string()
        _decide(folder, Decision(action, finding, by or getpass.getuser(), now, comment, owner))
        return
    with open_snapshot(folder.snapshot_pointer) as snapshot:
        standing, judged = snapshot.findings(severities, checks), snapshot.has_materiality()
    if material and not judged:
        raise click.UsageError(NONE_SET.format(company))
    every = decided(standing, read_decisions(folder))
    frame = every.filter(pl.col("material")) if material else every
    if form == TABLE:
        _print(frame, "No material findings." if material else "No open findings.", judged=judged)
        if material:
            _print_left_out(every)
    else:
        print_rows(frame, form)


def _decide(folder: CompanyDirectory, decision: Decision) -> None:
    finding = decide(folder, decision)
    click.echo(
        f"{finding['finding_id']} {finding['check']} {finding['subject_key']} {DONE[decision.action]}."
        f" By {decision.by}. `tieout findings` shows it now, the next run publishes it."
    )


def _print(frame: pl.DataFrame, nothing: str, *, judged: bool) -> None:
    """The table, or that there is ``nothing``; whether a finding is material only where a materiality is set."""
    console = make_console()
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    weight = ("material",) if judged else ()
    for name in ("id", "", "check", "subject", "difference", *weight, "first seen", "explanation"):
        table.add_column(
            name, justify="right" if name == "difference" else "left", no_wrap=name in {"id", "first seen"}
        )
    for row in frame.iter_rows(named=True):
        cells = (
            row["finding_id"][:ID_SHOWN],
            row["severity"],
            row["check"],
            f"{row['subject_kind']} {row['subject_key']}",
            money(row["difference"]),
            *(MATERIAL[row["material"]] for _ in weight),
            str(row["first_seen"]),
            "\n".join([row["explanation"], *_decision_lines(row)]),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table if frame.height else nothing)
    if frame.height:
        console.print(counted(frame), style="bold")


def _print_left_out(every: pl.DataFrame) -> None:
    """Whatever stands is counted: what is not material is not settled."""
    below, unmeasured = (every["material"].eq_missing(word).sum() for word in (False, None))
    make_console().print(
        f"Not shown: {below} below the materiality, {unmeasured} it says nothing of"
        " (no difference in SEK, or none set for the account).",
        style="dim",
    )


def _decision_lines(row: dict[str, str | None]) -> list[str]:
    """What people said of a finding, under its explanation."""
    parts = [
        str(row["status"]).upper() if row["status"] != OPEN else "",
        str(row["moved"] or ""),
        f"owner {row['owner']}" if row["owner"] else "",
        f"{row['decided_by']}: {row['comment']}" if row["comment"] else "",
    ]
    said = "; ".join(part for part in parts if part)
    return [f"> {said}"] if said else []
