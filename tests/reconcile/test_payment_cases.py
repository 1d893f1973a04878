"""Payments that do not fit their invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from transforms.reconciliations.ap_payments import AP_PAYMENTS
from transforms.reconciliations.ar_payments import AR_PAYMENTS

CHECK = {"customer": AR_PAYMENTS, "supplier": AP_PAYMENTS}
BOTH = pytest.mark.parametrize("which", ["customer", "supplier"])


@BOTH
@pytest.mark.parametrize(
    (("state"), "rule"),
    [({"booked": False}, "invoice_unbooked"), ({"cancelled": True}, "invoice_cancelled"), ({}, None)],
)
def test_payment_needs_a_booked_standing_invoice(
    given: Any, settings: Any, found: Any, which: str, state: dict[str, bool], rule: str | None
) -> None:
    given.invoice(which, ("1"), "2026-02-01", "400.00", **state).payment(
        which, "9", "1", "2026-02-20", "400.00"
    )
    expected = [(rule, "9", "400.00")] if rule else []
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == expected


@BOTH
@pytest.mark.parametrize("invoice", ["404", None])
def test_payment_of_no_invoice(
    given: Any, settings: Any, found: Any, which: str, invoice: str | None
) -> None:
    given.payment(which, "9", invoice, "2026-02-20", "400.00")
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == [
        (("invoice_missing"), "9", "400.00")
    ]


@BOTH
@pytest.mark.parametrize(
    (("date"), "late"), [("2026-06-04", True), ("2026-06-05", False), ("2026-06-20", False)]
)
def test_unbooked_payment_is_late_after_more_than_ten_days(
    given: Any, settings: Any, found: Any, which: str, date: str, late: bool
) -> None:
    given.invoice(which, "1", "2026-02-01", "400.00").payment(which, "9", "1", date, "400.00", booked=False)
    expected = [("unbooked_payment_overdue", "9", "400.00")] if late else []
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == expected


@BOTH
@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ("400.00", []),
        ("500.00", [("overpayment", "1", "-100.00")]),
        ("400.99", [("overpayment", "1", "-0.99"), ("small_residue", "1", "-0.99")]),
        ("399.01", [("small_residue", "1", "0.99")]),
        ("399.00", []),
    ],
)
def test_overpayment_and_residue(
    given: Any, settings: Any, found: Any, which: str, paid: str, expected: list[tuple[str, str, str]]
) -> None:
    given.invoice(which, "1", "2026-02-01", "400.00").payment(which, "9", "1", "2026-02-20", paid)
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == expected


@pytest.mark.parametrize(
    ("currency", "rate", "total", "paid", "expected"),
    [
        ("EUR", "11.30", "100.00", "99.95", [("small_residue", "1", "0.56")]),
        ("EUR", "11.30", "100.00", "99.50", []),
        ("JPY", "0.07", "9000.00", "8990.00", [("small_residue", "1", "0.70")]),
        ("JPY", "0.07", "9000.00", "8985.00", []),
    ],
)
def test_a_residue_abroad_is_small_in_kronor_whatever_its_units(
    given: Any,
    settings: Any,
    found: Any,
    currency: str,
    rate: str,
    total: str,
    paid: str,
    expected: list[Any],
) -> None:
    sek = Decimal(total) * Decimal(rate)
    given.invoice("customer", "1", "2026-02-01", total, currency=currency, rate=rate, ledger=f"{sek:.2f}")
    given.payment("customer", "9", "1", "2026-02-20", "0.00", currency=currency, currency_amount=paid)
    findings = AR_PAYMENTS.reconcile(given.books(), settings).findings
    assert found(findings) == expected
    assert set(findings["currency"]) <= {"SEK"}


def test_a_residue_abroad_is_told_in_both_currencies(given: Any, settings: Any) -> None:
    given.invoice("customer", "1", "2026-02-01", "100.00", currency="EUR", rate="11.30", ledger="1130.00")
    given.payment("customer", "9", "1", "2026-02-20", "1129.44", currency="EUR", currency_amount="99.95")
    assert AR_PAYMENTS.reconcile(given.books(), settings).findings["explanation"].to_list() == [
        "Customer invoice 1 has 0.05 EUR left open, worth 0.56 SEK, of its total of 100.00 EUR; settled by customer"
        " payment 9."
    ]


@BOTH
def test_small_invoice_nobody_paid_is_no_residue(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "0.80")
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
def test_open_credit_note_is_no_overpayment(given: Any, settings: Any, which: str) -> None:
    given.invoice(which, "1", "2026-02-01", "-400.00")
    assert CHECK[which].reconcile(given.books(), settings).findings.is_empty()


@BOTH
@pytest.mark.parametrize(
    ("refunded", "expected"),
    [("-399.00", []), ("-400.00", []), ("-500.00", [("overpayment", "1", "100.00")])],
)
def test_a_credit_note_refunded_with_more_than_it_credits_is_an_overpayment(
    given: Any, settings: Any, found: Any, which: str, refunded: str, expected: list[tuple[str, str, str]]
) -> None:
    given.invoice(which, "1", "2026-02-01", "-400.00").payment(which, "9", "1", "2026-02-20", refunded)
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == expected


@BOTH
@pytest.mark.parametrize(
    ("total", "booked", "expected"),
    [
        ("1000.00", ["-200.00"], [("open_above_total", "1", "200.00")]),
        ("1000.00", ["300.00", "-500.00"], [("open_above_total", "1", "200.00")]),
        ("1000.00", ["200.00", "-200.00"], []),
        ("1000.00", ["300.00", "-200.00"], []),
        ("-400.00", ["100.00"], [("open_above_total", "1", "-100.00")]),
        ("-400.00", ["-100.00"], []),
    ],
)
def test_payments_that_leave_more_open_than_was_invoiced(
    given: Any,
    settings: Any,
    found: Any,
    which: str,
    total: str,
    booked: list[str],
    expected: list[tuple[str, str, str]],
) -> None:
    """A credit note by its own sign: one of -400.00 that stands at -500.00 was paid the wrong way."""
    given.invoice(which, "1", "2026-02-01", total)
    for number, amount in enumerate(booked, start=8):
        given.payment(which, str(number), "1", "2026-02-20", amount)
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == expected


@BOTH
def test_a_write_off_the_wrong_way_leaves_more_open_than_was_invoiced(
    given: Any, settings: Any, found: Any, which: str
) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00")
    given.payment(which, "9", "1", "2026-02-20", "10.00", write_offs=("-50.00",))
    findings = CHECK[which].reconcile(given.books(), settings).findings
    assert found(findings) == [("open_above_total", "1", "40.00")]
    assert findings["evidence"].to_list() == [
        [f"{which} invoice 1", f"{which} payment 9", f"{which} write-off 9/1"]
    ]


@BOTH
def test_an_unbooked_payment_of_less_than_nothing_leaves_nothing_open(
    given: Any, settings: Any, found: Any, which: str
) -> None:
    given.invoice(which, "1", "2026-02-01", "1000.00")
    given.payment(which, "9", "1", "2026-06-10", "-200.00", booked=False)
    assert found(CHECK[which].reconcile(given.books(), settings).findings) == []


def test_what_is_open_above_the_total_is_told_in_the_currency_of_the_invoice(
    given: Any, settings: Any
) -> None:
    given.invoice("customer", "1", "2026-02-01", "100.00", currency="EUR", rate="11.30", ledger="1130.00")
    given.payment("customer", "9", "1", "2026-02-20", "-226.00", currency="EUR", currency_amount="-20.00")
    (told,) = AR_PAYMENTS.reconcile(given.books(), settings).findings.to_dicts()
    assert (str(told["expected"]), str(told["actual"]), told["currency"]) == ("100.00", "120.00", "EUR")
    assert told["explanation"] == (
        "Customer invoice 1 has 120.00 EUR open, 20.00 EUR more than the 100.00 EUR it was booked with; booked against"
        " it: customer payment 9."
    )


def test_what_rounding_leaves_of_a_foreign_payment_taken_back_is_not_above_the_total(
    given: Any, settings: Any, found: Any
) -> None:
    """1129.43 SEK are 99.95 EUR, and 99.95 EUR are 1129.44 SEK: paid, all is settled; taken back, an öre is over."""
    given.invoice("supplier", "1", "2026-02-01", "1129.43", currency="EUR", rate="11.30", ledger="1129.43")
    for number, sign in (("8", ""), ("9", "-")):
        given.payment(
            "supplier",
            number,
            "1",
            "2026-02-20",
            f"{sign}1140.00",
            currency="EUR",
            currency_amount=f"{sign}99.95",
        )
    assert found(AP_PAYMENTS.reconcile(given.books(), settings).findings) == []


def test_skatteverkets_share_that_is_settled_outside_the_subledger_is_not_expected_in_it(
    given: Any, settings: Any, found: Any
) -> None:
    """Of 1000.00 the customer owes 700.00; minus 200.00 paid, 900.00 are open."""
    given.invoice("customer", "1", "2026-02-01", "1000.00")
    given.documents["customer_invoices"][0]["tax_reduction"] = Decimal("300.00")
    given.payment("customer", "9", "1", "2026-02-20", "-200.00")
    findings = AR_PAYMENTS.reconcile(given.books(), settings).findings
    assert found(findings) == [("open_above_total", "1", "200.00")]
    assert "900.00 SEK open, 200.00 SEK more than the 700.00 SEK" in findings["explanation"][0]


def test_explanation_reads_as_a_sentence(given: Any, settings: Any) -> None:
    given.invoice(("customer"), "1", "2026-02-01", "400.00", booked=False).payment(
        "customer", "9", "1", "2026-02-20", "400.00"
    )
    explanation = AR_PAYMENTS.reconcile(given.books(), settings).findings["explanation"][0]
    assert explanation == (
        "Customer payment 9 of 400.00 SEK on 2026-02-20 is booked but settles no invoice: invoice"
        " 1 is not booked."
    )
