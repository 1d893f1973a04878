"""Credit notes: settled or waiting, the right way round, no larger than what they can credit."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.reconciliations.credit_notes import CREDIT_NOTES

SIDES = pytest.mark.parametrize("which", ["customer", "supplier"])


def _found(given: Any, settings: Any, found: Any) -> list[tuple[str, str, str]]:
    return found(CREDIT_NOTES.reconcile(given.books(), settings).findings)


@SIDES
def test_credit_note_settled_against_its_original(given: Any, settings: Any, found: Any, which: str) -> None:
    given.invoice(which, "1", "2026-01-10", "100.00").invoice(which, "2", "2026-01-12", "-100.00")
    given.payment(which, "1", "1", "2026-01-15", "100.00").payment(which, "2", "2", "2026-01-15", "-100.00")
    assert _found(given, settings, found) == []


@SIDES
@pytest.mark.parametrize(
    ("date", "expected"),
    [("2026-04-16", []), ("2026-04-15", [("unmatched", "2", "-30.00")])],
    ids=["60 days ago", "61 days ago"],
)
def test_credit_note_left_open_in_part(
    given: Any, settings: Any, found: Any, which: str, date: str, expected: list[tuple[str, str, str]]
) -> None:
    given.invoice(which, "1", "2026-01-10", "100.00").invoice(which, "2", date, "-100.00")
    given.payment(which, "1", "2", "2026-05-02", "-70.00")
    assert _found(given, settings, found) == expected


@SIDES
@pytest.mark.parametrize(
    ("credited", "expected"),
    [("-100.00", []), ("-100.01", [("above_original", "2", "-0.01")])],
)
def test_credit_note_no_larger_than_the_largest_invoice(
    given: Any, settings: Any, found: Any, which: str, credited: str, expected: list[tuple[str, str, str]]
) -> None:
    given.invoice(which, "1", "2026-06-01", "100.00").invoice(which, "2", "2026-06-01", credited)
    given.invoice(which, "3", "2026-06-02", "900.00").invoice(
        which, "4", "2026-06-01", "900.00", counterparty="K2"
    )
    assert _found(given, settings, found) == expected


def test_credit_note_with_a_positive_total_is_told(given: Any, settings: Any, found: Any) -> None:
    given.invoice("supplier", "7", "2026-06-01", "50.00")
    given.documents["supplier_invoices"][0]["is_credit_note"] = True
    findings = CREDIT_NOTES.reconcile(given.books(), settings).findings
    assert found(findings) == [("wrong_sign", "7", "100.00")]
    assert findings["explanation"].to_list() == [
        "Supplier credit note 7 of 2026-06-01 is marked as a credit note but its total is 50.00 SEK."
    ]


def test_unbooked_and_cancelled_credit_notes_are_outside(given: Any, settings: Any, found: Any) -> None:
    given.invoice("customer", "1", "2026-01-10", "-100.00", booked=False)
    given.invoice("customer", "2", "2026-01-10", "-100.00", cancelled=True)
    assert _found(given, settings, found) == []
