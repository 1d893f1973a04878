"""The bookkeeping that recurs by calendar: payroll, taxes, VAT, bank fees, depreciation, year end, the lock.

Nothing here is drawn at random. What does not belong here: customers, suppliers and their documents.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.model import FinancialYear, Row, Side
from fortnox_emulator.money import share
from fortnox_emulator.posting import book_voucher

LOCK_LAG_MONTHS = 3
CLOSING_DAYS = 46
OPEN_ITEMS_BOOKED = "Uppbokning av obetalda fakturor"


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
    if day == books.years[0].first and books.is_cash(day):
        _reverse_open_items(books, books.opening(books.years[0]), day, day)
    if day.day == 28 and not books.profile.suppliers:
        _owe_by_hand(books, day)


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
    if ended.accounting_method == "CASH":
        _book_open_items(books, ended, day)
    scheme = books.profile.scheme
    result = sum(amount for _, account, amount in books.entries(ended.year_id) if account >= 3000)
    rows = [Row(scheme.result, -result), Row(scheme.profit, result)]
    book_voucher(books, scheme.manual_series, ended.last, "Årets resultat", rows, registered=day)
    text = "Omföring av föregående års resultat"
    _manual(books, day, text, Row(scheme.profit, -result), Row(scheme.prior_profit, result))


def _book_open_items(books: Books, year: FinancialYear, day: date) -> None:
    """Bring a cash-method year's open items into the ledger; a following cash-method year takes them out again."""
    for (side, account), total in sorted(books.open_items(year.last).items(), key=lambda item: item[0][1]):
        booked = total if side is Side.CUSTOMER else -total
        _book_open_item(books, account, booked, year.last, day, OPEN_ITEMS_BOOKED)
    after = year.last + timedelta(days=1)
    if books.is_cash(after):
        _reverse_open_items(books, books.closing(year), after, day)


def _reverse_open_items(books: Books, balances: Mapping[int, int], first: date, day: date) -> None:
    for account in (account for side in Side for account in books.profile.controls(side)):
        if booked := balances.get(account, 0):
            _book_open_item(books, account, -booked, first, day, "Återföring av obetalda fakturor")


def _book_open_item(books: Books, account: int, amount: int, on: date, day: date, text: str) -> None:
    """A control account against sales or purchases, with VAT."""
    scheme, predefined = books.profile.scheme, books.profile.predefined
    owed = account in books.profile.controls(Side.SUPPLIER)
    contra = (
        (scheme.input_vat, predefined["PURCASE"]) if owed else (scheme.output_vat[25], scheme.revenue[25])
    )
    vat = share(amount, 20)
    rows = [Row(account, amount), Row(contra[0], -vat), Row(contra[1], vat - amount)]
    book_voucher(books, scheme.manual_series, on, text, rows, registered=day)


def _owe_by_hand(books: Books, day: date) -> None:
    """Without a supplier ledger: this month's purchases on the payables account, last month's paid off it."""
    scheme, payables = books.profile.scheme, books.profile.payables
    if paid := balances_of(books, (payables,), day)[payables]:
        _manual(books, day, "Betalda leverantörer", Row(payables, -paid), Row(scheme.bank, paid))
    net = 21_000_00 + day.month * 731_25
    vat = share(net, 25)
    rows = (
        Row(books.profile.predefined["PURCASE"], net),
        Row(scheme.input_vat, vat),
        Row(payables, -net - vat),
    )
    _manual(books, day, "Obetalda leverantörer", *rows)


def _move_lock(books: Books, day: date) -> None:
    """Lock the books through the end of the month three months back."""
    month = day.year * 12 + day.month - 1 - LOCK_LAG_MONTHS
    year, month = divmod(month, 12)
    last = date(year, month + 1, monthrange(year, month + 1)[1])
    if last >= books.years[0].first:
        books.locked_until = last
