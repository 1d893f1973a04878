"""Every table of a snapshot in words: what the DuckDB comments and ``docs/tables.md`` both say.

The words come from the rooms that own the tables; none are written here.
"""

from __future__ import annotations

from typing import Final

import polars as pl
import pyarrow as pa

from pipelines.fortnox import fields
from pipelines.fortnox.schema import TABLES as FORTNOX_TABLES
from pipelines.publish import PublishedTable, PublishedView
from pipelines.sie.schema import TABLES as SIE_TABLES
from tieout.views import analysis, audit_data_standards, history
from transforms.tables import CATALOGUE, Table

_FORTNOX_TYPES: Final = {
    fields.Kind.TEXT: "VARCHAR",
    fields.Kind.MONEY: "DECIMAL(18,2)",
    fields.Kind.RATE: "DECIMAL(18,6)",
    fields.Kind.DATE: "DATE",
    fields.Kind.FLAG: "BOOLEAN",
    fields.Kind.WHOLE: "BIGINT",
}
_ARROW_TYPES: Final = {pa.string(): "VARCHAR", pa.date32(): "DATE", pa.int64(): "BIGINT"}
_POLARS_TYPES: Final = {
    pl.String: "VARCHAR",
    pl.Enum: "VARCHAR",
    pl.Date: "DATE",
    pl.Int64: "BIGINT",
    pl.Boolean: "BOOLEAN",
}


def published_tables() -> tuple[PublishedTable, ...]:
    """What is published, in the order of the data dictionary."""
    return (
        *(_fortnox(table) for table in FORTNOX_TABLES),
        *(
            PublishedTable("sie", table.name, _one_row(table.grain), dict(table.column_comments()), table.key)
            for table in SIE_TABLES
        ),
        *(_conformed(table) for table in CATALOGUE.values()),
    )


def published_views() -> tuple[PublishedView, ...]:
    """The ready-made questions of a snapshot, those others build on first."""
    return (*analysis.VIEWS, *analysis.MACROS, *history.VIEWS, *audit_data_standards.VIEWS)


def column_types() -> dict[tuple[str, str], str]:
    """DuckDB type of every described column, by (``schema.table``, column)."""
    fortnox = {
        (f"fortnox.{table.name}", field.column): _FORTNOX_TYPES[field.kind]
        for table in FORTNOX_TABLES
        for field in table.all_fields
    }
    sie = {
        (f"sie.{table.name}", field.name): _arrow(field.type) for table in SIE_TABLES for field in table.arrow
    }
    conformed = {
        (table.qualified_name, column.name): _polars(column.dtype)
        for table in CATALOGUE.values()
        for column in table.columns
    }
    return fortnox | sie | conformed


def _fortnox(table: fields.Table) -> PublishedTable:
    return PublishedTable(
        "fortnox", table.name, _one_row(table.grain), dict(table.column_comments()), table.key
    )


def _conformed(table: Table) -> PublishedTable:
    meanings = {column.name: column.meaning for column in table.columns}
    return PublishedTable(table.schema, table.name, _one_row(table.grain), meanings, table.key)


def _one_row(grain: str) -> str:
    return f"One row per {grain}."


def _arrow(dtype: pa.DataType) -> str:
    if pa.types.is_decimal(dtype):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    return _ARROW_TYPES[dtype]


def _polars(dtype: object) -> str:
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision},{dtype.scale})"
    return next(name for known, name in _POLARS_TYPES.items() if dtype == known)
