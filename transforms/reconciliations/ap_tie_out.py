"""Supplier subledger against its control accounts, every month end and today.

The same check as of the customer subledger; the rule in ``tie_out.py`` does not belong here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.subledger import SUPPLIER
from transforms.tie_out import tie_out

AP_TIE_OUT = replace(
    AR_TIE_OUT,
    id="ap_tie_out",
    question=AR_TIE_OUT.question.replace("customer subledger", "supplier subledger"),
    rationale=(
        "The balance sheet shows the control account, the payables behind it are the subledger. "
        "Where they part, one of them is wrong."
    ),
    needs=(
        *SUPPLIER.documents,
        SUPPLIER.control_accounts,
        "voucher_rows",
        "account_balances",
        "accounting_method",
    ),
    apply=partial(tie_out, subledger=SUPPLIER),
)
