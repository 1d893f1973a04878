"""What became of each record between two states of a raw table, told by DuckDB in a few statements.

Records are compared by key, by the hashes of what they hold; only those that differ are read in full. A field that
goes out of sight (withheld from the user, not sent, detail not fetched) or comes into sight did not change in the
books, and has its own words. When two states are compared, and where they are kept, belongs in ``history.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

import duckdb

from pipelines.fortnox.fields import UNKNOWN_FIELDS
from pipelines.fortnox.fields import Table as FortnoxTable
from pipelines.fortnox.schema import TABLES as FORTNOX_TABLES
from pipelines.warehouse import sql_text

DETAIL_FETCHED: Final = "detail_fetched"
#: What the words in ``history.changes.change`` mean, in the order in which people want to read them.
CHANGES: Final = {
    "appeared": "the record was not there at the last look",
    "changed": "a field has another value",
    "vanished": "the record is no longer there; before is the whole of it",
    "returned": "the record had vanished and is there again",
    "hidden": "a field can no longer be seen: withheld, not sent, or its detail not fetched",
    "shown": "a field can be seen that could not be before",
    "column": "the field is kept for all records from now on",
    "gap": "what changed since the last look is not known, because that state is lost",
}


@dataclass(frozen=True)
class Sighting:
    """One look at a company: the run that took it, when (UTC, ISO 8601), and the day it judges the books as of."""

    run_id: str
    seen_at: str
    as_of: date


@dataclass(frozen=True)
class State:
    """Raw tables as they were at one time: where each is in SQL, and its columns."""

    tables: Mapping[str, str]
    columns: Mapping[str, Sequence[str]]

    def holds(self, sources: Collection[str]) -> bool:
        """Whether all of ``sources`` are there."""
        return all(source in self.tables for source in sources)


@dataclass(frozen=True)
class Fields:
    """The fields of one kind of record that both states know, as SQL by name, and those only the later one knows."""

    both: Mapping[str, str]
    arrived: Sequence[str] = ()


class Records(Protocol):
    """One kind of record whose changes are kept."""

    @property
    def table(self) -> str:
        """Its raw table, ``schema.table``."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The raw tables it is made of."""

    @property
    def details(self) -> frozenset[str]:
        """Fields that only a detail answer carries."""

    @property
    def keys(self) -> str:
        """SQL of one row per record in the raw table: company_id, table_name, record_key."""

    def fields(self, connection: duckdb.DuckDBPyConnection, was: State, now: State) -> Fields:
        """Which fields can be compared."""

    def fingerprint(self, state: State, was: State, now: State) -> str:
        """SQL of one value that is the same when nothing changed."""

    def prints(self, state: State, fields: Fields) -> str:
        """SQL of one row per record: record_key, print."""

    def contents(self, state: State, fields: Fields, keys: str) -> str:
        """SQL of the records whose key the table ``keys`` holds: record_key, every field as text, whole (JSON)."""


def key_sql(columns: Sequence[str]) -> str:
    """SQL of ``record_key``: the key columns as text with a slash between, a slash within one as ``\\/``."""
    parts = [f"replace(replace(\"{name}\"::VARCHAR, '\\', '\\\\'), '/', '\\/')" for name in columns]
    return " || '/' || ".join(parts)


