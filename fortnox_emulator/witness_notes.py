"""What there is to know about these books that blocks nothing: documents, payments after a period's end, odd vouchers.

Plain Python by the rules of ``docs/checks.md``. What does not belong here: findings that block or need explanation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from math import log10

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import FinancialYear, Payment, RowState, Side, Voucher
from fortnox_emulator.witness_days import findings_of_days
from fortnox_emulator.witness_matching import ambiguous_findings
from fortnox_emulator.witness_subledger import Entry, entries
from fortnox_emulator.witness_vouchers import other_day_findings, voucher_name

_SHOWN = 5
#: Holidays and eves, whatever their weekday, as the almanac of each year has them.
_ALMANAC = {
    2022: "0101 0106 0415 0418 0501 0526 0606 0624 1224 1225 1226 1231",
    2023: "0101 0106 0407 0410 0501 0518 0606 0623 1224 1225 1226 1231",
    2024: "0101 0106 0329 0401 0501 0509 0606 0621 1224 1225 1226 1231",
    2025: "0101 0106 0418 0421 0501 0529 0606 0620 1224 1225 1226 1231",
    2026: "0101 0106 0403 0406 0501 0514 0606 0619 1224 1225 1226 1231",
    2027: "0101 0106 0326 0329 0501 0506 0606 0625 1224 1225 1226 1231",
}


def informative_findings(books: Books) -> list[Finding]:
    """All I findings of the checks worked out here, sorted."""
    found = [*_documents(books), *_paid_after(books), *_journal(books), *_bank_corrections(books)]
    return sorted([*found, *findings_of_days(books), *ambiguous_findings(books), *other_day_findings(books)])


def is_day_off(day: date) -> bool:
    """Whether Swedish offices are closed."""
    return day.weekday() > 4 or f"{day:%m%d}" in _ALMANAC[day.year].split()


# -- corrections -------------------------------------------------------------------------------------------------


def _bank_corrections(books: Books) -> Iterator[Finding]:
    """Rows struck from or added to a bank account by voucher and account: what was added less what was struck."""
    controls = {account for side in Side for account in books.profile.controls(side)}
    weights = {RowState.STRUCK: -1, RowState.ADDED: 1}
    for voucher in _exported(books):
        moved: dict[int, int] = defaultdict(int)
        for row in voucher.rows:
            if row.state in weights and row.account // 100 == 19 and row.account not in controls:
                moved[row.account] += weights[row.state] * row.amount
        for account, amount in moved.items():
            key = f"{voucher_name(books, voucher.key)}/{account}"
            yield Finding("corrections", "bank_account_row", "I", "voucher_account", key, amount)


# -- documents ---------------------------------------------------------------------------------------------------


def _debit(voucher: Voucher) -> int:
    return sum(row.amount for row in voucher.live_rows if row.amount > 0)


def _manual(books: Books, voucher: Voucher) -> bool:
    """Whether the voucher list says so; of one it leaves out nothing is known."""
    return voucher.reference_type == "MANUAL" and voucher.key not in books.discords.unlisted


def _exported(books: Books) -> list[Voucher]:
    return [voucher for key, voucher in books.vouchers.items() if key not in books.discords.unexported]


def _documents(books: Books) -> Iterator[Finding]:
    """Per year and kind, what the documents without a file amount to."""
    lacking: dict[tuple[str, str], int] = defaultdict(int)
    with_file = {file.voucher for file in books.files}
    for voucher in _exported(books):
        if _manual(books, voucher) and voucher.key not in with_file and (debit := _debit(voucher)):
            first = voucher_name(books, voucher.key).split("/")[0]
            lacking["voucher", f"{first}/voucher"] += debit
    scanned = {file.document for file in books.files if file.document}
    for entry in entries(books, Side.SUPPLIER):
        year = next((one for one in books.years if one.holds(entry.posting_day)), None)
        if year and entry.kind == "invoice" and entry.item.number not in scanned:
            lacking["supplier_invoice", f"{year.first}/supplier_invoice"] += abs(entry.amount)
    for (rule, key), amount in lacking.items():
        yield Finding("missing_documents", rule, "I", "document_kind", key, -amount)


# -- after the period's end --------------------------------------------------------------------------------------


def _paid_after(books: Books) -> Iterator[Finding]:
    over = [year.last for year in books.years if year.last < books.today]
    locked = [books.locked_until] if books.locked_until and books.locked_until < books.today else []
    for end in {*sorted(over)[-1:], *locked}:
        for side in Side:
            yield from _paid_after_day(books, side, end)


def _paid_after_day(books: Books, side: Side, end: date) -> Iterator[Finding]:
    """What was open at the end of a day less what payments, write-offs aside, took of it later."""
    by_document: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in entries(books, side):
        if entry.posting_day <= books.today:
            number = entry.item.document if isinstance(entry.item, Payment) else entry.item.number
            by_document[number, entry.account].append(entry)
    gaps: dict[int, int] = defaultdict(int)
    seen: set[int] = set()
    for document in by_document.values():
        still_open = sum(entry.amount for entry in document if entry.posting_day <= end)
        if still_open:
            account = document[0].account
            seen.add(account)
            later = [entry for entry in document if entry.posting_day > end]
            gaps[account] -= still_open + sum(_paid(books, entry) for entry in later)
    for account in seen:
        key = f"{account}/{end}"
        yield Finding("subsequent_settlement", "paid_after", "I", "control_account", key, gaps[account])


def _paid(books: Books, entry: Entry) -> int:
    """The part of a payment's effect on the control account that is no write-off; of an invoice nothing."""
    if not isinstance(entry.item, Payment):
        return 0
    payment = entry.item
    if not payment.write_offs:
        return entry.amount
    document = books.documents[payment.side][payment.document]
    cash = round(payment.currency_amount * document.rate / document.unit)
    return -cash if payment.side is Side.CUSTOMER else cash


