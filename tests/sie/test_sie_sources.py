"""Any source, any split of its bytes, any spelling of its fields: the same records. Hostile ones: a clear error."""

from __future__ import annotations

import errno
import gzip
import io
import os
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import sie_parser
from sie_parser.reader import lines_of
from sie_parser.source import MAX_LINE, Source, open_source, whole_lines

FILE = Path(__file__).parents[2] / "data/sie/valid/types-1-to-4-every-label.se"
HEAD = b"#FLAGGA 0\n#FNAMN X\n"


class Pipe(io.RawIOBase):
    """A binary stream that cannot go back and gives little at a time, as a socket does."""

    def __init__(self, data: bytes) -> None:
        self._rest = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # narrower than the stdlib's Buffer
        part = self._rest.read(min(len(buffer), 7))
        buffer[: len(part)] = part
        return len(part)


def zipped(data: bytes, *names: str, method: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return target.getvalue()


DATA = FILE.read_bytes()


@pytest.mark.parametrize(
    "source",
    [FILE, str(FILE), bytearray(DATA), memoryview(DATA), io.BytesIO(DATA), Pipe(DATA), gzip.compress(DATA),
     Pipe(gzip.compress(DATA)), zipped(DATA, "books.se"), io.BytesIO(zipped(DATA, "folder/", "books.se"))],
    ids=["path", "string", "bytearray", "memoryview", "file", "pipe", "gzip", "gzip pipe", "zip", "zip file"],
)  # fmt: skip
def test_every_source_gives_the_same_records(source: Source) -> None:
    assert list(sie_parser.records(source)) == list(sie_parser.records(DATA))


def test_a_file_object_is_read_from_where_it_stands_and_left_open() -> None:
    file = io.BytesIO(b"junk before" + DATA)
    file.seek(11)
    assert list(sie_parser.records(file)) == list(sie_parser.records(DATA))
    assert not file.closed


@pytest.mark.parametrize("size", [1, 2, 3, 5, 17, 64, 1000])
def test_any_split_of_the_bytes_gives_the_same_lines(size: int) -> None:
    opened = open_source(DATA)
    lines = [
        line for block in whole_lines(io.BytesIO(DATA), size) for line in lines_of(block, opened.charset)
    ]
    assert lines == DATA.decode("cp437").split("\r\n")[:-1]


def spellings() -> Iterator[bytes]:
    """The same file, written differently."""
    yield DATA.replace(b"\r\n", b"\n")
    yield DATA.replace(b" ", b"\t").replace(b"Fri\ttext", b"Fri text").replace(b"Gatan\t1", b"Gatan 1").replace(
        b"123\t45\tOrt", b"123 45 Ort").replace(b"08-12\t34\t56", b"08-12 34 56").replace(
        "Åsa\tEk".encode("cp437"), "Åsa Ek".encode("cp437")).replace(
        "Övningsbolaget\tAB".encode("cp437"), "Övningsbolaget AB".encode("cp437"))  # fmt: skip
    yield b"\n".join(b"  \t" + line + b" \t " for line in DATA.split(b"\r\n"))
    yield DATA.replace(b" 1930", b' "1930"').replace(b" 20250101", b' "20250101"').replace(b" -1 ", b' "-1" ')
    yield DATA.decode("cp437").encode("utf-8")
    yield DATA.decode("cp437").encode("latin-1")


@pytest.mark.parametrize(
    "spelling", list(spellings()), ids=["lf", "tabs", "indented", "quoted", "utf-8", "latin-1"]
)
def test_spelling_does_not_matter(spelling: bytes) -> None:
    assert list(sie_parser.records(spelling)) == list(sie_parser.records(DATA))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (HEAD + b"#PROSA " + b"x" * (MAX_LINE + 1), "SIE_LINE_TOO_LONG"),
        (Pipe(gzip.compress(DATA)[:-9]), "SIE_ARCHIVE"),
        (gzip.compress(DATA)[:40], "SIE_ARCHIVE"),
        (zipped(DATA, "a.se", "b.se"), "SIE_ARCHIVE"),
        (zipped(DATA, "a.se")[:60], "SIE_ARCHIVE"),
        (b"", "SIE_EMPTY"),
        (b"\x00" * 5000, "SIE_NOT_SIE"),
        (bytes(range(256)) * 50, "SIE_NOT_SIE"),
    ],
    ids=[
        "a line without an end",
        "a pipe of half a gzip",
        "the head of a gzip",
        "a zip of two files",
        "the head of a zip",
        "nothing",
        "zeros",
        "binary",
    ],
)
def test_hostile_sources_are_refused_by_name(source: Source, code: str) -> None:
    with pytest.raises(sie_parser.SieError) as caught:
        list(sie_parser.records(source))
    assert caught.value.code == code


