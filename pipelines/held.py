"""What earlier loads left in a company's warehouse: rows per surface, and the payment details worth keeping.

Nothing here writes. What a load does with it belongs to ``load.py`` and ``plan.py``.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS, Endpoint
from pipelines.fortnox.fields import Table
from pipelines.fortnox.payment_details import PAYMENT_TABLES, HeldDetail
from pipelines.fortnox.resources import TABLE
from pipelines.warehouse import connect

SIE: Final = BY_NAME["sie"].name
LOAD_ID: Final = "_dlt_load_id"


def held_rows(company: CompanyDirectory) -> dict[str, int]:
    """Rows per surface that an earlier load left in the warehouse; empty before the first."""
    counts = _held(company, "SELECT count(*) FROM {table}")
    held = {row.name: counts[_first_table(row)] for row in ENDPOINTS if _first_table(row) in counts}
    of_sie = sum(rows for table, rows in counts.items() if table.startswith("sie."))
    return held | ({SIE: of_sie} if of_sie else {})


def held_next_numbers(company: CompanyDirectory) -> int:
    """How many voucher series an earlier load asked for their next number."""
    counts = _held(company, "SELECT count(next_voucher_number) FROM {table}", having="next_voucher_number")
    return sum(counts.values())


def held_payment_details(company: CompanyDirectory) -> dict[str, dict[str, HeldDetail]]:
    """Per surface and payment number, the details of booked payments that a whole load brought.

    A load that was cut off may have replaced the payments and not their write-offs: only payments of a load dlt
    closed, whose write-offs are of the same load, are given.
    """
    if not company.warehouse_file.exists():
        return {}
    with connect(company.warehouse_file, read_only=True) as connection:
        if not _has_columns(connection, "_dlt_loads", {"load_id"}):
            return {}
        return {
            surface: _details(connection, table, TABLE[BY_NAME[surface].tables[1]])
            for surface, table in PAYMENT_TABLES.items()
        }


def _details(
    connection: duckdb.DuckDBPyConnection, payments: Table, write_offs: Table
) -> dict[str, HeldDetail]:
    if not all(
        _has_columns(connection, table.name, {*table.columns(), LOAD_ID}) for table in (payments, write_offs)
    ):
        return {}
    offs: dict[tuple[Any, Any], list[dict[str, Any]]] = {}
    for row in _rows(connection, write_offs, "true ORDER BY payment_number, position"):
        offs.setdefault((row.pop(LOAD_ID), row["payment_number"]), []).append(row)
    details = {}
    for row in _rows(connection, payments, "detail_fetched AND booked"):
        mine = tuple(offs.get((row.pop(LOAD_ID), row["number"]), ()))
        if mine or not row["write_off_exist"]:
            details[row["number"]] = HeldDetail(row, mine)
    return details


def _rows(connection: duckdb.DuckDBPyConnection, table: Table, where: str) -> list[dict[str, Any]]:
    """Rows of loads dlt closed, by column, with the load's id."""
    columns = [*table.columns(), LOAD_ID]
    listed = ", ".join(f'"{column}"' for column in columns)
    query = (
        f"SELECT {listed} FROM fortnox.{table.name} "  # noqa: S608 -- names come from the schema
        f"WHERE {LOAD_ID} IN (SELECT load_id FROM fortnox._dlt_loads WHERE status = 0) AND {where}"
    )
    return [dict(zip(columns, row, strict=True)) for row in connection.execute(query).fetchall()]


def _has_columns(connection: duckdb.DuckDBPyConnection, table: str, wanted: set[str]) -> bool:
    found = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'fortnox' AND table_name = ?", [table]
    ).fetchall()
    return wanted <= {name for (name,) in found}


def _first_table(row: Endpoint) -> str:
    return f"fortnox.{row.tables[0]}" if row.tables else ""


def _held(company: CompanyDirectory, query: str, having: str = "company_id") -> dict[str, int]:
    """The figure ``query`` gives per raw table that has the column ``having``."""
    if not company.warehouse_file.exists():
        return {}
    with connect(company.warehouse_file, read_only=True) as connection:
        tables = connection.execute(
            "SELECT DISTINCT schema_name, table_name FROM duckdb_columns() "
            "WHERE schema_name IN ('fortnox', 'sie') AND column_name = ?",
            [having],
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(query.format(table=f'"{schema}"."{table}"')).fetchall()[
                0
            ][0]
            for schema, table in tables
        }
