"""Things worth knowing that are not wrong by themselves: no document, not paid since, an unusual voucher.

Their findings inform (severity I); what they say depends on all the books, so each names the change it makes. What
does not belong here: anything that disagrees with anything.
"""

from __future__ import annotations

from datetime import date, timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Row, RowState, Side, Voucher
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_voucher
from fortnox_emulator.witness_notes import is_day_off

_ORDINARY = 5410


def voucher_file_missing(planter: Planter) -> list[Finding]:
    """The receipt of a manual voucher was taken off it."""
    books = planter.books
    attached = {file.voucher for file in books.files}
    voucher = planter.manual_voucher(fits=lambda one: one.key in attached)
    books.files = [file for file in books.files if file.voucher != voucher.key]
    key = f"{planter.name(voucher.key).split('/')[0]}/voucher"
    debit = sum(max(row.amount, 0) for row in voucher.live_rows)
    return [_informs("missing_documents", "voucher", "document_kind", key, -debit)]


def invoice_file_missing(planter: Planter) -> list[Finding]:
    """A supplier's invoice was booked without its scan."""
    document = planter.new_booked(Side.SUPPLIER, planter.open_day(3))
    key = f"{planter.books.year_of(document.day).first}/supplier_invoice"
    return [_informs("missing_documents", "supplier_invoice", "document_kind", key, -document.total)]


def never_paid(planter: Planter, side: Side) -> list[Finding]:
    """An invoice open at the end of the last locked month has not been paid since."""
    books = planter.books
    end = books.locked_until or max(year.last for year in books.years if year.last < books.today)
    document = planter.new_booked(side, end)
    sign = 1 if side is Side.CUSTOMER else -1
    key = f"{planter.control_of(document)}/{end}"
    return [_informs("subsequent_settlement", "paid_after", "control_account", key, -sign * document.total)]


def overdue_for_long(planter: Planter, side: Side) -> list[Finding]:
    """An invoice of five months ago has not been paid."""
    day = planter.books.today - timedelta(days=150)
    document = planter.new_booked(side, day)
    account = str(planter.control_of(document))
    return [_informs("ageing", "oldest_bucket", "control_account", account, None)]


def registered_late(planter: Planter) -> list[Finding]:
    """A voucher of the middle of a month was typed in two months after the month's end."""
    today = planter.books.today
    end = today.replace(day=1) - timedelta(days=1)
    while today - end < timedelta(days=65):
        end = end.replace(day=1) - timedelta(days=1)
    registered = end + timedelta(days=60)
    while is_day_off(registered):
        registered += timedelta(days=1)
    voucher = _odd(planter, end.replace(day=15), 830_123_45, registered=registered)
    key = f"{planter.name(voucher.key).split('/')[0]}/{voucher.day:%Y-%m}"
    return [_informs("registration_lag", "late", "period", key, None)]


def round_sum(planter: Planter) -> list[Finding]:
    return [_points("round_sum", planter, _odd(planter, planter.open_day(1), 990_000_00))]


def rare_account(planter: Planter) -> list[Finding]:
    """On a cost account of the chart that no voucher has used."""
    books = planter.books
    used = {row.account for voucher in books.vouchers.values() for row in voucher.rows}
    unused = planter.choose(sorted({one for one in books.profile.accounts if 5000 <= one < 7000} - used))
    return [_points("rare_account", planter, _odd(planter, planter.open_day(1), 870_123_45, account=unused))]


def day_off(planter: Planter) -> list[Finding]:
    """Registered on a Saturday, Sunday or holiday."""
    days = [planter.books.today - timedelta(days=back) for back in range(1, 60)]
    day = planter.choose(one for one in days if is_day_off(one) and planter.books.is_open(one))
    return [_points("day_off", planter, _odd(planter, day, 860_123_45))]


def after_period(planter: Planter) -> list[Finding]:
    """Dated on the last day of a month, registered on the tenth of the next."""
    last = planter.books.today.replace(day=1) - timedelta(days=1)
    voucher = _odd(planter, last, 850_123_45, registered=last + timedelta(days=10))
    return [_points("after_period", planter, voucher)]


def same_amount(planter: Planter) -> list[Finding]:
    """The same amount on the same accounts three days later."""
    day = planter.open_day(10, 40)
    _odd(planter, day, 840_123_45)
    return [_points("same_amount", planter, _odd(planter, day + timedelta(days=3), 840_123_45))]


def first_digit(planter: Planter) -> list[Finding]:
    """A voucher of two thousand rows between 900 and 999 kronor."""
    books, day = planter.books, planter.open_day(1)
    rows = [Row(_ORDINARY, 900_00 + 5 * number) for number in range(1_900)]
    rows.append(Row(books.profile.scheme.bank, -sum(row.amount for row in rows)))
    voucher = book_voucher(books, books.profile.scheme.manual_series, day, "Kvitton", rows, registered=day)
    planter.touch(voucher)
    return [_informs("journal_profile", "first_digit", "journal", f"{books.year_of(day).first}", None)]


def _odd(
    planter: Planter, day: date, amount: int, *, account: int = _ORDINARY, registered: date | None = None
) -> Voucher:
    """A large manual voucher between a cost account and the bank."""
    books = planter.books
    rows = [Row(account, amount), Row(books.profile.scheme.bank, -amount)]
    series = books.profile.scheme.manual_series
    voucher = book_voucher(books, series, day, "Bokföringsorder", rows, registered=registered or day)
    planter.touch(voucher)
    return voucher


def _points(rule: str, planter: Planter, voucher: Voucher) -> Finding:
    return _informs("journal_profile", rule, "voucher", planter.name(voucher.key), None)


def bank_row_replaced(planter: Planter) -> list[Finding]:
    """The bank's row of a manual voucher was struck and the same amount added again. Only that shows."""
    voucher = planter.manual_voucher()
    row, signature = voucher.rows[-1], planter.books.profile.signature
    row.state, row.signature = RowState.STRUCK, signature
    voucher.rows.append(Row(row.account, row.amount, RowState.ADDED, signature=signature))
    key = f"{planter.name(voucher.key)}/{row.account}"
    return [_informs("corrections", "bank_account_row", "voucher_account", key, 0)]


def _informs(check: str, rule: str, kind: str, key: str, difference: int | None) -> Finding:
    return Finding(check, rule, "I", kind, key, difference)
