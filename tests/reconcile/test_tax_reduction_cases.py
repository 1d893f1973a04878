"""Invoices with tax reduction (ROT, RUT): the customer's share on one account, Skatteverket's on another."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms import subledger
from transforms.books import Books
from transforms.periods import astray
from transforms.reconciliations import reconcile
from transforms.subledger import CUSTOMER, open_items
from transforms.tax_reduction import compared_accounts, with_shares

COMPANY, TAX = "testbolaget", "1513"
KEY = pl.concat_str(
    pl.col("voucher_financial_year").dt.to_string("iso"), "voucher_series", "voucher_number", separator="/"
)


def shared_out(given: Any, **stated: str) -> Books:
    """The books with shares as invoices state them (``i1="3000.00"``), else read off the vouchers, as staging does."""
    books: Books = given.books()
    invoices, payments = with_shares(
        books.customer_invoices.drop(
            "tax_reduction", "tax_reduction_evidence", "tax_reduction_account"
        ).with_columns(_voucher_key=KEY),
        books.customer_payments.drop("tax_reduction").with_columns(_voucher_key=KEY),
        books.customer_write_offs,
        books.voucher_rows,
        TAX,
        pl.DataFrame(
            [(COMPANY, name[1:], Decimal(share)) for name, share in stated.items()],
            schema={"company_id": pl.String, "document_number": pl.String, "stated_share": pl.Decimal(18, 2)},
            orient="row",
        ),
    )
    invoices, payments = invoices.drop("_voucher_key"), payments.drop("_voucher_key")
    return replace(
        books,
        customer_invoices=invoices,
        customer_payments=payments,
        control_accounts=compared_accounts(invoices, books.control_accounts),
        subledger_entries=subledger.entries(
            CUSTOMER,
            invoices,
            payments,
            books.customer_write_offs,
            astray(books.vouchers, books.financial_years),
        ),
    )


@pytest.fixture
def rot(given: Any) -> Any:
    """Work for 10,000 SEK, of which Skatteverket pays 3,000; the customer paid 7,000 in March."""
    given.voucher(
        "B/1", "2026-02-05", because=("INVOICE", "1"), a1510="7000.00", a1513="3000.00", a3001="-10000.00"
    )
    given.voucher("C/1", "2026-03-05", because=("INVOICEPAYMENT", "1"), a1930="7000.00", a1510="-7000.00")
    given.invoice("customer", "1", "2026-02-05", "10000.00", "B/1", balance="3000.00")
    return given.payment("customer", "1", "1", "2026-03-05", "7000.00", "C/1")


def paid_out(rot: Any, account: str = "a1513", amount: str = "3000.00") -> Any:
    """Skatteverket pays in April, registered as a payment of the invoice."""
    rows = {"a1930": amount, account: f"-{amount}"}
    rot.voucher("C/2", "2026-04-10", because=("INVOICEPAYMENT", "2"), **rows)
    rot.payment("customer", "2", "1", "2026-04-10", amount, "C/2")
    rot.documents["customer_invoices"][0]["open_balance"] = Decimal(10000 - 7000) - Decimal(amount)
    return rot


def tied(books: Books, settings: Any) -> list[tuple[str, str, str]]:
    tie_outs = reconcile(books, settings).tables["recon.tie_outs"].filter(point="today")
    rows = tie_outs.filter(pl.col("control_account") != "2440")
    return [
        (account, str(sub), str(ledger))
        for account, sub, ledger in rows.select(
            "control_account", "subledger_balance", "ledger_balance"
        ).iter_rows()
    ]


def blocking(books: Books, settings: Any) -> list[tuple[str, str, str]]:
    found = reconcile(books, settings).findings.filter(pl.col("severity") != "I").sort("check", "subject_key")
    return [
        (check, key, str(difference))
        for check, key, difference in found.select("check", "subject_key", "difference").iter_rows()
    ]


def open_on(books: Books, day: str) -> list[tuple[str, str, str]]:
    items = open_items(CUSTOMER, books, dt.date.fromisoformat(day)).sort("control_account")
    columns = ("control_account", "amount", "due_date")
    return [(account, str(amount), str(due)) for account, amount, due in items.select(columns).iter_rows()]


def test_each_share_is_open_and_tied_out_on_its_own_account(rot: Any, settings: Any) -> None:
    books = shared_out(paid_out(rot))
    assert open_on(books, "2026-02-28") == [("1510", "7000.00", "2026-03-07"), ("1513", "3000.00", "None")]
    assert open_on(books, "2026-03-31") == [("1513", "3000.00", "None")]
    assert open_on(books, "2026-04-30") == []
    assert tied(books, settings) == [("1510", "0.00", "0.00"), ("1513", "0.00", "0.00")]
    assert blocking(books, settings) == []


def test_a_payout_on_the_customers_account_is_found_on_both(rot: Any, settings: Any) -> None:
    books = shared_out(paid_out(rot, "a1510"))
    assert tied(books, settings) == [("1510", "0.00", "-3000.00"), ("1513", "0.00", "3000.00")]
    assert blocking(books, settings) == [
        ("ar_tie_out", "1510/2026-04", "3000.00"),
        ("ar_tie_out", "1513/2026-04", "-3000.00"),
        ("payment_vouchers", "2", "3000.00"),
    ]


def test_a_payout_by_hand_is_a_manual_voucher_on_the_account(rot: Any, settings: Any) -> None:
    paid_out(rot, amount="1000.00")
    rot.voucher("A/1", "2026-05-04", a1930="2000.00", a1513="-2000.00")
    books = shared_out(rot)
    assert blocking(books, settings) == [
        ("ar_tie_out", "1513/2026-05", "2000.00"),
        ("manual_control_vouchers", "2026-01-01/A/1/1513", "-2000.00"),
    ]


@pytest.mark.parametrize("stated", ["3000.00", "0.00"])
def test_a_share_no_payment_ever_settles_is_no_part_of_the_subledger(
    rot: Any, settings: Any, stated: str
) -> None:
    """Whether Fortnox counts it into the balance is not documented: either is right; what is out is said."""
    rot.documents["customer_invoices"][0]["open_balance"] = Decimal(stated)
    rot.voucher("A/1", "2026-05-04", a1930="3000.00", a1513="-3000.00")
    books = shared_out(rot)
    assert tied(books, settings) == [("1510", "0.00", "0.00")]
    assert blocking(books, settings) == []
    assert reconcile(books, settings).remarks["ar_tie_out"][0] == (
        "Skatteverket's share of 1 invoice, 3000.00 SEK, was not compared: no payment of an invoice settles any of it"
    )


@pytest.mark.parametrize(("stated", "wrong"), [("3000.00", False), ("0.00", False), ("2999.00", True)])
def test_a_balance_that_is_neither_with_nor_without_the_share_is_wrong(
    rot: Any, settings: Any, stated: str, wrong: bool
) -> None:
    rot.documents["customer_invoices"][0]["open_balance"] = Decimal(stated)
    found = [check for check, *_ in blocking(shared_out(rot), settings)]
    assert found == (["ar_open_balance"] if wrong else [])


def test_a_customer_who_pays_by_voucher_settles_nothing_of_skatteverkets(rot: Any, settings: Any) -> None:
    paid_out(rot)
    rot.voucher("C/3", "2026-03-06", because=("INVOICEPAYMENT", "3"), a1930="7000.00", a1510="-7000.00")
    rot.payment("customer", "3", "1", "2026-03-06", "7000.00", "C/3")
    rot.documents["customer_invoices"][0]["open_balance"] = Decimal("-7000.00")
    assert blocking(shared_out(rot), settings) == [("ar_payments", "1", "-7000.00")]


def test_one_voucher_of_a_customers_payment_and_a_payout(rot: Any, settings: Any) -> None:
    """A bank file booked as one voucher: the payment of the share's amount is the payout."""
    rot.voucher(
        "B/2", "2026-03-10", because=("INVOICE", "2"), a1510="500.00", a1513="200.00", a3001="-700.00"
    )
    rot.invoice("customer", "2", "2026-03-10", "700.00", "B/2")
    rot.voucher(
        "C/2",
        "2026-04-10",
        because=("INVOICEPAYMENT", "2"),
        a1930="3500.00",
        a1510="-500.00",
        a1513="-3000.00",
    )
    rot.payment("customer", "2", "1", "2026-04-10", "3000.00", "C/2")
    rot.payment("customer", "3", "2", "2026-04-10", "500.00", "C/2")
    rot.documents["customer_invoices"][0]["open_balance"] = Decimal("0.00")
    books = shared_out(rot)
    assert tied(books, settings) == [("1510", "0.00", "0.00"), ("1513", "200.00", "200.00")]
    assert blocking(books, settings) == []


