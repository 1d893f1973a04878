"""Turning documents and payments into vouchers: the only place that decides which account a posting touches.

Every function books a balanced voucher and links it both ways. What does not belong here: when any of it happens
(activity) and anything deliberately wrong (discrepancies).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from fortnox_emulator.books import Books
from fortnox_emulator.model import Document, Line, Party, Payment, Row, Side, Voucher, VoucherKey, WriteOff
from fortnox_emulator.money import in_sek, round_half_up, share, whole_kronor
from fortnox_emulator.scheme import PaymentMode

#: Tax reduction is this share, per cent, of labour, VAT included; lines of this VAT rate are labour.
_REDUCTION, _LABOUR_VAT = 30, 25
DOCUMENT_REFERENCE = {Side.CUSTOMER: "INVOICE", Side.SUPPLIER: "SUPPLIERINVOICE"}
PAYMENT_REFERENCE = {Side.CUSTOMER: "INVOICEPAYMENT", Side.SUPPLIER: "SUPPLIERPAYMENT"}


def book_voucher(
    books: Books,
    series: str,
    day: date,
    text: str,
    rows: list[Row],
    *,
    registered: date,
    reference: tuple[str, str] = ("MANUAL", ""),
    comments: str = "",
) -> Voucher:
    """Append a voucher to a series; rows without an amount are left out. Refuses what does not balance."""
    rows = [row for row in rows if row.amount]
    if sum(row.amount for row in rows):
        raise ValueError(f"voucher {series} {day} {text!r} does not balance")
    year_id = books.year_of(day).year_id
    key = VoucherKey(year_id, series, books.next_number(year_id, series))
    modified = books.stamp(registered, f"{key}")
    voucher = Voucher(key, day, text, rows, registered, modified, reference[0], reference[1], comments)
    books.add_voucher(voucher)
    return voucher


# -- documents ---------------------------------------------------------------------------------------------------


def luhn_digit(digits: str) -> str:
    """The check digit of an OCR number (modulo 10, weights 2 1 2 ... from the right)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        product = int(digit) * (2 if position % 2 == 0 else 1)
        total += product // 10 + product % 10
    return str(-total % 10)


def new_document(
    books: Books, side: Side, number: str, party: Party, day: date, due: date, lines: list[Line]
) -> Document:
    """A document that is not booked yet; totals follow from its lines. Credit notes have negative lines."""
    rate, unit = books.rate(party.currency, day)
    document = Document(
        side=side,
        number=number,
        party=party.number,
        day=day,
        due=due,
        lines=lines,
        currency=party.currency,
        rate=rate,
        unit=unit,
        total=0,
        ledger_total=0,
        vat=0,
        round_off=0,
        modified=books.stamp(day, f"{side.value}:{number}"),
        ocr=number + luhn_digit(number) if side is Side.CUSTOMER else "",
        reverse_charge=side is Side.SUPPLIER and party.currency != "SEK",
        house_work=side is Side.CUSTOMER and party.private and books.profile.tax_reduction_account > 0,
    )
    set_lines(document, lines, rounds=party.rounds)
    return document


def set_lines(document: Document, lines: list[Line], *, rounds: bool) -> None:
    """Give a document its lines and recompute its totals.

    Customer totals stay in document currency; supplier totals are SEK, as the API states them.
    """
    document.lines = lines
    document.vat = sum(vat_by_rate(lines).values())
    exact = sum(line.net for line in lines) + document.vat
    document.round_off = whole_kronor(exact) - exact if rounds else 0
    currency_total = exact + document.round_off
    document.ledger_total = in_sek(currency_total, document.rate, document.unit)
    document.total = currency_total if document.side is Side.CUSTOMER else document.ledger_total
    work = share(sum(line.net for line in lines if line.vat_percent == _LABOUR_VAT), 100 + _LABOUR_VAT)
    reduced = document.house_work and work > 0
    document.tax_reduction = whole_kronor(share(work, _REDUCTION)) if reduced else 0


def vat_by_rate(lines: list[Line]) -> dict[int, int]:
    """VAT percentage -> VAT on the summed net of the lines with that rate, öre."""
    nets: dict[int, int] = {}
    for line in lines:
        nets[line.vat_percent] = nets.get(line.vat_percent, 0) + line.net
    return {percent: share(net, percent) for percent, net in nets.items() if percent}


def book_document(books: Books, document: Document, *, registered: date) -> Voucher | None:
    """Book an invoice on its own date; from now on it is part of the subledger. No voucher under the cash method."""
    document.booked = True
    document.sent = document.side is Side.CUSTOMER
    if books.is_cash(document.day):
        document.modified = books.stamp(registered, f"{document.side.value}:{document.number}")
        return None
    party = books.party_of(document)
    rows = (
        customer_rows(books, document) if document.side is Side.CUSTOMER else supplier_rows(books, document)
    )
    word = "Kreditfaktura" if document.credit else "Kundfaktura"
    text = f"{word} {document.number}, {party.name}"
    if document.side is Side.SUPPLIER:
        text = f"Lev.faktura {document.number} {party.name}"
    reference = (DOCUMENT_REFERENCE[document.side], document.number)
    voucher = book_voucher(
        books,
        books.profile.scheme.document_series(document),
        document.day,
        text,
        rows,
        registered=registered,
        reference=reference,
    )
    document.voucher = voucher.key
    document.modified = voucher.modified
    return voucher


