"""A SIE file -> Parquet, CSV or DuckDB, batch by batch, in flat memory.

Parquet and CSV become a folder with one file per table, DuckDB one database file with one table each. The
target appears complete or not at all. Naming companies or keeping several files apart does not belong here.
"""

from __future__ import annotations

import errno
import os
import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sie_parser.columns import SCHEMAS, Batch
from sie_parser.loading import batches
from sie_parser.source import Source
from sie_parser.target import unfinished

KINDS = ("parquet", "csv", "duckdb")
_DISK = (
    duckdb.IOException,
    duckdb.TransactionException,
    duckdb.FatalException,
)  # also of a commit to a full disk
_WAITING = 2
_MEMORY = "128MB"  # what DuckDB may hold; the rest waits in a folder beside the target
_MEMORY_OF_WIDE_ROWS = "2GB"  # it cannot set aside texts it is writing, and nobody books texts of this size
_WIDE = 10_000  # bytes a row of a batch has on average


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
    """One database file. Every table is filled by one INSERT from a stream of batches, which DuckDB spreads over its
    threads; rows need no order of their own, they carry positions and lines."""

    def __init__(self, path: Path, resources: ExitStack) -> None:
        self._connection = resources.enter_context(
            duckdb.connect(str(path), config={"memory_limit": _MEMORY, "temp_directory": f"{path}.tmp"})
        )
        self._connection.execute("SET preserve_insertion_order = false")
        for table, schema in SCHEMAS.items():
            self._connection.register("batch", schema.empty_table())
            self._connection.execute(f'CREATE TABLE "{table}" AS SELECT * FROM batch')  # noqa: S608  one of SCHEMAS
        self._inserts: dict[str, _Insert] = {}
        resources.callback(self._finish)

    def add(self, batch: Batch) -> None:
        """Hand the batch to its table's INSERT."""
        if batch.data.nbytes > _WIDE * batch.data.num_rows:
            self._connection.execute(f"SET memory_limit = '{_MEMORY_OF_WIDE_ROWS}'")
        if batch.table not in self._inserts:
            self._inserts[batch.table] = _Insert(self._connection.cursor(), batch.table)
        self._inserts[batch.table].add(batch.data)

    def _finish(self) -> None:
        """Let every INSERT come to its end, also when another failed, and write everything to the one file.

        Closing would write it too, but says nothing when the disk is full.
        """
        with ExitStack() as inserts:
            for insert in self._inserts.values():
                inserts.callback(insert.finish)
        self._connection.execute("CHECKPOINT")


class _Insert:
    """An INSERT running in a thread of its own, fed batch by batch; few wait, so memory stays flat."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, table: str) -> None:
        self._cursor = cursor
        self._table = table
        self._waiting: queue.Queue[pa.RecordBatch | None] = queue.Queue(maxsize=_WAITING)
        self._thread = ThreadPoolExecutor(1)
        self._done = self._thread.submit(self._run)

    def add(self, data: pa.RecordBatch | None) -> None:
        """Wait for room, then queue the batch, None for the end; a failed INSERT is raised here."""
        while not self._done.done():
            with suppress(queue.Full):
                self._waiting.put(data, timeout=1)
                return
        self._done.result()

    def finish(self) -> None:
        """Let the INSERT come to its end."""
        with self._thread, self._cursor:
            self.add(None)
            self._done.result()

    def _run(self) -> None:
        stream = pa.RecordBatchReader.from_batches(SCHEMAS[self._table], iter(self._waiting.get, None))
        self._cursor.register("stream", stream)
        self._cursor.execute(f'INSERT INTO "{self._table}" SELECT * FROM stream')  # noqa: S608  one of SCHEMAS


def convert(source: Source, kind: str, target: str | os.PathLike[str]) -> dict[str, int]:
    """Convert a file; returns the number of rows per table.

    Raises `SieError` for what is no SIE file, `OSError` for a target that cannot be written or that DuckDB cannot fill.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is parquet, csv or duckdb, not {kind!r}")
    target = Path(target)
    _refuse_foreign(target, kind)
    rows = dict.fromkeys(SCHEMAS, 0)
    try:
        with unfinished(target) as new, ExitStack() as resources:
            sink: Sink = DuckdbSink(new, resources) if kind == "duckdb" else FolderSink(new, kind, resources)
            for batch in resources.enter_context(batches(source)):
                sink.add(batch)
                rows[batch.table] += batch.data.num_rows
    except duckdb.Error as error:
        reason = f"DuckDB: {str(error).splitlines()[0]}; {_advice(error)}"
        raise OSError(errno.EIO, reason, str(target)) from error
    return rows


def _advice(error: duckdb.Error) -> str:
    """What to do about a database that could not be filled."""
    if isinstance(error, _DISK) or "temp_directory" in str(error):
        return "make room on the disk or convert to another one"
    if isinstance(error, duckdb.OutOfMemoryException):
        return "DuckDB cannot hold texts this long: convert to parquet instead"
    return "convert to parquet instead, and report this as an error of sie_parser"


def _refuse_foreign(target: Path, kind: str) -> None:
    """Replace only what an earlier conversion made, and write only where there is a folder."""
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {target.parent} to write to", str(target))
    if target.is_dir():
        ours = kind != "duckdb" and {p.name for p in target.iterdir()} <= {f"{t}.{kind}" for t in SCHEMAS}
    else:
        ours = not target.exists() or (kind == "duckdb" and _is_ours(target))
    if not ours:
        what = "folder" if target.is_dir() else "file"
        reason = f"the {what} {target.name or target} holds something else: name another target, or remove it first"
        raise FileExistsError(errno.EEXIST, reason, str(target))


def _is_ours(database: Path) -> bool:
    """Whether a file is a DuckDB database with just the tables of a conversion."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return {name for (name,) in connection.execute("SHOW TABLES").fetchall()} == set(SCHEMAS)
    except duckdb.Error:
        return False
