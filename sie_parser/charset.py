"""Which character set a file is in, decided from its bytes, and the tables to decode it.

The header always says PC8 (code page 437) and is right only for files no one has re-saved. Rule: a byte order
mark or a strictly valid UTF-8 file with a byte above 127 is UTF-8; otherwise the letters å ä ö Å Ä Ö é ü are
counted as code page 437 and as Latin-1 writes them over the *whole* file and the majority wins (SIE-Gruppen's
own sample has one Latin-1 letter among 701). Decoding never fails: Latin-1 is read as cp1252, its five holes
as C1 controls. Reading files does not belong here.
"""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

CP437 = "cp437"
LATIN_1 = "latin-1"
UTF_8 = "utf-8"
CHARSETS = (CP437, LATIN_1, UTF_8)

BOM = codecs.BOM_UTF8
PC8_LETTERS = bytes([0x84, 0x86, 0x94, 0x8E, 0x8F, 0x99, 0x82, 0x81])
LATIN_LETTERS = bytes([0xE4, 0xE5, 0xF6, 0xC4, 0xC5, 0xD6, 0xE9])

_AT_ONCE = 1 << 16  # bytes decoded to see whether they are UTF-8; an error would hold a copy of more
_ASCII = bytes(range(128))
_HOLES = {0x81, 0x8D, 0x8F, 0x90, 0x9D}  # bytes cp1252 leaves undefined

#: What each byte means, as 256 characters; UTF-8 has no such table.
DECODING_TABLES = {
    CP437: bytes(range(256)).decode("cp437"),
    LATIN_1: "".join(chr(b) if b in _HOLES else bytes([b]).decode("cp1252") for b in range(256)),
}

_ENCODING_MAPS = {
    name: {ord(character): byte for byte, character in enumerate(table)}
    for name, table in DECODING_TABLES.items()
}


@dataclass(frozen=True)
class Charset:
    """The decision and what it rests on."""

    name: str
    evidence: str
    bom: bool = False

    def decode(self, data: bytes) -> str:
        """Whole lines of the file as text."""
        if self.name == UTF_8:
            return data.decode(UTF_8)
        return codecs.charmap_decode(data, "strict", DECODING_TABLES[self.name])[0]

    def encode(self, text: str) -> bytes:
        """Text of this file back to its bytes."""
        if self.name == UTF_8:
            return text.encode(UTF_8)
        return codecs.charmap_encode(text, "strict", _ENCODING_MAPS[self.name])[0]


#: Counts, in a block, how often each byte above 127 occurs.
ByteCounter = Callable[[bytes | bytearray], "Counter[int]"]


def count_bytes(block: bytes | bytearray) -> Counter[int]:
    """How often each byte above 127 occurs in a block."""
    return Counter() if block.isascii() else Counter(block.translate(None, _ASCII))


class Census:
    """Counts what the decision needs while the file goes by, in blocks cut anywhere."""

    def __init__(self, count: ByteCounter = count_bytes) -> None:
        self.size = 0
        self._count = count
        self._counts: Counter[int] = Counter()
        self._bom = False
        self._utf_8 = codecs.getincrementaldecoder(UTF_8)()
        self._valid_utf_8 = True

    @property
    def high(self) -> int:
        """How many bytes above 127 so far; without any the character set does not matter."""
        return self._counts.total()

    def add(self, block: bytes | bytearray) -> None:
        """Count one block."""
        if self.size == 0:
            self._bom = block.startswith(BOM)
        self.size += len(block)
        self._check_utf_8(block)
        self._counts.update(self._count(block))

    def _check_utf_8(self, block: bytes | bytearray, *, final: bool = False) -> None:
        if self._valid_utf_8:
            try:
                for start in range(0, len(block), _AT_ONCE):
                    self._utf_8.decode(block[start : start + _AT_ONCE])
                self._utf_8.decode(b"", final)
            except UnicodeDecodeError:
                self._valid_utf_8 = False

    def decide(self) -> Charset:
        """The character set of everything counted."""
        self._check_utf_8(b"", final=True)
        return decide(self._counts, valid_utf_8=self._valid_utf_8, bom=self._bom)


def decide(counts: Counter[int], *, valid_utf_8: bool, bom: bool) -> Charset:
    """The character set, from how often each byte above 127 occurs."""
    high = counts.total()
    if bom and valid_utf_8:
        return Charset(UTF_8, "byte order mark", bom=True)
    if not high:
        return Charset(CP437, "ASCII only; the format's default")
    if valid_utf_8:
        return Charset(UTF_8, f"all {high} bytes above 127 form valid UTF-8", bom=False)
    pc8 = sum(counts[b] for b in PC8_LETTERS)
    latin = sum(counts[b] for b in LATIN_LETTERS)
    votes = f"{pc8} letters å ä ö Å Ä Ö é ü as code page 437, {latin} as Latin-1"
    return Charset(LATIN_1 if latin > pc8 else CP437, votes, bom=bom)
