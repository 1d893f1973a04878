"""How long after its month a voucher was registered.

Whether its month was locked by then does not belong here; that is ``locked_period_entries``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.tables import ENGINE
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of, counted

_MONTH: Final = ["company_id", "financial_year", "month"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per month with vouchers registered too long after its end, beside the company's own base rate."""
    known = (
        books.vouchers.lazy()
        .filter(
            "in_sie",
            pl.col("registration_date").is_not_null(),
            ~pl.col("voucher_series").is_in(list(settings.closing_series)),
        )
        .select(
            "company_id",
            "financial_year",
            "voucher_key",
            "registration_date",
            month=pl.col("voucher_date").dt.truncate("1mo"),
            _after=(pl.col("registration_date") - pl.col("voucher_date").dt.month_end()).dt.total_days(),
        )
    )
    late = pl.col("_after") > settings.registration_days
    months = (
        known.with_columns(_all=pl.len().over("company_id"), _all_late=late.sum().over("company_id"))
        .sort("_after", "voucher_key", descending=[True, False])
        .group_by(_MONTH)
        .agg(
            pl.first("_all", "_all_late", "voucher_key", "registration_date", "_after"),
            vouchers=pl.len(),
            late=late.sum(),
        )
        .filter(pl.col("late") > 0)
        .collect(engine=ENGINE)
    )
    return Result(drafts(_told(months, settings.registration_days)), remarks=_unknown(books))


def _told(months: pl.DataFrame, days: int) -> pl.DataFrame:
    return months.with_columns(
        date="month",
        period=period_name(pl.col("month")),
        rule=pl.lit("late"),
        subject_kind=pl.lit("period"),
        subject_key=pl.format(
            "{}/{}", pl.col("financial_year").dt.to_string("iso"), period_name(pl.col("month"))
        ),
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            "Of {} of {} {} registered more than {} after its end, the last of them {} on {}, {} after it; in all the "
            "books {} of {}.",
            counted(pl.col("vouchers"), "voucher", "vouchers"),
            period_name(pl.col("month")),
            counted(pl.col("late"), "was", "were"),
            pl.lit(count_of(days, "day", "days")),
            voucher_name(),
            "registration_date",
            counted(pl.col("_after"), "day", "days"),
            "_all_late",
            "_all",
        ),
        evidence=pl.concat_list(pl.format("voucher {}", "voucher_key")),
    )


def _unknown(books: Books) -> tuple[str, ...]:
    """Vouchers whose registration date the file does not give."""
    count = books.vouchers.filter(pl.col("in_sie") & pl.col("registration_date").is_null()).height
    vouchers = count_of(count, "voucher", "vouchers")
    return (f"{vouchers} without a registration date not judged",) if count else ()


REGISTRATION_LAG = Reconciliation(
    id="registration_lag",
    question="Were vouchers registered within reasonable time after their month?",
    rationale=(
        "What is registered long after it happened is harder to prove, and a month that keeps changing cannot be "
        "relied on."
    ),
    source="BFL 5 kap. 2 §; BFNAR 2013:2 (tidpunkt för bokföring, 50 dagar); SIE 4C ch. 5.10 (regdatum)",
    grain="month with late vouchers",
    inputs=("ledger.vouchers",),
    rules={
        "late": (
            "No voucher is registered more than `registration_days` (50) days after the last day of its month. The "
            "explanation names the latest voucher and how common it is in all the books. Series in `closing_series` "
            "are not counted."
        )
    },
    tolerance="registration_days and closing_series, per company",
    severity="I",
    blind_spots=(
        "Cash, which is to be booked the next working day: which vouchers are cash is not known. Vouchers moved in "
        "from another program carry the day of the move. Files without registration dates."
    ),
    needs=("vouchers",),
    apply=_reconcile,
    resolution="the vouchers of the month are registered in time, or gone",
)
