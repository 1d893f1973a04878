"""Months of calendar, broken and extended financial years, and what the lock makes of them."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from transforms.periods import periods, stamp


def _periods(start: str, end: str, locked: str | None = None) -> pl.DataFrame:
    years = pl.DataFrame(
        {
            "company_id": [("c")],
            "financial_year": [dt.date.fromisoformat(start)],
            "end_date": [dt.date.fromisoformat(end)],
        }
    )
    lock = dt.date.fromisoformat(locked) if locked else None
    return periods(
        years,
        pl.DataFrame(
            {"company_id": [("c")], "locked_until": [lock]}, schema_overrides={"locked_until": pl.Date}
        ),
    )


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (("2026-01-01"), ("2026-12-31"), 12),
        ("2025-05-01", "2026-04-30", 12),
        ("2025-07-01", "2026-12-31", 18),
        ("2026-02-01", "2026-02-28", 1),
    ],
)
def test_every_month_of_a_year_once(start: str, end: str, months: int) -> None:
    made = _periods(start, end)
    assert made.height == months
    assert (str(made["period"][0]), str(made["end_date"][-1])) == (start, end)
    assert (made["period"][1:] == made["end_date"][:-1].dt.offset_by("1d")).all()


def test_year_that_starts_within_a_month_starts_its_first_period_there() -> None:
    made = _periods("2011-07-13", "2011-08-31")
    assert made.select("period", "end_date").rows() == [
        (dt.date(2011, 7, 13), dt.date(2011, 7, 31)),
        (dt.date(2011, 8, 1), dt.date(2011, 8, 31)),
    ]


@pytest.mark.parametrize(
    ("locked", "expected"),
    [
        (None, ["provisional"] * 3),
        ("2025-12-31", ["provisional"] * 3),
        ("2026-01-31", ["final", "provisional", "provisional"]),
        ("2026-02-27", ["final", "partially_locked", "provisional"]),
        ("2026-02-28", ["final", "final", "provisional"]),
        ("2027-01-01", ["final"] * 3),
    ],
)
def test_status_by_the_lock(locked: str | None, expected: list[str]) -> None:
    assert _periods("2026-01-01", "2026-03-31", locked)["status"].to_list() == expected


def test_a_company_without_lock_row_has_nothing_locked() -> None:
    years = pl.DataFrame(
        {"company_id": [("c")], "financial_year": [dt.date(2026, 1, 1)], "end_date": [dt.date(2026, 1, 31)]}
    )
    made = periods(years, pl.DataFrame(schema={"company_id": pl.String, "locked_until": pl.Date}))
    assert made["status"].to_list() == ["provisional"]


def test_stamp_places_dates_in_their_period_and_leaves_others_unstamped() -> None:
    table = _periods("2026-01-01", "2026-03-31", "2026-01-31")
    dates = [dt.date(2026, 4, 1), dt.date(2026, 1, 31), None, dt.date(2025, 12, 31), dt.date(2026, 3, 31)]
    stamped = stamp(pl.DataFrame({"company_id": ["c"] * 5, "as_of": dates}), table)
    assert stamped["as_of"].to_list() == dates
    assert stamped["period_status"].to_list() == [None, "final", None, None, "provisional"]
    assert stamped["financial_year"].to_list() == [None, dt.date(2026, 1, 1), None, None, dt.date(2026, 1, 1)]
