"""Opening balances of financial years that have a final period, as the first run that saw one had them, and what has
become of them: the part of the memory behind ``restatements`` that no voucher carries.

A year's opening balance is final with the year's first period. It follows the year before: where that one closes with
as much more or less, the change is that of its vouchers and openings and is told there, once. How vouchers are
remembered belongs in ``finality.py``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.finality import PERIOD, Finality, Memory
from transforms.ledger_sums import monthly_movements
from transforms.periods import RESTATED
from transforms.tables import DAY, MONEY, PERIODS

_YEAR: Final = ["company_id", "financial_year"]
_ACCOUNT: Final = [*_YEAR, "account_number"]
_WHOLE_YEAR: Final = pl.col("account_number") == ""


def with_openings(tonight: Finality, books: Books, memory: Memory, seen_on: dt.date) -> Finality:
    """``tonight`` with the opening balances that are not as ``memory`` has them, and those the next run must know."""
    now = _now(books)
    known = memory.final_openings
    compared = known.filter(_WHOLE_YEAR).join(now, on=_YEAR, how="semi").select(_YEAR)
    first_final = _first_final(tonight.remembered.final_periods)
    fresh = now.join(first_final, on=_YEAR, how="semi").join(known, on=_YEAR, how="anti")
    earlier = _first_final(memory.final_periods)
    changed = _changed(known.join(compared, on=_YEAR, how="semi"), now).join(earlier, on=_YEAR)
    return replace(
        tonight,
        periods=_restated(tonight.periods, changed),
        remembered=replace(
            tonight.remembered,
            final_openings=pl.concat([known, fresh.with_columns(first_final=pl.lit(seen_on, dtype=DAY))]),
        ),
        openings=changed,
        openings_new=_years(fresh.join(earlier, on=_YEAR, how="semi")),
        openings_not_stated=_years(known.join(compared, on=_YEAR, how="anti")),
    )


def _first_final(final_periods: pl.DataFrame) -> pl.DataFrame:
    """The first period of each year that was seen final."""
    whole = final_periods.filter(_WHOLE_YEAR)
    return whole.group_by(_YEAR).agg(pl.col("period").min())


def _years(openings: pl.DataFrame) -> tuple[dt.date, ...]:
    return tuple(openings["financial_year"].unique().sort())


def _now(books: Books) -> pl.DataFrame:
    """``recon.final_openings`` of every year whose file is loaded and states balances, without ``first_final``."""
    years = books.financial_years.filter("has_vouchers").select(*_YEAR, "end_date")
    own = books.account_balances.filter(pl.col("witness") == "sie", pl.col("year_number") == 0)
    held = years.join(own, on=_YEAR, how="semi")
    opened = (
        own.filter(pl.col("kind") == "opening_balance")
        .join(held, on=_YEAR, how="semi")
        .select(*_ACCOUNT, opening="amount")
    )
    result = own.filter(pl.col("kind") == "result_balance")
    carried = _carried(opened, held, monthly_movements(books).join(result, on=_ACCOUNT, how="anti"))
    after_another = carried.select(*_YEAR, _nothing=pl.lit(money.ZERO, dtype=MONEY)).unique()
    whole = held.select(*_YEAR, account_number=pl.lit(""), opening=pl.lit(money.ZERO, dtype=MONEY))
    return (
        pl.concat([opened, whole])
        .join(carried, on=_ACCOUNT, how="full", coalesce=True)
        .join(after_another, on=_YEAR, how="left")
        .with_columns(money.or_zero(pl.col("opening")), carried=pl.coalesce("carried", "_nothing"))
        .filter(_WHOLE_YEAR | (pl.col("opening") != money.ZERO) | (pl.col("carried") != money.ZERO))
        .select(*_ACCOUNT, "opening", "carried")
        .sort(_ACCOUNT)
    )


def _carried(opened: pl.DataFrame, held: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """What each account closed the year before with, by its opening balance and vouchers; with a row for the whole
    year, so that a year before that closes with nothing is told from one that is not held."""
    following = held.select(
        "company_id", financial_year=pl.col("end_date").dt.offset_by("1d"), _before="financial_year"
    ).join(held, on=_YEAR, how="semi")
    parts = [
        opened.rename({"opening": "amount"}),
        moved.select(*_ACCOUNT, "amount"),
        held.select(*_YEAR, account_number=pl.lit(""), amount=pl.lit(money.ZERO, dtype=MONEY)),
    ]
    before = pl.concat(parts).rename({"financial_year": "_before"})
    return (
        before.join(following, on=["company_id", "_before"])
        .group_by(_ACCOUNT)
        .agg(carried=money.total(pl.col("amount")))
    )


def _changed(known: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Accounts that open with something else than remembered, by another amount than the year before closes with
    something else: opening before and after, and since when it was final."""
    whole = [
        one.filter(_WHOLE_YEAR).select(*_YEAR, **{name: "carried"})
        for one, name in ((known, "_carried_then"), (now, "_carried_now"))
    ]
    since = known.filter(_WHOLE_YEAR).select(*_YEAR, "first_final")
    both = (
        known.drop("first_final")
        .join(now.join(known, on=_YEAR, how="semi"), on=_ACCOUNT, how="full", coalesce=True, suffix="_now")
        .join(since, on=_YEAR)
        .join(whole[0], on=_YEAR)
        .join(whole[1], on=_YEAR)
        .with_columns(
            expected=money.or_zero(pl.col("opening")),
            actual=money.or_zero(pl.col("opening_now")),
            _then=pl.coalesce("carried", "_carried_then"),
            _now=pl.coalesce("carried_now", "_carried_now"),
        )
        .with_columns(difference=(pl.col("actual") - pl.col("expected")).cast(MONEY))
    )
    follows = (pl.col("_now") - pl.col("_then")) == pl.col("difference")
    changed = both.filter(pl.col("difference") != money.ZERO, ~follows.fill_null(False))
    return changed.select(*_ACCOUNT, "expected", "actual", "difference", "first_final").sort(_ACCOUNT)


def _restated(periods: pl.DataFrame, changed: pl.DataFrame) -> pl.DataFrame:
    """``recon.periods`` where the first final period of a year that opens differently is restated."""
    moved = changed.select(PERIOD).unique().with_columns(_changed=True)
    status = pl.when("_changed").then(pl.lit(RESTATED)).otherwise("status")
    return PERIODS.select(periods.join(moved, on=PERIOD, how="left").with_columns(status=status))
