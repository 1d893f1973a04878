"""The first day on which the customer subledger and a control account parted.

The rule is shared with the other subledger in ``divergence.py`` and does not belong here.
"""

from __future__ import annotations

from functools import partial

from transforms.divergence import divergence
from transforms.reconciliation import Reconciliation
from transforms.subledger import CUSTOMER

AR_DIVERGENCE = Reconciliation(
    id="ar_divergence",
    question="On which day did the customer subledger and its control account first part?",
    rationale=("The day leads to the voucher. A month says where to look, a day says at what."),
    source="checks.md §2",
    grain="control account",
    inputs=("recon.bridges",),
    rules={
        "first_day": (
            "The first day at whose end the difference is not zero. `recon.divergences` has it and every later day on "
            "which the difference changed."
        )
    },
    tolerance="none: to the öre",
    severity="I",
    blind_spots=(
        "Two errors of the same day and account that cancel out. In cash-method years only the end of the "
        "year is a day."
    ),
    needs=(
        *CUSTOMER.documents,
        CUSTOMER.control_accounts,
        "voucher_rows",
        "account_balances",
        "accounting_method",
    ),
    apply=partial(divergence, subledger=CUSTOMER),
    resolution="subledger and control account never parted, or part on no day that is compared",
)
