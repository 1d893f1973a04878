"""Sums of the ledger's booked rows that several reconciliations start from, each made once a run.

Booked rows only (``kind`` row): struck and added ones are history. SEK, debit positive. What a sum is compared with
does not belong here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.tables import ENGINE


def monthly_movements(books: Books) -> pl.DataFrame:
    """company_id, financial_year, account_number, month, amount: what the vouchers book on each account in each
    calendar month."""

    def make() -> pl.DataFrame:
        month = pl.col("voucher_date").dt.truncate("1mo")
        return (
            _booked(books)
            .group_by("company_id", "financial_year", "account_number", month=month)
            .agg(amount=money.total(pl.col("amount")))
            .collect(engine=ENGINE)
        )

    return books.once(("monthly_movements",), make)


def on_control_accounts(books: Books) -> pl.DataFrame:
    """company_id, financial_year, voucher_key, voucher_date, control_account, amount: what each voucher books on each
    control account, and on each account a document is said to be on."""

    def make() -> pl.DataFrame:
        key = ["company_id", "control_account"]
        controls = books.control_accounts.select("company_id", control_account="account_number")
        accounts = pl.concat([controls, books.subledger_entries.select(key)]).drop_nulls().unique()
        return (
            _booked(books)
            .rename({"account_number": "control_account"})
            .filter(pl.col("control_account").is_in(accounts["control_account"].implode()))
            .join(accounts.lazy(), on=key, how="semi")
            .group_by("company_id", "voucher_key", "control_account")
            .agg(pl.col("financial_year", "voucher_date").first(), amount=money.total(pl.col("amount")))
            .collect(engine=ENGINE)
        )

    return books.once(("on_control_accounts",), make)


def _booked(books: Books) -> pl.LazyFrame:
    return books.voucher_rows.lazy().filter(pl.col("kind") == "row")
