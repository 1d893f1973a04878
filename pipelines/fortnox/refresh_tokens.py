"""Being authorised by a stored refresh token, for companies whose consent is not a service account's.

Each renewal reads the store anew under its lock, makes sure that it can be written, asks, and has the rotated token on
disk before the access token is used. Trouble at the token endpoint leaves the store as it was. How the token is kept
belongs in ``token_store.py``.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import httpx

from pipelines.fortnox.errors import NotConnected, UnexpectedResponse
from pipelines.fortnox.token_store import TokenStore
from pipelines.fortnox.tokens import WHERE, Token, read_refresh_token, read_token, refusal_of, token_request


@dataclass(frozen=True)
class RefreshTokenCredentials:
    """The stored consent of one company; ``company`` is its name in the configuration, for messages."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    store: TokenStore
    company: str

    def renewal(self) -> AbstractContextManager[None]:
        """One renewal at a time, whatever the number of threads and processes."""
        return self.store.exclusively()

    def token_request(self) -> httpx.Request:
        """POST of the stored refresh token with HTTP Basic; raises ``OSError`` where the next could not be stored."""
        refresh_token = self.store.read()
        if refresh_token is None:
            raise NotConnected(f"No consent is stored; connect the company (tieout connect {self.company}).")
        self.store.check_room()
        return token_request(self, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def accept(self, response: httpx.Response) -> Token:
        """The access token, once the rotated refresh token is on disk, whatever else is wrong with the answer."""
        refresh_token = read_refresh_token(response)
        if refresh_token is not None:
            self.store.write(refresh_token)
        try:
            token = read_token(response)
        except NotConnected:
            raise NotConnected(
                f"{WHERE} no longer accepts the stored refresh token ({refusal_of(response)}); "
                f"connect the company again (tieout connect {self.company})."
            ) from None
        if refresh_token is None:
            raise UnexpectedResponse(
                f"{WHERE} gave no new refresh token; connect the company again.", path="token"
            )
        return token
