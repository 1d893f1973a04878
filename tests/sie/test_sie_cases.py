"""Every rule of the format as one small file: `data/sie/valid` with its records, `data/sie/invalid` with its problems.

The expected records are written by hand; a case says only the fields that matter to its rule, but every record.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import sie_parser
from sie_parser.items import ITEMS
from sie_parser.problems import ERROR, NOTE, PROBLEM_KINDS, render

DATA = Path(__file__).parents[2] / "data/sie"
VALID = sorted((DATA / "valid").glob("*.se"))
INVALID = sorted((DATA / "invalid").glob("*.se"))


def test_there_are_cases() -> None:
    assert len(VALID) >= 20
    assert len(INVALID) >= 30


@pytest.mark.parametrize("file", VALID, ids=lambda p: p.stem)
def test_valid_file_gives_its_records(file: Path) -> None:
    case = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    stream = sie_parser.records(file)
    found = [record for record in stream if record.line > case["after_line"]]
    assert [type(record).__name__ for record in found] == [kind for kind, _ in case["records"]]
    for record, (_, fields) in zip(found, case["records"], strict=True):
        assert {name: plain(getattr(record, name)) for name in fields} == {
            name: number(value) if name in {"amount", "quantity"} else value for name, value in fields.items()
        }
    assert [render(p) for p in stream.problems if p.severity != NOTE] == []
    assert stream.header.ksumma in {"absent", "valid"}


def plain(value: Any) -> Any:
    """A record's value as the case file writes it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    return value


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("file", INVALID, ids=lambda p: p.stem)
def test_invalid_file_gives_its_problems(file: Path) -> None:
    golden = file.with_suffix(".problems").read_text(encoding="utf-8")
    assert problems_of(file) == golden


def problems_of(file: Path) -> str:
    try:
        stream = sie_parser.records(file)
        list(stream)
    except sie_parser.SieError as error:
        return f"SieError {error}\n"
    return "".join(render(problem) + "\n" for problem in stream.problems)


def test_every_problem_has_a_file_that_provokes_it() -> None:
    shown = "".join(f.with_suffix(".problems").read_text(encoding="utf-8") for f in INVALID)
    notes = {"SIE_EXTRA_FIELD", "SIE_UNKNOWN_LABEL"}  # in data/sie/valid/unknown-labels-and-extra-fields.se
    elsewhere = {"SIE_LINE_TOO_LONG", "SIE_ARCHIVE"}  # test_sie_sources.py
    written = {code for code in PROBLEM_KINDS if code.startswith("SIE_WRITE")}  # test_sie_writer.py
    missing = {code for code in PROBLEM_KINDS if f"({code})" not in shown}
    assert missing == notes | elsewhere | written


def test_every_label_has_a_valid_case() -> None:
    text = "".join(file.read_bytes().decode("latin-1") for file in VALID)
    assert [label for label in ITEMS if f"{label}" not in text] == []


@pytest.mark.parametrize("file", INVALID, ids=lambda p: p.stem)
def test_strict_mode_raises_the_first_problem(file: Path) -> None:
    with pytest.raises(sie_parser.SieError) as caught:
        list(sie_parser.records(file, strict=True))
    first = next(line for line in problems_of(file).splitlines() if not line.endswith("FIELD)"))
    assert caught.value.code in first


def test_nothing_unreadable_becomes_zero() -> None:
    rows = [r for r in sie_parser.records(DATA / "invalid/amounts-refused.se") if hasattr(r, "amount")]
    assert [r.amount for r in rows] == [None, None, None, None, Decimal(1), None, None, None, None, None]
    assert rows[0].unread == (("amount", "1O.00"),)
    assert all(PROBLEM_KINDS[code].severity == ERROR for code in ("SIE_AMOUNT", "SIE_AMOUNT_DECIMALS"))


def test_years_are_resolved_to_dates() -> None:
    header = sie_parser.tables(DATA / "valid/types-1-to-4-every-label.se").header
    assert (header.financial_year, header.financial_year_end) == (date(2025, 1, 1), date(2025, 12, 31))
    previous = header.year(-1)
    assert previous is not None
    assert previous.start == date(2024, 1, 1)
    assert sie_parser.tables(DATA / "valid/import-file-4i.se").header.financial_year is None
