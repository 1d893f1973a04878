"""What the second of two nights must find about what the first saw locked, from the books of both.

Plain Python by the rules of ``docs/checks.md``. What does not belong here: findings that one night is enough for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Voucher
from fortnox_emulator.witness_vouchers import voucher_name


def overnight_findings(before: Books, after: Books) -> list[Finding]:
    """All B and W findings of restatements, locked_period_entries and lock_history, sorted. Locks end with a month."""
    if before.locked_until is None:
        return []
    return sorted(
        [*_vouchers(before, after, before.locked_until), *_lock(before.locked_until, after.locked_until)]
    )


def _vouchers(before: Books, after: Books, locked: date) -> Iterator[Finding]:
    for key in before.vouchers.keys() | after.vouchers.keys():
        was, now = before.vouchers.get(key), after.vouchers.get(key)
        first_seen = was or now
        if first_seen is None or first_seen.day > locked or _content(was) == _content(now):
            continue
        rule = "appeared" if was is None else "vanished" if now is None else "changed"
        name = voucher_name(after, key)
        yield Finding("restatements", rule, "B", "voucher", name, _debit(now) - _debit(was))
        if was is None:
            stated = first_seen.registered > before.today
            how = "registered" if stated else "first_seen"
            yield Finding("locked_period_entries", how, "B", "voucher", name, None)


def _content(voucher: Voucher | None) -> object:
    return voucher and (voucher.day, voucher.text, [vars(row) for row in voucher.rows])


def _debit(voucher: Voucher | None) -> int:
    return sum(row.amount for row in voucher.live_rows if row.amount > 0) if voucher else 0


def _lock(was: date, now: date | None) -> Iterator[Finding]:
    if now is None or now < was:
        rule = "removed" if now is None else "moved_back"
        yield Finding("lock_history", rule, "W", "locked_period", f"{was}", None)
