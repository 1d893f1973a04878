"""The errors that customers' books and suppliers' can have alike: one row each, planted for either side.

What does not belong here: errors of one side only, or of the ledger (discrepancies).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fortnox_emulator import (
    planted_by_hand,
    planted_credits,
    planted_documents,
    planted_doubles,
    planted_kinds,
    planted_vouchers,
)
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Side
from fortnox_emulator.planting import Planter


class OnEither(NamedTuple):
    """What happened, with ``{side}`` for customer or supplier, who plants it, and as what a bridge explains it."""

    description: str
    plant: Callable[[Planter, Side], list[Finding]]
    causes: tuple[str, ...] = ()


BOTH_SIDES: dict[str, OnEither] = {
    "manual_voucher": OnEither(
        "A manual voucher was booked straight onto the {side} control account.",
        planted_vouchers.manual_voucher,
        ("manual_voucher",),
    ),
    "accrual_on_control_account": OnEither(
        "An accrual was booked onto the {side} control account.",
        planted_vouchers.accrual_on_control_account,
        ("unknown",),
    ),
    "payment_voucher_amount": OnEither(
        "The voucher of a {side} payment has another amount on the control account than the payment.",
        planted_vouchers.payment_voucher_amount,
        ("amount_differs",),
    ),
    "invoice_voucher_amount": OnEither(
        "The voucher of a {side} invoice has another amount on the control account than the invoice.",
        planted_vouchers.invoice_voucher_amount,
        ("amount_differs",),
    ),
    "payment_wrong_account": OnEither(
        "The voucher of a {side} payment uses another account than the control account.",
        planted_vouchers.payment_wrong_account,
        ("wrong_account",),
    ),
    "voucher_struck": OnEither(
        "The control row of a {side} invoice's voucher was struck and added on another account.",
        planted_vouchers.voucher_struck,
        ("voucher_edited",),
    ),
    "invoice_voucher_deleted": OnEither(
        "The voucher of a booked {side} invoice was deleted.",
        planted_vouchers.invoice_voucher_deleted,
        ("voucher_missing",),
    ),
    "payment_voucher_deleted": OnEither(
        "The voucher of a booked {side} payment was deleted.",
        planted_vouchers.payment_voucher_deleted,
        ("voucher_missing",),
    ),
    "invoice_booked_twice": OnEither(
        "A {side} invoice was booked by two vouchers.",
        planted_vouchers.invoice_booked_twice,
        ("booked_twice",),
    ),
    "payment_booked_twice": OnEither(
        "A {side} payment was booked by two vouchers.",
        planted_vouchers.payment_booked_twice,
        ("booked_twice",),
    ),
    "invoice_reference": OnEither(
        "The voucher of a {side} invoice says that another invoice caused it.",
        planted_vouchers.invoice_reference,
    ),
    "payment_reference": OnEither(
        "The voucher of a foreign {side} payment says that another payment caused it.",
        planted_vouchers.payment_reference,
    ),
    "control_row_replaced": OnEither(
        "The control row of a {side} payment's voucher was struck and the same amount added again.",
        planted_vouchers.control_row_replaced,
    ),
    "invoice_cut_off": OnEither(
        "The voucher of a {side} invoice is dated in the month after the invoice.",
        planted_vouchers.invoice_cut_off,
    ),
    "payment_cut_off": OnEither(
        "The voucher of a {side} payment is dated in the month after the payment.",
        planted_vouchers.payment_cut_off,
    ),
    "invoice_other_day": OnEither(
        "The voucher of a {side} invoice is dated on the day after the invoice, in the same month.",
        planted_vouchers.invoice_other_day,
    ),
    "payment_other_day": OnEither(
        "The voucher of a {side} payment is dated on the day after the payment, in the same month.",
        planted_vouchers.payment_other_day,
    ),
    "invoice_other_month": OnEither(
        "A {side} invoice was booked by an unlinked voucher dated in the month after.",
        planted_vouchers.invoice_other_month,
        ("cut_off",),
    ),
    "payment_other_month": OnEither(
        "A {side} payment was booked by an unlinked voucher dated in the month after.",
        planted_vouchers.payment_other_month,
        ("cut_off",),
    ),
    "payment_unlinked": OnEither(
        "A {side} payment and the voucher of the same day that booked it do not name each other.",
        planted_vouchers.payment_unlinked,
        ("unlinked",),
    ),
    "paid_by_hand": OnEither(
        "An open {side} invoice was paid by a manual voucher whose text names it.",
        planted_by_hand.paid_by_hand,
        ("manual_voucher",),
    ),
    "paid_by_hand_unclear": OnEither(
        "One of two equal {side} invoices was paid by a manual voucher whose text names the party only.",
        planted_by_hand.paid_by_hand_unclear,
        ("manual_voucher",),
    ),
    "paid_by_hand_twice": OnEither(
        "Two manual vouchers say that they paid the same {side} invoice.",
        planted_by_hand.paid_by_hand_twice,
        ("manual_voucher",),
    ),
    "paid_by_hand_unclear_sum": OnEither(
        "A manual voucher paid a {side} invoice together with either of two equal ones.",
        planted_by_hand.paid_by_hand_unclear_sum,
        ("manual_voucher",),
    ),
    "write_off_missing": OnEither(
        "The voucher of a {side} payment leaves out the payment's write-off.",
        planted_vouchers.write_off_missing,
        ("write_off",),
    ),
    "currency_difference": OnEither(
        "The voucher of a foreign {side} payment leaves the exchange difference on the control account.",
        planted_vouchers.currency_difference,
        ("currency",),
    ),
    "opening_balance": OnEither(
        "The {side} control account was brought into the first year with the wrong balance.",
        planted_vouchers.opening_balance,
        ("opening_balance",),
    ),
    "api_balance": OnEither(
        "The API states a wrong balance for a {side} invoice.",
        planted_documents.api_balance,
    ),
    "unbooked_document": OnEither(
        "A {side} invoice calls itself unbooked although its voucher is in the ledger.",
        planted_documents.unbooked_document,
        ("unbooked_document",),
    ),
    "document_missing": OnEither(
        "The voucher of a {side} invoice is in the ledger, the invoice is nowhere.",
        planted_documents.document_missing,
        ("document_missing",),
    ),
    "cancelled_not_reversed": OnEither(
        "A booked {side} invoice was cancelled and its voucher left in the ledger.",
        planted_documents.cancelled_not_reversed,
        ("cancelled_document",),
    ),
    "payment_invoice_missing": OnEither(
        "A booked {side} payment names an invoice that does not exist.",
        planted_documents.payment_invoice_missing,
    ),
    "payment_invoice_missing_unclear": OnEither(
        "A booked {side} payment names an invoice that does not exist; two open ones fit it equally well.",
        planted_documents.payment_invoice_missing_unclear,
    ),
    "payment_invoice_cancelled": OnEither(
        "A booked {side} payment names a cancelled invoice.",
        planted_documents.payment_invoice_cancelled,
    ),
    "payment_invoice_unbooked": OnEither(
        "A booked {side} payment names an invoice that is not booked.",
        planted_documents.payment_invoice_unbooked,
    ),
    "unbooked_payment_overdue": OnEither(
        "A {side} payment was registered more than ten days ago and never booked.",
        planted_documents.unbooked_payment_overdue,
    ),
    "overpayment": OnEither(
        "A {side} invoice was paid with too much.",
        planted_documents.overpayment,
    ),
    "open_above_total": OnEither(
        "A {side} payment was entered with the wrong sign.",
        planted_documents.open_above_total,
    ),
    "small_residue": OnEither(
        "Less than one krona was left open on a {side} invoice.",
        planted_documents.small_residue,
    ),
    "small_residue_abroad": OnEither(
        "Something worth less than one krona was left open on a foreign {side} invoice.",
        planted_documents.small_residue_abroad,
    ),
    "duplicate_amount": OnEither(
        "A {side} invoice of the same amount followed another within days.",
        planted_doubles.same_amount,
    ),
    "duplicate_reminder": OnEither(
        "A reminder of a {side} invoice was entered as an invoice, its fee added.",
        planted_doubles.reminder,
    ),
    "credit_left_open": OnEither(
        "A {side} credit note was never settled against anything.",
        planted_credits.left_open,
    ),
    "credit_above_original": OnEither(
        "A {side} credit note is larger than anything invoiced.",
        planted_credits.above_original,
    ),
    "payment_other_control_account": OnEither(
        "The voucher of a {side} payment settles another control account than its invoice stands on.",
        planted_kinds.payment_other_control_account,
        ("other_control_account", "wrong_account"),
    ),
    "open_items_at_year_end": OnEither(
        "The {side} items open at the end of a cash-method year were booked with the wrong sum.",
        planted_kinds.open_items_at_year_end,
        ("cash_method",),
    ),
}
# Those of the above that no voucher of a document is needed for.
WITHOUT_DOCUMENT_VOUCHERS = {
    "opening_balance",
    "api_balance",
    "payment_invoice_missing",
    "payment_invoice_cancelled",
    "unbooked_payment_overdue",
    "overpayment",
    "open_above_total",
    "small_residue",
    "small_residue_abroad",
    "duplicate_amount",
    "duplicate_reminder",
    "credit_left_open",
    "credit_above_original",
}
