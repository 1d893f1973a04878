"""What earlier loads left in a company's warehouse: rows per surface, marks, and the payment details worth keeping.

Nothing here writes. What a load does with it belongs to ``load.py`` and ``plan.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import duckdb

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.convert import Row
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import WITHIN_BUDGET
from pipelines.fortnox.fields import Table
from pipelines.fortnox.listings import TABLE
from pipelines.fortnox.marks import READINGS, Key, Mark, Marks
from pipelines.fortnox.payment_details import PAYMENT_TABLES, REFERENCE_TYPES, HeldDetail
from pipelines.warehouse import connect

SIE: Final = BY_NAME["sie"].name
LOAD_ID: Final = "_dlt_load_id"
BATCH: Final = 1000


@dataclass(frozen=True)
class WarehouseBooks:
    """The rows earlier loads left in the warehouse, as ``marks.HeldBooks``. Each call opens and closes the file."""

    company: CompanyDirectory
    marks: Marks
    locked_until: date | None = None
    sie_files: Mapping[str, str] = field(default_factory=dict)

    def sound(self, endpoint: Endpoint, part: str, rows: int) -> bool:
        """Whether a listing has ``rows`` held rows, and no row of its tables is there twice."""
        return all(
            held == distinct and (name != endpoint.tables[0] or held == rows)
            for name in endpoint.tables
            for held, distinct in self._sizes(endpoint, TABLE[name], part)
        )

    def _sizes(self, endpoint: Endpoint, table: Table, part: str) -> list[tuple[int, int]]:
        key = ", ".join(f'"{column}"' for column in table.key) or "company_id"
        query = (
            f"SELECT count(*), count(DISTINCT ({key})) FROM fortnox.{table.name} "  # noqa: S608 -- names from the schema
            f"WHERE {_of_part(endpoint, table)}"
        )
        return [(held, distinct) for batch in self._batches(query, [part]) for held, distinct in batch]

    def keys(self, endpoint: Endpoint, part: str) -> set[Key]:
        """The keys of the held rows of a listing, as text."""
        table = TABLE[endpoint.tables[0]]
        key = ", ".join(f'"{column}"' for column in table.key) or "1"
        query = f"SELECT {key} FROM fortnox.{table.name} WHERE {_of_part(endpoint, table)}"  # noqa: S608 -- names from the schema
        return {tuple(str(value) for value in row) for batch in self._batches(query, [part]) for row in batch}

    def rows(
        self, endpoint: Endpoint, table: Table, part: str, without: Collection[Key]
    ) -> Iterator[list[Row]]:
        """The held rows of a listing in one of its tables, a batch at a time, but for the records in ``without``."""
        columns = tuple(table.columns())
        of_record = len(TABLE[endpoint.tables[0]].key)
        key = [columns.index(column) for column in table.key[:of_record]]
        listed = ", ".join(f'"{column}"' for column in columns)
        query = f"SELECT {listed} FROM fortnox.{table.name} WHERE {_of_part(endpoint, table)}"  # noqa: S608 -- as above
        for batch in self._batches(query, [part]):
            yield [
                dict(zip(columns, row, strict=True))
                for row in batch
                if tuple(str(row[at]) for at in key) not in without
            ]

    def references(self) -> Iterator[tuple[str, Key, tuple[str, str]]]:
        """(year, key, (reference type, reference number)) of every held voucher that names a payment."""
        query = (
            "SELECT year, voucher_series, voucher_number, reference_type, reference_number FROM fortnox.vouchers "
            "WHERE list_contains($1::VARCHAR[], reference_type)"
        )
        if not any(surface == "vouchers" for surface, _ in self.marks):
            return
        for batch in self._batches(query, [list(REFERENCE_TYPES.values())]):
            for year, series, number, kind, reference in batch:
                yield year, (year, series, str(number)), (kind, str(reference))

    def next_numbers(self) -> dict[tuple[str, str], int]:
        """The next voucher number by (financial-year id, series), where it is known."""
        query = (
            "SELECT year, code, next_voucher_number FROM fortnox.voucher_series "
            "WHERE next_voucher_number IS NOT NULL"
        )
        if not any(surface == "voucher_series" for surface, _ in self.marks):
            return {}
        return {(year, code): number for batch in self._batches(query, []) for year, code, number in batch}

    def invoices_with_rows(self, endpoint: Endpoint) -> dict[str, str]:
        """The list's fingerprint of each invoice whose rows are held, by its number.

        Empty when a load that wrote either table was cut off: the other may be of an earlier one.
        """
        if not self.company.warehouse_file.exists():
            return {}
        with connect(self.company.warehouse_file, read_only=True) as connection:
            held = held_columns(connection)
            if not all(
                {*TABLE[name].columns(), LOAD_ID} <= held[name] for name in endpoint.tables
            ) or cut_off(connection, endpoint.tables):
                return {}
        table = TABLE[endpoint.tables[0]]
        query = f"SELECT {table.key[0]}, list_fingerprint FROM fortnox.{table.name}"  # noqa: S608 -- names from the schema
        return {number: known for batch in self._batches(query, []) for number, known in batch}

    def _batches(self, query: str, values: list[Any]) -> Iterator[list[tuple[Any, ...]]]:
        with connect(self.company.warehouse_file, read_only=True) as connection:
            answer = connection.execute(query, values)
            while batch := answer.fetchmany(BATCH):
                yield batch


def _of_part(endpoint: Endpoint, table: Table) -> str:
    """The predicate of a listing's rows; its one parameter is the part."""
    columns = table.columns()
    if endpoint.per_year:
        return f"{'voucher_year' if 'voucher_year' in columns else 'year'} = $1"
    if len(endpoint.variants) > 1 and "active" in columns:
        return "active = ($1 = 'active')"
    return "$1 IS NOT NULL"


