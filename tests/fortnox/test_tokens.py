"""Tokens: asked for once, renewed in time, never shown; every refusal says what to do."""

from __future__ import annotations

import base64
import traceback
from typing import Any

import httpx
import pytest
import respx

from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import (
    FortnoxError,
    NotConnected,
    SetupError,
    TokenRefreshFailed,
    UnexpectedResponse,
)
from pipelines.fortnox.tokens import ClientCredentials, Token

LOCKED = BY_NAME["locked_period"]
GOOD = {"LockedPeriod": {"EndDate": None}}


@pytest.fixture
def locked(fortnox: respx.MockRouter, api: Any) -> respx.Route:
    return fortnox.get(api("settings/lockedperiod")).respond(json=GOOD)


def test_the_token_is_asked_for_with_basic_and_tenant_and_put_on_requests(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route
) -> None:
    client.one(LOCKED)
    asked = fortnox["token"].calls.last.request
    basic = base64.b64encode(b"our-app:very-secret").decode()
    assert asked.headers["Authorization"] == f"Basic {basic}"
    assert asked.headers["TenantId"] == "1200001"
    assert asked.content == b"grant_type=client_credentials"
    assert locked.calls.last.request.headers["Authorization"] == "Bearer token-1"


def test_one_token_serves_until_five_minutes_before_its_end(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route, fake_time: Any
) -> None:
    for wait, tokens in ((0, 1), (3290, 1), (20, 2)):
        fake_time.now += wait
        client.one(LOCKED)
        assert fortnox["token"].call_count == tokens


def test_a_short_lived_token_is_used_for_half_its_life(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route, fake_time: Any
) -> None:
    fortnox["token"].respond(json={"access_token": "short", "expires_in": 60})
    for wait, tokens in ((0, 1), (29, 1), (2, 2)):
        fake_time.now += wait
        client.one(LOCKED)
        assert fortnox["token"].call_count == tokens


def test_a_token_that_dies_in_mid_run_is_renewed_once(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any
) -> None:
    fortnox["token"].side_effect = [
        httpx.Response(200, json={"access_token": name, "expires_in": 3600}) for name in ("old", "new")
    ]
    route = fortnox.get(api("settings/lockedperiod"))
    route.side_effect = [
        httpx.Response(401, json={"message": "unauthorized"}),
        httpx.Response(200, json=GOOD),
    ]
    assert client.one(LOCKED) == {"EndDate": None}
    assert client.requests == {"locked_period": 2}, "each in a time slot of its own"
    assert [call.request.headers["Authorization"] for call in route.calls] == ["Bearer old", "Bearer new"]


def test_a_new_token_refused_too_means_the_consent_is_gone(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any
) -> None:
    fortnox.get(api("settings/lockedperiod")).respond(401, json={"message": "unauthorized"})
    with pytest.raises(NotConnected, match="connect the company again") as caught:
        client.one(LOCKED)
    assert fortnox["token"].call_count == 2
    assert (caught.value.code, caught.value.exit) == ("FORTNOX_NOT_CONNECTED", 3)


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (401, '{"error":"invalid_client","error_description":"The client credentials are invalid"}',
        SetupError, "client_secret"), (400, '{"error":"invalid_scope"}', SetupError, "scopes"),
        (400, '{"error":"invalid_grant","error_description":"Invalid refresh token"}', NotConnected, "administrator"),
        (400, '{"error":"error_missing_license"}', NotConnected, "error_missing_license"),
        (403, "", NotConnected, "administrator"),
        (404, "<html>", UnexpectedResponse, "token_url"),
        (302, "", UnexpectedResponse, "token_url"),
        (200, "<html>", UnexpectedResponse, "token_url"),
        (200, '["token"]', UnexpectedResponse, "token_url"),
        (200, '{"access_token":"","expires_in":3600}', UnexpectedResponse, "token_url"),
        (200, '{"access_token":"t"}', UnexpectedResponse, "token_url"),
        (200, '{"access_token":"t\\nHost: x","expires_in":3600}', UnexpectedResponse, "token_url"),
        (200, '{"access_token":"tå","expires_in":3600}', UnexpectedResponse, "token_url"),
    ],
)  # fmt: skip
def test_each_refusal_says_what_to_do_whatever_its_content_type(
    client: FortnoxClient,
    fortnox: respx.MockRouter,
    locked: respx.Route,
    status: int,
    body: str,
    error: type[FortnoxError],
    says: str,
) -> None:  # fmt: skip
    fortnox["token"].respond(status, content=body.encode(), headers={"Content-Type": "text/html"})
    with pytest.raises(error, match=says):
        client.one(LOCKED)
    assert fortnox["token"].call_count == 1
    assert not locked.called


@pytest.mark.parametrize("trouble", [httpx.Response(503), httpx.Response(429), httpx.ConnectTimeout("late")])
def test_trouble_at_the_token_endpoint_is_retried_and_leaves_the_consent_alone(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route, trouble: Any
) -> None:
    good = httpx.Response(200, json={"access_token": "t", "expires_in": 3600})
    fortnox["token"].side_effect = [trouble, good]
    client.one(LOCKED)
    fortnox["token"].side_effect = trouble if isinstance(trouble, Exception) else None
    fortnox["token"].return_value = None if isinstance(trouble, Exception) else trouble


def test_a_token_endpoint_that_stays_down_ends_with_token_refresh_failed(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route, fake_time: Any
) -> None:
    fortnox["token"].respond(500, content=b"oops")
    with pytest.raises(TokenRefreshFailed, match="consent is untouched"):
        client.one(LOCKED)
    assert fortnox["token"].call_count == 5
    assert sum(fake_time.slept) == pytest.approx(15.0, abs=1.0)


def test_no_secret_and_no_token_is_in_any_message_repr_or_traceback(
    client: FortnoxClient, fortnox: respx.MockRouter, locked: respx.Route, credentials: ClientCredentials
) -> None:
    fortnox["token"].respond(401, json={"error": "invalid_client", "hint": "very-secret"})
    with pytest.raises(SetupError) as caught:
        client.one(LOCKED)
    told = "".join(traceback.format_exception(caught.value)) + repr(credentials) + repr(Token("token-1", 1.0))
    assert "very-secret" not in told
    assert "token-1" not in told
