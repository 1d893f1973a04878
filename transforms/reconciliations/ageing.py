"""How old the open items are, and that they sum to what the tie-out compares.

How items are sorted into buckets belongs in ``transforms/ageing.py``, not here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.ageing import aged
from transforms.books import Books
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER
from transforms.tables import AGEING as TABLE
from transforms.wording import count_of, counted


def _reconcile(books: Books, settings: Settings) -> Result:
    """The table of buckets for the run's date, and a draft per control account with items in the oldest bucket."""
    parts = [aged(books, ledger, settings.as_of, settings.ageing_days) for ledger in (CUSTOMER, SUPPLIER)]
    buckets = TABLE.select(pl.concat(parts))
    oldest = buckets.filter(pl.col("bucket_order") == len(settings.ageing_days) + 1)
    return Result(
        findings=drafts(
            oldest.with_columns(
                date="as_of",
                rule=pl.lit("oldest_bucket"),
                subject_kind=pl.lit("control_account"),
                subject_key="control_account",
                account_number="control_account",
                actual="amount",
                currency=pl.lit(money.LEDGER_CURRENCY),
                explanation=pl.format(
                    "Account {} holds {} of the {} subledger more than {} overdue on {}, {} in all.",
                    "control_account",
                    counted(pl.col("items"), "document", "documents"),
                    "subledger",
                    pl.lit(count_of(max(settings.ageing_days, default=0), "day", "days")),
                    "as_of",
                    money.amount_text(pl.col("amount")),
                ),
                evidence=pl.concat_list(pl.format("account {}", "control_account")),
            )
        ),
        tables={"recon.ageing": buckets},
    )


AGEING = Reconciliation(
    id="ageing",
    question="How long overdue are the open items?",
    rationale="Old items are the ones that may never be paid, or were paid and never settled.",
    source="BFNAR 2012:1 kap. 11 (nedskrivning av kundfordringar); checks.md §3",
    grain="control account",
    inputs=("recon.open_items",),
    rules={
        "oldest_bucket": (
            "Which items are overdue by more than the last of the set days (90). `recon.ageing` has every "
            "bucket, and its sum is the subledger's side of the day's tie-out."
        )
    },
    tolerance="ageing_days, per company",
    severity="I",
    blind_spots=(
        "Due dates that were changed after the invoice was sent, and agreements to pay later. Whether a "
        "debt is doubtful is a judgment."
    ),
    needs=(*CUSTOMER.documents, *SUPPLIER.documents),
    by_side=True,
    apply=_reconcile,
    resolution="nothing is left in the oldest bucket",
)
