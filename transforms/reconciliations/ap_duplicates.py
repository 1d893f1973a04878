"""Suppliers' invoices entered twice, reminders entered as invoices, one bill of two suppliers.

The rules are shared with the other subledger in ``transforms/duplicates.py`` and do not belong here.
"""

from __future__ import annotations

from functools import partial

from transforms.duplicates import AMOUNT, NUMBER, REMINDER, SUPPLIERS, duplicates
from transforms.reconciliation import Reconciliation
from transforms.subledger import SUPPLIER

AP_DUPLICATES = Reconciliation(
    id="ap_duplicates",
    question="Is any supplier's invoice entered twice?",
    rationale=(
        "An invoice paid twice is money given away; a reminder entered as an invoice pays the original again."
    ),
    source="ML 17 kap. 24 § (löpnummer); checks.md §3",
    grain="later document of a pair",
    inputs=("ledger.supplier_invoices",),
    rules={
        REMINDER: (
            "No invoice repeats a number of its supplier within `reminder_days` (60) with an amount that is 50 to 250 "
            "SEK larger (`reminder_fee_least`, `reminder_fee_most`)."
        ),
        NUMBER: "No two invoices of a supplier carry the same number, case, blanks and signs aside.",
        SUPPLIERS: "No two suppliers have an invoice of the same number (three characters or more) and amount.",
        AMOUNT: (
            "No two invoices of a counterparty have the same amount within `duplicate_days` (10). Not said where the "
            "amount recurs: four or more invoices of it, and this gap at least half the usual (median) one."
        ),
    },
    tolerance="duplicate_days, reminder_days, reminder_fee_least and reminder_fee_most, per company",
    severity="W",
    blind_spots=(
        "Pairs one of which was credited in full (a credit note of its amount, dated no earlier than the first) are "
        "never reported. A number more than three documents of a counterparty carry is taken for no number. Suppliers' "
        "OCR numbers stand only in the detail of an invoice, which is not read. Receipts booked by hand beside one."
    ),
    needs=("supplier_invoices",),
    apply=partial(duplicates, subledger=SUPPLIER),
    resolution="one of the two was cancelled or credited",
)
