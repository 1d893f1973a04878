"""Open items by how long they are overdue on 15 June 2026."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from transforms.reconciliations.ageing import AGEING


@pytest.mark.parametrize(
    ("due", "bucket"),
    [
        ("2026-06-15", "not_due"),
        ("2026-06-14", "1-30"),
        ("2026-05-16", "1-30"),
        ("2026-05-15", "31-60"),
        ("2026-04-16", "31-60"),
        ("2026-04-15", "61-90"),
        ("2026-03-17", "61-90"),
        ("2026-03-16", "over_90"),
    ],
)
def test_buckets_and_their_edges(given: Any, settings: Any, due: str, bucket: str) -> None:
    given.invoice("customer", "1", "2026-02-01", "100.00", due=due)
    table = AGEING.reconcile(given.books(), settings).tables["recon.ageing"]
    assert table.select("bucket", "items", "amount").rows() == [(bucket, 1, Decimal("100.00"))]


def test_only_the_oldest_bucket_is_told(given: Any, settings: Any) -> None:
    given.invoice("supplier", "1", "2026-01-02", "100.00", due="2026-01-31")
    given.invoice("supplier", "2", "2026-02-01", "50.00", due="2026-05-31")
    findings = AGEING.reconcile(given.books(), settings).findings
    assert findings["explanation"].to_list() == [
        "Account 2440 holds 1 document of the supplier subledger more than 90 days overdue on 2026-06-15, "
        "-100.00 SEK in all."
    ]


def test_settled_items_are_gone_and_payments_without_invoice_have_no_due_date(
    given: Any, settings: Any
) -> None:
    given.invoice("customer", "1", "2026-01-02", "100.00").payment(
        "customer", "1", "1", "2026-02-01", "100.00"
    )
    given.payment("customer", "2", None, "2026-02-01", "30.00")
    table = AGEING.reconcile(given.books(), settings).tables["recon.ageing"]
    assert table.select("bucket", "amount").rows() == [("no_due_date", Decimal("-30.00"))]


def test_buckets_are_a_setting(given: Any, settings: Any) -> None:
    given.invoice("customer", "1", "2026-02-01", "100.00", due="2026-06-01")
    table = AGEING.reconcile(given.books(), replace(settings, ageing_days=(10, 20))).tables["recon.ageing"]
    assert table["bucket"].to_list() == ["11-20"]
