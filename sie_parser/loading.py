"""A source -> batches of columns: which reader reads which part of the file, in bounded memory.

    small file     every line by the exact reader
    large file     blocks to the fast reader, on a few threads; what it leaves, in its place, to the exact
    reader

The exact reader keeps the file's state throughout: where a fast piece does not start between two vouchers, it
too is read exactly. What a batch holds is decided in `columns.py`, what is right in `reader.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from sie_parser.checksum import ABSENT
from sie_parser.checksum import LABEL as KSUMMA
from sie_parser.columns import BATCH_ROWS, Batch, BatchBuilder, SieTables, collect
from sie_parser.header import Header
from sie_parser.on_demand import fast_reader
from sie_parser.reader import ExactReader, lines_of
from sie_parser.source import BLOCK, Opened, Source, open_source

if TYPE_CHECKING:
    from sie_parser.fast import FastReader, Piece, Scanned

FAST_BLOCKS = (512 << 10, 2 << 20)  # bytes at a time, smallest and largest
SHARES = 24  # a file is cut in at least so many blocks: threads share it evenly, little memory is touched
THREADS = 2
CHECKSUM_LABEL = KSUMMA.encode()


def batches(source: Source, *, batch_rows: int = BATCH_ROWS) -> BatchStream:
    """The file as batches of at most `batch_rows` rows, table by table as they fill; last comes `files`."""
    if batch_rows < 1:
        raise ValueError(f"batch_rows is at least 1, not {batch_rows}")
    opened = open_source(source)
    return BatchStream(opened, batch_rows, fast_reader(opened.size, opened.charset))


def tables(source: Source) -> SieTables:
    """The whole file as Arrow tables."""
    stream = batches(source)
    return collect(stream, lambda: stream.header)


def _fast_block(size: int) -> int:
    """How much of a file of `size` bytes the fast reader takes at a time."""
    smallest, largest = FAST_BLOCKS
    return min(max(size // SHARES, smallest), largest)


class BatchStream(Iterator[Batch]):
    """Iterator over the batches of one file.

    `header` is there from the start: the identification items, which the format puts first (years, company,
    type), are read when the stream is made; counts and checksum are complete when it is exhausted.
    """

    def __init__(
        self, opened: Opened, batch_rows: int, fast: FastReader | None, block_size: int | None = None
    ) -> None:
        self._opened = opened
        self._fast = fast
        self._builder = BatchBuilder(batch_rows)
        self._reader = ExactReader(opened.size, opened.charset, self._builder.add)
        self._line = 0  # lines read so far
        self._blocks = opened.blocks(block_size or (_fast_block(opened.size) if fast else BLOCK))
        first = next(self._blocks, b"")
        self._read_first(first)
        self._batches = self._read(len(first))

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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

    def _read_first(self, block: bytes) -> None:
        """The first block holds the identification items, and says whether there is a checksum to keep."""
        if self._fast is None:
            self._read_exactly(block)
        else:
            self._place(block, self._fast.read(block, with_checksum=CHECKSUM_LABEL in block))

    def _read(self, first: int) -> Generator[Batch, None, None]:
        try:
            yield from self._builder.full(first)
            for size in self._read_blocks() if self._fast is None else self._read_ahead(self._fast):
                yield from self._builder.full(size)
            self._reader.finish(self._line)
            yield from self._builder.rest(self.header)
        finally:
            self._opened.close()

    def _read_blocks(self) -> Iterator[int]:
        """Block after block with the exact reader; the size of each."""
        for block in self._blocks:
            self._read_exactly(block)
            yield len(block)

    def _read_ahead(self, fast: FastReader) -> Iterator[int]:
        """A few blocks at a time with the fast reader, placed in the order of the file; the size of each."""
        with_checksum = self._reader.header.checksum.running
        ahead: deque[tuple[bytes, Future[Scanned]]] = deque()
        with ThreadPoolExecutor(THREADS) as threads:
            for block in self._blocks:
                ahead.append((block, threads.submit(fast.scan, block, with_checksum=with_checksum)))
                if len(ahead) > THREADS:
                    yield self._place_next(ahead)
            while ahead:
                yield self._place_next(ahead)

    def _place_next(self, ahead: deque[tuple[bytes, Future[Scanned]]]) -> int:
        block, scanned = ahead.popleft()
        self._place(block, scanned.result().pieces())
        return len(block)

    def _place(self, block: bytes, pieces: list[Piece]) -> None:
        """Put the pieces of a block where they stand in the file."""
        for piece in pieces:
            if piece.columns is None or not self._fits(piece.columns.checksummed):
                self._read_exactly(block[piece.start : piece.end])
                continue
            vouchers, rows = piece.columns.to_batches(self._line + 1, self._reader.vouchers + 1)
            self._builder.add_columns("vouchers", vouchers)
            self._builder.add_columns("voucher_rows", rows)
            self._line += piece.columns.lines
            self._reader.pass_over(piece.columns.counts)
            if self._reader.header.checksum.running:
                self._reader.header.checksum.add_bytes(piece.columns.checksummed)

    def _fits(self, checksummed: bytes) -> bool:
        """Whether a fast piece may stand here: between vouchers, and the checksum can go on."""
        checksum = self._reader.header.checksum
        return self._reader.between_vouchers and (
            checksum.outcome == ABSENT or (checksum.running and bool(checksummed))
        )

    def _read_exactly(self, lines: bytes) -> None:
        """Read whole lines with the exact reader."""
        for line in lines_of(lines, self._opened.charset):
            self._line += 1
            record = self._reader.read_line(self._line, line)
            if record is not None:
                self._builder.add(record)
