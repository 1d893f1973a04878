"""The fast reader: blocks of whole lines -> pieces, each read by the compiled kernel or left to the exact
reader.

A piece is a stretch of the block: either `Columns`, the vouchers the kernel recognised, or nothing but its
bounds, which `loading.py` gives to the exact reader. Blocks are independent of each other, so several threads
read at once. Which files are worth it, and the order of what is read, do not belong here.
"""

from __future__ import annotations

import queue
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

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
_WORTH_A_PIECE = 4096  # bytes; a piece costs as much as reading this exactly

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]
Int64 = npt.NDArray[np.int64]


@dataclass
class Columns:
    """Vouchers and rows of one piece.

    Lines and positions count from 0 until `loading.py` knows where it stands.
    """

    vouchers: dict[str, pa.Array]
    rows: dict[str, pa.Array]
    counts: dict[str, int]
    lines: int
    places: Int64  # see kernel.scan
    checksummed: bytes

    def to_batches(self, first_line: int, first_voucher: int) -> tuple[pa.RecordBatch, pa.RecordBatch]:
        """Vouchers and rows as Arrow, placed in the file."""
        count, row_count = self.counts["#VER"], len(self.rows["amount"])
        positions = np.arange(first_voucher, first_voucher + count, dtype=np.int64)
        vouchers = self.vouchers | {
            "voucher_position": pa.array(positions),
            "line": pa.array(self.places[0, :count] + first_line),
        }
        places = self.places[1:, :row_count]
        rows = self.rows | {
            "voucher_position": pa.array(places[0] + first_voucher),
            "row_number": pa.array(places[1] + 1),
            "line": pa.array(places[2] + first_line),
        }
        return _batch("vouchers", vouchers), _batch("voucher_rows", rows)


@dataclass
class Piece:
    """A stretch of a block, in whole lines."""

    start: int
    end: int
    columns: Columns | None


