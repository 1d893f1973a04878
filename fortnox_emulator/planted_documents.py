"""Discrepancies in documents and payments themselves: what the API says of them, and payments on the wrong thing.

What does not belong here: vouchers that disagree with sound documents.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Document, Payment, Side
from fortnox_emulator.money import in_currency
from fortnox_emulator.planted_doubles import again
from fortnox_emulator.planting import Planter, debit_sign
from fortnox_emulator.posting import PAYMENT_REFERENCE, book_voucher, payment_rows


def api_balance(planter: Planter, side: Side) -> list[Finding]:
    """The API states another Balance than follows from the payments."""
    document = planter.paid_or_open(side)
    document.balance_error = planter.amount()
    check, subject = f"{PREFIX[side]}_open_balance", f"{side.value}_invoice"
    return [Finding(check, "open_balance", "B", subject, document.number, -document.balance_error)]


def unbooked_document(planter: Planter, side: Side) -> list[Finding]:
    """The voucher stands in the ledger, the document calls itself unbooked."""
    document = planter.new_booked(side, planter.open_day(3))
    document.booked, document.voucher = False, None
    return [planter.movement(document, document.day, -debit_sign(side) * document.total)]


def document_missing(planter: Planter, side: Side) -> list[Finding]:
    """The voucher of an invoice stands in the ledger, the invoice does not exist."""
    document = planter.new_booked(side, planter.open_day(3))
    del planter.books.documents[side][document.number]
    # Past every number a later night will hand out, so that no new invoice adopts the voucher.
    planter.voucher_of(document).reference_number = str(980_000 + int(document.number))
    return [planter.movement(document, document.day, -debit_sign(side) * document.total)]


def cancelled_not_reversed(planter: Planter, side: Side) -> list[Finding]:
    """A booked document was cancelled and its voucher left in the ledger."""
    document = planter.new_booked(side, planter.open_day(3))
    document.cancelled = True
    return [planter.movement(document, document.day, -debit_sign(side) * document.total)]


def payment_invoice_missing(planter: Planter, side: Side) -> list[Finding]:
    """A booked payment names an invoice that does not exist."""
    document = planter.new_document(side, planter.open_day(3))
    del planter.books.documents[side][document.number]
    # Past every number a later night will hand out, so that no new invoice adopts the payment.
    document.number = str(990_000 + int(document.number))
    return [_warn(_pay_nothing(planter, document), "invoice_missing")]


def payment_invoice_cancelled(planter: Planter, side: Side) -> list[Finding]:
    """A booked payment names an invoice that was cancelled before it was booked."""
    document = planter.new_document(side, planter.open_day(3))
    document.cancelled = True
    return [_warn(_pay_nothing(planter, document), "invoice_cancelled")]


def payment_invoice_unbooked(planter: Planter, side: Side) -> list[Finding]:
    """A booked payment names an invoice that is not booked."""
    document = planter.new_document(side, planter.open_day(3))
    return [_warn(_pay_nothing(planter, document), "invoice_unbooked")]


def payment_invoice_missing_unclear(planter: Planter, side: Side) -> list[Finding]:
    """Such a payment's voucher names the party, of which two invoices are open with the amount."""
    first = planter.new_booked(side, planter.open_day(40, 60))
    second = again(planter, first, days=25)
    # Past every number a later night will hand out, so that no new invoice adopts the payment.
    number, day = str(970_000 + int(first.number)), second.day + timedelta(days=10)
    unknown = replace(first, number=number, day=day, booked=False, voucher=None)
    payment = _pay_nothing(planter, unknown, f"Betalning {planter.books.party_of(first).name}")
    key = str(payment.number)
    return [
        _warn(payment, "invoice_missing"),
        Finding("matching", "ambiguous", "I", f"{side.value}_payment", key, None),
    ]


def _pay_nothing(planter: Planter, document: Document, text: str = "") -> Payment:
    """Book a payment on a document that is no part of the subledger; the ledger side is sound."""
    books = planter.books
    payment = planter.register(document, document.day, document.total)
    payment.booked = True
    rows = payment_rows(books, payment, document, payment.amount)
    reference = (PAYMENT_REFERENCE[payment.side], str(payment.number))
    voucher = book_voucher(
        books,
        books.profile.scheme.payment_series(payment),
        payment.day,
        text or f"Betalning faktura {document.number}",
        rows,
        registered=payment.day,
        reference=reference,
    )
    payment.voucher = voucher.key
    planter.touch(payment)
    return payment


def unbooked_payment_overdue(planter: Planter, side: Side) -> list[Finding]:
    """A payment registered weeks ago was never booked."""
    day = planter.open_day(15, 40)
    document = planter.new_booked(side, day)
    payment = planter.register(document, day + timedelta(days=1), document.total)
    return [_warn(payment, "unbooked_payment_overdue")]


def overpayment(planter: Planter, side: Side) -> list[Finding]:
    """More was paid than invoiced, and nothing sent back."""
    document = planter.new_booked(side, planter.open_day(3))
    excess = planter.amount()
    planter.pay(document, document.day, document.total + excess)
    return [_warn_document(document, "overpayment", -excess)]


def open_above_total(planter: Planter, side: Side) -> list[Finding]:
    """A payment was entered with the wrong sign: more is open than was invoiced."""
    document = planter.new_booked(side, planter.open_day(3))
    paid = planter.amount()
    planter.pay(document, document.day, -paid)
    return [_warn_document(document, "open_above_total", paid)]


def small_residue(planter: Planter, side: Side) -> list[Finding]:
    """A few öre were left open after the payment."""
    document = planter.new_booked(side, planter.open_day(3))
    residue = planter.random.randint(1, 99)
    planter.pay(document, document.day, document.total - residue)
    return [_warn_document(document, "small_residue", residue)]


def small_residue_abroad(planter: Planter, side: Side) -> list[Finding]:
    """What was left open of a foreign invoice is worth less than one krona, however many units that is."""
    books, day = planter.books, planter.open_day(3)
    document = planter.new_booked(side, day, abroad=True)
    left = in_currency(planter.random.randint(20, 90), document.rate, document.unit)
    planter.pay(document, day, books.currency_total(document) - left)
    return [_warn_document(document, "small_residue", books.ledger_left(document))]


def _warn(payment: Payment, rule: str) -> Finding:
    subject = f"{payment.side.value}_payment"
    return Finding(
        f"{PREFIX[payment.side]}_payments", rule, "W", subject, str(payment.number), payment.amount
    )


def _warn_document(document: Document, rule: str, difference: int) -> Finding:
    side = document.side
    return Finding(
        f"{PREFIX[side]}_payments", rule, "W", f"{side.value}_invoice", document.number, difference
    )
