"""The fast reader: blocks of whole lines -> pieces, each read by the compiled kernel or left to the exact
reader.

A piece is a stretch of the block: either `Columns`, the vouchers the kernel recognised, or nothing but its
bounds, which `loading.py` gives to the exact reader. Blocks are independent of each other, so several threads
read at once. Which files are worth it, and the order of what is read, do not belong here.
"""

from __future__ import annotations

import math
import mmap
import queue
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sie_parser import kernel, passes
from sie_parser.charset import CP437, DECODING_TABLES, Charset
from sie_parser.columns import SCHEMAS

_KINDS = (b"row", b"added", b"removed")
_SYNTAX = (*range(33), *b'"\\{}', 127)
_SHORTEST_ROW = 14  # "#TRANS 1 {} 1\n"
_GROWTH = 4  # an object list as JSON in UTF-8 is at most four times as long
_VOUCHER_LINE = re.compile(rb"^[ \t]*#VER[ \t]", re.MULTILINE)
_FEW_PIECES = 16
_SPARE_KEPT = 3
_STEP = 512 << 10
_WORTH_A_PIECE = 4096  # bytes; a piece costs as much as reading this exactly

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]


@dataclass
class Reading:
    """What the kernel read in one go: its counters before and after, and the bytes that #KSUMMA counts."""

    before: Int64
    after: Int64
    checksummed: bytes


@dataclass
class Stretch:
    """A part of a block, in whole lines: either read by the kernel, or left to the exact reader."""

    start: int
    end: int
    reading: Reading | None = None


