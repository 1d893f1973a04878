"""SIE-only mode: which company each file is of, and which of several files is a year's books.

Files are told apart by organisation number, else by company name. Of several files for one company and year the one
that says most is loaded: a file that names its year before one that does not, one with balances before an import file
(4I), then the higher SIE type, the later #GEN, the larger file. The others are named, never silently passed over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sie_parser
from pipelines.sie import SieFile
from sie_parser.model import Balance


@dataclass
class SieBooks:
    """The files of one company: one per financial year, and those another file says more than."""

    company_id: str
    files: dict[date, SieFile] = field(default_factory=dict)
    passed_over: list[tuple[SieFile, SieFile]] = field(default_factory=list)

    def add(self, file: SieFile) -> None:
        """Take in one more file."""
        held = self.files.get(file.financial_year)
        if held is None:
            self.files[file.financial_year] = file
            return
        better, worse = (file, held) if _says(file) > _says(held) else (held, file)
        self.files[file.financial_year] = better
        self.passed_over.append((worse, better))


def books_of(files: Iterable[SieFile], company: str | None = None) -> list[SieBooks]:
    """The files grouped by company, in the order of their names; all as ``company`` when it is given."""
    found: dict[str, SieBooks] = {}
    for file in sorted(files, key=lambda file: (file.name, file.file_id)):
        name = company or company_name_of(file)
        found.setdefault(name, SieBooks(name)).add(file)
    return [found[name] for name in sorted(found)]


def company_name_of(file: SieFile) -> str:
    """A name that can be a folder: the organisation number's digits, else the company's name, else the file's."""
    digits = re.sub(r"\D", "", file.header.corporate_id)
    if len(digits) >= 10:
        return f"{digits[-10:-4]}-{digits[-4:]}"
    return _slug(file.header.company_name) or _slug(file.name) or file.file_id[:12]


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


def _has_balances(file: SieFile) -> bool:
    with sie_parser.records(file.open()) as stream:
        return any(isinstance(record, Balance) for record in stream)


def _says(file: SieFile) -> tuple[Any, ...]:
    header = file.header
    return (
        file.year_source == "rar",
        _has_balances(file),
        header.sie_type,
        header.generated_date or date.min,
        header.bytes,
        file.file_id,
    )
