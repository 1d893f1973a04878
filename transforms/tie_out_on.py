"""The tie-out of any one day, with the bridge up to it: the same terms as the night's, cut at another date.

Causes are told with everything the books know, also of later days: a voucher dated in the month after explains an
invoice of the month before. The tie-outs every night stores do not belong here; those are ``tie_out.py``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from transforms import bridge, causes, money
from transforms.books import Books
from transforms.settings import Settings
from transforms.subledger import Subledger
from transforms.tables import MONEY, TEXT


@dataclass(frozen=True)
class TieOutOn:
    """One subledger at the end of a day, SEK, debit positive.

    ``balances`` has subledger, control_account, subledger_balance, ledger_balance, difference and first_day (the day
    they first parted, up to then; null when they never did), one row per control account; ``terms`` the rows of
    ``recon.bridges`` up to the day, whose differences sum to each account's.
    """

    balances: pl.DataFrame
    terms: pl.DataFrame


def tie_out_on(books: Books, subledger: Subledger, settings: Settings, *, day: dt.date) -> TieOutOn:
    """The two sides at the end of ``day``, from books that hold what happened up to the settings' ``as_of``."""
    terms = bridge.terms(books, subledger, settings.as_of)
    differing = causes.bridges(causes.differing_terms(books, subledger, terms, settings), subledger)
    until = differing.filter(pl.col("date") <= day).sort("control_account", "date", "term")
    sides = (
        terms.filter(pl.col("date") <= day)
        .group_by("control_account")
        .agg(
            subledger_balance=money.total(pl.col("subledger_amount")),
            ledger_balance=money.total(pl.col("ledger_amount")),
        )
    )
    accounts = books.control_accounts.filter(pl.col("subledger") == subledger.name)
    balances = (
        accounts.select("subledger", control_account="account_number")
        .join(sides, on="control_account", how="left")
        .join(_first_days(until), on="control_account", how="left")
        .with_columns(money.or_zero(pl.col("subledger_balance", "ledger_balance")))
        .with_columns(difference=(pl.col("subledger_balance") - pl.col("ledger_balance")).cast(MONEY))
    )
    columns = (
        "subledger",
        "control_account",
        "subledger_balance",
        "ledger_balance",
        "difference",
        "first_day",
    )
    return TieOutOn(balances.select(columns).sort("control_account"), until)


def _first_days(terms: pl.DataFrame) -> pl.DataFrame:
    """Per account the first day whose terms do not cancel."""
    days = terms.group_by("control_account", "date").agg(arisen=money.total(pl.col("difference")))
    return days.filter(pl.col("arisen") != 0).group_by("control_account").agg(first_day=pl.col("date").min())


def why_not_on(books: Books, *, known_until: dt.date, day: dt.date) -> str | None:
    """Why the two cannot be compared at the end of ``day``; None when they can."""
    years = bridge.tied_years(books).sort("financial_year")
    if years.is_empty():
        return "no financial year has vouchers"
    first, last = years["first_day"][0] - dt.timedelta(days=1), min(years["end_date"][-1], known_until)
    if not first <= day <= last:
        return f"the books are compared from {first} to {last}"
    cash = years.filter(
        pl.col("accounting_method") == pl.lit("cash", dtype=TEXT),
        pl.col("financial_year") <= day,
        pl.col("end_date") > day,
    )
    if cash.height:
        return (
            f"the financial year from {cash['financial_year'][0]} is under the cash method, where subledger and ledger"
            f" meet at its end only, {cash['end_date'][0]}"
        )
    return None
