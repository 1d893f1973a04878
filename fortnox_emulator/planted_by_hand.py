"""Discrepancies that are a payment without an invoice: a bank voucher typed by hand while the invoice stays open.

What a reconciliation can find is which invoice was meant, or that it cannot be told. What does not belong here:
payments that name the wrong invoice.
"""

from __future__ import annotations

from datetime import date, timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, Row, Side
from fortnox_emulator.planted_doubles import again
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_voucher


def paid_by_hand(planter: Planter, side: Side) -> list[Finding]:
    """The voucher's text names the invoice and its amount is what is open: there is one answer."""
    document = planter.new_booked(side, planter.open_day(12, 40))
    called = document.ocr or document.reference
    return _pay(planter, document, document.day + timedelta(days=10), f"Betalning {called}")


def paid_by_hand_unclear(planter: Planter, side: Side) -> list[Finding]:
    """The text names the party only, of which two invoices are open with the same amount."""
    document = planter.new_booked(side, planter.open_day(40, 60))
    second = again(planter, document, days=25)
    name = planter.books.party_of(document).name
    return _pay(planter, document, second.day + timedelta(days=10), f"Betalning {name}")


def _pay(planter: Planter, document: Document, day: date, text: str) -> list[Finding]:
    """A manual voucher of the document's whole amount against the bank."""
    books, amount = planter.books, -planter.control_row(planter.voucher_of(document), document.side).amount
    rows = [Row(planter.control_of(document), amount), Row(books.profile.scheme.bank, -amount)]
    voucher = book_voucher(books, books.profile.scheme.manual_series, day, text, rows, registered=day)
    planter.touch(voucher)
    return [planter.movement(document, day, -amount), planter.manual(voucher, document, amount)]
