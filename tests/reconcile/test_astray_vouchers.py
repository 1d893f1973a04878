"""A voucher dated outside its financial year counts on the year's nearest day, for everything that is told of a day.

The year's balances hold it, whatever its date says; sentences name it with its own date.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from transforms.ageing import aged
from transforms.books import Books
from transforms.reconciliations import reconcile
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.reconciliations.cut_off import CUT_OFF
from transforms.reconciliations.invoice_vouchers import INVOICE_VOUCHERS
from transforms.reconciliations.subsequent_settlement import SUBSEQUENT_SETTLEMENT
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, open_items
from transforms.tie_out_on import tie_out_on

RUN = Settings(company_id="testbolaget", as_of=dt.date(2026, 6, 15))
NOTHING = Decimal("0.00")


def _file_under(books: Any, name: str, date: str) -> None:
    """The voucher keeps its financial year; the file dates it otherwise, and so does the document that names it."""
    series, number = name.split("/")
    for row in [books.vouchers[name], *books.rows]:
        if (row["voucher_series"], row["voucher_number"]) == (series, number):
            row["voucher_date"] = dt.date.fromisoformat(date)
    for documents in books.documents.values():
        for document in documents:
            if (document.get("voucher_series"), document.get("voucher_number")) == (series, number):
                document["posting_date"] = dt.date.fromisoformat(date)


@pytest.fixture
def sold(empty_books: Any) -> Any:
    """An invoice of 1000.00, dated and booked on 3 January 2026 by voucher B/1 of the financial year 2025."""
    books = empty_books.year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    books.voucher("B/1", "2025-12-31", because=("INVOICE", "1"), a1510="1000.00", a3001="-1000.00")
    books.invoice("customer", "1", "2026-01-03", "1000.00", "B/1", due="2026-02-02")
    _file_under(books, "B/1", "2026-01-03")
    return books


def _three_sides(books: Books, day: dt.date) -> tuple[Decimal, Decimal, Decimal]:
    """What is open on 1510 at the end of a day: by the tie-out, the open items and the ageing."""
    run = replace(RUN, as_of=day)
    tied = tie_out_on(books, CUSTOMER, run, day=day).balances
    on_day = reconcile(books, run).tables
    at_end = on_day["recon.tie_outs"].filter(control_account="1510").sort("as_of")["subledger_balance"][-1]
    assert tied.filter(control_account="1510")["subledger_balance"].to_list() == [at_end]
    items = on_day["recon.open_items"].filter(subledger="customer")["amount"].sum()
    buckets = on_day["recon.ageing"].filter(subledger="customer")["amount"].sum()
    return at_end, items or NOTHING, buckets or NOTHING


@pytest.mark.parametrize(
    ("day", "amount"),
    [
        ("2025-12-30", "0.00"),
        ("2025-12-31", "1000.00"),
        ("2026-01-02", "1000.00"),
        ("2026-01-15", "1000.00"),
    ],
)
def test_it_is_open_from_the_last_day_of_its_year_for_tie_out_open_items_and_ageing_alike(
    sold: Any, day: str, amount: str
) -> None:
    assert _three_sides(sold.books(), dt.date.fromisoformat(day)) == (Decimal(amount),) * 3


def test_a_payment_of_its_year_dated_before_it_counts_on_its_first_day(empty_books: Any) -> None:
    """Paid by voucher C/1 of 2026, which the file dates 28 December 2025."""
    books = empty_books.year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    books.voucher("B/1", "2025-12-01", because=("INVOICE", "1"), a1510="1000.00", a3001="-1000.00")
    books.invoice("customer", "1", "2025-12-01", "1000.00", "B/1")
    books.voucher("C/1", "2026-01-01", because=("INVOICEPAYMENT", "1"), a1510="-1000.00", a1930="1000.00")
    books.payment("customer", "1", "1", "2025-12-28", "1000.00", "C/1")
    _file_under(books, "C/1", "2025-12-28")
    made = books.books()
    assert _three_sides(made, dt.date(2025, 12, 31)) == (Decimal("1000.00"),) * 3
    assert _three_sides(made, dt.date(2026, 1, 1)) == (NOTHING,) * 3


def test_what_is_paid_after_the_years_end_is_asked_of_what_was_open_then(sold: Any) -> None:
    sold.voucher("C/1", "2026-02-10", because=("INVOICEPAYMENT", "1"), a1510="-1000.00", a1930="1000.00")
    sold.payment("customer", "1", "1", "2026-02-10", "1000.00", "C/1")
    table = SUBSEQUENT_SETTLEMENT.reconcile(sold.books(), RUN).tables["recon.subsequent_settlements"]
    assert table.select("document_number", "amount", "paid", "invoiced", "not_settled").rows() == [
        ("1", Decimal("1000.00"), Decimal("-1000.00"), NOTHING, NOTHING)
    ]


def test_a_voucher_no_financial_year_holds_leaves_the_document_its_own_date(sold: Any) -> None:
    """The invoice names B/9 of 2025, which is not held: nothing says that it counts in that year."""
    sold.documents["customer_invoices"][0]["voucher_number"] = "9"
    made = sold.books()
    assert made.subledger_entries["posting_date"].to_list() == [dt.date(2026, 1, 3)]


def test_sentences_name_the_vouchers_own_date(sold: Any) -> None:
    sold.documents["customer_invoices"][0]["invoice_date"] = dt.date(2025, 12, 20)
    for row in sold.rows:
        row["amount"] = row["amount"] * 2
    made = sold.books()
    (apart,) = CUT_OFF.reconcile(made, RUN).findings["explanation"]
    assert apart.startswith("Customer invoice 1 is dated 2025-12-20 but booked on 2026-01-03 in voucher B/1:")
    (differs,) = INVOICE_VOUCHERS.reconcile(made, RUN).findings["explanation"]
    assert differs.startswith("Customer invoice 1 of 2026-01-03 (1000.00 SEK) is booked in voucher B/1")
    (moved,) = AR_TIE_OUT.reconcile(made, RUN).findings.to_dicts()
    assert moved["subject_key"] == "1510/2025-12"
    assert "voucher B/1 of 2026-01-03 books 2000.00 SEK" in moved["explanation"]


def test_a_voucher_put_beside_a_document_is_named_with_its_own_date(empty_books: Any) -> None:
    """Voucher M/1 of 2025, dated 3 January 2026, books what invoice 1 of 20 December says; neither names the other."""
    books = empty_books.year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    books.voucher("M/1", "2025-12-31", a1510="1000.00", a3001="-1000.00")
    _file_under(books, "M/1", "2026-01-03")
    books.invoice("customer", "1", "2025-12-20", "1000.00")
    told = AR_TIE_OUT.reconcile(books.books(), RUN).tables["recon.bridges"].sort("date")["explanation"]
    assert told.to_list() == [
        "Customer invoice 1 of 2025-12-20 (1000.00 SEK) names no voucher (document and voucher of the same month do not"
        " name each other: voucher M/1 of 2026-01-03).",
        "Voucher M/1 of 2026-01-03 books 1000.00 SEK and no document names it (document and voucher of the same month"
        " do not name each other: customer invoice 1 of 2025-12-20).",
    ]


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
def test_ageing_and_open_items_equal_the_tie_out_on_any_day_wherever_vouchers_are_dated(
    new_books: Any, seed: int
) -> None:
    chance = random.Random(seed)
    books = new_books().year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    start = dt.date(2025, 1, 1)
    for number in range(1, 9):
        sold_on = start + dt.timedelta(days=chance.randrange(600))
        total = Decimal(chance.randrange(-20_000, 90_000)) / 100 or Decimal("1.00")
        books.voucher(
            f"B/{number}", str(sold_on), because=("INVOICE", str(number)), a1510=str(total), a3001=str(-total)
        )
        books.invoice("customer", str(number), str(sold_on), str(total), f"B/{number}")
        paid = (total * chance.randrange(1, 101) / 100).quantize(Decimal("0.01"))
        paid_on = min(sold_on + dt.timedelta(days=chance.randrange(90)), dt.date(2026, 12, 31))
        books.voucher(
            f"C/{number}",
            str(paid_on),
            because=("INVOICEPAYMENT", str(number)),
            a1510=str(-paid),
            a1930=str(paid),
        )
        books.payment("customer", str(number), str(number), str(paid_on), str(paid), f"C/{number}")
        for name in (f"B/{number}", f"C/{number}"):
            if chance.random() < 0.5:
                _file_under(books, name, str(start + dt.timedelta(days=chance.randrange(-200, 1000))))
    made = books.books()
    year_ends = [dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 12, 31)]
    for day in (*year_ends, *(start + dt.timedelta(days=chance.randrange(730)) for _ in range(8))):
        run = replace(RUN, as_of=dt.date(2026, 12, 31))
        balances = tie_out_on(made, CUSTOMER, run, day=day).balances
        (amount,) = balances["subledger_balance"]
        assert balances["difference"].to_list() == [NOTHING]
        assert (open_items(CUSTOMER, made, day)["amount"].sum() or NOTHING) == amount
        assert (aged(made, CUSTOMER, day, (30, 60, 90))["amount"].sum() or NOTHING) == amount