# -- what the invoice itself states ------------------------------------------------------------------------------


def test_a_voucher_that_parts_the_invoice_as_it_says_is_right(rot: Any, settings: Any) -> None:
    books = shared_out(paid_out(rot), i1="3000.00")
    assert books.customer_invoices["tax_reduction_evidence"].to_list() == ["invoice"]
    assert tied(books, settings) == [("1510", "0.00", "0.00"), ("1513", "0.00", "0.00")]
    assert blocking(books, settings) == []


@pytest.mark.parametrize(
    ("stated", "by_voucher"), [("2900.00", "-100.00"), ("3000.01", "0.01"), ("0.00", "-3000.00")]
)
def test_a_voucher_that_parts_it_otherwise_differs_on_both_accounts(
    rot: Any, settings: Any, stated: str, by_voucher: str
) -> None:
    """Of 10,000 the voucher gives 7,000 to the customer and 3,000 to Skatteverket; one invoice has no ROT at all."""
    rot.voucher(
        "B/2", "2026-03-10", because=("INVOICE", "2"), a1510="500.00", a1513="200.00", a3001="-700.00"
    )
    rot.invoice("customer", "2", "2026-03-10", "700.00", "B/2")
    rot.voucher("C/2", "2026-05-10", because=("INVOICEPAYMENT", "3"), a1930="200.00", a1513="-200.00")
    rot.payment("customer", "3", "2", "2026-05-10", "200.00", "C/2")
    rot.documents["customer_invoices"][1]["open_balance"] = Decimal("500.00")
    books = shared_out(rot, i1=stated)
    other_way = str(-Decimal(by_voucher))
    assert blocking(books, settings) == [
        ("ar_tie_out", "1510/2026-02", other_way),
        ("ar_tie_out", "1513/2026-02", by_voucher),
        ("invoice_vouchers", "1", by_voucher),
    ]


def test_a_company_that_never_parts_an_invoice_is_let_alone(given: Any, settings: Any) -> None:
    """Everything on the customer's account, the payout too: its books are consistent."""
    given.voucher("B/1", "2026-02-05", because=("INVOICE", "1"), a1510="10000.00", a3001="-10000.00")
    given.invoice("customer", "1", "2026-02-05", "10000.00", "B/1", balance="10000.00")
    books = shared_out(given, i1="3000.00")
    assert books.customer_invoices["tax_reduction"].to_list() == [None]
    assert blocking(books, settings) == []