def _batch(table: str, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    schema = SCHEMAS[table]
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


class Scratch:
    """The arrays the kernel reads and fills, used again and again; big enough for any block of `size` bytes."""

    def __init__(self, size: int, tables: tuple[Bytes, Words]) -> None:
        rows = size // _SHORTEST_ROW + 2
        texts = size * _GROWTH + kernel.PADDING
        self.size = size
        self.data = np.zeros(size + kernel.PADDING, np.uint8)
        self.columns = kernel.Columns(
            texts=np.empty((kernel.TEXT_COLUMNS, texts), np.uint8),
            offsets=np.zeros((kernel.TEXT_COLUMNS, rows), np.int32),
            dates=np.empty((3, rows), np.int32),
            amounts=np.empty((rows, 2), np.int64),
            quantities=np.empty((rows, 2), np.int64),
            has_quantity=np.empty(rows, np.uint8),
            places=np.empty((kernel.PLACES, rows), np.int64),
            counters=np.zeros(kernel.COUNTERS, np.int64),
            widths=tables[0],
            letters=tables[1],
            text_size=texts,
            size=rows,
        )

    def hold(self, block: bytes) -> None:
        """Take in a block; whatever of an earlier one follows it is never read as content."""
        self.data[: len(block)] = np.frombuffer(block, np.uint8)

    def scan(self, start: int, end: int) -> int:
        """Run the kernel from `start`; returns how far it came."""
        self.columns.counters[:] = 0
        kernel.scan(self.data, start, end, self.columns)
        return int(self.columns.counters[kernel.AT])


class FastReader:
    """Reads blocks of one file; may be called from several threads."""

    def __init__(self, charset: Charset) -> None:
        self._tables = letter_tables(charset)
        self._scratches: queue.SimpleQueue[Scratch] = queue.SimpleQueue()

    def read(self, block: bytes, *, with_checksum: bool) -> list[Piece]:
        """The pieces of a block of whole lines, in order and without gaps."""
        scratch = self._scratch(len(block))
        scratch.hold(block)
        whole = block.rfind(b"\n") + 1  # the kernel relies on a line end after whatever it reads
        pieces: list[Piece] = []
        at = 0
        while at < whole and len(pieces) < _FEW_PIECES + at // _WORTH_A_PIECE:
            start = _next_voucher(block, at, whole)
            end = scratch.scan(start, whole)
            if end == start < whole:  # not recognised: up to the next voucher it is the exact reader's
                start = end = _next_voucher(block, block.find(b"\n", start) + 1, whole)
            if start > at:
                pieces.append(Piece(at, start, None))
            if end > start:
                pieces.append(Piece(start, end, take_columns(scratch, start, end, with_checksum)))
            at = end
        if at < len(block):
            pieces.append(Piece(at, len(block), None))
        self._scratches.put(scratch)
        return pieces

    def _scratch(self, size: int) -> Scratch:
        """Arrays no other thread is using."""
        try:
            scratch = self._scratches.get_nowait()
        except queue.Empty:
            return Scratch(size, self._tables)
        return scratch if scratch.size >= size else Scratch(size, self._tables)


def prepare() -> None:
    """Have the kernel compiled or loaded, by reading one voucher."""
    voucher = b"#VER A 1 20200101\n{\n#TRANS 1 {} 1\n}\n"
    FastReader(Charset(CP437, "")).read(voucher, with_checksum=True)
    count_bytes(voucher)


def count_bytes(block: bytes) -> Counter[int]:
    """How often each byte above 127 occurs in a block: `charset.count_bytes` at the speed of memory."""
    counts = np.zeros(256, np.int64)
    words = len(block) // 8
    passes.count_high(np.frombuffer(block, np.uint64, words), np.frombuffer(block, np.uint8), counts)
    return Counter({byte: int(counts[byte]) for byte in range(128, 256) if counts[byte]})


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


def take_columns(scratch: Scratch, start: int, end: int, with_checksum: bool) -> Columns:
    """Copy what the kernel read out of the scratch arrays."""
    read = scratch.columns
    vouchers, rows = int(read.counters[kernel.VOUCHERS]), int(read.counters[kernel.ROWS])
    added, removed = int(read.counters[kernel.ADDED]), int(read.counters[kernel.REMOVED])
    text = _texts(read)
    return Columns(
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
        counts={"#VER": vouchers, "#TRANS": rows - added - removed, "#RTRANS": added, "#BTRANS": removed},
        lines=int(read.counters[kernel.LINES]),
        places=read.places[:, : max(vouchers, rows)].copy(),
        checksummed=_checksummed(scratch.data, start, end) if with_checksum else b"",
    )


def _texts(read: kernel.Columns) -> Callable[[int, int], pa.Array]:
    """How to take a text column out of the scratch arrays."""

    def take(column: int, count: int) -> pa.Array:
        offsets = read.offsets[column, : count + 1]
        data = read.texts[column, : offsets[-1]]
        buffers = [None, pa.py_buffer(offsets.copy()), pa.py_buffer(data.copy())]
        return pa.Array.from_buffers(pa.string(), count, buffers)

    return take


def _null_if_empty(texts: pa.Array) -> pa.Array:
    """Left-out text is NULL."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)
    present = _bits(offsets[1:] > offsets[:-1])
    return pa.Array.from_buffers(pa.string(), len(texts), [present, *texts.buffers()[1:]])


def _dates(days: npt.NDArray[np.int32]) -> pa.Array:
    buffers = [_bits(days != kernel.NO_DATE), pa.py_buffer(days.copy())]
    return pa.Array.from_buffers(pa.date32(), len(days), buffers)


def _decimals(words: Int64, present: npt.NDArray[np.uint8] | None, kind: pa.DataType) -> pa.Array:
    validity = None if present is None else _bits(present)
    return pa.Array.from_buffers(kind, len(words), [validity, pa.py_buffer(words.copy())])


def _bits(flags: npt.NDArray[np.bool_] | npt.NDArray[np.uint8]) -> pa.Buffer | None:
    """Arrow's validity bitmap; none when all are valid."""
    return None if flags.all() else pa.py_buffer(np.packbits(flags, bitorder="little"))


def _checksummed(data: Bytes, start: int, end: int) -> bytes:
    """The bytes of a piece that #KSUMMA counts."""
    out = np.empty(end - start, np.uint8)
    size = passes.checksummed(data, start, end, out)
    return out[:size].tobytes()
