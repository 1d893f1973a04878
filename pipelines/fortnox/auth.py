"""The bearer token on every request, renewed before it ends and when the server says it is dead.

An ``httpx.Auth`` is a generator without I/O: it yields requests and gets the answers, so the token request
goes through the same client, transport and tests as every other. One renewal at a time, whatever the number
of threads.

How a token is asked for belongs in ``tokens.py``, sending a refused request again in ``client.py``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Final

import httpx

from pipelines.fortnox.errors import NotConnected
from pipelines.fortnox.tokens import Credentials, Token

MARGIN_SECONDS: Final = 300.0

Flow = Generator[httpx.Request, httpx.Response, None]


class BearerAuth(httpx.Auth):
    """Authorises requests for one company. ``clock`` gives seconds; only differences count."""

    def __init__(self, credentials: Credentials, clock: Callable[[], float]) -> None:
        self._credentials = credentials
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._renew_at = float("-inf")

    @property
    def scopes(self) -> frozenset[str] | None:
        """What the token at hand covers; None before there is one, or where the endpoint does not say."""
        return self._token.scopes if self._token else None

    def sync_auth_flow(self, request: httpx.Request) -> Flow:
        """``auth_flow``, closed whatever happens: a broken answer must not leave a renewal's locks held.

        The one of httpx leaves the flow to the garbage collector, which an exception that is kept defers.
        """
        with closing(self.auth_flow(request)) as flow:
            outgoing = next(flow)
            while True:
                response = yield outgoing
                response.read()
                try:
                    outgoing = flow.send(response)
                except StopIteration:
                    return

    def auth_flow(self, request: httpx.Request) -> Flow:
        """The request with a token; a token refused with 401 is not used again."""
        token = yield from self._current(request)
        response = yield _with(request, token)
        if response.status_code == 401:
            self._refused(token)

    def _current(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, Token]:
        """A token for ``request`` with at least the margin left to live."""
        with self._lock:
            if self._token is None or self._clock() >= self._renew_at:
                yield from self._renew(request)
            return self._held()

    def _refused(self, dead: Token) -> None:
        """Have the next request ask for another token; another thread may have done so already."""
        with self._lock:
            if self._token is dead:
                self._renew_at = float("-inf")

    def _renew(self, request: httpx.Request) -> Flow:
        """Ask for a token, as patiently as ``request``, and keep it. A short-lived one is used for half its life."""
        asked_at = self._clock()
        with self._credentials.renewal():
            asking = self._credentials.token_request()
            asking.extensions = {**asking.extensions, **request.extensions}
            response = yield asking
            response.read()
            token = self._credentials.accept(response)
        self._token = token
        self._renew_at = asked_at + max(token.lifetime - MARGIN_SECONDS, token.lifetime / 2)

    def _held(self) -> Token:
        if self._token is None:
            raise NotConnected("No token is held for this company; connect it first.")
        return self._token


def _with(request: httpx.Request, token: Token) -> httpx.Request:
    request.headers["Authorization"] = f"Bearer {token.value}"
    return request
