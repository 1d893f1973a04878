"""Discrepancies only some kinds of companies can have: several control accounts, tax reduction, the cash method.

What does not belong here: deciding which company can have which (discrepancies).
"""

from __future__ import annotations

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Payment, Side
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
