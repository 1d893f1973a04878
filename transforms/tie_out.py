"""The tie-out: a subledger against its control accounts at every month end, and month by month what arose.

One finding per control account and month whose movements differ, and one for the months a tolerance lets pass where
together they exceed it, so that within the tolerance the findings sum to the difference. Years under the cash method
are compared at their end only, because their documents reach the ledger then. Why a month differs is told from the
terms in ``bridge.py`` and does not belong here.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

import polars as pl

from transforms import bridge, causes, money
from transforms.books import Books
from transforms.periods import FINAL, PROVISIONAL, name_of_period, stamp
from transforms.reconciliation import NotJudged, Result, drafts, together
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, Subledger, open_items
from transforms.tables import DAY, MONEY, TIE_OUTS
from transforms.wording import count_of, counted

TERMS_SHOWN: Final = 5
CLOSED_AFTER_DAYS: Final = 214
_ACCOUNT: Final = ["company_id", "control_account"]
_MOVEMENT: Final = [*_ACCOUNT, "as_of"]


def tie_out(books: Books, settings: Settings, *, subledger: Subledger) -> Result:
    """Tie-outs and open items of one subledger, and a draft per account and month that moved differently."""
    points = comparison_points(books, settings.as_of)
    terms = bridge.terms(books, subledger, settings.as_of)
    placed = _placed(_by_day(terms), points)
    differing = _placed(_differing(books, subledger, settings, terms), points)
    tie_outs = _tie_outs(books, subledger, placed, points)
    told = tie_outs.join(_told(differing), on=_MOVEMENT, how="left")
    within = pl.col("arisen").abs() <= _tolerance(settings)
    return Result(
        findings=together(
            _drafts(told.filter(~within), subledger),
            _accumulated(told.filter(within, pl.col("arisen") != 0), subledger, settings),
        ),
        tables={
            "recon.tie_outs": TIE_OUTS.select(tie_outs),
            "recon.bridges": causes.bridges(differing, subledger),
            "recon.open_items": open_items(subledger, books, settings.as_of),
        },
        remarks=_remarks(books, subledger, settings.as_of),
        not_judged=NotJudged(years_not_compared(books, settings.as_of)),
    )


def compared_terms(books: Books, subledger: Subledger, settings: Settings) -> pl.DataFrame:
    """Differing terms with their causes, up to the last day the two are compared at (``as_of`` of each row)."""
    return _placed(_differing(books, subledger, settings), comparison_points(books, settings.as_of))


def _differing(
    books: Books, subledger: Subledger, settings: Settings, terms: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Differing terms with their causes; ``terms`` are all of them, where they are at hand."""

    def make() -> pl.DataFrame:
        every = bridge.terms(books, subledger, settings.as_of) if terms is None else terms
        return causes.differing_terms(books, subledger, every, settings)

    return books.once(("differing_terms", subledger.name, settings.as_of, settings.windows), make)


def comparison_points(books: Books, as_of: dt.date) -> pl.DataFrame:
    """company_id, as_of, point, period: the days at whose end the two are compared, sorted.

    The opening of the tied years, every month end before ``as_of``, and ``as_of`` itself when it falls in a
    tied year; in cash-method years the last day only. Nothing from a cash-method year on that is neither locked nor
    more than seven months past: until then its open items need not be in the ledger.
    """
    today = pl.lit(as_of, dtype=DAY)
    years = bridge.tied_years(books).with_columns(
        cash=(pl.col("accounting_method") == "cash").fill_null(False)
    )
    opening = years.filter(pl.col("financial_year") == pl.col("first_day")).select(
        "company_id",
        as_of=pl.col("first_day").dt.offset_by("-1d"),
        point=pl.lit("opening"),
        period=pl.lit("opening"),
    )
    months = (
        books.periods.join(
            years.select("company_id", "financial_year", year_end="end_date", cash="cash"),
            on=("company_id", "financial_year"),
        )
        .filter(pl.col("period") <= today)
        .with_columns(_end=pl.min_horizontal("end_date", today))
        .filter(~pl.col("cash") | (pl.col("_end") == pl.col("year_end")))
        .join(_waiting_years(books, as_of), on=("company_id", "financial_year"), how="anti")
        .select(
            "company_id",
            as_of="_end",
            point=pl.when(pl.col("_end") == today).then(pl.lit("today")).otherwise(pl.lit("month_end")),
            period=name_of_period(pl.col("period")),
        )
    )
    return pl.concat([opening.filter(pl.col("as_of") < today), months]).sort("as_of")


