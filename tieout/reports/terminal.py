"""The screen at the end of a run: one page a person wants to read.

Reads the published snapshot and what the load counted. Nothing is computed here but layout; a figure that is not in
the snapshot does not belong on the screen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.plan import Plan
from pipelines.surfaces import COMPLETE, LoadResult, SurfaceResult
from pipelines.warehouse import sql_text
from tieout.completeness import WHOLE, backlog
from tieout.snapshot import Snapshot
from transforms.decisions import ACCEPTED
from transforms.wording import count_of

WORST_SHOWN: Final = 8
REJECTED_SHOWN: Final = 5
UNPLANNED: Final = (
    "Nothing is known of this company before its first run, and nothing was asked of Fortnox."
    " --count asks, one request per listing."
)
INCOMPLETE_PARTS: Final = (
    "SELECT surface, part, why FROM recon.completeness WHERE verdict = 'incomplete' ORDER BY ALL"
)
SEVERITIES: Final = {"B": ("blocking", "bold red"), "W": ("warning", "yellow"), "I": ("note", "cyan")}
STATUS_STYLE: Final = {"final": "green", "partially_locked": "yellow", "provisional": "yellow"}


def money(amount: Decimal | None) -> str:
    """``-1234.5`` as ``-1,234.50``; empty for null."""
    return "" if amount is None else f"{amount:,.2f}"


def show_run(
    console: Console,
    snapshot: Snapshot,
    loaded: LoadResult,
    *,
    pointer: Path,
    report: Path,
) -> None:
    """Print the whole screen."""
    for block in (
        heading(snapshot),
        surface_table(loaded.surfaces),
        tie_out_table(snapshot.tie_outs_today()),
        findings_block(snapshot.findings(), str(snapshot.latest_run()["company_id"])),
        periods_block(snapshot.periods()),
        not_seen_block(snapshot, loaded),
        not_run_block(snapshot),
    ):
        if block is not None:
            console.print(Padding(block, (0, 0, 1, 0), expand=False))
    for line in paths_lines(pointer, report):
        console.print(line, soft_wrap=True)  # paths and queries are pasted: never folded


def heading(snapshot: Snapshot) -> RenderableType:
    run = snapshot.latest_run()
    return Text.assemble(
        (str(run["company_name"]), "bold"),
        f"  as of {run['as_of']}  ",
        verdict(run),
    )


def verdict(run: dict[str, Any]) -> tuple[str, str]:
    """The one sentence, with its style, that a controller looks for first; what was accepted is never left out."""
    sentence, style = _verdict(run)
    accepted = run.get("accepted")
    return (f"{sentence}, {accepted} accepted" if accepted else sentence), style


def _verdict(run: dict[str, Any]) -> tuple[str, str]:
    not_made = len(json.loads(run["not_run"]))
    if run["rows_rejected"]:
        return (
            f"INCOMPLETE: {count_of(run['rows_rejected'], 'row', 'rows')} could not be used,"
            f" {run['blocking']} blocking",
            "bold red",
        )
    if run["blocking"]:
        return f"NOT RECONCILED: {run['blocking']} blocking, {run['warnings']} to explain", "bold red"
    if not_made:
        return (
            f"NOTHING BLOCKS in what was checked; {count_of(not_made, 'check', 'checks')} not made,"
            f" {run['warnings']} to explain",
            "yellow",
        )
    if run["warnings"]:
        return f"RECONCILED, {run['warnings']} to explain", "yellow"
    return "RECONCILED", "bold green"


def surface_table(surfaces: Iterable[SurfaceResult]) -> RenderableType | None:
    listed = list(surfaces)
    if not listed:
        return None
    table = Table(title="Pulled", title_justify="left", box=None, pad_edge=False, header_style="dim")
    table.add_column("surface")
    for name in ("rows", "requests", "seconds"):
        table.add_column(name, justify="right")
    table.add_column("")
    for surface in listed:
        complete = surface.status == COMPLETE
        note = Text(
            backlog(surface).partition(";")[0] if complete else surface.status,
            style="yellow" if complete else "red",
        )
        table.add_row(
            surface.surface, f"{surface.rows:,}", str(surface.requests), f"{surface.seconds:.1f}", note
        )
    table.add_row(
        "all",
        f"{sum(surface.rows for surface in listed):,}",
        str(sum(surface.requests for surface in listed)),
        f"{sum(surface.seconds for surface in listed):.1f}",
        "",
        style="bold",
    )
    return table


def plan_table(company: str, plan: Plan) -> RenderableType:
    """What a load of ``company`` will cost; a dash where nothing is known yet."""
    table = Table(
        title=f"Plan for {company}", title_justify="left", box=None, pad_edge=False, header_style="dim"
    )
    table.add_column("surface")
    for name in ("rows", "requests"):
        table.add_column(name, justify="right")
    table.add_column("")
    for surface in plan.surfaces:
        note = "" if surface.status == COMPLETE else surface.status.replace("_", " ")
        table.add_row(surface.surface, _known(surface.rows), _known(surface.requests), note)
    table.add_row("all", "", _known(plan.requests), style="bold")
    if plan.minutes is None:
        return Group(table, Text(UNPLANNED, style="dim"))
    return Group(
        table,
        Text(
            f"About {math.ceil(plan.minutes)} min at Fortnox's rate limit. Nothing was pulled.", style="dim"
        ),
    )


def _known(figure: int | None) -> str:
    return "-" if figure is None else f"{figure:,}"


def tie_out_table(tie_outs: pl.DataFrame) -> RenderableType:
    if tie_outs.is_empty():
        return Text("Tie-out: not made (see what was not checked)", style="dim")
    table = Table(title="Tie-out, SEK", title_justify="left", box=None, pad_edge=False, header_style="dim")
    table.add_column("subledger")
    table.add_column("account")
    for name in ("subledger says", "ledger says", "difference"):
        table.add_column(name, justify="right")
    table.add_column("first differed")
    for row in tie_outs.iter_rows(named=True):
        style = "green" if row["difference"] == 0 else "bold red"
        table.add_row(
            "receivables" if row["subledger"] == "customer" else "payables",
            row["control_account"],
            money(row["subledger_balance"]),
            money(row["ledger_balance"]),
            Text(money(row["difference"]), style=style),
            "" if row["first_date"] is None else f"by {row['first_date']}",
        )
    return table


def findings_block(standing: pl.DataFrame, company: str) -> RenderableType:
    """The worst findings nobody accepted."""
    if standing.is_empty():
        return Text("Findings: none", style="green")
    lines: list[RenderableType] = [Text(f"Findings: {counted(standing)}", style="bold")]
    findings = standing.filter(~is_accepted(standing))
    for row in findings.head(WORST_SHOWN).iter_rows(named=True):
        _, style = SEVERITIES[row["severity"]]
        lines.append(
            Text.assemble(
                (f"{row['severity']} ", style),
                (f"{row['check']}  {row['subject_key']}  ", "bold"),
                row["explanation"],
            )
        )
    hidden = findings.height - WORST_SHOWN
    if hidden > 0:
        lines.append(Text(f"… and {hidden} more: tieout findings {company}", style="dim"))
    return Group(*lines)


def is_accepted(findings: pl.DataFrame) -> pl.Series:
    """Which of the findings are accepted; none in a snapshot from before there were decisions."""
    if "status" not in findings.columns:
        return pl.Series([False] * findings.height, dtype=pl.Boolean)
    return findings["status"].eq_missing(ACCEPTED)


def counted(findings: pl.DataFrame) -> str:
    """``3 blocking, 2 warnings, 1 accepted; 2 material``, of those not accepted, where materiality says something."""
    accepted = is_accepted(findings)
    counts = dict(findings.filter(~accepted).group_by("severity").len().iter_rows())
    parts = [
        f"{counts[letter]} {word}{'s' if word != 'blocking' and counts[letter] > 1 else ''}"
        for letter, (word, _) in SEVERITIES.items()
        if letter in counts
    ]
    said = ", ".join([*parts, *([f"{accepted.sum()} accepted"] if accepted.any() else [])])
    judged = findings["material"].is_not_null().any()
    return f"{said}; {findings.filter(~accepted)['material'].sum()} material" if judged else said


def periods_block(periods: pl.DataFrame) -> RenderableType:
    """Runs of months with the same status, year by year."""
    lines: list[RenderableType] = [Text("Periods", style="bold")]
    for (year,), months in periods.group_by("financial_year", maintain_order=True):
        text = Text(f"  {year}  ")
        for status, first, last in _stretches(months):
            text.append(f"{first:%b %Y} - {last:%b %Y} ", style="dim")
            text.append(f"{status.replace('_', ' ').upper()}  ", style=STATUS_STYLE.get(status, "bold red"))
        lines.append(text)
    return Group(*lines)


def _stretches(months: pl.DataFrame) -> list[tuple[str, date, date]]:
    stretches: list[tuple[str, date, date]] = []
    for row in months.iter_rows(named=True):
        if stretches and stretches[-1][0] == row["status"]:
            stretches[-1] = (row["status"], stretches[-1][1], row["end_date"])
        else:
            stretches.append((row["status"], row["period"], row["end_date"]))
    return stretches


def not_seen_block(snapshot: Snapshot, loaded: LoadResult) -> RenderableType | None:
    """What the night did not get to see, or saw and could not use: nothing of it is zero."""
    lines = [f"{surface.surface} was not read: {surface.why}" for surface in loaded.unread]
    lines += [
        f"{surface} {'' if part == WHOLE else part + ' '}is incomplete: {why}"
        for surface, part, why in snapshot.query(INCOMPLETE_PARTS).iter_rows()
    ]
    lines += [
        f"{surface} {key} was not used: {reason}"
        for surface, key, reason in snapshot.rejected(REJECTED_SHOWN)
    ]
    more = int(str(snapshot.latest_run()["rows_rejected"])) - REJECTED_SHOWN
    if more > 0:
        lines.append(f"… and {count_of(more, 'more row', 'more rows')}: FROM recon.rejected_rows")
    noticed = (
        (loaded.no_right, "may not be seen by this user, stored as unknown"),
        (loaded.missing_fields, "did not come"),
        (loaded.unknown_fields, "is new"),
        (loaded.rounded, "was rounded to its decimals"),
    )
    lines += [
        f"{field} {what} ({count_of(times, 'time', 'times')})"
        for fields, what in noticed
        for field, times in fields.items()
    ]
    lines += [f"{check}: {remark}" for check, remarks in snapshot.remarks().items() for remark in remarks]
    if not lines:
        return None
    return Group(Text("Not seen or not used", style="bold yellow"), *(Text(f"  {line}") for line in lines))


def not_run_block(snapshot: Snapshot) -> RenderableType | None:
    reasons = snapshot.not_run()
    if not reasons:
        return None
    checks: dict[str, list[str]] = {}
    for check, reason in reasons.items():
        checks.setdefault(reason, []).append(check)
    lines = [Text(f"Not checked ({len(reasons)})", style="bold yellow")]
    lines += [Text(f"  {', '.join(names)}: {reason}") for reason, names in checks.items()]
    return Group(*lines)


def paths_lines(pointer: Path, report: Path) -> tuple[Text, ...]:
    """Where the results are, and two queries to paste."""
    return (
        Text.assemble(("Snapshot  ", "bold"), str(pointer)),
        Text.assemble(("Report    ", "bold"), str(report)),
        Text("Two queries to start with (any DuckDB client, duckdb -readonly):", style="dim"),
        Text(f"  ATTACH {sql_text(pointer)} AS books (READ_ONLY);"),
        Text("  FROM books.recon.tie_outs WHERE difference <> 0 ORDER BY as_of;"),
        Text(
            "  SELECT account_number, sum(amount) FROM books.ledger.voucher_rows"
            " WHERE kind = 'row' GROUP BY ALL ORDER BY ALL;"
        ),
    )
