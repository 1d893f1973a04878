"""Asking the token endpoint for an access token, and reading its answer.

``Credentials`` is the seam between ways of being authorised: client credentials with ``TenantId``, a stored refresh
token (``refresh_tokens.py``), or the code of a consent just given (``consent.py``). Facts:
reference/fortnox/fortnox_api.md section 5 (bodies come as JSON under ``text/html`` or ``text/plain``, so the content
type is never looked at).

Putting the token on requests belongs in ``auth.py``. Nothing here writes anything anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import httpx

from pipelines.fortnox.errors import (
    FortnoxError,
    NotConnected,
    SetupError,
    TokenRefreshFailed,
    UnexpectedResponse,
)

OUR_FAULT: Final = frozenset({"invalid_client", "invalid_request", "invalid_scope", "unsupported_grant_type"})
WHERE: Final = "the token endpoint"


@dataclass(frozen=True)
class Token:
    """An access token, for how many seconds it lives and what it covers; held in memory only.

    ``scopes`` is None where the endpoint does not say.
    """

    value: str = field(repr=False)
    lifetime: float
    scopes: frozenset[str] | None = None


class Credentials(Protocol):
    """A way of being authorised for one company."""

    def renewal(self) -> AbstractContextManager[None]:
        """Held from before the token is asked for until its answer is accepted."""
        ...

    def token_request(self) -> httpx.Request:
        """The request that asks for a token."""
        ...

    def accept(self, response: httpx.Response) -> Token:
        """The token in ``response``; raises the error that says what to do when there is none."""
        ...


@dataclass(frozen=True)
class ClientCredentials:
    """The service account a system administrator has consented to; no refresh token to lose.

    ``tenant_id`` is Fortnox's DatabaseNumber of the company.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    tenant_id: str

    def renewal(self) -> AbstractContextManager[None]:
        """Nothing is kept, so nothing is held."""
        return nullcontext()

    def token_request(self) -> httpx.Request:
        """POST with HTTP Basic and the ``TenantId`` header."""
        return token_request(self, {"grant_type": "client_credentials"}, TenantId=self.tenant_id)

    def accept(self, response: httpx.Response) -> Token:
        """The token; a tenant that has not consented may be the wrong one."""
        try:
            return read_token(response)
        except NotConnected:
            raise NotConnected(
                f"{WHERE} gave no token for tenant {self.tenant_id} ({response.status_code}, {refusal_of(response)});"
                " check tenant_id, or let a system administrator connect the company again (tieout connect)."
            ) from None


class Client(Protocol):
    """The integration as the token endpoint knows it."""

    @property
    def token_url(self) -> str: ...

    @property
    def client_id(self) -> str: ...

    @property
    def client_secret(self) -> str: ...


def token_request(client: Client, form: Mapping[str, str], **headers: str) -> httpx.Request:
    """POST of ``form`` to the token endpoint with HTTP Basic."""
    request = httpx.Request(
        "POST", client.token_url, data=dict(form), headers={"Accept": "application/json", **headers}
    )
    return next(httpx.BasicAuth(client.client_id, client.client_secret).sync_auth_flow(request))


def read_token(response: httpx.Response) -> Token:
    """The token of a successful answer, or the error that says what the caller must do."""
    if response.status_code >= 500 or response.status_code == 429:
        raise TokenRefreshFailed(
            f"{WHERE} answered {response.status_code}; the consent is untouched, run again later."
        )
    payload = _payload(response)
    if response.status_code != 200:
        raise _refusal(response.status_code, str(payload.get("error", "")))
    value, lifetime = payload.get("access_token"), payload.get("expires_in")
    if not _is_token(value) or not isinstance(lifetime, (int, float)):
        raise UnexpectedResponse(
            f"{WHERE} answered without a token; check that token_url is Fortnox's.", path="token"
        )
    scope = payload.get("scope")
    return Token(str(value), float(lifetime), frozenset(scope.split()) if isinstance(scope, str) else None)


def read_refresh_token(response: httpx.Response) -> str | None:
    """The refresh token of a successful answer, None when there is none."""
    value = _payload(response).get("refresh_token") if response.status_code == 200 else None
    return value if isinstance(value, str) and value else None


def refusal_of(response: httpx.Response) -> str:
    """OAuth's own word for why there is no token, as it may be shown."""
    return shown_word(str(_payload(response).get("error", "")))


def shown_word(error: str) -> str:
    """A refusal's word as it may be shown: what is no word is not repeated."""
    return error if error.replace("_", "").isalnum() and len(error) < 60 else "no reason"


def _is_token(value: object) -> bool:
    """Whether a header can carry the value."""
    return isinstance(value, str) and bool(value) and value.isascii() and value.isprintable()


def _payload(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of the body, or nothing."""
    try:
        payload = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _refusal(status: int, error: str) -> FortnoxError:
    """What a refusal at the token endpoint means; ``error`` is OAuth's own word for it."""
    if error in OUR_FAULT:
        return SetupError(
            f"{WHERE} refused us ({status}, {error}); check client_id, client_secret and the app's scopes."
        )
    if error or status in {401, 403}:
        return NotConnected(
            f"{WHERE} gave no token for this company ({status}, {shown_word(error)}); "
            "a system administrator must connect it again (tieout connect)."
        )
    return UnexpectedResponse(
        f"{WHERE} answered {status} without saying why; check that token_url is Fortnox's.", path="token"
    )
