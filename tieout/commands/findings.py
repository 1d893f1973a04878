"""``tieout findings COMPANY``: open findings as a table, JSON or CSV."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.table import Table

from pipelines.companies import CompanyDirectory
from tieout.commands.options import config_option, directory_option, make_console, results_root
from tieout.reports.terminal import SEVERITIES, counted, money
from tieout.snapshot import open_snapshot
from transforms.reconciliations import RECONCILIATIONS

CHECKS = [reconciliation.id for reconciliation in RECONCILIATIONS]


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
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)
@config_option
@directory_option
def findings(
    company: str,
    severities: tuple[str, ...],
    checks: tuple[str, ...],
    form: str,
    config: Path,
    directory: Path | None,
) -> None:
    """List the open findings of COMPANY, worst first.

    Exit code 0 whatever is listed: `tieout run` is the command whose exit code judges the books.
    """
    pointer = CompanyDirectory(results_root(config, directory), company).snapshot_pointer
    with open_snapshot(pointer) as snapshot:
        frame = snapshot.findings(severities, checks)
    if form == "csv":
        sys.stdout.write(frame.write_csv())
    elif form == "json":
        click.echo(json.dumps(frame.to_dicts(), default=str, ensure_ascii=False, indent=2))
    else:
        console = make_console()
        table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
        for name in ("", "check", "subject", "difference", "first seen", "explanation"):
            table.add_column(name, justify="right" if name == "difference" else "left")
        for row in frame.iter_rows(named=True):
            subject = f"{row['subject_kind']} {row['subject_key']}"
            table.add_row(
                row["severity"],
                row["check"],
                subject,
                money(row["difference"]),
                str(row["first_seen"]),
                row["explanation"],
            )
        console.print(table if frame.height else "No open findings.")
        if frame.height:
            console.print(counted(frame), style="bold")
