"""Vouchers corrected on a control account: rows struck or added after the voucher was made.

What the correction does to the tie-out belongs to the bridge, not here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.reconciliation import Reconciliation, Result, about_voucher_account, drafts
from transforms.settings import Settings
from transforms.tables import MONEY
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per voucher and control account with struck or added rows."""
    history = books.voucher_rows.filter(pl.col("kind") != "row")
    on_control = history.join(
        books.control_accounts.select("company_id", "account_number"), on=("company_id", "account_number")
    )
    struck = money.total(pl.col("amount").filter(pl.col("kind") == "removed"))
    added = money.total(pl.col("amount").filter(pl.col("kind") == "added"))
    corrected = (
        on_control.group_by("company_id", "voucher_key", "account_number")
        .agg(
            pl.col("financial_year", "voucher_series", "voucher_number", "voucher_date").first(),
            expected=struck,
            actual=added,
        )
        .with_columns(difference=(pl.col("actual") - pl.col("expected")).cast(MONEY))
    )
    return Result(
        drafts(
            corrected.with_columns(
                **about_voucher_account("control_account_row"),
                explanation=pl.format(
                    "Voucher {} of {} was corrected on account {}: {} struck, {} added.",
                    voucher_name(),
                    "voucher_date",
                    "account_number",
                    money.amount_text(pl.col("expected")),
                    money.amount_text(pl.col("actual")),
                ),
            )
        ),
        remarks=_base_rate(books, history),
    )


def _base_rate(books: Books, history: pl.DataFrame) -> tuple[str, ...]:
    """How many vouchers were corrected on any account, beside how many there are."""
    vouchers = books.vouchers.filter("in_sie").height
    corrected = history.select("company_id", "voucher_key").n_unique() if history.height else 0
    held = count_of(vouchers, "voucher", "vouchers")
    return (f"of {held} {corrected} with struck or added rows on some account",) if corrected else ()


CORRECTIONS = Reconciliation(
    id="corrections",
    question="Which vouchers were corrected on a control account after they were made?",
    rationale=(
        "A correction inside a voucher leaves the balance without a voucher of its own; on a control "
        "account it moves a receivable or a debt."
    ),
    source="SIE 4C ch. 5.10 (#BTRANS, #RTRANS); BFL 5 kap. 5 § (rättelse); checks.md §3",
    grain="voucher and control account",
    inputs=("ledger.voucher_rows", "ledger.control_accounts"),
    rules={"control_account_row": "A voucher has no struck or added row on a control account."},
    tolerance="none",
    severity="W",
    blind_spots=(
        "Who corrected and when: the signatures of a SIE file are not kept. Corrections made by a new "
        "voucher. Corrections on other accounts are counted in the remark, not listed."
    ),
    needs=("voucher_rows", "customer_control_accounts", "supplier_control_accounts"),
    by_side=True,
    apply=_reconcile,
    resolution="the voucher has no struck or added row on the account any more",
)
