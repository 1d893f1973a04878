"""The page a user consents on, and the ways of being sent back from it.

A redirect address that is not registered is told on the page; everything else goes back to the integration with its
``state``. Which codes and tokens exist does not belong here; see ``oauth``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fortnox_emulator.oauth import TokenOffice
from fortnox_emulator.switches import Switches

_PAGE = """<!doctype html>
<html lang="sv"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{text}</p>{links}</html>
"""
_CHOICE = '<p><a href="{agree}">Godkänn</a> <a href="{refuse}">Neka</a></p>'


@dataclass(frozen=True)
class ConsentAnswer:
    """Where the browser is sent, or the page it is shown."""

    location: str = ""
    page: str = ""
    status: int = 200


def answer_consent(
    tokens: TokenOffice, switches: Switches, asked: Mapping[str, str], address: str
) -> ConsentAnswer:
    """The answer to a consent asked for with ``asked``. ``address`` is the page's own, for its two links."""
    registered = switches.redirect_uris
    redirect_uri = asked.get("redirect_uri", "")
    unknown = registered is not None and redirect_uri not in registered
    if asked.get("client_id") != tokens.client_id or not asked.get("state") or not redirect_uri or unknown:
        text = "redirect_uri_mismatch" if unknown else "invalid_request"
        return ConsentAnswer(page=_PAGE.format(title="Fel", text=text, links=""), status=400)
    error = _error(tokens, switches, asked)
    decision = asked.get("decision", "") if switches.consent_page else _decided(switches)
    if not error and not decision:
        return ConsentAnswer(page=_page(asked, address))
    if not error and decision == "agree":
        service = asked.get("account_type") == "service"
        code = tokens.authorization_code(asked.get("scope", ""), redirect_uri, service=service)
        return _back(asked, {"code": code})
    return _back(asked, {"error": error or "access_denied"})


def _decided(switches: Switches) -> str:
    return "agree" if switches.user_agrees else "refuse"


def _error(tokens: TokenOffice, switches: Switches, asked: Mapping[str, str]) -> str:
    """What is wrong with the request before any user is asked; empty when nothing is."""
    if asked.get("response_type") != "code":
        return "unsupported_response_type"
    if not frozenset(asked.get("scope", "").split()) <= tokens.scopes:
        return "invalid_scope"
    if asked.get("account_type") == "service" and not switches.service_accounts:
        return "error_client_not_allow_service_account"
    return ""


def _back(asked: Mapping[str, str], answer: Mapping[str, str]) -> ConsentAnswer:
    return ConsentAnswer(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}")


def _page(asked: Mapping[str, str], address: str) -> str:
    links = _CHOICE.format(
        agree=html.escape(f"{address}&decision=agree"), refuse=html.escape(f"{address}&decision=refuse")
    )
    text = html.escape(f"Emulatorns företag: {asked.get('scope', '')} {asked.get('account_type', '')}")
    return _PAGE.format(title="Godkänn integrationen?", text=text, links=links)