# -- the journal -------------------------------------------------------------------------------------------------


def _journal(books: Books) -> Iterator[Finding]:
    years = [year for year in books.years if books.locked_until is None or year.last > books.locked_until]
    ids = {year.year_id for year in years}
    looked_at = [
        voucher
        for voucher in _exported(books)
        if voucher.key.year_id in ids
        and (voucher.reference_type == "MANUAL" or voucher.key in books.discords.unlisted)
        and _debit(voucher)
    ]
    for rule, hits in _hits(books, looked_at).items():
        if len(hits) * 4 <= len(looked_at):
            largest = sorted(hits, key=lambda one: (-_debit(one), voucher_name(books, one.key)))
            for voucher in largest[:_SHOWN]:
                name = voucher_name(books, voucher.key)
                yield Finding("journal_profile", rule, "I", "voucher", name, None)
    for year in years:
        yield from _first_digits(books, year)


def _hits(books: Books, looked_at: list[Voucher]) -> dict[str, list[Voucher]]:
    """Test -> the vouchers it points at."""
    users: Counter[int] = Counter()
    for voucher in _exported(books):
        users.update({row.account for row in voucher.live_rows})
    hits: dict[str, list[Voucher]] = defaultdict(list)
    earlier: dict[tuple[int, ...], date] = {}
    for voucher in sorted(looked_at, key=lambda one: (one.day, voucher_name(books, one.key))):
        accounts = {row.account for row in voucher.live_rows}
        month_end = (voucher.day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        alike = (_debit(voucher), *sorted(accounts))
        points = {
            "round_sum": _debit(voucher) % 10_000_00 == 0,
            "rare_account": any(users[account] <= 2 for account in accounts),
            "day_off": is_day_off(voucher.registered),
            "after_period": voucher.registered > month_end and (month_end - voucher.day).days < 3,
            "same_amount": alike in earlier and (voucher.day - earlier[alike]).days <= 10,
        }
        earlier[alike] = voucher.day
        for rule in (rule for rule, true in points.items() if true):
            hits[rule].append(voucher)
    return hits


def _first_digits(books: Books, year: FinancialYear) -> Iterator[Finding]:
    amounts = {
        abs(row.amount)
        for voucher in _exported(books)
        if voucher.key.year_id == year.year_id
        for row in voucher.live_rows
        if abs(row.amount) >= 10_00
    }
    times = Counter(str(amount)[0] for amount in amounts)
    off = sum(
        abs(times[str(digit)] - len(amounts) * round(log10(1 + 1 / digit), 3)) for digit in range(1, 10)
    )
    if len(amounts) >= 500 and off / 9 > 0.015 * len(amounts):
        yield Finding("journal_profile", "first_digit", "I", "journal", f"{year.first}", None)