@dataclass(frozen=True)
class FortnoxRecords:
    """The records of one table of schema ``fortnox``, one row each."""

    of: FortnoxTable

    @property
    def table(self) -> str:
        return f"fortnox.{self.of.name}"

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.table,)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that tell records apart; the company itself where there is one record."""
        return self.of.key or ("company_id",)

    @property
    def details(self) -> frozenset[str]:
        return frozenset(known.column for known in self.of.fields if known.detail)

    @property
    def keys(self) -> str:
        return f"SELECT company_id, '{self.table}' AS table_name, {key_sql(self.key)} AS record_key FROM {self.table}"  # noqa: S608 -- names of ours

    def fields(self, connection: duckdb.DuckDBPyConnection, was: State, now: State) -> Fields:
        described = [known.column for known in self.of.fields if known.column not in self.of.key]
        present = [name for name in described if name in now.columns[self.table]]
        both = {name: f'"{name}"' for name in present if name in was.columns[self.table]}
        arrived = [name for name in present if name not in both]
        before, after = (self._unknown(connection, state) for state in (was, now))
        both |= {_unknown_name(name): _unknown_value(name) for name in before}
        return Fields(both, (*arrived, *(_unknown_name(name) for name in after if name not in before)))

    def fingerprint(self, state: State, was: State, now: State) -> str:
        columns = ", ".join(
            _name(name) for name in now.columns[self.table] if name in was.columns[self.table]
        )
        return f"(SELECT (count(*), sum(hash({columns}))) FROM {state.tables[self.table]})"  # noqa: S608 -- names of ours

    def prints(self, state: State, fields: Fields) -> str:
        content = f"hash({', '.join(fields.both.values()) or '0'})"
        return f"SELECT {key_sql(self.key)} AS record_key, {content} AS print FROM {state.tables[self.table]}"  # noqa: S608 -- names of ours

    def contents(self, state: State, fields: Fields, keys: str) -> str:
        listed = "".join(f", ({value})::VARCHAR AS {_name(name)}" for name, value in fields.both.items())
        whole = [name for name in state.columns[self.table] if name != "company_id"]
        return (
            f"SELECT {key_sql(self.key)} AS record_key{listed}, {_json(whole)} AS whole "  # noqa: S608 -- names of ours
            f"FROM {state.tables[self.table]} WHERE {key_sql(self.key)} IN (SELECT record_key FROM {keys})"
        )

    def _unknown(self, connection: duckdb.DuckDBPyConnection, state: State) -> list[str]:
        """Names of the fields nobody described that any record of the state carries."""
        if UNKNOWN_FIELDS.column not in state.columns[self.table]:
            return []
        return [
            name
            for (name,) in connection.execute(
                f"SELECT DISTINCT unnest(json_keys({UNKNOWN_FIELDS.column})) AS name "  # noqa: S608 -- names of ours
                f"FROM {state.tables[self.table]} WHERE {UNKNOWN_FIELDS.column} IS NOT NULL ORDER BY name"
            ).fetchall()
        ]


@dataclass(frozen=True)
class VoucherRecords:
    """The vouchers of the SIE files, each with its rows as one field: a JSON list in the order of the file.

    Years whose file is the same to the byte are not looked at.
    """

    table: str = "sie.vouchers"
    sources: tuple[str, ...] = ("sie.vouchers", "sie.voucher_rows", "sie.files")
    details: frozenset[str] = frozenset()
    head: tuple[str, ...] = ("voucher_date", "text", "registration_date", "signature")
    row: tuple[str, ...] = (
        "kind", "account_number", "amount", "text", "objects", "quantity", "row_date", "signature",
    )  # fmt: skip

    @property
    def keys(self) -> str:
        return (
            f"SELECT company_id, '{self.table}' AS table_name, {VOUCHER_KEY} AS record_key FROM {self.table}"  # noqa: S608 -- names of ours
        )

    def fields(self, connection: duckdb.DuckDBPyConnection, was: State, now: State) -> Fields:  # noqa: ARG002 -- the Protocol's signature
        present = [name for name in self.head if name in now.columns[self.table]]
        both = {name: f'v."{name}"' for name in present if name in was.columns[self.table]}
        rows = [
            name
            for name in self.row
            if all(name in state.columns["sie.voucher_rows"] for state in (was, now))
        ]
        return Fields(
            {**both, "rows": ", ".join(f'"{name}"' for name in rows)},
            [name for name in present if name not in both],
        )

    def fingerprint(self, state: State, was: State, now: State) -> str:  # noqa: ARG002 -- the Protocol's signature
        return f"(SELECT list((financial_year, file_id) ORDER BY financial_year) FROM {state.tables['sie.files']})"  # noqa: S608 -- names of ours

    def prints(self, state: State, fields: Fields) -> str:
        heads = [value for name, value in fields.both.items() if name != "rows"]
        hashed = f"sum(hash(row_number, {fields.both['rows']}))"
        return (
            f"SELECT v.record_key, hash({', '.join([*heads, 'r.rows'])}) AS print "  # noqa: S608 -- names of ours
            f"FROM ({self._heads(state)}) AS v LEFT JOIN ({self._rows(state, hashed)}) AS r "
            "USING (financial_year, voucher_position)"
        )

    def contents(self, state: State, fields: Fields, keys: str) -> str:
        row = fields.both["rows"].replace('"', "").split(", ")
        listed = f"to_json(list({_struct(row)} ORDER BY row_number))::VARCHAR"
        heads = [name for name in fields.both if name != "rows"]
        texts = "".join(f', v."{name}"::VARCHAR AS "{name}"' for name in heads)
        return (
            f"WITH v AS (SELECT * FROM ({self._heads(state)}) WHERE record_key IN (SELECT record_key FROM {keys})), "  # noqa: S608 -- names of ours
            f"r AS ({self._rows(state, listed, 'SELECT financial_year, voucher_position FROM v')}) "
            f"SELECT v.record_key{texts}, coalesce(r.rows, '[]') AS rows, "
            f"{_json([*heads, 'rows'])} AS whole FROM v LEFT JOIN r USING (financial_year, voucher_position)"
        )

    def _heads(self, state: State) -> str:
        return (
            f"SELECT *, {VOUCHER_KEY} AS record_key FROM {state.tables['sie.vouchers']} "  # noqa: S608 -- names of ours
            "WHERE financial_year IN (SELECT financial_year FROM _years)"
        )

    def _rows(self, state: State, content: str, of: str | None = None) -> str:
        wanted = (
            f"(financial_year, voucher_position) IN ({of})"
            if of
            else "financial_year IN (SELECT financial_year FROM _years)"
        )
        return (
            f"SELECT financial_year, voucher_position, {content} AS rows "  # noqa: S608 -- names of ours
            f"FROM {state.tables['sie.voucher_rows']} WHERE {wanted} GROUP BY ALL"
        )

    def differing_years(self, was: State, now: State) -> str:
        """SQL of the financial years whose file is not the same in both states."""
        files = [state.tables["sie.files"] for state in (was, now)]
        return (
            f"SELECT coalesce(a.financial_year, b.financial_year) AS financial_year FROM {files[0]} AS a "  # noqa: S608 -- names of ours
            f"FULL JOIN {files[1]} AS b USING (financial_year) WHERE a.file_id IS DISTINCT FROM b.file_id"
        )


VOUCHERS: Final = VoucherRecords()
#: ``record_key`` of a SIE voucher: year/series/number, and #2 where a file repeats them, as in ``ledger.vouchers``.
_OCCURRENCE: Final = (
    "row_number() OVER (PARTITION BY company_id, financial_year, voucher_series, voucher_number"
    " ORDER BY voucher_position)"
)
VOUCHER_KEY: Final = (
    f"{key_sql(('financial_year', 'voucher_series', 'voucher_number'))}"
    f" || CASE {_OCCURRENCE} WHEN 1 THEN '' ELSE '#' || {_OCCURRENCE} END"
)
#: A key that stands twice, which a register must not hold, gets #2 after it: no change is lost for it.
_TWINS: Final = "row_number() OVER (PARTITION BY record_key ORDER BY whole)"
_TWINS_APART: Final = f"record_key || CASE {_TWINS} WHEN 1 THEN '' ELSE '#' || {_TWINS} END"
RECORDS: Final[tuple[Records, ...]] = (*(FortnoxRecords(table) for table in FORTNOX_TABLES), VOUCHERS)


@dataclass(frozen=True)
class OutOfSight:
    """Fields of a table that the user may not see or Fortnox did not send, at the last look and now."""

    before: Collection[str] = field(default_factory=frozenset)
    now: Collection[str] = field(default_factory=frozenset)


def differing(
    connection: duckdb.DuckDBPyConnection, states: Mapping[str, tuple[Records, State, State]]
) -> list[str]:
    """Which tables, of those with their records, former and present state, are not as they were: one statement."""
    if not states:
        return []
    same = [
        f"{records.fingerprint(was, was, now)} IS NOT DISTINCT FROM {records.fingerprint(now, was, now)}"
        for records, was, now in states.values()
    ]
    answers = connection.execute(f"SELECT {', '.join(same)}").fetchall()[0]
    return [table for table, is_same in zip(states, answers, strict=True) if not is_same]


def write_changes(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    records: Records,
    states: tuple[State, State],
    sighting: Sighting,
    out_of_sight: OutOfSight,
) -> None:
    """Add to ``history.changes`` what became of ``records`` from the first of the states to the second."""
    was, now = states
    fields = records.fields(connection, was, now)
    note(connection, company_id, records.table, sighting, "column", fields.arrived)
    if isinstance(records, VoucherRecords):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE _years AS {records.differing_years(was, now)}")
    for name, state in (("was", was), ("now", now)):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE _{name}_print AS {records.prints(state, fields)}")
    for name, other, state in (("was", "now", was), ("now", "was", now)):
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _{name}_key AS SELECT record_key FROM _{name}_print "  # noqa: S608 -- names of ours
            f"ANTI JOIN _{other}_print USING (record_key, print)"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE _{name} AS SELECT * REPLACE ({_TWINS_APART} AS record_key) "  # noqa: S608 -- names of ours
            f"FROM ({records.contents(state, fields, f'_{name}_key')})"
        )
    _insert(connection, company_id, records.table, sighting, _of_records(records.table))
    _insert(
        connection, company_id, records.table, sighting, _of_fields(fields, records.details, out_of_sight)
    )


def note(
    connection: duckdb.DuckDBPyConnection,
    company_id: str,
    table: str,
    sighting: Sighting,
    change: str,
    fields: Sequence[str] = ("",),
) -> None:
    """Add an event of a whole table: a field that is kept from now on, or a gap."""
    for name in fields:
        query = (
            f"SELECT '' AS record_key, '{change}' AS change, {sql_text(name)} AS field,"
            " NULL AS before, NULL AS after"
        )
        _insert(connection, company_id, table, sighting, query)


def _insert(
    connection: duckdb.DuckDBPyConnection, company_id: str, table: str, sighting: Sighting, query: str
) -> None:
    connection.execute(
        "INSERT INTO history.changes BY NAME SELECT ? AS company_id, ? AS run_id, ? AS seen_at, ? AS as_of,"  # noqa: S608 -- names of ours
        f" ? AS table_name, * FROM ({query}) ORDER BY record_key, field",
        [company_id, sighting.run_id, sighting.seen_at, sighting.as_of, table],
    )


def _of_records(table: str) -> str:
    """Records that are only in one of the two states."""
    gone = (
        f"SELECT record_key FROM history.changes WHERE table_name = {sql_text(table)} AND change = 'vanished'"  # noqa: S608 -- names of ours
    )
    return f"""
        SELECT record_key, 'vanished' AS change, '' AS field, whole AS before, NULL AS after
        FROM _was ANTI JOIN _now USING (record_key)
        UNION ALL
        SELECT record_key, CASE WHEN record_key IN ({gone}) THEN 'returned' ELSE 'appeared' END, '', NULL, NULL
        FROM _now ANTI JOIN _was USING (record_key)"""  # noqa: S608 -- names of ours


def _of_fields(fields: Fields, details: Collection[str], out_of_sight: OutOfSight) -> str:
    """Fields that differ in records both states hold."""
    pairs = ", ".join(
        f"{{'field': {sql_text(name)}, 'before': w.{_name(name)}, 'after': n.{_name(name)}}}"
        for name in fields.both
    )
    return f"""
        SELECT record_key, {_word(fields, details, out_of_sight)} AS change, d.field AS field, d.before AS before,
               d.after AS after
        FROM (SELECT w.record_key, {_fetched(fields, "w")} AS fetched_before, {_fetched(fields, "n")} AS fetched_now,
                     unnest([{pairs}]) AS d
              FROM _was AS w JOIN _now AS n USING (record_key))
        WHERE d.before IS DISTINCT FROM d.after"""  # noqa: S608 -- names of ours


def _word(fields: Fields, details: Collection[str], out_of_sight: OutOfSight) -> str:
    """SQL of ``change`` of a field that differs: did it change, or only our sight of it?"""
    detail = _listed([*details, DETAIL_FETCHED])
    fetched = (
        f"WHEN list_contains({detail}, d.field) AND fetched_before <> fetched_now"
        " THEN CASE fetched_now WHEN 'true' THEN 'shown' ELSE 'hidden' END"
    )
    not_asked = details if DETAIL_FETCHED not in fields.both else ()
    return f"""CASE {fetched}
        WHEN d.after IS NULL AND list_contains({_listed([*out_of_sight.now, *not_asked])}, d.field) THEN 'hidden'
        WHEN d.before IS NULL AND list_contains({_listed([*out_of_sight.before, *not_asked])}, d.field) THEN 'shown'
        ELSE 'changed' END"""


def _fetched(fields: Fields, side: str) -> str:
    return f'{side}."{DETAIL_FETCHED}"' if DETAIL_FETCHED in fields.both else "NULL"


def _name(column: str) -> str:
    quoted = column.replace('"', '""')
    return f'"{quoted}"'


def _struct(columns: Sequence[str]) -> str:
    """SQL of a struct of the columns as text: JSON numbers would not hold an amount exactly."""
    return "{" + ", ".join(f"{sql_text(name)}: {_name(name)}::VARCHAR" for name in columns) + "}"


def _json(columns: Sequence[str]) -> str:
    return f"to_json({_struct(columns)})::VARCHAR"


def _unknown_name(name: str) -> str:
    return f"{UNKNOWN_FIELDS.column}.{name}"


def _unknown_value(name: str) -> str:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string({UNKNOWN_FIELDS.column}, {sql_text(pointer)})"


def _listed(names: Collection[str]) -> str:
    return f"[{', '.join(sql_text(name) for name in sorted(names))}]::VARCHAR[]"
