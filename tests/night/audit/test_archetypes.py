"""Every kind of company: silent while its books are clean, exact when they are broken, the same sums everywhere."""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from functools import cache
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
def test_clean_books_have_no_findings_and_age_to_the_tie_out(auditor: Any, kind: str) -> None:
    seed, today = some_day(kind)
    books = found_books(ARCHETYPES[kind].profile(), seed, today)
    outcome = auditor.outcome(books)
    assert expected_findings(books) == []
    assert outcome.findings.filter(pl.col("severity").is_in(["B", "W"])).rows() == [], (seed, today)
    assert not {"ar_open_balance", "ap_open_balance", "ar_tie_out"} & outcome.not_run.keys()
    total = pl.col("amount").sum().alias("subledger_balance")
    aged = outcome.tables["recon.ageing"].group_by("control_account").agg(total)
    tied = outcome.tables["recon.tie_outs"].filter(pl.col("as_of") == today).select(aged.columns)
    assert tied.height or kind.startswith("cash"), "the day is compared"
    if tied.height:
        nothing = pl.col("subledger_balance") != 0
        assert dict(aged.filter(nothing).iter_rows()) == dict(tied.filter(nothing).iter_rows())


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
