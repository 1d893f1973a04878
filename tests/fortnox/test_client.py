"""The client against a table of answers: errors mapped, retried and worded; listings whole or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import (
    FortnoxError,
    Incomplete,
    NetworkTrouble,
    NotLicensed,
    RateLimited,
    Rejected,
    ServerTrouble,
    UnexpectedResponse,
)

LOCKED = BY_NAME["locked_period"]
INVOICES = BY_NAME["customer_invoices"]
PREDEFINED = BY_NAME["predefined_accounts"]
SIE = BY_NAME["sie"]
GOOD = httpx.Response(200, json={"LockedPeriod": {"EndDate": "2026-06-30"}})

Answer = Callable[..., httpx.Response]
Api = Callable[[str], str]


def invoices(first: int, last: int) -> list[dict[str, Any]]:
    return [{"DocumentNumber": str(number)} for number in range(first, last + 1)]


@pytest.fixture
def locked(fortnox: respx.MockRouter, api: Api) -> respx.Route:
    return fortnox.get(api("settings/lockedperiod"))


@pytest.fixture
def listed(fortnox: respx.MockRouter, api: Api) -> respx.Route:
    return fortnox.get(api("invoices"))


def lower(message: str, code: object) -> str:
    """Error information in the casing of the newer endpoints."""
    return json.dumps({"ErrorInformation": {"error": 1, "message": message, "code": code}})


def upper(message: str, code: object) -> str:
    """Error information in the casing of the older endpoints."""
    return json.dumps({"ErrorInformation": {"Error": 1, "Message": message, "Code": code}})


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, lower("Ett ogiltigt filter har använts.", 2000587), Rejected, 2000587),
        (404, upper("Kan inte hitta kunden.", 2000433), Rejected, 2000433),
        (400, lower("Ogiltig parameter", "2000588"), Rejected, 2000588),
        (404, '{"message":"No such route"}', Rejected, None),
        (405, "", Rejected, None),
        (403, upper("Saknar behörighet", 2000663), NotLicensed, 2000663),
        (400, lower("Har inte behörighet för scope.", 2000663), NotLicensed, 2000663),
        (400, lower("Licens saknas", 7), NotLicensed, 7),
        (403, "<html>Forbidden</html>", NotLicensed, None),
    ],
)
def test_a_refusal_is_named_at_once_in_either_casing(
    client: FortnoxClient,
    locked: respx.Route,
    status: int,
    body: str,
    error: type[Rejected | NotLicensed],
    code: int | None,
) -> None:
    locked.respond(status, content=body.encode(), headers={"Content-Type": "text/html"})
    with pytest.raises(error, match="settings/lockedperiod") as caught:
        client.one(LOCKED)
    assert (caught.value.status, caught.value.fortnox_code) == (status, code)
    assert locked.call_count == 1
    if isinstance(caught.value, NotLicensed):
        assert caught.value.scope == "settings"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503, text="<html>"),
        httpx.Response(400, json={"ErrorInformation": {"error": 1, "message": "fel", "code": 1000003}}),
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "7"}, json={"message": "Too many"}),
        httpx.Response(200, content=b'{"LockedPeriod": {"EndDa'),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
    ],
)
def test_passing_trouble_is_outlived(client: FortnoxClient, locked: respx.Route, trouble: Any) -> None:
    locked.side_effect = [trouble, trouble, GOOD]
    assert client.one(LOCKED) == {"EndDate": "2026-06-30"}
    assert client.requests == {"locked_period": 3}


@pytest.mark.parametrize(
    ("trouble", "error", "says"),
    [
        (httpx.Response(500), ServerTrouble, "run again later"),
        (httpx.Response(429), RateLimited, "slow down"),
        (httpx.ConnectError("secret detail"), NetworkTrouble, "no connection"),
        (httpx.ReadTimeout("secret detail"), NetworkTrouble, "no answer in time"),
        (httpx.Response(200, content=b'{"LockedPeriod": '), NetworkTrouble, "cut off"),
    ],
)
def test_lasting_trouble_ends_within_two_minutes_with_one_sentence(
    client: FortnoxClient,
    locked: respx.Route,
    fake_time: Any,
    trouble: Any,
    error: type[FortnoxError],
    says: str,
) -> None:
    locked.side_effect = [trouble] * 5
    with pytest.raises(error, match=says) as caught:
        client.one(LOCKED)
    assert sum(fake_time.slept) < 120
    assert caught.value.retry
    assert "secret detail" not in str(caught.value)


def test_retry_after_is_honoured(client: FortnoxClient, locked: respx.Route, fake_time: Any) -> None:
    locked.side_effect = [httpx.Response(429, headers={"Retry-After": "12"}), GOOD]
    began = fake_time.now
    client.one(LOCKED)
    assert 12 <= fake_time.now - began < 13


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        (httpx.Response(200, text="<html>Underhåll</html>"), "settings/lockedperiod"),
        (httpx.Response(200, content=b"\xff\xfe\x00"), "settings/lockedperiod"),
        (httpx.Response(200, json=[]), "settings/lockedperiod"),
        (httpx.Response(200, json={"Other": {}}), "settings/lockedperiod"),
        (httpx.Response(200, json={"LockedPeriod": []}), "settings/lockedperiod/LockedPeriod"),
        (httpx.Response(200, content=b"[" * 100_000), "settings/lockedperiod"),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), "settings/lockedperiod"),
        (httpx.Response(204), "settings/lockedperiod"),
    ],
)
def test_an_answer_of_another_shape_is_refused_by_place(
    client: FortnoxClient, locked: respx.Route, answer: httpx.Response, path: str
) -> None:
    locked.mock(return_value=answer)
    with pytest.raises((UnexpectedResponse, Rejected), match="settings/lockedperiod") as caught:
        client.one(LOCKED)
    assert getattr(caught.value, "path", path) == path
    assert locked.call_count == 1


def test_numbers_are_decimals_from_the_text_of_the_answer(client: FortnoxClient, listed: respx.Route) -> None:
    listed.respond(
        content=b'{"MetaInformation":{"@TotalResources":1,"@TotalPages":1,"@CurrentPage":1},'
        b'"Invoices":[{"DocumentNumber":"1","Total":9007199254740993.27,"Balance":0.1}]}'
    )
    (record,) = client.listing(INVOICES).records
    assert (record["Total"], record["Balance"]) == (Decimal("9007199254740993.27"), Decimal("0.1"))


def test_not_a_number_is_not_json(client: FortnoxClient, listed: respx.Route) -> None:
    listed.respond(content=b'{"Invoices":[{"DocumentNumber":"1","Total":NaN}]}')
    with pytest.raises(FortnoxError):
        client.listing(INVOICES)


def test_a_listing_is_read_page_by_page_and_never_beyond_the_last(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.side_effect = [
        listing_answer("Invoices", invoices(1, 500), total=1001, pages=3, current=1),
        listing_answer("Invoices", invoices(501, 1000), total=1001, pages=3, current=2),
        listing_answer("Invoices", invoices(1001, 1001), total=1001, pages=3, current=3),
    ]
    heard: list[int] = []
    listing = client.listing(INVOICES, heard.append)
    assert [record["DocumentNumber"] for record in listing.records] == [str(n) for n in range(1, 1002)]
    assert (listing.stated, heard) == (1001, [500, 500, 1])
    queries = [dict(call.request.url.params) for call in listed.calls]
    assert queries == [{"limit": "500"}, {"limit": "500", "page": "2"}, {"limit": "500", "page": "3"}]


def test_an_empty_listing_is_one_request(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.mock(return_value=listing_answer("Invoices", [], total=0, pages=0))
    assert client.listing(INVOICES).records == []
    assert listed.call_count == 1


def test_a_page_size_smaller_than_asked_for_is_followed(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.side_effect = [
        listing_answer("Invoices", invoices(1, 100), total=150, pages=2, current=1),
        listing_answer("Invoices", invoices(101, 150), total=150, pages=2, current=2),
    ]
    assert len(client.listing(INVOICES).records) == 150


def test_a_row_inserted_between_pages_makes_it_read_again(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.side_effect = [
        listing_answer("Invoices", invoices(1, 2), total=4, pages=2, current=1),
        listing_answer("Invoices", invoices(3, 4), total=5, pages=2, current=2),
        listing_answer("Invoices", invoices(1, 3), total=5, pages=2, current=1),
        listing_answer("Invoices", invoices(4, 5), total=5, pages=2, current=2),
    ]
    heard: list[int] = []
    assert len(client.listing(INVOICES, heard.append).records) == 5
    assert heard == [2, 2]


def test_a_last_page_that_rows_deleted_in_between_took_away_makes_it_read_again(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    """What a page past the end answers is unconfirmed: without rows, or refused."""
    refusal = {
        "ErrorInformation": {"error": 1, "message": "Ogiltig parameter i anropet (page).", "code": 2000588}
    }
    for past_the_end in (
        listing_answer("Invoices", [], total=2, pages=1, current=2),
        httpx.Response(400, json=refusal),
    ):
        listed.side_effect = [
            listing_answer("Invoices", invoices(1, 2), total=3, pages=2, current=1),
            past_the_end,
            listing_answer("Invoices", invoices(1, 2), total=2, pages=1, current=1),
        ]
        assert len(client.listing(INVOICES).records) == 2
    listed.side_effect = None
    listed.return_value = httpx.Response(400, json=refusal)
    with pytest.raises(Rejected):
        client.listing(INVOICES)


@pytest.mark.parametrize(
    "rows",
    [invoices(1, 2), invoices(1, 4), [*invoices(1, 2), *invoices(2, 2)], []],
    ids=["one dropped", "one too many", "one twice", "none"],
)
def test_a_listing_that_never_adds_up_is_incomplete(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer, rows: list[Any]
) -> None:
    listed.mock(return_value=listing_answer("Invoices", rows, total=3))
    with pytest.raises(Incomplete, match="incomplete: Fortnox says 3 rows exist") as caught:
        client.listing(INVOICES)
    assert listed.call_count == 3
    assert (caught.value.surface, caught.value.expected) == ("customer_invoices", 3)


def test_the_same_page_again_is_refused(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.mock(return_value=listing_answer("Invoices", invoices(1, 2), total=4, pages=2, current=1))
    with pytest.raises(UnexpectedResponse, match="asked for page 2"):
        client.listing(INVOICES)


def test_without_meta_it_reads_until_a_page_is_empty(client: FortnoxClient, listed: respx.Route) -> None:
    listed.side_effect = [
        httpx.Response(200, json={"Invoices": rows}) for rows in (invoices(1, 2), invoices(3, 3), [])
    ]
    listing = client.listing(INVOICES)
    assert (len(listing.records), listing.stated) == (3, None)


def test_without_meta_it_reads_until_a_page_is_refused(client: FortnoxClient, listed: respx.Route) -> None:
    refusal = {"ErrorInformation": {"error": 1, "message": "Ogiltig parameter", "code": 2000588}}
    pages = [httpx.Response(200, json={"Invoices": rows}) for rows in (invoices(1, 2), invoices(3, 4))]
    listed.side_effect = [*pages, httpx.Response(400, json=refusal)]
    assert len(client.listing(INVOICES).records) == 4


def test_without_meta_an_endpoint_that_ignores_page_is_read_once(
    client: FortnoxClient, listed: respx.Route
) -> None:
    listed.respond(json={"Invoices": invoices(1, 2)})
    assert len(client.listing(INVOICES).records) == 2
    assert listed.call_count == 2


def test_without_meta_a_row_inserted_between_pages_makes_it_read_again(
    client: FortnoxClient, listed: respx.Route
) -> None:
    first, shifted = (invoices(1, 2), invoices(2, 4)), (invoices(0, 1), invoices(2, 3), invoices(4, 4))
    listed.side_effect = [httpx.Response(200, json={"Invoices": rows}) for rows in (*first, [], *shifted, [])]
    assert [record["DocumentNumber"] for record in client.listing(INVOICES).records] == list("01234")


def test_a_list_that_comes_whole_is_asked_for_once_and_without_paging(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Api
) -> None:
    route = fortnox.get(api("predefinedaccounts")).respond(
        json={"PreDefinedAccounts": [{"Name": "CUSTCLAIM", "Account": 1510}]}
    )
    assert len(client.listing(PREDEFINED).records) == 1
    assert [str(call.request.url.query, "ascii") for call in route.calls] == [""]


def test_counting_is_one_request_for_one_row(
    client: FortnoxClient, listed: respx.Route, listing_answer: Answer
) -> None:
    listed.mock(return_value=listing_answer("Invoices", invoices(1, 1), total=20_000, pages=20_000))
    assert client.count(INVOICES) == 20_000
    assert dict(listed.calls.last.request.url.params) == {"limit": "1"}


def test_a_count_without_meta_is_unknown_and_not_zero(client: FortnoxClient, listed: respx.Route) -> None:
    listed.respond(json={"Invoices": []})
    with pytest.raises(UnexpectedResponse, match="does not say how many"):
        client.count(INVOICES)


@pytest.mark.parametrize(
    "meta", [{"@TotalResources": "many"}, {}, [], {"@TotalResources": 1, "@TotalPages": None}]
)
def test_paging_figures_that_cannot_be_read_are_refused(
    client: FortnoxClient, listed: respx.Route, meta: Any
) -> None:
    listed.respond(json={"MetaInformation": meta, "Invoices": invoices(1, 1)})
    with pytest.raises(UnexpectedResponse, match="paging figures"):
        client.listing(INVOICES)


@pytest.mark.parametrize("number", ["1/email", "abc", "", "{'a': 1}", "..", "１"])
def test_a_detail_is_asked_for_by_a_number_only(client: FortnoxClient, number: str) -> None:
    with pytest.raises(UnexpectedResponse, match="invoicepayments"):
        client.detail(BY_NAME["customer_payments"], number)
    assert client.requests == {}


def test_sie_bytes_come_through_untouched(client: FortnoxClient, fortnox: respx.MockRouter, api: Api) -> None:
    content = '#FNAMN "Åkes Måleri"\r\n'.encode("cp437")
    route = fortnox.get(api("sie/4")).respond(content=content)
    assert client.content(SIE, financialyear="2") == content
    assert dict(route.calls.last.request.url.params) == {"financialyear": "2"}
    route.respond(content=b"")
    with pytest.raises(UnexpectedResponse, match="empty body"):
        client.content(SIE, financialyear="2")
