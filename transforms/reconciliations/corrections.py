"""Vouchers corrected on a control, bank or cash account: rows struck or added after the voucher was made.

What the correction does to the tie-out belongs to the bridge, not here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.reconciliation import Reconciliation, Result, about_voucher_account, together
from transforms.settings import Settings
from transforms.tables import MONEY
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of

CONTROL_ACCOUNT_ROW: Final = "control_account_row"
BANK_ACCOUNT_ROW: Final = "bank_account_row"
BANK: Final = "19"


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per voucher and control, bank or cash account with struck or added rows."""
    history = books.voucher_rows.filter(pl.col("kind") != "row")
    corrected = _corrected(history)
    controls = books.control_accounts.select("company_id", "account_number")
    on_control = corrected.join(controls, on=("company_id", "account_number"))
    on_bank = corrected.filter(pl.col("account_number").str.starts_with(BANK)).join(
        controls, on=("company_id", "account_number"), how="anti"
    )
    return Result(
        together(_told(on_control, CONTROL_ACCOUNT_ROW), _told(on_bank, BANK_ACCOUNT_ROW)),
        remarks=_base_rate(books, history),
    )


def _corrected(history: pl.DataFrame) -> pl.DataFrame:
    """What was struck (``expected``) and added (``actual``) per voucher and account."""
    struck = money.total(pl.col("amount").filter(pl.col("kind") == "removed"))
    added = money.total(pl.col("amount").filter(pl.col("kind") == "added"))
    return (
        history.group_by("company_id", "voucher_key", "account_number")
        .agg(
            pl.col("financial_year", "voucher_series", "voucher_number", "voucher_date").first(),
            expected=struck,
            actual=added,
        )
        .with_columns(difference=(pl.col("actual") - pl.col("expected")).cast(MONEY))
    )


def _told(corrected: pl.DataFrame, rule: str) -> pl.DataFrame:
    return corrected.with_columns(
        **about_voucher_account(rule),
        explanation=pl.format(
            "Voucher {} of {} was corrected on account {}: {} struck, {} added.",
            voucher_name(),
            "voucher_date",
            "account_number",
            money.amount_text(pl.col("expected")),
            money.amount_text(pl.col("actual")),
        ),
    )


def _base_rate(books: Books, history: pl.DataFrame) -> tuple[str, ...]:
    """How many vouchers were corrected on any account, beside how many there are."""
    vouchers = books.vouchers.filter("in_sie").height
    corrected = history.select("company_id", "voucher_key").n_unique() if history.height else 0
    held = count_of(vouchers, "voucher", "vouchers")
    return (f"of {held} {corrected} with struck or added rows on some account",) if corrected else ()


CORRECTIONS = Reconciliation(
    id="corrections",
    question="Which vouchers were corrected on a control, bank or cash account after they were made?",
    rationale=(
        "A correction inside a voucher leaves the balance without a voucher of its own; on a control "
        "account it moves a receivable or a debt, on a bank account money that a statement can be asked about."
    ),
    source="SIE 4C ch. 5.10 (#BTRANS, #RTRANS); BFL 5 kap. 5 § (rättelse); checks.md §3",
    grain="voucher and control, bank or cash account",
    inputs=("ledger.voucher_rows", "ledger.control_accounts"),
    rules={
        CONTROL_ACCOUNT_ROW: "A voucher has no struck or added row on a control account.",
        BANK_ACCOUNT_ROW: (
            "A voucher has no struck or added row on an account of BAS group 19 (cash and bank). Whoever corrects a "
            "cost often strikes all rows of the voucher, the bank's too: it is said, not held against anybody. A "
            "ledger alone is enough for it."
        ),
    },
    tolerance="none",
    severity="W",
    blind_spots=(
        "When, and by whom: `views.corrected_rows` has date and pseudonymised signature of each row, the finding has "
        "not. Corrections made by a new voucher. Corrections on other accounts are counted in the remark, not listed. "
        "Bank accounts outside group 19: no source lists the banks of a company, and a ledger alone must be enough."
    ),
    needs=("voucher_rows", "customer_control_accounts", "supplier_control_accounts"),
    by_side=True,
    of_ledger=(BANK_ACCOUNT_ROW,),
    informs=(BANK_ACCOUNT_ROW,),
    apply=_reconcile,
    resolution="the voucher has no struck or added row on the account any more",
)
