"""The first day on which a control account and its subledger parted, and every day on which their difference changed.

Days come from the terms of the bridge. Why they differ belongs in ``causes.py``, the balances at month ends in
``tie_out.py``; neither belongs here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.findings import json_list
from transforms.reconciliation import NotJudged, Result, drafts
from transforms.settings import Settings
from transforms.subledger import Subledger
from transforms.tables import DIVERGENCES, MONEY, TEXT
from transforms.tie_out import compared_terms, years_not_compared
from transforms.wording import counted

_ACCOUNT = ["company_id", "control_account"]


def divergence(books: Books, settings: Settings, *, subledger: Subledger) -> Result:
    """A draft per control account that ever parted from its subledger, and the table of the days."""
    days = _days(compared_terms(books, subledger, settings))
    return Result(
        findings=_drafts(days, subledger),
        tables={"recon.divergences": DIVERGENCES.select(_table(days, subledger))},
        not_judged=NotJudged(years_not_compared(books, settings.as_of)),
    )


def _days(terms: pl.DataFrame) -> pl.DataFrame:
    """One row per account and day on which the difference changed, with the difference at its end and its terms.

    A term of a cash-method year counts on the day the year is compared at.
    """
    day = pl.when("_cash").then("as_of").otherwise("date")
    ordered = terms.with_columns(date=day).sort(
        ("date"), pl.col("difference").abs(), "term", descending=[False, True, False]
    )
    return (
        ordered.group_by(*_ACCOUNT, "date", maintain_order=True)
        .agg(
            arisen=money.total(pl.col("difference")),
            terms=pl.len().cast(pl.Int64),
            causes=pl.col("cause").unique().sort(),
            _clauses=pl.col("explanation").head(5),
            evidence=pl.col("evidence").list.explode(),
        )
        .filter(pl.col("arisen") != 0)
        .sort(*_ACCOUNT, "date")
        .with_columns(difference=pl.col("arisen").cum_sum().over(_ACCOUNT).cast(MONEY))
    )


def _table(days: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    explanation = pl.format(
        "The difference changes by {} to {}: {}.",
        money.amount_text(pl.col("arisen")),
        money.amount_text(pl.col("difference")),
        pl.col("_clauses").list.join("; "),
    )
    return days.with_columns(
        subledger=pl.lit(subledger.name, dtype=TEXT),
        causes=json_list(pl.col("causes")),
        explanation=explanation,
    )


def _drafts(days: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """The first day of each account, with how often it changed since and where it stands now."""
    first = days.group_by(_ACCOUNT, maintain_order=True).agg(
        pl.col("date", "arisen", "_clauses", "evidence").first(),
        _later=pl.len().cast(pl.Int64) - 1,
        _now=pl.col("difference").last(),
    )
    explanation = pl.format(
        f"Account {{}} first parted from the {subledger.name} subledger on {{}}, by {{}}: {{}}. "
        "The difference changed on {} and is now {}.",
        "control_account",
        "date",
        money.amount_text(pl.col("arisen")),
        pl.col("_clauses").list.join("; "),
        counted(pl.col("_later"), "later day", "later days"),
        money.amount_text(pl.col("_now")),
    )
    return drafts(
        first.with_columns(
            rule=pl.lit("first_day"),
            subject_kind=pl.lit("control_account"),
            subject_key="control_account",
            account_number="control_account",
            expected=pl.lit(money.ZERO),
            actual="arisen",
            difference="arisen",
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=explanation,
        )
    )
