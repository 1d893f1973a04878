"""Supplier payments that settle nothing, wait unbooked, pay too much or leave a residue.

The same check as of the customer subledger; the rules in ``payments.py`` do not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from transforms.payments import payments
from transforms.reconciliations.ar_payments import AR_PAYMENTS
from transforms.subledger import SUPPLIER

AP_PAYMENTS = replace(
    AR_PAYMENTS,
    id="ap_payments",
    question="Does every supplier payment settle an invoice in full, and is it booked?",
    rationale=(
        "Money that is booked against nothing hides an unpaid invoice or a claim on the supplier;"
        " residues and forgotten payments make the open items unreadable."
    ),
    grain="supplier payment; supplier invoice for overpayment, too much open, and residue",
    inputs=("ledger.supplier_payments", "ledger.supplier_invoices", "ledger.supplier_write_offs"),
    needs=SUPPLIER.documents,
    apply=partial(payments, subledger=SUPPLIER),
)
