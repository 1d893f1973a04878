"""Records -> SIE text: round trips and import files, of types 1-4 and 4I.

Every item on its own line, CRLF, code page 437 unless told otherwise; quotes only where the format needs
them; fields left out at the end where they are empty. What the reader would read differently is refused,
never altered. Deciding which records a file needs does not belong here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from sie_parser import model
from sie_parser.charset import CP437, Charset
from sie_parser.checksum import FileChecksum
from sie_parser.fields import FieldText, split_fields
from sie_parser.items import ITEMS, Kind, label_of
from sie_parser.problems import SieError, problem

Target = str | os.PathLike[str] | BinaryIO

_LINE_END = "\r\n"
_NEEDS_QUOTES = frozenset(' \t"{}\\')


def write(
    records: Iterable[model.Record],
    target: Target,
    *,
    charset: str = CP437,
    renew_checksum: bool = False,
) -> None:
    """Write records to a path (complete or not at all) or a binary file object.

    A voucher's rows follow it; braces are added. `renew_checksum` gives the closing `Checksum` the value that
    fits.
    """
    encoding = Charset(charset, "as asked for")
    lines = _Lines(encoding, renew_checksum).of(records)
    if not isinstance(target, str | os.PathLike):
        for number, line in enumerate(lines, 1):
            target.write(_encoded(line, number, encoding))
        return
    path = Path(target)
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            write_all = (_encoded(line, number, encoding) for number, line in enumerate(lines, 1))
            file.writelines(write_all)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _encoded(line: str, number: int, charset: Charset) -> bytes:
    try:
        return charset.encode(line + _LINE_END)
    except UnicodeEncodeError as error:
        text = line[error.start]
        raise SieError(problem("SIE_WRITE_CHARACTER", number, error.start + 1, text=text)) from None


class _Lines:
    """Turns records into lines, knowing whether a voucher's block is open."""

    def __init__(self, charset: Charset, renew_checksum: bool) -> None:
        self._voucher = 0  # position of the voucher whose block is open
        self._checksum = FileChecksum(charset)
        self._renew = renew_checksum

    def of(self, records: Iterable[model.Record]) -> Iterator[str]:
        """All lines of a file, without their line ends."""
        for record in records:
            if self._voucher and not self._belongs_inside(record):
                yield "}"
                self._voucher = 0
            yield self._line(record)
            if isinstance(record, model.Voucher):
                yield "{"
                self._voucher = record.voucher_position
        if self._voucher:
            yield "}"

    def _belongs_inside(self, record: model.Record) -> bool:
        if isinstance(record, model.VoucherRow):
            return record.voucher_position == self._voucher
        return isinstance(record, model.UnknownItem) and record.in_voucher

    def _line(self, record: model.Record) -> str:
        """One record as a line, checked by reading it back."""
        if isinstance(record, model.StrayLine):
            return record.text
        if isinstance(record, model.Checksum):
            record = self._fitting(record)
        if isinstance(record, model.VoucherRow) and record.voucher_position != self._voucher:
            raise SieError(problem("SIE_WRITE_VALUE", label=label_of(record), detail="voucher_position"))
        label = label_of(record)
        values = _field_texts(record)
        line = " ".join([label, *map(_quoted, values)])
        if "\n" in line or "\r" in line or split_fields(line)[0] != [label, *values]:
            raise SieError(problem("SIE_WRITE_FIELD", label=label))
        if not isinstance(record, model.Checksum):
            self._checksum.add([label, *values])
        return line

    def _fitting(self, record: model.Checksum) -> model.Checksum:
        """The checksum record, its value renewed if asked for."""
        value = record.value
        if value is not None and self._renew:
            value = self._checksum.value
        self._checksum.meet(value, record.line)
        return model.Checksum(record.line, value)


def _field_texts(record: model.Record) -> list[FieldText]:
    """The field texts of a record, without those that may be left out at the end."""
    if isinstance(record, model.UnknownItem):
        return list(record.fields)
    item = ITEMS[label_of(record)]
    as_written = dict(record.unread)
    texts: list[FieldText] = []
    needed = 0
    for spec in item.fields:
        value = getattr(record, spec.name)
        texts.append(as_written.get(spec.name) or _text(value, spec.kind))
        if spec.required or texts[-1] != "":
            needed = len(texts)
    if record.extra:
        return [*texts, *record.extra]
    return _without_absent_texts(texts[:needed], item.label)


def _without_absent_texts(texts: list[FieldText], label: str) -> list[FieldText]:
    """A #KSUMMA without a value and an empty #ORGNR stay bare labels."""
    return [] if texts == [""] and label in {"#KSUMMA", "#ORGNR"} else texts


def _text(value: Any, kind: Kind) -> FieldText:
    """A value as the format writes it."""
    if kind is Kind.OBJECTS:
        return tuple(part for pair in value for part in pair)
    if value is None:
        return ""
    if isinstance(value, date):
        day = f"{value.year:04}{value.month:02}{value.day:02}"
        return day[:6] if kind is Kind.PERIOD else day
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _quoted(text: FieldText) -> str:
    """A field text with quotes where they are needed."""
    if isinstance(text, tuple):
        return "{" + " ".join(map(_quoted, text)) + "}"
    if text and _NEEDS_QUOTES.isdisjoint(text):
        return text
    if text.endswith("\\") and _NEEDS_QUOTES.intersection(text) == {"\\"}:
        return text  # quoted, its last backslash would read as an escape
    return '"' + text.replace('"', '\\"') + '"'
