"""What a correct reconciliation of these books must find, worked out here in plain Python from the records.

The second witness: it never looks at what was planted, only at the books, and shares no code with the
reconciliations it judges. Differences are "found minus expected", öre. What does not belong here: planting, the
subledgers' arithmetic (witness_subledger) and documents beside their vouchers (witness_vouchers).
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import FinancialYear, Payment, Side
from fortnox_emulator.witness_credits import credit_findings
from fortnox_emulator.witness_doubles import duplicate_findings
from fortnox_emulator.witness_listing import listing_findings
from fortnox_emulator.witness_registers import register_findings
from fortnox_emulator.witness_subledger import (
    booked_payments,
    entries,
    keeps,
    open_amount,
    settles,
    tax_account,
    walk,
)
from fortnox_emulator.witness_vouchers import voucher_findings

UNBOOKED_PAYMENT_DAYS = 10
SMALL_RESIDUE = 1_00  # SEK öre
CLOSED_AFTER_DAYS = 214
OPENING = "opening"


def expected_findings(books: Books) -> list[Finding]:
    """All B and W findings of the reconciliations that one night is enough for, sorted."""
    found: list[Finding] = []
    for side in Side:
        found += _open_balances(books, side)
        found += _tie_out(books, side) if keeps(books, side) else []
        found += _payments(books, side)
    found += _voucher_balance(books)
    found += _roll_forward(books)
    found += voucher_findings(books)
    found += duplicate_findings(books)
    found += credit_findings(books)
    found += listing_findings(books)
    found += register_findings(books)
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
    """Per control account and point of comparison, what the subledger moved by less what the ledger moved by."""
    points = comparison_points(books)
    controls = [*books.profile.controls(side), *tax_account(books, side)]
    gap: dict[tuple[int, str], int] = defaultdict(int)
    for account in controls:
        gap[account, OPENING] -= books.opening(min(books.years, key=lambda year: year.first)).get(account, 0)
    for entry in entries(books, side):
        gap[entry.account, _point(points, entry.posting_day)] += entry.amount
    for voucher in books.vouchers.values():
        for account in controls:
            gap[account, _point(points, voucher.day)] -= voucher.on_account(account)
    for (account, name), difference in gap.items():
        if difference and name:
            check = f"{PREFIX[side]}_tie_out"
            yield Finding(check, "movement", "B", "control_account", f"{account}/{name}", difference)


def comparison_points(books: Books) -> list[tuple[date, str]]:
    """(day at whose end the two are compared, its name), in order: the opening, month ends, today.

    Cash-method years are compared at their end only; nothing is from such a year on until that end is locked or seven
    months ago.
    """
    points = [(min(year.first for year in books.years) - timedelta(days=1), OPENING)]
    for year in sorted(books.years, key=lambda one: one.first):
        if year.accounting_method == "CASH":
            if not is_closed(books, year):
                break
            points.append((year.last, books.period(year.last)))
            continue
        day = year.first
        while day <= min(year.last, books.today):
            end = min(_month_end(day), year.last, books.today)
            points.append((end, books.period(end)))
            day = _month_end(day) + timedelta(days=1)
    return points


def is_closed(books: Books, year: FinancialYear) -> bool:
    """Whether the open items of a cash-method year must be in the ledger by now."""
    locked = books.locked_until is not None and year.last <= books.locked_until
    return locked or year.last + timedelta(days=CLOSED_AFTER_DAYS) < books.today


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _point(points: list[tuple[date, str]], day: date) -> str:
    """Name of the first comparison that sees a day; "" after the last."""
    return next((name for end, name in points if day <= end), "")


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
        more = left - document.total
        if more > 0 < document.total or more < 0 > document.total:
            yield Finding(check, "open_above_total", "W", subject, document.number, more)
        worth = walk(document, paid[document.number])[1]
        if left and abs(worth) < SMALL_RESIDUE and paid[document.number]:
            yield Finding(check, "small_residue", "W", subject, document.number, worth)


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
