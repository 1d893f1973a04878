"""The two witnesses of the ledger side by side: Fortnox's voucher list and accounts, and the SIE file of the year.

Whether either of them is right does not belong here; that is for the checks of the ledger.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, drafts, together
from transforms.settings import Settings
from transforms.tables import ENGINE
from transforms.voucher_keys import voucher_name
from transforms.wording import ASKED_ABOUT

NAMED: Final = 5
_LIST: Final = "the voucher list"
_FILE: Final = "the SIE file"
_NEITHER: Final = "neither"
_YEAR: Final = ["company_id", "financial_year"]
_NUMBER: Final = [*_YEAR, "voucher_series", "voucher_number"]
_MONTH: Final = [*_YEAR, "voucher_series", "month"]
#: A SIE file is written in code page 437 (SIE 4C ch. 5.1), so that no other character of a text can come back.
_PAGE_437: Final = "[" + re.escape(bytes(range(32, 256)).decode("cp437")) + "]*"


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per series and month in which the two differ, and one per account they open differently."""
    years = books.financial_years.filter("has_vouchers", pl.col("financial_year_id").is_not_null()).select(
        _YEAR
    )
    of_years = books.vouchers.lazy().join(years.lazy(), on=_YEAR, how="semi")
    nameless = (pl.col("voucher_number") == "") | (pl.col("occurrence") > 1)
    vouchers = of_years.filter(~nameless).select(
        *_NUMBER, "voucher_key", "voucher_date", "text", "listed_date", "listed_text", "in_sie",
        "in_api", "detail_found", "detail_date", "detail_text", "detail_debit",
        month=pl.col("voucher_date").dt.truncate("1mo"), name=voucher_name(),
    )  # fmt: skip
    comparable = pl.col("listed_text").fill_null("").str.contains(f"^{_PAGE_437}$")
    other_date = pl.col("listed_date") != pl.col("voucher_date")
    other_text = pl.col("listed_text").ne_missing(pl.col("text"))
    both = vouchers.filter("in_sie", "in_api")
    return Result(
        together(
            _not_held(vouchers, "in_sie", "missing_in_sie", (_LIST, _FILE)),
            _not_held(vouchers, "in_api", "missing_in_list", (_FILE, _LIST)),
            _differing_dates(both.filter(other_date).collect(engine=ENGINE)),
            _differing_texts(both.filter(other_text).filter(comparable).collect(engine=ENGINE)),
            _differing_rows(books, vouchers, of_years.filter(nameless)),
            _opening_balances(books, years),
        ),
        remarks=tuple(
            _not_compared(_how_many(of_years.filter(nameless)), _how_many(both.filter(~comparable)))
        ),
    )


def _how_many(rows: pl.LazyFrame) -> int:
    count: int = rows.select(pl.len()).collect(engine=ENGINE).item()
    return count


def _not_held(vouchers: pl.LazyFrame, held: str, rule: str, words: tuple[str, str]) -> pl.DataFrame:
    """Vouchers one witness has and the other does not, with how many of the month each holds."""
    there, here = words
    other = {"in_sie": "in_api", "in_api": "in_sie"}[held]
    counts = vouchers.group_by(_MONTH).agg(expected_count=pl.col(other).sum(), found_count=pl.col(held).sum())
    right = pl.when("detail_found").then(pl.lit(there)).otherwise(pl.lit(here))
    lacking = vouchers.filter(~pl.col(held)).collect(engine=ENGINE)
    missing = _named(lacking, "name", right).join(counts.collect(engine=ENGINE), on=_MONTH)
    clause = pl.format(
        f"expected {{}} as in {there}, found {{}} in {here}; not there: {{}}",
        "expected_count", "found_count", "names",
    )  # fmt: skip
    return _told(missing, rule, clause)


def _differing_dates(off: pl.DataFrame) -> pl.DataFrame:
    off = off.with_columns(said=pl.format("{} ({} there, {} here)", "name", "listed_date", "voucher_date"))
    clause = pl.format(
        "expected the dates of the voucher list, found others in the SIE file ({}): {}", "count", "names"
    )
    right = _as_said(pl.col("detail_date"), pl.col("listed_date"), pl.col("voucher_date"))
    return _told(_named(off, "said", right), "date_differs", clause)


def _differing_texts(off: pl.DataFrame) -> pl.DataFrame:
    off = off.filter(_plain("listed_text") != _plain("text")).with_columns(
        said=pl.format("{} ({} there, {} here)", "name", _quoted("listed_text"), _quoted("text"))
    )
    clause = pl.format(
        "expected the texts of the voucher list, found others in the SIE file ({}): {}", "count", "names"
    )
    right = _as_said(_plain("detail_text"), _plain("listed_text"), _plain("text"))
    return _told(_named(off, "said", right), "text_differs", clause)


