"""Vouchers an auditor would look at first: round, rare, booked on a day off, late in a month, the same twice.

Nothing here is wrong by itself, so each test says how common it is in these books and points at a few vouchers only.
Whether a voucher is right does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import monthly_movements, of_booked_rows
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, together
from transforms.settings import Settings
from transforms.swedish_calendar import is_day_off
from transforms.tables import ENGINE, WHOLE
from transforms.tables import JOURNAL_PROFILE as TABLE
from transforms.voucher_keys import voucher_name

RARE: Final = 2
LAST_DAYS: Final = 3
#: A test that points at more than every fourth voucher describes how the company books, not what is unusual.
USUAL: Final = 4
ENOUGH_AMOUNTS: Final = 500
#: Mean deviation per digit, in thousandths, above which the digits do not follow the law (Nigrini 2012: 0.015).
NONCONFORMING: Final = 15
#: Share of amounts each digit begins, in thousandths: log10(1 + 1/d).
BENFORD: Final = {1: 301, 2: 176, 3: 125, 4: 97, 5: 79, 6: 67, 7: 58, 8: 51, 9: 46}

#: Test -> what it says of a voucher.
CLAUSES: Final[dict[str, pl.Expr]] = {
    "round_sum": pl.lit("is a round sum"),
    "rare_account": pl.format("is on rarely used account {}", pl.col("rare_accounts").list.join(", ")),
    "day_off": pl.coalesce(
        pl.format("was registered on {}, a day off", "registration_date"),
        pl.format("is dated {}, a day off", "voucher_date"),
    ),
    "after_period": pl.format("was registered on {}, after the month it closes", "registered"),
    "same_amount": pl.format("repeats amount and accounts ({}) of one just before it", "accounts"),
}
_YEAR: Final = ["company_id", "financial_year"]
_VOUCHER: Final = ["company_id", "voucher_key"]
_ACCOUNT: Final = ["company_id", "account_number"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft for the largest vouchers each test points at, and one per year whose first digits are unusual."""
    journal = _journal(books)
    judged = journal.with_columns(**_tests(journal, settings))
    counted = _counted(judged, settings.journal_flags)
    return Result(
        together(
            *(_flagged(judged, counted, rule, settings.journal_flags) for rule in CLAUSES),
            _first_digits(books),
        ),
        tables={TABLE.qualified_name: TABLE.select(counted)},
        remarks=tuple(
            f"{rule}: {hits} of {tested} vouchers, {shown} shown"
            for rule, tested, hits, shown in counted.select("test", "tested", "hits", "shown").iter_rows()
            if shown < hits
        ),
    )


def _open_years(books: Books) -> pl.DataFrame:
    """Years some of which is not locked: what is final was looked at before it became so."""
    unlocked = (pl.col("end_date") > pl.col("locked_until")).fill_null(True)
    return books.periods.filter(unlocked).select(_YEAR).unique()


def _journal(books: Books) -> pl.DataFrame:
    """Manual vouchers of open years, and those of which nobody says what caused them, with debits and accounts."""
    named = [*_VOUCHER, "financial_year", "voucher_series", "voucher_number", "voucher_date"]
    manual = (
        books.vouchers.lazy()
        .filter((pl.col("reference_type") == "MANUAL").fill_null(True))
        .join(_open_years(books).lazy(), on=_YEAR, how="semi")
        .select(*named, "registration_date", registered=pl.coalesce("registration_date", "voucher_date"))
    )
    rare = _rare_accounts(books)
    debits = of_booked_rows(
        books,
        lambda booked: (
            booked.join(manual, on=_VOUCHER, how="semi")
            .join(rare.lazy(), on=_ACCOUNT, how="left")
            .select(
                *_VOUCHER,
                "account_number",
                amount=pl.col("amount").clip(lower_bound=money.ZERO),
                rare_account=pl.when(pl.col("vouchers").is_not_null()).then("account_number"),
            )
            .group_by(_VOUCHER)
            .agg(
                amount=money.total(pl.col("amount")),
                accounts=pl.col("account_number").unique().sort(),
                rare_accounts=pl.col("rare_account").drop_nulls().unique().sort(),
            )
            .with_columns(pl.col("accounts").list.join(", "))
        ),
    )
    return (
        manual.join(debits.lazy(), on=_VOUCHER)
        .filter(pl.col("amount") != 0)
        .sort("company_id", "voucher_date", "voucher_key")
        .collect(engine=ENGINE)
    )


