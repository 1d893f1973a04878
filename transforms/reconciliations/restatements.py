"""Vouchers of final periods that are not as they were when the period was first seen final.

How a voucher is remembered and compared belongs in ``transforms/finality.py``, not here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.finality import APPEARED, CHANGED, VANISHED
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per voucher that changed, vanished or appeared in a period already seen final."""
    changes = books.finality.changes.with_columns(
        expected=money.or_zero(pl.col("before_debit")), actual=money.or_zero(pl.col("after_debit"))
    )
    return Result(
        drafts(
            changes.with_columns(
                date="voucher_date",
                period=period_name(pl.col("period")),
                rule="change",
                subject_kind=pl.lit("voucher"),
                subject_key="voucher_key",
                difference=pl.col("actual") - pl.col("expected"),
                currency=pl.lit(money.LEDGER_CURRENCY),
                explanation=_explanation(),
                evidence=pl.concat_list(
                    pl.format("voucher {}", "voucher_key"), pl.format("final since {}", "first_final")
                ),
            )
        ),
        remarks=(
            *(
                f"{year}: not compared with what was final, the vouchers of the year were not loaded"
                for year in books.finality.not_compared
            ),
            *_closing(books.finality.closing.height),
        ),
    )


def _closing(vouchers: int) -> tuple[str, ...]:
    """Closing series may be booked in final periods: said, not reported."""
    new = count_of(vouchers, "new voucher", "new vouchers")
    return (f"{new} of closing series in final periods",) if vouchers else ()


def _explanation() -> pl.Expr:
    name, month = voucher_name(), period_name(pl.col("period"))
    before, after = _content("before"), _content("after")
    final = pl.format("{} was final on {}", month, "first_final")
    return (
        pl.when(pl.col("change") == VANISHED)
        .then(pl.format("Voucher {} is gone although {}; it was {}.", name, final, before))
        .when(pl.col("change") == APPEARED)
        .then(pl.format("Voucher {} appeared although {}; it is {}.", name, final, after))
        .when(before == after)
        .then(
            pl.format(
                "Voucher {} changed although {}: row texts, objects or struck rows differ; still {}.",
                name,
                final,
                after,
            )
        )
        .otherwise(
            pl.format("Voucher {} changed although {}: it was {}; now {}.", name, final, before, after)
        )
    )


def _content(side: str) -> pl.Expr:
    """``2026-03-05 "Rent": 1930 -80.00, 5010 80.00``."""
    text = pl.col(f"{side}_text").fill_null("")
    return pl.format('{} "{}": {}', f"{side}_date", text, pl.col(f"{side}_booked"))


RESTATEMENTS = Reconciliation(
    id="restatements",
    question="Is every voucher of a final period still as it was when the period was first seen final?",
    rationale=(
        "What lies on or before the locked period has been reported, declared or audited. A later change means that "
        "somebody relied on figures that no longer hold."
    ),
    source="BFL 5 kap. 5 § (rättelse), 7 kap. (arkivering); checks.md §4",
    grain="voucher",
    inputs=("ledger.vouchers", "ledger.voucher_rows", "recon.final_vouchers", "recon.periods"),
    rules={
        CHANGED: "Date, text and rows (struck and added ones included) are the same, whatever their order in the file.",
        VANISHED: "The voucher is still there. Expected and actual are the sum of its debits.",
        APPEARED: "The period has no voucher it did not have. New vouchers of `closing_series` are a remark instead.",
    },
    tolerance="none; closing_series per company",
    severity="B",
    blind_spots=(
        "Changes made before the first run that saw the period final. Registration dates, signatures and the order of "
        "rows. Documents, and opening balances without a voucher, which the tie-out and `balance_roll_forward` watch."
    ),
    needs=("voucher_rows", "locked_period"),
    apply=_reconcile,
    resolution="the voucher is again as it was when its period was first seen final",
)
