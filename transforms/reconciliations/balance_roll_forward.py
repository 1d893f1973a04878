"""The balances a SIE file states roll forward through its vouchers, and from one year into the next.

Only SIE is asked here, file against itself and against the file of the year before. Whether the API agrees
does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import monthly_movements
from transforms.periods import period_name
from transforms.reconciliation import NotJudged, Reconciliation, Result, together
from transforms.settings import Settings
from transforms.tables import MONEY

_YEAR: Final = ["company_id", "financial_year"]
BALANCE_KINDS: Final = ["opening_balance", "closing_balance"]
_ACCOUNT: Final = [*_YEAR, "account_number"]


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """Drafts per account (and month) whose stated balance is not what the vouchers make it."""
    years = books.financial_years.filter("has_vouchers").select(*_YEAR, "end_date")
    monthly = monthly_movements(books)
    stated = books.account_balances.filter(pl.col("witness") == "sie")
    own = stated.filter(pl.col("year_number") == 0).join(years, on=_YEAR, how="semi")
    moved = monthly.group_by(_ACCOUNT).agg(moved=money.total(pl.col("amount")))
    on_balance_sheet = _of_statement(moved, books, own, BALANCE_KINDS, ["asset", "liability"], "[12]")
    in_income_statement = _of_statement(moved, books, own, ["result_balance"], ["cost", "income"], "[3-8]")
    months, before = _stated_months(books), _closed_before(books, stated, own)
    opened = _of_kind(stated.filter(pl.col("year_number") == 0), "opening_balance")
    compared = {
        "closing_balance": _of_kind(own, "closing_balance"),
        "result_balance": _of_kind(own, "result_balance"),
        "period_balance": months.join(years, on=_YEAR, how="semi"),
        "opening_balance": before.join(opened, on=_YEAR, how="semi"),
    }
    return Result(
        together(
            _closing(own, on_balance_sheet, years),
            _result(own, in_income_statement, years),
            _months(months, monthly, years),
            _opening(books, stated, opened, before),
        ),
        remarks=_remarks(own, years),
        not_judged=NotJudged(
            rules=frozenset(
                (rule, year)
                for rule, rows in compared.items()
                for year in books.financial_years.join(rows, on=_YEAR, how="anti")["financial_year"]
            )
        ),
    )


def _of_kind(balances: pl.DataFrame, kind: str) -> pl.DataFrame:
    return balances.filter(pl.col("kind") == kind).select(*_ACCOUNT, amount="amount")


def _of_statement(
    moved: pl.DataFrame, books: Books, own: pl.DataFrame, kinds: list[str], types: list[str], classes: str
) -> pl.DataFrame:
    """``moved`` on the accounts of one statement: those the file gives such a balance, else by declared type, else by
    BAS class."""
    stated = (
        own.select(*_ACCOUNT, _here=pl.col("kind").is_in(kinds)).group_by(_ACCOUNT).agg(pl.col("_here").any())
    )
    declared = books.accounts.filter(pl.col("account_type").is_not_null())
    by_type = declared.filter(pl.col("account_type").is_in(types)).select(_ACCOUNT)
    by_class = (
        moved.select(_ACCOUNT)
        .filter(pl.col("account_number").str.contains(f"^{classes}"))
        .join(declared, on=_ACCOUNT, how="anti")
    )
    judged = pl.concat([by_type, by_class]).join(stated, on=_ACCOUNT, how="anti")
    accounts = pl.concat([stated.filter("_here").select(_ACCOUNT), judged])
    return moved.join(accounts, on=_ACCOUNT, how="semi")


def _compared(expected: pl.DataFrame, actual: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Both sides per key, a side without a row as 0.00, only where they differ and only in years that state
    any balance."""
    covered = actual.select(_YEAR).unique()
    return (
        expected.rename({"amount": "expected"})
        .join(actual.rename({"amount": "actual"}), on=key, how="full", coalesce=True)
        .join(covered, on=_YEAR, how="semi")
        .with_columns(money.or_zero(pl.col("expected", "actual")))
        .filter(pl.col("expected") != pl.col("actual"))
        .with_columns(difference=(pl.col("actual") - pl.col("expected")).cast(MONEY))
    )


