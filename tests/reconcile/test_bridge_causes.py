"""Bridges: each term of a difference with one cause, the cause with its evidence, the terms summing to the
difference."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.causes import CAUSES
from transforms.reconciliations.ap_tie_out import AP_TIE_OUT
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT


def _bridge(given: Any, settings: Any, check: Any = AR_TIE_OUT) -> list[tuple[str, str, str]]:
    """(term, cause, difference) after proving that the terms sum to the difference of the last tie-out."""
    result = check.reconcile(given.books(), settings)
    bridge, tie_outs = result.tables["recon.bridges"], result.tables["recon.tie_outs"]
    for account in tie_outs["control_account"].unique():
        last = tie_outs.filter(control_account=account).sort("as_of")["difference"][-1]
        assert bridge.filter(control_account=account)["difference"].sum() == last
    assert set(bridge["cause"]) <= CAUSES.keys()
    return [(t, c, str(d)) for t, c, d in bridge.select("term", "cause", "difference").iter_rows()]


@pytest.fixture
def sold(given: Any) -> Any:
    """Invoice 1 of 100.00 booked in A/1 on 10 February."""
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    return given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")


def test_books_that_agree_have_no_terms(sold: Any, settings: Any) -> None:
    assert _bridge(sold, settings) == []


def test_manual_voucher(sold: Any, settings: Any) -> None:
    sold.voucher("M/1", "2026-03-01", a1510="7.00", a3740="-7.00")
    assert _bridge(sold, settings) == [("voucher 2026-01-01/M/1", "manual_voucher", "-7.00")]


def test_voucher_of_unknown_origin_is_not_called_manual(sold: Any, settings: Any) -> None:
    sold.voucher("M/1", "2026-03-01", because=("ACCRUAL", None), a1510="7.00", a3740="-7.00")
    assert _bridge(sold, settings) == [("voucher 2026-01-01/M/1", "unknown", "-7.00")]


def test_struck_rows(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-10", {"1510": "100.00"}, a1515="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    given.voucher("A/2", "2026-02-11", {"1510": "5.00"}, a1510="45.00", a3001="-45.00")
    given.invoice("customer", "2", "2026-02-11", "50.00", "A/2")
    assert _bridge(given, settings) == [
        ("customer invoice 1", "voucher_edited", "100.00"),
        ("voucher 2026-01-01/A/2", "voucher_edited", "5.00"),
    ]


def test_wrong_account_names_the_account(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-10", a1515="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    assert _bridge(given, settings) == [("customer invoice 1", "wrong_account", "100.00")]
    told = AR_TIE_OUT.reconcile(given.books(), settings).tables["recon.bridges"]["explanation"][0]
    assert told == (
        "Customer invoice 1 of 2026-02-10 (100.00 SEK) names voucher A/1, which books nothing on the account "
        "(the voucher books on other accounts: 1515, 3001)."
    )


@pytest.mark.parametrize("voucher", [None, "A/99"])
def test_voucher_missing(given: Any, settings: Any, voucher: str | None) -> None:
    given.invoice("customer", "1", "2026-02-10", "100.00", voucher)
    assert _bridge(given, settings) == [("customer invoice 1", "voucher_missing", "100.00")]


def test_amount_differs(sold: Any, settings: Any) -> None:
    sold.voucher("A/2", "2026-02-11", a1510="45.00", a3001="-45.00")
    sold.invoice("customer", "2", "2026-02-11", "54.00", "A/2")
    assert _bridge(sold, settings) == [("voucher 2026-01-01/A/2", "amount_differs", "9.00")]


@pytest.mark.parametrize(
    ("date", "causes"),
    [("2026-05-01", ["cut_off", "cut_off"]), ("2026-05-02", ["voucher_missing", "manual_voucher"])],
)
def test_an_equal_amount_120_days_away_is_the_last_that_is_put_together(
    given: Any, settings: Any, date: str, causes: list[str]
) -> None:
    given.voucher("M/1", date, a1510="300.00", a3001="-300.00")
    given.invoice("customer", "9", "2026-01-01", "300.00")
    assert [cause for _, cause, _ in sorted(_bridge(given, settings))] == causes


@pytest.mark.parametrize(
    ("days", "causes"), [(9, ["unlinked"] * 2), (8, ["voucher_missing", "manual_voucher"])]
)
def test_how_far_apart_two_are_put_together_is_the_companys(
    given: Any, settings: Any, days: int, causes: list[str]
) -> None:
    given.voucher("M/1", "2026-01-10", a1510="300.00", a3001="-300.00")
    given.invoice("customer", "9", "2026-01-01", "300.00")
    near = replace(settings, unlinked_days=days)
    assert [cause for _, cause, _ in sorted(_bridge(given, near))] == causes


@pytest.mark.parametrize(("date", "cause"), [("2026-03-01", "cut_off"), ("2026-02-28", "unlinked")])
def test_document_and_voucher_that_do_not_name_each_other(
    given: Any, settings: Any, date: str, cause: str
) -> None:
    given.voucher(("A/1"), date, a1510="100.00", a3001="-100.00").invoice(
        "customer", "1", "2026-02-10", "100.00"
    )
    assert _bridge(given, settings) == [
        ("customer invoice 1", cause, "100.00"),
        ("voucher 2026-01-01/A/1", cause, "-100.00"),
    ]
    evidence = AR_TIE_OUT.reconcile(given.books(), settings).tables["recon.bridges"]["evidence"].to_list()
    assert all(set(json.loads(keys)) == {"customer invoice 1", "voucher 2026-01-01/A/1"} for keys in evidence)


def test_two_equally_good_counterparts_stay_apart(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-01", a1510="100.00", a3001="-100.00")
    given.voucher("A/2", "2026-03-02", a1510="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00")
    assert [cause for _, cause, _ in _bridge(given, settings)] == [
        ("voucher_missing"),
        "manual_voucher",
        "manual_voucher",
    ]


def test_same_document_booked_twice(sold: Any, settings: Any) -> None:
    sold.voucher("A/2", "2026-02-12", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    assert _bridge(sold, settings) == [("voucher 2026-01-01/A/2", "booked_twice", "-100.00")]


@pytest.mark.parametrize(
    ("state", "cause"),
    [
        ({"booked": False}, ("unbooked_document")),
        ({"cancelled": True}, "cancelled_document"),
        (None, "document_missing"),
    ],
)
def test_voucher_of_a_document_outside_the_subledger(
    given: Any, settings: Any, state: dict[str, bool] | None, cause: str
) -> None:
    given.voucher("A/1", "2026-02-10", because=("INVOICE", "1"), a1510="100.00", a3001="-100.00")
    if state is not None:
        given.invoice("customer", "1", "2026-02-10", "100.00", "A/1", **state)
    assert _bridge(given, settings) == [("voucher 2026-01-01/A/1", cause, "-100.00")]


def test_voucher_that_leaves_out_the_write_off(sold: Any, settings: Any) -> None:
    sold.voucher("B/1", "2026-03-01", a1930="90.00", a1510="-90.00")
    sold.payment("customer", "5", "1", "2026-03-01", "90.00", "B/1", write_offs=("10.00",))
    assert _bridge(sold, settings) == [("voucher 2026-01-01/B/1", "write_off", "-10.00")]


def test_payment_booked_at_its_own_rate(given: Any, settings: Any) -> None:
    given.voucher("D/1", "2026-02-10", a2440="-1100.00", a4010="1100.00")
    given.voucher("E/1", "2026-03-10", a2440="1150.00", a1930="-1150.00")
    given.invoice("supplier", "1", "2026-02-10", "1100.00", "D/1", currency="EUR", rate="11")
    given.payment(
        ("supplier"), "1", "1", "2026-03-10", "1150.00", "E/1", currency="EUR", currency_amount="100.00"
    )
    assert _bridge(given, settings, AP_TIE_OUT) == [("voucher 2026-01-01/E/1", "currency", "-50.00")]


def test_opening_balance(given: Any, settings: Any) -> None:
    given.balance(("2026-01-01"), "opening_balance", "1510", "900.00").invoice(
        "customer", "9", "2025-12-01", "1000.00"
    )
    assert _bridge(given, settings) == [("opening", "opening_balance", "100.00")]


def _cash_year(empty_books: Any, booked: str) -> Any:
    """A cash-method year: one invoice paid within it, two open at its end, brought into the ledger by one voucher."""
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash")
    given.voucher("C/1", "2025-06-20", because=("INVOICEPAYMENT", "1"), a1930="500.00", a3001="-500.00")
    given.invoice("customer", "1", "2025-06-01", "500.00")
    given.payment("customer", "1", "1", "2025-06-20", "500.00", "C/1")
    given.invoice("customer", "2", "2025-10-01", "400.00").invoice("customer", "3", "2025-11-01", "70.00")
    given.voucher("M/1", "2025-12-31", a1510=booked, a3001=f"-{booked}")
    given.locked_until = "2025-12-31"
    return given


def test_a_cash_method_year_whose_sums_agree_has_no_term(empty_books: Any, settings: Any) -> None:
    assert _bridge(_cash_year(empty_books, "470.00"), settings) == []


def test_a_cash_method_year_is_one_term_with_the_voucher_of_its_end(empty_books: Any, settings: Any) -> None:
    given = _cash_year(empty_books, "460.00")
    assert _bridge(given, settings) == [("cash_method_year/2025-12-31", "cash_method", "10.00")]
    (term,) = AR_TIE_OUT.reconcile(given.books(), settings).tables["recon.bridges"].to_dicts()
    assert term["explanation"] == (
        "The 4 documents of the year until 2025-12-31 sum to 470.00 SEK, the ledger books 460.00 SEK"
        " (a cash-method year: documents and ledger meet at the year's end)."
    )
    assert (str(term["date"]), term["evidence"]) == ("2025-12-31", '["voucher 2025-01-01/M/1"]')


def test_terms_survive_a_tolerance_that_hides_the_finding(sold: Any, settings: Any) -> None:
    sold.voucher("M/1", "2026-03-01", a1510="0.40", a3740="-0.40")
    result = AR_TIE_OUT.reconcile(sold.books(), replace(settings, tolerance={"1510": Decimal("0.40")}))
    assert result.findings.is_empty()
    assert result.tables["recon.bridges"].filter(pl.col("difference") == Decimal("-0.40")).height == 1
