"""Documents and the vouchers that booked them: missing, of another amount, of another cause, or one too many."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.reconciliations.invoice_vouchers import INVOICE_VOUCHERS
from transforms.reconciliations.payment_vouchers import PAYMENT_VOUCHERS


@pytest.fixture
def sold_and_paid(given: Any) -> Any:
    """Invoice 1 of 100.00 in A/1, paid by payment 5 with a write-off of 2.00 in B/1."""
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    given.voucher(
        "B/1", "2026-03-01", because=("INVOICEPAYMENT", "5"), a1510="-100.00", a1930="98.00", a3740="2.00"
    )
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    return given.payment("customer", "5", "1", "2026-03-01", "98.00", "B/1", write_offs=("2.00",))


def _both(given: Any, settings: Any, found: Any) -> list[tuple[str, str, str]]:
    books = given.books()
    return [
        row
        for check in (INVOICE_VOUCHERS, PAYMENT_VOUCHERS)
        for row in found(check.reconcile(books, settings).findings)
    ]


def test_documents_with_their_vouchers_are_silent(sold_and_paid: Any, settings: Any, found: Any) -> None:
    assert _both(sold_and_paid, settings, found) == []


@pytest.mark.parametrize(
    ("voucher", "words"),
    [
        (None, "is booked, but names no voucher and no voucher names it"),
        ("A/99", "names voucher A/99, which the ledger does not hold"),
    ],
)
def test_booked_document_without_voucher(
    sold_and_paid: Any, settings: Any, found: Any, voucher: str | None, words: str
) -> None:
    sold_and_paid.invoice("supplier", "7", "2026-04-01", "800.00", voucher)
    assert _both(sold_and_paid, settings, found) == [("voucher_missing", "7", "800.00")]
    explanation = INVOICE_VOUCHERS.reconcile(sold_and_paid.books(), settings).findings["explanation"][0]
    assert explanation == f"Supplier invoice 7 of 2026-04-01 (-800.00 SEK) {words}."


def test_unbooked_and_cancelled_documents_need_none(sold_and_paid: Any, settings: Any, found: Any) -> None:
    sold_and_paid.invoice("customer", "2", "2026-04-01", "800.00", booked=False)
    sold_and_paid.invoice("customer", "3", "2026-04-01", "800.00", cancelled=True)
    sold_and_paid.payment("customer", "6", "2", "2026-04-01", "800.00", booked=False)
    assert _both(sold_and_paid, settings, found) == []


def test_documents_from_before_the_loaded_years_need_none(
    sold_and_paid: Any, settings: Any, found: Any
) -> None:
    assert _both(sold_and_paid.invoice("customer", "0", "2025-12-31", "9.00"), settings, found) == []


def test_cash_method_year_needs_none(empty_books: Any, settings: Any, found: Any) -> None:
    given = empty_books.year("2026-01-01", "2026-12-31", method="cash")
    assert _both(given.invoice("customer", "1", "2026-02-01", "9.00"), settings, found) == []


def test_voucher_with_another_amount_than_its_document(given: Any, settings: Any, found: Any) -> None:
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1510="90.00", a3001="-90.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    assert _both(given, settings, found) == [("amount_differs", "1", "-10.00")]


def test_write_off_missing_from_the_voucher_is_the_payments(given: Any, settings: Any, found: Any) -> None:
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    given.voucher("B/1", "2026-03-01", because=("INVOICEPAYMENT", "5"), a1510="-98.00", a1930="98.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    given.payment("customer", "5", "1", "2026-03-01", "98.00", "B/1", write_offs=("2.00",))
    assert _both(given, settings, found) == [("amount_differs", "5", "2.00")]


def test_voucher_on_another_account_books_nothing_on_the_control_account(
    given: Any, settings: Any, found: Any
) -> None:
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1515="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    assert _both(given, settings, found) == [("amount_differs", "1", "-100.00")]


def test_shared_voucher_is_judged_by_the_sum(given: Any, settings: Any, found: Any) -> None:
    """One payment voucher for two supplier invoices: right in sum, then 5.00 short."""
    for amount, expected in (("300.00", []), ("295.00", [("amount_differs", "1", "-5.00")])):
        given.rows.clear()
        given.documents["supplier_payments"].clear()
        given.voucher("E/1", "2026-03-01", because=("SUPPLIERPAYMENT", "1"), a2440=amount, a1930=f"-{amount}")
        given.payment("supplier", "1", "11", "2026-03-01", "100.00", "E/1")
        given.payment("supplier", "2", "12", "2026-03-01", "200.00", "E/1")
        assert found(PAYMENT_VOUCHERS.reconcile(given.books(), settings).findings) == expected


@pytest.mark.parametrize(
    ("because", "wrong"),
    [(("INVOICE", "1"), False), (("INVOICE", "2"), True), (("MANUAL", None), True), ((None, None), False)],
)
def test_voucher_that_says_another_cause(
    given: Any, settings: Any, found: Any, because: tuple[str, str | None], wrong: bool
) -> None:
    given.voucher("A/1", "2026-02-10", because=because, a1510="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    assert _both(given, settings, found) == ([("reference_differs", "1", "-")] if wrong else [])


def test_document_booked_by_a_second_voucher(sold_and_paid: Any, settings: Any, found: Any) -> None:
    sold_and_paid.voucher("A/2", "2026-04-01", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    assert _both(sold_and_paid, settings, found) == [("counted_twice", "1", "100.00")]


def test_voucher_reversed_and_made_again_counts_the_document_once(
    sold_and_paid: Any, settings: Any, found: Any
) -> None:
    sold_and_paid.voucher("A/2", "2026-04-01", because=("INVOICE", "1"), a1510="-100.00", a3001="100.00")
    assert _both(sold_and_paid, settings, found) == [("counted_twice", "1", "-100.00")]
    sold_and_paid.voucher("A/3", "2026-04-01", because=("INVOICE", "1"), a1510="100.00", a3002="-100.00")
    assert _both(sold_and_paid, settings, found) == []


def test_second_voucher_that_leaves_the_control_account_alone_counts_nothing(
    sold_and_paid: Any, settings: Any, found: Any
) -> None:
    sold_and_paid.voucher("A/2", "2026-04-01", because=("INVOICE", "1"), a3001="50.00", a3002="-50.00")
    assert _both(sold_and_paid, settings, found) == []