def _rare_accounts(books: Books) -> pl.DataFrame:
    """company_id, account_number, vouchers: accounts on which the fewest vouchers of all loaded years stand."""
    # Each month has vouchers of its own, so that few accounts are left to count the vouchers of.
    seldom = monthly_movements(books).group_by(_ACCOUNT).len().filter(pl.col("len") <= RARE)
    on_them = of_booked_rows(
        books,
        lambda booked: (
            booked.join(seldom.lazy(), on=_ACCOUNT, how="semi").select(*_ACCOUNT, "voucher_key").unique()
        ),
    )
    return on_them.group_by(_ACCOUNT).agg(vouchers=pl.len()).filter(pl.col("vouchers") <= RARE)


def _tests(journal: pl.DataFrame, settings: Settings) -> Mapping[str, pl.Expr]:
    """Rule -> whether it points at a voucher. ``journal`` is in order of date."""
    registered, month_end = pl.col("registered"), pl.col("voucher_date").dt.month_end()
    alike = ["company_id", "accounts", "amount"]
    since = (pl.col("voucher_date") - pl.col("voucher_date").shift(1).over(alike)).dt.total_days()
    return {
        "round_sum": money.ore(pl.col("amount")) % int(settings.journal_round_sum.scaleb(2)) == 0,
        "rare_account": pl.col("rare_accounts").list.len() > 0,
        "day_off": is_day_off(registered, journal["registered"].dt.year().unique()),
        "after_period": (registered > month_end)
        & ((month_end - pl.col("voucher_date")).dt.total_days() < LAST_DAYS),
        "same_amount": (since <= settings.duplicate_days).fill_null(False),
    }


def _counted(judged: pl.DataFrame, most: int) -> pl.DataFrame:
    """``recon.journal_profile``: how many vouchers each test looked at, points at and shows."""
    counts = judged.group_by("company_id").agg(
        pl.len().cast(WHOLE).alias("tested"), *(pl.col(rule).sum().cast(WHOLE) for rule in CLAUSES)
    )
    usual = pl.col("hits") * USUAL > pl.col("tested")
    return counts.unpivot(
        list(CLAUSES), index=["company_id", "tested"], variable_name="test", value_name="hits"
    ).with_columns(shown=pl.when(usual).then(0).otherwise(pl.min_horizontal("hits", most)).cast(WHOLE))


def _flagged(judged: pl.DataFrame, counted: pl.DataFrame, rule: str, most: int) -> pl.DataFrame:
    """The largest vouchers a test points at, unless it points at too many."""
    rates = counted.filter(pl.col("test") == rule, pl.col("shown") > 0)
    largest = (
        judged.filter(rule)
        .join(rates, on="company_id")
        .sort("amount", "voucher_key", descending=[True, False])
        .filter(pl.int_range(pl.len()).over("company_id") < most)
    )
    return largest.with_columns(
        date="voucher_date",
        period=period_name(pl.col("voucher_date")),
        rule=pl.lit(rule),
        subject_kind=pl.lit("voucher"),
        subject_key="voucher_key",
        actual="amount",
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            "Voucher {} of {} over {} {}: {} of {} vouchers looked at; the largest are shown, {}.",
            voucher_name(), "voucher_date", money.amount_text(pl.col("amount")),
            CLAUSES[rule], "hits", "tested", "shown",
        ),
        evidence=pl.concat_list(pl.format("voucher {}", "voucher_key")),
    )  # fmt: skip


