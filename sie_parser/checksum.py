"""#KSUMMA: the CRC-32 a file may carry over its own contents.

Source: SIE 4B chapter 8 and eight vendor files that confirm it. Counted: labels and the content of every
field, blanks inside quotes and the quote of an escape included, as code page 437. Not counted: separators,
enclosing quotes, the escaping backslash, braces, line ends. The CRC is `zlib.crc32`, written as an unsigned
decimal. A file in another character set was either re-saved, and its sum is that of its code page 437 form,
or written so by its program, and its sum is that of its own bytes: either is accepted. What a wrong sum means
to the caller does not belong here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from sie_parser.charset import CP437, Charset
from sie_parser.fields import FieldText
from sie_parser.problems import Problem, problem

ABSENT = "absent"
VALID = "valid"
WRONG = "wrong"
UNTERMINATED = "unterminated"

LABEL = "#KSUMMA"


class FileChecksum:
    """The checksum of one file while it is read."""

    def __init__(self, charset: Charset) -> None:
        self._charset = charset
        self.outcome = ABSENT
        self.declared: int | None = None
        self.computed: int | None = None
        self.running = False
        self._as_stored = 0
        self._as_pc8 = 0

    @property
    def value(self) -> int:
        """The sum so far, as the format defines it: over the code page 437 form."""
        return self._as_pc8

    def add(self, values: Iterable[FieldText]) -> None:
        """Count one item: label and fields."""
        text = "".join(v if isinstance(v, str) else "".join(v) for v in values)
        self._as_pc8 = zlib.crc32(text.encode(CP437, "replace"), self._as_pc8)
        if self._charset.name != CP437:
            self._as_stored = zlib.crc32(self._charset.encode(text), self._as_stored)

    def add_bytes(self, content: bytes) -> None:
        """Count bytes as stored, already freed of separators, quotes and braces."""
        self.add([self._charset.decode(content)])

    def meet(self, value: int | None, line: int) -> Problem | None:
        """A #KSUMMA item: opens without a value, closes with one."""
        if value is None:
            self.running = True
            self.outcome = UNTERMINATED
            self._as_stored = self._as_pc8 = 0
            return None
        self.declared = value
        if not self.running:
            self.outcome = WRONG
            return problem("SIE_KSUMMA_UNOPENED", line, 0, LABEL)
        self.running = False
        as_pc8_only = self._charset.name == CP437 or value == self._as_pc8
        self.computed = self._as_pc8 if as_pc8_only else self._as_stored
        self.outcome = VALID if value == self.computed else WRONG
        if self.outcome == VALID:
            return None
        return problem(
            "SIE_KSUMMA_WRONG", line, 0, LABEL, detail=f"declared {value}, computed {self.computed}"
        )
