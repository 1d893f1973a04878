"""What a correct reconciliation of these books must find, worked out here in plain Python from the records.

The second witness: it never looks at what was planted, only at the books, and shares no code with the
reconciliations it judges. Differences are "found minus expected", öre. What does not belong here: planting, the
subledgers' arithmetic (witness_subledger) and documents beside their vouchers (witness_vouchers).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import FinancialYear, Payment, Side
from fortnox_emulator.witness_subledger import booked_payments, entries, open_amount, settles
from fortnox_emulator.witness_vouchers import voucher_findings

UNBOOKED_PAYMENT_DAYS = 10
SMALL_RESIDUE = 1_00


def expected_findings(books: Books) -> list[Finding]:
    """All B and W findings of the reconciliations that one night is enough for, sorted."""
    found: list[Finding] = []
    for side in Side:
        found += _open_balances(books, side)
        found += _tie_out(books, side)
        found += _payments(books, side)
    found += _voucher_balance(books)
    found += _roll_forward(books)
    found += voucher_findings(books)
    return sorted(found)


# -- subledgers --------------------------------------------------------------------------------------------------


def _open_balances(books: Books, side: Side) -> Iterator[Finding]:
    paid = booked_payments(books, side)
    for document in books.documents[side].values():
        if not settles(document):
            continue
        difference = open_amount(document, paid[document.number]) - books.balance(document)
        if difference:
            subject = f"{side.value}_invoice"
            yield Finding(
                f"{PREFIX[side]}_open_balance", "open_balance", "B", subject, document.number, difference
            )


def _tie_out(books: Books, side: Side) -> Iterator[Finding]:
    """Subledger movement minus ledger movement per month; before the first loaded year, the opening balance."""
    account = books.profile.control(side)
    first = min(books.years, key=lambda year: year.first)
    gap: dict[str, int] = defaultdict(int)
    gap["opening"] = -books.opening(first).get(account, 0)
    for entry in entries(books, side):
        if (day := entry.posting_day) <= books.today:
            gap["opening" if day < first.first else f"{day:%Y-%m}"] += entry.amount
    for voucher in books.vouchers.values():
        if voucher.day <= books.today:
            gap[f"{voucher.day:%Y-%m}"] -= voucher.on_account(account)
    for month, difference in gap.items():
        if difference:
            check = f"{PREFIX[side]}_tie_out"
            yield Finding(check, "movement", "B", "control_account", f"{account}/{month}", difference)


def _payments(books: Books, side: Side) -> Iterator[Finding]:
    check = f"{PREFIX[side]}_payments"
    for payment in books.payments[side].values():
        if rule := _payment_rule(books, payment):
            yield Finding(check, rule, "W", f"{side.value}_payment", str(payment.number), payment.amount)
    paid = booked_payments(books, side)
    for document in books.documents[side].values():
        if not settles(document):
            continue
        left, subject = open_amount(document, paid[document.number]), f"{side.value}_invoice"
        if left < 0 and document.total > 0:
            yield Finding(check, "overpayment", "W", subject, document.number, left)
        if 0 < abs(left) < SMALL_RESIDUE and paid[document.number]:
            yield Finding(check, "small_residue", "W", subject, document.number, left)


def _payment_rule(books: Books, payment: Payment) -> str:
    """What is wrong with a payment; "" when nothing is."""
    document = books.documents[payment.side].get(payment.document)
    if document is None:
        return "invoice_missing"
    if document.cancelled:
        return "invoice_cancelled"
    if not document.booked:
        return "invoice_unbooked"
    overdue = not payment.booked and payment.day < books.today - timedelta(days=UNBOOKED_PAYMENT_DAYS)
    return "unbooked_payment_overdue" if overdue else ""


# -- ledger ------------------------------------------------------------------------------------------------------


def _voucher_balance(books: Books) -> Iterator[Finding]:
    firsts = {year.year_id: year.first for year in books.years}
    for key, voucher in books.vouchers.items():
        if total := voucher.total():
            name = f"{firsts[key.year_id]}/{key.series}/{key.number}"
            yield Finding("voucher_balance", "unbalanced", "B", "voucher", name, total)


def _roll_forward(books: Books) -> Iterator[Finding]:
    """What the SIE file states against what follows from its own vouchers."""
    for year in books.years:
        moved: dict[int, int] = defaultdict(int)
        monthly: dict[tuple[int, str], int] = defaultdict(int)
        for day, account, amount in books.entries(year.year_id):
            moved[account] += amount
            monthly[account, f"{day:%Y%m}"] += amount
        opening, closing, result = books.opening(year), books.closing(year), books.result(year)
        for account in opening.keys() | closing.keys():
            stated = closing.get(account, 0)
            yield from _account(
                year, "closing_balance", account, stated - opening.get(account, 0) - moved[account]
            )
        for account in result:
            yield from _account(year, "result_balance", account, result[account] - moved[account])
        for (account, month), stated in books.periods(year).items():
            suffix = f"/{month[:4]}-{month[4:]}"
            yield from _account(year, "period_balance", account, stated - monthly[account, month], suffix)
        if before := books.year_before(year):
            ended = books.closing(before)
            for account in opening.keys() | ended.keys():
                difference = opening.get(account, 0) - ended.get(account, 0)
                yield from _account(year, "opening_balance", account, difference)


def _account(
    year: FinancialYear, rule: str, account: int, difference: int, suffix: str = ""
) -> Iterator[Finding]:
    if difference:
        key = f"{year.first}/{account}{suffix}"
        yield Finding("balance_roll_forward", rule, "B", "account", key, difference)
