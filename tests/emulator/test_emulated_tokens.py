"""OAuth as recorded: rotating single-use refresh tokens, client credentials, an hour's life, odd content types."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fortnox_emulator import Switches


def test_client_credentials_need_the_tenant(connect: Callable[..., Any]) -> None:
    api = connect()
    answer = api.ask_token({"grant_type": "client_credentials"}, TenantId=api.emulator.tenant_id)
    body = answer.json()
    assert set(body) == {"access_token", "expires_in", "token_type", "scope"}
    assert (body["expires_in"], body["token_type"]) == (3600, "bearer")
    assert answer.headers["cache-control"] == "no-store"
    wrong = api.ask_token({"grant_type": "client_credentials"}, TenantId="7")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")


def test_a_wrong_secret_is_invalid_client_under_text_plain(connect: Callable[..., Any]) -> None:
    api = connect()
    answer = api.http.post("/oauth-v1/token", data={"grant_type": "client_credentials"}, auth=("a", "b"))
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"
    assert (
        answer.text == '{"error":"invalid_client","error_description":"The client credentials are invalid"}'
    )


def test_a_refresh_token_works_once(connect: Callable[..., Any]) -> None:
    api = connect()
    first = {"grant_type": "refresh_token", "refresh_token": api.emulator.tokens.refresh_token()}
    rotated = api.ask_token(first).json()
    assert rotated["refresh_token"] != first["refresh_token"]
    again = api.ask_token(first)
    assert again.status_code == 400
    assert again.headers["content-type"] == "text/html; charset=UTF-8"
    assert again.text == '{"error":"invalid_grant","error_description":"Invalid refresh token"}'
    assert api.ask_token(first | {"refresh_token": rotated["refresh_token"]}).status_code == 200


def test_consent_hands_out_a_code_for_the_scopes_asked(connect: Callable[..., Any]) -> None:
    api = connect(switches=Switches(consent=False))
    tenant = {"TenantId": api.emulator.tenant_id}
    assert api.ask_token({"grant_type": "client_credentials"}, **tenant).status_code == 400
    asked = {
        "client_id": api.emulator.client_id,
        "redirect_uri": "http://127.0.0.1:1/callback",
        "state": "åäö",
        "scope": "invoice customer",
        "response_type": "code",
        "account_type": "service",
    }
    answer = api.http.get("/oauth-v1/auth", params=asked)
    assert answer.status_code == 302
    query = dict(pair.split("=") for pair in answer.headers["location"].partition("?")[2].split("&"))
    form = {"grant_type": "authorization_code", "code": query["code"], "redirect_uri": asked["redirect_uri"]}
    body = api.ask_token(form).json()
    assert body["scope"] == "invoice customer"
    assert api.ask_token(form).status_code == 400, "a code works once"
    api.token = body["access_token"]
    assert api.get("customers").status_code == 200
    assert api.get("suppliers").status_code == 403
    assert api.ask_token({"grant_type": "client_credentials"}, **tenant).status_code == 200, (
        "consent was for a service"
    )


def test_an_access_token_dies_after_an_hour(connect: Callable[..., Any]) -> None:
    api = connect()
    api.emulator.pass_time(3599)
    assert api.get("customers").status_code == 200
    api.emulator.pass_time(2)
    assert api.get("customers").text == '{"message":"unauthorized"}'


def test_a_revoked_refresh_token_is_dead(connect: Callable[..., Any]) -> None:
    api = connect()
    token = api.emulator.tokens.refresh_token()
    auth = (api.emulator.client_id, api.emulator.client_secret)
    assert api.http.post("/oauth-v1/revoke", data={"token": token}, auth=auth).json() == {"revoked": True}
    assert api.ask_token({"grant_type": "refresh_token", "refresh_token": token}).status_code == 400


REDIRECT = "http://127.0.0.1:1/callback"


def consented(api: Any, **asked: str) -> httpx.URL:
    """Where the consent address sends the browser."""
    query = {
        "client_id": api.emulator.client_id,
        "redirect_uri": REDIRECT,
        "state": "s",
        "response_type": "code",
    }
    answer = api.http.get("/oauth-v1/auth", params=query | asked)
    assert answer.status_code == 302
    back = httpx.URL(answer.headers["location"])
    assert (str(back.copy_with(query=None)), back.params["state"]) == (REDIRECT, "s")
    return back


@pytest.mark.parametrize(
    ("switches", "asked", "error"),
    [
        ({"user_agrees": False}, {}, "access_denied"),
        ({"granted_scopes": frozenset({"invoice"})}, {"scope": "invoice customer"}, "invalid_scope"),
        ({"service_accounts": False}, {"account_type": "service"}, "error_client_not_allow_service_account"),
        ({}, {"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_refusal_goes_back_without_a_code(
    connect: Callable[..., Any], switches: dict[str, Any], asked: dict[str, str], error: str
) -> None:
    back = consented(connect(switches=Switches(consent=False, **switches)), **asked)
    assert (back.params["error"], "code" in back.params) == (error, False)


def test_a_code_is_for_its_redirect_address_and_ten_minutes(connect: Callable[..., Any]) -> None:
    api = connect()
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    elsewhere = form | {"code": consented(api).params["code"], "redirect_uri": "http://127.0.0.1:2/callback"}
    late = form | {"code": consented(api).params["code"]}
    good = form | {"code": consented(api).params["code"]}
    assert api.ask_token(elsewhere).json()["error"] == "invalid_grant"
    assert api.ask_token(good).status_code == 200
    api.emulator.pass_time(601)
    assert api.ask_token(late).json()["error"] == "invalid_grant"


def test_a_service_account_has_the_scopes_consented_to(connect: Callable[..., Any]) -> None:
    api = connect(switches=Switches(consent=False))
    consented(api, scope="invoice customer", account_type="service")
    answer = api.ask_token({"grant_type": "client_credentials"}, TenantId=api.emulator.tenant_id)
    assert answer.json()["scope"] == "invoice customer"


def test_the_consent_page_asks_and_an_unknown_redirect_address_is_told_there(
    connect: Callable[..., Any],
) -> None:
    api = connect(switches=Switches(consent_page=True, redirect_uris=frozenset({REDIRECT})))
    query = {
        "client_id": api.emulator.client_id,
        "redirect_uri": REDIRECT,
        "state": "s",
        "response_type": "code",
    }
    page = api.http.get("/oauth-v1/auth", params=query)
    assert page.status_code == 200
    agree, refuse = (html.unescape(link) for link in re.findall(r'href="([^"]+)"', page.text))
    assert "code=" in api.http.get(agree).headers["location"]
    assert "error=access_denied" in api.http.get(refuse).headers["location"]
    wrong = api.http.get("/oauth-v1/auth", params=query | {"redirect_uri": "http://127.0.0.1:2/"})
    assert (wrong.status_code, "redirect_uri_mismatch" in wrong.text) == (400, True)
    assert "location" not in wrong.headers
