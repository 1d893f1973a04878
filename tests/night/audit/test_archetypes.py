"""Every kind of company: silent while its books are clean, exact when they are broken, the same sums everywhere."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import DETAILED, combined, plant, plantable
from fortnox_emulator.founding import found_books
from fortnox_emulator.model import Side
from fortnox_emulator.witness import expected_findings
from fortnox_emulator.witness_notes import informative_findings
from transforms.ageing import aged
from transforms.reconciliations.ap_divergence import AP_DIVERGENCE
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE
from transforms.subledger import CUSTOMER, SUPPLIER, open_items
from transforms.tie_out_on import tie_out_on, why_not_on

TODAY = date(2026, 9, 30)
OF_A_LEDGER = [
    "voucher_unbalanced", "voucher_unbalanced_by_strike", "voucher_gap", "voucher_gap_of_two", "closing_balance",
    "closing_balance_past_year", "opening_balance", "result_balance", "period_balance",
]  # fmt: skip
KINDS = [name for name in ARCHETYPES if name != "demo"]


@cache
def _pickled(kind: str) -> bytes:
    return pickle.dumps(found_books(ARCHETYPES[kind].profile(), 1, TODAY))


def fresh_books(kind: str) -> Books:
    books: Books = pickle.loads(_pickled(kind))
    return books


def some_day(kind: str) -> tuple[int, date]:
    """A seed and a day in the company's life, the same for the same kind."""
    random, first = Random(kind), ARCHETYPES[kind].profile().years[0].first
    return random.randint(2, 999), first + timedelta(days=random.randint(60, (TODAY - first).days))


@pytest.mark.parametrize("kind", KINDS)
def test_clean_books_have_no_findings(auditor: Any, kind: str) -> None:
    seed, today = some_day(kind)
    books = found_books(ARCHETYPES[kind].profile(), seed, today)
    outcome = auditor.outcome(books)
    assert expected_findings(books) == []
    assert outcome.findings.filter(pl.col("severity").is_in(["B", "W"])).rows() == [], (seed, today)
    assert not {"ar_open_balance", "ap_open_balance", "ar_tie_out"} & outcome.not_run.keys()


@pytest.mark.parametrize("kind", ["demo", *KINDS])
def test_every_invoice_is_open_with_the_balance_the_api_states(auditor: Any, kind: str) -> None:
    """Rebuilt as of today from invoices, payments and write-offs, of each by itself and not only in sum."""
    books = fresh_books(kind)
    staged, compared = auditor.staged(books), 0
    for side, subledger in zip(Side, (CUSTOMER, SUPPLIER), strict=True):
        items = (
            open_items(subledger, staged, TODAY).group_by("document_number").agg(pl.col("open_balance").sum())
        )
        rebuilt = dict(items.iter_rows())
        for number, document in books.documents[side].items():
            if document.booked and not document.cancelled:
                stated = Decimal(books.balance(document)).scaleb(-2)
                assert rebuilt.pop(number, Decimal(0)) == stated, (side, number)
                compared += 1
        assert rebuilt == {}, "nothing is open that the API does not know"
    assert compared > 100


@pytest.mark.parametrize("kind", ["demo", *KINDS])
def test_open_items_age_to_the_tie_out_on_any_day(auditor: Any, kind: str) -> None:
    """The first and the last day, the ends of years and days between, of books in which everything is wrong."""
    books = fresh_books(kind)
    for name in plantable(books):
        plant(books, 1, name)
    staged, settings = auditor.staged(books), auditor.settings_of(books)
    first, random = min(year.first for year in books.years) - timedelta(days=1), Random(kind)
    days = [first, TODAY, *(year.last for year in books.years if year.last < TODAY)]
    days += [first + timedelta(days=random.randint(1, (TODAY - first).days)) for _ in range(12)]
    compared = [day for day in days if why_not_on(staged, known_until=TODAY, day=day) is None]
    assert len(compared) >= {"cash_method": 2, "cash_then_accrual": 4}.get(kind, 14)
    for day in compared:
        for subledger in (CUSTOMER, SUPPLIER):
            tied = tie_out_on(staged, subledger, settings, day=day).balances
            assert buckets(staged, subledger, day) == nonzero(tied, "subledger_balance"), day


