"""Anything that holds SIE bytes -> one seekable stream, surveyed once and ready to be read.

Takes a path, bytes or a binary file object, also one that cannot seek; gzip and zip archives of one file are
unpacked. What cannot be read twice is spooled to a temporary file, for the character set is decided over the
whole file before the first record. Splitting lines into fields does not belong here.
"""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from sie_parser.charset import Census, Charset
from sie_parser.items import ITEMS
from sie_parser.on_demand import byte_counter
from sie_parser.problems import SieError, problem

#: What is read: a file object that can go back and fill memory it is given.
Stream = io.BufferedIOBase

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

BLOCK = 1 << 20
MAX_LINE = 1 << 20
MAX_UNPACKED = 16 << 30
_IN_MEMORY = 8 << 20
_SURVEYED = 256 << 10
_HEAD = 1 << 16
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
#: What the standard library raises for archives that are damaged, encrypted or packed in a way it does not know.
_DAMAGED = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
)
_SOME_LABEL = re.compile(
    rb"(?:^|\n)[ \t]*(?:" + "|".join(ITEMS).encode() + rb")(?=[ \t\r\n]|\Z)", re.IGNORECASE
)


@dataclass
class Opened:
    """A surveyed source: read `stream` from `start`; close when done."""

    stream: Stream
    start: int
    name: str
    size: int
    charset: Charset
    _resources: ExitStack = field(repr=False)

    def close(self) -> None:
        """Close what was opened here; a file object the caller gave stays open."""
        self._resources.close()

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The bytes in blocks of whole lines, without a byte order mark."""
        self.stream.seek(self.start + (3 if self.charset.bom else 0))
        return whole_lines(self.stream, min(size, self.size))


def open_source(source: Source) -> Opened:
    """Open, unpack and survey a source."""
    with ExitStack() as resources:
        name, opened = _stream(source, resources)
        try:
            stream, start = _unpacked(_seekable(opened, resources), resources)
            census = _survey(stream, start)
            _refuse_foreign(stream, start, census)
        except SieError as error:
            raise SieError(error.problem, name) from error.__cause__
        return Opened(stream, start, name, census.size, census.decide(), resources.pop_all())


def _stream(source: Source, resources: ExitStack) -> tuple[str, BinaryIO]:
    """The source as a binary stream, and its name for messages."""
    if isinstance(source, bytes | bytearray | memoryview):
        return "", io.BytesIO(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return path.name, resources.enter_context(path.open("rb"))
    if not hasattr(source, "read") or not isinstance(source.read(0), bytes):
        raise TypeError("a SIE source is a path, bytes or a file object opened in binary mode")
    return Path(str(getattr(source, "name", ""))).name, source


def _seekable(stream: BinaryIO, resources: ExitStack) -> Stream:
    """The stream itself, or a spooled copy of one that cannot go back or has only the plainest methods."""
    seekable = getattr(stream, "seekable", None)
    usable = seekable is not None and seekable() and hasattr(stream, "readinto")
    return cast("Stream", stream) if usable else _spool(stream, resources)


def _spool(stream: BinaryIO, resources: ExitStack) -> Stream:
    """A copy in memory, on disk when it grows; refuses what unpacks without end or without lines."""
    spool = cast(
        "Stream",
        resources.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)),  # noqa: SIM115  closed by resources
    )
    size = 0
    lines = LineLengths()
    while block := _next_block(stream):
        size += len(block)
        if size > MAX_UNPACKED:
            raise SieError(problem("SIE_ARCHIVE", detail="more than 16 GiB"))
        if size > BLOCK:  # the first block may be compressed
            lines.check(block)
        spool.write(block)
    spool.seek(0)
    return spool


def _next_block(stream: BinaryIO) -> bytes:
    """What comes next, nothing at the end; a pipe that has nothing *yet* must not be taken for one at its end."""
    block: bytes | None = stream.read(BLOCK)
    if block is None:
        raise BlockingIOError(errno.EAGAIN, "a SIE source is read in blocking mode")
    return block


def _unpacked(stream: Stream, resources: ExitStack) -> tuple[Stream, int]:
    """The stream and where to start in it, unpacked where it is an archive."""
    start = stream.tell()
    magic = stream.read(4)
    stream.seek(start)
    try:
        if magic.startswith(_GZIP):
            return _spool(cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb")), resources), 0
        if magic == _ZIP:
            return _spool(_only_member(stream, resources), resources), 0
    except _DAMAGED as error:
        if getattr(error, "errno", None):  # of the disk, not of the archive
            raise
        raise SieError(problem("SIE_ARCHIVE", detail=type(error).__name__)) from error
    return stream, start


def _only_member(stream: Stream, resources: ExitStack) -> BinaryIO:
    """The one file of a zip archive."""
    archive = resources.enter_context(zipfile.ZipFile(stream))
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise SieError(problem("SIE_ARCHIVE", detail=f"{len(members)} files in the archive, expected one"))
    return cast("BinaryIO", resources.enter_context(archive.open(members[0])))


class LineLengths:
    """Refuses a line of more than MAX_LINE bytes, in blocks of at most MAX_LINE cut anywhere."""

    def __init__(self) -> None:
        self._open = 0

    def check(self, block: bytes | bytearray) -> None:
        """Look at the next block."""
        first = block.find(b"\n")
        if self._open + (len(block) if first < 0 else first) > MAX_LINE:
            raise SieError(problem("SIE_LINE_TOO_LONG"))
        self._open = self._open + len(block) if first < 0 else len(block) - block.rfind(b"\n") - 1


def _survey(stream: Stream, start: int) -> Census:
    """One pass over the bytes for what must be known before the first record."""
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    census = Census(byte_counter(size))
    lines = LineLengths()
    room = bytearray(min(size, _SURVEYED))  # one for all blocks: new memory takes longer than reading into it
    while count := stream.readinto(room):
        block = room if count == len(room) else room[:count]
        lines.check(block)
        census.add(block)
    return census


def _refuse_foreign(stream: Stream, start: int, census: Census) -> None:
    """Refuse, by name, what is no SIE file of type 1-4."""
    stream.seek(start)
    head = stream.read(_HEAD)
    if not census.size:
        raise SieError(problem("SIE_EMPTY"))
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SieError(problem("SIE_UTF16"))
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise SieError(problem("SIE_IS_SIE5"))
    if not _SOME_LABEL.search(head.removeprefix(b"\xef\xbb\xbf")):
        raise SieError(problem("SIE_NOT_SIE"))


def whole_lines(stream: Stream, size: int = BLOCK) -> Iterator[bytes]:
    """Blocks of at most `size` bytes, cut before a #VER line where there is one, else after a line end.

    Only a line that is longer makes a longer block.
    """
    room = bytearray(size)
    held = 0  # bytes at its start that belong to the next block
    while count := stream.readinto(memoryview(room)[held:]):
        end = held + count
        cut = _last_voucher(room, end) or (room.rfind(b"\n", 0, end) + 1)
        if cut:
            yield bytes(memoryview(room)[:cut])
            room[: end - cut] = room[cut:end]
        elif end == len(room):
            room += bytes(size)
        held = end - cut
    if held:
        yield bytes(room[:held])


def _last_voucher(block: bytearray, end: int) -> int:
    """Start of the line of the last #VER before `end`, indented or not; 0 where it does not begin its line or there
    is none.
    """
    label = block.rfind(b"#VER", 0, end)
    start = block.rfind(b"\n", 0, max(label, 0)) + 1
    return 0 if block[start:label].strip(b" \t") else start
