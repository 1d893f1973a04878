"""Vouchers registered long after their month: counted per month, beside how common it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from transforms.reconciliations.registration_lag import REGISTRATION_LAG


@pytest.mark.parametrize(
    ("registered", "expected"),
    [
        ("2026-02-03", []),
        ("2026-04-19", []),
        ("2026-04-20", [("late", "2026-01-01/2026-02", "-")]),
    ],
    ids=["the same day", "day 50 after the month", "day 51"],
)
def test_fifty_days_after_the_month(
    given: Any, settings: Any, found: Any, registered: str, expected: list[tuple[str, str, str]]
) -> None:
    given.voucher("A/1", "2026-02-03", registered=registered, a1930="1.00", a3001="-1.00")
    assert found(REGISTRATION_LAG.reconcile(given.books(), settings).findings) == expected


def test_late_vouchers_of_a_month_are_one_finding_with_the_base_rate(given: Any, settings: Any) -> None:
    for number, registered in enumerate(("2026-05-01", "2026-05-30", "2026-02-03"), start=1):
        given.voucher(f"A/{number}", "2026-02-03", registered=registered, a1930="1.00", a3001="-1.00")
    given.voucher("A/4", "2026-03-03", registered="2026-03-03", a1930="1.00", a3001="-1.00")
    result = REGISTRATION_LAG.reconcile(given.books(lambda frame: frame[::-1]), settings)
    assert result.findings["explanation"].to_list() == [
        "Of 3 vouchers of 2026-02 2 were registered more than 50 days after its end, the last of them A/2 on "
        "2026-05-30, 91 days after it; in all the books 2 of 4."
    ]


def test_closing_series_may_be_late_and_unknown_dates_are_remarked(given: Any, settings: Any) -> None:
    given.voucher("Å/1", "2026-01-31", registered="2026-06-01", a1930="1.00", a3001="-1.00")
    given.voucher("A/1", "2026-01-31", a1930="1.00", a3001="-1.00")
    result = REGISTRATION_LAG.reconcile(given.books(), replace(settings, closing_series=("Å",)))
    assert result.findings.is_empty()
    assert result.remarks == ("1 voucher without a registration date not judged",)
