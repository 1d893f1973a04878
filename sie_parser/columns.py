"""Records -> Arrow: the tables a SIE file becomes, their columns and types, and the builder that fills them.

Grain: one row per record, except `accounts` (one row per account number) and `files` (one row per file).
Amounts are decimal128(18, 2), quantities decimal128(18, 6), dates date32. Identity of a voucher:
`voucher_position`, its order in the file; `voucher_rows` name it, 0 = the row stands outside any voucher.
Left-out text is NULL, except in what names things (series, numbers, accounts), where it is "". Opening files
does not belong here (`loading.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pyarrow as pa

from sie_parser import model
from sie_parser.header import Header
from sie_parser.problems import Problem

#: One row group of DuckDB; a multiple of nothing else.
BATCH_ROWS = 122_880
#: A batch of that part of its size is handed on: gathering more would copy every row once again.
BATCH_SHARE = 16
#: After so many bytes of the file everything read so far is handed on: long texts do not pile up.
BATCH_BYTES = 8 << 20

_AMOUNT = pa.decimal128(18, 2)
_QUANTITY = pa.decimal128(18, 6)
_TEXT = pa.string()
_DATE = pa.date32()
_INT = pa.int64()

_KIND = ("kind", _TEXT)
_LINE = ("line", _INT)
_NUMBERS = [("amount", _AMOUNT), ("quantity", _QUANTITY), _LINE]

SCHEMAS: dict[str, pa.Schema] = {
    table: pa.schema(columns)
    for table, columns in {
        "files": [
            ("financial_year_end", _DATE),
            ("bytes", _INT),
            ("charset", _TEXT),
            ("sie_type", _TEXT),
            ("program", _TEXT),
            ("program_version", _TEXT),
            ("company_name", _TEXT),
            ("corporate_id", _TEXT),
            ("currency", _TEXT),
            ("generated_date", _DATE),
            ("ksumma", _TEXT),
        ],
        "accounts": [
            ("account_number", _TEXT),
            ("name", _TEXT),
            ("account_type", _TEXT),
            ("unit", _TEXT),
            ("sru_codes", _TEXT),
            _LINE,
        ],
        "balances": [_KIND, ("year_number", _INT), ("account_number", _TEXT), *_NUMBERS],
        "object_balances": [
            _KIND,
            ("year_number", _INT),
            ("account_number", _TEXT),
            ("objects", _TEXT),
            *_NUMBERS,
        ],
        "period_balances": [
            _KIND,
            ("year_number", _INT),
            ("period", _DATE),
            ("account_number", _TEXT),
            ("objects", _TEXT),
            *_NUMBERS,
        ],
        "vouchers": [
            ("voucher_position", _INT),
            ("voucher_series", _TEXT),
            ("voucher_number", _TEXT),
            ("voucher_date", _DATE),
            ("text", _TEXT),
            ("registration_date", _DATE),
            ("signature", _TEXT),
            _LINE,
        ],
        "voucher_rows": [
            ("voucher_position", _INT),
            ("row_number", _INT),
            _KIND,
            ("account_number", _TEXT),
            ("objects", _TEXT),
            ("amount", _AMOUNT),
            ("row_date", _DATE),
            ("text", _TEXT),
            ("quantity", _QUANTITY),
            ("signature", _TEXT),
            _LINE,
        ],
        "dimensions": [("dimension", _TEXT), ("name", _TEXT), ("parent_dimension", _TEXT), _LINE],
        "objects": [("dimension", _TEXT), ("object", _TEXT), ("name", _TEXT), _LINE],
        "problems": [
            ("code", _TEXT),
            _LINE,
            ("column", _INT),
            ("label", _TEXT),
            ("message", _TEXT),
            ("excerpt", _TEXT),
        ],
    }.items()
}

#: Which table a record becomes a row of; other records are the header's or the accounts'.
TABLE_OF: dict[type, str] = {
    model.Balance: "balances",
    model.ObjectBalance: "object_balances",
    model.PeriodBalance: "period_balances",
    model.Voucher: "vouchers",
    model.VoucherRow: "voucher_rows",
    model.Dimension: "dimensions",
    model.SubDimension: "dimensions",
    model.Object: "objects",
    Problem: "problems",
}

#: Texts that name things stay "" where the file leaves them out; every other text becomes NULL.
_NAMING = frozenset(
    {"account_number", "voucher_series", "voucher_number", "kind", "dimension", "object", "code", "charset"}
)

ACCOUNT_TYPES = {"T": "asset", "S": "liability", "K": "cost", "I": "income"}


class Batch(NamedTuple):
    """Some rows of one table."""

    table: str
    data: pa.RecordBatch


@dataclass
class _AccountRow:
    """What several items say about one account."""

    line: int
    name: str = ""
    account_type: str = ""
    unit: str = ""
    sru_codes: list[str] = field(default_factory=list)


class _TableBuilder:
    """Rows of one table on their way into batches, in the order they came."""

    def __init__(self, table: str, batch_rows: int) -> None:
        self.rows: list[Any] = []  # records not yet in columns
        self._table = table
        self._batch_rows = batch_rows
        self._pieces: list[pa.RecordBatch] = []

    def add_columns(self, piece: pa.RecordBatch) -> None:
        """Append rows that are columns already."""
        self._settle_rows()
        self._pieces.append(piece)

    def take(self, *, at_least: int) -> Iterator[Batch]:
        """The batches that are ready: none when fewer than `at_least` rows wait."""
        if len(self.rows) + sum(p.num_rows for p in self._pieces) < at_least:
            return
        self._settle_rows()
        whole = self._pieces[0] if len(self._pieces) == 1 else pa.concat_batches(self._pieces)
        self._pieces = []
        for start in range(0, whole.num_rows, self._batch_rows):
            yield Batch(self._table, whole.slice(start, self._batch_rows))

    def _settle_rows(self) -> None:
        if self.rows:
            self._pieces.append(to_arrow(self._table, self.rows))
            self.rows.clear()


class BatchBuilder:
    """Collects records, and columns from faster readers, and gives them back as batches."""

    def __init__(self, batch_rows: int = BATCH_ROWS) -> None:
        self._enough = max(batch_rows // BATCH_SHARE, 1)
        self._waiting = 0  # bytes of the file since everything was handed on
        self._tables = {table: _TableBuilder(table, batch_rows) for table in TABLE_OF.values()}
        self._add_row = {kind: self._tables[table].rows.append for kind, table in TABLE_OF.items()}
        self._accounts: dict[str, _AccountRow] = {}

    def add(self, record: model.Record | Problem) -> None:
        """Take in one record or problem."""
        add_row = self._add_row.get(type(record))
        if add_row is not None:
            add_row(record)
        else:
            self._add_to_account(record)

    def add_columns(self, table: str, piece: pa.RecordBatch) -> None:
        """Take in rows that are columns already."""
        self._tables[table].add_columns(piece)

    def full(self, read: int) -> Iterator[Batch]:
        """The batches that are worth handing on after `read` more bytes of the file."""
        self._waiting += read
        everything = self._waiting >= BATCH_BYTES
        for table in self._tables.values():
            yield from table.take(at_least=1 if everything else self._enough)
        if everything:
            self._waiting = 0

    def rest(self, header: Header) -> Iterator[Batch]:
        """What is left at the file's end; the accounts and, last, the file itself."""
        for table in self._tables.values():
            yield from table.take(at_least=1)
        if self._accounts:
            yield Batch("accounts", self._accounts_to_arrow())
        yield Batch("files", file_row(header))

    def _add_to_account(self, record: model.Record | Problem) -> None:
        """#KONTO, #KTYP, #ENHET, #SRU come in any order; the first name, type and unit count."""
        if not isinstance(record, model.Account | model.AccountType | model.AccountUnit | model.SruCode):
            return
        row = self._accounts.setdefault(record.account_number, _AccountRow(record.line))
        if isinstance(record, model.Account):
            row.name = row.name or record.name
        elif isinstance(record, model.AccountType):
            row.account_type = row.account_type or record.account_type
        elif isinstance(record, model.AccountUnit):
            row.unit = row.unit or record.unit
        else:
            row.sru_codes.append(record.code.strip(" \t"))

    def _accounts_to_arrow(self) -> pa.RecordBatch:
        rows = self._accounts.values()
        columns = {
            "account_number": list(self._accounts),
            "name": [r.name or None for r in rows],
            "account_type": [ACCOUNT_TYPES.get(r.account_type) for r in rows],
            "unit": [r.unit or None for r in rows],
            "sru_codes": [" ".join(filter(None, r.sru_codes)) or None for r in rows],
            "line": [r.line for r in rows],
        }
        return pa.RecordBatch.from_pydict(columns, schema=SCHEMAS["accounts"])


