"""Periods seen final are remembered: what changed in them since, what was undone, and where the lock went."""

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

COMPANY = "testbolaget"
NOTHING = None


@dataclass
class Nights:
    """One run after the other, each beside what the one before left."""

    as_of: dt.date = dt.date(2026, 6, 15)
    settings: Settings = field(default_factory=lambda: Settings(COMPANY, dt.date(2026, 6, 15)))
    memory: Memory = field(default_factory=Memory)
    findings: pl.DataFrame | None = None
    outcome: Outcome | None = None

    def run(self, books: Any, days: int = 1) -> list[tuple[str, str, str]]:
        """A night ``days`` after the one before; its open findings as (check, rule, subject)."""
        today = replace(self.settings, as_of=self.as_of)
        self.outcome = reconcile(books, today, self.memory)
        self.findings = carry_over(
            self.findings,
            self.outcome.findings,
            as_of=self.as_of,
            run_id=f"run {self.as_of}",
            not_run=self.outcome.not_run,
            resolutions=self.outcome.resolutions,
        )
        self.memory = Memory(**{t.name: self.outcome.tables[t.qualified_name] for t in MEMORY_TABLES})
        self.as_of += dt.timedelta(days=days)
        watched = pl.col("check").is_in(["restatements", "lock_history", "locked_period_entries"])
        open_ones = self.findings.filter(pl.col("resolved_at").is_null() & watched)
        return open_ones.sort("check", "subject_key").select("check", "rule", "subject_key").rows()

    def explained(self, check: str) -> list[str]:
        assert self.outcome is not None
        return self.outcome.findings.filter(pl.col("check") == check)["explanation"].to_list()

    def statuses(self) -> list[str]:
        """The status of January to April."""
        assert self.outcome is not None
        return self.outcome.tables["recon.periods"].sort("period")["status"].to_list()[:4]


@pytest.fixture
def nights(only_what_is_remembered: None) -> Nights:
    return Nights()


@pytest.fixture
def books(new_books: Callable[[], Any]) -> Callable[..., Any]:
    """Rent of January to March and fees of April, locked until the end of March; arguments say what differs."""

    def made(
        rent: str = "80.00",
        rent_day: str = "2026-02-05",
        locked: str | None = "2026-03-31",
        without: str = "",
        shuffled: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame,
        more: Callable[[Any], Any] = lambda given: given,
    ) -> Any:
        given = new_books().year("2026-01-01", "2026-12-31")
        given.locked_until = locked
        vouchers = {
            "A/1": ("2026-01-05", "80.00"),
            "A/2": (rent_day, rent),
            "A/3": ("2026-03-05", "80.00"),
            "A/4": ("2026-04-05", "12.00"),
        }
        for name, (date, amount) in vouchers.items():
            if name != without:
                given.voucher(name, date, registered=date, a5010=amount, a1930=f"-{amount}")
        return more(given).books(shuffled)

    return made


def test_the_night_that_first_sees_a_period_final_reports_nothing_and_remembers_it(
    nights: Nights, books: Any
) -> None:
    assert nights.run(books()) == []
    assert nights.memory.final_vouchers["voucher_key"].to_list() == [f"2026-01-01/A/{n}" for n in (1, 2, 3)]
    february = nights.memory.final_periods.filter(pl.col("period") == dt.date(2026, 2, 1))
    assert february.select("voucher_series", "account_number", "vouchers", pl.col("amount").cast(pl.String)).rows() == [
        ("", "", 1, "0.00"),
        ("A", "1930", 1, "-80.00"),
        ("A", "5010", 1, "80.00"),
    ]  # fmt: skip


def test_the_same_night_twice_changes_nothing(nights: Nights, books: Any) -> None:
    nights.run(books(), days=0)
    memory, findings = nights.memory, nights.findings
    nights.run(books(), days=0)
    for table in MEMORY_TABLES:
        assert_frame_equal(getattr(nights.memory, table.name), getattr(memory, table.name))
    assert_frame_equal(nights.findings, findings)


