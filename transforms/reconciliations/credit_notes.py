"""Credit notes that point the wrong way, credit more than was ever invoiced, or wait too long to be settled.

How a credit note changes the subledger does not belong here; that is ``subledger.py``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.open_balance import about_invoice, recomputed
from transforms.reconciliation import Reconciliation, Result, drafts, together
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, Subledger
from transforms.wording import count_of

_PARTY: Final = ["company_id", "counterparty_number", "stated_currency"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per booked credit note and rule it breaks, customers and suppliers alike."""
    return Result(together(*(_of(books, settings, ledger) for ledger in (CUSTOMER, SUPPLIER))))


def _of(books: Books, settings: Settings, subledger: Subledger) -> pl.DataFrame:
    held = recomputed(books, subledger)
    credits_ = held.filter("is_credit_note")
    return together(
        _wrong_sign(credits_, subledger),
        _unmatched(credits_, settings, subledger),
        _above_original(credits_, held.filter(~pl.col("is_credit_note")), subledger),
    )


def _wrong_sign(notes: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """Marked as credit notes, yet they raise what is owed."""
    wrong = notes.filter(pl.col("total") > 0).with_columns(expected=-pl.col("total"), actual="total")
    return _told(wrong, subledger, "wrong_sign", "is marked as a credit note but its total is {}", "actual")


def _unmatched(notes: pl.DataFrame, settings: Settings, subledger: Subledger) -> pl.DataFrame:
    """Still open, in part or whole, long after they were booked."""
    limit = settings.as_of - dt.timedelta(days=settings.credit_note_days)
    waiting = notes.filter(pl.col("open") < 0, pl.col("posting_date") < limit).with_columns(
        expected=pl.lit(money.ZERO), actual="open"
    )
    days = count_of(settings.credit_note_days, "day", "days")
    clause = f"has {{}} settled against nothing more than {days} after it was booked"
    return _told(waiting, subledger, "unmatched", clause, "open")


def _above_original(notes: pl.DataFrame, invoices: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """Larger than any invoice the counterparty had by then: whatever was credited, it was less."""
    earlier = (
        notes.select(*_PARTY, "document_number", "invoice_date")
        .join(invoices.select(*_PARTY, "total", _dated="invoice_date"), on=_PARTY)
        .filter(pl.col("_dated") <= pl.col("invoice_date"))
        .group_by("company_id", "document_number")
        .agg(largest=pl.col("total").max())
    )
    above = (
        notes.filter(pl.col("counterparty_number").is_not_null())
        .join(earlier, on=["company_id", "document_number"], how="left")
        .with_columns(expected=-money.or_zero(pl.col("largest")), actual="total")
        .filter(pl.col("actual") < pl.col("expected"))
    )
    return _told(
        above, subledger, "above_original", "of {} is larger than any invoice it can credit", "actual"
    )


def _told(notes: pl.DataFrame, subledger: Subledger, rule: str, clause: str, amount: str) -> pl.DataFrame:
    body = pl.format(clause, money.amount_text(pl.col(amount), pl.col("stated_currency")))
    return drafts(
        notes.with_columns(
            rule=pl.lit(rule),
            difference=pl.col("actual") - pl.col("expected"),
            explanation=pl.format(
                f"{subledger.name.capitalize()} credit note {{}} of {{}} {{}}.",
                "document_number",
                "invoice_date",
                body,
            ),
            evidence=pl.concat_list(pl.format(f"{subledger.name} invoice {{}}", "document_number")),
            **about_invoice(subledger),
        )
    )


CREDIT_NOTES = Reconciliation(
    id="credit_notes",
    question="Does every credit note credit something, in the right direction, and no more than it can?",
    rationale=(
        "A credit note that stays open is money a customer may claim or a supplier may keep; one larger than any "
        "invoice credits something that was never sold or bought."
    ),
    source="ML 17 kap. 22 § (kreditnota); checks.md §3",
    grain="credit note and rule",
    inputs=("ledger.customer_invoices", "ledger.supplier_invoices", "ledger.subledger_entries"),
    rules={
        "wrong_sign": "The total of a document marked as a credit note is not positive.",
        "unmatched": "No credit note has anything left open `credit_note_days` (60) days after it was booked.",
        "above_original": (
            "A credit note is no larger than the largest invoice of the same counterparty and currency up to its date."
        ),
    },
    tolerance="credit_note_days, per company",
    severity="W",
    blind_spots=(
        "Which invoice is credited: Fortnox states that only in the detail of a document, which is not read. A credit "
        "above its own original but below another invoice. Originals older than the loaded documents show as above."
    ),
    needs=(*CUSTOMER.documents, *SUPPLIER.documents),
    by_side=True,
    apply=_reconcile,
    resolution="the credit note is settled, or its sign or amount is right",
)
