"""Surfaces of the ledger: years, accounts, series, vouchers.

What does not belong here: documents and registers.
"""

from __future__ import annotations

from fortnox_emulator.resources import Resource
from fortnox_emulator.selections import (
    accounts_of_year,
    all_years,
    booked_in_year,
    predefined_series,
    series_of_year,
    vouchers_of_year,
)
from fortnox_emulator.views import settings, vouchers

LEDGER_SURFACES = (
    Resource(
        "financialyears",
        "bookkeeping",
        "FinancialYears",
        all_years,
        lambda _c, year: settings.financial_year(year),
        "FinancialYear",
        lambda _c, year: settings.financial_year(year),
        key=lambda year: str(year.year_id),
        sorts={
            "id": lambda _c, year: year.year_id,
            "fromdate": lambda _c, year: year.first,
            "todate": lambda _c, year: year.last,
        },
    ),
    Resource(
        "accounts",
        "bookkeeping",
        "Accounts",
        accounts_of_year,
        lambda _c, entry: settings.account_item(entry),
        "Account",
        lambda _c, entry: settings.account_detail(entry),
        key=lambda entry: str(entry.account.number),
        not_found=(2000423, "Kan inte hitta kontot."),
        search={"sru": lambda _c, entry: str(entry.account.sru)},
        sorts={"number": lambda _c, entry: entry.account.number},
    ),
    Resource(
        "accountcharts",
        "bookkeeping",
        "AccountCharts",
        lambda _c, _q: ["Bas 2024", "Bas 2025", "K1 Mini"],
        lambda _c, name: {"Name": name},
        paged=False,
        has_meta=False,
    ),
    Resource(
        "predefinedaccounts",
        "settings",
        "PreDefinedAccounts",
        lambda c, _q: list(c.books.profile.predefined.items()),
        lambda _c, pair: settings.predefined_account(*pair),
        "PreDefinedAccount",
        lambda _c, pair: settings.predefined_account(*pair),
        key=lambda pair: str(pair[0]),
        paged=False,
        has_meta=False,
    ),
    Resource(
        "predefinedvoucherseries",
        "settings",
        "PreDefinedVoucherSeriesCollection",
        lambda c, _q: predefined_series(c.books.profile.scheme),
        lambda _c, pair: settings.predefined_series(*pair),
        "PreDefinedVoucherSeries",
        lambda _c, pair: settings.predefined_series(*pair),
        key=lambda pair: str(pair[0]),
        paged=False,
        has_meta=False,
    ),
    Resource(
        "voucherseries",
        "bookkeeping",
        "VoucherSeriesCollection",
        series_of_year,
        lambda _c, pair: settings.voucher_series(*pair),
        "VoucherSeries",
        lambda c, pair: settings.voucher_series_detail(c.books, *pair),
        key=lambda pair: str(pair[1].code),
    ),
    Resource(
        "vouchers",
        "bookkeeping",
        "Vouchers",
        vouchers_of_year,
        lambda c, voucher: vouchers.voucher_item(c.books, voucher),
        "Voucher",
        lambda c, voucher: vouchers.voucher_detail(c.books, voucher, as_listed=c.switches.voucher_as_listed),
        key=lambda voucher: f"{voucher.key.series}/{voucher.key.number}",
        singly=booked_in_year,
        not_found=(2000588, "Kan inte hitta verifikationen."),
        search={"voucherseries": lambda _c, voucher: voucher.key.series},
        dates={"fromdate": lambda _c, voucher: voucher.day, "todate": lambda _c, voucher: voucher.day},
        modified=lambda voucher: voucher.modified,
        sorts={
            "vouchernumber": lambda _c, voucher: voucher.key.number,
            "voucherseries": lambda _c, voucher: voucher.key.series,
            "referencenumber": lambda _c, voucher: voucher.reference_number,
        },
    ),
)
