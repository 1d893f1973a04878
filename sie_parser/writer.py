"""Records -> SIE text: round trips and import files, of types 1-4 and 4I.

Every item on its own line, CRLF, code page 437 unless told otherwise; quotes only where the format needs
them; fields left out at the end where they are empty. What the reader would read differently is refused,
never altered. Deciding which records a file needs does not belong here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from sie_parser import model
from sie_parser.charset import CHARSETS, CP437, Census, Charset
from sie_parser.fields import FieldText
from sie_parser.items import ITEMS, Kind, label_of
from sie_parser.problems import SieError, problem, shorten
from sie_parser.reader import ExactReader
from sie_parser.target import unfinished

Target = str | os.PathLike[str] | BinaryIO

_LINE_END = "\r\n"
_LINE_ENDS = frozenset(_LINE_END)
_NEEDS_QUOTES = frozenset(' \t"{}\\')


def write(
    records: Iterable[model.Record],
    target: Target,
    *,
    charset: str = CP437,
    renew_checksum: bool = False,
) -> None:
    """Write records to a path (complete or not at all) or a binary file object.

    A voucher's rows follow it; braces are added, and vouchers and rows count anew from 1. `renew_checksum` gives the
    closing `Checksum` the value that fits.
    """
    if charset not in CHARSETS:
        raise ValueError(f"charset is cp437, latin-1 or utf-8, not {charset!r}")
    lines = _Lines(Charset(charset, "as asked for"), renew_checksum).of(records)
    if not isinstance(target, str | os.PathLike):
        for line in lines:
            target.write(line)
        return
    with unfinished(Path(target)) as new, new.open("wb") as file:
        file.writelines(lines)


class _Lines:
    """Turns records into lines, each read back by the exact reader before it is handed on."""

    def __init__(self, charset: Charset, renew_checksum: bool) -> None:
        self._charset = charset
        self._renew = renew_checksum
        self._voucher: int | None = None  # position of the voucher whose block is open
        self._written = 0
        self._census = Census()
        self._reader = ExactReader(0, charset, lambda _: None)

    def of(self, records: Iterable[model.Record]) -> Iterator[bytes]:
        """All lines of a file."""
        for record in records:
            if self._voucher is not None and not self._belongs_inside(record):
                yield self._brace("}")
                self._voucher = None
            yield self._line(record)
            if isinstance(record, model.Voucher):
                yield self._brace("{")
                self._voucher = record.voucher_position
        if self._voucher is not None:
            yield self._brace("}")
        if self._census.high and self._census.decide().name != self._charset.name:
            raise SieError(problem("SIE_WRITE_CHARSET"))

    def _belongs_inside(self, record: model.Record) -> bool:
        if isinstance(record, model.VoucherRow):
            return record.voucher_position == self._voucher
        return isinstance(record, model.UnknownItem) and record.in_voucher

    def _brace(self, brace: str) -> bytes:
        data = self._encoded(brace)
        self._reader.read_line(self._written, brace)
        return data

    def _line(self, record: model.Record) -> bytes:
        """One record as a line."""
        if isinstance(record, model.Checksum):
            record = self._fitting(record)
        if isinstance(record, model.VoucherRow) and record.voucher_position != (self._voucher or 0):
            raise SieError(problem("SIE_WRITE_ROW", self._written + 1, label=label_of(record)))
        text = _text_of(record)
        data = self._encoded(text)
        back = None if _LINE_ENDS.intersection(text) else self._reader.read_line(self._written, text)
        if back != record and back != (placed := _placed(record, back)):
            label, detail = shorten(text.split(" ")[0]), _differing(placed, back)
            raise SieError(problem("SIE_WRITE_FIELD", self._written, label=label, detail=detail))
        return data

    def _encoded(self, line: str) -> bytes:
        self._written += 1
        try:
            data = self._charset.encode(line + _LINE_END)
        except UnicodeEncodeError as error:
            text = line[error.start]
            raise SieError(
                problem("SIE_WRITE_CHARACTER", self._written, error.start + 1, text=text)
            ) from None
        if not data.isascii():
            self._census.add(data)
        return data

    def _fitting(self, record: model.Checksum) -> model.Checksum:
        """The checksum record, its value renewed if asked for."""
        if record.value is None or not self._renew:
            return record
        return replace(record, value=self._reader.header.checksum.value)


def _placed(record: model.Record, back: model.Record | None) -> model.Record:
    """The record with the place in the file that it has been given."""
    if isinstance(record, model.Voucher) and isinstance(back, model.Voucher):
        return replace(record, voucher_position=back.voucher_position)
    if isinstance(record, model.VoucherRow) and isinstance(back, model.VoucherRow):
        return replace(record, voucher_position=back.voucher_position, row_number=back.row_number)
    return record


def _differing(record: model.Record, back: model.Record | None) -> str:
    """Name of the first value that would be read back differently, where the record as a whole would not."""
    if type(record) is not type(back):
        return ""
    own = [f.name for f in fields(record) if f.compare and not f.kw_only]
    return next((name for name in own if getattr(record, name) != getattr(back, name)), "")


def _text_of(record: model.Record) -> str:
    """A record as the text of its line."""
    if isinstance(record, model.StrayLine):
        return record.text
    try:
        label = label_of(record)
    except KeyError:
        kind = f"{type(record).__name__} {getattr(record, 'kind', '')}".rstrip()
        raise TypeError(f"no record of a SIE file: {kind}") from None
    return " ".join([label, *map(_quoted, _field_texts(record))])


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
    if isinstance(value, float):
        raise TypeError("amounts and quantities are Decimal, never float")
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