def test_a_row_changed_in_a_locked_month_is_one_restatement_until_it_is_undone(
    nights: Nights, books: Any
) -> None:
    nights.run(books())

    assert nights.run(books(rent="90.00")) == [("restatements", "changed", "2026-01-01/A/2")]
    assert nights.explained("restatements") == [
        'Voucher A/2 changed although 2026-02 was final on 2026-06-15: it was 2026-02-05 "": 1930 -80.00, 5010 80.00; '
        'now 2026-02-05 "": 1930 -90.00, 5010 90.00.'
    ]
    assert nights.statuses() == ["final", "restated", "final", "provisional"]
    assert nights.run(books(rent="90.00")) == [("restatements", "changed", "2026-01-01/A/2")], (
        "it stays until undone"
    )

    assert nights.run(books()) == []
    assert nights.statuses() == ["final", "final", "final", "provisional"]
    assert nights.findings is not None
    assert nights.findings.filter(pl.col("check") == "restatements").select(
        "first_seen", "last_seen", "resolved_at", "resolved_by", pl.col("difference").cast(pl.String)
    ).rows() == [
        (
            dt.date(2026, 6, 16),
            dt.date(2026, 6, 17),
            dt.date(2026, 6, 18),
            "it is again as it was when its period was first seen final in the run of 2026-06-18",
            "10.00",
        )
    ]


def test_a_voucher_that_vanished_or_appeared_is_named(nights: Nights, books: Any) -> None:
    nights.run(books())
    assert nights.run(books(without="A/2")) == [("restatements", "vanished", "2026-01-01/A/2")]
    late = books(more=lambda given: given.voucher("A/5", "2026-03-31", a5010="1.00", a1930="-1.00"))
    assert nights.run(late) == [
        ("locked_period_entries", "first_seen", "2026-01-01/A/5"),
        ("restatements", "appeared", "2026-01-01/A/5"),
    ]
    assert nights.explained("restatements") == [
        'Voucher A/5 appeared although 2026-03 was final on 2026-06-15; it is 2026-03-31 "": 1930 -1.00, 5010 1.00.'
    ]


def _struck(given: Any) -> Any:
    return given.voucher("A/5", "2026-03-06", {"a5010": "7.00"}, a5010="1.00", a1930="-1.00")


def _unstruck(given: Any) -> Any:
    return given.voucher("A/5", "2026-03-06", a5010="1.00", a1930="-1.00")


def test_a_struck_row_is_a_change_although_no_sum_moves(nights: Nights, books: Any) -> None:
    nights.run(books(more=_unstruck))
    assert nights.run(books(more=_struck)) == [("restatements", "changed", "2026-01-01/A/5")]
    assert "row texts, objects or struck rows differ" in nights.explained("restatements")[0]


def test_a_voucher_moved_out_of_a_final_month_changed_there(nights: Nights, books: Any) -> None:
    nights.run(books(more=_unstruck))
    moved = books(more=lambda given: given.voucher("A/5", "2026-04-06", a5010="1.00", a1930="-1.00"))
    assert nights.run(moved) == [("restatements", "changed", "2026-01-01/A/5")]


def test_a_voucher_moved_from_one_final_month_to_another_restates_both(nights: Nights, books: Any) -> None:
    nights.run(books())
    assert nights.run(books(rent_day="2026-03-09")) == [("restatements", "changed", "2026-01-01/A/2")]
    assert nights.statuses() == ["final", "restated", "restated", "provisional"]
    assert nights.run(books()) == []
    assert nights.statuses() == ["final", "final", "final", "provisional"]


def test_a_month_locked_with_a_voucher_moved_into_it_is_final_as_it_then_was(
    nights: Nights, books: Any
) -> None:
    nights.run(books())
    restated = [("restatements", "changed", "2026-01-01/A/2")]
    moved = {"rent_day": "2026-04-09", "locked": "2026-04-30"}
    assert nights.run(books(rent_day="2026-04-09")) == restated
    for _ in range(3):
        assert nights.run(books(**moved)) == restated
        assert nights.statuses() == ["final", "restated", "final", "final"]
        (told,) = nights.explained("restatements")
        assert "although 2026-02 was final on 2026-06-15: it was 2026-02-05" in told
        assert "now 2026-04-09" in told
    assert nights.run(books(locked="2026-04-30")) == restated, "now April lacks what it was locked with"
    assert nights.statuses() == ["final", "final", "final", "restated"]
    elsewhere = {"rent_day": "2026-05-09", "locked": "2026-04-30"}
    assert nights.run(books(**elsewhere)) == restated
    assert nights.statuses() == ["final", "restated", "final", "restated"]