def customer_rows(books: Books, document: Document) -> list[Row]:
    """Debit receivables, credit revenue and output VAT; conversion remainders go to the first revenue row."""
    scheme = books.profile.scheme
    rows = [Row(books.control_of(document), document.ledger_total - document.tax_reduction)]
    if document.tax_reduction:
        rows.append(Row(books.profile.tax_reduction_account, document.tax_reduction))
    revenue = [
        Row(
            line.account,
            -in_sek(line.net, document.rate, document.unit),
            cost_center=document.cost_center,
            project=document.project,
        )
        for line in document.lines
    ]
    vat = [
        Row(scheme.output_vat[percent], -in_sek(amount, document.rate, document.unit))
        for percent, amount in vat_by_rate(document.lines).items()
    ]
    rounding = [Row(scheme.rounding, -document.round_off)]
    revenue[0].amount -= sum(row.amount for row in [*rows, *revenue, *vat, *rounding])
    return rows + revenue + vat + rounding


def supplier_rows(books: Books, document: Document) -> list[Row]:
    """Credit payables, debit cost and input VAT; foreign purchases carry reverse-charge VAT both ways."""
    scheme = books.profile.scheme
    rows = [Row(books.control_of(document), -document.ledger_total)]
    costs = [
        Row(line.account, in_sek(line.net, document.rate, document.unit), cost_center=document.cost_center)
        for line in document.lines
    ]
    vat = [Row(scheme.input_vat, document.vat)] if document.vat else []
    rounding = [Row(scheme.rounding, document.round_off)]
    costs[0].amount -= sum(row.amount for row in [*rows, *costs, *vat, *rounding])
    if document.reverse_charge:
        calculated = share(document.ledger_total, 25)
        vat = [Row(scheme.reverse_vat_debit, calculated), Row(scheme.reverse_vat_credit, -calculated)]
    return rows + costs + vat + rounding


# -- payments ----------------------------------------------------------------------------------------------------


def new_payment(
    books: Books,
    document: Document,
    day: date,
    currency_amount: int,
    *,
    mode: PaymentMode,
    registered: date,
    write_offs: list[WriteOff] | None = None,
) -> Payment:
    """Register a payment in invoice currency at the day's rate; it touches nothing until it is booked."""
    number = max(books.payments[document.side], default=0) + 1
    rate, unit = books.rate(document.currency, day)
    payment = Payment(
        side=document.side,
        number=number,
        document=document.number,
        day=day,
        amount=in_sek(currency_amount, rate, unit),
        currency_amount=currency_amount,
        currency=document.currency,
        rate=rate,
        unit=unit,
        mode=mode.code,
        mode_account=mode.account,
        modified=books.stamp(registered, f"{document.side.value}:payment:{number}"),
        write_offs=write_offs or [],
        source="direct" if document.side is Side.SUPPLIER else "manual",
    )
    books.add_payment(payment)
    return payment


def book_payment(books: Books, payment: Payment, *, registered: date) -> Voucher:
    """Book a registered payment: it now lowers the invoice's balance and the control account."""
    document = books.documents[payment.side][payment.document]
    payment.booked = True
    effect = books.effects(document)[payment.number]
    rows = payment_rows(books, payment, document, effect)
    scheme = books.profile.scheme
    netting = payment.mode_account == scheme.netting
    series = scheme.netting_series if netting else scheme.payment_series(payment)
    words = {Side.CUSTOMER: "Inbetalning kundfaktura", Side.SUPPLIER: "Utbetalning lev.faktura"}
    text = f"{'Kvittning' if netting else words[payment.side]} {document.number}"
    reference = (PAYMENT_REFERENCE[payment.side], str(payment.number))
    voucher = book_voucher(books, series, payment.day, text, rows, registered=registered, reference=reference)
    payment.voucher = voucher.key
    payment.modified = document.modified = voucher.modified
    return voucher


def payment_rows(books: Books, payment: Payment, document: Document, effect: int) -> list[Row]:
    """Money one way, control account the other, write-offs at the invoice's rate, the rest is exchange difference.

    Under the cash method the other way is the invoice's own posting, in proportion to what is settled.
    """
    sign = 1 if payment.side is Side.CUSTOMER else -1
    rows = [Row(payment.mode_account, sign * payment.amount)]
    rows += [
        Row(item.account, sign * in_sek(item.amount, document.rate, document.unit), text=item.text)
        for item in payment.write_offs
    ]
    if books.is_cash(payment.day):
        return [*rows, *_posting_of_paid(books, document, sum(row.amount for row in rows))]
    account = books.profile.tax_reduction_account if payment.from_tax_office else books.control_of(document)
    rows.append(Row(account, -sign * effect))
    difference = sum(row.amount for row in rows)
    name = "CURRENCYWIN" if difference > 0 else "CURRENCYLOSS"
    return [*rows, Row(books.profile.predefined[name], -difference)]


def _posting_of_paid(books: Books, document: Document, paid: int) -> list[Row]:
    """The invoice's own rows without the control account, scaled to offset what was paid; the first takes the rest."""
    make = customer_rows if document.side is Side.CUSTOMER else supplier_rows
    control, *others = make(books, document)
    part = Decimal(paid) / control.amount
    rows = [replace(row, amount=round_half_up(row.amount * part)) for row in others]
    rows[0].amount -= paid + sum(row.amount for row in rows)
    return rows
