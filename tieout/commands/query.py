"""``tieout query COMPANY SQL``: one question to the latest snapshot."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb
import polars as pl
from rich.table import Table

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
from tieout.snapshot import OlderSnapshot, open_snapshot

ROWS_SHOWN = 100


class QueryRefused(click.ClickException):
    """The SQL is not right, or asks for more than reading. Exit code 2."""

    exit_code = 2


@click.command()
@click.argument("company")
@click.argument("sql")
@format_option
@config_option
@directory_option
def query(company: str, sql: str, form: str, config: Path, directory: Path | None) -> None:
    """Ask COMPANY's latest snapshot one SQL question, for example "FROM views.ageing".

    Reading only. `--format table` shows the first 100 rows, json and csv all of them.
    """
    pointer = CompanyDirectory(results_root(config, directory), company).snapshot_pointer
    with open_snapshot(pointer) as snapshot:
        try:
            frame = snapshot.query(sql)
        except duckdb.Error as error:
            raise QueryRefused(str(error)) from None
        except OlderSnapshot as error:
            raise QueryRefused(f"{error.__cause__}\n{error}") from None
    if form == TABLE:
        _print_table(frame)
    else:
        print_rows(frame, form)


def _print_table(frame: pl.DataFrame) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.head(ROWS_SHOWN).iter_rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    console = make_console()
    console.print(table)
    if frame.height > ROWS_SHOWN:
        console.print(f"… {ROWS_SHOWN} of {frame.height:,} rows; --format csv gives all", style="dim")
