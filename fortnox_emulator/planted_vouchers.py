"""Discrepancies between a subledger and its control account: the document is right, the voucher is not.

Each function breaks one thing and says which findings follow, amounts in öre, subledger minus ledger. What does not
belong here: errors in documents, payments, or SIE balances.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, Payment, Row, RowState, Side, Voucher, WriteOff
from fortnox_emulator.planting import Planter, debit_sign
from fortnox_emulator.posting import book_voucher

_STRAY_ACCOUNT = {Side.CUSTOMER: 1515, Side.SUPPLIER: 2890}


def manual_voucher(planter: Planter, side: Side) -> list[Finding]:
    """Typed straight onto the control account against the bank: from that day on the two differ."""
    voucher, amount = _book_on_control_account(planter, side, "Rättning reskontra")
    return [
        planter.movement(side, voucher.day, -amount),
        planter.manual(voucher, side, amount),
        planter.parted(side, -amount),
    ]


def accrual_on_control_account(planter: Planter, side: Side) -> list[Finding]:
    """Fortnox's accrual of something was set up with the control account: no hand typed it, no document names it."""
    voucher, amount = _book_on_control_account(planter, side, "Periodisering", ("ACCRUAL", "1"))
    return [planter.movement(side, voucher.day, -amount)]


def _book_on_control_account(
    planter: Planter, side: Side, text: str, reference: tuple[str, str] = ("MANUAL", "")
) -> tuple[Voucher, int]:
    """A voucher between control account and bank, and its amount."""
    books, day, amount = planter.books, planter.open_day(), planter.amount()
    rows = [Row(books.profile.control(side), amount), Row(books.profile.scheme.bank, -amount)]
    series = books.profile.scheme.manual_series
    voucher = book_voucher(books, series, day, text, rows, registered=day, reference=reference)
    planter.touch(voucher)
    return voucher, amount


