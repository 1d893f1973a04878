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
from transforms.findings import carry_over
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings

REGISTERED = ("locked_period_entries", "registered", "2026-01-01/A/2")
FIRST_SEEN = ("locked_period_entries", "first_seen", "2026-01-01/A/2")
RESTATED = ("restatements", "appeared", "2026-01-01/A/2")


@dataclass
class Nights:
    """Runs of the days named, each beside what the one before left."""

    settings: Settings = field(default_factory=lambda: Settings("testbolaget", dt.date(2026, 6, 10)))
    memory: Memory = field(default_factory=Memory)
    outcome: Outcome | None = None
    findings: pl.DataFrame | None = None

    def run(self, as_of: str, books: Any) -> list[tuple[str, str, str]]:
        """Tonight's blocking findings about what is locked, as (check, rule, subject)."""
        today = replace(self.settings, as_of=dt.date.fromisoformat(as_of))
        self.outcome = reconcile(books, today, self.memory)
        self.memory = Memory(**{t.name: self.outcome.tables[t.qualified_name] for t in MEMORY_TABLES})
        life = {
            name: getattr(self.outcome, name) for name in ("not_run", "halves", "not_judged", "resolutions")
        }
        self.findings = carry_over(
            self.findings, self.outcome.findings, as_of=today.as_of, run_id=as_of, **life
        )
        blocking = pl.col("check").is_in(["restatements", "locked_period_entries"])
        return (
            self.outcome.findings.filter(blocking).sort("check").select("check", "rule", "subject_key").rows()
        )

    def explained(self) -> list[str]:
        """What tonight's entries in locked periods say."""
        assert self.outcome is not None
        of_check = pl.col("check") == "locked_period_entries"
        return self.outcome.findings.filter(of_check)["explanation"].to_list()

    def standing(self) -> list[tuple[str, str]]:
        """Rule and subject of the entries in locked periods that were found and not resolved since."""
        assert self.findings is not None
        open_ones = self.findings.filter(pl.col("resolved_at").is_null(), check="locked_period_entries")
        return open_ones.sort("rule").select("rule", "subject_key").rows()

    def locks(self) -> list[tuple[str | None, str, str]]:
        """Each value of the lock, with the days it was observed on first and last."""
        days = pl.col("locked_until", "first_observed", "last_observed").dt.to_string("iso")
        return self.memory.lock_history.sort("position").select(days).rows()


@pytest.fixture
def nights(only_what_is_remembered: None) -> Nights:
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


# Registered while the date was locked, whichever lock did it


@pytest.mark.parametrize("then", ["2026-05-15", "2026-05-31", "2026-08-31"], ids="the lock is {}".format)
def test_a_voucher_registered_between_two_locks_that_cover_its_date(
    nights: Nights, books: Any, then: str
) -> None:
    """10 May is locked on 11 June and on 13 June, so it was on the 12th, wherever the lock moved in between."""
    nights.run("2026-06-10", books("2026-05-15"))
    nights.run("2026-06-11", books("2026-05-15"))
    late = books(then, ("2026-05-10", "2026-06-12"))
    assert nights.run("2026-06-13", late) == [REGISTERED]
    assert nights.explained() == [
        "Voucher A/2 of 2026-05-10 was registered on 2026-06-12, when its date was locked: "
        "a run saw the lock on 2026-06-10."
    ]
    assert nights.run("2026-06-14", late) == [REGISTERED], "and every night after"


def test_a_voucher_only_the_later_lock_covers_is_an_ordinary_late_one(nights: Nights, books: Any) -> None:
    nights.run("2026-06-11", books("2026-05-15"))
    late = ("2026-05-20", "2026-06-12")
    assert nights.run("2026-06-13", books("2026-05-31", late)) == []
    assert nights.run("2026-06-14", books("2026-05-31", late)) == []


@pytest.mark.parametrize("back", ["2026-04-30", None], ids=["moved back", "removed"])
@pytest.mark.parametrize("registered", ["2026-06-11", "2026-06-12", "2026-06-13"])
def test_a_voucher_registered_while_the_lock_was_back_did_not_go_round_it(
    nights: Nights, books: Any, back: str | None, registered: str
) -> None:
    """The lock is back some time from 11 June, after the night's run, to 13 June, before it."""
    nights.run("2026-06-10", books("2026-05-15"))
    nights.run("2026-06-11", books("2026-05-15"))
    nights.run("2026-06-12", books(back))
    late = ("2026-05-10", registered)
    if registered < "2026-06-13":
        assert nights.run("2026-06-12", books(back, late)) == []
    assert nights.run("2026-06-13", books("2026-05-15", late)) == []
    assert nights.run("2026-06-14", books("2026-05-31", late)) == []


def test_a_voucher_registered_under_the_lock_stays_found_when_the_lock_moves_back(
    nights: Nights, books: Any
) -> None:
    nights.run("2026-06-10", books("2026-05-15"))
    late = ("2026-05-10", "2026-06-11")
    assert nights.run("2026-06-12", books("2026-05-15", late)) == [REGISTERED]
    assert nights.run("2026-06-13", books("2026-04-30", late)) == [REGISTERED]


# First seen in a period that was final already


