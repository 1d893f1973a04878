"""Customers' invoices made twice, and reminders made as invoices.

The same check as of the supplier subledger; the rules in ``transforms/duplicates.py`` do not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from transforms.duplicates import AMOUNT, REMINDER, duplicates
from transforms.reconciliations.ap_duplicates import AP_DUPLICATES
from transforms.subledger import CUSTOMER

AR_DUPLICATES = replace(
    AP_DUPLICATES,
    id="ar_duplicates",
    question="Is any invoice to a customer made twice?",
    rationale="An invoice made twice is revenue, VAT and a claim that do not exist.",
    inputs=("ledger.customer_invoices",),
    rules={
        REMINDER: (
            "No invoice repeats an OCR number within `reminder_days` (60) with an amount that is 50 to 250 SEK larger "
            "(`reminder_fee_least`, `reminder_fee_most`). Otherwise the numbers are our own and may be a customer's."
        ),
        AMOUNT: AP_DUPLICATES.rules[AMOUNT],
    },
    blind_spots=(
        "Pairs one of which was credited in full (a credit note of its amount, dated no earlier than the first) are "
        "never reported. An OCR number more than three documents of a customer carry is taken for the customer's own."
    ),
    needs=("customer_invoices",),
    apply=partial(duplicates, subledger=CUSTOMER),
)
