"""The history of a company's records: schema ``history`` of the warehouse, kept for good.

::

    before the load    what a killed run loaded and did not compare is compared first; tables whose last compared
                       state is not in the published snapshot are set aside; the run is noted as pending
    after the load     every raw table is compared with its last compared state, in one transaction with the note gone

The state to compare with is the raw table as the last snapshot published it, so nothing is held twice. It is that
state when the snapshot and the warehouse name the same run as the last that changed the table (``history.tables``);
where they do not (a surface was not read, a run died before it published, the snapshot is gone), the raw table is
copied to schema ``former`` until the comparison is done. What is compared, and how, belongs in ``record_changes.py``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

import duckdb

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.schema import TABLES as FORTNOX_TABLES
from pipelines.record_changes import (
    RECORDS,
    OutOfSight,
    Sighting,
    State,
    differing,
    note,
    write_changes,
)
from pipelines.warehouse import DLT_PREFIX, Warehouse, sql_text

SNAPSHOT: Final = "last_snapshot"
FORMER: Final = "former"
NOWHERE: Final = State({}, {})

#: The run that has begun to load and has not compared yet: at most one row, never published.
_PENDING: Final = "CREATE TABLE history.pending (run_id VARCHAR, seen_at VARCHAR, as_of DATE)"
_TABLES: Final = (
    "CREATE TABLE history.tables (company_id VARCHAR, table_name VARCHAR, first_run_id VARCHAR, first_seen_at VARCHAR,"
    " changed_run_id VARCHAR, changed_at VARCHAR, out_of_sight VARCHAR)"
)
_CHANGES: Final = (
    "CREATE TABLE history.changes (company_id VARCHAR, run_id VARCHAR, seen_at VARCHAR, as_of DATE,"
    " table_name VARCHAR, record_key VARCHAR, change VARCHAR, field VARCHAR, before VARCHAR, after VARCHAR)"
)


@dataclass(frozen=True)
class Places:
    """Where tables are: in the warehouse, in the snapshot published last, and set aside in the warehouse."""

    held: State
    published: State
    former: State


def columns_out_of_sight(*noticed: Mapping[str, int]) -> dict[str, set[str]]:
    """Columns by raw table of the fields that ``noticed`` counts as ``table.Field``."""
    names = {name for counts in noticed for name in counts}
    found = {
        f"fortnox.{table.name}": {
            field.column for field in table.fields if f"{table.name}.{field.name}" in names
        }
        for table in FORTNOX_TABLES
    }
    return {table: columns for table, columns in found.items() if columns}


def before_load(warehouse: Warehouse, company: CompanyDirectory, sighting: Sighting) -> None:
    """See to it that the last compared state of every table outlives the load that ``sighting`` is about to make."""
    with _beside_snapshot(warehouse, company) as connection:
        places = _places(connection)
        _set_up(connection, places)
        for run_id, seen_at, as_of in connection.execute("FROM history.pending").fetchall():
            _compare(connection, places, company.company_id, Sighting(run_id, seen_at, as_of), {})
            connection.execute(f"DROP SCHEMA IF EXISTS {FORMER} CASCADE")
            places = replace(places, former=NOWHERE)
        _set_aside(connection, places)
        connection.execute("DELETE FROM history.pending")
        connection.execute(
            "INSERT INTO history.pending VALUES (?, ?, ?)",
            [sighting.run_id, sighting.seen_at, sighting.as_of],
        )


def after_load(
    warehouse: Warehouse,
    company: CompanyDirectory,
    sighting: Sighting,
    *,
    unread: Collection[str],
    out_of_sight: Mapping[str, Collection[str]],
) -> None:
    """Write what changed since the last comparison, all of it or nothing.

    ``unread`` are raw tables (``schema.table``) whose surface was not read: they are not taken up yet.
    ``out_of_sight`` are columns by raw table that this load may not have seen.
    """
    with _beside_snapshot(warehouse, company) as connection:
        places = _places(connection)
        _compare(connection, places, company.company_id, sighting, out_of_sight)
        _take_up(connection, places, company.company_id, sighting, unread, out_of_sight)
        connection.execute(f"DROP SCHEMA IF EXISTS {FORMER} CASCADE")
        connection.execute("DELETE FROM history.pending")


@contextmanager
def _beside_snapshot(warehouse: Warehouse, company: CompanyDirectory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse's connection in a transaction, the last snapshot attached where there is a readable one."""
    connection = warehouse.connection
    if company.snapshot_pointer.exists():
        path = sql_text(company.snapshot_pointer.resolve())
        with suppress(duckdb.Error):  # a damaged snapshot is no witness; the next publish replaces it
            connection.execute(f"ATTACH {path} AS {SNAPSHOT} (READ_ONLY)")
    connection.execute("BEGIN TRANSACTION")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has rolled back, and what it says is the cause
            connection.execute("ROLLBACK")
        raise
    finally:
        # after a failed write DuckDB does nothing more, and closing is all
        with suppress(duckdb.FatalException):
            connection.execute(f"DETACH DATABASE IF EXISTS {SNAPSHOT}")


