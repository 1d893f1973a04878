"""What an auditor asks of sound books: documents, payments after the period's end, unusual vouchers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.reconciliations.journal_profile import JOURNAL_PROFILE
from transforms.reconciliations.missing_documents import MISSING_DOCUMENTS
from transforms.reconciliations.subsequent_settlement import SUBSEQUENT_SETTLEMENT
from transforms.swedish_calendar import easter_sunday, holidays

# -- documents ---------------------------------------------------------------------------------------------------


def test_manual_vouchers_without_a_file(given: Any, settings: Any) -> None:
    """A/1 has its receipt; B/1 was made by Fortnox; A/4 has no rows that count."""
    for number, amount in enumerate(("10.00", "20.00", "30.00"), start=1):
        given.voucher(f"A/{number}", "2026-03-01", a5410=amount, a1930=f"-{amount}")
    given.voucher("A/4", "2026-03-01", {"a5410": "5.00", "a1930": "-5.00"})
    given.voucher("B/1", "2026-03-01", because=("INVOICE", "1"), a1510="9.00", a3001="-9.00")
    given.attached("voucher", "2026-01-01/A/1").attached("voucher", "2026-01-01/A/1")
    findings = MISSING_DOCUMENTS.reconcile(given.books(lambda frame: frame[::-1]), settings).findings
    assert findings.select("rule", "subject_key", "difference", "explanation").rows() == [(
        "voucher", "2026-01-01/voucher", -50,
        "Year from 2026-01-01: expected a file on all manual vouchers (3), found 2 without, over 50.00 "
        "SEK of 60.00 SEK; the largest: A/3, A/2.",
    )]  # fmt: skip
    assert findings["evidence"].to_list() == [["voucher 2026-01-01/A/3", "voucher 2026-01-01/A/2"]]


def test_supplier_invoices_without_a_file(given: Any, settings: Any, found: Any) -> None:
    """2 has its scan; 3 and 4 are no debt; 5 was brought in from the time before; 6 is a credit note."""
    given.invoice("supplier", "1", "2026-03-01", "100.00").invoice("supplier", "2", "2026-03-01", "200.00")
    given.invoice("supplier", "3", "2026-03-01", "400.00", booked=False)
    given.invoice("supplier", "4", "2026-03-01", "800.00", cancelled=True)
    given.invoice("supplier", "5", "2025-12-31", "1600.00").invoice("supplier", "6", "2026-03-01", "-7.00")
    given.attached("supplier_invoice", "2")
    findings = MISSING_DOCUMENTS.reconcile(given.books(), settings).findings
    assert found(findings) == [("supplier_invoice", "2026-01-01/supplier_invoice", "-107.00")]


def test_all_with_their_documents(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-01", a5410="10.00", a1930="-10.00").attached("voucher", "2026-01-01/A/1")
    given.invoice("supplier", "1", "2026-03-01", "100.00").attached("supplier_invoice", "1")
    assert MISSING_DOCUMENTS.reconcile(given.books(), settings).findings.is_empty()


# -- payments after the period's end -----------------------------------------------------------------------------


@pytest.fixture
def year_end(given: Any) -> Any:
    """2025 is over, 2026 open. At the end of 2025: 1 open, 2 open in part, 3 paid on the last day, 4 not there yet."""
    given.year("2025-01-01", "2025-12-31")
    given.invoice("customer", "1", "2025-12-01", "100.00").invoice("customer", "2", "2025-11-01", "80.00")
    given.invoice("customer", "3", "2025-11-01", "60.00").invoice("customer", "4", "2026-01-01", "40.00")
    given.payment("customer", "1", "2", "2025-12-30", "30.00")
    given.payment("customer", "2", "3", "2025-12-31", "60.00")
    return given


def test_what_was_open_and_is_paid_since(year_end: Any, settings: Any) -> None:
    year_end.payment("customer", "3", "2", "2026-01-01", "45.00", write_offs=("5.00",))
    year_end.payment("customer", "4", "4", "2026-02-01", "40.00")
    year_end.payment("customer", "5", "1", "2026-06-16", "100.00")
    result = SUBSEQUENT_SETTLEMENT.reconcile(year_end.books(lambda frame: frame[::-1]), settings)
    assert result.findings.select("subject_key", "expected", "actual", "difference", "explanation").rows() == [(
        "1510/2025-12-31", 150, 45, -105,
        "Account 1510 on 2025-12-31: expected 150.00 SEK (2 customer items) to be paid after it, found 45.00 SEK paid "
        "until 2026-06-15; settled in full: 1; not settled: 100.00 SEK, the largest: 1 (100.00 SEK).",
    )]  # fmt: skip
    items = result.tables["recon.subsequent_settlements"]
    columns = ("document_number", "amount", "paid", "written_off", "not_settled", "payments", "last_paid")
    assert items.select(columns).rows() == [
        ("1", 100, 0, 0, 100, None, None),
        ("2", 50, -45, -5, 0, "3", dt.date(2026, 1, 1)),
    ]


def test_what_was_paid_in_advance_is_settled_by_its_invoice(given: Any, settings: Any) -> None:
    """Paid in December, invoiced in January for 10 less; and a payment that names no invoice."""
    given.year("2025-01-01", "2025-12-31").invoice("customer", "1", "2026-01-10", "90.00")
    given.payment("customer", "1", "1", "2025-12-20", "100.00")
    given.payment("customer", "2", None, "2025-12-21", "7.00")
    result = SUBSEQUENT_SETTLEMENT.reconcile(given.books(), settings)
    items = result.tables["recon.subsequent_settlements"]
    assert items.select("document_number", "amount", "paid", "invoiced", "not_settled").rows() == [
        ("1", -100, 0, 90, -10),
        ("payment:2", -7, 0, 0, -7),
    ]
    assert result.findings["evidence"].to_list() == [["customer invoice 1", "customer payment 2"]]


def test_the_last_locked_month_is_an_end_too(year_end: Any, settings: Any) -> None:
    year_end.locked_until = "2026-03-31"
    findings = SUBSEQUENT_SETTLEMENT.reconcile(year_end.books(), settings).findings
    assert findings["subject_key"].sort().to_list() == ["1510/2025-12-31", "1510/2026-03-31"]


def test_nothing_open_and_no_period_over_say_nothing(given: Any, settings: Any) -> None:
    given.invoice("customer", "1", "2026-01-01", "100.00")
    assert SUBSEQUENT_SETTLEMENT.reconcile(given.books(), settings).findings.is_empty()


def test_supplier_debts_keep_their_sign(given: Any, settings: Any, found: Any) -> None:
    given.year("2025-01-01", "2025-12-31").invoice("supplier", "1", "2025-12-01", "100.00")
    given.payment("supplier", "1", "1", "2026-01-10", "70.00")
    findings = SUBSEQUENT_SETTLEMENT.reconcile(given.books(), settings).findings
    assert findings.select("expected", "actual", "difference").row(0) == (-100, -70, 30)


# -- the journal -------------------------------------------------------------------------------------------------


@pytest.fixture
def ordinary(given: Any) -> Any:
    """Thirty vouchers nobody would look at twice: odd sums, Tuesdays, the same two accounts."""
    tuesdays = [dt.date(2026, 1, 13) + dt.timedelta(days=7 * week) for week in range(10)]
    for number in range(30):
        amount, day = f"{1_234 + 17 * number}.50", str(tuesdays[number % 10])
        given.voucher(f"A/{number + 1}", day, registered=day, a5410=amount, a1930=f"-{amount}")
    return given


def _points(given: Any, settings: Any) -> list[tuple[str, str]]:
    findings = JOURNAL_PROFILE.reconcile(given.books(lambda frame: frame[::-1]), settings).findings
    return findings.sort("rule", "subject_key").select("rule", pl.col("subject_key").str.slice(11)).rows()


@pytest.mark.parametrize(("multiple", "points"), [("1000.00", 1), ("500.00", 1), ("2000.00", 0)])
def test_what_is_a_round_sum_is_the_companys(
    ordinary: Any, settings: Any, multiple: str, points: int
) -> None:
    ordinary.voucher("A/40", "2026-02-03", registered="2026-02-03", a5410="7000.00", a1930="-7000.00")
    company = replace(settings, journal_round_sum=Decimal(multiple))
    assert _points(ordinary, company) == [("round_sum", "A/40")] * points


def test_ordinary_vouchers_are_not_pointed_at(ordinary: Any, settings: Any) -> None:
    result = JOURNAL_PROFILE.reconcile(ordinary.books(), settings)
    assert result.findings.is_empty()
    table = result.tables["recon.journal_profile"]
    assert set(table["test"]) == {"round_sum", "rare_account", "day_off", "after_period", "same_amount"}
    assert set(table["tested"]) == {30}
    assert set(table["hits"]) == {0}


@pytest.mark.parametrize(
    ("amount", "account", "date", "registered", "rule"),
    [
        ("30000.00", "a5410", "2026-02-03", "2026-02-03", "round_sum"),
        ("30000.01", "a5410", "2026-02-03", "2026-02-03", None),
        ("777.77", "a6991", "2026-02-03", "2026-02-03", "rare_account"),
        ("777.77", "a5410", "2026-02-07", "2026-02-07", "day_off"),
        ("777.77", "a5410", "2026-06-19", "2026-06-19", "day_off"),
        ("777.77", "a5410", "2026-02-07", "2026-02-09", None),
        ("777.77", "a5410", "2026-02-26", "2026-03-02", "after_period"),
        ("777.77", "a5410", "2026-02-25", "2026-03-02", None),
        ("777.77", "a5410", "2026-02-27", "2026-02-27", None),
        ("1234.50", "a5410", "2026-01-23", "2026-01-23", "same_amount"),
        ("1234.50", "a5410", "2026-01-26", "2026-01-26", None),
    ],
    ids=[
        "30,000.00", "an öre more", "an account of its own", "a Saturday", "midsummer eve", "dated on a Saturday only",
        "third last day, next month", "fourth last day", "last days, in time", "10 days later", "13 days later",
    ],
)  # fmt: skip
def test_one_unusual_voucher(
    ordinary: Any, settings: Any, amount: str, account: str, date: str, registered: str, rule: str | None
) -> None:
    ordinary.voucher("A/99", date, registered=registered, **{account: amount, "a1930": f"-{amount}"})
    assert _points(ordinary, settings) == ([(rule, "A/99")] if rule else [])


@pytest.mark.parametrize(
    ("registered", "said"),
    [("2026-02-07", "was registered on 2026-02-07, a day off"), (None, "is dated 2026-02-07, a day off")],
    ids=["registered that Saturday", "the file says no day of registration"],
)
def test_nothing_is_said_about_a_registration_nobody_knows(
    ordinary: Any, settings: Any, registered: str | None, said: str
) -> None:
    ordinary.voucher("A/99", "2026-02-07", registered=registered, a5410="777.77", a1930="-777.77")
    (told,) = JOURNAL_PROFILE.reconcile(ordinary.books(), settings).findings["explanation"]
    assert f"Voucher A/99 of 2026-02-07 over 777.77 SEK {said}: 1 of 31" in told


def test_flags_say_the_base_rate_and_stay_within_the_budget(ordinary: Any, settings: Any) -> None:
    for number in range(40, 47):
        ordinary.voucher(f"A/{number}", "2026-02-03", a5410=f"{number}0000.00", a1930=f"-{number}0000.00")
    result = JOURNAL_PROFILE.reconcile(ordinary.books(), replace(settings, journal_flags=2))
    assert result.findings["explanation"].to_list() == [
        f"Voucher A/{number} of 2026-02-03 over {number}0000.00 SEK is a round sum: 7 of 37 vouchers looked at; the "
        "largest are shown, 2."
        for number in (46, 45)
    ]
    assert result.remarks == ("round_sum: 7 of 37 vouchers, 2 shown",)


def test_what_every_fourth_voucher_does_is_how_the_company_books(ordinary: Any, settings: Any) -> None:
    for number in range(40, 51):
        ordinary.voucher(f"A/{number}", "2026-02-03", a5410=f"{number}0000.00", a1930=f"-{number}0000.00")
    result = JOURNAL_PROFILE.reconcile(ordinary.books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == ("round_sum: 11 of 41 vouchers, 0 shown",)


def test_vouchers_fortnox_made_and_locked_years_are_left_out(ordinary: Any, settings: Any) -> None:
    ordinary.year("2025-01-01", "2025-12-31")
    ordinary.voucher("A/98", "2025-02-03", a5410="30000.00", a1930="-30000.00")
    ordinary.voucher("B/1", "2026-02-03", because=("INVOICE", "1"), a5410="30000.00", a1930="-30000.00")
    ordinary.locked_until = "2025-12-31"
    assert _points(ordinary, settings) == []


def test_first_digits_of_many_amounts(given: Any, settings: Any, found: Any) -> None:
    """Powers of 1.01 follow the law; six hundred amounts from 400 to 999 do not; a repeated amount counts once."""
    lawful = {f"a{5000 + step}": f"{10 * 101**step / 100**step:.2f}" for step in range(695)}
    given.voucher("A/1", "2026-03-03", registered="2026-03-03", **lawful)
    given.voucher(
        "A/2", "2026-03-03", registered="2026-03-03", **{f"a{6000 + n}": "900.00" for n in range(800)}
    )
    digits = JOURNAL_PROFILE.reconcile(given.books(), settings).findings
    assert "first_digit" not in set(digits["rule"])
    given.voucher("A/3", "2026-03-03", **{f"a{4000 + n}": f"{400 + n}.25" for n in range(600)})
    told = JOURNAL_PROFILE.reconcile(given.books(), settings).findings
    (explanation,) = told.filter(told["rule"] == "first_digit")["explanation"]
    assert explanation == (
        "Year from 2026-01-01: expected the digit 9 to begin 46 of 1000 row amounts, found 102; 1295 amounts of 10 SEK "
        "and more."
    )


def test_swedish_days_off() -> None:
    """Easter Sundays of the almanac; 2026: Good Friday 3 April, Ascension 14 May, midsummer eve 19 June."""
    almanac = {
        2000: (4, 23),
        2008: (3, 23),
        2011: (4, 24),
        2024: (3, 31),
        2025: (4, 20),
        2026: (4, 5),
        2038: (4, 25),
    }
    assert {year: (easter_sunday(year).month, easter_sunday(year).day) for year in almanac} == almanac
    off = {f"{day:%m%d}" for day in holidays(2026)}
    assert off == {
        "0101", "0106", "0403", "0406", "0501", "0514", "0606", "0619", "1224", "1225", "1226", "1231",
    }  # fmt: skip