def _differing_rows(books: Books, vouchers: pl.LazyFrame, nameless: pl.LazyFrame) -> pl.DataFrame:
    """Vouchers that were asked about by themselves and book another amount on an account than in the file.

    How an amount is divided on rows of one account is not compared: whether the file keeps Fortnox's rows apart is not
    recorded. A voucher whose answer has no rows says nothing of them.
    """
    asked = vouchers.filter("in_sie", "detail_found").join(nameless, on=_NUMBER, how="anti")
    there = _by_account(books.voucher_detail_rows, asked)
    if there.is_empty():
        return drafts(there)
    here = _by_account(books.voucher_rows, there.lazy())
    off = (
        there.join(here, on=["voucher_key", "account_number"], how="full", coalesce=True, suffix="_here")
        .with_columns(money.or_zero(pl.col("amount", "amount_here")))
        .filter(pl.col("amount") != pl.col("amount_here"))
        .sort("voucher_key", "account_number")
    )
    account = pl.format(
        "{}: {} there, {} here",
        "account_number", money.amount_text(pl.col("amount")), money.amount_text(pl.col("amount_here")),
    )  # fmt: skip
    accounts = off.group_by("voucher_key", maintain_order=True).agg(accounts=_first_few(account, "; "))
    said = pl.format("{} ({})", "name", "accounts")
    named = vouchers.join(accounts.lazy(), on="voucher_key").with_columns(said=said).collect(engine=ENGINE)
    clause = pl.format(
        "expected the rows of the vouchers asked about by themselves, found others in the SIE file ({}): {}",
        "count", "names",
    )  # fmt: skip
    months = _named(named, "said", pl.lit(_NEITHER)).with_columns(third_word=pl.lit(""))
    return _told(months, "rows_differ", clause)


def _by_account(rows: pl.DataFrame, of: pl.LazyFrame) -> pl.DataFrame:
    """voucher_key, account_number, amount: what the booked rows of some vouchers come to."""
    keys = of.select("voucher_key").unique()
    booked = rows.lazy().filter(pl.col("kind") == "row").join(keys, on="voucher_key", how="semi")
    return (
        booked.group_by("voucher_key", "account_number")
        .agg(amount=money.total(pl.col("amount")))
        .collect(engine=ENGINE)
    )


def _plain(text: str) -> pl.Expr:
    """A text without what a file cannot keep apart: runs of blanks, and none from nothing."""
    return pl.col(text).fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()


def _quoted(text: str) -> pl.Expr:
    return pl.format('"{}"', pl.col(text).fill_null(""))


def _as_said(itself: pl.Expr, listed: pl.Expr, exported: pl.Expr) -> pl.Expr:
    """Which witness the voucher itself bears out."""
    return (
        pl.when(pl.col("detail_found") & (itself == listed))
        .then(pl.lit(_LIST))
        .when(pl.col("detail_found") & (itself == exported))
        .then(pl.lit(_FILE))
        .otherwise(pl.lit(_NEITHER))
    )


def _named(vouchers: pl.DataFrame, said: str, right: pl.Expr) -> pl.DataFrame:
    """One row per series and month: how many vouchers, the first few in words, the keys of all, and which witness
    Fortnox bears out where it was asked about the vouchers themselves.
    """
    only_there = pl.when(~pl.col("in_sie")).then(pl.col("detail_debit"))
    known = pl.coalesce(pl.format("{} (debits {})", "name", money.amount_text(only_there)), "name")
    witness = pl.when(pl.col("detail_found").is_not_null()).then(right)
    return (
        vouchers.with_columns(witness=witness, known=known)
        .sort(*_MONTH, pl.col("name").str.len_chars(), "name")
        .group_by(_MONTH, maintain_order=True)
        .agg(
            count=pl.len(),
            names=_first_few(pl.col(said)),
            keys=pl.format("voucher {}", "voucher_key"),
            third_word=_third_word(),
        )
    )


def _first_few(names: pl.Expr, between: str = ", ") -> pl.Expr:
    more = pl.when(names.len() > NAMED).then(pl.format(" and {} more", names.len().cast(pl.Int64) - NAMED))
    return names.head(NAMED).str.join(between) + more.fill_null("")