@pytest.mark.parametrize(
    ("same", "locked"),
    [(True, "2026-04-30"), (False, "2026-03-31"), (False, "2026-04-29")],
    ids=["the lock moves forward", "an open month changes", "a month locked in part changes"],
)
def test_ordinary_nights_are_silent(nights: Nights, books: Any, same: bool, locked: str) -> None:
    nights.run(books())

    def more(given: Any) -> Any:
        """Another voucher on the last day of April, after every lock tried."""
        return given if same else given.voucher("A/5", "2026-04-30", a5010="1.00", a1930="-1.00")

    assert nights.run(books(locked=locked, more=more)) == []


def test_another_date_within_its_locked_month_is_a_restatement(nights: Nights, books: Any) -> None:
    """No sum of the month moves, and no other check has a word to say about it."""
    nights.run(books())
    assert nights.run(books(rent_day="2026-02-06")) == [("restatements", "changed", "2026-01-01/A/2")]
    (told,) = nights.explained("restatements")
    assert "2026-02-05" in told
    assert "2026-02-06" in told
    assert nights.run(books()) == []


@pytest.mark.parametrize("dated", ["2025-12-30", "2027-01-02"], ids=["before its year", "after its year"])
def test_a_voucher_dated_outside_its_financial_year_is_final_with_the_years_nearest_month(
    nights: Nights, books: Any, dated: str
) -> None:
    astray = pl.when(pl.col("voucher_number") == "3").then(pl.lit(dt.date.fromisoformat(dated)))

    def all_final(rent: str) -> Any:
        more = {"more": lambda given: given.voucher("A/3", "2026-03-05", a5010=rent, a1930=f"-{rent}")}
        made = books(without="A/3", locked="2026-12-31", **more)
        return replace(
            made, vouchers=made.vouchers.with_columns(voucher_date=astray.otherwise("voucher_date"))
        )

    nights.run(all_final("80.00"))
    assert nights.run(all_final("90.00")) == [("restatements", "changed", "2026-01-01/A/3")]
    assert nights.outcome is not None
    status = nights.outcome.tables["recon.periods"].sort("period")["status"].to_list()
    assert status.index("restated") == (0 if dated < "2026" else 11)


def test_order_of_rows_does_not_matter(nights: Nights, books: Any) -> None:
    nights.run(books(more=_struck))
    remembered = nights.memory
    mixed = books(more=_struck, shuffled=lambda frame: frame.sample(fraction=1, shuffle=True, seed=3))
    assert nights.run(mixed, days=0) == []
    assert_frame_equal(nights.memory.final_vouchers, remembered.final_vouchers)
    fresh = Nights()
    fresh.run(mixed)
    assert_frame_equal(fresh.memory.final_periods, remembered.final_periods)


def test_a_final_month_without_vouchers_is_watched_too(nights: Nights, books: Any) -> None:
    nights.run(books(without="A/2"))
    assert ("restatements", "appeared", "2026-01-01/A/2") in nights.run(books())


def test_an_unknown_lock_or_year_is_no_evidence(nights: Nights, books: Any) -> None:
    nights.run(books())
    nights.run(books(rent="90.00"))
    unknown = replace(books(), missing={"locked_period": "the locked period is not known"})
    assert nights.run(unknown) == [("restatements", "changed", "2026-01-01/A/2")]
    assert nights.outcome is not None
    assert nights.outcome.not_run["restatements"] == "the locked period is not known"
    assert nights.memory.final_vouchers.height == 3
    unread = replace(
        books(), financial_years=books().financial_years.with_columns(has_vouchers=pl.lit(False))
    )
    nights.run(unread)
    assert nights.outcome.remarks["restatements"] == (
        "2026-01-01: not compared with what was final, the vouchers of the year were not loaded",
    )
    assert nights.memory.final_vouchers.height == 3


