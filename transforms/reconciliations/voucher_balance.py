"""Every voucher balances: its booked rows sum to zero.

Whether its rows stand on the right accounts does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import of_booked_rows
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.voucher_keys import voucher_name

_VOUCHER: Final = ["company_id", "voucher_key"]


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per voucher whose booked rows do not sum to zero."""
    off = of_booked_rows(books, _unbalanced)
    larger = pl.when(pl.col("actual") > 0).then(pl.lit("debit")).otherwise(pl.lit("credit"))
    explanation = pl.format(
        "Voucher {} of {}: debit {}, credit {}, so it does not balance: {} too much {} (accounts {}).",
        voucher_name(),
        "voucher_date",
        money.amount_text(pl.col("debit")),
        money.amount_text(pl.col("credit")),
        money.amount_text(pl.col("actual").abs()),
        larger,
        pl.col("accounts").list.head(5).list.join(", "),
    )
    return Result(
        drafts(
            off.with_columns(
                period=pl.col("voucher_date").dt.strftime("%Y-%m"),
                date="voucher_date",
                rule=pl.lit("unbalanced"),
                subject_kind=pl.lit("voucher"),
                subject_key="voucher_key",
                expected=pl.lit(money.ZERO),
                difference="actual",
                currency=pl.lit(money.LEDGER_CURRENCY),
                explanation=explanation,
                evidence=pl.concat_list(pl.format("voucher {}", "voucher_key")),
            )
        )
    )


def _unbalanced(booked: pl.LazyFrame) -> pl.LazyFrame:
    """The vouchers whose rows do not sum to zero, with their debits, credits and accounts."""
    return (
        booked.join(_suspects(booked), on=_VOUCHER, how="semi")
        .group_by(_VOUCHER)
        .agg(
            pl.col("financial_year", "voucher_series", "voucher_number", "voucher_date").first(),
            debit=money.total(pl.col("amount").filter(pl.col("amount") > 0)),
            credit=money.total(-pl.col("amount").filter(pl.col("amount") < 0)),
            actual=money.total(pl.col("amount")),
            accounts=pl.col("account_number").unique().sort(),
        )
        .filter(pl.col("actual") != 0)
    )


def _suspects(booked: pl.LazyFrame) -> pl.LazyFrame:
    """Vouchers some of whose runs of rows do not sum to zero; where all runs do, the voucher does.

    Rows of a voucher stand together but for odd files, and numbered runs are summed far faster than keys.
    """
    runs = booked.select(*_VOUCHER, "amount", run=pl.struct(_VOUCHER).rle_id())
    return (
        runs.group_by("run", maintain_order=True)
        .agg(pl.col(_VOUCHER).first(), actual=money.total(pl.col("amount")))
        .filter(pl.col("actual") != 0)
        .select(_VOUCHER)
    )


VOUCHER_BALANCE = Reconciliation(
    id="voucher_balance",
    question="Does every voucher balance?",
    rationale="Double entry: a voucher that does not sum to zero is damaged, or was read wrongly.",
    source="SIE 4C ch. 5.10 (#VER, #TRANS); BFL 5 kap. 6-7 §",
    grain="voucher",
    inputs=("ledger.voucher_rows",),
    rules={
        "unbalanced": "The voucher's booked rows (#TRANS) sum to zero; struck and added rows are history."
    },
    tolerance="none: to the öre",
    severity="B",
    blind_spots=(
        "A voucher that balances on the wrong accounts or with wrong amounts on both sides, and a"
        " voucher that is missing as a whole. A voucher whose rows were all struck has nothing "
        "left to sum."
    ),
    needs=("voucher_rows",),
    apply=_reconcile,
    resolution="the rows of the voucher sum to zero",
)
