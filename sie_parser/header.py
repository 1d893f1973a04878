"""What a SIE file says about itself: character set, type, program, company, years, currency, checksum,
counts.

Grain: one header per file. `HeaderBuilder` gathers it while the file is read. The file's figures do not
belong here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from sie_parser import model
from sie_parser.charset import Charset
from sie_parser.checksum import FileChecksum
from sie_parser.items import FILE_TYPES, ITEMS
from sie_parser.problems import Problem, problem

DEFAULT_CURRENCY = "SEK"
DEFAULT_TYPE = "1"
MAX_LABELS = 1000
OTHER_LABELS = "#"


@dataclass(frozen=True)
class Header:
    """The facts of one file. `records` and `problems` count labels and problem codes; before the file's end
    they
    hold what was met so far. `ksumma` is absent, valid, wrong or unterminated."""

    bytes: int
    charset: str
    charset_evidence: str
    sie_type: str
    program: str
    program_version: str
    company_name: str
    corporate_id: str
    currency: str
    generated_date: date | None
    years: tuple[model.FinancialYear, ...]
    ksumma: str
    ksumma_declared: int | None
    ksumma_computed: int | None
    records: dict[str, int]
    problems: dict[str, int]

    def year(self, year_number: int) -> model.FinancialYear | None:
        """The financial year a year number (0, -1, ...) stands for, by #RAR."""
        return next((y for y in self.years if y.year_number == year_number), None)

    @property
    def financial_year(self) -> date | None:
        """First day of the file's own year (#RAR 0).

        None when the file does not say, as import files may not.
        """
        year = self.year(0)
        return year.start if year else None

    @property
    def financial_year_end(self) -> date | None:
        """Last day of the file's own year (#RAR 0)."""
        year = self.year(0)
        return year.end if year else None


class HeaderBuilder:
    """Gathers the header record by record."""

    def __init__(self, size: int, charset: Charset) -> None:
        self.checksum = FileChecksum(charset)
        self.records: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self._size = size
        self._charset = charset
        self._first: dict[str, model.Record] = {}
        self._years: dict[int | None, model.FinancialYear] = {}

    def count_unknown(self, label: str) -> None:
        """Count an unknown label; they are told apart up to a point, so that junk takes no memory."""
        known = label in self.records or len(self.records) < MAX_LABELS
        self.records[label if known else OTHER_LABELS] += 1

    def note(self, label: str, record: model.Record) -> Problem | None:
        """Take in an identification item; the first of each label counts."""
        if isinstance(record, model.FinancialYear):
            return self._note_year(record)
        if label == "#FLAGGA":
            return self._note_flag(record)
        self._first.setdefault(label, record)
        if isinstance(record, model.FileType) and record.sie_type[:1] not in {"1", "2", "3", "4"}:
            return problem("SIE_TYPE", record.line, 0, label, text=record.sie_type)
        return None

    def _note_year(self, year: model.FinancialYear) -> Problem | None:
        first = self._years.setdefault(year.year_number, year)
        return None if first == year else problem("SIE_YEAR_REPEATED", year.line, 0, "#RAR")

    def _note_flag(self, record: model.Record) -> Problem | None:
        if isinstance(record, model.Flag) and record.read == 1:
            return problem("SIE_FLAG_READ", record.line, 0, "#FLAGGA")
        if self.records.total() > 1:
            return problem("SIE_FLAG_NOT_FIRST", record.line, 0, "#FLAGGA")
        return None

    @property
    def sie_type(self) -> str:
        """1-4; the format's default where the file does not say. `4i` of old Odoo modules is 4."""
        record = self._first.get("#SIETYP")
        declared = record.sie_type[:1] if isinstance(record, model.FileType) else ""
        return declared if declared in {"1", "2", "3", "4"} else DEFAULT_TYPE

    def completeness(self) -> list[Problem]:
        """At the file's end: what its type requires and it lacks, what its type forbids and it has.

        4I and 4E both say type 4; a type-4 file without balances and year is taken for 4I.
        """
        carries_books = (
            self.records["#RAR"] or self.records["#IB"] or self.records["#UB"] or self.records["#RES"]
        )
        variant = {"4": "4E" if carries_books else "4I"}.get(self.sie_type, self.sie_type)
        column = FILE_TYPES.index(variant)
        presence = {label: item.presence[column] for label, item in ITEMS.items()}
        missing = [
            problem("SIE_ITEM_MISSING", 0, 0, label)
            for label in ("#FLAGGA", "#PROGRAM", "#FORMAT", "#GEN", "#SIETYP", "#FNAMN", "#RAR")
            if presence[label] == "M" and not self.records[label]
        ]
        forbidden = [
            problem(
                "SIE_ITEM_FORBIDDEN", 0, 0, label, detail=f"{self.records[label]} in a file of type {variant}"
            )
            for label, where in presence.items()
            if where == "-" and self.records[label]
        ]
        return missing + forbidden

    def build(self) -> Header:
        """The header as known so far."""
        return Header(
            bytes=self._size,
            charset=self._charset.name,
            charset_evidence=self._charset.evidence,
            sie_type=self.sie_type,
            program=self._text("#PROGRAM", "name"),
            program_version=self._text("#PROGRAM", "version"),
            company_name=self._text("#FNAMN", "company_name"),
            corporate_id=self._text("#ORGNR", "corporate_id"),
            currency=self._text("#VALUTA", "currency") or DEFAULT_CURRENCY,
            generated_date=getattr(self._first.get("#GEN"), "generated_date", None),
            years=tuple(sorted(self._years.values(), key=_latest_first)),
            ksumma=self.checksum.outcome,
            ksumma_declared=self.checksum.declared,
            ksumma_computed=self.checksum.computed,
            records={label: n for label, n in sorted(self.records.items()) if n},
            problems=dict(sorted(self.problems.items())),
        )

    def _text(self, label: str, name: str) -> str:
        return str(getattr(self._first.get(label), name, ""))


def _latest_first(year: model.FinancialYear) -> int:
    """Order of years: this one, the one before, ..."""
    return -(year.year_number or 0)
