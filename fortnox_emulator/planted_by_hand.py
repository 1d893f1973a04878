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
    found = _pay(planter, document, second.day + timedelta(days=10), f"Betalning {name}")
    return [*found, _ambiguous(found)]


def paid_by_hand_twice(planter: Planter, side: Side) -> list[Finding]:
    """Two vouchers name the invoice and pay all of it: either may be the one."""
    document = planter.new_booked(side, planter.open_day(20, 40))
    called = document.ocr or document.reference
    found = [
        _pay(planter, document, document.day + timedelta(days=days), f"Betalning {called}")
        for days in (10, 12)
    ]
    return [finding for one in found for finding in (*one, _ambiguous(one))]


def paid_by_hand_unclear_sum(planter: Planter, side: Side) -> list[Finding]:
    """The voucher names the party and pays two invoices at once, the last and either of two equal ones."""
    document = planter.new_booked(side, planter.open_day(45, 60))
    again(planter, document, days=25)
    last = again(planter, document, days=30, more=planter.random.randint(500_00, 900_00))
    name = planter.books.party_of(document).name
    found = _pay(planter, document, last.day + timedelta(days=10), f"Betalning {name}", beside=last)
    return [*found, _ambiguous(found)]


def _pay(
    planter: Planter, document: Document, day: date, text: str, beside: Document | None = None
) -> list[Finding]:
    """A manual voucher of the whole amount of the document, and of the one beside it, against the bank."""
    books, paid = planter.books, [document, *([beside] if beside else [])]
    amount = -sum(planter.control_row(planter.voucher_of(one), one.side).amount for one in paid)
    rows = [Row(planter.control_of(document), amount), Row(books.profile.scheme.bank, -amount)]
    voucher = book_voucher(books, books.profile.scheme.manual_series, day, text, rows, registered=day)
    planter.touch(voucher)
    return [planter.movement(document, day, -amount), planter.manual(voucher, document, amount)]


def _ambiguous(found: list[Finding]) -> Finding:
    """What is told of a voucher that several answers fit equally well."""
    voucher = next(one for one in found if one.check == "manual_control_vouchers")
    return Finding("matching", "ambiguous", "I", voucher.subject_kind, voucher.subject_key, None)
