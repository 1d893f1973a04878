"""Supplier invoices: the open balance rebuilt from payments and write-offs is the one Fortnox states.

The rule is shared with the other subledger in ``open_balance.py`` and does not belong here.
"""

from __future__ import annotations

from functools import partial

from transforms.open_balance import open_balance
from transforms.reconciliation import Reconciliation
from transforms.subledger import SUPPLIER

AP_OPEN_BALANCE = Reconciliation(
    id="ap_open_balance",
    question="Is every supplier invoice's open balance what its payments and write-offs make it?",
    rationale=(
        "Every balance as of a past date is rebuilt from the same parts. If they do not give "
        "today's balance, no date can be trusted for that invoice."
    ),
    source="checks.md §1; Fortnox SupplierInvoice.Balance",
    grain="booked, uncancelled supplier invoice",
    inputs=("ledger.supplier_invoices", "ledger.supplier_payments", "ledger.supplier_write_offs"),
    rules={
        "open_balance": (
            "Total less booked payments and their write-offs is the balance the API states, in SEK."
        )
    },
    tolerance="none: to the öre",
    severity="B",
    blind_spots=(
        "Errors that changed the payments and the stated balance alike, and invoices whose "
        "balance the API does not give. Unbooked and cancelled invoices are outside."
    ),
    needs=(*SUPPLIER.documents, SUPPLIER.balances),
    apply=partial(open_balance, subledger=SUPPLIER),
    resolution="the stated balance is what total, payments and write-offs leave",
)
