"""What must be found about credit notes, by the rules of ``docs/checks.md``.

What does not belong here: invoices, and what a credit note does to the subledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, Side
from fortnox_emulator.witness_subledger import booked_payments, entries, open_amount, settles

CREDIT_NOTE_DAYS = 60


def credit_findings(books: Books) -> Iterator[Finding]:
    """Booked credit notes that raise what is owed, wait too long, or exceed every invoice they can be about."""
    for side in Side:
        paid = booked_payments(books, side)
        posted = {
            entry.item.number: entry.posting_day for entry in entries(books, side) if entry.kind == "invoice"
        }
        live = [document for document in books.documents[side].values() if settles(document)]
        for note in filter(is_credit_note, live):
            left = open_amount(note, paid[note.number])
            if note.total > 0:
                yield _finding(note, "wrong_sign", 2 * note.total)
            if left < 0 and posted[note.number] < books.today - timedelta(days=CREDIT_NOTE_DAYS):
                yield _finding(note, "unmatched", left)
            largest = max((one.total for one in live if _can_be_credited(one, note)), default=0)
            if note.total + largest < 0:
                yield _finding(note, "above_original", note.total + largest)


def is_credit_note(document: Document) -> bool:
    """Only suppliers' lists say so; of customers the sign does."""
    return document.total < 0 or (document.side is Side.SUPPLIER and document.credit)


def _can_be_credited(invoice: Document, note: Document) -> bool:
    same_money = note.side is Side.SUPPLIER or invoice.currency == note.currency
    return (
        not is_credit_note(invoice) and invoice.party == note.party and same_money and invoice.day <= note.day
    )


def _finding(note: Document, rule: str, difference: int) -> Finding:
    return Finding("credit_notes", rule, "W", f"{note.side.value}_invoice", note.number, difference)
