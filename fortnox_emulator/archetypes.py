"""Kinds of companies, as a table: each is the demo company with what makes the kind different.

Every archetype's clean books give no finding, whatever the seed. What does not belong here: how anything is booked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from fortnox_emulator.company_profile import CompanyProfile, SeriesInfo, demo_profile
from fortnox_emulator.model import Account, FinancialYear, Party, Side


@dataclass(frozen=True)
class Archetype:
    """``description`` is one sentence for ``docs/emulator.md``."""

    id: str
    description: str
    profile: Callable[[], CompanyProfile]


def _years(*spans: tuple[date, date], method: str = "ACCRUAL") -> tuple[FinancialYear, ...]:
    return tuple(FinancialYear(number, *span, method) for number, span in enumerate(spans, start=1))


_CALENDAR_2025 = (date(2025, 1, 1), date(2025, 12, 31))
_CALENDAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))


def _since_2025(**changes: object) -> CompanyProfile:
    """The demo company with two calendar years only, and changes."""
    profile = replace(demo_profile(), years=_years(_CALENDAR_2025, _CALENDAR_2026))
    return replace(profile, **changes)  # type: ignore[arg-type]  # names of fields


def _broken_year() -> CompanyProfile:
    first, second = (date(2025, 5, 1), date(2026, 4, 30)), (date(2026, 5, 1), date(2027, 4, 30))
    return _since_2025(years=_years(first, second))


def _short_first_year() -> CompanyProfile:
    first = (date(2025, 9, 17), date(2025, 12, 31))
    return _since_2025(years=_years(first, _CALENDAR_2026), opening={}, opening_items=())


def _extended_first_year() -> CompanyProfile:
    first = (date(2024, 7, 1), date(2025, 12, 31))
    return _since_2025(years=_years(first, _CALENDAR_2026), opening={}, opening_items=())


def _several_series() -> CompanyProfile:
    profile = _since_2025()
    invoices = {Side.CUSTOMER: ("B", "F", "W"), Side.SUPPLIER: ("D", "G")}
    payments = {Side.CUSTOMER: ("C", "H"), Side.SUPPLIER: ("E", "I")}
    more = tuple(
        SeriesInfo(code, text, manual=False)
        for code, text in (
            ("F", "Kundfakturor, projekt"),
            ("W", "Kundfakturor, webb"),
            ("G", "Leverantörsfakturor, skannade"),
            ("H", "Kundinbetalningar, kort"),
            ("I", "Leverantörsbetalningar, utland"),
        )
    )
    scheme = replace(profile.scheme, invoice_series=invoices, paying_series=payments)
    return replace(profile, scheme=scheme, series=(*profile.series, *more))


def _grouped(parties: Iterable[Party], control_account: Callable[[Party], int]) -> tuple[Party, ...]:
    return tuple(replace(party, control_account=control_account(party)) for party in parties)


def _several_control_accounts() -> CompanyProfile:
    """Private customers, foreign customers and foreign suppliers each on an account of their own."""
    profile = _since_2025()
    more = (
        Account(1512, "Kundfordringar i utländsk valuta", 7251),
        Account(2442, "Leverantörsskulder i utländsk valuta", 7365),
    )
    return replace(
        profile,
        accounts=_with(profile.accounts, more),
        customers=_grouped(
            profile.customers, lambda one: 1512 if one.currency != "SEK" else 1511 if one.private else 0
        ),
        suppliers=_grouped(profile.suppliers, lambda one: 2442 if one.currency != "SEK" else 0),
    )


def _with(accounts: Mapping[int, Account], more: Iterable[Account]) -> dict[int, Account]:
    merged = {**accounts, **{account.number: account for account in more}}
    return {number: merged[number] for number in sorted(merged)}


_RENUMBERED = {1510: 1500, 2440: 2400, 1930: 1941, 1920: 1921, 3001: 3011, 2611: 2619, 2641: 2649, 2091: 2068}


def _other_chart() -> CompanyProfile:
    """Every account of ``_RENUMBERED`` has the other number, wherever it is used; Fortnox knows by its settings."""
    profile = _since_2025()
    new = {old: replace(profile.accounts[old], number=number) for old, number in _RENUMBERED.items()}
    kept = {number: account for number, account in profile.accounts.items() if number not in _RENUMBERED}
    scheme = replace(
        profile.scheme,
        bank=_RENUMBERED[1930],
        giro=_RENUMBERED[1920],
        revenue={**profile.scheme.revenue, 25: _RENUMBERED[3001]},
        output_vat={**profile.scheme.output_vat, 25: _RENUMBERED[2611]},
        input_vat=_RENUMBERED[2641],
    )
    return replace(
        profile,
        scheme=scheme,
        accounts=_with(kept, new.values()),
        predefined={name: _RENUMBERED.get(one, one) for name, one in profile.predefined.items()},
        opening={_RENUMBERED.get(one, one): amount for one, amount in profile.opening.items()},
        equity_account=_RENUMBERED[profile.equity_account],
    )


_ABROAD = (("SEK", "SE"), ("EUR", "DE"), ("USD", "US"), ("DKK", "DK"), ("JPY", "JP"))


def _foreign_currency() -> CompanyProfile:
    """Four in five trade in another currency; one of them is quoted per hundred and worth a few öre."""
    profile = _since_2025()
    return replace(
        profile,
        customers=_abroad(profile.customers),
        suppliers=_abroad(profile.suppliers),
        foreign_rates={**profile.foreign_rates, "JPY": (69000, 100)},
        opening_items=(),
    )


def _abroad(parties: Iterable[Party]) -> tuple[Party, ...]:
    turns = ((party, *_ABROAD[turn % len(_ABROAD)]) for turn, party in enumerate(parties))
    return tuple(
        replace(party, currency=currency, country=country, rounds=party.rounds and currency == "SEK")
        for party, currency, country in turns
    )


def _house_work() -> CompanyProfile:
    """Work at private customers' homes: Skatteverket pays 30 per cent of the labour, on 1513 until it does."""
    profile = _since_2025()
    more = (Account(1513, "Kundfordringar - delad faktura", 7251),)
    return replace(profile, accounts=_with(profile.accounts, more), tax_reduction_account=1513)


