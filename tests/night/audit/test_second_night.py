"""What changes between two nights in months that were locked: each is found, by name, and nothing else is."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from fortnox_emulator.activity import simulate_until
from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import OVERNIGHT, combined, plant
from fortnox_emulator.founding import found_books
from fortnox_emulator.witness_nights import overnight_findings
from transforms.finality import Memory

MEMORY = ["restatements", "locked_period_entries", "lock_history"]


@dataclass
class FirstNight:
    """The books of an evening, what the night made of them, and the books of the next evening."""

    before: Books
    memory: Memory
    evening: bytes

    def next_evening(self) -> Books:
        books: Books = pickle.loads(self.evening)
        return books


@pytest.fixture(scope="module")
def first_night(auditor: Any) -> FirstNight:
    books = found_books(ARCHETYPES["broken_year"].profile(), 1, date(2026, 9, 30))
    tables = auditor.outcome(books).tables
    memory = Memory(
        *(tables[f"recon.{name}"] for name in ("final_periods", "final_vouchers", "lock_history"))
    )
    after: Books = pickle.loads(pickle.dumps(books))
    simulate_until(after, books.today + timedelta(days=1))
    return FirstNight(books, memory, pickle.dumps(after))


def remembered(auditor: Any, books: Books, memory: Memory) -> set[tuple[object, ...]]:
    found = auditor.outcome(books, memory).findings.filter(pl.col("check").is_in(MEMORY))
    columns = ("check", "rule", "severity", "subject_kind", "subject_key", "difference")
    return set(found.select(columns).iter_rows())


def test_an_ordinary_second_night_is_silent(first_night: FirstNight, auditor: Any) -> None:
    assert overnight_findings(first_night.before, first_night.next_evening()) == []
    assert remembered(auditor, first_night.next_evening(), first_night.memory) == set()


@pytest.mark.parametrize("name", OVERNIGHT)
def test_each_is_found_by_the_second_night_and_nothing_else(
    first_night: FirstNight, auditor: Any, name: str
) -> None:
    books = first_night.next_evening()
    planted = combined([plant(books, 1, name)])
    assert overnight_findings(first_night.before, books) == planted
    assert remembered(auditor, books, first_night.memory) == auditor.in_kronor(planted)
    assert auditor.findings(books) == set(), "one night alone sees nothing of it"
