"""Supplier register: accounts of two suppliers, inactive suppliers that are used."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.reconciliations.register_changes import REGISTER_CHANGES


def _told(given: Any, settings: Any) -> list[tuple[str, str, str]]:
    findings = REGISTER_CHANGES.reconcile(given.books(lambda frame: frame[::-1]), settings).findings
    return findings.sort("subject_key").select("rule", "subject_key", "explanation").rows()


def test_two_suppliers_on_one_account_however_it_is_written(given: Any, settings: Any) -> None:
    given.supplier("1", bankgiro="5050-1055", iban="SE12 0000").supplier("2", bankgiro="5050 1055")
    given.supplier("3", plusgiro="5050-1055", iban="se120000")
    assert _told(given, settings) == [
        ("shared_account", "bankgiro/50501055", "Bankgiro 50501055: expected one supplier, found 2: 1, 2."),
        ("shared_account", "iban/SE120000", "IBAN SE120000: expected one supplier, found 2: 1, 3."),
    ]


def test_no_account_zeros_and_inactive_suppliers_share_nothing(given: Any, settings: Any) -> None:
    given.supplier("1", bankgiro="", plusgiro="0").supplier("2", bankgiro="-", plusgiro="0")
    given.supplier("3", iban="SE1").supplier("4", iban="SE1", active=False)
    assert _told(given, settings) == []


@pytest.mark.parametrize(
    ("date", "balance", "used"),
    [
        ("2026-05-16", "0.00", True),
        ("2026-05-15", "0.00", False),
        ("2026-01-15", "0.01", True),
        ("2026-01-15", None, False),
    ],
    ids=["30 days ago", "31 days ago", "still open", "nothing stated"],
)
def test_inactive_supplier_that_is_used(
    given: Any, settings: Any, date: str, balance: str | None, used: bool
) -> None:
    given.supplier("7", active=False).invoice(
        "supplier", "12", date, "500.00", counterparty="7", balance=balance
    )
    told = (
        "Supplier 7 is inactive: expected no invoice that is open or dated since 2026-05-16, found 1 over 500.00 "
        "SEK: 12."
    )
    assert _told(given, settings) == ([("inactive_used", "7", told)] if used else [])


def test_active_and_cancelled_are_left_alone(given: Any, settings: Any) -> None:
    given.supplier("7", active=False).supplier("8").supplier("9", active=None)
    given.invoice("supplier", "1", "2026-06-01", "500.00", counterparty="7", cancelled=True)
    given.invoice("supplier", "2", "2026-06-01", "500.00", counterparty="8")
    given.invoice("supplier", "3", "2026-06-01", "500.00", counterparty="9")
    given.invoice("supplier", "4", "2026-06-01", "500.00", counterparty="unknown")
    assert _told(given, settings) == []


@pytest.mark.parametrize(
    ("noticed", "expected"),
    [
        ([("2026-05-16", "5050-1055", "5999-1234")], "5050-1055 as before, found 5999-1234 in the run of 2026-05-16"),
        ([("2026-05-15", "5050-1055", "5999-1234")], None),
        ([("2026-06-01", "1-1", "2-2"), ("2026-06-02", "2-2", "3-3")],
         "1-1 as before, found 3-3 in the run of 2026-06-02"),
        ([("2026-06-01", "1-1", "2-2"), ("2026-06-02", "2-2", "1 1")], None),
        ([("2026-06-01", None, "2-2")], None),
        ([("2026-06-01", "2-2", "")], None),
    ],
    ids=["30 days ago", "31 days ago", "changed twice", "changed back", "entered", "taken away"],
)  # fmt: skip
def test_account_of_a_supplier_that_changed(
    given: Any, settings: Any, noticed: list[tuple[str, str | None, str]], expected: str | None
) -> None:
    for date, before, after in noticed:
        given.change(date, "fortnox.suppliers", "7", "bg", before, after)
        given.change(date, "fortnox.suppliers", "7", "city", "Umeå", "Åre")
        given.change(date, "fortnox.customers", "7", "bg", "1", "2")
    told = ("account_changed", "7/bankgiro", f"Supplier 7: expected Bankgiro {expected}.")
    assert _told(given, settings) == ([told] if expected else [])


def test_without_a_history_changes_are_not_judged(given: Any, settings: Any) -> None:
    given.missing["changes"] = "no history of changes was kept (history.changes)"
    result = REGISTER_CHANGES.reconcile(given.books(), settings)
    assert result.remarks == (
        "accounts that changed were not judged: no history of changes was kept (history.changes)",
    )
