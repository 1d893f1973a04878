"""What changes between two nights and only the second can see: each is found, by name, and nothing else is."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fortnox_emulator.activity import simulate_until
from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import OVERNIGHT, combined, plant
from fortnox_emulator.founding import found_books
from fortnox_emulator.witness_nights import overnight_findings
from transforms.finality import MEMORY_TABLES, Memory
from transforms.settings import Settings


@dataclass
class FirstNight:
    """The books of an evening, what the night made of them, and the books of the next evening."""

    before: Books
    memory: Memory
    evening: bytes
    records: Path

    def next_evening(self) -> Books:
        books: Books = pickle.loads(self.evening)
        return books


@pytest.fixture(scope="module")
def first_night(auditor: Any, tmp_path_factory: pytest.TempPathFactory) -> FirstNight:
    books = found_books(ARCHETYPES["broken_year"].profile(), 1, date(2026, 9, 30))
    tables = auditor.outcome(books).tables
    memory = Memory(**{table.name: tables[table.qualified_name] for table in MEMORY_TABLES})
    records = tmp_path_factory.mktemp("records") / "books"
    auditor.history(records).changes_with(auditor.load(books), books.today)
    after: Books = pickle.loads(pickle.dumps(books))
    simulate_until(after, books.today + timedelta(days=1))
    return FirstNight(books, memory, pickle.dumps(after), records)


@pytest.fixture
def found_next_night(first_night: FirstNight, auditor: Any, tmp_path: Path) -> Callable[[Books], set[object]]:
    """Everything the second night finds that blocks or asks for an explanation."""
    shutil.copytree(first_night.records, tmp_path / "books")

    def found(books: Books) -> set[object]:
        load = auditor.load(books)
        changes = auditor.history(tmp_path / "books").changes_with(load, books.today)
        settings = Settings(company_id="acme", as_of=books.today)
        stated: set[object] = auditor.all_stated(
            auditor.outcome_of(load, settings, first_night.memory, changes)
        )
        return stated

    return found


def test_an_ordinary_second_night_is_silent(
    first_night: FirstNight, found_next_night: Callable[[Books], set[object]]
) -> None:
    assert overnight_findings(first_night.before, first_night.next_evening()) == []
    assert found_next_night(first_night.next_evening()) == set()


@pytest.mark.parametrize("name", OVERNIGHT)
def test_each_is_found_by_the_second_night_and_nothing_else(
    first_night: FirstNight, found_next_night: Callable[[Books], set[object]], auditor: Any, name: str
) -> None:
    books = first_night.next_evening()
    planted = combined([plant(books, 1, name)])
    assert overnight_findings(first_night.before, books) == planted
    assert found_next_night(books) == auditor.in_kronor(planted)
    assert auditor.findings(books) == set(), "one night alone sees nothing of it"


def test_what_happens_overnight_at_once_adds_up(
    first_night: FirstNight, found_next_night: Callable[[Books], set[object]], auditor: Any
) -> None:
    books = first_night.next_evening()
    names = [name for name in OVERNIGHT if not name.startswith("lock_")]
    planted = combined([plant(books, 1, name) for name in names])
    assert overnight_findings(first_night.before, books) == planted
    assert found_next_night(books) == auditor.in_kronor(planted)


def test_a_voucher_of_a_month_opened_again_is_restated_and_went_round_no_lock(
    first_night: FirstNight, found_next_night: Callable[[Books], set[object]], auditor: Any
) -> None:
    books = first_night.next_evening()
    plant(books, 1, "locked_voucher_appeared")
    plant(books, 1, "lock_moved_back")
    expected = overnight_findings(first_night.before, books)
    assert sorted((finding.check, finding.rule) for finding in expected) == [
        ("lock_history", "moved_back"),
        ("restatements", "appeared"),
    ]
    assert found_next_night(books) == auditor.in_kronor(expected)
