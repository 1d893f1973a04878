"""Discrepancies only some kinds of companies can have: several control accounts, tax reduction, the cash method.

What does not belong here: deciding which company can have which (discrepancies).
"""

from __future__ import annotations

from collections.abc import Callable

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Document, Payment, Side
from fortnox_emulator.planting import Planter
from fortnox_emulator.routine import OPEN_ITEMS_BOOKED


def payment_other_control_account(planter: Planter, side: Side) -> list[Finding]:
    """The voucher of a payment settles another control account than the invoice stands on."""
    _, payment = planter.paid(side)
    voucher = planter.voucher_of(payment)
    row = planter.control_row(voucher, side)
    row.account = planter.choose(one for one in planter.books.profile.controls(side) if one != row.account)
    other = f"{row.account}/{planter.books.period(voucher.day)}"
    return [
        planter.movement(payment, voucher.day, row.amount),
        Finding(f"{PREFIX[side]}_tie_out", "movement", "B", "control_account", other, -row.amount),
        planter.differs(payment, "amount_differs", -row.amount),
    ]


def payouts(books: Books) -> list[Payment]:
    """Skatteverket's payments that are booked and that nothing rests on."""
    return [
        payment
        for payment in books.payments[Side.CUSTOMER].values()
        if payment.from_tax_office
        and payment.booked
        and not books.is_touched("document", (payment.side, payment.document))
    ]


def payout_on_customers_account(planter: Planter) -> list[Finding]:
    """The voucher of Skatteverket's payment settles the customer's account, although the customer had paid it all."""
    payment = planter.choose(payouts(planter.books))
    voucher, tax = planter.voucher_of(payment), planter.books.profile.tax_reduction_account
    planter.touch(payment, planter.books.documents[payment.side][payment.document])
    row = next(row for row in voucher.live_rows if row.account == tax)
    row.account = planter.control_of(payment)
    key = f"{tax}/{planter.books.period(voucher.day)}"
    return [
        planter.movement(payment, voucher.day, -row.amount),
        Finding("ar_tie_out", "movement", "B", "control_account", key, row.amount),
        planter.differs(payment, "amount_differs", -row.amount),
    ]


def shared_out(books: Books) -> list[Document]:
    """Invoices with tax reduction whose voucher parts them and that nothing rests on."""
    return [
        document
        for document in books.documents[Side.CUSTOMER].values()
        if document.tax_reduction
        and document.voucher in books.vouchers
        and not books.is_touched("document", (document.side, document.number))
    ]


def share_wrong(planter: Planter) -> list[Finding]:
    """The voucher of an invoice takes some of Skatteverket's share for the customer's."""
    return _part_wrongly(planter, lambda share: planter.random.randint(1_00, share - 1_00))


def not_shared_out(planter: Planter) -> list[Finding]:
    """The voucher of an invoice books all of it on the customer's account."""
    return _part_wrongly(planter, lambda share: share)


def _part_wrongly(planter: Planter, of: Callable[[int], int]) -> list[Finding]:
    """The invoice says what each pays, its voucher moves ``of`` Skatteverket's share to the customer's account."""
    books = planter.books
    document = planter.choose(shared_out(books))
    planter.touch(document)
    voucher, tax = planter.voucher_of(document), books.profile.tax_reduction_account
    amount = of(document.tax_reduction)
    planter.control_row(voucher, document.side).amount += amount
    next(row for row in voucher.live_rows if row.account == tax).amount -= amount
    voucher.rows = [row for row in voucher.rows if row.amount]
    key = f"{tax}/{books.period(voucher.day)}"
    return [
        planter.movement(document, voucher.day, -amount),
        Finding("ar_tie_out", "movement", "B", "control_account", key, amount),
        planter.differs(document, "amount_differs", amount),
    ]


def open_items_at_year_end(planter: Planter, side: Side) -> list[Finding]:
    """The voucher that brought a cash-method year's open items into the ledger has the wrong sum."""
    account, amount = planter.books.profile.control(side), planter.amount()
    voucher = planter.choose(
        voucher
        for voucher in planter.books.vouchers.values()
        if voucher.text == OPEN_ITEMS_BOOKED and voucher.on_account(account)
    )
    planter.touch(voucher)
    control, *_, contra = voucher.rows
    control.amount += amount
    contra.amount -= amount
    return [planter.movement(side, voucher.day, -amount)]
