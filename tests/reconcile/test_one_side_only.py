"""Checks of both subledgers where one is not licensed: made on the side that is there, the other one named."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from transforms.findings import carry_over
from transforms.reconciliations import RECONCILIATIONS, Outcome, reconcile

TUESDAY = dt.date(2026, 6, 16)
UNLICENSED = {"supplier_invoices": "supplier invoices were not loaded (fortnox.supplier_invoices)"}
BY_SIDE = {
    "ageing", "corrections", "credit_notes", "cut_off", "invoice_vouchers", "manual_control_vouchers", "matching",
    "payment_vouchers", "subsequent_settlement",
}  # fmt: skip


@pytest.fixture
def both_sides(given: Any) -> Any:
    """An invoice booked a month late and items long overdue on both sides; the suppliers' may be half a listing."""
    for which, account in (("customer", "1510"), ("supplier", "2440")):
        voucher = {f"a{account}": "400.00", "a3001": "-400.00"}
        given.voucher(f"{which[0].upper()}/1", "2026-03-05", **voucher)
        given.invoice(which, "1", "2026-02-05", "400.00", f"{which[0].upper()}/1", due="2026-02-06")
        given.invoice(which, "2", "2026-01-05", "-70.00", due="2026-01-06")
    return given


def night(given: Any, settings: Any, **missing: str) -> Outcome:
    given.missing = missing
    return reconcile(given.books(), settings)


def about(outcome: Outcome, check: str) -> list[str]:
    return sorted(str(one) for one in outcome.findings.filter(check=check)["account_number"])


def test_what_can_do_with_one_side_is_no_accident() -> None:
    assert {check.id for check in RECONCILIATIONS if check.by_side} == BY_SIDE


@pytest.mark.parametrize("check", ["ageing", "credit_notes", "cut_off"])
def test_the_side_that_is_there_is_judged_and_the_other_named(
    both_sides: Any, settings: Any, check: str
) -> None:
    both, one = night(both_sides, settings), night(both_sides, settings, **UNLICENSED)
    assert {"1510", "2440"} == set(about(both, check))
    assert set(about(one, check)) == {"1510"}
    assert one.remarks[check][0] == f"the supplier side was not judged: {UNLICENSED['supplier_invoices']}"
    assert check not in one.not_run
    assert not any(remark.startswith("the ") for remark in both.remarks.get(check, ()))


def test_without_either_side_it_is_not_run(both_sides: Any, settings: Any) -> None:
    gone = night(
        both_sides, settings, **UNLICENSED, customer_payments="customer payments were not loaded (x)"
    )
    assert BY_SIDE - gone.not_run.keys() == {"corrections", "manual_control_vouchers"}
    assert gone.not_run["cut_off"].count("were not loaded") == 2


def test_what_both_sides_need_is_needed_of_one_too(both_sides: Any, settings: Any) -> None:
    why = {"voucher_references": "what caused a voucher is not known (fortnox.vouchers)"}
    assert night(both_sides, settings, **UNLICENSED, **why).not_run["matching"] == why["voucher_references"]


def test_findings_of_the_side_that_was_not_judged_stay(both_sides: Any, settings: Any) -> None:
    """A licence that lapses resolves nothing; what is put right on the other side is resolved the same night."""
    monday = night(both_sides, settings)
    before = carry_over(None, monday.findings, as_of=settings.as_of, run_id="run-1")
    both_sides.documents["customer_invoices"].clear()
    tuesday = night(both_sides, settings, **UNLICENSED)
    after = carry_over(
        before,
        tuesday.findings,
        as_of=TUESDAY,
        run_id="run-2",
        not_run=tuesday.not_run,
        halves=tuesday.halves,
    )
    seen = after.filter(after["check"].is_in(["ageing", "credit_notes", "cut_off"]))
    assert set(seen.filter(account_number="1510")["resolved_at"]) == {TUESDAY}
    assert set(seen.filter(account_number="2440")["resolved_at"]) == {None}
