"""Discrepancies only a second night can see: final vouchers that change, vanish or appear, and the lock moving back.

Every voucher balances before and after. What does not belong here: errors that one night is enough for.
"""

from __future__ import annotations

from datetime import date, timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Row, Voucher
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_voucher


def amounts_changed(planter: Planter) -> list[Finding]:
    """Every row of a final manual voucher is doubled."""
    voucher = _final_voucher(planter)
    before = _debit(voucher)
    for row in voucher.rows:
        row.amount *= 2
    return [_restated(planter, "changed", voucher, before)]


def text_changed(planter: Planter) -> list[Finding]:
    """A row of a final manual voucher gets a text; no amount changes."""
    voucher = _final_voucher(planter)
    voucher.rows[0].text = "Ändrad i efterhand"
    return [_restated(planter, "changed", voucher, 0)]


def voucher_vanished(planter: Planter) -> list[Finding]:
    """The last payroll voucher of an ended year is gone; no number is missing before it."""
    books = planter.books
    voucher = max(
        (
            one
            for one in books.vouchers.values()
            if one.key.series == books.profile.scheme.payroll_series and _ended(planter, one)
        ),
        key=lambda one: one.day,
    )
    planter.touch(voucher)
    books.delete_voucher(voucher.key)
    return [_restated(planter, "vanished", voucher, -_debit(voucher))]


def voucher_appeared(planter: Planter) -> list[Finding]:
    """A voucher registered today is dated in a locked month."""
    return _appear(planter, planter.books.today, "registered")


def voucher_backdated(planter: Planter) -> list[Finding]:
    """A voucher of a locked month that says it was registered then; nobody saw it before."""
    return _appear(planter, _locked_day(planter), "first_seen")


def lock_moved_back(planter: Planter) -> list[Finding]:
    books, was = planter.books, _locked_day(planter)
    books.locked_until = was.replace(day=1) - timedelta(days=1)
    return [_lock("moved_back", was)]


def lock_removed(planter: Planter) -> list[Finding]:
    was, planter.books.locked_until = _locked_day(planter), None
    return [_lock("removed", was)]


def _appear(planter: Planter, registered: date, rule: str) -> list[Finding]:
    books, amount, day = planter.books, planter.amount(), _locked_day(planter)
    scheme = books.profile.scheme
    rows = [Row(scheme.petty_correction, amount), Row(scheme.bank, -amount)]
    voucher = book_voucher(books, scheme.manual_series, day, "Glömd kostnad", rows, registered=registered)
    planter.touch(voucher)
    entry = Finding("locked_period_entries", rule, "B", "voucher", planter.name(voucher.key), None)
    return [entry, _restated(planter, "appeared", voucher, amount)]


def _final_voucher(planter: Planter) -> Voucher:
    return planter.manual_voucher(fits=lambda voucher: not planter.books.is_open(voucher.day))


def _ended(planter: Planter, voucher: Voucher) -> bool:
    """Whether the whole year of a voucher is locked."""
    return not planter.books.is_open(planter.books.year_of(voucher.day).last)


def _locked_day(planter: Planter) -> date:
    """The last locked day; a company without a lock cannot have the error."""
    locked = planter.books.locked_until
    if locked is None:
        raise LookupError("nothing is locked")
    return locked


def _debit(voucher: Voucher) -> int:
    return sum(row.amount for row in voucher.live_rows if row.amount > 0)


def _restated(planter: Planter, rule: str, voucher: Voucher, difference: int) -> Finding:
    return Finding("restatements", rule, "B", "voucher", planter.name(voucher.key), difference)


def _lock(rule: str, was: date) -> Finding:
    return Finding("lock_history", rule, "W", "locked_period", f"{was}", None)