def buckets(staged: Any, subledger: Any, day: date) -> dict[str, Decimal]:
    """What the buckets of each control account sum to."""
    table = aged(staged, subledger, day, (30, 60, 90))
    return nonzero(table.group_by("control_account").agg(pl.col("amount").sum()), "amount")


def nonzero(table: pl.DataFrame, amount: str) -> dict[str, Decimal]:
    return dict(table.filter(pl.col(amount) != 0).select("control_account", amount).iter_rows())


@pytest.mark.slow
def test_a_difference_is_dated_on_its_day_for_each_day_of_a_year(auditor: Any) -> None:
    """In a company that trades all year: a voucher of 100.00 on the day, another of 7.00 nine days later. Customers and
    suppliers take turns; every day of both is in ``tests/reconcile/test_divergence_cases.py``."""
    books = fresh_books("broken_year")
    year = books.year_of(date(2025, 12, 1))
    staged, settings = auditor.staged(books), auditor.settings_of(books)
    days = [year.first + timedelta(days=offset) for offset in range((year.last - year.first).days + 1)]
    assert len(days) == 365
    for check, account, day in zip(
        cycle((AR_DIVERGENCE, AP_DIVERGENCE)), cycle(("1510", "2440")), days, strict=False
    ):
        later = day + timedelta(days=9)
        result = check.reconcile(with_vouchers(staged, account, {day: "100.00", later: "7.00"}), settings)
        told = result.tables["recon.divergences"].select("control_account", "date", "arisen").rows()
        assert told == [(account, day, Decimal("-100.00")), (account, later, Decimal("-7.00"))]
        (first,) = result.findings.select("subject_key", "date", "difference").rows()
        assert first == (account, day, Decimal("-100.00"))


