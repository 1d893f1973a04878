"""Publishing: an immutable snapshot of the warehouse, behind a pointer that is swapped atomically and last.

::

    build     snapshots/.building.duckdb, from the described tables, rows in key order, every comment set; then views
    seal      flushed to disk, mode 0444, renamed to snapshots/snapshot-<n>.duckdb
    swap      snapshot.duckdb -> snapshots/snapshot-<n>.duckdb, by renaming a new link over the old one
    prune     snapshots older than the newest ``keep`` are removed, never the one pointed to

A reader has either the old file or the new one, whole; a crash anywhere leaves the old one in place and the
next publish cleans up. Replacing one file in place would leave long-lived readers on old data even after they
reconnect (decision 0202).
Which tables are published, and their comments, are arguments; the words do not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from pipelines.companies import CompanyDirectory
from pipelines.warehouse import DLT_PREFIX, sql_text
from pipelines.whole_file import make_durable

#: The oldest storage format that holds what we publish: clients from DuckDB 1.2 on open it (decision 0202).
STORAGE_VERSION: Final = "v1.2.0"
UNDESCRIBED: Final = "As the source gave it; not described yet"

Checkpoint = Callable[[str], None]


def _no_checkpoint(step: str) -> None:
    """Nothing happens between the steps of an ordinary run."""


@dataclass(frozen=True)
class PublishedTable:
    """One table to publish: its comment, its columns' comments and the columns its rows are ordered by."""

    schema: str
    name: str
    comment: str
    columns: dict[str, str]
    key: tuple[str, ...]


@dataclass(frozen=True)
class PublishedView:
    """One ready-made question to put beside the tables: a view, or a table macro when it has parameters.

    ``columns`` are its columns with their meaning, in order. ``needs`` are the tables and views it reads; where one is
    not published the question is left out. ``parts`` are selects by the table each reads; those whose table is
    published stand, joined by UNION ALL, where the query says ``$parts``.
    """

    schema: str
    name: str
    comment: str
    columns: dict[str, str]
    query: str
    needs: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()

    def query_over(self, held: Collection[str]) -> str | None:
        """The query over the tables and views ``held``; None when they do not suffice."""
        parts = " UNION ALL ".join(part for table, part in self.parts if table in held)
        if not all(need in held for need in self.needs) or (self.parts and not parts):
            return None
        return self.query.replace("$parts", parts)


@dataclass(frozen=True)
class Published:
    """The snapshot that is now current."""

    path: Path
    number: int


def publish(
    company: CompanyDirectory,
    tables: Sequence[PublishedTable],
    views: Sequence[PublishedView] = (),
    *,
    keep: int,
    checkpoint: Checkpoint = _no_checkpoint,
) -> Published:
    """Publish the described tables of the company's warehouse that exist in it, and the views over them.

    ``checkpoint`` is called with the name of each step once it is done. The caller holds the company's lock.
    """
    building = company.snapshots / ".building.duckdb"
    unfinished = (building, building.with_suffix(".duckdb.wal"), company.folder / ".snapshot.link")
    _remove(*unfinished)
    try:
        _build(company.warehouse_file, building, tables, views)
    except BaseException:
        _remove(*unfinished)  # on a full disk nothing else would make room for the next night
        raise
    checkpoint("built")
    number = max(_numbers(company.snapshots), default=0) + 1
    target = company.snapshots / f"snapshot-{number}.duckdb"
    _seal(building, target)
    checkpoint("sealed")
    _point(company.snapshot_pointer, target)
    checkpoint("swapped")
    _prune(company.snapshots, newest=number, keep=keep)
    checkpoint("pruned")
    return Published(target, number)


def _build(
    warehouse: Path, building: Path, tables: Sequence[PublishedTable], views: Sequence[PublishedView]
) -> None:
    connection = duckdb.connect()
    try:
        connection.execute(f"ATTACH {sql_text(warehouse)} AS warehouse (READ_ONLY)")
        connection.execute(f"ATTACH {sql_text(building)} AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("BEGIN TRANSACTION")  # one flush for all tables and comments, not one for each
        columns, held = _columns(connection), set()
        for table in tables:
            present = columns.get((table.schema, table.name))
            if present:
                _copy(connection, table, present)
                held.add(f"{table.schema}.{table.name}")
        connection.execute("USE snapshot")  # so that views name tables as their readers do
        for view in views:
            if query := view.query_over(held):
                _define(connection, view, query)
                held.add(f"{view.schema}.{view.name}")
        connection.execute("COMMIT")
        connection.execute("USE memory")
        connection.execute("DETACH snapshot")
    finally:
        connection.close()


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[str]]:
    """The columns of every table in the warehouse by (schema, table), without dlt's own."""
    rows = connection.execute(
        "SELECT schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
        " WHERE database_name = 'warehouse' AND NOT starts_with(column_name, ?) GROUP BY ALL",
        [DLT_PREFIX],
    ).fetchall()
    return {(schema, table): columns for schema, table, columns in rows}


def _copy(connection: duckdb.DuckDBPyConnection, table: PublishedTable, present: list[str]) -> None:
    name = f'snapshot."{table.schema}"."{table.name}"'
    selected = ", ".join(f'"{column}"' for column in present)
    order = ", ".join(f'"{column}"' for column in (*table.key, *present) if column in present)
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS snapshot."{table.schema}"')
    source = f'warehouse."{table.schema}"."{table.name}"'
    connection.execute(f"CREATE TABLE {name} AS SELECT {selected} FROM {source} ORDER BY {order}")  # noqa: S608 -- names come from the catalogue
    connection.execute(f"COMMENT ON TABLE {name} IS {sql_text(table.comment)}")
    for column in present:
        comment = table.columns.get(column, UNDESCRIBED)
        connection.execute(f'COMMENT ON COLUMN {name}."{column}" IS {sql_text(comment)}')


def _define(connection: duckdb.DuckDBPyConnection, view: PublishedView, query: str) -> None:
    name = f'"{view.schema}"."{view.name}"'
    connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.schema}"')
    if view.parameters:
        connection.execute(f"CREATE MACRO {name}({', '.join(view.parameters)}) AS TABLE {query}")
        connection.execute(f"COMMENT ON MACRO TABLE {name} IS {sql_text(view.comment)}")
        return
    connection.execute(f"CREATE VIEW {name} AS {query}")
    connection.execute(f"COMMENT ON VIEW {name} IS {sql_text(view.comment)}")
    for column, meaning in view.columns.items():
        connection.execute(f'COMMENT ON COLUMN {name}."{column}" IS {sql_text(meaning)}')


def _seal(building: Path, target: Path) -> None:
    make_durable(building)
    building.chmod(0o444)
    building.rename(target)
    make_durable(target.parent)


def _point(pointer: Path, target: Path) -> None:
    link = pointer.with_name(".snapshot.link")
    link.symlink_to(target.relative_to(pointer.parent))
    link.replace(pointer)
    make_durable(pointer.parent)


def _prune(snapshots: Path, *, newest: int, keep: int) -> None:
    for number in _numbers(snapshots):
        if number <= newest - keep:
            _remove(snapshots / f"snapshot-{number}.duckdb")


def _numbers(snapshots: Path) -> Iterable[int]:
    matches = (re.fullmatch(r"snapshot-(\d+)\.duckdb", path.name) for path in snapshots.iterdir())
    return sorted(int(match[1]) for match in matches if match)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