def _waiting_years(books: Books, as_of: dt.date) -> pl.DataFrame:
    """Tied years whose open items, or those of a year before, may still be unbooked: under the cash method until the
    year is locked or its annual accounts were due (ÅRL 8 kap. 3 §)."""
    locks = books.periods.select("company_id", "locked_until").unique()
    locked = (pl.col("end_date") <= pl.col("locked_until")).fill_null(False)
    due = pl.col("end_date").dt.offset_by(f"{CLOSED_AFTER_DAYS}d") < pl.lit(as_of, dtype=DAY)
    cash = (pl.col("accounting_method") == "cash").fill_null(False)
    waiting = pl.when(cash & ~locked & ~due).then("financial_year")
    return (
        bridge.tied_years(books)
        .join(locks, on="company_id", how="left")
        .filter((pl.col("financial_year") >= waiting.min().over("company_id")).fill_null(False))
    )


def years_not_compared(books: Books, as_of: dt.date) -> frozenset[dt.date]:
    """First days of the financial years on none of whose days the two are compared, or not yet."""
    return frozenset(
        (*_untied_years(books)["financial_year"], *_waiting_years(books, as_of)["financial_year"])
    )


def _untied_years(books: Books) -> pl.DataFrame:
    """Financial years before a gap, and those without vouchers: the ledger cannot be carried forward through them."""
    return books.financial_years.join(
        bridge.tied_years(books), on=("company_id", "financial_year"), how="anti"
    )


def _by_day(terms: pl.DataFrame) -> pl.DataFrame:
    """The two sides' sums per control account and day."""
    return terms.group_by(*_ACCOUNT, "date").agg(
        money.total(pl.col("ledger_amount")), money.total(pl.col("subledger_amount"))
    )


