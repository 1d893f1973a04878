"""The register of errors that can be planted: id, one sentence, and the function that plants it.

Adding one is adding a row here and a function beside its kin. What does not belong here: how anything is planted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fortnox_emulator import (
    planted_by_hand,
    planted_credits,
    planted_discords,
    planted_documents,
    planted_doubles,
    planted_kinds,
    planted_ledger,
    planted_nights,
    planted_notes,
    planted_registers,
    planted_vouchers,
)
from fortnox_emulator.books import Books
from fortnox_emulator.chance import chance
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Side
from fortnox_emulator.planting import Planter
from fortnox_emulator.witness import is_closed


@dataclass(frozen=True)
class Discrepancy:
    """``plant`` breaks the books in one place and returns the findings that follow from that alone.

    ``fits`` says whether a company is of a kind that can have it; those of suppliers (``ap_``) only one that has some.
    """

    id: str
    description: str
    plant: Callable[[Planter], list[Finding]]
    fits: Callable[[Books], bool] = lambda _books: True

    def can_be_in(self, books: Books) -> bool:
        about_suppliers = self.id.startswith(f"{PREFIX[Side.SUPPLIER]}_")
        return self.fits(books) and (bool(books.profile.suppliers) or not about_suppliers)


@dataclass(frozen=True)
class Planted:
    """A discrepancy as planted in certain books."""

    discrepancy: Discrepancy
    findings: list[Finding]

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.discrepancy.id,
            "description": self.discrepancy.description,
            "findings": [finding.as_json() for finding in sorted(self.findings)],
        }


# name -> (what happened, with {side} for customer/supplier; who plants it). Each exists for both subledgers.
_BOTH_SIDES: dict[str, tuple[str, Callable[[Planter, Side], list[Finding]]]] = {
    "manual_voucher": (
        "A manual voucher was booked straight onto the {side} control account.",
        planted_vouchers.manual_voucher,
    ),
    "payment_voucher_amount": (
        "The voucher of a {side} payment has another amount on the control account than the payment.",
        planted_vouchers.payment_voucher_amount,
    ),
    "invoice_voucher_amount": (
        "The voucher of a {side} invoice has another amount on the control account than the invoice.",
        planted_vouchers.invoice_voucher_amount,
    ),
    "payment_wrong_account": (
        "The voucher of a {side} payment uses another account than the control account.",
        planted_vouchers.payment_wrong_account,
    ),
    "voucher_struck": (
        "The control row of a {side} invoice's voucher was struck and added on another account.",
        planted_vouchers.voucher_struck,
    ),
    "invoice_voucher_deleted": (
        "The voucher of a booked {side} invoice was deleted.",
        planted_vouchers.invoice_voucher_deleted,
    ),
    "payment_voucher_deleted": (
        "The voucher of a booked {side} payment was deleted.",
        planted_vouchers.payment_voucher_deleted,
    ),
    "invoice_booked_twice": (
        "A {side} invoice was booked by two vouchers.",
        planted_vouchers.invoice_booked_twice,
    ),
    "payment_booked_twice": (
        "A {side} payment was booked by two vouchers.",
        planted_vouchers.payment_booked_twice,
    ),
    "invoice_reference": (
        "The voucher of a {side} invoice says that another invoice caused it.",
        planted_vouchers.invoice_reference,
    ),
    "payment_reference": (
        "The voucher of a foreign {side} payment says that another payment caused it.",
        planted_vouchers.payment_reference,
    ),
    "control_row_replaced": (
        "The control row of a {side} payment's voucher was struck and the same amount added again.",
        planted_vouchers.control_row_replaced,
    ),
    "invoice_cut_off": (
        "The voucher of a {side} invoice is dated in the month after the invoice.",
        planted_vouchers.invoice_cut_off,
    ),
    "payment_cut_off": (
        "The voucher of a {side} payment is dated in the month after the payment.",
        planted_vouchers.payment_cut_off,
    ),
    "invoice_other_month": (
        "A {side} invoice was booked by an unlinked voucher dated in the month after.",
        planted_vouchers.invoice_other_month,
    ),
    "payment_other_month": (
        "A {side} payment was booked by an unlinked voucher dated in the month after.",
        planted_vouchers.payment_other_month,
    ),
    "payment_unlinked": (
        "A {side} payment and the voucher of the same day that booked it do not name each other.",
        planted_vouchers.payment_unlinked,
    ),
    "paid_by_hand": (
        "An open {side} invoice was paid by a manual voucher whose text names it.",
        planted_by_hand.paid_by_hand,
    ),
    "paid_by_hand_unclear": (
        "One of two equal {side} invoices was paid by a manual voucher whose text names the party only.",
        planted_by_hand.paid_by_hand_unclear,
    ),
    "write_off_missing": (
        "The voucher of a {side} payment leaves out the payment's write-off.",
        planted_vouchers.write_off_missing,
    ),
    "currency_difference": (
        "The voucher of a foreign {side} payment leaves the exchange difference on the control account.",
        planted_vouchers.currency_difference,
    ),
    "opening_balance": (
        "The {side} control account was brought into the first year with the wrong balance.",
        planted_vouchers.opening_balance,
    ),
    "api_balance": (
        "The API states a wrong balance for a {side} invoice.",
        planted_documents.api_balance,
    ),
    "unbooked_document": (
        "A {side} invoice calls itself unbooked although its voucher is in the ledger.",
        planted_documents.unbooked_document,
    ),
    "document_missing": (
        "The voucher of a {side} invoice is in the ledger, the invoice is nowhere.",
        planted_documents.document_missing,
    ),
    "cancelled_not_reversed": (
        "A booked {side} invoice was cancelled and its voucher left in the ledger.",
        planted_documents.cancelled_not_reversed,
    ),
    "payment_invoice_missing": (
        "A booked {side} payment names an invoice that does not exist.",
        planted_documents.payment_invoice_missing,
    ),
    "payment_invoice_cancelled": (
        "A booked {side} payment names a cancelled invoice.",
        planted_documents.payment_invoice_cancelled,
    ),
    "payment_invoice_unbooked": (
        "A booked {side} payment names an invoice that is not booked.",
        planted_documents.payment_invoice_unbooked,
    ),
    "unbooked_payment_overdue": (
        "A {side} payment was registered more than ten days ago and never booked.",
        planted_documents.unbooked_payment_overdue,
    ),
    "overpayment": ("A {side} invoice was paid with too much.", planted_documents.overpayment),
    "small_residue": (
        "Less than one krona was left open on a {side} invoice.",
        planted_documents.small_residue,
    ),
    "small_residue_abroad": (
        "Something worth less than one krona was left open on a foreign {side} invoice.",
        planted_documents.small_residue_abroad,
    ),
    "duplicate_amount": (
        "A {side} invoice of the same amount followed another within days.",
        planted_doubles.same_amount,
    ),
    "duplicate_reminder": (
        "A reminder of a {side} invoice was entered as an invoice, its fee added.",
        planted_doubles.reminder,
    ),
    "credit_left_open": (
        "A {side} credit note was never settled against anything.",
        planted_credits.left_open,
    ),
    "credit_above_original": (
        "A {side} credit note is larger than anything invoiced.",
        planted_credits.above_original,
    ),
    "payment_other_control_account": (
        "The voucher of a {side} payment settles another control account than its invoice stands on.",
        planted_kinds.payment_other_control_account,
    ),
    "open_items_at_year_end": (
        "The {side} items open at the end of a cash-method year were booked with the wrong sum.",
        planted_kinds.open_items_at_year_end,
    ),
}
# Those of the above that no voucher of a document is needed for.
_WITHOUT_DOCUMENT_VOUCHERS = {
    "opening_balance",
    "api_balance",
    "payment_invoice_missing",
    "payment_invoice_cancelled",
    "unbooked_payment_overdue",
    "overpayment",
    "small_residue",
    "small_residue_abroad",
    "duplicate_amount",
    "duplicate_reminder",
    "credit_left_open",
    "credit_above_original",
}

_SUPPLIERS = (
    Discrepancy(
        "ap_duplicate_number",
        "A supplier's invoice was entered twice.",
        planted_doubles.same_number,
    ),
    Discrepancy(
        "ap_duplicate_suppliers",
        "The same bill was entered from two suppliers.",
        planted_doubles.two_suppliers,
    ),
    Discrepancy(
        "ap_credit_wrong_sign", "A supplier invoice is marked as a credit note.", planted_credits.wrong_sign
    ),
)

_CUSTOMERS = (
    Discrepancy(
        "ar_payout_on_customers_account",
        "Skatteverket's payment of its share of an invoice was booked on the customer's account.",
        planted_kinds.payout_on_customers_account,
        lambda books: bool(planted_kinds.payouts(books)),
    ),
)

_LEDGER = (
    Discrepancy("voucher_unbalanced", "A manual voucher does not balance.", planted_ledger.unbalanced),
    Discrepancy(
        "voucher_unbalanced_by_strike",
        "A row of a manual voucher was struck without a replacement.",
        planted_ledger.unbalanced_by_strike,
    ),
    Discrepancy(
        "voucher_unbalanced_on_control_account",
        "The receivables row of an invoice voucher is wrong, so it neither balances nor ties.",
        planted_ledger.unbalanced_on_control_account,
        lambda books: not books.is_cash(books.today),
    ),
    Discrepancy("voucher_gap", "A manual voucher was deleted from inside its series.", planted_ledger.gap),
    Discrepancy(
        "voucher_gap_of_two",
        "Two manual vouchers in a row were deleted from inside their series.",
        planted_ledger.gap_of_two,
    ),
    Discrepancy(
        "closing_balance", "#UB of the open year is wrong on one account.", planted_ledger.closing_balance
    ),
    Discrepancy(
        "closing_balance_past_year",
        "#UB of an ended year is wrong on one account, so the next year's #IB differs from it.",
        planted_ledger.closing_balance_past_year,
    ),
    Discrepancy(
        "opening_balance",
        "#IB differs from #UB of the year before on one account.",
        planted_ledger.opening_balance,
    ),
    Discrepancy("result_balance", "#RES is wrong on one account.", planted_ledger.result_balance),
    Discrepancy(
        "period_balance", "#PSALDO is wrong on one account and month.", planted_ledger.period_balance
    ),
)


_DISCORDS = (
    Discrepancy("voucher_unlisted", "The voucher list leaves out a voucher.", planted_discords.unlisted),
    Discrepancy("voucher_unexported", "The SIE file leaves out a voucher.", planted_discords.unexported),
    Discrepancy(
        "voucher_other_day", "List and SIE file date a voucher differently.", planted_discords.other_day
    ),
    Discrepancy(
        "voucher_other_text", "List and SIE file give a voucher different texts.", planted_discords.other_text
    ),
    Discrepancy(
        "voucher_other_rows",
        "List and SIE file give a voucher different texts, and the voucher itself has other amounts.",
        planted_discords.other_rows,
    ),
    Discrepancy(
        "opening_balance_of_account",
        "Chart of accounts and SIE file open an account differently.",
        planted_discords.opening_balance,
    ),
    Discrepancy(
        "series_end_missing",
        "The last two vouchers of a series are shown by nobody.",
        planted_discords.end_missing,
    ),
)


_REGISTERS = (
    Discrepancy(
        "ap_shared_account", "Two suppliers have one bankgiro number.", planted_registers.shared_account
    ),
    Discrepancy(
        "ap_inactive_supplier", "An inactive supplier has an open invoice.", planted_registers.inactive_used
    ),
)

_NOTES = (
    Discrepancy(
        "voucher_file_missing", "A manual voucher lost its receipt.", planted_notes.voucher_file_missing
    ),
    Discrepancy("ap_file_missing", "A supplier's invoice has no scan.", planted_notes.invoice_file_missing),
    *(
        Discrepancy(
            f"{PREFIX[side]}_never_paid",
            f"A {side.value} invoice open at the last locked month's end is still not paid.",
            partial(planted_notes.never_paid, side=side),
        )
        for side in Side
    ),
    Discrepancy("journal_round_sum", "A manual voucher is a large round sum.", planted_notes.round_sum),
    Discrepancy("journal_rare_account", "An account is used once.", planted_notes.rare_account),
    Discrepancy("journal_day_off", "A voucher was registered on a day off.", planted_notes.day_off),
    Discrepancy(
        "journal_after_period",
        "A voucher of a month's last day was registered in the next.",
        planted_notes.after_period,
    ),
    Discrepancy("journal_same_amount", "A manual voucher was repeated.", planted_notes.same_amount),
    Discrepancy("journal_first_digit", "Too many amounts begin with a nine.", planted_notes.first_digit),
)


def _for_side(name: str, side: Side) -> Discrepancy:
    description, plant = _BOTH_SIDES[name]
    return Discrepancy(
        f"{PREFIX[side]}_{name}",
        description.format(side=side.value),
        lambda planter: plant(planter, side),
        lambda books: _fits(books, name, side),
    )


def _fits(books: Books, name: str, side: Side) -> bool:
    """Whether the company's accounting method and control accounts allow an error of a side."""
    if name == "open_items_at_year_end":
        return any(year.accounting_method == "CASH" and is_closed(books, year) for year in books.years)
    if name == "payment_other_control_account" and len(books.profile.controls(side)) == 1:
        return False
    return name in _WITHOUT_DOCUMENT_VOUCHERS or not books.is_cash(books.today)