def to_arrow(table: str, rows: list[Any]) -> pa.RecordBatch:
    """Rows of one table, column by column."""
    schema = SCHEMAS[table]
    columns = [pa.array(_column(column, rows), column.type) for column in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _column(column: pa.Field, rows: list[Any]) -> list[Any]:
    """The values of one column."""
    name = column.name
    if name == "objects":
        return [objects_text(row.objects) for row in rows]
    if name == "parent_dimension":
        return [getattr(row, name, None) or None for row in rows]
    values = [getattr(row, name) for row in rows]
    if pa.types.is_string(column.type) and name not in _NAMING:
        return [value or None for value in values]
    return values


def objects_text(objects: tuple[model.ObjectPair, ...]) -> str | None:
    """An object list as canonical JSON, `[["1","01"],["6","P1"]]`; NULL when empty."""
    if not objects:
        return None
    return json.dumps(objects, ensure_ascii=False, separators=(",", ":"))


def file_row(header: Header) -> pa.RecordBatch:
    """The one row of `files`."""
    schema = SCHEMAS["files"]
    columns = {c.name: [_or_null(getattr(header, c.name), c.name)] for c in schema}
    return pa.RecordBatch.from_pydict(columns, schema=schema)


def _or_null(value: object, name: str) -> object:
    return None if value == "" and name not in _NAMING else value


@dataclass(frozen=True)
class SieTables:
    """A whole file as Arrow tables, one attribute per table, and its header."""

    header: Header
    files: pa.Table
    accounts: pa.Table
    balances: pa.Table
    object_balances: pa.Table
    period_balances: pa.Table
    vouchers: pa.Table
    voucher_rows: pa.Table
    dimensions: pa.Table
    objects: pa.Table
    problems: pa.Table

    def polars(self, table: str, from_arrow: Callable[[pa.Table], Any]) -> Any:
        """One table as a polars frame; pass `polars.from_arrow`, which is not imported here."""
        return from_arrow(getattr(self, table))


def collect(batches: Iterable[Batch], header: Callable[[], Header]) -> SieTables:
    """All batches of a file as tables; tables without rows are empty, not missing."""
    parts: dict[str, list[pa.RecordBatch]] = {table: [] for table in SCHEMAS}
    for batch in batches:
        parts[batch.table].append(batch.data)
    tables = {t: pa.Table.from_batches(batches, schema=SCHEMAS[t]) for t, batches in parts.items()}
    return SieTables(header=header(), **tables)
