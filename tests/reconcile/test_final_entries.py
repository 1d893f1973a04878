"""Which vouchers went round the lock: only those that came while every run, before and after, saw their date locked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from transforms.finality import MEMORY_TABLES, Memory
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings

REGISTERED = ("locked_period_entries", "registered", "2026-01-01/A/2")
RESTATED = ("restatements", "appeared", "2026-01-01/A/2")


@dataclass
class Nights:
    """Runs of the days named, each beside what the one before left."""

    settings: Settings = field(default_factory=lambda: Settings("testbolaget", dt.date(2026, 6, 10)))
    memory: Memory = field(default_factory=Memory)
    outcome: Outcome | None = None

    def run(self, as_of: str, books: Any) -> list[tuple[str, str, str]]:
        """Tonight's blocking findings about what is locked, as (check, rule, subject)."""
        today = replace(self.settings, as_of=dt.date.fromisoformat(as_of))
        self.outcome = reconcile(books, today, self.memory)
        self.memory = Memory(**{t.name: self.outcome.tables[t.qualified_name] for t in MEMORY_TABLES})
        blocking = pl.col("check").is_in(["restatements", "locked_period_entries"])
        return (
            self.outcome.findings.filter(blocking).sort("check").select("check", "rule", "subject_key").rows()
        )

    def explained(self) -> list[str]:
        """What tonight's entries in locked periods say."""
        assert self.outcome is not None
        of_check = pl.col("check") == "locked_period_entries"
        return self.outcome.findings.filter(of_check)["explanation"].to_list()

    def locks(self) -> list[tuple[str | None, str, str]]:
        """Each value of the lock, with the days it was observed on first and last."""
        days = pl.col("locked_until", "first_observed", "last_observed").dt.to_string("iso")
        return self.memory.lock_history.sort("position").select(days).rows()


@pytest.fixture
def nights() -> Nights:
    return Nights()


@pytest.fixture
def books(new_books: Callable[[], Any]) -> Callable[..., Any]:
    """A rent of 5 May and, where ``late`` is given, a second voucher: its date and the day it was registered.

    ``written`` is the day the SIE file was written; without it the file does not say.
    """

    def made(
        locked: str | None, late: tuple[str, str | None] | None = None, written: str | None = None
    ) -> Any:
        given = new_books().year("2026-01-01", "2026-12-31", written=written)
        given.voucher("A/1", "2026-05-05", registered="2026-06-02", a1930="-100.00", a5010="100.00")
        if late:
            date, registered = late
            given.voucher("A/2", date, registered=registered, a1930="-70.00", a5010="70.00")
        given.locked_until = locked
        return given.books()

    return made


# The day a lock was seen on


def test_a_run_as_of_a_past_day_sees_the_lock_on_the_day_its_file_was_written(
    nights: Nights, books: Any
) -> None:
    """The vouchers of May are booked and registered in June, then May is locked. Only then Tieout is installed, and
    its first run is made as of 31 January: nobody saw the lock that day."""
    clean = {"locked": "2026-05-31", "late": ("2026-05-10", "2026-06-03")}
    assert nights.run("2026-01-31", books(**clean, written="2026-06-12")) == []
    assert nights.locks() == [("2026-05-31", "2026-06-12", "2026-06-12")]
    assert nights.memory.final_periods["first_final"].unique().to_list() == [dt.date(2026, 6, 12)]
    assert nights.memory.final_vouchers["first_final"].unique().to_list() == [dt.date(2026, 6, 12)]
    assert nights.run("2026-06-13", books(**clean, written="2026-06-13")) == []
    assert nights.locks() == [("2026-05-31", "2026-06-12", "2026-06-13")]


def test_after_a_run_as_of_a_past_day_the_lock_is_watched(nights: Nights, books: Any) -> None:
    nights.run("2026-01-31", books("2026-05-31", written="2026-06-12"))
    late = ("2026-05-10", "2026-06-13")
    assert nights.run("2026-06-14", books("2026-05-31", late, "2026-06-14")) == [REGISTERED, RESTATED]
    assert nights.explained() == [
        "Voucher A/2 of 2026-05-10 was registered on 2026-06-13, when its date was locked: "
        "a run saw the lock on 2026-06-12."
    ]


def test_runs_as_of_the_same_past_day_see_the_lock_on_the_days_they_are_made(
    nights: Nights, books: Any
) -> None:
    """The month is closed with one run after another as of its last day."""
    for made in ("2026-06-12", "2026-06-14"):
        nights.run("2026-05-31", books("2026-05-31", written=made))
    late = ("2026-05-10", "2026-06-15")
    assert nights.run("2026-05-31", books("2026-05-31", late, "2026-06-16")) == [REGISTERED, RESTATED]
    assert nights.locks() == [("2026-05-31", "2026-06-12", "2026-06-16")]


def test_a_run_whose_files_say_less_does_not_go_back_in_time(nights: Nights, books: Any) -> None:
    nights.run("2026-05-31", books("2026-04-30", written="2026-06-12"))
    nights.run("2026-06-01", books("2026-05-31"))
    assert nights.locks() == [
        ("2026-04-30", "2026-06-12", "2026-06-12"),
        ("2026-05-31", "2026-06-12", "2026-06-12"),
    ]


def test_the_same_night_of_a_past_day_twice_changes_nothing(nights: Nights, books: Any) -> None:
    made = books("2026-05-31", written="2026-06-12")
    nights.run("2026-01-31", made)
    memory = nights.memory
    nights.run("2026-01-31", made)
    for table in MEMORY_TABLES:
        assert_frame_equal(getattr(nights.memory, table.name), getattr(memory, table.name))

