"""Vouchers and opening balances of final periods that are not as they were when the period was first seen final.

How they are remembered and compared belongs in ``transforms/finality.py`` and ``final_openings.py``, not here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.finality import APPEARED, CHANGED, VANISHED, Finality
from transforms.periods import period_name
from transforms.reconciliation import NotJudged, Reconciliation, Result, drafts, together
from transforms.settings import Settings
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of

OPENING_BALANCE = "opening_balance"


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per voucher that changed, vanished or appeared in a period already seen final, and per account whose
    year opens differently."""
    seen = books.finality
    return Result(
        together(_vouchers(seen.changes), _openings(seen.openings)),
        remarks=_remarks(seen),
        not_judged=NotJudged(frozenset({*seen.not_compared, *seen.openings_not_stated})),
    )


def _vouchers(changes: pl.DataFrame) -> pl.DataFrame:
    amounts = changes.with_columns(
        expected=money.or_zero(pl.col("before_debit")), actual=money.or_zero(pl.col("after_debit"))
    )
    return drafts(
        amounts.with_columns(
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
    )


def _openings(changed: pl.DataFrame) -> pl.DataFrame:
    key = pl.format("{}/{}", pl.col("financial_year").dt.to_string("iso"), "account_number")
    return drafts(
        changed.with_columns(
            date="period",
            period=pl.lit("opening"),
            rule=pl.lit(OPENING_BALANCE),
            subject_kind=pl.lit("account"),
            subject_key=key,
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=pl.format(
                "Account {} opens the year from {} differently although {} was final on {}: "
                "the opening balance was {}; now {} (debit positive).",
                "account_number",
                "financial_year",
                period_name(pl.col("period")),
                "first_final",
                money.amount_text(pl.col("expected")),
                money.amount_text(pl.col("actual")),
            ),
            evidence=pl.concat_list(pl.format("account {}", key), pl.format("final since {}", "first_final")),
        )
    )


def _remarks(seen: Finality) -> tuple[str, ...]:
    return (
        *(
            f"{year}: not compared with what was final, the vouchers of the year were not loaded"
            for year in seen.not_compared
        ),
        *(
            f"{year}: opening balances not compared, earlier runs that saw a final period did not remember them"
            for year in seen.openings_new
        ),
        *(
            f"{year}: opening balances not compared, the file states no balances"
            for year in seen.openings_not_stated
            if year not in seen.not_compared
        ),
        *_closing(seen.closing.height),
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
    question="Is every voucher of a final period, and what its year opens with, still as it was when first seen final?",
    rationale=(
        "What lies on or before the locked period has been reported, declared or audited. A later change means that "
        "somebody relied on figures that no longer hold."
    ),
    source="BFL 5 kap. 5 § (rättelse), 7 kap. (arkivering); checks.md §4",
    grain="voucher, or account and financial year",
    inputs=(
        "ledger.vouchers",
        "ledger.voucher_rows",
        "ledger.account_balances",
        "recon.final_vouchers",
        "recon.final_openings",
        "recon.periods",
    ),
    rules={
        CHANGED: "Date, text and rows (struck and added ones included) are the same, whatever their order in the file.",
        VANISHED: "The voucher is still there. Expected and actual are the sum of its debits.",
        APPEARED: "The period has no voucher it did not have. New vouchers of `closing_series` are a remark instead.",
        OPENING_BALANCE: (
            "The SIE file of a year with a final period states the same opening balance per account. Where the year "
            "before closes with as much more or less, by its opening balances and vouchers, the change is told of "
            "those alone."
        ),
    },
    tolerance="none; closing_series per company",
    severity="B",
    blind_spots=(
        "Changes made before the first run that saw the period final. Registration dates, signatures and the order of "
        "rows. Documents, which the tie-out watches. Opening balances of a year whose final period was first seen by a "
        "version that did not remember them: they are compared with the first night that did, and a remark says so."
    ),
    needs=("voucher_rows", "locked_period"),
    apply=_reconcile,
    resolution="it is again as it was when its period was first seen final",
)
