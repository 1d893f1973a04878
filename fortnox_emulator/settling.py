"""What becomes of a document: booked, edited, cancelled, paid, credited, settled, each on the day it was planned for.

Records a planted discrepancy rests on are left alone. What does not belong here: new documents and the rest of the
office (activity), and how a posting looks (posting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from fortnox_emulator.books import Books, Plan
from fortnox_emulator.model import Document, WriteOff
from fortnox_emulator.money import share, whole_kronor
from fortnox_emulator.posting import (
    book_document,
    book_payment,
    new_document,
    new_payment,
    set_lines,
)
from fortnox_emulator.scheme import PostingScheme

#: What can become of an invoice with tax reduction: paid on time, late, in two parts, or never.
_FATES_OF_HOUSE_WORK = {"", "late", "part", "never"}


@dataclass(frozen=True)
class Workday:
    """One day of work: the books, the date, and the day's own randomness."""

    books: Books
    day: date
    random: Random

    def later(self, least: int, most: int) -> date:
        """A day between ``least`` and ``most`` days from now."""
        return self.day + timedelta(days=self.random.randint(least, most))

    def plan(self, day: date, kind: str, document: Document, note: str = "") -> None:
        """Put an act on the agenda, tomorrow at the earliest."""
        earliest = max(day, self.day + timedelta(days=1))
        self.books.agenda[earliest].append(Plan(kind, document.side, document.number, note))


def carry_out(workday: Workday, plan: Plan) -> None:
    """Do what was planned, unless something is amiss with the record it is about."""
    if plan.kind == "book_payment":
        _book_payment(workday, plan)
    elif not workday.books.is_touched("document", (plan.side, plan.subject)):
        document = workday.books.documents[plan.side][plan.subject]
        _ACTS[plan.kind](workday, document, plan.note)


def plan_booking(workday: Workday, document: Document) -> None:
    """Most documents are booked the day they come in; the rest wait, and some are cancelled or stay drafts."""
    if workday.books.is_cash(document.day):
        _settle_unbooked(workday, document)
        return
    if workday.random.random() < 0.78:
        book(workday, document)
        return
    later = workday.later(1, 9)
    becomes = workday.random.choices(("book", "cancel", ""), (76, 16, 8))[0]
    if becomes:
        workday.plan(later, becomes, document)
    if workday.random.random() < 0.4 and later > workday.day + timedelta(days=1):
        workday.plan(workday.day, "edit", document)


def _settle_unbooked(workday: Workday, document: Document) -> None:
    """Under the cash method an invoice is no draft: it is open until it is paid or cancelled."""
    book(workday, document)
    if workday.random.random() < 0.04:
        workday.plan(workday.later(1, 9), "cancel", document)


def book(workday: Workday, document: Document) -> None:
    """Book a document and decide how it will be settled."""
    book_document(workday.books, document, registered=workday.day)
    fate = _fate(workday.random, foreign=document.currency != "SEK")
    if document.tax_reduction and fate not in _FATES_OF_HOUSE_WORK:
        fate = ""
    due = document.due + timedelta(days=workday.random.randint(-4, 2))
    if fate == "credit":
        workday.plan(workday.later(2, 9), "credit", document, "100")
    elif fate == "part_credit":
        workday.plan(workday.later(2, 9), "credit", document, "20")
        workday.plan(due + timedelta(days=14), "pay", document)
    elif fate == "late":
        workday.plan(due + timedelta(days=workday.random.randint(10, 60)), "pay", document)
    elif fate == "part":
        workday.plan(due, "pay", document, "part")
        workday.plan(due + timedelta(days=workday.random.randint(8, 40)), "pay", document)
    elif fate != "never":
        workday.plan(due, "pay", document, fate)


def _fate(random: Random, *, foreign: bool) -> str:
    """How a document ends, in per cent; "" is paid in full around its due date."""
    odds = {"": 62, "late": 13, "part": 8, "rounding": 0 if foreign else 6, "fee": 9 if foreign else 1}
    odds |= {"refund": 0 if foreign else 3, "credit": 3, "part_credit": 0 if foreign else 3, "never": 2}
    return random.choices(list(odds), list(odds.values()))[0]


def _book_later(workday: Workday, document: Document, _note: str) -> None:
    if not (document.booked or document.cancelled):
        book(workday, document)


def _cancel(workday: Workday, document: Document, _note: str) -> None:
    unpaid = not workday.books.payments_on(document.side, document.number, booked_only=False)
    if not document.booked or (unpaid and document.voucher is None and not document.credited_by):
        document.cancelled = True
        document.modified = workday.books.stamp(workday.day, f"cancel:{document.number}")


def _edit(workday: Workday, document: Document, _note: str) -> None:
    """Change an open, unbooked document: one line's amount and the due date."""
    if document.booked or document.cancelled:
        return
    first, *others = document.lines
    changed = replace(first, net=first.net + workday.random.randint(1, 40) * 2500)
    set_lines(document, [changed, *others], rounds=workday.books.party_of(document).rounds)
    document.due += timedelta(days=workday.random.randint(0, 5))
    document.modified = workday.books.stamp(workday.day, f"edit:{document.number}")