def with_vouchers(staged: Any, account: str, amounts: dict[date, str]) -> Any:
    """The books with a manual voucher a day between a control account and the bank."""
    heads, rows = staged.vouchers.head(1), staged.voucher_rows.filter(kind="row").head(2)
    made = {"vouchers": [staged.vouchers], "voucher_rows": [staged.voucher_rows]}
    for number, (day, amount) in enumerate(amounts.items(), start=1):
        year = staged.financial_years.filter(pl.lit(day).is_between("financial_year", "end_date"))
        named = {
            "financial_year": pl.lit(year["financial_year"][0]), "voucher_series": pl.lit("Z"),
            "voucher_number": pl.lit(str(number)), "voucher_date": pl.lit(day),
            "voucher_key": pl.lit(f"{year['financial_year'][0]}/Z/{number}"), "reference_type": pl.lit("MANUAL"),
            "reference_number": pl.lit(None, dtype=pl.String),
        }  # fmt: skip
        made["vouchers"].append(heads.with_columns(**{n: e for n, e in named.items() if n in heads.columns}))
        booked = pl.DataFrame(
            {"account_number": [account, "1930"], "amount": [Decimal(amount), -Decimal(amount)]},
            schema=rows.select("account_number", "amount").schema,
        )
        own = rows.with_columns(**{n: e for n, e in named.items() if n in rows.columns})
        made["voucher_rows"].append(own.with_columns(booked.get_columns()))
    return replace(staged, **{name: pl.concat(frames) for name, frames in made.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_everything_that_can_be_wrong_is_found(auditor: Any, kind: str) -> None:
    books = fresh_books(kind)
    planted = [plant(books, 1, name) for name in plantable(books)]
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == auditor.in_kronor(combined(planted))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    assert auditor.unexplained(outcome) == {}
    bridges = outcome.tables["recon.bridges"]
    assert ("cash_method" in bridges["cause"]) is kind.startswith("cash")
    elsewhere = kind in {"several_control_accounts", "house_work"}
    assert ("other_control_account" in bridges["cause"]) is elsewhere


def test_a_company_of_sie_files_only_is_silent_clean_and_exact_broken(auditor: Any) -> None:
    books = fresh_books("broken_year")
    clean = auditor.outcome_of_sie_files(books)
    assert auditor.stated(clean) == set()
    assert {"ar_tie_out", "ap_open_balance", "invoice_vouchers"} <= clean.not_run.keys()
    planted = [plant(books, 1, name) for name in OF_A_LEDGER]
    assert auditor.stated(auditor.outcome_of_sie_files(books)) == auditor.in_kronor(combined(planted))


def test_a_balance_without_skatteverkets_share_is_right_as_well(auditor: Any) -> None:
    outcome = auditor.outcome(fresh_books("house_work"), balance_with_tax_reduction=False)
    assert outcome.findings.filter(pl.col("severity").is_in(["B", "W"])).is_empty()
    assert set(outcome.tables["recon.tie_outs"]["control_account"]) == {"1510", "1513", "2440"}


@pytest.mark.parametrize(
    ("name", "by_the_lists"),
    [("ar_share_wrong", set()), ("ar_not_shared_out", {"ar_tie_out", "payment_vouchers"})],
)
def test_an_invoice_parted_wrongly_is_found_where_its_detail_is_read(
    auditor: Any, name: str, by_the_lists: set[str]
) -> None:
    """On both accounts, in the invoice's month, with the voucher. By the lists alone the one cannot be seen, and the
    other is laid to the payout."""
    assert name in DETAILED
    books = fresh_books("house_work")
    planted = plant(books, 1, name)
    assert expected_findings(books) == combined([planted])
    outcome = auditor.outcome_of(auditor.load(books, details=True), auditor.settings_of(books))
    assert auditor.stated(outcome) == auditor.in_kronor(combined([planted]))
    assert set(outcome.tables["recon.bridges"]["cause"]) == set(planted.discrepancy.causes)
    assert auditor.unexplained(outcome) == {}
    assert {check for check, *_ in auditor.findings(books)} == by_the_lists


def test_a_company_whose_details_are_read_is_as_silent_and_as_exact(auditor: Any) -> None:
    books = fresh_books("house_work")
    clean = auditor.outcome_of(auditor.load(books, details=True), auditor.settings_of(books))
    assert auditor.all_stated(clean) == set()
    planted = [plant(books, 1, name) for name in (*plantable(books), *DETAILED)]
    outcome = auditor.outcome_of(auditor.load(books, details=True), auditor.settings_of(books))
    assert auditor.stated(outcome) == auditor.in_kronor(combined(planted))
    assert auditor.unexplained(outcome) == {}


def test_the_kinds_are_what_they_say() -> None:
    """Else their tests would say nothing: what each kind is about occurs in its books."""
    controls = {
        account
        for one in fresh_books("several_control_accounts").vouchers.values()
        for account in one.accounts
    }
    assert {1510, 1511, 1512, 2440, 2442} <= controls
    used = {key.series for key in fresh_books("several_series").vouchers}
    assert {"B", "F", "W", "C", "H", "D", "G", "E", "I"} <= used
    renumbered = {account for one in fresh_books("other_chart").vouchers.values() for account in one.accounts}
    assert {1500, 2400} <= renumbered
    assert not {1510, 2440} & renumbered
    currencies = [
        document.currency
        for side in fresh_books("foreign_currency").documents.values()
        for document in side.values()
    ]
    assert min(currencies.count(code) for code in ("EUR", "USD", "DKK", "JPY")) >= 20
    assert len(plantable(fresh_books("cash_method"))) > 20
    assert {year.first.month for year in fresh_books("broken_year").years} == {5}
    split = [one for one in fresh_books("house_work").documents[Side.CUSTOMER].values() if one.tax_reduction]
    assert len(split) > 20


@pytest.mark.slow
@settings(derandomize=True, max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_few_errors_of_any_kind_of_company_are_found(auditor: Any, data: st.DataObject) -> None:
    books = fresh_books(data.draw(st.sampled_from(KINDS)))
    names = data.draw(st.sets(st.sampled_from(plantable(books)), min_size=1, max_size=6))
    planted = [plant(books, 1, name) for name in sorted(names)]
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == auditor.in_kronor(combined(planted))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    assert auditor.unexplained(outcome) == {}
