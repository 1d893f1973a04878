"""Calendar months of financial years, and whether the books of a date are final or provisional.

A period is a calendar month within a financial year; broken and extended years simply have other months.
*Final* means dated on or before the locked period's end date, so the company itself can no longer change it.
What changed in a final period since an earlier run is found in ``finality.py``, not here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.tables import ENGINE, PERIODS

FINAL: Final = "final"
PARTIALLY_LOCKED: Final = "partially_locked"
PROVISIONAL: Final = "provisional"
RESTATED: Final = "restated"
UNLOCKED: Final = "unlocked"


def periods(financial_years: pl.DataFrame, locks: pl.DataFrame) -> pl.DataFrame:
    """``recon.periods``: every month of every financial year, stamped by the company's locked period.

    ``locks`` holds company_id and locked_until, at most one row per company; no row or a null date means
    that nothing is locked.
    """
    first = pl.max_horizontal("period", "financial_year")
    last = pl.min_horizontal(pl.col("period").dt.month_end(), "year_end")
    months = (
        financial_years.select("company_id", "financial_year", year_end="end_date")
        .with_columns(
            period=pl.date_ranges(pl.col("financial_year").dt.truncate("1mo"), "year_end", interval="1mo")
        )
        .explode("period")
        .select("company_id", "financial_year", first.alias("period"), last.alias("end_date"))
        .join(locks, on="company_id", how="left")
    )
    return PERIODS.select(months.with_columns(status=_status_of_period()))


def _status_of_period() -> pl.Expr:
    locked = pl.col("locked_until")
    return (
        pl.when(pl.col("end_date") <= locked)
        .then(pl.lit(FINAL))
        .when(pl.col("period") <= locked)
        .then(pl.lit(PARTIALLY_LOCKED))
        .otherwise(pl.lit(PROVISIONAL))
    )


def status_of_date(date: pl.Expr, locked_until: pl.Expr) -> pl.Expr:
    """final or provisional for one dated row; null lock dates lock nothing."""
    return pl.when(date <= locked_until).then(pl.lit(FINAL)).otherwise(pl.lit(PROVISIONAL))


def day_in_year() -> pl.Expr:
    """The day a voucher counts on, of ``voucher_date`` and its year's ``financial_year`` and ``end_date``: its date, or
    the nearest day of the year where it is dated outside; the year's balances hold it, whatever its date says."""
    return pl.max_horizontal(pl.min_horizontal("voucher_date", "end_date"), "financial_year")


def astray(vouchers: pl.DataFrame, financial_years: pl.DataFrame) -> pl.DataFrame:
    """company_id, voucher_key, counts_on: the vouchers dated outside their financial year and the day they count on."""
    year = ["company_id", "financial_year"]
    return (
        vouchers.lazy()
        .join(financial_years.lazy().select(*year, "end_date"), on=year)
        .filter(day_in_year() != pl.col("voucher_date"))
        .select("company_id", "voucher_key", counts_on=day_in_year())
        .collect(engine=ENGINE)
    )


def period_name(date: pl.Expr) -> pl.Expr:
    """The month of a date as findings and keys write it: ``2026-03``."""
    return date.dt.strftime("%Y-%m")


def name_of_period(first_day: pl.Expr) -> pl.Expr:
    """``2026-03`` for a period by its first day; ``2026-03-16`` where its year begins within the month, so that two
    years that meet there keep apart."""
    whole = first_day.dt.day() == 1
    return pl.when(whole).then(period_name(first_day)).otherwise(first_day.dt.to_string("iso"))


def stamp(frame: pl.DataFrame, table: pl.DataFrame, date: str = "as_of") -> pl.DataFrame:
    """``frame`` with ``financial_year`` and ``period_status`` of the period its ``date`` falls in; null
    outside all.

    ``table`` is ``recon.periods``. Neither column may be there already; row order is kept.
    """
    ranges = table.select(
        "company_id", "financial_year", _first="period", _last="end_date", period_status="status"
    ).sort("_first")
    outside = pl.col(date) > pl.col("_last")
    return (
        frame.with_row_index("_order")
        .sort(date, nulls_last=True)
        .join_asof(ranges, left_on=date, right_on="_first", by="company_id", check_sortedness=False)
        .with_columns(pl.when(~outside).then(pl.col("financial_year", "period_status")))
        .sort("_order")
        .drop("_order", "_first", "_last", strict=False)
    )
