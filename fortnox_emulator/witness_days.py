"""What there is to know about days: when subledger and ledger parted, what is long overdue, what was registered late.

Plain Python by the rules of ``docs/checks.md``; nothing of it blocks. What does not belong here: whether they parted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Payment, Side
from fortnox_emulator.witness import comparison_points
from fortnox_emulator.witness_subledger import Entry, entries, keeps, settles, tax_account
from fortnox_emulator.witness_vouchers import voucher_name

_OLDEST_DAYS, _REGISTRATION_DAYS = 90, 50


def findings_of_days(books: Books) -> Iterator[Finding]:
    """Findings of both divergences, ageing and registration_lag, in no order."""
    for side in Side:
        if keeps(books, side):
            yield from _parted(books, side)
            yield from _oldest(books, side)
    yield from _registered_late(books)


def _parted(books: Books, side: Side) -> Iterator[Finding]:
    """Per control account, the first day on which the two sides moved differently, and by how much."""
    points = comparison_points(books)
    opened, first = points[0][0], min(books.years, key=lambda year: year.first)
    accounts = [*books.profile.controls(side), *tax_account(books, side)]
    gaps: dict[tuple[int, date], int] = defaultdict(int)
    for account in accounts:
        gaps[account, opened] -= books.opening(first).get(account, 0)
    moves = [(entry.account, entry.posting_day, entry.amount) for entry in entries(books, side)]
    moves += [
        (account, voucher.day, -voucher.on_account(account))
        for voucher in books.vouchers.values()
        for account in accounts
    ]
    for account, day, amount in moves:
        if counts_on := _day_compared(books, [end for end, _ in points], day):
            gaps[account, counts_on] += amount
    for account in accounts:
        days = sorted(day for (one, day), gap in gaps.items() if one == account and gap)
        for day in days[:1]:
            check = f"{PREFIX[side]}_divergence"
            yield Finding(check, "first_day", "I", "control_account", str(account), gaps[account, day])


def _day_compared(books: Books, ends: list[date], day: date) -> date | None:
    """The day itself; before the first year its eve, in a cash-method year its end; None where nothing is compared."""
    end = next((end for end in ends if day <= end), None)
    return end if end is None or end == ends[0] or books.is_cash(day) else day


def _oldest(books: Books, side: Side) -> Iterator[Finding]:
    """Control accounts with anything that is open today and too long overdue."""
    left: dict[tuple[str, int], int] = defaultdict(int)
    for entry in entries(books, side):
        number = _document(entry)
        if entry.posting_day <= books.today and settles(books.documents[side].get(number)):
            left[number, entry.account] += entry.amount
    tax = tax_account(books, side)
    overdue = {
        account
        for (number, account), amount in left.items()
        if amount
        and account not in tax
        and books.documents[side][number].due < books.today - timedelta(days=_OLDEST_DAYS)
    }
    for account in overdue:
        yield Finding("ageing", "oldest_bucket", "I", "control_account", str(account), None)


def _document(entry: Entry) -> str:
    return entry.item.document if isinstance(entry.item, Payment) else entry.item.number


def _registered_late(books: Books) -> Iterator[Finding]:
    """Months with a voucher that was registered too long after the month's end; only the SIE file says when."""
    late = set()
    for key, voucher in books.vouchers.items():
        after = (voucher.day.replace(day=1) + timedelta(days=32)).replace(day=1)
        days = (voucher.registered - after).days + 1
        if days > _REGISTRATION_DAYS and key not in books.discords.unexported:
            late.add(f"{voucher_name(books, key).split('/')[0]}/{voucher.day:%Y-%m}")
    for name in late:
        yield Finding("registration_lag", "late", "I", "period", name, None)
