"""Manual vouchers on control accounts: money that moves a receivable or a debt without a document.

Whether the voucher is right does not belong here, nor what it does to the tie-out; that is the bridge's.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import on_control_accounts
from transforms.reconciliation import Reconciliation, Result, about_voucher_account, drafts
from transforms.settings import Settings
from transforms.tables import ENGINE
from transforms.voucher_keys import voucher_name


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per manual voucher and control account it moves."""
    controls = books.control_accounts.lazy().select("company_id", "account_number", "subledger")
    cash = books.financial_years.lazy().filter(pl.col("accounting_method") == "cash")
    manual = (
        books.vouchers.lazy()
        .filter(pl.col("reference_type") == "MANUAL")
        .join(cash, on=("company_id", "financial_year"), how="anti")
        .select("company_id", "voucher_key", "voucher_series", "voucher_number", heading="text")
    )
    moved = (
        on_control_accounts(books)
        .lazy()
        .rename({"control_account": "account_number", "amount": "actual"})
        .filter(pl.col("actual") != 0)
        .join(controls, on=("company_id", "account_number"))
        .join(manual, on=("company_id", "voucher_key"))
        .collect(engine=ENGINE)
    )
    return Result(
        drafts(
            moved.with_columns(
                **about_voucher_account("manual_voucher"),
                expected=pl.lit(money.ZERO),
                difference="actual",
                explanation=pl.format(
                    "Manual voucher {} of {} ({}) moves account {} by {} although no {} document stands behind it.",
                    voucher_name(),
                    "voucher_date",
                    pl.col("heading").fill_null("no text"),
                    "account_number",
                    money.amount_text(pl.col("actual")),
                    "subledger",
                ),
            )
        )
    )


MANUAL_CONTROL_VOUCHERS = Reconciliation(
    id="manual_control_vouchers",
    question="Is a control account ever moved by a manual voucher?",
    rationale=(
        "Only documents should move a control account. A manual voucher makes it differ from its subledger,"
        " or hides that it did."
    ),
    source="checks.md §3; ISA 240 p. 33 (journal entries)",
    grain="manual voucher and control account",
    inputs=("ledger.vouchers", "ledger.voucher_rows", "ledger.control_accounts"),
    rules={"manual_voucher": "No voucher of reference type MANUAL changes the balance of a control account."},
    tolerance="none",
    severity="W",
    blind_spots=(
        "Vouchers whose reference the API does not give. Manual vouchers whose rows on the account cancel "
        "out. Cash-method years are left out, because there the open items are booked by hand at the year's"
        " end."
    ),
    needs=(
        "voucher_rows",
        "voucher_references",
        "customer_control_accounts",
        "supplier_control_accounts",
        "accounting_method",
    ),
    by_side=True,
    apply=_reconcile,
    resolution="no manual voucher moves the account",
)
