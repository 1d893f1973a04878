"""What the second of two nights must find about what the first saw, from the books of both.

Plain Python by the rules of ``docs/checks.md``. What does not belong here: findings that one night is enough for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import FinancialYear, Side, Voucher
from fortnox_emulator.witness_vouchers import voucher_name


def overnight_findings(before: Books, after: Books) -> list[Finding]:
    """All B and W findings that need the evening before, sorted. Locks end with a month."""
    found = [*_accounts(before, after), *_series(before, after)]
    if locked := before.locked_until:
        found += [
            *_vouchers(before, after, locked),
            *_openings(before, after, locked),
            *_lock(locked, after.locked_until),
        ]
    return sorted(found)


def _accounts(before: Books, after: Books) -> Iterator[Finding]:
    """Suppliers whose bankgiro was replaced by another; nothing else of their accounts ever moves."""
    for number, party in after.parties[Side.SUPPLIER].items():
        known = before.parties[Side.SUPPLIER].get(number)
        was, now = (_digits(one.giro) if one else "" for one in (known, party))
        if was and now and was != now:
            key = f"{number}/bankgiro"
            yield Finding("register_changes", "account_changed", "W", "supplier_account", key, None)


def _digits(giro: str) -> str:
    return "".join(sign for sign in giro if sign.isdigit())


def _series(before: Books, after: Books) -> Iterator[Finding]:
    """Series whose next number is lower than it was, of years some of which is open."""
    for year in before.years:
        if after.locked_until is not None and year.last <= after.locked_until:
            continue
        for series in before.profile.series:
            was, now = (books.next_number(year.year_id, series.code) for books in (before, after))
            if now < was:
                key = f"{year.first}/{series.code}"
                yield Finding("voucher_numbering", "went_down", "B", "voucher_series", key, None)


def _vouchers(before: Books, after: Books, locked: date) -> Iterator[Finding]:
    for key in before.vouchers.keys() | after.vouchers.keys():
        was, now = before.vouchers.get(key), after.vouchers.get(key)
        first_seen = was or now
        if first_seen is None or first_seen.day > locked or _content(was) == _content(now):
            continue
        rule = "appeared" if was is None else "vanished" if now is None else "changed"
        name = voucher_name(after, key)
        yield Finding("restatements", rule, "B", "voucher", name, _debit(now) - _debit(was))
        still = after.locked_until is not None and first_seen.day <= after.locked_until
        if was is None and still:
            how = "registered" if first_seen.registered > before.today else "first_seen"
            yield Finding("locked_period_entries", how, "B", "voucher", name, None)


def _openings(before: Books, after: Books, locked: date) -> Iterator[Finding]:
    """Accounts that open a year with a locked month differently, unless the year before closes as differently."""
    for year in (year for year in before.years if year.first <= locked):
        shifts = [(one.opening(year), _closed(one, year)) for one in (before, after)]
        (was, was_closed), (now, now_closed) = shifts
        for account in was.keys() | now.keys():
            moved = now.get(account, 0) - was.get(account, 0)
            if moved and moved != now_closed.get(account, 0) - was_closed.get(account, 0):
                key = f"{year.first}/{account}"
                yield Finding("restatements", "opening_balance", "B", "account", key, moved)


def _closed(books: Books, year: FinancialYear) -> dict[int, int]:
    """What the year before closed with; nothing where there is none."""
    earlier = books.year_before(year)
    return books.closing(earlier) if earlier else {}


def _content(voucher: Voucher | None) -> object:
    return voucher and (voucher.day, voucher.text, [vars(row) for row in voucher.rows])


def _debit(voucher: Voucher | None) -> int:
    return sum(row.amount for row in voucher.live_rows if row.amount > 0) if voucher else 0


def _lock(was: date, now: date | None) -> Iterator[Finding]:
    if now is None or now < was:
        rule = "removed" if now is None else "moved_back"
        yield Finding("lock_history", rule, "W", "locked_period", f"{was}", None)
