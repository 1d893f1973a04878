"""Which payments are asked for their detail, and when what an earlier night brought is enough."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import respx

from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Notes, convert, with_detail_of
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import UnexpectedResponse
from pipelines.fortnox.extraction import Extraction
from pipelines.fortnox.payment_details import HeldDetail, needs_detail, still_holds
from pipelines.fortnox.resources import own_row, write_offs
from pipelines.fortnox.schema import CUSTOMER_PAYMENTS, CUSTOMER_WRITE_OFFS
from pipelines.surfaces import SilentProgress, SurfaceLog

PAYMENT = {
    "Number": 7, "InvoiceNumber": "11", "PaymentDate": "2026-03-02", "Amount": "990.5", "Currency": "EUR",
    "CurrencyRate": "11.35", "CurrencyUnit": 1, "Booked": True, "Source": "manual", "WriteOffExist": True,
}  # fmt: skip
DETAIL = {
    "AmountCurrency": Decimal("87.27"), "VoucherSeries": "C", "VoucherNumber": 4, "VoucherYear": 3,
    "WriteOffs": [{"AccountNumber": 3740, "Amount": Decimal("0.4"), "Currency": "EUR"}],
}  # fmt: skip


@pytest.fixture
def held() -> HeldDetail:
    """The payment as last night left it."""
    added = {"company_id": "acme", "detail_fetched": True}
    row = convert(CUSTOMER_PAYMENTS, {**PAYMENT, **DETAIL}, Notes(), added, detail=True)
    return HeldDetail(row, ({"company_id": "acme", "payment_number": "7", "position": 1},))


@pytest.mark.parametrize(
    ("payment", "named", "needed"),
    [
        ({"Currency": "SEK", "WriteOffExist": False, "Booked": True}, {"7"}, False),
        ({"Currency": "SEK", "WriteOffExist": "true", "Booked": True}, {"7"}, True),
        ({"Currency": "EUR", "WriteOffExist": False, "Booked": True}, {"7"}, True),
        ({"Currency": "SEK", "WriteOffExist": False, "Booked": True}, {"8"}, True),
        ({"Currency": "SEK", "WriteOffExist": False, "Booked": False}, {"8"}, False),
        ({"Currency": "SEK", "WriteOffExist": False, "Booked": True}, None, False),
    ],
    ids=["in kronor and named", "write-off", "foreign", "no voucher", "unbooked", "vouchers not read"],
)
def test_a_detail_is_needed_where_the_list_leaves_something_out(
    payment: dict[str, Any], named: set[str] | None, needed: bool
) -> None:
    assert needs_detail({"Number": 7, **payment}, named) is needed


def test_a_held_detail_holds_while_every_list_field_is_the_same(held: HeldDetail) -> None:
    endpoint = BY_NAME["customer_payments"]
    assert still_holds(endpoint, PAYMENT, held)
    assert still_holds(endpoint, {**PAYMENT, "Number": "7", "Amount": Decimal("990.50")}, held), "types flip"
    assert not still_holds(endpoint, PAYMENT, None)


@pytest.mark.parametrize(
    "change",
    [
        {"Amount": "990.51"}, {"PaymentDate": "2026-03-03"}, {"CurrencyRate": "11.36"},
        {"WriteOffExist": False}, {"InvoiceNumber": "12"}, {"Currency": "USD"}, {"Booked": False},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_any_change_of_the_list_asks_again(held: HeldDetail, change: dict[str, Any]) -> None:
    assert not still_holds(BY_NAME["customer_payments"], {**PAYMENT, **change}, held)


def test_what_was_not_booked_then_is_asked_again(held: HeldDetail) -> None:
    unbooked = HeldDetail({**held.row, "booked": False}, held.write_offs)
    assert not still_holds(BY_NAME["customer_payments"], {**PAYMENT, "Booked": False}, unbooked)
    assert not still_holds(BY_NAME["customer_payments"], PAYMENT, unbooked)


def test_a_held_detail_gives_the_same_rows_without_a_request(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any, listing_answer: Any, held: HeldDetail
) -> None:
    fortnox.get(api("invoicepayments")).mock(
        return_value=listing_answer("InvoicePayments", [PAYMENT], total=1)
    )
    log = SurfaceLog(SilentProgress(), lambda: 0.0, lambda surface: client.requests.get(surface, 0))
    extraction = Extraction(client, "acme", log, held={"customer_payments": {"7": held}})
    (chunk,) = extraction.chunks(BY_NAME["customer_payments"], {})
    (answer,) = chunk.answers
    notes = Notes()
    assert list(own_row(CUSTOMER_PAYMENTS, answer, "acme", notes)) == [held.row]
    assert list(write_offs(CUSTOMER_WRITE_OFFS, answer, "acme", notes)) == list(held.write_offs)
    assert client.requests["customer_payments"] == 1
    assert notes.counts == {}


def test_what_a_held_detail_and_tonights_list_have_beyond_the_description_is_both_kept(
    held: HeldDetail,
) -> None:
    older = {**held.row, "unknown_fields": '{"Clearing": "8901"}'}
    tonight = {**held.row, "voucher_number": None, "unknown_fields": '{"Channel": "app"}'}
    row = with_detail_of(CUSTOMER_PAYMENTS, tonight, older)
    assert row["unknown_fields"] == '{"Channel": "app", "Clearing": "8901"}'
    assert row["voucher_number"] == 4
    assert with_detail_of(CUSTOMER_PAYMENTS, {**tonight, "unknown_fields": None}, held.row) == held.row


def test_a_payment_that_cannot_be_read_is_refused_also_when_a_detail_is_held(held: HeldDetail) -> None:
    with pytest.raises(UnexpectedResponse, match="customer_payments/7/Amount"):
        still_holds(BY_NAME["customer_payments"], {**PAYMENT, "Amount": "many"}, held)
