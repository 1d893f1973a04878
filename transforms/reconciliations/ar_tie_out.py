"""Customer subledger against its control accounts, every month end and today.

The rule is shared with the other subledger in ``tie_out.py``, its terms come from ``bridge.py``; neither
belongs here.
"""

from __future__ import annotations

from functools import partial

from transforms.reconciliation import Reconciliation
from transforms.subledger import CUSTOMER
from transforms.tie_out import tie_out

AR_TIE_OUT = Reconciliation(
    id="ar_tie_out",
    question=(
        "Does the customer subledger equal its control accounts in the general ledger, at every month"
        " end and today?"
    ),
    rationale=(
        "The balance sheet shows the control account, the receivables behind it are the "
        "subledger. Where they part, one of them is wrong."
    ),
    source="checks.md §2; BFNAR 2013:2 (sidoordnad bokföring)",
    grain=(
        "control account and month; one more for the balance brought into the first loaded year, and one per control"
        " account for what its tolerance let pass"
    ),
    inputs=(
        "ledger.subledger_entries",
        "ledger.voucher_rows",
        "ledger.account_balances",
        "ledger.control_accounts",
    ),
    rules={
        "movement": (
            "The month's change of the control account in the ledger (booked rows, or the opening"
            " balance) is the month's change of open items. The findings up to a date sum to the "
            "tie-out difference at that date."
        ),
        "accumulated": (
            "Months that each differ within the account's tolerance do not together differ by more than it. Their"
            " terms are in `recon.bridges`."
        ),
    },
    tolerance="per account in SEK, 0.00 unless set; for a month, and for all months within it taken together",
    severity="B",
    blind_spots=(
        "Two errors in the same month and account that cancel out, and an amount that is wrong in"
        " the document and in its voucher alike. Years before a gap in the loaded vouchers. "
        "Cash-method years are compared at their end only. An invoice booked on another control account of its"
        " subledger than it should be: its voucher says where it belongs, and how a total is split between customer and"
        " Skatteverket, where the rows of the invoice are not read."
    ),
    needs=(
        *CUSTOMER.documents,
        CUSTOMER.control_accounts,
        "voucher_rows",
        "account_balances",
        "accounting_method",
    ),
    apply=partial(tie_out, subledger=CUSTOMER),
    resolution="the control account moved by what the subledger moved by",
)
