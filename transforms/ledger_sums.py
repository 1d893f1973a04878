"""Sums of the ledger's booked rows that several reconciliations start from, each made once a run.

Booked rows only (``kind`` row): struck and added ones are history. SEK, debit positive. What a sum is compared with
does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.tables import ENGINE


def of_each_year(rows: pl.LazyFrame, made: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """What ``made`` makes of the rows of one financial year after another.

    For whatever keeps a voucher's rows together: no voucher has rows in two years, and the keys of all years' rows at
    once, as grouping and joining need them, would be the run's peak of memory.
    """
    year = pl.col("financial_year")
    years = rows.select(year.unique()).collect(engine=ENGINE).to_series().sort()
    which = [year.is_null() if one is None else year == one for one in years] or [pl.lit(True)]
    parts = [made(rows.filter(of_year)) for of_year in which]
    return pl.concat([part.collect(engine=ENGINE) for part in parts])


def of_booked_rows(books: Books, made: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """What ``made`` makes of the booked rows of ``ledger.voucher_rows``, one financial year after another."""
    return of_each_year(books.voucher_rows.lazy(), lambda rows: made(rows.filter(pl.col("kind") == "row")))


def monthly_movements(books: Books) -> pl.DataFrame:
    """company_id, financial_year, account_number, month, amount: what the vouchers book on each account in each
    calendar month."""
    return books.once(("monthly_movements",), lambda: _monthly_movements(books))


def _monthly_movements(books: Books) -> pl.DataFrame:
    key = ["company_id", "financial_year", "account_number"]
    month = pl.col("voucher_date").dt.truncate("1mo")
    return of_booked_rows(
        books, lambda booked: booked.group_by(*key, month=month).agg(amount=money.total(pl.col("amount")))
    )


def on_control_accounts(books: Books) -> pl.DataFrame:
    """company_id, voucher_key, control_account, financial_year, voucher_date, amount: what each voucher books on each
    control account, and on each account a document is said to be on."""
    return books.once(("on_control_accounts",), lambda: _on_control_accounts(books))


def _on_control_accounts(books: Books) -> pl.DataFrame:
    key = ["company_id", "control_account"]
    controls = books.control_accounts.select("company_id", control_account="account_number")
    accounts = pl.concat([controls, books.subledger_entries.select(key)]).drop_nulls().unique()
    return of_booked_rows(
        books,
        lambda booked: (
            booked.rename({"account_number": "control_account"})
            .filter(pl.col("control_account").is_in(accounts["control_account"].implode()))
            .join(accounts.lazy(), on=key, how="semi")
            .group_by("company_id", "voucher_key", "control_account")
            .agg(pl.col("financial_year", "voucher_date").first(), amount=money.total(pl.col("amount")))
        ),
    )