def _places(connection: duckdb.DuckDBPyConnection) -> Places:
    """Every table the history may have to do with, in the warehouse and in the snapshot."""
    found: dict[tuple[bool, str], dict[str, tuple[str, list[str]]]] = {}
    for database, schema, table, columns in connection.execute(
        "SELECT database_name, schema_name, table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()"
        " WHERE list_contains([current_database(), $1], database_name)"
        " AND list_contains(['fortnox', 'sie', 'history', $2], schema_name)"
        " AND NOT starts_with(column_name, $3) AND NOT starts_with(table_name, $3) GROUP BY ALL",
        [SNAPSHOT, FORMER, DLT_PREFIX],
    ).fetchall():
        name = table if schema == FORMER else f"{schema}.{table}"
        of = found.setdefault((database == SNAPSHOT, schema), {})
        of[name] = (f'"{database}"."{schema}"."{table}"', columns)

    def state(published: bool, *schemas: str) -> State:
        tables = {
            name: place for schema in schemas for name, place in found.get((published, schema), {}).items()
        }
        return State(
            {name: place for name, (place, _) in tables.items()}, {n: c for n, (_, c) in tables.items()}
        )

    return Places(
        held=state(False, "fortnox", "sie", "history"),
        published=state(True, "fortnox", "sie", "history"),
        former=state(False, FORMER),
    )


def _set_up(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """The tables of the history: those of the snapshot where the warehouse was lost, else new ones."""
    if places.held.holds(["history.tables"]):
        return
    for statement in ("CREATE SCHEMA history", _PENDING, _TABLES, _CHANGES):
        connection.execute(statement)
    if places.published.holds(["history.tables", "history.changes"]):
        for name in ("history.tables", "history.changes"):
            connection.execute(f"INSERT INTO {name} BY NAME FROM {places.published.tables[name]}")


def _known(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, list[str]]]:
    """Per table whose changes are kept: the run that last changed it, and its columns out of sight then."""
    rows = connection.execute(
        "SELECT table_name, changed_run_id, out_of_sight FROM history.tables"
    ).fetchall()
    return {table: (run, json.loads(columns)) for table, run, columns in rows}


def _last_compared(
    connection: duckdb.DuckDBPyConnection, places: Places, known: Mapping[str, tuple[str, list[str]]]
) -> dict[str, State]:
    """Where the last compared state of each table is; a table whose state is lost is not there."""
    changed: dict[str, str] = {}
    if told := places.published.tables.get("history.tables"):
        changed = dict(connection.execute(f"SELECT table_name, changed_run_id FROM {told}").fetchall())  # noqa: S608 -- a name of ours
    states = {}
    for records in RECORDS:
        if records.table not in known:
            continue
        if changed.get(records.table) == known[records.table][0] and places.published.holds(records.sources):
            states[records.table] = places.published
        elif places.former.holds(records.sources):
            states[records.table] = places.former
    return states


def _set_aside(connection: duckdb.DuckDBPyConnection, places: Places) -> None:
    """Copy what is nowhere else. Nothing has been loaded since the last comparison, so the raw table is that state."""
    known = _known(connection)
    states = _last_compared(connection, places, known)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {FORMER}")
    for records in RECORDS:
        if records.table in known and records.table not in states and places.held.holds(records.sources):
            for source in records.sources:
                connection.execute(f'CREATE TABLE {FORMER}."{source}" AS FROM {places.held.tables[source]}')


def _compare(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    company_id: str,
    sighting: Sighting,
    out_of_sight: Mapping[str, Collection[str]],
) -> None:
    """Write the changes of every table that is taken up already, and which run changed it last."""
    known = _known(connection)
    states = _last_compared(connection, places, known)
    watched = [r for r in RECORDS if r.table in known and places.held.holds(r.sources)]
    compared = {r.table: (r, states[r.table], places.held) for r in watched if r.table in states}
    for records in watched:
        if records.table not in states:
            note(connection, company_id, records.table, sighting, "gap")
    for table in differing(connection, compared):
        records, was, now = compared[table]
        sight = OutOfSight(known[table][1], out_of_sight.get(table, ()))
        write_changes(connection, company_id, records, (was, now), sighting, sight)
    _remember(connection, sighting, known, out_of_sight)


def _remember(
    connection: duckdb.DuckDBPyConnection,
    sighting: Sighting,
    known: Mapping[str, tuple[str, list[str]]],
    out_of_sight: Mapping[str, Collection[str]],
) -> None:
    """Which tables this run changed, and what of them is out of sight from now on."""
    shown: dict[str, set[str]] = {}
    for table, change, field in connection.execute(
        "SELECT DISTINCT table_name, change, field FROM history.changes WHERE run_id = ?", [sighting.run_id]
    ).fetchall():
        shown.setdefault(table, set()).update([field] if change == "shown" else [])
    for table, (_, before) in known.items():
        now = sorted({*before} - shown.get(table, set()) | {*out_of_sight.get(table, ())})
        if table in shown:
            connection.execute(
                "UPDATE history.tables SET changed_run_id = ?, changed_at = ? WHERE table_name = ?",
                [sighting.run_id, sighting.seen_at, table],
            )
        if now != before:
            connection.execute(
                "UPDATE history.tables SET out_of_sight = ? WHERE table_name = ?", [json.dumps(now), table]
            )


def _take_up(
    connection: duckdb.DuckDBPyConnection,
    places: Places,
    company_id: str,
    sighting: Sighting,
    unread: Collection[str],
    out_of_sight: Mapping[str, Collection[str]],
) -> None:
    """Tables read for the first time: their changes are kept from now on, and nothing of them has appeared."""
    known = _known(connection)
    for records in RECORDS:
        unseen = not places.held.holds(records.sources) or set(records.sources) & set(unread)
        if records.table in known or unseen:
            continue
        columns = json.dumps(sorted(out_of_sight.get(records.table, ())))
        run = [sighting.run_id, sighting.seen_at]
        connection.execute(
            "INSERT INTO history.tables VALUES (?, ?, ?, ?, ?, ?, ?)",
            [company_id, records.table, *run, *run, columns],
        )
