"""SIE files as a dlt source: batches of ``sie_parser``, streamed through dlt's Arrow path into schema ``sie``.

Loading a financial year replaces what was held of it, also where the new file has no row for a table. Usable without
Tieout, to any dlt destination: ``dlt.pipeline(...).run(sie_source([sie_file(path)], company_id="acme"))``.
Which of two files is the year's books does not belong here; the caller chooses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import dlt
import pyarrow as pa

import sie_parser
from pipelines.sie.files import SieFile, UnplacedFile
from pipelines.sie.schema import TABLES
from pipelines.warehouse import sql_text
from pipelines.warehouse_destination import REPLACED_AT_ONCE
from sie_parser.columns import BATCH_ROWS, Batch

MOST_BYTES: Final = 128 << 20  # of a table that wait; a row group of usual rows has 15 MB


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
    """The batches gathered to whole row groups of DuckDB, table by table: it stores other sizes half as fast.

    Rows of long texts are handed on sooner, so that memory stays flat.
    """
    waiting: defaultdict[str, list[pa.RecordBatch]] = defaultdict(list)
    for name, data in batches:
        waiting[name].append(data)
        if sum(batch.nbytes for batch in waiting[name]) >= MOST_BYTES:
            yield name, pa.Table.from_batches(waiting.pop(name))
        elif sum(batch.num_rows for batch in waiting[name]) >= BATCH_ROWS:
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
        self._scope = f"company_id = {sql_text(company_id)} AND financial_year IN ({years})"

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
