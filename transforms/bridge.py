"""The terms of a tie-out: every change of a control account beside the documents that name its voucher.

Each voucher that touches a control account, each entry of the subledger and the opening balance stand in
exactly one term, so the differences of the terms sum to the difference of the tie-out to the öre, whatever
period one takes. Why a term differs does not belong here, that is ``causes.py``; nor does comparing balances
at a date, that is ``tie_out.py``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import on_control_accounts
from transforms.periods import day_in_year
from transforms.subledger import Subledger
from transforms.tables import DAY, ENGINE, MONEY, TEXT

PAIRED: Final = "paired"
VOUCHER_ONLY: Final = "voucher_without_document"
DOCUMENT_ONLY: Final = "document_without_voucher"
OPENING: Final = "opening_balance"

_YEAR: Final = ["company_id", "financial_year"]
_PAIR: Final = ["company_id", "control_account", "voucher_key"]
_DOCUMENTS: Final = [*_PAIR, "_dated", "_alone"]


def tied_years(books: Books) -> pl.DataFrame:
    """The latest unbroken run of financial years with vouchers, per company, with ``first_day`` of the run.

    Before a gap the ledger cannot be carried forward, so earlier years are left out.
    """
    later_start = pl.col("financial_year").shift(-1).over("company_id")
    breaks = (later_start != pl.col("end_date").dt.offset_by("1d")).fill_null(False)
    return (
        books.financial_years.filter("has_vouchers")
        .sort("company_id", "financial_year")
        .with_columns(_breaks_after=breaks.cast(pl.Int64).reverse().cum_sum().reverse().over("company_id"))
        .filter(pl.col("_breaks_after") == 0)
        .with_columns(first_day=pl.col("financial_year").min().over("company_id"))
        .drop("_breaks_after")
    )


def terms(books: Books, subledger: Subledger, as_of: dt.date) -> pl.DataFrame:
    """One row per term dated on or before ``as_of`` within the tied years, differing or not.

    Columns: company_id, control_account, date, kind, voucher_key, ledger_amount, subledger_amount, difference
    (subledger - ledger, SEK, debit positive), and what finds its documents (``_dated``, ``_alone``). What was open
    before the tied years is one term per account, dated the day before. A voucher dated outside its financial year
    counts on the year's nearest day (``periods.day_in_year``), and so do the entries of the documents that name it.
    """
    years = tied_years(books)
    span = years.group_by("company_id").agg(pl.col("first_day").min(), last_day=pl.col("end_date").max())
    before = pl.col("_dated") < pl.col("first_day")
    within = pl.col("_dated") <= pl.min_horizontal("last_day", pl.lit(as_of, dtype=DAY))
    dated = (
        _entries(books, subledger)
        .group_by(_DOCUMENTS)
        .agg(subledger_amount=money.total(pl.col("amount")))
        .join(span.lazy(), on="company_id")
        .filter(before | within)
        .collect(engine=ENGINE)
    )
    ledger = _ledger_side(books, subledger, years).filter(pl.col("date") <= as_of)
    pairs = _pairs(ledger, dated.lazy().filter(~before))
    opening = _opening(books, subledger, years, dated.filter(before))
    return (
        pl.concat([opening.lazy(), pairs])
        .with_columns(difference=(pl.col("subledger_amount") - pl.col("ledger_amount")).cast(MONEY))
        .collect(engine=ENGINE)
    )


def with_documents(terms_: pl.DataFrame, books: Books, subledger: Subledger) -> pl.DataFrame:
    """Some terms with what stands behind their subledger amount: documents (list of keys, sorted), written_off,
    at_own_rate (what the ledger would hold had each payment been booked at its own rate), foreign; and ``term``, what
    each is about."""
    paid = (
        subledger.payments_of(books)
        .lazy()
        .select(
            "company_id",
            "payment_number",
            _paid=pl.col("amount") * -subledger.sign,
            _foreign=pl.col("currency") != money.LEDGER_CURRENCY,
        )
    )
    own_rate = pl.when(pl.col("kind") == "payment").then("_paid").otherwise("amount")
    behind = (
        _entries(books, subledger)
        .join(terms_.lazy(), on=_DOCUMENTS, how="semi", nulls_equal=True)
        .join(paid, on=("company_id", "payment_number"), how="left")
        .with_columns(_label=_label())
        .group_by(_DOCUMENTS)
        .agg(
            documents=pl.col("_label").sort(),
            written_off=money.total(pl.col("amount").filter(pl.col("kind") == "write_off")),
            at_own_rate=money.total(own_rate),
            foreign=pl.col("_foreign").fill_null(False).any(),
        )
        .collect(engine=ENGINE)
    )
    first, voucher = pl.col("documents").list.first(), pl.format("voucher {}", "voucher_key")
    return (
        terms_.join(behind, on=_DOCUMENTS, how="left", nulls_equal=True)
        .with_columns(
            pl.col("documents").fill_null([]),
            written_off=money.or_zero(pl.col("written_off")),
            at_own_rate=pl.coalesce("at_own_rate", "subledger_amount"),
            foreign=pl.col("foreign").fill_null(False),
        )
        .with_columns(
            term=pl.when(pl.col("kind") == OPENING)
            .then(pl.lit("opening"))
            .otherwise(pl.when(pl.col("kind") == DOCUMENT_ONLY).then(first).otherwise(voucher))
        )
        .drop("_dated", "_alone")
    )


def _control_accounts(books: Books, subledger: Subledger) -> pl.DataFrame:
    return books.control_accounts.filter(pl.col("subledger") == subledger.name).select(
        "company_id", control_account="account_number"
    )


def _ledger_side(books: Books, subledger: Subledger, years: pl.DataFrame) -> pl.LazyFrame:
    """Booked amounts on the control accounts per voucher."""
    return (
        on_control_accounts(books)
        .lazy()
        .join(_control_accounts(books, subledger).lazy(), on=("company_id", "control_account"), how="semi")
        .join(years.lazy().select(*_YEAR, "end_date"), on=_YEAR)
        .select(*_PAIR, date=day_in_year(), ledger_amount="amount")
    )


def _entries(books: Books, subledger: Subledger) -> pl.LazyFrame:
    """Entries on control accounts with the term they stand in: that of the voucher they name, or one of their own
    (``_alone``), on the day they count (``_dated``)."""
    return (
        books.subledger_entries.lazy()
        .filter(pl.col("subledger") == subledger.name, pl.col("control_account").is_not_null())
        .with_columns(
            _dated="posting_date",
            _alone=pl.when(pl.col("voucher_key").is_null()).then(_label()),
        )
    )


def _label() -> pl.Expr:
    """An entry in words: ``customer write-off 17/1``."""
    return pl.format("{} {} {}", "subledger", pl.col("kind").str.replace("_", "-", literal=True), "entry_key")


def _pairs(ledger: pl.LazyFrame, documents: pl.LazyFrame) -> pl.LazyFrame:
    """Vouchers and the documents that name them, side by side; either may stand without the other."""
    joined = ledger.join(documents, on=_PAIR, how="full", coalesce=True)
    kind = (
        pl.when(pl.col("subledger_amount").is_null())
        .then(pl.lit(VOUCHER_ONLY))
        .when(pl.col("ledger_amount").is_null())
        .then(pl.lit(DOCUMENT_ONLY))
        .otherwise(pl.lit(PAIRED))
    )
    return joined.select(
        "company_id",
        "control_account",
        date=pl.coalesce("date", "_dated"),
        kind=kind,
        voucher_key="voucher_key",
        ledger_amount=money.or_zero(pl.col("ledger_amount")),
        subledger_amount=money.or_zero(pl.col("subledger_amount")),
        _dated="_dated",
        _alone="_alone",
    )


def _opening(books: Books, subledger: Subledger, years: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What was open before the first tied year, beside the balance the ledger brought into it."""
    key = ["company_id", "control_account"]
    first = years.filter(pl.col("financial_year") == pl.col("first_day"))
    brought = (
        books.account_balances.filter(
            pl.col("witness") == "sie", pl.col("kind") == "opening_balance", pl.col("year_number") == 0
        )
        .join(first, on=("company_id", "financial_year"), how="semi")
        .select("company_id", control_account="account_number", ledger_amount="amount")
    )
    open_before = before.group_by(key).agg(subledger_amount=money.total(pl.col("subledger_amount")))
    return (
        _control_accounts(books, subledger)
        .join(first.select("company_id", date=pl.col("first_day").dt.offset_by("-1d")), on="company_id")
        .join(brought, on=key, how="left")
        .join(open_before, on=key, how="left")
        .select(
            *key,
            "date",
            kind=pl.lit(OPENING),
            voucher_key=pl.lit(None, dtype=TEXT),
            ledger_amount=money.or_zero(pl.col("ledger_amount")),
            subledger_amount=money.or_zero(pl.col("subledger_amount")),
            _dated=pl.lit(None, dtype=DAY),
            _alone=pl.lit(None, dtype=TEXT),
        )
    )
