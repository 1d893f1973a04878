"""Rules that speak only where a company set something, or where a load lost something: each provoked, each by name."""

from __future__ import annotations

import pickle
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl
import pytest

from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import plant
from fortnox_emulator.founding import found_books
from fortnox_emulator.model import Side
from transforms.settings import Settings

TODAY = date(2026, 9, 30)
SEEDS = range(1, 7)


@cache
def clean_books() -> bytes:
    return pickle.dumps(found_books(ARCHETYPES["broken_year"].profile(), 1, TODAY))


@pytest.fixture
def books() -> Books:
    copied: Books = pickle.loads(clean_books())
    return copied


def settings(**chosen: object) -> Settings:
    return Settings(company_id="acme", as_of=TODAY, **chosen)


@pytest.mark.parametrize("side", Side)
def test_small_differences_a_tolerance_lets_pass_are_found_where_they_add_up(
    books: Books, auditor: Any, side: Side
) -> None:
    """Six payments were booked with a few kronor too much; a month may differ by as much as the worst of them."""
    prefix = {Side.CUSTOMER: "ar", Side.SUPPLIER: "ap"}[side]
    months: dict[str, int] = defaultdict(int)
    for seed in SEEDS:
        movement, _ = plant(books, seed, f"{prefix}_payment_voucher_amount").findings
        months[movement.subject_key] += movement.difference
    account = str(books.profile.control(side))
    most = Decimal(max(map(abs, months.values()))).scaleb(-2)
    outcome = auditor.outcome(books, settings=settings(tolerance={account: most}))
    found = outcome.findings.filter(check=f"{prefix}_tie_out")
    total = Decimal(sum(months.values())).scaleb(-2)
    assert found.select("rule", "subject_key", "difference").rows() == [("accumulated", account, total)]
    assert auditor.unexplained(outcome) == {}


def test_a_lock_that_waits_too_long_is_found_where_a_limit_was_set(books: Books, auditor: Any) -> None:
    """The lock falls a month back: the month it was moved from waits for it, and the one after."""
    plant(books, 1, "lock_moved_back")
    waiting = (books.locked_until + timedelta(days=1)).strftime("%Y-%m")
    limit = settings(lock_within_days=(TODAY - books.locked_until).days - 32)
    found = auditor.outcome(books, settings=limit).findings.filter(check="lock_history")
    assert found.select("rule", "subject_key").rows() == [("late", waiting)]
    assert auditor.outcome(books, settings=settings()).findings.filter(check="lock_history").is_empty()


def test_what_a_load_lost_is_named(books: Books, auditor: Any) -> None:
    """A project less than came, and no SIE file of the first year."""
    load = auditor.load(books)
    first = min(year.first for year in books.years)
    of_later_years = pl.col("financial_year") != first
    lost = {
        **{name: frame.filter(of_later_years) for name, frame in load.raw.items() if name.startswith("sie.")},
        "fortnox.projects": load.raw["fortnox.projects"][1:],
    }
    found = auditor.outcome_of(replace(load, raw=load.raw | lost), settings()).findings
    told = found.filter(check="extraction_completeness").sort("rule").select("rule", "subject_key").rows()
    assert told == [("nothing_read", f"sie/{first}"), ("rows_missing", "projects/all")]


def test_an_invoice_long_overdue_stands_in_the_oldest_bucket_with_its_amount(
    books: Books, auditor: Any
) -> None:
    before = auditor.outcome(books)
    for prefix in ("ar", "ap"):
        plant(books, 1, f"{prefix}_overdue_for_long")
    after = auditor.outcome(books)
    sides = ((Side.CUSTOMER, 1), (Side.SUPPLIER, -1))
    newest = [books.documents[side][str(int(books.next_document(side)) - 1)] for side, _ in sides]
    assert [(TODAY - document.due).days > 90 for document in newest] == [True, True]
    grown = {
        str(books.profile.control(side)): (1, Decimal(sign * document.total).scaleb(-2))
        for (side, sign), document in zip(sides, newest, strict=True)
    }
    assert oldest(after, before) == grown


def oldest(after: Any, before: Any) -> dict[str, tuple[int, Decimal]]:
    """Per control account, by how many items and how much the oldest bucket grew."""
    sums = [
        {
            account: (items, amount)
            for account, items, amount in outcome.tables["recon.ageing"]
            .filter(bucket="over_90")
            .select("control_account", "items", "amount")
            .iter_rows()
        }
        for outcome in (after, before)
    ]
    nothing = (0, Decimal(0))
    return {
        account: tuple(now - was for now, was in zip(counted, sums[1].get(account, nothing), strict=True))
        for account, counted in sums[0].items()
    }
