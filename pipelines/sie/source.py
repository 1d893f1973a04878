"""SIE files as a dlt source: batches of ``sie_parser``, streamed through dlt's Arrow path into schema ``sie``.

Loading a financial year replaces what was held of it, also where the new file has no row for a table. Usable without
Tieout, to any dlt destination: ``dlt.pipeline(...).run(sie_source([sie_file(path)], company_id="acme"))``.
Which of two files is the year's books does not belong here; the caller chooses.
"""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import dlt
import pyarrow as pa

import sie_parser
from pipelines.sie.schema import TABLES
from pipelines.warehouse_destination import REPLACED_AT_ONCE
from sie_parser.columns import BATCH_ROWS, Batch
from sie_parser.model import Voucher

_CHUNK: Final = 1 << 20


class UnplacedFile(Exception):
    """A readable SIE file that cannot be assigned to a financial year."""

    exit: Final = 4


@dataclass(frozen=True)
class SieFile:
    """One file ready to be loaded: where its bytes are and which financial year it stands for.

    ``year_source`` says how the year is known: ``rar`` by the file itself, else assumed from ``voucher_dates`` or
    ``generated_date``, as import files (4I) name none.
    """

    name: str
    content: Path | bytes
    file_id: str
    header: sie_parser.Header
    financial_year: date
    financial_year_end: date
    year_source: str
    financial_year_id: str | None = None

    def open(self) -> Path | io.BytesIO:
        """The bytes, as ``sie_parser`` takes them."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content


def sie_file(
    content: Path | bytes, *, name: str | None = None, financial_year_id: str | None = None
) -> SieFile:
    """Read what ``content`` says about itself. Raises ``sie_parser.SieError`` when it is no SIE file and
    ``UnplacedFile`` when it names no year and nothing in it has a date.
    """
    name = name or (content.name if isinstance(content, Path) else "unnamed")
    stream = sie_parser.batches(io.BytesIO(content) if isinstance(content, bytes) else content)
    header = stream.header
    stream.close()
    first, last, source = _financial_year(content, header, name)
    return SieFile(name, content, file_digest(content), header, first, last, source, financial_year_id)


def file_digest(content: Path | bytes) -> str:
    """SHA-256 of the bytes, hexadecimal."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _financial_year(content: Path | bytes, header: sie_parser.Header, name: str) -> tuple[date, date, str]:
    if header.financial_year and header.financial_year_end:
        return header.financial_year, header.financial_year_end, "rar"
    records = sie_parser.records(io.BytesIO(content) if isinstance(content, bytes) else content)
    dates = [record.voucher_date for record in records if isinstance(record, Voucher) and record.voucher_date]
    known = (min(dates), "voucher_dates") if dates else (header.generated_date, "generated_date")
    day, source = known
    if day is None:
        raise UnplacedFile(
            f"{name}: no #RAR 0, no voucher with a date and no #GEN, so its financial year is unknown; add #RAR 0"
        )
    return date(day.year, 1, 1), date(day.year, 12, 31), source


@dlt.source(name="sie", section="sie", max_table_nesting=0)
def sie_source(files: Sequence[SieFile], company_id: str) -> Any:
    """The files of one company, at most one per financial year.

    Raises ``ValueError`` when two files stand for the same year.
    """
    years = [file.financial_year for file in files]
    if len(set(years)) != len(years):
        raise ValueError("two files for one financial year: choose one before loading")
    return dlt.resource(_tables(files, company_id), name="sie_files")


def _tables(files: Sequence[SieFile], company_id: str) -> Iterator[Any]:
    """Every batch of every file under its table's hints; first an empty one per table, so that a year's earlier
    rows go even where the new file has none.
    """
    hints = _Hints(files, company_id)
    for table in TABLES:
        yield hints.mark(table.name, table.arrow.empty_table())
    for file in files:
        for name, rows in loaded_tables(file, company_id):
            yield hints.mark(name, rows)


def loaded_tables(file: SieFile, company_id: str) -> Iterator[tuple[str, pa.Table]]:
    """The rows of one file as they are loaded, in row groups: table name and rows in the table's fixed schema.

    Raises ``UnplacedFile`` where the file's year turns out to be another than its first rows said.
    """
    stream = sie_parser.batches(file.open())
    for name, data in _row_groups(stream):
        yield name, _in_front(name, data, file, company_id)
    if stream.header.financial_year not in {None, file.financial_year}:
        raise UnplacedFile(f"{file.name}: #RAR 0 stands after the first rows; move it to the top of the file")


def _row_groups(batches: Iterable[Batch]) -> Iterator[tuple[str, pa.Table]]:
    """The batches gathered to whole row groups of DuckDB, table by table: it stores other sizes half as fast."""
    waiting: defaultdict[str, list[pa.RecordBatch]] = defaultdict(list)
    for name, data in batches:
        waiting[name].append(data)
        if sum(batch.num_rows for batch in waiting[name]) >= BATCH_ROWS:
            gathered = pa.Table.from_batches(waiting[name])
            yield name, gathered.slice(0, BATCH_ROWS)
            waiting[name] = gathered.slice(BATCH_ROWS).to_batches()
    for name, rest in waiting.items():
        if rest:
            yield name, pa.Table.from_batches(rest)


class _Hints:
    """dlt's hints per table. The scope of what a load replaces is the same for all: the company's loaded years."""

    def __init__(self, files: Sequence[SieFile], company_id: str) -> None:
        years = ", ".join(f"DATE '{file.financial_year}'" for file in files)
        company = company_id.replace("'", "''")
        self._scope = f"company_id = '{company}' AND financial_year IN ({years})"

    def mark(self, table: str, data: pa.Table) -> Any:
        hints = dlt.mark.make_hints(
            table_name=table,
            write_disposition={
                "disposition": "merge",
                "strategy": "delete-insert",
                "destination_scope": self._scope,
            },
            additional_table_hints={REPLACED_AT_ONCE: True},
        )
        return dlt.mark.with_hints(data, hints, create_table_variant=True)


_BY_NAME: Final = {table.name: table for table in TABLES}


def _in_front(name: str, data: pa.Table, file: SieFile, company_id: str) -> pa.Table:
    """The rows with company, file and year before its own columns, in the table's fixed schema."""
    constants: dict[str, Any] = {
        "company_id": company_id,
        "file_id": file.file_id,
        "financial_year": file.financial_year,
    }
    if name == "files":
        constants |= {
            "file_name": file.name,
            "financial_year_id": file.financial_year_id,
            "financial_year_source": file.year_source,
            "financial_year_end": file.financial_year_end,
        }
    schema = _BY_NAME[name].arrow
    columns = [
        pa.repeat(pa.scalar(constants[field.name], field.type), data.num_rows)
        if field.name in constants
        else data.column(field.name)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)
