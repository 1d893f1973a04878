"""Open balances: invoice less booked payments and write-offs, beside the balance Fortnox states."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.reconciliations.ap_open_balance import AP_OPEN_BALANCE
from transforms.reconciliations.ar_open_balance import AR_OPEN_BALANCE

CHECK = {"customer": AR_OPEN_BALANCE, "supplier": AP_OPEN_BALANCE}
BOTH = pytest.mark.parametrize("which", ["customer", "supplier"])


@BOTH
def test_partly_paid_invoice_agrees(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="600.00")
    given.payment(which, "1", "1", "2026-02-20", "400.00")
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
def test_wrong_balance_is_found_with_its_amount(given: Any, settings: Any, found: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="600.01")
    given.payment(which, "1", "1", "2026-02-20", "400.00")
    result = CHECK[which].reconcile(given.books(), settings)
    assert found(result.findings) == [("open_balance", "1", "-0.01")]
    assert result.findings["expected"].to_list() != result.findings["actual"].to_list()
    assert "0.01 SEK too little" in result.findings["explanation"][0]


@BOTH
def test_unbooked_payment_settles_nothing(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="1000.00")
    given.payment(which, "1", "1", "2026-02-20", "400.00", booked=False)
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
def test_write_offs_settle_beside_their_payment(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="0.00")
    given.payment(which, "1", "1", "2026-02-20", "990.00", write_offs=("9.50", "0.50"))
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
def test_credit_note_is_settled_by_a_negative_payment(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="0.00")
    given.invoice(which, "2", "2026-02-10", "-1000.00", balance="0.00")
    given.payment(which, "1", "1", "2026-02-10", "1000.00").payment(which, "2", "2", "2026-02-10", "-1000.00")
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
@pytest.mark.parametrize("state", [{"booked": False}, {"cancelled": True}])
def test_unbooked_and_cancelled_invoices_are_outside(
    given: Any, settings: Any, which: str, state: dict[str, bool]
) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00", balance="123.00", **state)
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


def test_customer_balance_is_in_the_invoice_currency(given: Any, settings: Any) -> None:
    euro = {"currency": "EUR", "rate": "11.2345"}
    given.invoice("customer", "1", "2026-02-01", "100.00", balance="40.00", ledger="1123.45", **euro)
    given.payment("customer", "1", "1", "2026-03-01", "690.00", currency="EUR", currency_amount="60.00")
    assert AR_OPEN_BALANCE.reconcile(given.books(), settings).findings.is_empty()


def test_supplier_balance_is_in_sek_at_the_invoice_rate(given: Any, settings: Any, found: Any) -> None:
    euro = {"currency": "EUR", "rate": "11.2345"}
    given.invoice("supplier", "1", "2026-02-01", "1123.45", balance="449.38", **euro)
    given.payment("supplier", "1", "1", "2026-03-01", "690.00", currency="EUR", currency_amount="60.00")
    assert AP_OPEN_BALANCE.reconcile(given.books(), settings).findings.is_empty()


def test_last_payment_in_currency_takes_the_sek_that_rounding_left(given: Any) -> None:
    """33.33 + 33.33 + 33.34 EUR at 11.2345: each part rounds, the sum must still be 1123.45."""
    given.invoice("customer", "1", "2026-02-01", "100.00", ledger="1123.45", currency="EUR", rate="11.2345")
    for number, part in enumerate(("33.33", "33.33", "33.34"), start=1):
        given.payment(
            ("customer"),
            str(number),
            "1",
            f"2026-03-0{number}",
            "375.00",
            currency="EUR",
            currency_amount=part,
        )
    entries = given.books().subledger_entries.sort("posting_date")
    assert [str(amount) for amount in entries["amount"]] == ["1123.45", "-374.45", "-374.45", "-374.55"]
    assert str(entries["amount"].sum()) == "0.00"


@BOTH
@pytest.mark.parametrize(
    ("invoiced", "paid"), [("EUR", "SEK"), ("SEK", "EUR")], ids=["euro by kronor", "kronor by euro"]
)
def test_an_invoice_paid_in_another_currency_is_settled_by_what_the_payment_is_worth(
    given: Any, settings: Any, which: str, invoiced: str, paid: str
) -> None:
    """1123.45 SEK and 100.00 EUR at 11.2345 are the same money; an amount in one is none in the other."""
    in_euro, kronor = invoiced == "EUR", which == "supplier" or invoiced == "SEK"
    euro = {"currency": "EUR", "rate": "11.2345"} if in_euro else {}
    total = "1123.45" if kronor else "100.00"
    given.invoice(
        which, "1", "2026-02-01", total, balance="0.00", **euro, **({} if kronor else {"ledger": "1123.45"})
    )
    amount = {"currency": paid, "currency_amount": "100.00" if paid == "EUR" else "1123.45"}
    given.payment(which, "1", "1", "2026-03-01", "1123.45", **amount)
    books = given.books()
    assert CHECK[which].reconcile(books, settings).findings.is_empty()
    assert str(books.subledger_entries["amount"].sum()) == "0.00"


def test_invoice_without_stated_balance_is_remarked_not_passed(given: Any, settings: Any) -> None:
    result = AR_OPEN_BALANCE.reconcile(given.invoice("customer", "1", "2026-02-01", "1.00").books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == ("1 invoice of the customer subledger without a stated balance not compared",)
