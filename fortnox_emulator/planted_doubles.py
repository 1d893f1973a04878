"""Discrepancies that are one invoice too many: entered twice, a reminder entered as an invoice, one bill of two.

Books and ledger agree about all of them. What does not belong here: documents that disagree with anything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Document, Party, Side
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_document, new_document


def same_amount(planter: Planter, side: Side) -> list[Finding]:
    """Another invoice of the same party and amount a few days later, under a number of its own."""
    first = planter.new_booked(side, planter.open_day(12, 40))
    second = again(planter, first, days=planter.random.randint(1, 10))
    return [_double("same_amount", second)]


def reminder(planter: Planter, side: Side) -> list[Finding]:
    """The same number again a month later, for 75 kronor more."""
    first = planter.new_booked(side, planter.open_day(40, 60))
    second = again(planter, first, days=30, more=60_00)
    second.reference, second.ocr = first.reference, first.ocr
    return [_double("reminder_fee", second)]


def same_number(planter: Planter) -> list[Finding]:
    """A supplier's invoice entered twice, weeks apart."""
    first = planter.new_booked(Side.SUPPLIER, planter.open_day(40, 60))
    second = again(planter, first, days=25)
    second.reference = f" {first.reference.lower()}"
    return [_double("same_number", second)]


def two_suppliers(planter: Planter) -> list[Finding]:
    """The same bill from two suppliers."""
    first = planter.new_booked(Side.SUPPLIER, planter.open_day(20, 40))
    parties = planter.books.parties[Side.SUPPLIER].values()
    other = planter.choose(
        party for party in parties if party.active and party.currency == "SEK" and party.number != first.party
    )
    second = again(planter, first, days=12, party=other)
    second.reference = first.reference
    return [_double("two_suppliers", second)]


def again(
    planter: Planter, first: Document, *, days: int, more: int = 0, party: Party | None = None
) -> Document:
    """A booked document like ``first``, so many days later, its line so many öre (without VAT) larger."""
    books, side, day = planter.books, first.side, first.day + timedelta(days=days)
    number = books.next_document(side)
    lines = [replace(first.lines[0], net=first.lines[0].net + more)]
    party = party or books.party_of(first)
    second = new_document(books, side, number, party, day, day + timedelta(days=30), lines)
    second.reference = f"X-{number}" if side is Side.SUPPLIER else ""
    books.documents[side][number] = second
    book_document(books, second, registered=day)
    planter.touch(second)
    return second


def _double(rule: str, second: Document) -> Finding:
    subject = f"{second.side.value}_invoice"
    return Finding(f"{PREFIX[second.side]}_duplicates", rule, "W", subject, second.number, second.total)
