"""What was open at a period's end and has been paid since: evidence that it was there, without asking anybody.

What is open today does not belong here; that is ``ageing``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, Subledger, open_items
from transforms.tables import MONEY, SUBSEQUENT_SETTLEMENTS

NAMED: Final = 5


def _reconcile(books: Books, settings: Settings) -> Result:
    """The table of items per period end, and a draft per control account and period end."""
    parts = [
        _since(books, subledger, end, settings.as_of)
        for end in _period_ends(books, settings.as_of)
        for subledger in (CUSTOMER, SUPPLIER)
    ]
    items = SUBSEQUENT_SETTLEMENTS.select(pl.concat([SUBSEQUENT_SETTLEMENTS.empty(), *parts]))
    return Result(drafts(_told(items, settings.as_of)), tables={SUBSEQUENT_SETTLEMENTS.qualified_name: items})


def _period_ends(books: Books, as_of: dt.date) -> list[dt.date]:
    """The end of the last financial year that is over, and of the last month that is locked."""
    over = books.periods.filter(pl.col("end_date") < as_of)
    years = books.financial_years.filter(pl.col("end_date") < as_of)["end_date"].max()
    locked = over.filter(pl.col("end_date") <= pl.col("locked_until"))["end_date"].max()
    return sorted({end for end in (years, locked) if isinstance(end, dt.date)})


def _since(books: Books, subledger: Subledger, end: dt.date, as_of: dt.date) -> pl.DataFrame:
    """Items of one subledger open at the end of a day, with what settled them after it and until the run's date."""
    later = subledger.entries_of(books).filter(
        pl.col("posting_date").is_between(end, as_of, closed="right"), pl.col("document_number").is_not_null()
    )
    paid = pl.col("kind") == "payment"
    in_order = later.sort("posting_date", pl.col("payment_number").str.len_chars(), "payment_number")
    settled = in_order.group_by("company_id", "document_number", "control_account").agg(
        paid=money.total(pl.col("amount").filter(paid)),
        written_off=money.total(pl.col("amount").filter(pl.col("kind") == "write_off")),
        invoiced=money.total(pl.col("amount").filter(pl.col("kind") == "invoice")),
        payments=pl.col("payment_number").filter(paid).str.join(", "),
        last_paid=pl.col("posting_date").filter(paid).max(),
    )
    return (
        open_items(subledger, books, end)
        .filter(pl.col("control_account").is_not_null(), pl.col("amount") != 0)
        .join(settled, on=["company_id", "document_number", "control_account"], how="left")
        .with_columns(money.or_zero(pl.col("paid", "written_off", "invoiced")))
        .with_columns(not_settled=pl.sum_horizontal("amount", "paid", "written_off", "invoiced").cast(MONEY))
        .select(list(SUBSEQUENT_SETTLEMENTS.dtypes))
    )


def _told(items: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    left = pl.col("not_settled") != 0
    name = pl.format("{} ({})", "document_number", money.amount_text(pl.col("not_settled")))
    accounts = (
        items.sort(pl.col("not_settled").abs(), "document_number", descending=[True, False])
        .group_by("company_id", "subledger", "control_account", "as_of")
        .agg(
            items=pl.len(),
            settled=(~left).sum(),
            expected=money.total(pl.col("amount")),
            actual=money.total(-pl.col("paid")),
            not_settled=money.total(pl.col("not_settled")),
            largest=name.filter(left).head(NAMED),
            keys=_document().filter(left).head(NAMED),
        )
    )
    named = pl.col("largest").list.join(", ")
    rest = pl.when(named != "").then(pl.format(", the largest: {}", named)).otherwise(pl.lit(""))
    return accounts.with_columns(
        date="as_of",
        rule=pl.lit("paid_after"),
        subject_kind=pl.lit("control_account"),
        subject_key=pl.format("{}/{}", "control_account", "as_of"),
        account_number="control_account",
        difference=(pl.col("actual") - pl.col("expected")).cast(MONEY),
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            f"Account {{}} on {{}}: expected {{}} ({{}} {{}} items) to be paid after it, found {{}} paid until "
            f"{as_of}; "
            "settled in full: {}; not settled: {}{}.",
            "control_account", "as_of", money.amount_text(pl.col("expected")), "items", "subledger",
            money.amount_text(pl.col("actual")), "settled", money.amount_text(pl.col("not_settled")), rest,
        ),
        evidence="keys",
    )  # fmt: skip


def _document() -> pl.Expr:
    """The key of an item's invoice, or of the payment that names none."""
    item = pl.col("document_number")
    kind = pl.when(item.str.starts_with("payment:")).then(pl.lit("payment")).otherwise(pl.lit("invoice"))
    return pl.format("{} {} {}", "subledger", kind, item.str.strip_prefix("payment:"))


SUBSEQUENT_SETTLEMENT = Reconciliation(
    id="subsequent_settlement",
    question="How much of what was open at a period's end has been paid since?",
    rationale=(
        "A claim that was paid afterwards existed; that is the evidence an auditor takes where no "
        "confirmation comes. What "
        "is still not paid is what must be asked about."
    ),
    source="ISA 505 p. 12, A18-A19 (alternative procedures); checks.md §3",
    grain="control account and period end: the last financial year that is over, the last locked month",
    inputs=("ledger.subledger_entries", "ledger.financial_years", "recon.periods"),
    rules={
        "paid_after": (
            "Of the items open at the end of the period, what payments dated after it and until the run's date "
            "settled. "
            "Expected is what was open, actual what was paid; write-offs settle and are no payment, and so does the "
            "invoice of an item that was paid in advance. "
            "`recon.subsequent_settlements` has every item."
        )
    },
    tolerance="none",
    severity="I",
    blind_spots=(
        "Where the money came from: a netting against a credit note is a payment to the API. Payments made before the "
        "period's end and booked after it settle an item all the same."
    ),
    needs=(*CUSTOMER.documents, *SUPPLIER.documents),
    by_side=True,
    apply=_reconcile,
    resolution="another period's end is looked at, or nothing was open",
)
