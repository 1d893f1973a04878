"""The lock as one run after another observed it: the day a run saw it on, its history, and when a date was locked.

Everything is a function of tonight's frames and the history handed in. What is said about a lock that moved, or about
a voucher that came while its date was locked, does not belong here.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from transforms.tables import DAY, LOCK_HISTORY, WHOLE


def day_seen(financial_years: pl.DataFrame, history: pl.DataFrame, as_of: dt.date) -> dt.date:
    """The day tonight's books and lock were seen on, as far as the books tell.

    A run as of a past day sees the lock of the day it is made on. The newest SIE file says which that is, and holds
    nothing registered later. Never before a day the lock was observed on already.
    """
    told = (financial_years["generated_date"].max(), history["last_observed"].max())
    return max([as_of, *(day for day in told if isinstance(day, dt.date))])


def observed(history: pl.DataFrame, periods: pl.DataFrame, seen_on: dt.date) -> pl.DataFrame:
    """``recon.lock_history`` after a run that saw the lock ``recon.periods`` carries."""
    seen = periods.group_by("company_id").agg(pl.col("locked_until").first())
    last = history.sort("position").group_by("company_id").last()
    both = seen.join(last.rename({"locked_until": "_before"}), on="company_id", how="left")
    same = pl.col("position").is_not_null() & pl.col("locked_until").eq_missing(pl.col("_before"))
    day = pl.lit(seen_on, dtype=DAY)
    new = both.filter(~same).with_columns(
        position=(pl.col("position").fill_null(0) + 1).cast(WHOLE),
        first_observed=day,
        last_observed=day,
        move=_move(pl.col("_before"), pl.col("locked_until")),
    )
    standing = both.filter(same).select("company_id", "position", _seen=day)
    kept = history.join(standing, on=["company_id", "position"], how="left").with_columns(
        last_observed=pl.max_horizontal("_seen", "last_observed")
    )
    columns = list(LOCK_HISTORY.dtypes)
    return LOCK_HISTORY.select(pl.concat([kept.select(columns), new.select(columns)]))


def _move(before: pl.Expr, now: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("position").is_null())
        .then(pl.lit("first"))
        .when(now.is_null())
        .then(pl.lit("removed"))
        .when(before.is_null() | (now > before))
        .then(pl.lit("forward"))
        .otherwise(pl.lit("back"))
    )


def locked_spells(history: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    """Each time a date was locked without a break, whichever lock did it: observed first ``since`` and last ``until``,
    and whether it still is (``standing``).

    ``dates`` are company_id and date. A date that two locks in a row cover was locked between them as well.
    """
    key = ["company_id", "date"]
    covered = (pl.col("date") <= pl.col("locked_until")).fill_null(False)
    return (
        dates.unique()
        .join(history, on="company_id")
        .sort(*key, "position")
        .with_columns(
            _breaks=(~covered).cum_sum().over(key),
            standing=pl.col("position") == pl.col("position").max().over(key),
        )
        .filter(covered)
        .group_by(*key, "_breaks", maintain_order=True)
        .agg(
            since=pl.col("first_observed").first(),
            until=pl.col("last_observed").last(),
            standing=pl.col("standing").last(),
        )
        .drop("_breaks")
    )