def _third_word() -> pl.Expr:
    """A sentence on the vouchers Fortnox was asked about; empty when it was asked about none."""
    clauses = []
    for side in (_LIST, _FILE, _NEITHER):
        named = pl.col("known").filter(pl.col("witness") == side)
        clauses.append(pl.when(named.len() > 0).then(pl.format(f"what {side} says: {{}}", _first_few(named))))
    asked = pl.col("witness").is_not_null().any()
    sentence = pl.format(ASKED_ABOUT, pl.concat_str(clauses, separator="; ", ignore_nulls=True))
    return pl.when(asked).then(pl.lit(" ") + sentence).otherwise(pl.lit(""))


def _told(months: pl.DataFrame, rule: str, clause: pl.Expr) -> pl.DataFrame:
    month = period_name(pl.col("month"))
    year = pl.col("financial_year").dt.to_string("iso")
    return months.with_columns(
        date="month",
        period=month,
        rule=pl.lit(rule),
        subject_kind=pl.lit("voucher_series_period"),
        subject_key=pl.format("{}/{}/{}", year, "voucher_series", month),
        explanation=pl.format("Series {} in {}: {}.", "voucher_series", month, clause) + pl.col("third_word"),
        evidence="keys",
    )


def _opening_balances(books: Books, years: pl.DataFrame) -> pl.DataFrame:
    """Accounts whose opening balance the chart of accounts and the SIE file state differently; none is 0.00."""
    stated = books.account_balances.filter(
        pl.col("kind") == "opening_balance", pl.col("year_number") == 0
    ).join(years, on=_YEAR, how="semi")
    key = [*_YEAR, "account_number"]
    by_api = stated.filter(pl.col("witness") == "api").select(*key, expected="amount")
    by_sie = stated.filter(pl.col("witness") == "sie").select(*key, actual="amount")
    off = (
        by_api.join(by_sie, on=key, how="full", coalesce=True)
        .join(by_api.select(_YEAR).unique(), on=_YEAR, how="semi")
        .with_columns(expected=money.or_zero(pl.col("expected")), actual=money.or_zero(pl.col("actual")))
        .filter(pl.col("expected") != pl.col("actual"))
    )
    return drafts(
        off.with_columns(
            date="financial_year",
            rule=pl.lit("opening_balance"),
            subject_kind=pl.lit("account"),
            subject_key=pl.format("{}/{}", pl.col("financial_year").dt.to_string("iso"), "account_number"),
            difference=pl.col("actual") - pl.col("expected"),
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=pl.format(
                "Account {} opens the year from {}: expected {} as in the chart of accounts, found {} in the SIE file.",
                "account_number", "financial_year",
                money.amount_text(pl.col("expected")), money.amount_text(pl.col("actual")),
            ),
            evidence=pl.concat_list(pl.format("account {}", "account_number")),
        )
    )  # fmt: skip


def _not_compared(nameless: int, unwritable: int) -> Iterator[str]:
    if nameless:
        yield f"vouchers without a number of their own, not compared: {nameless}"
    if unwritable:
        yield f"vouchers whose text a SIE file cannot hold, texts not compared: {unwritable}"


LEDGER_WITNESSES = Reconciliation(
    id="ledger_witnesses",
    question="Do Fortnox's voucher list and the SIE file hold the same ledger?",
    rationale=(
        "The rows come from the SIE file, the documents' references from the voucher list. A voucher only one of them "
        "has makes every sum below it wrong for one of the two."
    ),
    source="SIE 4C ch. 5.10; Fortnox API reference §2.4; checks.md §3",
    grain="voucher series and month and rule; account",
    inputs=(
        "ledger.vouchers",
        "ledger.voucher_rows",
        "ledger.voucher_detail_rows",
        "ledger.account_balances",
        "ledger.financial_years",
    ),
    rules={
        "missing_in_sie": "Every voucher of the list is in the SIE file of its year.",
        "missing_in_list": "Every voucher of the SIE file is in the list.",
        "date_differs": "Both date a voucher the same.",
        "text_differs": (
            "Both give a voucher the same text, blanks aside. A text with characters the file cannot hold (code page "
            "437) is not compared."
        ),
        "rows_differ": (
            "A voucher that was asked about by itself books the same amount on every account as in the file."
        ),
        "opening_balance": "Every account opens the year with the same balance in the chart of accounts and the file.",
    },
    tolerance="none",
    severity="B",
    blind_spots=(
        "Rows and amounts of vouchers the two otherwise agree on: the voucher list has none, and only doubted vouchers "
        "are asked about, within the night's budget. Of those, how an amount is divided within an account, and the "
        "texts of rows. Vouchers booked between the reading of the two show until the next night. Vouchers without a "
        "number, or with a repeated one. Years only one of the two knows."
    ),
    needs=("voucher_rows", "voucher_references"),
    apply=_reconcile,
    resolution="both witnesses say the same",
)
