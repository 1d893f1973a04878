"""Terms of years under the cash method as one term per control account and year.

There documents reach the ledger together, at the year's end, in a voucher that names none of them: item by item nothing
meets, and only the sums can agree. Terms of other years do not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import bridge, money
from transforms.tables import TEXT
from transforms.wording import counted

CASH_YEAR: Final = "cash_method_year"


def gathered(differing: pl.DataFrame) -> pl.DataFrame:
    """``differing`` with the lone documents and vouchers of each cash-method year (``_cash``, until ``_last``) as one
    term on its last day; none where their sums agree. ``_documents`` is how many there are, ``_vouchers`` the keys."""
    lone = pl.col("_cash") & pl.col("kind").is_in([bridge.VOUCHER_ONLY, bridge.DOCUMENT_ONLY])
    amounts = ("ledger_amount", "subledger_amount", "difference", "written_off", "at_own_rate")
    years = (
        differing.filter(lone)
        .group_by("company_id", "control_account", date="_last")
        .agg(
            *(money.total(pl.col(name)).alias(name) for name in amounts),
            foreign=pl.lit(False),
            _cash=pl.lit(True),
            _documents=pl.col("documents").list.len().sum(),
            _vouchers=pl.col("term").filter(pl.col("kind") == bridge.VOUCHER_ONLY).sort(),
        )
        .filter(pl.col("difference") != 0)
        .with_columns(
            kind=pl.lit(CASH_YEAR),
            term=pl.format("cash_method_year/{}", "date"),
            documents=pl.lit([], dtype=pl.List(TEXT)),
        )
    )
    return pl.concat([differing.filter(~lone), years], how="diagonal")


def sentence() -> pl.Expr:
    """What stands against what in such a term."""
    return pl.format(
        "the {} of the year until {} sum to {}, the ledger books {}",
        counted(pl.col("_documents"), "document", "documents"),
        "date",
        money.amount_text(pl.col("subledger_amount")),
        money.amount_text(pl.col("ledger_amount")),
    )
