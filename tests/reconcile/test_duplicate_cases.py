"""Invoices entered twice, and what only looks like it: rent, weekly deliveries, credited pairs."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.reconciliations.ap_duplicates import AP_DUPLICATES
from transforms.reconciliations.ar_duplicates import AR_DUPLICATES

SIDES = pytest.mark.parametrize("which", ["customer", "supplier"])


def _found(given: Any, settings: Any, found: Any) -> list[tuple[str, str, str]]:
    books = given.books(lambda frame: frame[::-1])
    return [
        one
        for check in (AP_DUPLICATES, AR_DUPLICATES)
        for one in found(check.reconcile(books, settings).findings)
    ]


@pytest.mark.parametrize("second", ["F-17", " f 17", "F17"])
def test_number_of_the_supplier_twice(given: Any, settings: Any, second: str) -> None:
    given.invoice("supplier", "1", "2026-01-10", "1000.00", reference="F-17")
    given.invoice("supplier", "2", "2026-05-10", "800.00", reference=second)
    findings = AP_DUPLICATES.reconcile(given.books(), settings).findings
    assert findings.select("rule", "subject_key", "explanation").rows() == [(
        "same_number", "2",
        "Supplier invoice 2 of 2026-05-10 over 800.00 SEK has the number F17 of invoice 1 of 2026-01-10 over 1000.00 "
        "SEK, same counterparty.",
    )]  # fmt: skip
    assert findings["evidence"].to_list() == [["supplier invoice 2", "supplier invoice 1"]]


def test_other_numbers_no_numbers_and_what_is_no_number(given: Any, settings: Any, found: Any) -> None:
    """Four documents under one number: the supplier puts our customer number there."""
    numbers = ["F-17", "F-18", None, None, "", "-", *(["9000"] * 4)]
    for document, number in enumerate(numbers, start=1):
        given.invoice("supplier", str(document), "2026-01-10", f"{document}00.00", reference=number)
    assert _found(given, settings, found) == []


def test_customers_numbers_are_ours(given: Any, settings: Any, found: Any) -> None:
    given.invoice("customer", "1", "2026-01-10", "1000.00", ocr="117")
    given.invoice("customer", "2", "2026-02-10", "400.00", ocr="117")
    assert _found(given, settings, found) == []


@SIDES
@pytest.mark.parametrize(
    ("date", "total", "rule"),
    [
        ("2026-02-10", "1050.00", "reminder_fee"),
        ("2026-03-11", "1250.00", "reminder_fee"),
        ("2026-02-10", "1049.99", "same_number"),
        ("2026-02-10", "1250.01", "same_number"),
        ("2026-03-12", "1060.00", "same_number"),
    ],
    ids=["50.00 more", "250.00 more after 60 days", "49.99 more", "250.01 more", "after 61 days"],
)
def test_reminder_entered_as_an_invoice(
    given: Any, settings: Any, found: Any, which: str, date: str, total: str, rule: str
) -> None:
    for number, (day, amount) in enumerate([("2026-01-10", "1000.00"), (date, total)], start=1):
        given.invoice(which, str(number), day, amount, reference="F17", ocr="F17")
    expected = [(rule, "2", total)] if which == "supplier" or rule == "reminder_fee" else []
    assert _found(given, settings, found) == expected


@SIDES
@pytest.mark.parametrize(
    ("date", "expected"),
    [("2026-01-20", [("same_amount", "2", "1000.00")]), ("2026-01-21", [])],
    ids=["10 days apart", "11 days apart"],
)
def test_same_amount_within_the_window(
    given: Any, settings: Any, found: Any, which: str, date: str, expected: list[tuple[str, str, str]]
) -> None:
    given.invoice(which, "1", "2026-01-10", "1000.00").invoice(which, "2", date, "1000.00")
    given.invoice(which, "3", "2026-01-10", "1000.00", counterparty="K2")
    given.invoice(which, "4", "2026-01-10", "1000.00", currency="EUR", rate="11", counterparty="K3")
    given.invoice(which, "5", "2026-01-10", "1000.01")
    assert _found(given, settings, found) == expected


def test_rent_is_no_duplicate_but_rent_twice_in_a_month_is(given: Any, settings: Any, found: Any) -> None:
    for month in range(1, 7):
        given.invoice("supplier", str(month), f"2026-0{month}-03", "23000.00", reference=f"H{month}")
    assert _found(given, settings, found) == []
    given.invoice("supplier", "7", "2026-03-09", "23000.00", reference="H99")
    assert _found(given, settings, found) == [("same_amount", "7", "23000.00")]


def test_weekly_delivery_has_a_rhythm_from_the_fourth_on(given: Any, settings: Any, found: Any) -> None:
    for number, date in enumerate(["2026-01-05", "2026-01-12", "2026-01-19"], start=1):
        given.invoice("supplier", str(number), date, "500.00", reference=f"V{number}")
    assert [key for _, key, _ in _found(given, settings, found)] == ["2", "3"]
    given.invoice("supplier", "4", "2026-01-26", "500.00", reference="V4")
    assert _found(given, settings, found) == []


def test_one_bill_from_two_suppliers(given: Any, settings: Any, found: Any) -> None:
    given.invoice("supplier", "1", "2026-01-10", "1000.00", reference="2026-881", counterparty="L1")
    given.invoice("supplier", "2", "2026-04-10", "1000.00", reference="2026881", counterparty="L2")
    given.invoice("supplier", "3", "2026-04-10", "999.00", reference="2026881", counterparty="L3")
    given.invoice("supplier", "4", "2026-01-10", "70.00", reference="17", counterparty="L1")
    given.invoice("supplier", "5", "2026-01-10", "70.00", reference="17", counterparty="L2")
    assert _found(given, settings, found) == [("two_suppliers", "2", "1000.00")]


@SIDES
def test_credited_pairs_are_never_reported(given: Any, settings: Any, found: Any, which: str) -> None:
    """Credited and invoiced anew; of three with one credit note one pair is left; an older credit takes none away."""
    given.invoice(which, "0", "2026-01-01", "-1000.00")
    given.invoice(which, "1", "2026-01-10", "1000.00").invoice(which, "2", "2026-01-14", "1000.00")
    assert _found(given, settings, found) == [("same_amount", "2", "1000.00")]
    given.invoice(which, "3", "2026-01-12", "-1000.00")
    assert _found(given, settings, found) == []
    given.invoice(which, "4", "2026-01-09", "1000.00")
    assert [rule for rule, *_ in _found(given, settings, found)] == ["same_amount"]


@SIDES
def test_cancelled_documents_and_credit_notes_are_no_pair(
    given: Any, settings: Any, found: Any, which: str
) -> None:
    given.invoice(which, "1", "2026-01-10", "1000.00", reference="F1").invoice(
        which, "2", "2026-01-11", "1000.00", reference="F1", cancelled=True
    )
    given.invoice(which, "3", "2026-01-11", "-10.00", reference="F3").invoice(
        which, "4", "2026-01-11", "-10.00", reference="F3"
    )
    assert _found(given, settings, found) == []
