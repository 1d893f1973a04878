"""The register of errors that can be planted: id, one sentence, and the function that plants it.

Adding one is adding a row here and a function beside its kin. What does not belong here: how anything is planted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from fortnox_emulator import (
    planted_credits,
    planted_discords,
    planted_doubles,
    planted_kinds,
    planted_ledger,
    planted_nights,
    planted_notes,
    planted_registers,
)
from fortnox_emulator.books import Books
from fortnox_emulator.chance import chance
from fortnox_emulator.discrepancies_by_side import BOTH_SIDES, WITHOUT_DOCUMENT_VOUCHERS
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Side
from fortnox_emulator.planting import Planter
from fortnox_emulator.witness import is_closed


@dataclass(frozen=True)
class Discrepancy:
    """``plant`` breaks the books in one place and returns the findings that follow from that alone.

    ``fits`` says whether a company is of a kind that can have it; those of suppliers (``ap_``) only one that has some.
    ``causes`` are those of the terms a bridge explains it by when nothing else is wrong; of none, no account differs.
    """

    id: str
    description: str
    plant: Callable[[Planter], list[Finding]]
    fits: Callable[[Books], bool] = lambda _books: True
    causes: tuple[str, ...] = ()

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
            "causes": list(self.discrepancy.causes),
            "findings": [finding.as_json() for finding in sorted(self.findings)],
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
        ("other_control_account", "wrong_account"),
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
        ("amount_differs",),
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
        "voucher_exported_twice", "The SIE file has a voucher twice.", planted_discords.exported_twice
    ),
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
    Discrepancy(
        "archive_folder_unread",
        "The archive lists a folder that cannot be asked for.",
        planted_discords.folder_unread,
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
    *(
        Discrepancy(
            f"{PREFIX[side]}_overdue_for_long",
            f"A {side.value} invoice is long overdue.",
            partial(planted_notes.overdue_for_long, side=side),
        )
        for side in Side
    ),
    Discrepancy(
        "voucher_registered_late",
        "A voucher was registered two months after its month.",
        planted_notes.registered_late,
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
    Discrepancy(
        "bank_row_replaced",
        "The bank's row of a manual voucher was struck and the same amount added again.",
        planted_notes.bank_row_replaced,
    ),
)


def _for_side(name: str, side: Side) -> Discrepancy:
    error = BOTH_SIDES[name]
    return Discrepancy(
        f"{PREFIX[side]}_{name}",
        error.description.format(side=side.value),
        lambda planter: error.plant(planter, side),
        lambda books: _fits(books, name, side),
        error.causes,
    )


def _fits(books: Books, name: str, side: Side) -> bool:
    """Whether the company's accounting method and control accounts allow an error of a side."""
    if name == "open_items_at_year_end":
        return any(year.accounting_method == "CASH" and is_closed(books, year) for year in books.years)
    if name == "payment_other_control_account" and len(books.profile.controls(side)) == 1:
        return False
    return name in WITHOUT_DOCUMENT_VOUCHERS or not books.is_cash(books.today)


REGISTRY: dict[str, Discrepancy] = {
    discrepancy.id: discrepancy
    for discrepancy in [
        *(_for_side(name, side) for side in Side for name in BOTH_SIDES),
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
            "final_opening_changed",
            "A final year opens with other balances, and everything after it follows.",
            planted_nights.opening_changed,
        ),
        Discrepancy(
            "lock_moved_back", "The locked period ends a month earlier.", planted_nights.lock_moved_back
        ),
        Discrepancy("lock_removed", "Nothing is locked any more.", planted_nights.lock_removed),
        Discrepancy(
            "series_end_deleted", "The last vouchers of a series were deleted.", planted_nights.end_deleted
        ),
        Discrepancy(
            "ap_account_changed", "A supplier's bankgiro was replaced.", planted_registers.account_changed
        ),
    )
}


#: Only the detail of an invoice shows them: found where the rows of invoices are read.
DETAILED: dict[str, Discrepancy] = {
    discrepancy.id: discrepancy
    for discrepancy in (
        Discrepancy(
            "ar_share_wrong",
            "The voucher of an invoice with tax reduction parts it otherwise between customer and Skatteverket.",
            planted_kinds.share_wrong,
            lambda books: bool(planted_kinds.shared_out(books)),
            ("amount_differs",),
        ),
        Discrepancy(
            "ar_not_shared_out",
            "The voucher of an invoice with tax reduction books all of it on the customer's account.",
            planted_kinds.not_shared_out,
            lambda books: bool(planted_kinds.shared_out(books)),
            ("amount_differs", "wrong_account"),
        ),
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
    discrepancy = (REGISTRY | OVERNIGHT | DETAILED)[name]
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
