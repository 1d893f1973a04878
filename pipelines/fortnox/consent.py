"""A company's consent by authorization code: the address to send a user to, its answer, and the code's exchange.

The answer comes back through a browser, so it is believed only with a ``state`` this integration signed for the same
company and mode and not long ago. The code is used at once and never kept.

Sources: reference/fortnox/fortnox_api.md section 5. The server that waits for the browser belongs in
``tieout/callback_server.py``.
"""

from __future__ import annotations

import hashlib
import hmac
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import parse_qs, urlencode

import httpx

from pipelines.fortnox.errors import FortnoxError, NoConsent, NotConnected, SetupError
from pipelines.fortnox.tokens import Token, read_refresh_token, read_token, shown_word, token_request

#: How a company stays connected: a service account's client credentials, or a stored refresh token.
Mode = Literal["service", "refresh"]
STATE_SECONDS: Final = 900
SERVICE_ACCOUNTS_FORBIDDEN: Final = "error_client_not_allow_service_account"


@dataclass(frozen=True)
class ConsentRequest:
    """What one company is asked to consent to. ``client_secret`` signs the state and is never sent from here."""

    authorize_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...]
    company: str
    mode: Mode

    def address(self, now: float, nonce: str) -> str:
        """Where the user consents. ``now`` is seconds since 1970, ``nonce`` is letters and digits nobody can guess."""
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "state": self._signed(f"{self.company}.{self.mode}.{int(now) + STATE_SECONDS}.{nonce}"),
            "scope": " ".join(self.scopes),
            "redirect_uri": self.redirect_uri,
            "access_type": "offline",
            **({"account_type": "service"} if self.mode == "service" else {}),
        }
        return f"{self.authorize_url}?{urlencode(query)}"

    def code_in(self, query: str, now: float) -> str:
        """The code of the answer ``query``; raises what its refusal, or its doubtful origin, means."""
        answer = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        self._check_state(answer.get("state", ""), now)
        if "error" in answer:
            raise self._refusal(answer["error"])
        if not answer.get("code"):
            raise NoConsent(
                f"{self.company}: Fortnox's answer has no code; nothing was stored, connect again."
            )
        return answer["code"]

    def _signed(self, payload: str) -> str:
        key = b"tieout consent state\0" + self.client_secret.encode()
        return f"{payload}.{hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}"

    def _check_state(self, state: str, now: float) -> None:
        payload, _, _ = state.rpartition(".")
        company, mode, expires, _ = (*payload.split("."), "", "", "", "")[:4]
        if not hmac.compare_digest(self._signed(payload).encode(), state.encode()):
            raise NoConsent(
                f"{self.company}: the answer does not belong to a consent asked for here (its state is not ours);"
                " nothing was stored, connect again."
            )
        if (company, mode) != (self.company, self.mode):
            raise NoConsent(
                f"{self.company}: the answer is of {company} in mode {mode}, not of"
                f" {self.company} in mode {self.mode}; nothing was stored, connect again."
            )
        if int(expires) <= now:
            raise NoConsent(
                f"{self.company}: the consent was asked for more than {STATE_SECONDS // 60} minutes ago;"
                " nothing was stored, connect again."
            )

    def _refusal(self, error: str) -> FortnoxError:
        """What Fortnox's word for a refusal means; one that is no word is not repeated."""
        word = shown_word(error)
        if error == "invalid_scope":
            return SetupError(
                f"{self.company}: Fortnox does not let this integration ask for all of {' '.join(self.scopes)}"
                " (invalid_scope); tick these scopes in the developer portal, or leave surfaces out by `without`."
            )
        if error == SERVICE_ACCOUNTS_FORBIDDEN:
            return SetupError(
                f"{self.company}: this integration may not have service accounts ({word}); allow them in the"
                " developer portal, or connect with --mode refresh."
            )
        if error == "error_missing_license":
            return NoConsent(
                f"{self.company}: the company lacks a licence for what was asked ({word}); add the licence, or leave"
                " surfaces out by `without`, and connect again."
            )
        return NoConsent(
            f"{self.company}: the consent was not given ({word}); nothing was stored. A system administrator of the"
            " company must agree: connect again."
        )


@dataclass
class AuthorizationCode:
    """Being authorised by the code of a consent just given. ``refresh_token`` is there once the code is exchanged."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    code: str = field(repr=False)
    redirect_uri: str
    refresh_token: str | None = field(default=None, init=False, repr=False)
    _exchanged: bool = field(default=False, init=False, repr=False)

    def renewal(self) -> AbstractContextManager[None]:
        """Nothing is kept, so nothing is held."""
        return nullcontext()

    def token_request(self) -> httpx.Request:
        """POST of the code and of the redirect address it was given to; a code is good for one token."""
        if self._exchanged:
            raise NoConsent(
                "Fortnox refuses the token it has just given for the consent (401); nothing was stored, connect again,"
                " and if it stays so look at the integration in the developer portal."
            )
        form = {"grant_type": "authorization_code", "code": self.code, "redirect_uri": self.redirect_uri}
        return token_request(self, form)

    def accept(self, response: httpx.Response) -> Token:
        """The access token; the refresh token beside it is left to the caller to keep or to forget."""
        try:
            token = read_token(response)
        except NotConnected:
            raise NoConsent(
                "the token endpoint does not take the consent's code: it was used before, is older than ten minutes, or"
                " redirect_uri is not the one registered in the developer portal; nothing was stored, connect again."
            ) from None
        self.refresh_token, self._exchanged = read_refresh_token(response), True
        return token
