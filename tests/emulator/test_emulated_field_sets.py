"""Answers carry the fields and types of the official description and of recordings; deviations are listed with why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fortnox_emulator.deviations import (
    DETAIL,
    DEVIATIONS,
    LIST,
    NOT_DESCRIBED,
    NOT_RECORDED,
    OTHER_THAN_RECORDED,
    OTHER_TYPE,
)

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
#: The emulated company has no rows of these.
EMPTY = {"assets", "assets/types", "orders", "taxreductions", "contracts"}
#: Recorded exchange -> the same kind of answer of ours.
RECORDED = {
    "accodeing_invoices_list": "invoices",
    "accodeing_customers_list": "customers",
    "accodeing_articles_list": "articles",
    "accodeing_projects_list": "projects",
    "accodeing_units_list": "units",
    "accodeing_termsofpayments_list": "termsofpayments",
    "arsredovisning_accounts_list_page1_of_12": "accounts",
    "arsredovisning_financialyears_list": "financialyears",
    "arsredovisning_vouchers_list_3pages": "vouchers",
    "accodeing_customer_detail_1": "customers/1",
    "accodeing_project_detail_1": "projects/P1",
    "accodeing_article_detail_1": "articles/1",
    "accodeing_invoice_detail_1": "invoices/1010",
    "accodeing_invoice_row_price_limit": "invoices/1010",
    "arsredovisning_account_detail_1931": "accounts/1930",
    "arsredovisning_voucher_detail_A17_with_removed_row": "vouchers/A/1",
}
NUMBERS = {"number", "integer"}
Differences = set[tuple[str, str, str, str]]


@pytest.fixture(scope="module")
def described(reference: Path) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((reference / "endpoint_fields.json").read_text(encoding="utf-8"))
    return fields


def records_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a list, or the one object of another answer."""
    value = next(value for key, value in body.items() if key != "MetaInformation")
    return value if isinstance(value, list) else [value]


def kind(value: object) -> str:
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, (int, Decimal)) else "nested"


def kinds(records: Sequence[dict[str, Any]], field: str) -> set[str]:
    return {kind(record[field]) for record in records if record.get(field) is not None}


def described_kind(type_name: str) -> str:
    """``number:double``, ``string enum(…)``, ``array<object:…>`` in the words of ``kind``."""
    plain = type_name.split(":", maxsplit=1)[0].split(" ", maxsplit=1)[0].split("<", maxsplit=1)[0]
    return {"string": "text", "boolean": "flag"}.get(plain, "number" if plain in NUMBERS else "nested")


def listed(*differences: str) -> Differences:
    return {
        (one.surface, one.answer, one.field, one.difference)
        for one in DEVIATIONS
        if one.difference in differences
    }


def off_description(
    surface: str, answer: str, records: Sequence[dict[str, Any]], wanted: dict[str, str]
) -> Iterator[tuple[str, str, str, str]]:
    names = set().union(*records)
    assert set(wanted) <= names, (surface, answer, set(wanted) - names)
    for field in names - set(wanted):
        yield surface, answer, field, NOT_DESCRIBED
    for field, type_name in wanted.items():
        if kinds(records, field) - {described_kind(type_name)}:
            yield surface, answer, field, OTHER_TYPE


def test_answers_are_as_described_but_for_the_listed_deviations(
    shared_api: Any, described: dict[str, Any]
) -> None:
    found: Differences = set()
    for surface, wanted in described.items():
        records = records_in(shared_api.json(surface, limit=500))
        assert (not records) is (surface in EMPTY), surface
        if not records:
            continue
        found |= set(off_description(surface, LIST, records, wanted["fields"]))
        if surface in DETAILS:
            body = shared_api.json(DETAILS[surface])
            assert wanted["detail_wrapper"] in body
            found |= set(off_description(surface, DETAIL, records_in(body), wanted["detail_fields"]))
    assert found == listed(NOT_DESCRIBED, OTHER_TYPE)


def test_answers_are_as_recorded_but_for_the_listed_deviations(shared_api: Any, reference: Path) -> None:
    found: Differences = set()
    compared = 0
    for name, path in RECORDED.items():
        exchange = json.loads((reference / "recorded" / f"{name}.json").read_text(encoding="utf-8"))[0]
        theirs = records_in(json.loads(exchange["response"]["body_raw"], parse_float=Decimal))
        surface, _, key = path.partition("/")
        ours = records_in(shared_api.json(path, **({} if key else {"limit": 500})))
        recorded, served = set().union(*theirs), set().union(*ours)
        assert recorded <= served, (name, recorded - served)
        where = (surface, DETAIL if key else LIST)
        found |= {(*where, field, NOT_RECORDED) for field in served - recorded}
        for field in recorded:
            pair = kinds(theirs, field), kinds(ours, field)
            if all(pair):
                compared += 1
                if not pair[0] & pair[1]:
                    found.add((*where, field, OTHER_THAN_RECORDED))
    assert compared > 200
    assert found == listed(NOT_RECORDED, OTHER_THAN_RECORDED)


def test_every_deviation_has_its_reason() -> None:
    assert len(DEVIATIONS) == len(listed(NOT_DESCRIBED, OTHER_TYPE, NOT_RECORDED, OTHER_THAN_RECORDED))
    assert all(deviation.why for deviation in DEVIATIONS)
