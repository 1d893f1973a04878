"""Staging of the SIE tables: accounts, balances, vouchers and rows of the general ledger, one file per
financial year.

Amounts come signed debit positive already (SIE 4C ch. 5.10). ``occurrence`` tells apart vouchers to which a
file gives the same series and number, in file order. What Fortnox's API adds to a voucher does not belong
here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.intake import Intake, Surface
from transforms.tables import DAY, MONEY, TEXT, WHOLE
from transforms.voucher_keys import voucher_key

_YEAR: Final = {"company_id": ("company_id", TEXT), "financial_year": ("financial_year", DAY)}
_VOUCHER: Final = ("company_id", "financial_year", "voucher_position")

FILES: Final = Surface(
    "sie.files",
    ("company_id", "financial_year"),
    {
        **_YEAR,
        "end_date": ("financial_year_end", DAY),
        "sie_type": ("sie_type", TEXT),
        "generated_date": ("generated_date", DAY),
    },
    required=("end_date",),
)
ACCOUNTS: Final = Surface(
    "sie.accounts",
    ("company_id", "financial_year", "account_number"),
    {
        **_YEAR,
        "account_number": ("account_number", TEXT),
        "name": ("name", TEXT),
        "account_type": ("account_type", TEXT),
        "sru_codes": ("sru_codes", TEXT),
    },
)
BALANCES: Final = Surface(
    "sie.balances",
    ("company_id", "financial_year", "year_number", "kind", "account_number"),
    {
        **_YEAR,
        "year_number": ("year_number", WHOLE),
        "kind": ("kind", TEXT),
        "account_number": ("account_number", TEXT),
        "amount": ("amount", MONEY),
    },
    required=("amount",),
)
PERIOD_BALANCES: Final = Surface(
    "sie.period_balances",
    ("company_id", "financial_year", "kind", "year_number", "account_number", "objects", "period"),
    {
        **_YEAR,
        "kind": ("kind", TEXT),
        "year_number": ("year_number", WHOLE),
        "account_number": ("account_number", TEXT),
        "period": ("period", DAY),
        "objects": ("objects", TEXT),
        "amount": ("amount", MONEY),
    },
    required=("amount",),
    blank=("objects",),
)
VOUCHERS: Final = Surface(
    "sie.vouchers",
    _VOUCHER,
    {
        **_YEAR,
        "voucher_position": ("voucher_position", WHOLE),
        "voucher_series": ("voucher_series", TEXT),
        "voucher_number": ("voucher_number", TEXT),
        "voucher_date": ("voucher_date", DAY),
        "registration_date": ("registration_date", DAY),
        "text": ("text", TEXT),
    },
    required=("voucher_date",),
    blank=("voucher_series", "voucher_number"),
)
VOUCHER_ROWS: Final = Surface(
    "sie.voucher_rows",
    (*_VOUCHER, "row_number"),
    {
        **_YEAR,
        "voucher_position": ("voucher_position", WHOLE),
        "row_number": ("row_number", WHOLE),
        "kind": ("kind", TEXT),
        "account_number": ("account_number", TEXT),
        "amount": ("amount", MONEY),
        "text": ("text", TEXT),
        "objects": ("objects", TEXT),
    },
    required=("kind", "account_number", "amount"),
)


def years(intake: Intake) -> pl.DataFrame:
    """One row per file: company, financial year, end date, the day it was written, and whether files of its type
    carry vouchers (type 4)."""
    return intake.take(FILES).with_columns(
        has_vouchers=pl.col("sie_type").str.starts_with("4").fill_null(False)
    )


def balances(intake: Intake) -> pl.DataFrame:
    """``ledger.account_balances`` as the files state them."""
    return intake.take(BALANCES).with_columns(witness=pl.lit("sie"))


def period_balances(intake: Intake) -> pl.DataFrame:
    """``ledger.period_balances`` as the files state them, budgets and balances of single objects included."""
    return intake.take(PERIOD_BALANCES)


def vouchers(intake: Intake) -> pl.DataFrame:
    """One row per voucher of the files with its identity: series, number, occurrence and key."""
    series_and_number = ["company_id", "financial_year", "voucher_series", "voucher_number"]
    key = voucher_key("financial_year", "voucher_series", "voucher_number")
    return (
        intake.take(VOUCHERS)
        .sort(_VOUCHER)
        .with_columns(occurrence=pl.int_range(1, pl.len() + 1, dtype=WHOLE).over(series_and_number))
        .with_columns(
            voucher_key=pl.when(pl.col("occurrence") == 1)
            .then(key)
            .otherwise(pl.format("{}#{}", key, "occurrence"))
        )
    )


def voucher_rows(intake: Intake, held: pl.DataFrame) -> pl.DataFrame:
    """Rows of the files under the identity of their vouchers; rows whose voucher was refused are refused
    too."""
    identity = held.select(
        *_VOUCHER, "voucher_series", "voucher_number", "occurrence", "voucher_key", "voucher_date"
    )
    placed = intake.take(VOUCHER_ROWS).join(identity, on=_VOUCHER, how="left")
    if not placed["voucher_key"].null_count():
        return placed
    outside = pl.when(pl.col("voucher_position") == 0).then(pl.lit("it stands outside any voucher"))
    orphan = pl.when(pl.col("voucher_key").is_null()).then(
        pl.coalesce(outside, pl.lit("its voucher was refused"))
    )
    return intake.refuse(
        "sie.voucher_rows without voucher", VOUCHER_ROWS.key, placed.with_columns(_reason=orphan)
    )
