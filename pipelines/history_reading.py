"""Reading back what nights noticed: everything of one run, and of earlier ones only what somebody watches for.

``history.changes`` keeps every change for good and grows with every night; a night must not read all of it. How changes
come about belongs in ``history.py``, which of them matter to a check is decided by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

import polars as pl

from pipelines.warehouse import Warehouse, sql_text


class Watched(Protocol):
    """Changed fields of one raw table that matter to somebody."""

    @property
    def table(self) -> str:
        """The raw table, ``schema.table``."""

    @property
    def fields(self) -> Sequence[str]:
        """Its columns."""

    @property
    def since(self) -> date | None:
        """Only of runs that judged the books as of this day or later; None for all."""

    @property
    def from_highest(self) -> bool:
        """Only, of each record's field, the latest change away from its highest value, a whole number."""


def noticed(warehouse: Warehouse, run_id: str, watched: Iterable[Watched]) -> pl.DataFrame | None:
    """Rows of ``history.changes``, oldest first: all that ``run_id`` noticed, and what is watched of earlier runs. None
    where no history is kept yet."""
    kept = warehouse.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'history' AND table_name = 'changes'"
        " AND database_name = current_database()"
    ).fetchall()
    if not kept:
        return None
    parts = [f"SELECT * FROM history.changes WHERE run_id = {sql_text(run_id)}"]  # noqa: S608 -- quoted
    parts += [
        f"SELECT * FROM ({_earlier(one)}) WHERE run_id <> {sql_text(run_id)}"  # noqa: S608 -- quoted
        for one in watched
    ]
    query = " UNION ALL ".join(parts)
    rows: pl.DataFrame = warehouse.connection.sql(
        f"SELECT * FROM ({query}) ORDER BY seen_at, table_name, record_key, field"  # noqa: S608 -- quoted
    ).pl()
    return rows


def _earlier(watched: Watched) -> str:
    fields = ", ".join(sql_text(name) for name in watched.fields)
    since = "" if watched.since is None else f" AND as_of >= DATE {sql_text(watched.since.isoformat())}"
    highest = (
        " QUALIFY row_number() OVER (PARTITION BY company_id, record_key, field"
        " ORDER BY try_cast(before AS BIGINT) DESC NULLS LAST, seen_at DESC) = 1"
        " OR try_cast(after AS BIGINT) < try_cast(before AS BIGINT)"
    )
    return (
        f"SELECT * FROM history.changes WHERE table_name = {sql_text(watched.table)} AND change = 'changed'"  # noqa: S608 -- quoted
        f" AND field IN ({fields}){since}{highest if watched.from_highest else ''}"
    )
