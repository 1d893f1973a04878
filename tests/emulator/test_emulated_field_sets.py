"""Lists and details carry exactly the fields of the official description; deviations are named with their reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

# surface -> (list or detail, field) -> why we differ from the description
EXTRA = {
    "invoices": {"InvoiceReference": "recorded in 2023 and 2024, absent from the description"},
    "voucherfileconnections": {"Name": "comes live, absent from the description"},
}
DETAILS = {
    "financialyears": "financialyears/1",
    "accounts": "accounts/1930",
    "predefinedaccounts": "predefinedaccounts/CUSTCLAIM",
    "vouchers": "vouchers/A/1",
    "voucherseries": "voucherseries/B",
    "invoices": "invoices/1010",
    "invoicepayments": "invoicepayments/5",
    "supplierinvoices": "supplierinvoices/5",
    "supplierinvoicepayments": "supplierinvoicepayments/5",
    "customers": "customers/1",
    "suppliers": "suppliers/1",
    "costcenters": "costcenters/KON",
    "projects": "projects/P1",
    "articles": "articles/1",
    "currencies": "currencies/EUR",
}
LISTS = [
    *DETAILS,
    "voucherfileconnections",
    "supplierinvoicefileconnections",
    "accountcharts",
    "predefinedvoucherseries",
]
SINGLES = ["companyinformation", "settings/company", "settings/lockedperiod", "me"]


@pytest.fixture(scope="module")
def described(reference: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((reference / "endpoint_fields.json").read_text(encoding="utf-8"))
    return fields


def item_of(body: dict[str, Any]) -> dict[str, Any]:
    """The record in an answer: the object under the wrapper, or the first row of the list."""
    value = next(value for key, value in body.items() if key != "MetaInformation")
    record: dict[str, Any] = value[0] if isinstance(value, list) else value
    return record


@pytest.mark.parametrize("surface", [*LISTS, *SINGLES])
def test_list_items_have_the_described_fields(
    shared_api: Any, described: dict[str, Any], surface: str
) -> None:
    item = item_of(shared_api.json(surface, limit=1))
    extra = {name for name in EXTRA.get(surface, {}) if surface == "voucherfileconnections"}
    assert set(item) == set(described[surface]["fields"]) | extra


@pytest.mark.parametrize("surface", DETAILS)
def test_details_have_the_described_fields(shared_api: Any, described: dict[str, Any], surface: str) -> None:
    body = shared_api.json(DETAILS[surface])
    wanted = described[surface]
    assert wanted["detail_wrapper"] in body
    assert set(item_of(body)) == set(wanted["detail_fields"]) | set(EXTRA.get(surface, {}))


def test_recorded_answers_have_our_shape(shared_api: Any, reference: Path) -> None:
    """Key for key and type for type against what was recorded live, where we serve the same thing."""
    compared = 0
    for name, path in {
        "accodeing_invoices_list.json": "invoices",
        "accodeing_customers_list.json": "customers",
        "accodeing_articles_list.json": "articles",
        "accodeing_projects_list.json": "projects",
        "accodeing_customer_detail_1.json": "customers/1",
        "accodeing_project_detail_1.json": "projects/P1",
        "accodeing_invoice_row_price_limit.json": "invoices/1010",
    }.items():
        exchange = json.loads((reference / "recorded" / name).read_text(encoding="utf-8"))[0]
        theirs, ours = item_of(json.loads(exchange["response"]["body_raw"])), item_of(shared_api.json(path))
        for field in theirs.keys() & ours.keys():
            pair = (theirs[field], ours[field])
            if None not in pair:
                assert _kind(pair[0]) == _kind(pair[1]), (name, field)
                compared += 1
    assert compared > 100


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number" if not isinstance(value, (list, dict)) else "nested"