def _first_digits(books: Books) -> pl.DataFrame:
    """A draft per open year whose different row amounts of 10 SEK and more do not begin as amounts do (Benford)."""
    law = pl.DataFrame(list(BENFORD.items()), schema={"digit": WHOLE, "lawful": WHOLE}, orient="row")
    amounts = pl.col("_all")
    open_years = _open_years(books)
    digits = of_booked_rows(
        books,
        lambda booked: (
            booked.filter(pl.col("amount").abs() >= 10)
            .join(open_years.lazy(), on=_YEAR, how="semi")
            .select(*_YEAR, pl.col("amount").abs())
            .unique()
            .group_by(*_YEAR, digit=pl.col("amount").cast(pl.String).str.slice(0, 1).cast(WHOLE))
            .agg(times=pl.len().cast(WHOLE))
        ),
    )
    whole = digits.group_by(_YEAR).agg(_all=pl.col("times").sum()).filter(amounts >= ENOUGH_AMOUNTS)
    beside = (
        whole.join(law, how="cross")
        .join(digits, on=[*_YEAR, "digit"], how="left")
        .with_columns(pl.col("times").fill_null(0))
        .with_columns(excess=1000 * pl.col("times") - pl.col("lawful") * amounts)
        .sort(*_YEAR, "excess", "digit", descending=[False, False, True, False])
    )
    years = (
        beside.group_by(_YEAR, maintain_order=True)
        .agg(pl.first("_all", "digit", "times", "lawful"), _off=pl.col("excess").abs().sum())
        .filter(pl.col("_off") > NONCONFORMING * len(BENFORD) * amounts)
    )
    return years.with_columns(
        date="financial_year",
        rule=pl.lit("first_digit"),
        subject_kind=pl.lit("journal"),
        subject_key=pl.col("financial_year").dt.to_string("iso"),
        explanation=pl.format(
            "Year from {}: expected the digit {} to begin {} of 1000 row amounts, found {}; {} amounts of 10 SEK "
            "and more.",
            "financial_year", "digit", "lawful", 1000 * pl.col("times") // amounts, "_all",
        ),
        evidence=pl.concat_list(pl.format("financial year {}", "financial_year")),
    )  # fmt: skip


JOURNAL_PROFILE = Reconciliation(
    id="journal_profile",
    question="Which vouchers would an auditor look at first?",
    rationale=(
        "Fraud in the books is made of manual vouchers, at the end of a period, in round sums, on accounts "
        "nobody looks at and "
        "at times when nobody is there. Common in these books or rare decides whether that means anything."
    ),
    source="ISA 240 p. 32 (a), A42-A45; Nigrini, Benford's Law (2012); checks.md §3",
    grain="voucher and test; financial year for the first digits",
    inputs=("ledger.vouchers", "ledger.voucher_rows", "recon.periods"),
    rules={
        "round_sum": "Which vouchers' debits are a multiple of `journal_round_sum` (10,000) SEK.",
        "rare_account": "Which vouchers book on an account that at most two vouchers of all loaded years use.",
        "day_off": (
            "Which vouchers were registered on a Saturday, Sunday or Swedish holiday (the three eves included); of "
            "those without a registration date, which are dated on one."
        ),
        "after_period": "Which vouchers dated in the last three days of a month were registered after it.",
        "same_amount": "Which vouchers repeat amount and accounts of another dated at most `duplicate_days` "
        "(10) before.",
        "first_digit": (
            "In which open years the first digits of row amounts, each amount of 10 SEK and more counted once, are off "
            "Benford's law by more than 15 thousandths on average; asked of 500 amounts and more."
        ),
    },
    tolerance=(
        "journal_flags (5) and journal_round_sum, per company: the largest vouchers of each test; none of a test that "
        "points at more than every fourth voucher. `recon.journal_profile` and the remarks have all counts"
    ),
    severity="I",
    blind_spots=(
        "Vouchers Fortnox made of its own documents, and those of years locked as a whole. Who booked, and "
        "at what hour: "
        "neither is in the files. From SIE files alone every voucher is looked at, because none says what caused it."
    ),
    needs=("voucher_rows",),
    apply=_reconcile,
    resolution="others are larger, or the year is locked",
)
