"""The bookkeeping that recurs by calendar: payroll, taxes, VAT, bank fees, depreciation, year end, the lock.

Nothing here is drawn at random. What does not belong here: customers, suppliers and their documents.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.model import Row
from fortnox_emulator.money import share
from fortnox_emulator.posting import book_voucher

VAT_ACCOUNTS = (2611, 2614, 2615, 2621, 2631, 2641, 2645)
VAT_SETTLEMENT = 2650
RESULT_ACCOUNT, PROFIT_ACCOUNT, PRIOR_PROFIT_ACCOUNT = 8999, 2099, 2098
LOCK_LAG_MONTHS = 3


def run_routine(books: Books, day: date) -> None:
    """Everything the calendar asks for on a day."""
    if day.day == 12:
        _pay_taxes(books, day)
        _settle_vat(books, day)
    if day.day == 20:
        _move_lock(books, day)
    if day.day == 25:
        _payroll(books, day)
    if day.day == 26:
        _pay_vat(books, day)
    if day.day == monthrange(day.year, day.month)[1]:
        _month_end(books, day)
    if (day.month, day.day) == (2, 15):
        _close_year(books, day)


def balances_of(books: Books, accounts: tuple[int, ...], last: date) -> dict[int, int]:
    """Balance-sheet account -> its balance at the end of a day, öre. One pass over the year's rows."""
    year = books.year_of(last)
    opening = books.opening(year)
    balances = {account: opening.get(account, 0) for account in accounts}
    for day, account, amount in books.entries(year.year_id):
        if account in balances and day <= last:
            balances[account] += amount
    return balances


def _previous_month_end(day: date) -> date:
    return day.replace(day=1) - timedelta(days=1)


def _payroll(books: Books, day: date) -> None:
    gross = 64_500_00 + 1_500_00 * (day.year - 2023)
    wages = 38_250_00 if day.month != 7 else 41_900_50
    tax, fees = share(gross + wages, 27), share(gross + wages, 31)
    rows = [Row(7210, gross, cost_center="KON"), Row(7010, wages, cost_center="SNI"), Row(2710, -tax)]
    rows += [Row(1930, tax - gross - wages), Row(7510, fees), Row(2731, -fees)]
    book_voucher(books, "L", day, f"Löner {day:%Y-%m}", rows, registered=day)


def _pay_taxes(books: Books, day: date) -> None:
    """Withheld tax and employer fees of the month before, drawn from the tax account."""
    owed = balances_of(books, (2710, 2731), day)
    rows = [Row(account, -amount) for account, amount in owed.items()]
    rows += [Row(1630, sum(owed.values()))]
    if sum(owed.values()):
        book_voucher(books, "A", day, "Skatter och avgifter, dragna från skattekontot", rows, registered=day)
        deposit = [Row(1630, -sum(owed.values())), Row(1930, sum(owed.values()))]
        book_voucher(books, "A", day, "Insättning skattekonto", deposit, registered=day)


def _settle_vat(books: Books, day: date) -> None:
    """Move the VAT accounts to the settlement account, dated the last day of the month before."""
    last = _previous_month_end(day)
    if last < books.years[0].first:
        return
    balances = balances_of(books, VAT_ACCOUNTS, last)
    rows = [Row(account, -amount) for account, amount in balances.items()]
    rows.append(Row(VAT_SETTLEMENT, sum(balances.values())))
    if any(balances.values()):
        book_voucher(books, "M", last, f"Momsredovisning {last:%Y-%m}", rows, registered=day)


def _pay_vat(books: Books, day: date) -> None:
    owed = balances_of(books, (VAT_SETTLEMENT,), day)[VAT_SETTLEMENT]
    if owed:
        rows = [Row(VAT_SETTLEMENT, -owed), Row(1930, owed)]
        book_voucher(books, "A", day, "Betalning av moms", rows, registered=day)


def _month_end(books: Books, day: date) -> None:
    fee = 189_00 + day.month * 3_50
    book_voucher(books, "A", day, "Bankavgifter", [Row(6570, fee), Row(1930, -fee)], registered=day)
    book_voucher(
        books,
        "A",
        day,
        "Avskrivning inventarier",
        [Row(7832, 8_000_00), Row(1229, -8_000_00)],
        registered=day,
    )
    sweep = balances_of(books, (1920,), day)[1920] - 50_000_00
    if sweep > 0:
        book_voucher(
            books, "A", day, "Överföring från PlusGiro", [Row(1930, sweep), Row(1920, -sweep)], registered=day
        )


def _close_year(books: Books, day: date) -> None:
    """Book the result of the year that ended, then carry last year's result over in the new one."""
    ended = next((year for year in books.years if year.last == date(day.year - 1, 12, 31)), None)
    if ended is None:
        return
    result = sum(amount for _, account, amount in books.entries(ended.year_id) if account >= 3000)
    rows = [Row(RESULT_ACCOUNT, -result), Row(PROFIT_ACCOUNT, result)]
    book_voucher(books, "A", ended.last, "Årets resultat", rows, registered=day)
    carried = [Row(PROFIT_ACCOUNT, -result), Row(PRIOR_PROFIT_ACCOUNT, result)]
    book_voucher(books, "A", day, "Omföring av föregående års resultat", carried, registered=day)


def _move_lock(books: Books, day: date) -> None:
    """Lock the books through the end of the month three months back."""
    month = day.year * 12 + day.month - 1 - LOCK_LAG_MONTHS
    year, month = divmod(month, 12)
    last = date(year, month + 1, monthrange(year, month + 1)[1])
    if last >= books.years[0].first:
        books.locked_until = last
