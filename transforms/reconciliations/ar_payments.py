"""Customer payments that settle nothing, wait unbooked, pay too much or leave a residue.

The rules are shared with the other subledger in ``payments.py`` and do not belong here.
"""

from __future__ import annotations

from functools import partial

from transforms.payments import payments
from transforms.reconciliation import Reconciliation
from transforms.subledger import CUSTOMER

AR_PAYMENTS = Reconciliation(
    id="ar_payments",
    question="Does every customer payment settle an invoice in full, and is it booked?",
    rationale=(
        "Money that is booked against nothing hides an unpaid invoice or a debt to the customer; "
        "residues and forgotten payments make the open items unreadable."
    ),
    source="checks.md §3; Fortnox API reference §8.3",
    grain="customer payment; customer invoice for overpayment, too much open, and residue",
    inputs=("ledger.customer_payments", "ledger.customer_invoices", "ledger.customer_write_offs"),
    rules={
        "invoice_missing": "The invoice the payment names exists.",
        "invoice_cancelled": "The invoice the payment names is not cancelled.",
        "invoice_unbooked": "The invoice the payment names is booked.",
        "unbooked_payment_overdue": (
            "A payment is booked within the set number of days (10) of its payment date."
        ),
        "overpayment": (
            "An invoice is not settled by more than its total, a credit note not refunded with more than its own."
        ),
        "open_above_total": (
            "Booked payments and write-offs do not leave an invoice open with more than its total, nor a credit note"
            " with more than its own."
        ),
        "small_residue": (
            "A partly settled invoice is not left open with something worth less than the set amount of SEK (1.00) at"
            " its own rate. Compared, and told, in SEK whatever the invoice's currency."
        ),
    },
    tolerance="unbooked_payment_days and small_residue, per company",
    severity="W",
    blind_spots=(
        "A payment booked against the wrong invoice of the same amount, and payments that never "
        "reached the subledger."
    ),
    needs=CUSTOMER.documents,
    apply=partial(payments, subledger=CUSTOMER),
    resolution="the payment has a booked invoice, is booked itself, or what was too much or left over is settled",
)
