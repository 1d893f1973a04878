"""Documents from raw tables: which voucher booked them, on what day and account, and what they are worth in
SEK."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.staging import stage

FEBRUARY_10, MARCH_5 = dt.date(2026, 2, 10), dt.date(2026, 3, 5)
SALE = {"document_number": "1001", "invoice_date": "2026-02-01", "total": "1250.00", "balance": "750.00"}
NAMED = {"voucher_series": "B", "voucher_number": "1", "voucher_year": "7"}


def _invoice(raw: Any, books: Any, settings: Any, **changes: Any) -> dict[str, Any]:
    invoices = raw("fortnox.customer_invoices", SALE | changes)
    return stage({**books, "fortnox.customer_invoices": invoices}, settings).customer_invoices.to_dicts()[0]


def test_voucher_a_document_names_gives_date_and_account(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    row = _invoice(raw, year_and_books, settings, **NAMED)
    assert (row[("posting_date")], row["control_account"], row["voucher_evidence"]) == (
        FEBRUARY_10,
        "1510",
        "document",
    )
    assert (row[("voucher_financial_year")], row["voucher_series"], row["voucher_number"]) == (
        dt.date(2026, 1, 1),
        "B",
        "1",
    )


def test_voucher_list_names_the_voucher_where_the_document_does_not(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    """A payment in SEK has no detail, so only the voucher list says which voucher booked it."""
    heads = raw(
        "fortnox.vouchers",
        {"year": "7", "voucher_series": "C", "voucher_number": "1", "transaction_date": "2026-03-05",
         "reference_type": "INVOICEPAYMENT", "reference_number": "31"},
        {"year": "7", "voucher_series": "B", "voucher_number": "1", "transaction_date": "2026-02-10",
         "reference_type": "INVOICE", "reference_number": "31"},
    )  # fmt: skip
    payments = raw(
        ("fortnox.customer_payments"),
        {"number": "31", "invoice_number": "1001", "payment_date": "2026-03-01", "amount": "500.00"},
    )
    books = stage(
        {**year_and_books, "fortnox.vouchers": heads, "fortnox.customer_payments": payments}, settings
    )
    row = books.customer_payments.to_dicts()[0]
    assert (row[("voucher_series")], row["posting_date"], row["voucher_evidence"]) == (
        "C",
        MARCH_5,
        "voucher_list",
    )
    assert books.subledger_entries.select(("voucher_key"), "amount").rows() == [
        ("2026-01-01/C/1", Decimal("-500.00"))
    ]


@pytest.mark.parametrize("named", [{}, {"voucher_series": "B", "voucher_number": "99", "voucher_year": "7"}])
def test_without_a_held_voucher_the_document_stands_on_its_own_date(
    raw: Any, year_and_books: Any, settings: Any, named: dict[str, str]
) -> None:
    row = _invoice(raw, year_and_books, settings, **named)
    assert (row["posting_date"], row["control_account"]) == (dt.date(2026, 2, 1), "1510")


def test_what_a_voucher_dated_outside_its_year_books_counts_on_the_years_nearest_day(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    """B/1 of 2026, dated in January 2027: the invoice keeps that date, its entry counts on the last day of 2026."""
    dated = year_and_books["sie.vouchers"]
    filed = pl.when(voucher_series="B").then(dt.date(2027, 1, 5)).otherwise("voucher_date")
    books = stage(
        {
            **year_and_books,
            "sie.vouchers": dated.with_columns(voucher_date=filed),
            "fortnox.customer_invoices": raw("fortnox.customer_invoices", SALE | NAMED),
        },
        settings,
    )
    assert books.customer_invoices["posting_date"].to_list() == [dt.date(2027, 1, 5)]
    assert books.subledger_entries["posting_date"].to_list() == [dt.date(2026, 12, 31)]


def test_supplier_invoice_takes_the_voucher_that_booked_it_not_that_of_its_payment(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    invoices = raw(
        ("fortnox.supplier_invoices"),
        {
            "given_number": "5",
            "invoice_number": "2026/A-114",
            "invoice_date": "2026-02-01",
            "total": "800.00",
        },
    )
    vouchers = raw(
        "fortnox.supplier_invoice_vouchers",
        {"given_number": (
"5"
), "position": 1, "voucher_series": (
"E"
), "voucher_number": "9", "year": "7", "reference_type": "SUPPLIERPAYMENT"},
        {"given_number": (
"5"
), "position": 2, "voucher_series": (
"D"
), "voucher_number": "1", "year": "7", "reference_type": "SUPPLIERINVOICE"},
    )  # fmt: skip
    tables = {"fortnox.supplier_invoices": invoices, "fortnox.supplier_invoice_vouchers": vouchers}
    row = stage({**year_and_books, **tables}, settings).supplier_invoices.to_dicts()[0]
    assert (row["voucher_series"], row["posting_date"]) == ("D", dt.date(2026, 2, 12))
    assert (row["ledger_amount"], row["supplier_reference_number"]) == (Decimal("-800.00"), "2026/A-114")


def test_control_account_is_the_one_its_voucher_touches(raw: Any, year_and_books: Any, settings: Any) -> None:
    """The company also uses 1930 as if it were one: C/1 touches two control accounts, so the invoice's own
    decides."""
    several = replace(settings, customer_control_accounts=("1930",))
    tables = {
        "fortnox.customer_invoices": raw("fortnox.customer_invoices", SALE | NAMED),
        "fortnox.customer_payments": raw(
            "fortnox.customer_payments",
            {"number": "1", "invoice_number": "1001", "payment_date": "2026-03-05", "amount": "500.00",
             "voucher_series": "C", "voucher_number": "1", "voucher_year": "7"},
        ),
    }  # fmt: skip
    books = stage({**year_and_books, **tables}, several)
    assert books.customer_payments["control_account"].to_list() == ["1510"]
    controls = books.control_accounts.filter(subledger=("customer")).select(
        "account_number", "is_default", "source"
    )
    assert controls.rows() == [("1510", True, "predefined_account"), ("1930", False, "setting")]


def test_foreign_customer_invoice_is_converted_half_up(raw: Any, year_and_books: Any, settings: Any) -> None:
    row = _invoice(
        raw,
        year_and_books,
        settings,
        currency=("JPY"),
        currency_rate="7.25",
        currency_unit="100",
        total="1000.00",
    )
    assert (row[("ledger_amount")], row["stated_currency"], row["ledger_evidence"]) == (
        Decimal("72.50"),
        "JPY",
        "document_rate",
    )
    half = _invoice(raw, year_and_books, settings, currency="EUR", currency_rate="0.5", total="0.05")
    assert half["ledger_amount"] == Decimal("0.03")


def test_foreign_supplier_invoice_states_sek_already(raw: Any, year_and_books: Any, settings: Any) -> None:
    invoices = raw(
        ("fortnox.supplier_invoices"),
        {
            "given_number": ("5"),
            "invoice_date": "2026-02-01",
            "total": "1123.45",
            "currency": "EUR",
            "currency_rate": "11.2345",
        },
    )
    row = stage(
        {**year_and_books, "fortnox.supplier_invoices": invoices}, settings
    ).supplier_invoices.to_dicts()[0]
    assert (row[("ledger_amount")], row["currency"], row["stated_currency"]) == (
        Decimal("-1123.45"),
        "EUR",
        "SEK",
    )


def test_foreign_invoice_without_rate_is_refused_and_listed(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    invoices = raw(
        ("fortnox.customer_invoices"),
        SALE | {"currency": "EUR", "currency_rate": None},
        SALE | {"document_number": "2"},
    )
    books = stage({**year_and_books, "fortnox.customer_invoices": invoices}, settings)
    assert books.customer_invoices["document_number"].to_list() == ["2"]
    assert [row[1:] for row in books.rejected.iter_rows()] == [("demo/1001", "currency rate is missing")]


def test_foreign_payment_without_detail_is_worth_its_own_rate(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    euro = {"currency": "EUR", "currency_rate": "11", "amount_currency": None}
    payments = raw(
        ("fortnox.customer_payments"),
        {"number": "1", "invoice_number": "1001", "payment_date": "2026-03-05", "amount": "110.00"} | euro,
    )
    row = stage(
        {**year_and_books, "fortnox.customer_payments": payments}, settings
    ).customer_payments.to_dicts()[0]
    assert (row["currency_amount"], row["currency_evidence"]) == (Decimal("10.00"), "payment_rate")


def test_foreign_payment_without_detail_and_rate_is_refused_and_keeps_its_checks_from_being_made(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    euro = {"currency": "EUR", "currency_rate": None, "amount_currency": None}
    payments = raw(
        ("fortnox.customer_payments"),
        {"number": "1", "invoice_number": "1001", "payment_date": "2026-03-05", "amount": "110.00"} | euro,
    )
    books = stage({**year_and_books, "fortnox.customer_payments": payments}, settings)
    assert books.customer_payments.is_empty()
    assert [row[1] for row in books.rejected.iter_rows()] == ["demo/1"]
    assert "1 row of fortnox.customer_payments could not be used" in str(books.why_not(["customer_payments"]))


def test_credit_notes_are_known_by_sign_or_flag(raw: Any, year_and_books: Any, settings: Any) -> None:
    assert _invoice(raw, year_and_books, settings, total="-10.00")["is_credit_note"]
    suppliers = raw(
        ("fortnox.supplier_invoices"),
        {"given_number": "5", "invoice_date": "2026-02-01", "total": "0.00", "credit": True},
    )
    books = stage({**year_and_books, "fortnox.supplier_invoices": suppliers}, settings)
    assert books.supplier_invoices["is_credit_note"].to_list() == [True]


def test_blank_flags_and_currency_have_one_meaning(raw: Any, year_and_books: Any, settings: Any) -> None:
    row = _invoice(
        raw, year_and_books, settings, cancelled=None, currency=None, currency_rate=None, currency_unit=None
    )
    assert (row["cancelled"], row["currency"], row["currency_rate"]) == (False, "SEK", Decimal(1))
    assert row["ledger_amount"] == Decimal("1250.00")


@pytest.mark.parametrize(
    ("detail", "share"),
    [
        ((True, "1000.00", "250.00"), ("250.00", "invoice")),
        ((True, "1000.40", "249.00"), ("249.60", "invoice")),
        ((True, "1000.00", "249.00"), ("300.00", "voucher")),
        ((True, "1000.00", None), ("300.00", "voucher")),
        ((True, None, "250.00"), ("300.00", "voucher")),
        ((None, "1000.00", "250.00"), ("300.00", "voucher")),
        ((True, "1300.00", "-50.00"), (None, None)),
        ((False, "1250.00", None), (None, None)),
        (None, ("300.00", "voucher")),
    ],
    ids=["stated", "öre", "a krona apart", "stated once", "not stated", "not said of what", "more than the total",
         "no house work", "a table of before"],
)  # fmt: skip
def test_skatteverkets_share_is_what_the_invoice_says_else_its_voucher(
    raw: Any, year_and_books: Any, settings: Any, detail: Any, share: tuple[str | None, str | None]
) -> None:
    """The voucher has 950 on the customer's account and 300 on 1513."""
    rows = year_and_books["sie.voucher_rows"]
    more = raw(
        "sie.voucher_rows",
        *(
            {"financial_year": "2026-01-01", "voucher_position": 1, "row_number": 10 + number,
             "account_number": account, "amount": amount}
            for number, (account, amount) in enumerate((("1510", "-300.00"), ("1513", "300.00")))
        ),
    )  # fmt: skip
    said = dict(
        zip(("house_work", "total_to_pay", "tax_reduction"), detail or (None, None, None), strict=True)
    )
    held = raw("fortnox.customer_invoice_details", {"document_number": "1001", **said})
    books = {
        **year_and_books,
        "sie.voucher_rows": rows.vstack(more),
        "fortnox.customer_invoice_details": held if detail else held.drop(*said),
    }
    row = _invoice(raw, books, settings, **NAMED)
    stated = None if row["tax_reduction"] is None else str(row["tax_reduction"])
    assert (stated, row["tax_reduction_evidence"]) == share