def _no_supplier_ledger() -> CompanyProfile:
    profile = _since_2025(suppliers=())
    items = tuple(item for item in profile.opening_items if item.side is Side.CUSTOMER)
    return replace(profile, opening_items=items)


def _cash_method() -> CompanyProfile:
    return _since_2025(years=_years(_CALENDAR_2025, _CALENDAR_2026, method="CASH"))


def _cash_then_accrual() -> CompanyProfile:
    cash, accrual = _years(_CALENDAR_2025, _CALENDAR_2026)
    return _since_2025(years=(replace(cash, accounting_method="CASH"), accrual))


ARCHETYPES: dict[str, Archetype] = {
    archetype.id: archetype
    for archetype in (
        Archetype("demo", "Accrual method, calendar years, a first year of eighteen months.", demo_profile),
        Archetype("broken_year", "The financial year runs from May to April.", _broken_year),
        Archetype("short_first_year", "Founded in the middle of September.", _short_first_year),
        Archetype(
            "extended_first_year",
            "Founded eighteen months before its first year ended.",
            _extended_first_year,
        ),
        Archetype(
            "several_series", "Three series of customer invoices, two of everything else.", _several_series
        ),
        Archetype(
            "several_control_accounts",
            "Private and foreign customers, and foreign suppliers, on control accounts of their own.",
            _several_control_accounts,
        ),
        Archetype(
            "other_chart", "Control accounts 1500 and 2400; bank, sales and VAT renumbered too.", _other_chart
        ),
        Archetype("foreign_currency", "Most invoices are in EUR, USD, DKK or JPY.", _foreign_currency),
        Archetype(
            "house_work",
            "Private customers' invoices with tax reduction (ROT): Skatteverket's share on 1513.",
            _house_work,
        ),
        Archetype(
            "no_supplier_ledger",
            "No supplier invoices: what suppliers are owed is booked by hand.",
            _no_supplier_ledger,
        ),
        Archetype("cash_method", "Cash method: open items reach the ledger at the year's end.", _cash_method),
        Archetype("cash_then_accrual", "Cash method until 2025, accrual from 2026.", _cash_then_accrual),
    )
}
