"""The state of a consent: ours, for one company and mode, and for a quarter of an hour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from pipelines.fortnox.consent import STATE_SECONDS, ConsentRequest
from pipelines.fortnox.endpoints import Choice
from pipelines.fortnox.errors import NoConsent
from pipelines.fortnox.scopes import scopes_for

NOW = 1_790_000_000.0
REQUEST = ConsentRequest(
    authorize_url="https://apps.fortnox.example/oauth-v1/auth",
    client_id="our-app",
    client_secret="very-secret",
    redirect_uri="http://127.0.0.1:8755/callback",
    scopes=("companyinformation", "invoice"),
    company="acme",
    mode="service",
)


def state(request: ConsentRequest = REQUEST) -> str:
    return str(httpx.URL(request.address(NOW, "n0nce")).params["state"])


def test_the_address_asks_for_what_the_reference_names() -> None:
    query = dict(httpx.URL(REQUEST.address(NOW, "n0nce")).params)
    del query["state"]
    assert query == {
        "client_id": "our-app",
        "response_type": "code",
        "scope": "companyinformation invoice",
        "redirect_uri": "http://127.0.0.1:8755/callback",
        "access_type": "offline",
        "account_type": "service",
    }
    assert "account_type" not in replace(REQUEST, mode="refresh").address(NOW, "n0nce")
    assert "very-secret" not in REQUEST.address(NOW, "n0nce") + repr(REQUEST)


def test_the_code_of_an_answer_with_our_state() -> None:
    assert REQUEST.code_in(f"code=abc&state={state()}", NOW + STATE_SECONDS - 1) == "abc"


@pytest.mark.parametrize(
    ("changes", "answer", "later", "says"),
    [
        ({}, "code=abc&state={state}", STATE_SECONDS, "more than 15 minutes ago"),
        ({}, "code=abc&state={state}0", 0, "its state is not ours"),
        ({}, "code=abc&state=acme.service.9999999999.n0nce.", 0, "its state is not ours"),
        ({}, "code=abc", 0, "its state is not ours"),
        ({}, "code=abc&state=%FF%C3%A5", 0, "its state is not ours"),
        ({"client_secret": "another"}, "code=abc&state={state}", 0, "its state is not ours"),
        ({"company": "umbrella"}, "code=abc&state={state}", 0, "is of acme in mode service, not of umbrella"),
        ({"mode": "refresh"}, "code=abc&state={state}", 0, "not of acme in mode refresh"),
        ({}, "code=&state={state}", 0, "has no code"),
        ({}, "error=access_denied&state={state}", 0, "access_denied"),
        ({}, "error=%3Cscript%3E&code=abc&state={state}", 0, "(no reason)"),
        ({}, "error=error_missing_license&state={state}", 0, "lacks a licence"),
    ],
)  # fmt: skip
def test_any_other_answer_is_no_consent(changes: dict[str, Any], answer: str, later: int, says: str) -> None:
    with pytest.raises(NoConsent) as caught:
        replace(REQUEST, **changes).code_in(answer.format(state=state()), NOW + later)
    assert says in str(caught.value)
    assert (caught.value.code, caught.value.exit) == ("FORTNOX_NO_CONSENT", 3)
    assert "abc" not in str(caught.value)


def test_a_surface_left_out_asks_for_no_scope_of_its_own() -> None:
    everything = scopes_for()
    assert everything[0] == "companyinformation"
    assert set(everything) - set(scopes_for(Choice(frozenset({"assets", "supplier_payments"})))) == {
        "assets"
    }, "customer payments still need the scope payment"
    assert scopes_for(Choice(frozenset({"company_information"}))) == everything