REGISTRY: dict[str, Discrepancy] = {
    discrepancy.id: discrepancy
    for discrepancy in [
        *(_for_side(name, side) for side in Side for name in _BOTH_SIDES),
        *_SUPPLIERS,
        *_CUSTOMERS,
        *_LEDGER,
        *_DISCORDS,
        *_REGISTERS,
        *_NOTES,
    ]
}


#: Planted between two nights: the first must have seen the books before.
OVERNIGHT: dict[str, Discrepancy] = {
    discrepancy.id: discrepancy
    for discrepancy in (
        Discrepancy(
            "final_amounts_changed", "The amounts of a final voucher changed.", planted_nights.amounts_changed
        ),
        Discrepancy("final_text_changed", "A text of a final voucher changed.", planted_nights.text_changed),
        Discrepancy("final_voucher_vanished", "A final voucher is gone.", planted_nights.voucher_vanished),
        Discrepancy(
            "locked_voucher_appeared",
            "A voucher was registered in a locked month.",
            planted_nights.voucher_appeared,
        ),
        Discrepancy(
            "locked_voucher_backdated",
            "A voucher turned up in a locked month, said to have been registered there in time.",
            planted_nights.voucher_backdated,
        ),
        Discrepancy(
            "lock_moved_back", "The locked period ends a month earlier.", planted_nights.lock_moved_back
        ),
        Discrepancy("lock_removed", "Nothing is locked any more.", planted_nights.lock_removed),
    )
}


