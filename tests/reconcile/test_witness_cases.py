"""Two witnesses of the ledger, the ends of voucher series, and what the extraction says it saw."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tieout.reports.words import SWEDISH
from transforms.reconciliations.extraction_completeness import EXTRACTION_COMPLETENESS
from transforms.reconciliations.ledger_witnesses import LEDGER_WITNESSES
from transforms.reconciliations.voucher_numbering import VOUCHER_NUMBERING


@pytest.fixture
def two_witnesses(given: Any) -> Any:
    """Three vouchers of March 2026 that list and file agree about."""
    given.years[0]["financial_year_id"] = "1"
    for number in (1, 2, 3):
        given.voucher(f"A/{number}", f"2026-03-0{number}", a1930="1.00", a3001="-1.00")
        said = {"text": "Rent", "listed_text": "Rent", "listed_date": dt.date(2026, 3, number)}
        given.vouchers[f"A/{number}"] |= said
    return given


def _told(given: Any, settings: Any) -> list[tuple[str, str, str]]:
    findings = LEDGER_WITNESSES.reconcile(given.books(lambda frame: frame[::-1]), settings).findings
    return findings.sort("rule").select("rule", "subject_key", "explanation").rows()


def test_both_the_same(two_witnesses: Any, settings: Any) -> None:
    assert _told(two_witnesses, settings) == []


def test_vouchers_only_one_of_them_has(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.vouchers["A/2"] |= {"in_sie": False}
    two_witnesses.vouchers["A/3"] |= {"in_api": False}
    assert _told(two_witnesses, settings) == [
        ("missing_in_list", "2026-01-01/A/2026-03",
         "Series A in 2026-03: expected 2 as in the SIE file, found 2 in the voucher list; not there: A/3."),
        ("missing_in_sie", "2026-01-01/A/2026-03",
         "Series A in 2026-03: expected 2 as in the voucher list, found 2 in the SIE file; not there: A/2."),
    ]  # fmt: skip


def test_a_month_of_missing_vouchers_is_one_finding(two_witnesses: Any, settings: Any) -> None:
    for number in range(10, 18):
        two_witnesses.voucher(f"A/{number}", "2026-03-20", a1930="1.00", a3001="-1.00")
        two_witnesses.vouchers[f"A/{number}"] |= {"in_sie": False}
    (told,) = _told(two_witnesses, settings)
    assert told[2].endswith("not there: A/10, A/11, A/12, A/13, A/14 and 3 more.")


def test_dates_and_texts_that_differ(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.vouchers["A/1"] |= {"listed_date": dt.date(2026, 4, 1)}
    two_witnesses.vouchers["A/2"] |= {"listed_text": "Rent, paid"}
    assert _told(two_witnesses, settings) == [
        ("date_differs", "2026-01-01/A/2026-03",
         "Series A in 2026-03: expected the dates of the voucher list, found others in the SIE file (1): "
         "A/1 (2026-04-01 there, 2026-03-01 here)."),
        ("text_differs", "2026-01-01/A/2026-03",
         'Series A in 2026-03: expected the texts of the voucher list, found others in the SIE file (1): '
         'A/2 ("Rent, paid" there, "Rent" here).'),
    ]  # fmt: skip


def test_the_voucher_itself_says_which_witness_is_right(two_witnesses: Any, settings: Any) -> None:
    """Of five vouchers the file lacks, two exist, one does not, one was not asked about; two dates, two right ones."""
    vouchers = two_witnesses.vouchers
    for number in (4, 5, 6, 7):
        two_witnesses.voucher(f"A/{number}", f"2026-03-{number:02}", a1930="1.00", a3001="-1.00")
        vouchers[f"A/{number}"]["in_sie"] = False
    vouchers["A/4"] |= {"detail_found": True, "detail_debit": Decimal("1250.50")}
    vouchers["A/5"] |= {"detail_found": True}
    vouchers["A/6"] |= {"detail_found": False}
    vouchers["A/3"] |= {"in_api": False, "detail_found": True, "detail_debit": Decimal(1)}
    asked = {"detail_found": True, "detail_text": "Rent"}
    vouchers["A/1"] |= {**asked, "listed_date": dt.date(2026, 3, 9), "detail_date": dt.date(2026, 3, 9)}
    vouchers["A/2"] |= {
        **asked, "listed_date": dt.date(2026, 3, 9), "listed_text": "Hire", "detail_date": dt.date(2026, 3, 8),
    }  # fmt: skip
    said = {rule: text.split(". ")[1] for rule, _, text in _told(two_witnesses, settings)}
    assert said == {
        "missing_in_sie": "Asked about each by itself, Fortnox says what the voucher list says: A/4 (debits 1250.50"
        " SEK), A/5; what the SIE file says: A/6.",
        "missing_in_list": "Asked about each by itself, Fortnox says what the SIE file says: A/3.",
        "date_differs": "Asked about each by itself, Fortnox says what the voucher list says: A/1; what neither says:"
        " A/2.",
        "text_differs": "Asked about each by itself, Fortnox says what the SIE file says: A/2.",
    }


def test_rows_of_a_voucher_that_was_asked_about_are_those_of_the_file(
    two_witnesses: Any, settings: Any
) -> None:
    """A/4 books 40.00 on another account. A/5's rows are divided otherwise, and one is struck. A/6's are not known."""
    two_witnesses.voucher("A/4", "2026-03-04", a5410="100.00", a2641="25.00", a1930="-125.00")
    two_witnesses.voucher("A/5", "2026-03-05", {"a3001": "-5.00"}, a1930="50.00", a3001="-50.00")
    two_witnesses.voucher("A/6", "2026-03-06", a1930="1.00", a3001="-1.00")
    for number in (4, 5, 6):
        said = {"text": "Rent", "listed_text": "Hire", "detail_text": "Hire"}
        two_witnesses.vouchers[f"A/{number}"] |= {**said, "listed_date": dt.date(2026, 3, number)}
    two_witnesses.asked("A/4", a5410="60.00", a5460="40.00", a2641="25.00", a1930="-125.00")
    two_witnesses.asked("A/5", {"a3002": "-7.00"}, a1930="30.00", a1930_2="20.00", a3001="-50.00")
    two_witnesses.vouchers["A/6"]["detail_found"] = True
    told = {rule: (key, text) for rule, key, text in _told(two_witnesses, settings)}
    assert told.keys() == {"rows_differ", "text_differs"}
    assert told["rows_differ"] == (
        "2026-01-01/A/2026-03",
        "Series A in 2026-03: expected the rows of the vouchers asked about by themselves, found others in the SIE file"
        " (1): A/4 (5410: 60.00 SEK there, 100.00 SEK here; 5460: 40.00 SEK there, 0.00 SEK here).",
    )
    assert SWEDISH.said(told["rows_differ"][1]) == (
        "Serie A i 2026-03: förväntade raderna i verifikationerna själva, tillfrågade var för sig, fann andra i"
        " SIE-filen (1): A/4 (5410: 60,00 kr där, 100,00 kr här; 5460: 40,00 kr där, 0,00 kr här)."
    )


def test_rows_are_not_compared_where_a_number_stands_twice_in_the_file(
    two_witnesses: Any, settings: Any
) -> None:
    """Which of the two the answer is about cannot be said."""
    two_witnesses.asked("A/2", a1930="5.00", a3001="-5.00")
    twin = {"occurrence": 2, "voucher_key": "2026-01-01/A/2#2", "in_api": False}
    two_witnesses.vouchers["A/2 again"] = two_witnesses.vouchers["A/2"] | twin
    assert _told(two_witnesses, settings) == []


@pytest.mark.parametrize(
    ("listed", "exported"),
    [
        ("  Rent\tMarch ", "Rent March"),
        ("", None),
        ("Hyra 5 €", "Hyra 5 ?"),
        ("Åä [x] ^-\\&", "Åä [x] ^-\\&"),
    ],
    ids=["blanks", "none", "a character the file cannot hold", "signs"],
)
def test_texts_that_are_the_same_to_a_reader(
    two_witnesses: Any, settings: Any, listed: str, exported: str | None
) -> None:
    two_witnesses.vouchers["A/1"] |= {"listed_text": listed, "text": exported}
    assert _told(two_witnesses, settings) == []


def test_what_cannot_be_compared_is_remarked(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.vouchers["A/1"] |= {"listed_text": "Hyra 5 €"}
    two_witnesses.vouchers["A/3"] |= {"voucher_number": "", "in_api": False}
    result = LEDGER_WITNESSES.reconcile(two_witnesses.books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == (
        "vouchers without a number of their own, not compared: 1",
        "vouchers whose text a SIE file cannot hold, texts not compared: 1",
    )


def test_opening_balances_of_the_chart_and_the_file(two_witnesses: Any, settings: Any, found: Any) -> None:
    for account, by_file, by_chart in (
        ("1930", "5.00", "5.00"),
        ("1220", "7.00", "9.50"),
        ("2440", None, "0.00"),
    ):
        if by_file:
            two_witnesses.balance("2026-01-01", "opening_balance", account, by_file)
        two_witnesses.balance("2026-01-01", "opening_balance", account, by_chart)
        two_witnesses.balances[-1]["witness"] = "api"
    findings = LEDGER_WITNESSES.reconcile(two_witnesses.books(), settings).findings
    assert found(findings) == [("opening_balance", "2026-01-01/1220", "-2.50")]


def test_a_year_the_api_does_not_know_is_not_compared(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.years[0]["financial_year_id"] = None
    two_witnesses.vouchers["A/3"] |= {"in_api": False}
    assert _told(two_witnesses, settings) == []


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (4, []),
        (3, []),
        (None, []),
        (5, ["expected vouchers up to 4, the number before the next, found 3 as the highest: 4 missing at the end."]),
        (7, ["expected vouchers up to 6, the number before the next, found 3 as the highest: 4-6 missing at the end."]),
    ],
    ids=["right", "a voucher came meanwhile", "not known", "one missing", "three missing"],
)  # fmt: skip
def test_series_goes_on_with_the_next_number(
    two_witnesses: Any, settings: Any, following: int | None, expected: list[str]
) -> None:
    two_witnesses.next_number("2026-01-01", "A", following)
    result = VOUCHER_NUMBERING.reconcile(two_witnesses.books(), settings)
    assert [text.split(": ", 1)[1] for text in result.findings["explanation"]] == expected
    unknown = "series whose next number is not known (locked years are not asked), ends not judged: 1"
    assert result.remarks == ((unknown,) if following is None else ())


def test_series_that_lost_all_its_vouchers(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.next_number("2026-01-01", "B", 2).next_number("2026-01-01", "C", 1)
    findings = VOUCHER_NUMBERING.reconcile(two_witnesses.books(), settings).findings
    assert findings.select("rule", "subject_key").rows() == [("end_missing", "2026-01-01/B")]


def test_without_the_api_the_ends_are_not_judged(two_witnesses: Any, settings: Any) -> None:
    two_witnesses.missing["voucher_series"] = "voucher series were not loaded"
    result = VOUCHER_NUMBERING.reconcile(two_witnesses.books(), settings)
    assert result.remarks == ("the ends of the series were not judged: voucher series were not loaded",)


@pytest.mark.parametrize(
    ("following", "expected"),
    [(4, "6 or more, as before the run of 2026-03-10, found 4"),
     (5, "6 or more, as before the run of 2026-03-10, found 5"),
     (6, None), (None, None)],
    ids=["two deleted", "one given again", "both given again", "locked since"],
)  # fmt: skip
def test_next_number_of_a_series_does_not_go_down(
    two_witnesses: Any, settings: Any, following: int | None, expected: str | None
) -> None:
    """Two vouchers were deleted from the end, night by night; their numbers are given again."""
    for number in range(4, following or 4):
        two_witnesses.voucher(f"A/{number}", "2026-03-20", a1930="1.00", a3001="-1.00")
        two_witnesses.vouchers[f"A/{number}"]["listed_date"] = dt.date(2026, 3, 20)
    two_witnesses.next_number("2026-01-01", "A", following).next_number("2026-01-01", "B", 1)
    for as_of, before, after in (
        ("2026-03-09", "4", "6"),
        ("2026-03-10", "6", "5"),
        ("2026-03-11", "5", "4"),
    ):
        two_witnesses.change(as_of, "fortnox.voucher_series", "1/A", "next_voucher_number", before, after)
    two_witnesses.change("2026-03-10", "fortnox.voucher_series", "9/B", "next_voucher_number", "6", "5")
    two_witnesses.change("2026-03-10", "fortnox.voucher_series", "1/B", "description", "6", "5")
    findings = VOUCHER_NUMBERING.reconcile(two_witnesses.books(lambda frame: frame[::-1]), settings).findings
    told = f"Series A in the year from 2026-01-01: expected the next number to be {expected}."
    assert findings["explanation"].to_list() == ([told] if expected else [])


def test_rows_and_pages_that_did_not_come(given: Any, settings: Any) -> None:
    full = {"rows_stated": 3, "rows_fetched": 3, "rows_held": 3, "pages_expected": 1, "pages_fetched": 1}
    given.surface("customers", **full)
    given.surface("accounts", "incomplete", "2026-01-01", **full | {"rows_held": 2})
    given.surface("suppliers", "incomplete", **full | {"rows_stated": 4})
    given.surface("articles", "incomplete", **full | {"rows_stated": None, "pages_expected": 2})
    given.surface("sie", "incomplete", "2026-01-01", why="no SIE file of financial year 1")
    given.surface(
        "vouchers", "incomplete", "2026-01-01", **full, witness_missing=1, why="1 voucher(s) not in the file"
    )
    given.surface("assets", "not_licensed").surface("projects", "not_licensed").surface(
        "invoices", "not_permitted"
    )
    result = EXTRACTION_COMPLETENESS.reconcile(given.books(), settings)
    assert result.findings.sort("subject_key").select("rule", "subject_key", "explanation").rows() == [
        ("rows_missing", "accounts/2026-01-01",
         "Surface accounts, 2026-01-01: rows: expected 3 as Fortnox states, found 3 that came and 2 that are held."),
        ("pages_missing", "articles/all",
         "Surface articles, all: pages: expected 2 as Fortnox states, found 1."),
        ("nothing_read", "sie/2026-01-01",
         "Surface sie, 2026-01-01: expected to be read, found nothing: no SIE file of financial year 1."),
        ("rows_missing", "suppliers/all",
         "Surface suppliers, all: rows: expected 4 as Fortnox states, found 3 that came and 3 that are held."),
    ]  # fmt: skip
    assert result.remarks == (
        "surfaces not licensed: assets, projects",
        "surfaces with fields withheld from the user who consented: invoices",
    )  # fmt: skip
