"""Reading and writing the warehouse: one company's private DuckDB file.

Frames in and out are polars; money is Decimal(18, 2) on both sides. Works on DuckDB 1.5 and 2.0 (their Python
interfaces differ; ``con.sql(q).pl()`` and ``register`` are the same on both). What the tables mean does not
belong here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from errno import EACCES
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

#: dlt's bookkeeping: columns and tables that are nobody's data.
DLT_PREFIX = "_dlt"


class WarehouseHeld(Exception):
    """Another process has the warehouse open. Nothing was touched."""

    exit: Final = 3


class WarehouseDamaged(Exception):
    """The file cannot be opened as a warehouse. Nothing was touched."""

    exit: Final = 4


class DiskFull(Exception):
    """There is no room to write. The snapshot is the old one; free some and run again."""

    exit: Final = 4


def no_room(error: str) -> bool:
    """Whether the text of an error, DuckDB's or the system's, says that nothing more could be written."""
    return re.search("No space left on device|Disk quota exceeded|File too large", error) is not None


def sql_text(value: object) -> str:
    """``value`` as a text in a statement of SQL that takes no parameters there."""
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"


@contextmanager
def needing_room(folder: Path) -> Iterator[None]:
    """Work that writes below ``folder``. Raises ``DiskFull`` where there was no room for what it wrote, and
    ``PermissionError`` where DuckDB may not write.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if no_room(str(error)):
            raise disk_full(folder) from None
        if isinstance(error, duckdb.Error) and _forbidden(str(error)):
            raise _not_allowed(folder) from None
        raise


def _forbidden(error: str) -> bool:
    return "Permission denied" in error or "Read-only file system" in error


def _not_allowed(path: Path) -> PermissionError:
    return PermissionError(EACCES, "may not be read and written; change its owner or mode", str(path))


def rotten(error: str) -> bool:
    """Whether the text of an error of DuckDB's says that a block of a file is not what was written."""
    return "Corrupt database file" in error


def reads_whole(path: Path) -> bool:
    """Whether every block of every table of the DuckDB file can be read. Reads all of it."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            for schema, table in tables:
                connection.execute(f'SELECT max(hash(held)) FROM "{schema}"."{table}" AS held').fetchall()  # noqa: S608 -- names come from the catalogue
    except duckdb.Error:
        return False
    return True


def damaged(path: Path) -> WarehouseDamaged:
    return WarehouseDamaged(
        f"{path}: not a readable DuckDB file; move it away and run again, everything is then pulled anew"
    )


def disk_full(folder: Path) -> DiskFull:
    return DiskFull(f"{folder}: the disk is full, nothing more can be written; free some room and run again")


def _why_closed(path: Path, error: str) -> Exception:
    if no_room(error):
        return disk_full(path.parent)
    if _forbidden(error):
        return _not_allowed(path)
    if holder := re.search(r"Conflicting lock is held in \S+ \(PID (\d+)\)", error):
        return WarehouseHeld(
            f"{path}: process {holder[1]} has the warehouse open; close it there and run again"
        )
    return damaged(path)


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse file. Raises ``WarehouseHeld``, ``WarehouseDamaged`` or ``DiskFull``."""
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        raise _why_closed(path, str(error)) from None


@contextmanager
def kept_open(path: Path) -> Iterator[None]:
    """Make opening the file again to read it cost next to nothing while the body runs; nobody can open it to write.

    DuckDB reads a file's catalogue when a process opens it first, and shares what it read until the last connection
    closes. Without a file there is nothing to keep. Raises as ``connect`` does.
    """
    if not path.exists():
        yield
        return
    with connect(path, read_only=True):
        yield


@contextmanager
def kept_open_to_write(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same for opening it to write, and nobody else can open it at all. Raises as ``connect`` does."""
    with connect(path) as connection:
        yield connection


class Warehouse:
    """An open warehouse file. Use ``open_warehouse``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def read_tables(self, schemas: Iterable[str]) -> dict[str, pl.DataFrame]:
        """Every table of ``schemas`` by ``schema.table``, without dlt's own tables and columns.

        A schema that was never loaded gives no tables, which is not the same as empty ones.
        """
        return {
            f"{schema}.{table}": self._read(schema, table, columns)
            for schema, table, columns in self._listed(schemas)
        }

    def read_table(self, qualified_name: str) -> pl.DataFrame | None:
        """One table, or None when it does not exist."""
        wanted, name = qualified_name.split(".")
        found = [self._read(wanted, name, columns) for _, _, columns in self._listed([wanted], name)]
        return found[0] if found else None

    def _listed(self, schemas: Iterable[str], table: str | None = None) -> list[tuple[str, str, list[str]]]:
        """Schema, name and columns of every table of ``schemas``, or of the one named ``table``."""
        return self.connection.execute(
            "SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
            " WHERE list_contains($1::VARCHAR[], schema_name) AND NOT starts_with(table_name, $2)"
            " AND NOT starts_with(column_name, $2) AND NOT internal AND table_name = coalesce($3, table_name)"
            " GROUP BY ALL ORDER BY ALL",
            [list(schemas), DLT_PREFIX, table],
        ).fetchall()

    def _read(self, schema: str, table: str, columns: list[str]) -> pl.DataFrame:
        selected = ", ".join(f'"{column}"' for column in columns)
        query = f'SELECT {selected} FROM "{schema}"."{table}"'  # noqa: S608 -- names come from the catalogue
        frame: pl.DataFrame = self.connection.sql(query).pl()
        return frame

    def write_tables(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Create or replace the tables named ``schema.table``, all of them or none."""
        self.connection.execute("BEGIN TRANSACTION")
        try:
            for qualified_name, frame in frames.items():
                self._write(qualified_name, frame)
            self.connection.execute("COMMIT")
        except BaseException:
            # a commit that failed has rolled back, and what it says is the cause
            with suppress(duckdb.Error):
                self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("CHECKPOINT")

    def _write(self, qualified_name: str, frame: pl.DataFrame) -> None:
        if qualified_name.count(".") != 1:
            raise ValueError(f"not schema.table: {qualified_name}")
        schema, table = qualified_name.split(".")
        # An enumeration is a matter of frames: in DuckDB it is text, as everything that filters or joins it expects.
        words = [f'"{name}"::VARCHAR AS "{name}"' for name, dtype in frame.schema.items() if dtype == pl.Enum]
        replaced = f"* REPLACE ({', '.join(words)})" if words else "*"
        self.connection.register("_written", frame.to_arrow())
        try:
            self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            self.connection.execute(
                f'CREATE OR REPLACE TABLE "{schema}"."{table}" AS SELECT {replaced} FROM _written'  # noqa: S608 -- names come from the catalogue
            )
        finally:
            self.connection.unregister("_written")


@contextmanager
def open_warehouse(path: Path) -> Iterator[Warehouse]:
    """Open the warehouse for one writer; it is closed, and its log folded in, on the way out.

    Raises ``WarehouseHeld`` when another process has it open, and ``WarehouseDamaged`` when it is no DuckDB file.
    """
    connection = connect(path)
    try:
        yield Warehouse(connection)
    finally:
        connection.close()
