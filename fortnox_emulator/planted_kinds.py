"""Discrepancies that only some kinds of companies can have: several control accounts, the cash method.

What does not belong here: deciding which company can have which (discrepancies).
"""

from __future__ import annotations

from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Side
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