def test_text_mode_is_a_programming_error(tmp_path: Path) -> None:
    with FILE.open(encoding="cp437") as file, pytest.raises(TypeError, match="binary mode"):
        sie_parser.records(file)  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("source", [5, None, {}, [b"#FLAGGA 0"]], ids=["number", "none", "dict", "list"])
def test_what_is_no_source_is_named_as_one(source: object) -> None:
    with pytest.raises(TypeError, match="a path, bytes or a file object"):
        sie_parser.records(source)  # type: ignore[arg-type]  # the mistake under test


def test_a_refused_file_is_named(tmp_path: Path) -> None:
    """Whoever reads fifty files learns which one it was."""
    path = tmp_path / "empty.se"
    path.touch()
    with pytest.raises(sie_parser.SieError, match=r"^empty\.se: the file is empty") as caught:
        sie_parser.records(path)
    assert caught.value.file == "empty.se"


@pytest.mark.parametrize("buffering", [0, -1])
def test_a_pipe_that_has_nothing_yet_is_not_taken_for_its_end(buffering: int) -> None:
    receiving, sending = os.pipe()
    os.set_blocking(receiving, False)
    os.write(sending, DATA[:300])
    with os.fdopen(receiving, "rb", buffering) as file, pytest.raises(BlockingIOError, match="blocking mode"):
        sie_parser.records(file)
    os.close(sending)


def damaged_archives() -> Iterator[bytes]:
    """Every way of packing, with one byte changed at a time."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        whole = zipped(DATA, "böcker.se", method=method)
        for at in range(4, len(whole), 3 if method != zipfile.ZIP_STORED else 17):
            yield whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]


def test_a_damaged_archive_is_refused_or_read_whole() -> None:
    """Never another error of Python's: `zipfile` raises ten kinds of them."""
    codes = Counter[str]()
    for archive in damaged_archives():
        try:
            records = list(sie_parser.records(archive))
        except sie_parser.SieError as error:
            codes[error.code] += 1
        else:
            assert records == list(sie_parser.records(DATA))
    assert codes["SIE_ARCHIVE"] > 300


def test_a_failing_disk_is_not_called_a_damaged_archive() -> None:
    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if size and size > 100:
                raise OSError(errno.EIO, "the disk fails")
            return super().read(size)

    with pytest.raises(OSError, match="the disk fails"):
        sie_parser.records(Failing(gzip.compress(DATA)))


def test_an_endless_line_takes_no_memory() -> None:
    class Endless(io.RawIOBase):
        left = 1 << 30

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # as in Pipe
            count = min(self.left, len(buffer))
            self.left -= count
            buffer[:count] = b"#" * count
            return count

    tracemalloc.start()
    with pytest.raises(sie_parser.SieError, match="SIE_LINE_TOO_LONG"):
        sie_parser.records(Endless())
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_nested_braces_take_no_stack() -> None:
    stream = sie_parser.records(HEAD + b"#VER A 1 20250101\n{\n#TRANS 1930 " + b"{" * 100_000 + b" 1\n}\n")
    assert len(list(stream)) == 4
    assert {p.code for p in stream.problems} >= {"SIE_LIST_OPEN"}


def test_messages_hold_little_of_the_file() -> None:
    secret = "Anna Andersson 19800101-1234"
    stream = sie_parser.records(HEAD + f'{secret}\n#IB 0 1930 "{secret}"\n'.encode())
    list(stream)
    assert all(secret[:13] not in str(sie_parser.SieError(p)) for p in stream.problems)


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b"#FNAMN abc\n", "cp437"),
        ("#FNAMN åäö\n".encode("cp437"), "cp437"),
        ("#FNAMN åäö\n".encode(), "utf-8"),
        ("#FNAMN åäö\n".encode("utf-8-sig"), "utf-8"),
        ("#FNAMN åäö\n".encode("latin-1"), "latin-1"),
        (b"#FNAMN \xf6 \x94\x84\x86\n", "cp437"),
        (b"#FNAMN \x94 \xf6\xe4\xe5\n", "latin-1"),
        (b"#FNAMN \x81\x8d \xf6\xe4\xe5\xe9\n", "latin-1"),
    ],
)
def test_the_bytes_decide_the_character_set(data: bytes, charset: str) -> None:
    opened = open_source(data)
    assert opened.charset.name == charset
    assert opened.charset.encode(
        opened.charset.decode(data.removeprefix(b"\xef\xbb\xbf"))
    ) == data.removeprefix(b"\xef\xbb\xbf")


def test_junk_takes_no_memory_however_much() -> None:
    junk = "".join(f"#{n} x\njunk {n}\n" for n in range(120_000)).encode()
    stream = sie_parser.records(HEAD + junk)
    count = sum(1 for _ in stream)
    assert count == 240_002
    assert len(stream.header.records) == 1001
    assert stream.header.problems["SIE_NO_LABEL"] == 120_000
    assert len(stream.problems) == 100_000