class Columns:
    """Vouchers and rows of one piece: its part of what the kernel read of the block.

    Lines and positions count from 0 until `loading.py` knows where it stands.
    """

    def __init__(self, block: BlockColumns, reading: Reading) -> None:
        self._block = block
        self._before = [int(counter) for counter in reading.before]
        self._after = [int(counter) for counter in reading.after]
        self.checksummed = reading.checksummed
        self.lines = self._after[kernel.LINES] - self._before[kernel.LINES]

    @property
    def counts(self) -> dict[str, int]:
        """Items per label."""
        vouchers, rows, added, removed = (
            self._after[counter] - self._before[counter]
            for counter in (kernel.VOUCHERS, kernel.ROWS, kernel.ADDED, kernel.REMOVED)
        )
        return {"#VER": vouchers, "#TRANS": rows - added - removed, "#RTRANS": added, "#BTRANS": removed}

    def to_batches(self, first_line: int, first_voucher: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """Vouchers and rows as Arrow, placed in the file."""
        voucher, voucher_end = self._before[kernel.VOUCHERS], self._after[kernel.VOUCHERS]
        row, row_end = self._before[kernel.ROWS], self._after[kernel.ROWS]
        to_voucher, to_line = first_voucher - voucher, first_line - self._before[kernel.LINES]
        row_voucher, row_number, row_line = self._block.row_places[:, row:row_end]
        vouchers = {
            "voucher_position": _shifted(np.arange(voucher, voucher_end), to_voucher),
            "line": _shifted(self._block.voucher_lines[voucher:voucher_end], to_line),
        }
        rows = {
            "voucher_position": _shifted(row_voucher, to_voucher),
            "row_number": _shifted(row_number, 1),
            "line": _shifted(row_line, to_line),
        }
        vouchers |= {
            name: c.slice(voucher, voucher_end - voucher) for name, c in self._block.vouchers.items()
        }
        rows |= {name: c.slice(row, row_end - row) for name, c in self._block.rows.items()}
        return _batch("vouchers", vouchers), _batch("voucher_rows", rows)


@dataclass
class BlockColumns:
    """All vouchers and rows of one block, and where in it they stand, see kernel.scan."""

    vouchers: dict[str, pa.Array]
    rows: dict[str, pa.Array]
    voucher_lines: Int64
    row_places: Int64


@dataclass
class Piece:
    """A stretch of a block, in whole lines."""

    start: int
    end: int
    columns: Columns | None


def _batch(table: str, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    schema = SCHEMAS[table]
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _room(kind: Any, *shape: int) -> npt.NDArray[Any]:
    """An array of zeros that takes memory only where it is written.

    numpy asks for pages of 2 MiB for arrays this size: an empty column would take one, and the time to clear it.
    """
    size = np.dtype(kind).itemsize * math.prod(shape)
    return np.frombuffer(mmap.mmap(-1, size), kind).reshape(shape)


class Scratch:
    """The arrays the kernel reads and fills, used again and again; big enough for any block of `size` bytes."""

    def __init__(self, size: int) -> None:
        rows = size // _SHORTEST_ROW + 2
        texts = size * _GROWTH + kernel.PADDING
        self.size = size
        self.data = _room(np.uint8, size + kernel.PADDING)
        self.columns = kernel.Columns(
            texts=_room(np.uint8, kernel.TEXT_COLUMNS, texts),
            offsets=_room(np.int32, kernel.TEXT_COLUMNS, rows),
            dates=_room(np.int32, 3, rows),
            amounts=_room(np.int64, rows, 2),
            quantities=_room(np.int64, rows, 2),
            has_quantity=_room(np.uint8, rows),
            places=_room(np.int64, kernel.PLACES, rows),
            counters=np.zeros(kernel.COUNTERS, np.int64),
            widths=None,
            letters=None,
            text_size=texts,
            size=rows,
        )

    def hold(self, block: bytes, tables: tuple[Bytes, Words]) -> None:
        """Take in a block; whatever of an earlier one follows it is never read as content."""
        self.columns = self.columns._replace(widths=tables[0], letters=tables[1])
        self.data[: len(block)] = np.frombuffer(block, np.uint8)
        self.columns.counters[:] = 0

    def scan(self, start: int, end: int) -> int:
        """Run the kernel from `start`, after what it has read of the block; returns how far it came."""
        kernel.scan(self.data, start, end, self.columns)
        return int(self.columns.counters[kernel.AT])


#: Arrays no thread is using, for the next block of any file: memory that is new takes longer to write than to fill.
_SPARE: queue.SimpleQueue[Scratch] = queue.SimpleQueue()


class Scanned:
    """A block as the kernel left it, its columns still in the scratch arrays."""

    def __init__(self, scratch: Scratch, stretches: list[Stretch]) -> None:
        self._scratch = scratch
        self._stretches = stretches

    def pieces(self) -> list[Piece]:
        """The pieces of the block, in order and without gaps; once, for the arrays are used again."""
        block = _take_columns(self._scratch.columns)
        if _SPARE.qsize() < _SPARE_KEPT:
            _SPARE.put(self._scratch)
        return [
            Piece(part.start, part.end, Columns(block, part.reading) if part.reading else None)
            for part in self._stretches
        ]


class FastReader:
    """Reads blocks of one file; may be called from several threads."""

    def __init__(self, charset: Charset) -> None:
        self._tables = letter_tables(charset)

    def read(self, block: bytes, *, with_checksum: bool) -> list[Piece]:
        """The pieces of a block of whole lines, in order and without gaps."""
        return self.scan(block, with_checksum=with_checksum).pieces()

    def scan(self, block: bytes, *, with_checksum: bool) -> Scanned:
        """What needs no GIL of reading a block of whole lines, for other threads than the one that takes its pieces."""
        scratch = _scratch(len(block))
        scratch.hold(block, self._tables)
        whole = block.rfind(b"\n") + 1  # the kernel relies on a line end after whatever it reads
        stretches: list[Stretch] = []
        at = 0
        while at < whole and len(stretches) < _FEW_PIECES + at // _WORTH_A_PIECE:
            start = _next_voucher(block, at, whole)
            before = scratch.columns.counters.copy()
            end = scratch.scan(start, whole)
            if end == start < whole:  # not recognised: up to the next voucher it is the exact reader's
                start = end = _next_voucher(block, block.find(b"\n", start) + 1, whole)
            if start > at:
                stretches.append(Stretch(at, start))
            if end > start:
                counted = _checksummed(scratch.data, start, end) if with_checksum else b""
                reading = Reading(before, scratch.columns.counters.copy(), counted)
                stretches.append(Stretch(start, end, reading))
            at = end
        if at < len(block):
            stretches.append(Stretch(at, len(block)))
        return Scanned(scratch, stretches)


def _scratch(size: int) -> Scratch:
    """Arrays no other thread is using; blocks of a file differ a little in size."""
    try:
        scratch = _SPARE.get_nowait()
    except queue.Empty:
        return Scratch(_rounded(size))
    return scratch if scratch.size >= size else Scratch(_rounded(size))


def _rounded(size: int) -> int:
    return -(-size // _STEP) * _STEP


def prepare() -> None:
    """Have the kernel compiled or loaded, by reading one voucher."""
    voucher = b"#VER A 1 20200101\n{\n#TRANS 1 {} 1\n}\n"
    FastReader(Charset(CP437, "")).read(voucher, with_checksum=True)
    count_bytes(voucher)


def count_bytes(block: bytes | bytearray) -> Counter[int]:
    """How often each byte above 127 occurs in a block: `charset.count_bytes` at the speed of memory."""
    counts = np.zeros(256, np.int64)
    words = len(block) // 8
    passes.count_high(np.frombuffer(block, np.uint64, words), np.frombuffer(block, np.uint8), counts)
    return Counter({byte: int(counts[byte]) for byte in np.flatnonzero(counts).tolist() if byte > 127})


def letter_tables(charset: Charset) -> tuple[Bytes, Words]:
    """For each byte how long its UTF-8 form is, 0 for what is more than a letter, and that form as a word.

    After the 256 bytes come the names of the row kinds.
    """
    table = DECODING_TABLES.get(charset.name)
    forms = [c.encode() for c in table] if table else [bytes([byte]) for byte in range(256)]
    for byte in _SYNTAX:
        forms[byte] = b""
    forms += _KINDS
    widths = np.array([len(form) for form in forms], np.uint8)
    return widths, np.array([int.from_bytes(form, "little") for form in forms], np.uint64)


def _next_voucher(block: bytes, at: int, end: int) -> int:
    """Start of the next line with a #VER, or `end`."""
    found = _VOUCHER_LINE.search(block, at, end)
    return found.start() if found else end


def _take_columns(read: kernel.Columns) -> BlockColumns:
    """Copy what the kernel read out of the scratch arrays."""
    vouchers, rows = int(read.counters[kernel.VOUCHERS]), int(read.counters[kernel.ROWS])
    text = _texts(read)
    return BlockColumns(
        vouchers={
            "voucher_series": text(kernel.SERIES, vouchers),
            "voucher_number": text(kernel.NUMBER, vouchers),
            "voucher_date": _dates(read.dates[kernel.VOUCHER_DATE, :vouchers]),
            "text": _null_if_empty(text(kernel.VOUCHER_TEXT, vouchers)),
            "registration_date": _dates(read.dates[kernel.REGISTRATION_DATE, :vouchers]),
            "signature": _null_if_empty(text(kernel.VOUCHER_SIGNATURE, vouchers)),
        },
        rows={
            "kind": text(kernel.ROW_KIND, rows),
            "account_number": text(kernel.ACCOUNT, rows),
            "objects": _null_if_empty(text(kernel.OBJECTS, rows)),
            "amount": _decimals(read.amounts[:rows], None, pa.decimal128(18, 2)),
            "row_date": _dates(read.dates[kernel.ROW_DATE, :rows]),
            "text": _null_if_empty(text(kernel.ROW_TEXT, rows)),
            "quantity": _decimals(read.quantities[:rows], read.has_quantity[:rows], pa.decimal128(18, 6)),
            "signature": _null_if_empty(text(kernel.ROW_SIGNATURE, rows)),
        },
        voucher_lines=read.places[kernel.VOUCHER_LINE, :vouchers].copy(),
        row_places=read.places[kernel.ROW_VOUCHER :, :rows].copy(),
    )


def _texts(read: kernel.Columns) -> Callable[[int, int], pa.Array]:
    """How to take a text column out of the scratch arrays."""

    def take(column: int, count: int) -> pa.Array:
        offsets = read.offsets[column, : count + 1]
        data = read.texts[column, : offsets[-1]]
        buffers = [None, _kept(offsets), _kept(data)]
        return pa.Array.from_buffers(pa.string(), count, buffers)

    return take


def _kept(values: npt.NDArray[Any]) -> pa.Buffer:
    """A copy in Arrow's own memory, which it uses again when the column is gone."""
    buffer = pa.allocate_buffer(values.nbytes)
    np.frombuffer(buffer, values.dtype)[:] = values.ravel()
    return buffer


def _shifted(places: Int64, by: int) -> pa.Array:
    """Places counted from `by` instead of 0."""
    buffer = pa.allocate_buffer(places.nbytes)
    np.add(places, by, out=np.frombuffer(buffer, np.int64))
    return pa.Array.from_buffers(pa.int64(), len(places), [None, buffer])


def _null_if_empty(texts: pa.Array) -> pa.Array:
    """Left-out text is NULL."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    present = _bits(offsets[1:] > offsets[:-1])
    return pa.Array.from_buffers(pa.string(), len(texts), [present, *texts.buffers()[1:]])


def _dates(days: npt.NDArray[np.int32]) -> pa.Array:
    buffers = [_bits(days != kernel.NO_DATE), _kept(days)]
    return pa.Array.from_buffers(pa.date32(), len(days), buffers)


def _decimals(words: Int64, present: npt.NDArray[np.uint8] | None, kind: pa.DataType) -> pa.Array:
    validity = None if present is None else _bits(present)
    return pa.Array.from_buffers(kind, len(words), [validity, _kept(words)])


def _bits(flags: npt.NDArray[np.bool_] | npt.NDArray[np.uint8]) -> pa.Buffer | None:
    """Arrow's validity bitmap; none when all are valid."""
    return None if flags.all() else pa.py_buffer(np.packbits(flags, bitorder="little"))


def _checksummed(data: Bytes, start: int, end: int) -> bytes:
    """The bytes of a piece that #KSUMMA counts."""
    out = np.empty(end - start, np.uint8)
    size = passes.checksummed(data, start, end, out)
    return out[:size].tobytes()
