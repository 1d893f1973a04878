"""A source -> batches of columns: which reader reads which part of the file, in bounded memory.

What a batch holds is decided in `columns.py`, what is right in `reader.py`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from sie_parser.columns import BATCH_ROWS, Batch, BatchBuilder, SieTables, collect
from sie_parser.header import Header
from sie_parser.reader import ExactReader, lines_of
from sie_parser.source import Opened, Source, open_source


def batches(source: Source, *, batch_rows: int = BATCH_ROWS) -> BatchStream:
    """The file as batches of at most `batch_rows` rows, table by table as they fill; last comes `files`."""
    return BatchStream(open_source(source), batch_rows)


def tables(source: Source) -> SieTables:
    """The whole file as Arrow tables."""
    stream = batches(source)
    return collect(stream, lambda: stream.header)


class BatchStream(Iterator[Batch]):
    """Iterator over the batches of one file.

    `header` is there from the start: the identification items, which the format puts first (years, company,
    type), are read when the stream is made; counts and checksum are complete when it is exhausted.
    """

    def __init__(self, opened: Opened, batch_rows: int) -> None:
        self._opened = opened
        self._builder = BatchBuilder(batch_rows)
        self._reader = ExactReader(opened.size, opened.charset, self._builder.add)
        self._line = 0
        self._blocks = opened.blocks()
        self._read_block(next(self._blocks, b""))
        self._batches = self._read()

    def __iter__(self) -> BatchStream:
        return self

    def __next__(self) -> Batch:
        return next(self._batches)

    @property
    def header(self) -> Header:
        """What the file says about itself."""
        return self._reader.header.build()

    def close(self) -> None:
        """Close the source before the end."""
        self._batches.close()
        self._opened.close()

    def _read(self) -> Generator[Batch, None, None]:
        try:
            yield from self._builder.full()
            for block in self._blocks:
                self._read_block(block)
                yield from self._builder.full()
            self._reader.finish(self._line)
            yield from self._builder.rest(self.header)
        finally:
            self._opened.close()

    def _read_block(self, block: bytes) -> None:
        """Read whole lines with the exact reader."""
        for line in lines_of(block, self._opened.charset):
            self._line += 1
            record = self._reader.read_line(self._line, line)
            if record is not None:
                self._builder.add(record)