class NotInThisCompany(ValueError):
    """The company is not of a kind that can have the discrepancy named."""


def plantable(books: Books) -> list[str]:
    """Ids of what a company can have, in register order."""
    return [name for name, discrepancy in REGISTRY.items() if discrepancy.can_be_in(books)]


def chosen_ids(wanted: str | Sequence[str], books: Books) -> list[str]:
    """ "all" the company can have, "none" or ids -> ids in register order. An unknown id is a KeyError naming it."""
    if isinstance(wanted, str):
        known = {"all": plantable(books), "none": []}
        return known[wanted] if wanted in known else chosen_ids([wanted], books)
    for name in wanted:
        if name not in REGISTRY:
            raise KeyError(name)
    return [name for name in REGISTRY if name in set(wanted)]


def plant(books: Books, seed: int, name: str) -> Planted:
    """Plant one discrepancy; what it picks follows from seed and id."""
    discrepancy = (REGISTRY | OVERNIGHT)[name]
    if not discrepancy.can_be_in(books):
        raise NotInThisCompany(name)
    planter = Planter(books, chance(seed, "plant", name))
    return Planted(discrepancy, discrepancy.plant(planter))


def combined(planted: Iterable[Planted]) -> list[Finding]:
    """Findings of several discrepancies that block or need explanation: differences on one subject add up, zero sums
    vanish. What only informs depends on all the books, not on what was planted alone.
    """
    differences: dict[Finding, list[int | None]] = defaultdict(list)
    for finding in (finding for one in planted for finding in one.findings if finding.severity != "I"):
        differences[replace(finding, difference=None)].append(finding.difference)
    sums = {subject: _sum(parts) for subject, parts in differences.items()}
    return sorted(
        replace(subject, difference=total)
        for subject, total in sums.items()
        if total != 0 or len(differences[subject]) == 1
    )


def _sum(parts: list[int | None]) -> int | None:
    """None where a finding has no difference."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
