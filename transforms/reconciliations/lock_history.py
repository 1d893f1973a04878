"""The locked period only moves forward, and in time.

What was done while the books were open again does not belong here; that is ``restatements``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms.books import Books
from transforms.periods import PROVISIONAL, period_name
from transforms.reconciliation import Reconciliation, Result, drafts, together
from transforms.settings import Settings
from transforms.wording import count_of, counted

USUAL_DAYS: Final = 50


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft while the lock stands before where it once was, and one while months wait too long for it."""
    history = books.finality.remembered.lock_history
    days = settings.lock_within_days
    limit = USUAL_DAYS if days is None else days
    waiting = _waiting(books.periods, settings.as_of - dt.timedelta(days=limit))
    return Result(
        together(_moved_back(history), *([] if days is None else [_late(waiting, days)])),
        remarks=_remark(waiting) if days is None else (),
    )


def _moved_back(history: pl.DataFrame) -> pl.DataFrame:
    """One draft per company whose lock is before the furthest it has been."""
    now = pl.col("locked_until").last()
    moved = (
        history.sort("company_id", "position")
        .group_by("company_id", maintain_order=True)
        .agg(
            was=pl.col("locked_until").max(),
            now=now,
            seen=pl.col("last_observed").filter(pl.col("locked_until") == pl.col("locked_until").max()).max(),
            since=pl.col("first_observed").last(),
        )
        .filter(pl.col("was").is_not_null() & (pl.col("now").is_null() | (pl.col("now") < pl.col("was"))))
    )
    removed = pl.col("now").is_null()
    state = pl.when(removed).then(pl.lit("nothing is locked")).otherwise(pl.format("it is {}", "now"))
    return drafts(
        moved.with_columns(
            date="was",
            period=period_name(pl.col("was")),
            rule=pl.when(removed).then(pl.lit("removed")).otherwise(pl.lit("moved_back")),
            subject_kind=pl.lit("locked_period"),
            subject_key=pl.col("was").dt.to_string("iso"),
            explanation=pl.format(
                "The locked period was {} on {}; since the run of {} {}.", "was", "seen", "since", state
            ),
            evidence=pl.concat_list(pl.format("locked period {}", "was")),
        )
    )


def _waiting(periods: pl.DataFrame, before: dt.date) -> pl.DataFrame:
    """Periods that ended before a date and are neither final nor were."""
    return periods.filter((pl.col("end_date") < before) & (pl.col("status") == PROVISIONAL))


def _late(waiting: pl.DataFrame, days: int) -> pl.DataFrame:
    """One draft per company, about the oldest month that waits."""
    oldest = (
        waiting.sort("company_id", "end_date")
        .group_by("company_id", maintain_order=True)
        .agg(pl.first("financial_year", "period", "end_date"), months=pl.len())
    )
    return drafts(
        oldest.with_columns(
            date="period",
            period=period_name(pl.col("period")),
            rule=pl.lit("late"),
            subject_kind=pl.lit("period"),
            subject_key=period_name(pl.col("period")),
            explanation=pl.format(
                "The period that ended on {} is not locked more than {} later; {} in all.",
                "end_date",
                pl.lit(count_of(days, "day", "days")),
                counted(pl.col("months"), "such period", "such periods"),
            ),
            evidence=pl.concat_list(pl.format("period {}", "period")),
        )
    )


def _remark(waiting: pl.DataFrame) -> tuple[str, ...]:
    """How many months wait, where the company has set no limit of its own."""
    if waiting.is_empty():
        return ()
    periods = count_of(waiting.height, "period is", "periods are")
    return (f"{periods} not locked more than {USUAL_DAYS} days after the end",)


LOCK_HISTORY = Reconciliation(
    id="lock_history",
    question="Did the locked period only move forward, and in time?",
    rationale=(
        "Moving the lock back opens reported figures to change. A month that is never locked is never final, whoever "
        "relied on it."
    ),
    source="Fortnox, Inställningar: Låst period; BFNAR 2013:2 (50 dagar, tidpunkt för bokföring); checks.md §3-§4",
    grain="company and lock date it fell back from; oldest month that waits for its lock",
    inputs=("recon.lock_history", "recon.periods"),
    rules={
        "moved_back": "The lock is not before the furthest date any run has seen it at.",
        "removed": "A lock that was once set is still set.",
        "late": (
            "Judged only where `lock_within_days` is set: a month is locked so many days after its end. Where it is "
            "not set a remark counts the months that wait longer than 50 days."
        ),
    },
    tolerance="lock_within_days, per company",
    severity="W",
    blind_spots=(
        "A lock moved back and forth again between two runs: only what changed meanwhile shows, in `restatements`. Who "
        "moved it."
    ),
    needs=("locked_period",),
    apply=_reconcile,
    resolution="the lock reaches the day this is about, or need not yet",
)