@pytest.mark.parametrize("registered", [None, "2026-05-10", "2026-06-12"])
def test_a_voucher_of_a_month_opened_again_is_restated_and_went_round_no_lock(
    nights: Nights, books: Any, registered: str | None
) -> None:
    nights.run("2026-06-10", books("2026-05-31"))
    nights.run("2026-06-11", books("2026-04-30"))
    late = ("2026-05-10", registered)
    assert nights.run("2026-06-12", books("2026-04-30", late)) == [RESTATED]
    assert nights.run("2026-06-13", books("2026-05-31", late)) == [RESTATED], "the lock is forward again"
    assert nights.run("2026-06-14", books("2026-06-30", late)) == [RESTATED]


def test_a_voucher_that_comes_the_night_the_lock_is_seen_back_went_round_no_lock(
    nights: Nights, books: Any
) -> None:
    nights.run("2026-06-10", books("2026-05-31"))
    assert nights.run("2026-06-11", books(None, ("2026-05-10", "2026-06-11"))) == [RESTATED]


def test_a_month_opened_in_part_is_still_locked_before(nights: Nights, books: Any) -> None:
    nights.run("2026-06-10", books("2026-05-31"))
    nights.run("2026-06-11", books("2026-05-15"))
    assert nights.run("2026-06-12", books("2026-05-15", ("2026-05-10", None))) == [FIRST_SEEN, RESTATED]
    again = Nights(memory=nights.memory)
    assert again.run("2026-06-13", books("2026-05-15", ("2026-05-20", None))) == [RESTATED]


def test_a_month_final_again_after_the_lock_was_back_is_watched_by_registration_dates(
    nights: Nights, books: Any
) -> None:
    """The lock was back for two nights; a voucher registered after it is forward again went round it."""
    nights.run("2026-06-10", books("2026-05-31"))
    nights.run("2026-06-11", books("2026-04-30"))
    nights.run("2026-06-12", books("2026-05-31"))
    assert nights.run("2026-06-14", books("2026-05-31", ("2026-05-10", "2026-06-13"))) == [
        REGISTERED,
        RESTATED,
    ]
    (told,) = nights.explained()
    assert told.endswith("a run saw the lock on 2026-06-12.")


def test_a_lock_that_was_back_before_the_month_was_final_says_nothing_against_it(
    nights: Nights, books: Any
) -> None:
    """In part locked, opened, then final: what counts is the lock since May was seen final."""
    nights.run("2026-06-08", books("2026-05-15"))
    nights.run("2026-06-09", books(None))
    nights.run("2026-06-10", books("2026-05-31"))
    late = books("2026-06-30", ("2026-05-10", None))
    assert nights.run("2026-06-11", late) == [FIRST_SEEN, RESTATED]
    assert nights.run("2026-06-12", late) == [FIRST_SEEN, RESTATED]


def test_a_voucher_of_a_closing_series_that_came_while_the_lock_was_back_is_not_counted(
    nights: Nights, new_books: Callable[[], Any]
) -> None:
    nights.settings = replace(nights.settings, closing_series=("Å",))

    def made(locked: str, closing: bool = False) -> Any:
        given = new_books().year("2026-01-01", "2026-12-31")
        given.voucher("A/1", "2026-05-05", a1930="-100.00", a5010="100.00")
        if closing:
            given.voucher("Å/1", "2026-05-31", a8999="5.00", a2099="-5.00")
        given.locked_until = locked
        return given.books()

    def remarks() -> tuple[str, ...]:
        assert nights.outcome is not None
        return tuple(nights.outcome.remarks.get("locked_period_entries", ()))

    nights.run("2026-06-10", made("2026-05-31"))
    locked = Nights(nights.settings, nights.memory)
    locked.run("2026-06-11", made("2026-05-31", closing=True))
    assert locked.outcome is not None
    assert locked.outcome.remarks["locked_period_entries"] == (
        "1 voucher of closing series came into locked periods",
    )
    nights.run("2026-06-11", made("2026-04-30", closing=True))
    assert remarks() == ()


# What a run found of a lock that stood is not undone by moving the lock


@pytest.mark.parametrize("moved", [None, "2026-04-30"], ids=["removed", "moved back"])
@pytest.mark.parametrize("registered", ["2026-06-11", None], ids=["registered", "first seen"])
def test_what_went_round_the_lock_stands_though_the_lock_is_away_a_night_later(
    nights: Nights, books: Any, moved: str | None, registered: str | None
) -> None:
    """The run of 11 June sees the lock and the voucher, registered the same day. Then the lock is moved, and back."""
    late = ("2026-05-10", registered)
    found = [(REGISTERED if registered else FIRST_SEEN)[1:]]
    nights.run("2026-06-10", books("2026-05-31"))
    nights.run("2026-06-11", books("2026-05-31", late))
    assert nights.standing() == found
    for day, locked in (("2026-06-12", moved), ("2026-06-13", "2026-05-31"), ("2026-06-14", "2026-05-31")):
        nights.run(day, books(locked, late))
        assert nights.standing() == found, day
    nights.run("2026-06-15", books("2026-05-31"))
    assert nights.standing() == []


def test_what_was_found_of_a_year_stands_while_its_vouchers_are_not_held(
    nights: Nights, books: Any, new_books: Callable[[], Any]
) -> None:
    nights.run("2026-06-10", books("2026-05-31"))
    nights.run("2026-06-12", books("2026-05-31", ("2026-05-10", "2026-06-11")))
    unloaded = new_books().year("2026-01-01", "2026-12-31", has_vouchers=False)
    unloaded.locked_until = "2026-05-31"
    nights.run("2026-06-13", unloaded.books())
    assert nights.standing() == [REGISTERED[1:]]
