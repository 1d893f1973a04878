"""``tieout status``: the latest snapshot of each company, one line each."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from pipelines.companies import CompanyDirectory
from tieout.commands.options import config_option, directory_option, make_console, results_root
from tieout.reports.terminal import verdict
from tieout.snapshot import open_snapshot


@click.command()
@click.argument("companies", nargs=-1, metavar="[COMPANY ...]")
@config_option
@directory_option
def status(companies: tuple[str, ...], config: Path, directory: Path | None) -> None:
    """Show the latest snapshot of each COMPANY: as-of date, verdict, findings, what is final."""
    root = results_root(config, directory)
    names = companies or tuple(
        sorted(
            folder.name
            for folder in root.glob("*")
            if CompanyDirectory(root, folder.name).snapshot_pointer.exists()
        )
    )
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("company", "as of", "verdict", "final through", "published (UTC)", "snapshot"):
        table.add_column(name, overflow="fold")
    for name in names:
        table.add_row(name, *_line(CompanyDirectory(root, name).snapshot_pointer))
    make_console().print(table if names else f"No company has a snapshot under {root} yet.")


def _line(pointer: Path) -> tuple[str | Text, ...]:
    with open_snapshot(pointer) as snapshot:
        run = snapshot.latest_run()
        final = snapshot.query("SELECT max(end_date) FROM recon.periods WHERE status = 'final'").item(0, 0)
        return (
            str(run["as_of"]),
            Text(*verdict(run)),
            "nothing" if final is None else str(final),
            str(run["finished_at"])[:19],
            snapshot.path.name,
        )
