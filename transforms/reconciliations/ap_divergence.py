"""The first day on which the supplier subledger and a control account parted.

The same check as of the customer subledger; the rule in ``divergence.py`` does not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from transforms.divergence import divergence
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE
from transforms.subledger import SUPPLIER

AP_DIVERGENCE = replace(
    AR_DIVERGENCE,
    id="ap_divergence",
    question="On which day did the supplier subledger and its control account first part?",
    needs=(
        *SUPPLIER.documents,
        SUPPLIER.control_accounts,
        "voucher_rows",
        "account_balances",
        "accounting_method",
    ),
    apply=partial(divergence, subledger=SUPPLIER),
)