def _told(
    differing: pl.DataFrame, rule: str, sentence: pl.Expr, key: pl.Expr, years: pl.DataFrame
) -> pl.DataFrame:
    """Draft columns of one rule; dated the last day of the year unless ``date`` is there already."""
    direction = pl.when(pl.col("difference") > 0).then(pl.lit("too much")).otherwise(pl.lit("too little"))
    gap = money.amount_text(pl.col("difference").abs())
    dated = differing.join(years, on=_YEAR, how="left")
    return dated.with_columns(
        date=pl.col("date" if "date" in differing.columns else "end_date"),
        rule=pl.lit(rule),
        subject_kind=pl.lit("account"),
        subject_key=key,
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format("{}: {} {} (debit positive).", sentence, gap, direction),
        evidence=pl.concat_list(pl.format("account {}", key)),
    )


def _account_key() -> pl.Expr:
    return pl.format("{}/{}", pl.col("financial_year").dt.to_string("iso"), "account_number")


def _money(name: str) -> pl.Expr:
    return money.amount_text(pl.col(name))


def _closing(own: pl.DataFrame, moved: pl.DataFrame, years: pl.DataFrame) -> pl.DataFrame:
    """#IB + Σ #TRANS = #UB per balance-sheet account."""
    rolled = (
        _of_kind(own, "opening_balance")
        .join(moved, on=_ACCOUNT, how="full", coalesce=True)
        .with_columns(money.or_zero(pl.col("amount", "moved")))
        .with_columns(opened="amount", amount=(pl.col("amount") + pl.col("moved")).cast(MONEY))
    )
    differing = _compared(rolled, _of_kind(own, "closing_balance"), _ACCOUNT)
    sentence = pl.format(
        "Account {} in the year from {}: opening balance {} and vouchers {} make {}, "
        "the file states a closing balance of {}",
        "account_number", "financial_year",
        money.amount_text(money.or_zero(pl.col("opened"))), money.amount_text(money.or_zero(pl.col("moved"))),
        _money("expected"), _money("actual"),
    )  # fmt: skip
    return _told(differing, "closing_balance", sentence, _account_key(), years)


def _result(own: pl.DataFrame, moved: pl.DataFrame, years: pl.DataFrame) -> pl.DataFrame:
    """Σ #TRANS = #RES per income-statement account."""
    differing = _compared(moved.rename({"moved": "amount"}), _of_kind(own, "result_balance"), _ACCOUNT)
    sentence = pl.format(
        "Account {} in the year from {}: the vouchers make {}, the file states a result balance of {}",
        "account_number", "financial_year", _money("expected"), _money("actual"),
    )  # fmt: skip
    return _told(differing, "result_balance", sentence, _account_key(), years)


def _stated_months(books: Books) -> pl.DataFrame:
    """#PSALDO of the years' own files, accounts as a whole, by calendar month."""
    return books.period_balances.filter(
        pl.col("kind") == "period_balance", pl.col("year_number") == 0, pl.col("objects") == ""
    ).select(*_ACCOUNT, "amount", month=pl.col("period").dt.truncate("1mo"))


def _months(stated: pl.DataFrame, moved: pl.DataFrame, years: pl.DataFrame) -> pl.DataFrame:
    """#PSALDO = Σ #TRANS per account and month."""
    key = [*_ACCOUNT, "month"]
    differing = (
        _compared(moved, stated, key)
        .join(years.select(*_YEAR, _last="end_date"), on=_YEAR)
        .with_columns(
            date=pl.min_horizontal(pl.col("month").dt.month_end(), "_last"),
            period=period_name(pl.col("month")),
        )
    )
    sentence = pl.format(
        "Account {} in {}: the vouchers make {}, the file states a period balance of {}",
        "account_number", "period", _money("expected"), _money("actual"),
    )  # fmt: skip
    return _told(differing, "period_balance", sentence, pl.format("{}/{}", _account_key(), "period"), years)


