"""``tieout changes COMPANY``: what became of the company's records since a run or a day."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final

import click
import polars as pl
from rich.console import Console

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
from tieout.reports.changes import changes_blocks
from tieout.snapshot import NoSnapshot, Snapshot, open_snapshot

RUNS_NAMED: Final = 5


@click.command()
@click.argument("company")
@click.option(
    "--since",
    metavar="DATE|RUN",
    help="What nights as of this day or later noticed, or nights after this run; "
    "without it, what the latest run noticed.",
)
@click.option("--table", "tables", multiple=True, metavar="T", help="Only this raw table; repeatable.")
@format_option
@config_option
@directory_option
def changes(
    company: str, since: str | None, tables: tuple[str, ...], form: str, config: Path, directory: Path | None
) -> None:
    """List what appeared, changed, vanished or came back at Fortnox and in the SIE files of COMPANY.

    A night compares every record with what the night before saw, so a change is of some time between two runs. The
    history is kept for good; `FROM history.changes` is all of it. Exit code 0 whatever is listed.
    """
    pointer = CompanyDirectory(results_root(config, directory), company).snapshot_pointer
    with open_snapshot(pointer) as snapshot:
        if not snapshot.holds("history.changes"):
            raise NoSnapshot(
                f"{pointer}: made before the history of records was kept; the next `tieout run` begins it"
            )
        wanted = [_known_table(snapshot, table) for table in tables]
        condition, bound, words = _since(snapshot, since)
        frame = _noticed(snapshot, condition, bound, wanted)
        begun = snapshot.query("SELECT min(first_seen_at)[:10] FROM history.tables").item()
    if form == TABLE:
        _show(make_console(), frame, f"{company}: {words}", begun)
    else:
        print_rows(frame, form)


def _show(console: Console, frame: pl.DataFrame, heading: str, begun: str | None) -> None:
    console.print(heading, style="bold")
    if begun is None:
        console.print("No night has been compared with another yet.")
        return
    if frame.is_empty():
        console.print("No record changed.")
    for block in changes_blocks(frame):
        console.print(block)
    console.print(f"The history begins on {begun} (UTC).", style="dim")


def _known_table(snapshot: Snapshot, name: str) -> str:
    """``name`` as the history has it, with or without its schema; a usage error naming the tables for another."""
    known = snapshot.query("SELECT table_name FROM history.tables ORDER BY ALL")["table_name"].to_list()
    if name in known or any(table.endswith(f".{name}") for table in known):
        return name
    raise click.BadParameter(f"{name}: not one of {', '.join(known)}", param_hint="--table")


def _since(snapshot: Snapshot, since: str | None) -> tuple[str, list[object], str]:
    """The SQL condition for ``--since``, its bound values, and the same in words."""
    if since is not None and re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        try:
            day = date.fromisoformat(since)
        except ValueError:
            raise click.BadParameter(f"{since}: no such day", param_hint="--since") from None
        return "as_of >= ?", [day], f"what nights as of {day} or later noticed"
    runs = snapshot.query("SELECT run_id, as_of, started_at FROM recon.runs ORDER BY started_at DESC")
    if since is None:
        if runs.height < 2:
            return "true", [], "the first night, with nothing before it to compare with"
        since = str(runs.item(1, "run_id"))
    chosen = runs.filter(pl.col("run_id") == since)
    if chosen.is_empty():
        newest = ", ".join(f"{run} ({day})" for run, day, _ in runs.head(RUNS_NAMED).iter_rows())
        raise click.BadParameter(
            f"{since}: neither a day (YYYY-MM-DD) nor a run; newest runs: {newest}", param_hint="--since"
        )
    run, day, started_at = chosen.row(0)
    return "seen_at > ?", [started_at], f"since run {run} as of {day}"


def _noticed(snapshot: Snapshot, condition: str, bound: list[object], tables: list[str]) -> pl.DataFrame:
    return snapshot.query(
        f"""
        FROM history.changes
        WHERE {condition} AND (len(?::VARCHAR[]) = 0 OR list_has_any(?::VARCHAR[],
              [table_name, split_part(table_name, '.', 2)]))
        ORDER BY table_name, record_key, seen_at, field
        """,
        [*bound, tables, tables],
    )
