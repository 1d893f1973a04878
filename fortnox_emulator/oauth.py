"""The token endpoint's memory: clients, codes, access tokens for an hour, refresh tokens good for one use.

Every answer is ``(status, content type, body)`` with the odd content types the real endpoint sends. What does not
belong here: HTTP parsing, and what a token may read.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 45 * 24 * 3600
CODE_SECONDS = 600

ALL_SCOPES = (
    *(
        "companyinformation",
        "bookkeeping",
        "invoice",
        "payment",
        "supplierinvoice",
        "supplier",
        "customer",
        "article",
    ),
    *(
        "costcenter",
        "project",
        "settings",
        "currency",
        "archive",
        "connectfile",
        "inbox",
        "assets",
        "profile",
    ),
    *("order", "offer", "price", "print"),
)


@dataclass(frozen=True)
class Grant:
    """What an access token stands for."""

    client_id: str
    tenant_id: str
    scopes: frozenset[str]
    expires: float


@dataclass(frozen=True)
class Code:
    """An authorization code's grant, and the redirect address it was handed to."""

    grant: Grant
    redirect_uri: str


@dataclass(frozen=True)
class TokenAnswer:
    status: int
    content_type: str
    body: dict[str, object]


def _refuse(status: int, content_type: str, error: str, description: str) -> TokenAnswer:
    return TokenAnswer(status, content_type, {"error": error, "error_description": description})


_INVALID_CLIENT = _refuse(
    401, "text/plain;charset=UTF-8", "invalid_client", "The client credentials are invalid"
)


@dataclass
class TokenOffice:
    """Issues and checks tokens for one client and one tenant."""

    client_id: str
    client_secret: str
    tenant_id: str
    clock: Callable[[], float]
    scopes: frozenset[str]
    consent: bool = True
    issued: int = 0
    _access: dict[str, Grant] = field(default_factory=dict)
    _refresh: dict[str, Grant] = field(default_factory=dict)
    _codes: dict[str, Code] = field(default_factory=dict)
    _service_scopes: frozenset[str] | None = None

    def grant_for(self, authorization: str) -> Grant | None:
        """The grant behind an ``Authorization`` header; None when absent, unknown or expired."""
        scheme, _, token = authorization.partition(" ")
        grant = self._access.get(token)
        if scheme.lower() != "bearer" or grant is None or grant.expires <= self.clock():
            return None
        return grant

    def authorization_code(self, scope: str, redirect_uri: str, *, service: bool = False) -> str:
        """A fresh code, as the consent page would hand to the redirect address; good for ten minutes, once.

        ``service`` consents to a service account too, for the same scopes.
        """
        code = self._secret("code")
        scopes = frozenset(scope.split()) or self.scopes
        grant = Grant(self.client_id, self.tenant_id, scopes, self.clock() + CODE_SECONDS)
        self._codes[code] = Code(grant, redirect_uri)
        if service:
            self.consent, self._service_scopes = True, scopes
        return code

    def refresh_token(self, scopes: frozenset[str] | None = None) -> str:
        """A live refresh token, as if consent had been given and exchanged before."""
        token = self._secret("refresh")
        expires = self.clock() + REFRESH_SECONDS
        self._refresh[token] = Grant(self.client_id, self.tenant_id, scopes or self.scopes, expires)
        return token

    def expire_access(self) -> None:
        """Forget every access token, as if all of them had run out."""
        self._access.clear()

    def answer(self, headers: Mapping[str, str], form: Mapping[str, str]) -> TokenAnswer:
        """The token endpoint: HTTP Basic for the client, the grant in the form."""
        if not self._client_ok(headers.get("authorization", "")):
            return _INVALID_CLIENT
        match form.get("grant_type"):
            case "client_credentials":
                return self._client_credentials(headers.get("tenantid", ""), form.get("scope", ""))
            case "refresh_token":
                grant = self._refresh.pop(form.get("refresh_token", ""), None)
                return self._exchange(grant, "Invalid refresh token")
            case "authorization_code":
                code = self._codes.pop(form.get("code", ""), None)
                same = code is not None and code.redirect_uri == form.get("redirect_uri", "")
                grant = code.grant if code and same else None
                return self._exchange(grant, "Authorization code doesn't exist or is invalid")
        return _refuse(
            400, "text/html; charset=UTF-8", "unsupported_grant_type", "The grant type is not supported"
        )

    def revoke(self, headers: Mapping[str, str], form: Mapping[str, str]) -> TokenAnswer:
        if not self._client_ok(headers.get("authorization", "")):
            return _INVALID_CLIENT
        revoked = any(store.pop(form.get("token", ""), None) for store in (self._refresh, self._access))
        return TokenAnswer(200, "application/json", {"revoked": revoked})

    def _client_ok(self, authorization: str) -> bool:
        scheme, _, credentials = authorization.partition(" ")
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return scheme.lower() == "basic" and credentials.strip() == expected

    def _client_credentials(self, tenant: str, scope: str) -> TokenAnswer:
        if tenant != self.tenant_id or not self.consent:
            return _refuse(400, "text/html; charset=UTF-8", "invalid_grant", "No consent for this tenant")
        consented = self.scopes if self._service_scopes is None else self._service_scopes & self.scopes
        wanted = frozenset(scope.split()) or consented
        if not wanted <= consented:
            return _refuse(400, "text/html; charset=UTF-8", "invalid_scope", "Invalid scope")
        return self._issue(wanted, with_refresh=False)

    def _exchange(self, grant: Grant | None, complaint: str) -> TokenAnswer:
        """Tokens for a grant that was good for one use."""
        if grant is None or grant.expires <= self.clock():
            return _refuse(400, "text/html; charset=UTF-8", "invalid_grant", complaint)
        return self._issue(grant.scopes, with_refresh=True)

    def _issue(self, scopes: frozenset[str], *, with_refresh: bool) -> TokenAnswer:
        token = self._jwt()
        self._access[token] = Grant(self.client_id, self.tenant_id, scopes, self.clock() + ACCESS_SECONDS)
        body: dict[str, object] = {
            "access_token": token,
            "expires_in": ACCESS_SECONDS,
            "token_type": "bearer",
        }
        body["scope"] = " ".join(scope for scope in ALL_SCOPES if scope in scopes)
        if with_refresh:
            body["refresh_token"] = self.refresh_token(scopes)
        return TokenAnswer(200, "application/json", body)

    def _secret(self, purpose: str) -> str:
        self.issued += 1
        seed = f"{self.client_secret}:{purpose}:{self.tenant_id}:{self.issued}"
        return hashlib.sha256(seed.encode()).hexdigest()[:40]

    def _jwt(self) -> str:
        """Looks like Fortnox's: a JWT with the tenant in it. The signature is worthless, as nobody can check it."""
        parts = ({"alg": "RS256", "typ": "JWT"}, {"tenantId": int(self.tenant_id), "n": self.issued})
        texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
        return ".".join([*texts, self._secret("access")])