def _placed(terms: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """Terms with the comparison point that first sees them; those after the last point are outside."""
    return (
        terms.sort("date")
        .join_asof(
            points,
            left_on="date",
            right_on="as_of",
            by="company_id",
            strategy="forward",
            check_sortedness=False,
            coalesce=False,
        )
        .filter(pl.col("as_of").is_not_null())
    )


def _tie_outs(books: Books, subledger: Subledger, placed: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """``recon.tie_outs`` with the two movements since the point before (``_ledger``, ``_subledger``)."""
    moved = placed.group_by(_MOVEMENT).agg(
        _ledger=money.total(pl.col("ledger_amount")), _subledger=money.total(pl.col("subledger_amount"))
    )
    accounts = books.control_accounts.filter(pl.col("subledger") == subledger.name).select(
        "company_id", "subledger", control_account="account_number"
    )
    balances = (
        accounts.join(points, on="company_id")
        .join(moved, on=_MOVEMENT, how="left")
        .with_columns(money.or_zero(pl.col("_ledger", "_subledger")))
        .sort(_MOVEMENT)
        .with_columns(
            ledger_balance=pl.col("_ledger").cum_sum().over(_ACCOUNT).cast(MONEY),
            subledger_balance=pl.col("_subledger").cum_sum().over(_ACCOUNT).cast(MONEY),
            arisen=(pl.col("_subledger") - pl.col("_ledger")).cast(MONEY),
        )
    )
    locks = books.periods.select("company_id", "locked_until").unique()
    by_lock = (
        pl.when(pl.col("as_of") <= pl.col("locked_until")).then(pl.lit(FINAL)).otherwise(pl.lit(PROVISIONAL))
    )
    return (
        stamp(balances, books.periods)
        .join(locks, on="company_id", how="left")
        .with_columns(
            difference=(pl.col("subledger_balance") - pl.col("ledger_balance")).cast(MONEY),
            period_status=pl.coalesce("period_status", by_lock),
        )
    )


def _tolerance(settings: Settings) -> pl.Expr:
    """What the control account may differ by in a month, SEK."""
    return pl.col("control_account").replace_strict(
        dict(settings.tolerance), default=Decimal("0.00"), return_dtype=MONEY
    )


def _drafts(told: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """A draft per account and month that moved differently."""
    ledger, sub = money.amount_text(pl.col("_ledger")), money.amount_text(pl.col("_subledger"))
    amount = money.amount_text(pl.col("arisen").abs())
    direction = pl.when(pl.col("arisen") > 0).then(pl.lit("more")).otherwise(pl.lit("less"))
    opening = pl.format(
        f"Account {{}} at the opening: the ledger brings in {{}} and the {subledger.name} subledger {{}}, "
        "{} {} (debit positive).",
        "control_account", ledger, sub, amount, direction,
    )  # fmt: skip
    month = pl.format(
        f"Account {{}} in {{}}: the ledger moves by {{}} and the {subledger.name} subledger by {{}}, "
        "{} {} (debit positive).",
        "control_account", "period", ledger, sub, amount, direction,
    )  # fmt: skip
    at_opening = pl.col("point") == "opening"
    headline = pl.when(at_opening).then(opening).otherwise(month)
    return drafts(
        told.with_columns(
            financial_year=pl.when(at_opening)
            .then(pl.col("as_of").dt.offset_by("1d"))
            .otherwise("financial_year"),
            date="as_of",
            rule=pl.lit("movement"),
            subject_kind=pl.lit("control_account"),
            subject_key=pl.format("{}/{}", "control_account", "period"),
            account_number="control_account",
            expected="_ledger",
            actual="_subledger",
            difference="arisen",
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=pl.concat_str(headline, pl.col("_where"), separator=" ", ignore_nulls=True),
            evidence="_keys",
        )
    )


def _accumulated(within: pl.DataFrame, subledger: Subledger, settings: Settings) -> pl.DataFrame:
    """A draft per account whose months each differ within the tolerance and together by more than it."""
    allowed = _tolerance(settings)
    summed = (
        within.sort(_MOVEMENT)
        .group_by(_ACCOUNT, maintain_order=True)
        .agg(
            date=pl.col("as_of").last(),
            months=pl.len(),
            expected=money.total(pl.col("_ledger")),
            actual=money.total(pl.col("_subledger")),
            difference=money.total(pl.col("arisen")),
            evidence=pl.col("_keys").list.explode(),
        )
        .with_columns(allowed.alias("_allowed"))
        .filter(pl.col("difference").abs() > pl.col("_allowed"))
    )
    return summed.with_columns(
        rule=pl.lit("accumulated"),
        subject_kind=pl.lit("control_account"),
        subject_key="control_account",
        account_number="control_account",
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            f"Account {{}}: the {subledger.name} subledger differs within the tolerance of {{}} in each of {{}} until "
            "{}, but by {} in all (debit positive).",
            "control_account", money.amount_text(pl.col("_allowed")), counted(pl.col("months"), "month", "months"),
            "date", money.amount_text(pl.col("difference")),
        ),
    )  # fmt: skip


def _told(differing: pl.DataFrame) -> pl.DataFrame:
    """Where each month's difference arose: its largest terms as a sentence, and the keys of all of them."""
    shown = pl.col("explanation").head(TERMS_SHOWN).str.join("; ")
    more = pl.len().cast(pl.Int64) - TERMS_SHOWN
    return (
        differing.sort(pl.col("difference").abs(), "date", "term", descending=[True, False, False])
        .group_by(_MOVEMENT, maintain_order=True)
        .agg(
            _where=pl.when(more > 0)
            .then(pl.format("Where it arose: {}; and {} more.", shown, more))
            .otherwise(pl.format("Where it arose: {}.", shown)),
            _keys=pl.col("evidence").list.explode(),
        )
    )


def _remarks(books: Books, subledger: Subledger, as_of: dt.date) -> tuple[str, ...]:
    """What the tie-out could not reach: a subledger nobody keeps, years before a gap, cash-method years within, and
    those after one that is not closed yet."""
    if books.control_accounts.filter(pl.col("subledger") == subledger.name).is_empty():
        name = subledger.name
        return (
            f"no {name} invoice or payment exists and no voucher says that it books one: the company keeps no {name}"
            " subledger, and what stands on its control account was not compared",
        )
    tied = bridge.tied_years(books)
    is_cash = (pl.col("accounting_method") == "cash").fill_null(False)
    cash, behind = tied.filter(is_cash), _waiting_years(books, as_of).filter(~is_cash)
    return (
        *_outside(books, subledger),
        *(
            f"{year}: not tied out, the vouchers of the year or of a year after it were not loaded"
            for year in _untied_years(books)["financial_year"].sort()
        ),
        *(
            f"{year}: cash method, compared at the end of the year only, once it is locked or seven months past"
            for year in cash["financial_year"].sort()
        ),
        *(
            f"{year}: not tied out until the cash-method year before it is locked or seven months past"
            for year in behind["financial_year"].sort()
        ),
        *(
            f"{year}: no source states the accounting method, compared as an accrual year"
            for year in tied.filter(pl.col("accounting_method").is_null())["financial_year"].sort()
        ),
    )


def _outside(books: Books, subledger: Subledger) -> tuple[str, ...]:
    """Skatteverket's share of invoices, where no payment settles any: whether it was paid nobody says."""
    if subledger is not CUSTOMER:
        return ()
    shares = subledger.invoices_of(books).filter(
        pl.col("tax_reduction").is_not_null(), pl.col("tax_reduction_account").is_null()
    )
    if shares.is_empty():
        return ()
    total = f"{shares['tax_reduction'].sum()} SEK"
    return (
        f"Skatteverket's share of {count_of(shares.height, 'invoice', 'invoices')}, {total}, was not compared: no"
        " payment of an invoice settles any of it",
    )
