"""A SIE file -> Parquet, CSV or DuckDB, batch by batch, in flat memory.

Parquet and CSV become a folder with one file per table, DuckDB one database file with one table each. The
target appears complete or not at all. Naming companies or keeping several files apart does not belong here.
"""

from __future__ import annotations

import errno
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sie_parser.columns import SCHEMAS, Batch
from sie_parser.loading import batches
from sie_parser.source import Source


class Sink(Protocol):
    """Where batches go."""

    def add(self, batch: Batch) -> None:
        """Take in one batch."""


class FolderSink:
    """One file per table in a folder."""

    def __init__(self, folder: Path, kind: str, resources: ExitStack) -> None:
        folder.mkdir()
        self._writers: dict[str, Any] = {}
        for table, schema in SCHEMAS.items():
            path = folder / f"{table}.{kind}"
            make = pa.parquet.ParquetWriter if kind == "parquet" else pa.csv.CSVWriter
            self._writers[table] = resources.enter_context(make(path, schema))

    def add(self, batch: Batch) -> None:
        """Append to the table's file."""
        self._writers[batch.table].write_batch(batch.data)


class DuckdbSink:
    """One database file."""

    def __init__(self, path: Path, resources: ExitStack) -> None:
        self._connection = resources.enter_context(duckdb.connect(str(path)))
        for table, schema in SCHEMAS.items():
            statement = f'CREATE TABLE "{table}" AS SELECT * FROM batch'  # noqa: S608  one of SCHEMAS
            self._run(statement, schema.empty_table())
        self._connection.begin()
        resources.callback(self._connection.commit)

    def add(self, batch: Batch) -> None:
        """Append to the table."""
        statement = f'INSERT INTO "{batch.table}" SELECT * FROM batch'  # noqa: S608  one of SCHEMAS
        self._run(statement, pa.Table.from_batches([batch.data]))

    def _run(self, statement: str, batch: pa.Table) -> None:
        self._connection.register("batch", batch)
        self._connection.execute(statement)
        self._connection.unregister("batch")


def convert(source: Source, kind: str, target: Path) -> dict[str, int]:
    """Convert a file; returns the number of rows per table."""
    _refuse_foreign(target, kind)
    unfinished = target.with_name(target.name + ".part")
    _remove(unfinished)
    rows = dict.fromkeys(SCHEMAS, 0)
    try:
        with ExitStack() as resources:
            sink: Sink = (
                DuckdbSink(unfinished, resources)
                if kind == "duckdb"
                else FolderSink(unfinished, kind, resources)
            )
            for batch in batches(source):
                sink.add(batch)
                rows[batch.table] += batch.data.num_rows
        _remove(target)
        unfinished.replace(target)
    finally:
        _remove(unfinished)
    return rows


def _refuse_foreign(target: Path, kind: str) -> None:
    """Replace only what an earlier conversion made."""
    ours = {f"{table}.{kind}" for table in SCHEMAS}
    if target.is_dir() and (kind == "duckdb" or not {p.name for p in target.iterdir()} <= ours):
        raise FileExistsError(errno.EEXIST, "the folder holds something else", str(target))


def _remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