def held_books(company: CompanyDirectory) -> WarehouseBooks:
    """What is held of the API's surfaces: marks of loads dlt closed, of tables that have every column of today.

    A load that was cut off may have replaced one table and not another that is told from it: nothing in a warehouse
    that holds rows of such a load has a mark.
    """
    if not company.warehouse_file.exists():
        return WarehouseBooks(company, {})
    with connect(company.warehouse_file, read_only=True) as connection:
        held = held_columns(connection)
        if not {*READINGS.columns(), LOAD_ID} <= held[READINGS.name] or cut_off(connection):
            return WarehouseBooks(company, {})
        whole = {
            row.name
            for row in (*ENDPOINTS, *BY_CHOICE)
            if all(TABLE[name].columns().keys() <= held[name] for name in row.tables)
        }
        marks = {
            (row["surface"], row["part"] or ""): Mark(
                row["modified_since"], row["full_on"], row["known_rows"]
            )
            for row in _rows(connection, READINGS, "true")
            if row["surface"] in whole
        }
        locked = connection.execute("SELECT max(end_date) FROM fortnox.locked_period").fetchall()[0][0]
        return WarehouseBooks(company, marks, locked, _sie_files(connection))


def cut_off(connection: duckdb.DuckDBPyConnection, among: Collection[str] | None = None) -> bool:
    """Whether any table, or any of those ``among``, holds rows of a load that dlt did not close."""
    tables = connection.execute(
        "SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'fortnox' AND column_name = ?",
        [LOAD_ID],
    ).fetchall()
    return any(
        connection.execute(
            f'SELECT 1 FROM fortnox."{table}" WHERE {LOAD_ID} NOT IN '  # noqa: S608 -- a name of ours
            "(SELECT load_id FROM fortnox._dlt_loads WHERE status = 0) LIMIT 1"
        ).fetchall()
        for (table,) in tables
        if among is None or table in among
    )


def _sie_files(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The file held of each financial year, by the year's id."""
    tables = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'sie' AND table_name = 'files'"
    ).fetchall()
    if not tables:
        return {}
    return dict(
        connection.execute(
            "SELECT financial_year_id, file_id FROM sie.files WHERE financial_year_id IS NOT NULL"
        ).fetchall()
    )


def held_rows(company: CompanyDirectory) -> dict[str, int]:
    """Rows per surface that an earlier load left in the warehouse; empty before the first."""
    counts = _held(company, "SELECT count(*) FROM {table}")
    held = {
        row.name: counts[_first_table(row)] for row in (*ENDPOINTS, *BY_CHOICE) if _first_table(row) in counts
    }
    of_sie = sum(rows for table, rows in counts.items() if table.startswith("sie."))
    return held | ({SIE: of_sie} if of_sie else {})


def held_records(company: CompanyDirectory) -> dict[str, int]:
    """Per surface that is read record by record within a budget, how many records are held."""
    counts = _held(company, "SELECT count(*) FROM {table}")
    return {row.name: counts[_first_table(row)] for row in WITHIN_BUDGET if _first_table(row) in counts}


def held_next_numbers(company: CompanyDirectory) -> int:
    """How many voucher series an earlier load asked for their next number."""
    counts = _held(company, "SELECT count(next_voucher_number) FROM {table}", having="next_voucher_number")
    return sum(counts.values())


def held_folders(company: CompanyDirectory) -> dict[str, int]:
    """Per surface whose folders are walked, the folders below the first in which an earlier load found a file."""
    counts = _held(company, "SELECT greatest(count(DISTINCT folder_id) - 1, 0) FROM {table}", "folder_id")
    return {table.removeprefix("fortnox."): folders for table, folders in counts.items()}


def held_payment_details(company: CompanyDirectory) -> dict[str, dict[str, HeldDetail]]:
    """Per surface and payment number, the details of booked payments that a whole load brought.

    A load that was cut off may have replaced the payments and not their write-offs: only payments of a load dlt
    closed, whose write-offs are of the same load, are given.
    """
    if not company.warehouse_file.exists():
        return {}
    with connect(company.warehouse_file, read_only=True) as connection:
        held = held_columns(connection)
        if "load_id" not in held["_dlt_loads"]:
            return {}
        pairs = {
            surface: (table, TABLE[BY_NAME[surface].tables[1]]) for surface, table in PAYMENT_TABLES.items()
        }
        return {
            surface: _details(connection, *pair)
            if all({*table.columns(), LOAD_ID} <= held[table.name] for table in pair)
            else {}
            for surface, pair in pairs.items()
        }


def _details(
    connection: duckdb.DuckDBPyConnection, payments: Table, write_offs: Table
) -> dict[str, HeldDetail]:
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


def held_columns(connection: duckdb.DuckDBPyConnection) -> defaultdict[str, set[str]]:
    """The columns of every table of schema ``fortnox``; none of a table that is not there."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for table, column in connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'fortnox'"
    ).fetchall():
        found[table].add(column)
    return found


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