def payment_voucher_amount(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(side)
    return _misstate(planter, payment)


def invoice_voucher_amount(planter: Planter, side: Side) -> list[Finding]:
    document, _ = planter.paid(side)
    return _misstate(planter, document)


def _misstate(planter: Planter, item: Document | Payment) -> list[Finding]:
    """The voucher balances, but with another amount on the control account than the document's."""
    voucher = planter.voucher_of(item)
    row, amount = planter.control_row(voucher, item.side), planter.random.randint(1_00, 90_00)
    other = next(one for one in voucher.rows if one.account != row.account)
    row.amount += amount
    other.amount -= amount
    return [
        planter.movement(item, voucher.day, -amount),
        planter.differs(item, "amount_differs", amount),
    ]


def payment_wrong_account(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(side)
    voucher = planter.voucher_of(payment)
    row = planter.control_row(voucher, side)
    row.account = _STRAY_ACCOUNT[side]
    return [
        planter.movement(payment, voucher.day, row.amount),
        planter.differs(payment, "amount_differs", -row.amount),
    ]


def voucher_struck(planter: Planter, side: Side) -> list[Finding]:
    """The control row of an invoice voucher was struck and the amount added on another account."""
    document, _ = planter.paid(side)
    voucher = planter.voucher_of(document)
    row = _strike(planter, voucher, side, _STRAY_ACCOUNT[side])
    return [
        planter.movement(document, voucher.day, row.amount),
        planter.differs(document, "amount_differs", -row.amount),
        planter.corrected(voucher, document, -row.amount),
    ]


def control_row_replaced(planter: Planter, side: Side) -> list[Finding]:
    """The control row of a payment voucher was struck and the same amount added again. Only that shows."""
    _, payment = planter.paid(side)
    voucher = planter.voucher_of(payment)
    _strike(planter, voucher, side, planter.control_of(payment))
    return [planter.corrected(voucher, payment, 0)]


def _strike(planter: Planter, voucher: Voucher, side: Side, account: int) -> Row:
    """Strike the control row and add its amount on ``account``; returns the struck row."""
    row, signature = planter.control_row(voucher, side), planter.books.profile.signature
    row.state, row.signature = RowState.STRUCK, signature
    voucher.rows.append(Row(account, row.amount, RowState.ADDED, signature=signature))
    voucher.modified = planter.books.stamp(planter.books.today, f"planted:{voucher.key}")
    return row


def invoice_voucher_deleted(planter: Planter, side: Side) -> list[Finding]:
    document, _ = planter.paid(
        side, lambda doc, _pay: doc.currency == "SEK" and planter.deletable(doc.voucher)
    )
    return _delete(planter, document)


def payment_voucher_deleted(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(side, lambda doc, pay: doc.currency == "SEK" and planter.deletable(pay.voucher))
    return _delete(planter, payment)


def _delete(planter: Planter, item: Document | Payment) -> list[Finding]:
    voucher = planter.voucher_of(item)
    amount = planter.control_row(voucher, item.side).amount
    return [
        planter.movement(item, item.day, amount),
        planter.differs(item, "voucher_missing", -amount),
        planter.delete(voucher),
    ]


def invoice_booked_twice(planter: Planter, side: Side) -> list[Finding]:
    return _book_again(planter, planter.paid(side)[0])


def payment_booked_twice(planter: Planter, side: Side) -> list[Finding]:
    return _book_again(planter, planter.paid(side)[1])


def _book_again(planter: Planter, item: Document | Payment) -> list[Finding]:
    """A second voucher for the same document, same day, same rows."""
    voucher = planter.voucher_of(item)
    twin = book_voucher(
        planter.books,
        voucher.key.series,
        voucher.day,
        voucher.text,
        deepcopy(voucher.rows),
        registered=voucher.registered,
        reference=(voucher.reference_type, voucher.reference_number),
    )
    planter.touch(twin)
    amount = planter.control_row(voucher, item.side).amount
    return [
        planter.movement(item, voucher.day, -amount),
        planter.differs(item, "counted_twice", amount),
    ]


def invoice_reference(planter: Planter, side: Side) -> list[Finding]:
    return _refer_elsewhere(planter, planter.paid(side)[0])


def payment_reference(planter: Planter, side: Side) -> list[Finding]:
    """Of a foreign payment: only such a payment's details, which name its voucher, are read."""
    return _refer_elsewhere(planter, planter.paid(side, lambda doc, _pay: doc.currency != "SEK")[1])


def _refer_elsewhere(planter: Planter, item: Document | Payment) -> list[Finding]:
    """The document names its voucher, which says that a document nobody knows caused it."""
    voucher = planter.voucher_of(item)
    voucher.reference_number = str(990_000 + int(voucher.reference_number))
    return [planter.differs(item, "reference_differs", None)]


def invoice_other_month(planter: Planter, side: Side) -> list[Finding]:
    document, _ = planter.paid(
        side, lambda doc, _pay: doc.currency == "SEK" and _next_month_fits(planter, doc.day)
    )
    return _move(planter, document)


def payment_other_month(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(
        side, lambda doc, pay: doc.currency == "SEK" and _next_month_fits(planter, pay.day)
    )
    return _move(planter, payment)


def invoice_cut_off(planter: Planter, side: Side) -> list[Finding]:
    document, _ = planter.paid(
        side, lambda doc, _pay: doc.currency == "SEK" and _next_month_fits(planter, doc.day)
    )
    return _redate(planter, document, _month_after(document.day), "period", "W")


def payment_cut_off(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(
        side, lambda doc, pay: doc.currency == "SEK" and _next_month_fits(planter, pay.day)
    )
    return _redate(planter, payment, _month_after(payment.day), "period", "W")


def invoice_other_day(planter: Planter, side: Side) -> list[Finding]:
    document, _ = planter.paid(
        side, lambda doc, _pay: doc.currency == "SEK" and _next_day_fits(planter, doc.day)
    )
    return _redate(planter, document, document.day + timedelta(days=1), "day", "I")


def payment_other_day(planter: Planter, side: Side) -> list[Finding]:
    _, payment = planter.paid(
        side, lambda doc, pay: doc.currency == "SEK" and _next_day_fits(planter, pay.day)
    )
    return _redate(planter, payment, payment.day + timedelta(days=1), "day", "I")


def _next_day_fits(planter: Planter, day: date) -> bool:
    """Whether the day after lies in the same month and in the past."""
    later = day + timedelta(days=1)
    return planter.books.years[0].first <= day and later.month == day.month and later <= planter.books.today


def _redate(planter: Planter, item: Document | Payment, day: date, unit: str, severity: str) -> list[Finding]:
    """Document and voucher name each other; only the voucher's date is later, in another ``unit`` of time."""
    voucher = planter.voucher_of(item)
    voucher.day = day
    amount = planter.control_row(voucher, item.side).amount
    kind = "payment" if isinstance(item, Payment) else "invoice"
    subject = f"{item.side.value}_{kind}"
    return [Finding("cut_off", f"{kind}_{unit}", severity, subject, str(item.number), amount)]


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) + timedelta(days=9)


def _next_month_fits(planter: Planter, day: date) -> bool:
    """Whether the month after lies in the same financial year and wholly in the past."""
    books = planter.books
    first = books.years[0].first
    later = _month_after(day)
    return first <= day and later + timedelta(days=30) <= books.today and books.year_of(day).holds(later)


def _move(planter: Planter, item: Document | Payment) -> list[Finding]:
    """The voucher is dated a month late and neither side names the other any more."""
    voucher = planter.voucher_of(item)
    amount = planter.control_row(voucher, item.side).amount
    voucher.day = _month_after(item.day)
    voucher.reference_type, voucher.reference_number = "MANUAL", ""
    item.voucher = None
    return [
        planter.movement(item, item.day, amount),
        planter.movement(item, voucher.day, -amount),
        planter.differs(item, "voucher_missing", -amount),
        planter.manual(voucher, item, amount),
    ]


def payment_unlinked(planter: Planter, side: Side) -> list[Finding]:
    """Neither side names the other, but voucher and payment stand on the same day, so that the month still ties."""
    _, payment = planter.paid(side)
    voucher = planter.voucher_of(payment)
    amount = planter.control_row(voucher, side).amount
    voucher.reference_type, voucher.reference_number = "MANUAL", ""
    payment.voucher = None
    return [planter.differs(payment, "voucher_missing", -amount), planter.manual(voucher, payment, amount)]


def write_off_missing(planter: Planter, side: Side) -> list[Finding]:
    """The payment says a remainder was written off; its voucher only knows the money."""
    day = planter.open_day(5)
    document = planter.new_booked(side, day)
    fee, account = planter.random.randint(10_00, 60_00), planter.books.profile.scheme.bank_fee
    payment = planter.pay(document, day, document.total - fee, [WriteOff(account, fee, "Bankavgift")])
    voucher, sign = planter.voucher_of(payment), debit_sign(side)
    voucher.rows = [row for row in voucher.rows if row.account != account]
    planter.control_row(voucher, side).amount = -sign * payment.amount
    return [
        planter.movement(document, day, -sign * fee),
        planter.differs(payment, "amount_differs", sign * fee),
    ]


def currency_difference(planter: Planter, side: Side) -> list[Finding]:
    """A foreign payment took its own rate off the control account; the exchange difference was never booked."""
    books = planter.books
    _, payment = planter.paid(side, lambda doc, pay: doc.currency != "SEK" and pay.amount != doc.ledger_total)
    voucher, sign = planter.voucher_of(payment), debit_sign(side)
    row = planter.control_row(voucher, side)
    right, row.amount = row.amount, -sign * payment.amount
    exchange = {books.profile.predefined["CURRENCYWIN"], books.profile.predefined["CURRENCYLOSS"]}
    voucher.rows = [one for one in voucher.rows if one.account not in exchange]
    return [
        planter.movement(payment, voucher.day, right - row.amount),
        planter.differs(payment, "amount_differs", row.amount - right),
    ]


def opening_balance(planter: Planter, side: Side) -> list[Finding]:
    """The balance brought into the first loaded year is not the sum of the items brought in."""
    books, amount = planter.books, planter.amount()
    first = books.years[0].year_id
    for account, shift in ((books.profile.control(side), amount), (books.profile.equity_account, -amount)):
        key = (first, account)
        books.shifts.opening[key] = books.shifts.opening.get(key, 0) + shift
    return [planter.movement(side, "opening", -amount)]