def _pay(workday: Workday, document: Document, note: str) -> None:
    """Pay a booked document; ``note`` says how: in part, with a write-off, too much with the excess sent back."""
    books, day, scheme = workday.books, workday.day, workday.books.profile.scheme
    left = books.currency_left(document) - document.tax_reduction
    if left <= 0 or document.cancelled:
        return
    if any(
        not payment.booked for payment in books.payments_on(document.side, document.number, booked_only=False)
    ):
        workday.plan(day, "pay", document, note)
        return
    amount, write_offs = _amount_to_pay(scheme, left, note, workday.random)
    bank = scheme.mode(document.side)
    payment = new_payment(books, document, day, amount, mode=bank, registered=day, write_offs=write_offs)
    if note == "refund":
        book_payment(books, payment, registered=day)
        refund = new_payment(books, document, day, left - amount, mode=bank, registered=day)
        book_payment(books, refund, registered=day)
    elif workday.random.random() < 0.88:
        book_payment(books, payment, registered=day)
    else:
        books.agenda[workday.later(1, 4)].append(Plan("book_payment", document.side, str(payment.number)))
    if document.tax_reduction and amount == left:
        workday.plan(workday.later(15, 45), "pay_out", document)


def _pay_out(workday: Workday, document: Document, _note: str) -> None:
    """Skatteverket pays its share some weeks after the customer paid theirs."""
    books, day = workday.books, workday.day
    bank = books.profile.scheme.mode(document.side)
    payment = new_payment(books, document, day, document.tax_reduction, mode=bank, registered=day)
    payment.from_tax_office = True
    book_payment(books, payment, registered=day)


def _amount_to_pay(scheme: PostingScheme, left: int, note: str, random: Random) -> tuple[int, list[WriteOff]]:
    """(amount in document currency, write-offs): the two never leave a residue under one unit of currency."""
    if note == "part" and left > 1000_00:
        return whole_kronor(share(left, random.randint(30, 70))), []
    if note == "rounding" and left % 100:
        paid = whole_kronor(left)
        return paid, [WriteOff(scheme.rounding, left - paid, "Öresavrundning")]
    if note == "fee" and left > 500_00:
        fee = random.choice((15_00, 25_00, 40_00))
        return left - fee, [WriteOff(scheme.bank_fee, fee, "Bankavgift")]
    if note == "refund":
        return left + random.randint(1, 20) * 50_00, []
    return left, []


def _book_payment(workday: Workday, plan: Plan) -> None:
    payment = workday.books.payments[plan.side].get(int(plan.subject))
    if (
        payment
        and not payment.booked
        and not workday.books.is_touched("payment", (plan.side, payment.number))
    ):
        book_payment(workday.books, payment, registered=workday.day)


def _credit(workday: Workday, original: Document, note: str) -> None:
    """Credit a document in whole or in part (``note`` per cent); it is settled against the original days later."""
    books, day, side = workday.books, workday.day, original.side
    if original.cancelled or books.payments_on(side, original.number, booked_only=False):
        return
    party = books.party_of(original)
    lines = [replace(line, net=-share(line.net, int(note))) for line in original.lines]
    credit = new_document(books, side, books.next_document(side), party, day, day, lines)
    credit.rate, credit.unit = original.rate, original.unit
    set_lines(credit, lines, rounds=party.rounds)
    credit.credit, credit.credits, original.credited_by = True, original.number, credit.number
    credit.reference = f"KR-{original.reference}" if original.reference else ""
    books.documents[side][credit.number] = credit
    book_document(books, credit, registered=day)
    workday.plan(workday.later(1, 6), "net", credit)


def _net(workday: Workday, credit: Document, _note: str) -> None:
    """Settle a credit note against its original: a negative payment on the one, a positive on the other.

    Netting moves no money: both halves stand at the invoice's own rate, so that nothing stays on the netting account.
    """
    books, day = workday.books, workday.day
    original = books.documents[credit.side][credit.credits]
    amount = min(-books.currency_left(credit), books.currency_left(original))
    if amount <= 0 or books.is_touched("document", (original.side, original.number)):
        return
    for document, signed in ((credit, -amount), (original, amount)):
        payment = new_payment(
            books, document, day, signed, mode=books.profile.scheme.netting_mode, registered=day
        )
        payment.rate, payment.unit = original.rate, original.unit
        payment.booked = True
        payment.amount = books.effects(document)[payment.number]
        book_payment(books, payment, registered=day)


_ACTS: dict[str, Callable[[Workday, Document, str], None]] = {
    "book": _book_later,
    "cancel": _cancel,
    "edit": _edit,
    "pay": _pay,
    "pay_out": _pay_out,
    "credit": _credit,
    "net": _net,
}
