"""The tie-out of any day: what the night stored for the days it stored, and the same sums on the days between."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.settings import Settings
from transforms.subledger import CUSTOMER
from transforms.tie_out_on import TieOutOn, tie_out_on, why_not_on

JUNE = dt.date(2026, 6, 15)


def _on(books: Any, day: str) -> TieOutOn:
    known = Settings(company_id="acme", as_of=JUNE)
    return tie_out_on(books, CUSTOMER, known, day=dt.date.fromisoformat(day))


@pytest.fixture
def parted(given: Any) -> Any:
    """A sale of 1,250; 500 paid but booked as 510; a manual voucher; an invoice booked in the month after."""
    given.balance("2026-01-01", "opening_balance", "1510", "40.00")
    given.invoice("customer", "900", "2025-11-11", "40.00")
    given.voucher("A/1", "2026-02-10", a1510="1250.00", a3001="-1250.00")
    given.invoice("customer", "1001", "2026-02-10", "1250.00", "A/1")
    given.voucher("B/1", "2026-03-05", a1510="-510.00", a1930="510.00")
    given.payment("customer", "1", "1001", "2026-03-05", "500.00", "B/1")
    given.voucher("M/1", "2026-03-20", a1510="7.00", a3740="-7.00")
    given.invoice("customer", "1002", "2026-04-28", "300.00")
    return given.voucher("A/2", "2026-05-02", a1510="300.00", a3001="-300.00")


@pytest.mark.parametrize(
    ("day", "subledger", "ledger", "first_day", "causes"),
    [
        ("2025-12-31", "40.00", "40.00", None, []),
        ("2026-02-09", "40.00", "40.00", None, []),
        ("2026-02-10", "1290.00", "1290.00", None, []),
        ("2026-03-04", "1290.00", "1290.00", None, []),
        ("2026-03-05", "790.00", "780.00", "2026-03-05", ["amount_differs"]),
        ("2026-03-20", "790.00", "787.00", "2026-03-05", ["amount_differs", "manual_voucher"]),
        ("2026-04-30", "1090.00", "787.00", "2026-03-05", ["amount_differs", "manual_voucher", "cut_off"]),
        ("2026-06-15", "1090.00", "1087.00", "2026-03-05", ["amount_differs", "manual_voucher", "cut_off", "cut_off"]),
    ],
)  # fmt: skip
def test_each_day_has_its_own_figures(
    parted: Any, day: str, subledger: str, ledger: str, first_day: str | None, causes: list[str]
) -> None:
    end = _on(parted.books(), day)
    row = end.balances.row(0, named=True)
    assert (str(row["subledger_balance"]), str(row["ledger_balance"])) == (subledger, ledger)
    assert row["first_day"] == (first_day and dt.date.fromisoformat(first_day))
    assert end.terms["cause"].to_list() == causes
    assert (
        sum(end.terms["difference"], Decimal(0)) == row["difference"] == Decimal(subledger) - Decimal(ledger)
    )


def test_stored_days_are_what_the_night_stored(parted: Any, settings: Any) -> None:
    books = parted.books()
    stored = AR_TIE_OUT.reconcile(books, settings).tables["recon.tie_outs"]
    assert stored.height == 7
    for row in stored.iter_rows(named=True):
        asked = _on(books, str(row["as_of"])).balances.row(0, named=True)
        assert {name: row[name] for name in asked if name != "first_day"} == {
            name: value for name, value in asked.items() if name != "first_day"
        }


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2024-12-30", "the books are compared from 2024-12-31 to 2026-06-15"),
        ("2024-12-31", None),
        ("2025-10-10", "the financial year from 2025-01-01 is under the cash method, where subledger and ledger meet at"
         " its end only, 2025-12-31"),
        ("2025-12-31", None),
        ("2026-02-02", None),
        ("2026-06-15", None),
        ("2026-06-16", "the books are compared from 2024-12-31 to 2026-06-15"),
    ],
)  # fmt: skip
def test_days_that_cannot_be_asked_about_say_why(empty_books: Any, day: str, why: str | None) -> None:
    books = (
        empty_books.year("2025-01-01", "2025-12-31", method="cash").year("2026-01-01", "2026-12-31").books()
    )
    assert why_not_on(books, known_until=JUNE, day=dt.date.fromisoformat(day)) == why


def test_a_cash_method_year_parts_at_its_end(empty_books: Any) -> None:
    """Not on the day of its first invoice: until the end the two need not meet."""
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash").year("2026-01-01", "2026-12-31")
    given.invoice("customer", "1", "2025-10-01", "400.00")
    given.voucher("M/1", "2025-12-31", a1510="390.00", a3001="-390.00")
    (on,) = _on(given.books(), "2026-02-02").balances.to_dicts()
    assert (str(on["first_day"]), str(on["difference"])) == ("2025-12-31", "10.00")


def test_without_vouchers_there_is_nothing_to_compare(empty_books: Any) -> None:
    books = empty_books.year("2026-01-01", "2026-12-31", has_vouchers=False).books()
    assert why_not_on(books, known_until=JUNE, day=JUNE) == "no financial year has vouchers"
