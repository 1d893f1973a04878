"""Every booked invoice has its voucher, with its amount, and only one.

The rules are shared with payments in ``document_vouchers.py`` and do not belong here.
"""

from __future__ import annotations

from functools import partial

from transforms.document_vouchers import document_vouchers
from transforms.reconciliation import Reconciliation
from transforms.subledger import CUSTOMER, SUPPLIER

INVOICE_VOUCHERS = Reconciliation(
    id="invoice_vouchers",
    question="Does every booked invoice have one voucher, of its own amount and kind?",
    rationale=(
        "The voucher is the accounting of the invoice. Without it, with another amount, or with a second "
        "one, the ledger says something the invoice does not."
    ),
    source="checks.md §3; BFL 5 kap. 6-7 § (verifikation)",
    grain="customer or supplier invoice",
    inputs=("ledger.subledger_entries", "ledger.vouchers", "ledger.voucher_rows"),
    rules={
        "voucher_missing": "A booked invoice names a voucher the ledger holds, or a voucher names it.",
        "amount_differs": (
            "The voucher books on the control account what the documents that name it say. A voucher shared by several "
            "is judged by their sum and reported on the first; one that parts an invoice wrongly between customer and "
            "Skatteverket on the customer's account."
        ),
        "reference_differs": "The voucher says that this invoice caused it.",
        "counted_twice": (
            "No second voucher says that it books the same invoice on the same control account; a reversal and what is "
            "made again in its place cancel out."
        ),
    },
    tolerance="none: to the öre",
    severity="B",
    blind_spots=(
        "Whether the other rows of the voucher are right. Dates (that is the cut-off). Years without loaded"
        " vouchers and cash-method years are outside."
    ),
    needs=(
        *CUSTOMER.documents,
        *SUPPLIER.documents,
        CUSTOMER.control_accounts,
        SUPPLIER.control_accounts,
        "voucher_rows",
        "voucher_references",
        "accounting_method",
    ),
    by_side=True,
    apply=partial(document_vouchers, kind="invoice"),
    resolution="one voucher in the ledger books the invoice, with its amount",
)
