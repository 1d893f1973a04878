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

LOCK_LAG_MONTHS = 3
CLOSING_DAYS = 46


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
    _close_year(books, day - timedelta(days=CLOSING_DAYS), day)


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


def _manual(books: Books, day: date, text: str, *rows: Row) -> None:
    book_voucher(books, books.profile.scheme.manual_series, day, text, list(rows), registered=day)


def _payroll(books: Books, day: date) -> None:
    scheme = books.profile.scheme
    gross = 64_500_00 + 1_500_00 * (day.year - 2023)
    wages = 38_250_00 if day.month != 7 else 41_900_50
    tax, fees = share(gross + wages, 27), share(gross + wages, 31)
    rows = [Row(scheme.salaries, gross, cost_center="KON"), Row(scheme.wages, wages, cost_center="SNI")]
    rows += [Row(scheme.employer_cost, fees)]
    rows += [Row(scheme.withheld_tax, -tax), Row(scheme.employer_fees, -fees)]
    rows += [Row(scheme.bank, tax - gross - wages)]
    book_voucher(books, scheme.payroll_series, day, f"Löner {day:%Y-%m}", rows, registered=day)


def _pay_taxes(books: Books, day: date) -> None:
    """Withheld tax and employer fees of the month before, drawn from the tax account."""
    scheme = books.profile.scheme
    owed = balances_of(books, (scheme.withheld_tax, scheme.employer_fees), day)
    total = sum(owed.values())
    if total:
        drawn = [Row(account, -amount) for account, amount in owed.items()]
        text = "Skatter och avgifter, dragna från skattekontot"
        _manual(books, day, text, *drawn, Row(scheme.tax_account, total))
        _manual(
            books, day, "Insättning skattekonto", Row(scheme.tax_account, -total), Row(scheme.bank, total)
        )


def _settle_vat(books: Books, day: date) -> None:
    """Move the VAT accounts to the settlement account, dated the last day of the month before."""
    last = _previous_month_end(day)
    if last < books.years[0].first:
        return
    scheme = books.profile.scheme
    balances = balances_of(books, scheme.vat_accounts, last)
    rows = [Row(account, -amount) for account, amount in balances.items()]
    rows.append(Row(scheme.vat_settlement, sum(balances.values())))
    if any(balances.values()):
        book_voucher(books, scheme.vat_series, last, f"Momsredovisning {last:%Y-%m}", rows, registered=day)


def _pay_vat(books: Books, day: date) -> None:
    scheme = books.profile.scheme
    owed = balances_of(books, (scheme.vat_settlement,), day)[scheme.vat_settlement]
    if owed:
        _manual(books, day, "Betalning av moms", Row(scheme.vat_settlement, -owed), Row(scheme.bank, owed))


def _month_end(books: Books, day: date) -> None:
    scheme = books.profile.scheme
    fee = 189_00 + day.month * 3_50
    _manual(books, day, "Bankavgifter", Row(scheme.bank_fee, fee), Row(scheme.bank, -fee))
    worn = 8_000_00
    _manual(
        books, day, "Avskrivning inventarier", Row(scheme.depreciation, worn), Row(scheme.depreciated, -worn)
    )
    sweep = balances_of(books, (scheme.giro,), day)[scheme.giro] - 50_000_00
    if sweep > 0:
        _manual(books, day, "Överföring från PlusGiro", Row(scheme.bank, sweep), Row(scheme.giro, -sweep))


def _close_year(books: Books, last: date, day: date) -> None:
    """Book the result of the year that ended on ``last``, then carry it over in the new one."""
    ended = next((year for year in books.years if year.last == last), None)
    if ended is None:
        return
    scheme = books.profile.scheme
    result = sum(amount for _, account, amount in books.entries(ended.year_id) if account >= 3000)
    rows = [Row(scheme.result, -result), Row(scheme.profit, result)]
    book_voucher(books, scheme.manual_series, ended.last, "Årets resultat", rows, registered=day)
    text = "Omföring av föregående års resultat"
    _manual(books, day, text, Row(scheme.profit, -result), Row(scheme.prior_profit, result))


def _move_lock(books: Books, day: date) -> None:
    """Lock the books through the end of the month three months back."""
    month = day.year * 12 + day.month - 1 - LOCK_LAG_MONTHS
    year, month = divmod(month, 12)
    last = date(year, month + 1, monthrange(year, month + 1)[1])
    if last >= books.years[0].first:
        books.locked_until = last