@pytest.mark.parametrize(
    ("locked", "rule", "statuses", "told"),
    [
        ("2026-02-28", "moved_back", ["final", "final", "unlocked"], "it is 2026-02-28"),
        (None, "removed", ["unlocked"] * 3, "nothing is locked"),
        ("2026-04-30", None, ["final"] * 3, None),
    ],
)  # fmt: skip
def test_a_lock_that_moves_back_is_told_until_it_is_restored(
    nights: Nights, books: Any, locked: str | None, rule: str | None, statuses: list[str], told: str | None
) -> None:
    nights.run(books())
    expected = [("lock_history", rule, "2026-03-31")] if rule else []
    assert nights.run(books(locked=locked)) == expected
    assert nights.statuses()[:3] == statuses
    if told:
        assert nights.explained("lock_history") == [
            f"The locked period was 2026-03-31 on 2026-06-15; since the run of 2026-06-16 {told}."
        ]
        assert nights.run(books(locked="2026-03-31")) == []
        moves = ["first", "removed" if locked is None else "back", "forward"]
        assert nights.memory.lock_history["move"].to_list() == moves
        assert nights.memory.lock_history["first_observed"].to_list() == [
            dt.date(2026, 6, d) for d in (15, 16, 17)
        ]


def test_what_changes_while_the_books_are_open_again_is_still_a_restatement(
    nights: Nights, books: Any
) -> None:
    nights.run(books())
    assert nights.run(books(rent="90.00", locked=None)) == [
        ("lock_history", "removed", "2026-03-31"),
        ("restatements", "changed", "2026-01-01/A/2"),
    ]
    assert nights.statuses()[:3] == ["unlocked", "restated", "unlocked"]


@pytest.mark.parametrize(
    ("days", "as_of", "expected"),
    [
        (None, "2026-12-31", []),
        (50, "2026-06-19", []),
        (50, "2026-06-20", [("lock_history", "late", "2026-04")]),
        (50, "2026-08-01", [("lock_history", "late", "2026-04")]),
    ],
)
def test_a_month_waits_no_longer_than_promised(
    nights: Nights, books: Any, days: int | None, as_of: str, expected: list[Any]
) -> None:
    """April ended on the 30th; day 50 after it is 19 June."""
    nights.settings = replace(nights.settings, lock_within_days=days)
    nights.as_of = dt.date.fromisoformat(as_of)
    assert nights.run(books()) == expected


def test_without_a_promise_the_months_that_wait_are_counted(nights: Nights, books: Any) -> None:
    nights.as_of = dt.date(2026, 8, 1)
    nights.run(books())
    assert nights.outcome is not None
    assert nights.outcome.remarks["lock_history"] == (
        "2 periods are not locked more than 50 days after the end",
    )


@pytest.mark.parametrize(
    ("registered", "rule"),
    [
        ("2026-06-15", "first_seen"),
        ("2026-06-16", "registered"),
    ],
    ids=["the day the lock was first observed", "the day after"],
)
def test_a_voucher_registered_in_a_locked_period(
    nights: Nights, books: Any, registered: str, rule: str
) -> None:
    nights.run(books())
    late = books(
        more=lambda given: given.voucher(
            "A/5", "2026-03-31", registered=registered, a5010="1.00", a1930="-1.00"
        )
    )
    assert ("locked_period_entries", rule, "2026-01-01/A/5") in nights.run(late)


def test_late_registration_before_anybody_saw_the_lock_is_not_judged(nights: Nights, books: Any) -> None:
    late = books(
        more=lambda given: given.voucher(
            "A/5", "2026-03-31", registered="2026-05-20", a5010="1.00", a1930="-1.00"
        )
    )
    assert nights.run(late) == []


def test_closing_series_may_be_booked_late_but_not_changed(nights: Nights, books: Any) -> None:
    nights.settings = replace(nights.settings, closing_series=("Å",))
    nights.run(books())

    def closing(amount: str) -> Any:
        return books(more=lambda given: given.voucher("Å/1", "2026-03-31", a8999=amount, a2099=f"-{amount}"))

    assert nights.run(closing("5.00")) == []
    assert nights.outcome is not None
    assert nights.outcome.remarks["restatements"] == ("1 new voucher of closing series in final periods",)
    assert nights.run(closing("6.00")) == [("restatements", "changed", "2026-01-01/Å/1")]
