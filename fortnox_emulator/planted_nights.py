"""Discrepancies only a second night can see: final vouchers that change, vanish or appear, a final year that opens
differently, the lock moving back, and vouchers deleted from the end of a series.

Every voucher balances before and after. What does not belong here: errors that one night is enough for.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def opening_changed(planter: Planter) -> list[Finding]:
    """The first year opens with more on the tax account and less of earlier profit; every later balance follows."""
    books, amount = planter.books, planter.amount()
    first, scheme = books.years[0], books.profile.scheme
    if first.first > _locked_day(planter):
        raise LookupError("nothing of the first year is locked")
    found = []
    for account, shift in ((scheme.tax_account, amount), (scheme.prior_profit, -amount)):
        key = first.year_id, account
        books.shifts.opening[key] = books.shifts.opening.get(key, 0) + shift
        found.append(
            Finding("restatements", "opening_balance", "B", "account", f"{first.first}/{account}", shift)
        )
    return found


def end_deleted(planter: Planter) -> list[Finding]:
    """The last vouchers of a series were deleted, down to one that was there the evening before."""
    books = planter.books
    series = planter.choose(sorted(code for code in _series_with_open_ends(planter)))
    year_id = books.current_year.year_id
    for voucher in reversed([one for one in books.vouchers_of(year_id) if one.key.series == series]):
        books.delete_voucher(voucher.key)
        books.files = [file for file in books.files if file.voucher != voucher.key]
        if voucher.registered < books.today:
            break
    key = f"{books.current_year.first}/{series}"
    return [Finding("voucher_numbering", "went_down", "B", "voucher_series", key, None)]


def _series_with_open_ends(planter: Planter) -> Iterator[str]:
    """Series of the current year that end with manual vouchers of open months, one of them older than today."""
    books = planter.books
    for series in books.profile.series:
        held = [one for one in books.vouchers_of(books.current_year.year_id) if one.key.series == series.code]
        older = next(
            (place for place in range(len(held) - 1, -1, -1) if held[place].registered < books.today), -1
        )
        if older > 0 and all(
            one.reference_type == "MANUAL"
            and books.is_open(one.day)
            and not books.is_touched("voucher", one.key)
            for one in held[older:]
        ):
            yield series.code


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
