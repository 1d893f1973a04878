"""Which payments need their detail, and which details an earlier load already holds.

A list tells everything about a payment in kronor that one voucher names. Write-offs, the amount in a foreign currency
and the voucher of a payment that none or several name are only in the detail, one request each
(reference/fortnox/fortnox_api.md section 2.6). The detail of a booked payment whose list fields are all as they
were is taken from the warehouse: what is booked cannot be edited.

Fetching and reading belong in ``extraction.py`` and ``pipelines/held.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.fortnox.convert import Notes, Record, Row, Value, convert
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.fields import Table
from pipelines.fortnox.schema import CUSTOMER_PAYMENTS, SUPPLIER_PAYMENTS

LEDGER_CURRENCY: Final = "SEK"
PAYMENT_TABLES: Final[Mapping[str, Table]] = {
    "customer_payments": CUSTOMER_PAYMENTS,
    "supplier_payments": SUPPLIER_PAYMENTS,
}
#: What the voucher list calls a voucher that books a payment of the surface.
REFERENCE_TYPES: Final[Mapping[str, str]] = {
    "customer_payments": "INVOICEPAYMENT",
    "supplier_payments": "SUPPLIERPAYMENT",
}


@dataclass(frozen=True)
class HeldDetail:
    """A booked payment as an earlier load left it: the row with its detail's columns, and its write-offs."""

    row: Mapping[str, Value]
    write_offs: tuple[Row, ...]


HeldDetails = Mapping[str, Mapping[str, HeldDetail]]


def needs_detail(payment: Record, named_by_vouchers: Collection[str] | None) -> bool:
    """Whether the list leaves something out that the books need.

    ``named_by_vouchers`` are the payments exactly one voucher of the list names; None when the list was not read, of
    which nothing follows.
    """
    foreign = payment.get("Currency") not in (LEDGER_CURRENCY, "", None)
    if foreign or _true(payment, "WriteOffExist"):
        return True
    return (
        named_by_vouchers is not None
        and _true(payment, "Booked")
        and str(payment.get("Number")) not in named_by_vouchers
    )


def still_holds(endpoint: Endpoint, payment: Record, held: HeldDetail | None) -> bool:
    """Whether ``held`` is the detail of ``payment`` as it is today: booked then and now, every list field the same."""
    if held is None or not (_true(payment, "Booked") and held.row["booked"]):
        return False
    table = PAYMENT_TABLES[endpoint.name]
    added = {"company_id": held.row["company_id"], "detail_fetched": True}
    row = convert(table, payment, Notes(), added, detail=False)
    return all(row[field.column] == held.row[field.column] for field in table.fields if not field.detail)


def _true(payment: Record, name: str) -> bool:
    return payment.get(name) in (True, "true")
