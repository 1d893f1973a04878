"""One SIE file and the financial year it stands for. Which files are loaded, and how, belongs in ``source.py``."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import sie_parser
from sie_parser.model import Voucher


class UnplacedFile(Exception):
    """A readable SIE file that cannot be assigned to a financial year."""

    exit: Final = 4


@dataclass(frozen=True)
class SieFile:
    """One file ready to be loaded: where its bytes are and which financial year it stands for.

    ``year_source`` says how the year is known: ``rar`` by the file itself, else assumed from ``voucher_dates`` or
    ``generated_date``, as import files (4I) name none.
    """

    name: str
    content: Path | bytes = field(repr=False)
    file_id: str
    header: sie_parser.Header
    financial_year: date
    financial_year_end: date
    year_source: str
    financial_year_id: str | None = None

    def open(self) -> Path | io.BytesIO:
        """The bytes, as ``sie_parser`` takes them."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content


def sie_file(
    content: Path | bytes, *, name: str | None = None, financial_year_id: str | None = None
) -> SieFile:
    """Read what ``content`` says about itself. Raises ``sie_parser.SieError`` when it is no SIE file and
    ``UnplacedFile`` when it names no year and nothing in it has a date.
    """
    name = name or (content.name if isinstance(content, Path) else "unnamed")
    stream = sie_parser.batches(io.BytesIO(content) if isinstance(content, bytes) else content)
    header = stream.header
    stream.close()
    first, last, source = _financial_year(content, header, name)
    return SieFile(name, content, file_digest(content), header, first, last, source, financial_year_id)


def file_digest(content: Path | bytes) -> str:
    """SHA-256 of the bytes, hexadecimal."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _financial_year(content: Path | bytes, header: sie_parser.Header, name: str) -> tuple[date, date, str]:
    if header.financial_year and header.financial_year_end:
        return header.financial_year, header.financial_year_end, "rar"
    records = sie_parser.records(io.BytesIO(content) if isinstance(content, bytes) else content)
    dates = [record.voucher_date for record in records if isinstance(record, Voucher) and record.voucher_date]
    known = (min(dates), "voucher_dates") if dates else (header.generated_date, "generated_date")
    day, source = known
    if day is None:
        raise UnplacedFile(
            f"{name}: no #RAR 0, no voucher with a date and no #GEN, so its financial year is unknown; add #RAR 0"
        )
    return date(day.year, 1, 1), date(day.year, 12, 31), source