def _closed_before(books: Books, stated: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """#UB of the year before each year, from that year's own file or else as the year's file looks back."""
    before = books.financial_years.select(
        "company_id", _before="financial_year", _first=pl.col("end_date").dt.offset_by("1d")
    )
    closed_before = (
        _of_kind(own, "closing_balance")
        .rename({"financial_year": "_before"})
        .join(before, on=("company_id", "_before"))
        .select("company_id", "account_number", "amount", financial_year="_first")
    )
    looking_back = _of_kind(stated.filter(pl.col("year_number") == -1), "closing_balance").select(
        closed_before.columns
    )
    return pl.concat(
        [closed_before, looking_back.join(closed_before.select(_YEAR).unique(), on=_YEAR, how="anti")]
    )


def _opening(
    books: Books, stated: pl.DataFrame, opened: pl.DataFrame, expected: pl.DataFrame
) -> pl.DataFrame:
    """#IB of a year = #UB of the year before (``expected``)."""
    years = books.financial_years.select(*_YEAR, "end_date")
    loaded = stated.filter(pl.col("year_number") == 0).select(_YEAR).unique()
    differing = _compared(
        expected.join(loaded, on=_YEAR, how="semi"),
        opened.join(expected.select(_YEAR).unique(), on=_YEAR, how="semi"),
        _ACCOUNT,
    ).with_columns(date="financial_year", period=pl.lit("opening"))
    sentence = pl.format(
        "Account {}: the year before closed with {}, the year from {} opens with {}",
        "account_number", _money("expected"), "financial_year", _money("actual"),
    )  # fmt: skip
    return _told(differing, "opening_balance", sentence, _account_key(), years)


def _remarks(own: pl.DataFrame, years: pl.DataFrame) -> tuple[str, ...]:
    """Years whose file states none of the balances a rule needs."""
    kinds = {"closing_balance": "closing balances", "result_balance": "result balances"}
    return tuple(
        f"{year}: the file states no {words}, they were not compared"
        for kind, words in kinds.items()
        for year in years.join(_of_kind(own, kind), on=_YEAR, how="anti")["financial_year"].sort()
    )


BALANCE_ROLL_FORWARD = Reconciliation(
    id="balance_roll_forward",
    question="Do the stated balances follow from the vouchers, month by month and year by year?",
    rationale=(
        "A balance that does not follow from its vouchers means that vouchers are missing, were "
        "added or were changed after the balance was made, or that a year was reopened after the "
        "next one took over its balances."
    ),
    source="SIE 4C ch. 5.12 (#IB, #UB, #RES, #PSALDO); BFL 5 kap. 1 §",
    grain="account and financial year; account and month for period balances",
    inputs=("ledger.account_balances", "ledger.period_balances", "ledger.voucher_rows", "ledger.accounts"),
    rules={
        "closing_balance": "Opening balance plus the year's vouchers is the closing balance.",
        "result_balance": "The year's vouchers are the result balance of an income-statement account.",
        "period_balance": "A month's vouchers are the month's period balance.",
        "opening_balance": "A year opens with what the year before closed with.",
    },
    tolerance="none: to the öre",
    severity="B",
    blind_spots=(
        "An error that changed vouchers and balances alike. Balances a file does not state at "
        "all; a single account a file leaves out counts as 0.00. Objects (cost centres, projects)"
        " are not rolled forward."
    ),
    needs=("voucher_rows", "account_balances"),
    apply=_reconcile,
    resolution="the balance is what opening balance and vouchers make it",
)
