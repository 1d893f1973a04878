"""The read-only client: GETs of the endpoint table and the token POST, paced, retried, complete or refused.

Read-only by construction: requests are made from rows of ``endpoints.py`` only, and a guard in front of the
socket lets nothing else through. Addresses must be https (loopback excepted), redirects are never followed.

A listing is given whole or not at all: offset paging has no snapshot, so the totals of the first and the
last page and the rows received must agree, or the listing is read again
(reference/fortnox/fortnox_api.md section 3).

What the rows mean belongs in ``schema.py``, loading them in ``resources.py``.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from pipelines.deadline import Allowance, DeadlineTransport, trickled
from pipelines.fortnox.answers import Page, raise_for_status, read_bytes, read_object, read_page
from pipelines.fortnox.auth import BearerAuth
from pipelines.fortnox.convert import Record
from pipelines.fortnox.endpoint import API_ROOT, Endpoint, Shape
from pipelines.fortnox.endpoints import allows
from pipelines.fortnox.errors import (
    FortnoxError,
    Incomplete,
    NetworkTrouble,
    RateLimited,
    Rejected,
    SetupError,
    TokenRefreshFailed,
    UnexpectedResponse,
)
from pipelines.fortnox.overlap import overlapped
from pipelines.fortnox.ratelimit import WINDOW_REQUESTS, Pace
from pipelines.fortnox.tokens import Credentials

LAST_PORT: Final = 65535
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
RATE_LIMIT_PAUSE: Final = 5.0
CONNECT_SECONDS: Final = 10.0
#: The only path that is ever posted to.
TOKEN_PATH: Final = "/oauth-v1/token"  # noqa: S105 - a path, not a secret

T = TypeVar("T")
OnRows = Callable[[int], None]


@dataclass(frozen=True)
class ClientSettings:
    """How to talk to Fortnox. Times in seconds.

    ``timeout`` ends a request on which Fortnox is silent, ``request_seconds`` any request; one whose answer only
    trickles ends after two timeouts (``pipelines.deadline``). A request is tried ``retry_attempts`` times, waiting
    1, 2, 4 … seconds, at most ``retry_max_wait``, in between; a listing that changes while it is read is read
    ``listing_attempts`` times. ``window_requests`` is how many requests go out per 5.05 seconds; only a server that
    counts otherwise than Fortnox justifies another figure.
    """

    api_url: str = "https://api.fortnox.se"
    token_url: str = "https://apps.fortnox.se/oauth-v1/token"  # noqa: S105 - an address, not a secret
    timeout: float = 30.0
    request_seconds: float = 1800.0
    retry_attempts: int = 5
    retry_max_wait: float = 30.0
    listing_attempts: int = 3
    page_size: int = 500
    in_flight: int = 3
    window_requests: int = WINDOW_REQUESTS


@dataclass(frozen=True)
class Listing:
    """All rows of a listing and how many pages they came on.

    ``stated`` and ``pages_stated`` are how many rows and pages Fortnox says exist; None where it does not say.
    """

    records: list[Record]
    stated: int | None
    pages: int
    pages_stated: int | None


class ForbiddenRequest(AssertionError):
    """A request outside the endpoint table was about to be sent: a defect in Tieout. Nothing was sent."""


class ReadOnlyTransport(httpx.BaseTransport):
    """Lets through GETs of the endpoint table to the API and POSTs to the token address; nothing else."""

    def __init__(self, inner: httpx.BaseTransport, api_url: httpx.URL, token_url: httpx.URL) -> None:
        self._inner = inner
        self._api = _origin(api_url)
        self._token_url = token_url

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asks_for_token = request.method == "POST" and request.url == self._token_url
        reads = _origin(request.url) == self._api and allows(request.method, request.url.path)
        if not (asks_for_token or reads):
            raise ForbiddenRequest(f"{request.method} {request.url.host}{request.url.path} is not a read")
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


@dataclass
class _Traffic:
    """Requests sent per endpoint name, counted from any thread."""

    requests: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str) -> None:
        with self.lock:
            self.requests[name] += 1


class FortnoxClient:
    """Reads one company. One client = one company = one token = one pace. Use as a context manager."""

    def __init__(
        self,
        credentials: Credentials,
        settings: ClientSettings,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self._sleep = sleep
        self._pace = Pace(clock, sleep, settings.window_requests)
        self._traffic = _Traffic()
        self._server_time: datetime | None = None
        self._token_url = _token_address(settings.token_url)
        api_url = checked_address(settings.api_url)
        self._auth = BearerAuth(credentials, clock)
        self._http = httpx.Client(
            base_url=api_url,
            auth=self._auth,
            headers={"Accept": "application/json"},
            timeout=httpx.Timeout(settings.timeout, connect=min(settings.timeout, CONNECT_SECONDS)),
            follow_redirects=False,
            trust_env=False,
            transport=ReadOnlyTransport(transport or _transport(settings), api_url, self._token_url),
        )
        # A dlt source cannot know when it is done with its client; the connections end with it at the latest.
        self._close = weakref.finalize(self, self._http.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._close()

    @property
    def requests(self) -> Mapping[str, int]:
        """Requests sent so far per endpoint name, retries included, token requests not."""
        return dict(self._traffic.requests)

    @property
    def scopes(self) -> frozenset[str] | None:
        """The scopes consented to, once something was asked; None where Fortnox does not say."""
        return self._auth.scopes

    @property
    def server_time(self) -> datetime | None:
        """What time it was at Fortnox when it last answered, with its zone; None when it does not say."""
        return self._server_time

    def one(self, endpoint: Endpoint) -> Record:
        """The object of an endpoint that answers with one."""
        return self._get(endpoint, endpoint.path, {}, lambda r: read_object(endpoint, endpoint.wrapper, r))

    def details(self, endpoint: Endpoint, keys: Iterable[str], **query: str) -> Iterator[Record]:
        """The detail of each of ``keys``, in their order."""
        return overlapped(partial(self.detail, endpoint, **query), keys, self.settings.in_flight)

    def detail(self, endpoint: Endpoint, key: str, **query: str) -> Record:
        """The detail answer of one row of a listing."""
        if endpoint.detail is None:
            raise ForbiddenRequest(f"{endpoint.name} has no detail")
        if not endpoint.has_detail(key):
            raise UnexpectedResponse(
                f"{endpoint.path}: Fortnox listed a row whose number cannot be asked for; nothing was kept, report it.",
                path=f"{endpoint.path}/{endpoint.detail}",
            )
        return self._get(
            endpoint, f"{endpoint.path}/{key}", query, lambda r: read_object(endpoint, endpoint.detail_wrapper, r)
        )  # fmt: skip

    def content(self, endpoint: Endpoint, **query: str) -> bytes:
        """The bytes of an endpoint that does not answer with JSON."""
        return self._get(endpoint, endpoint.path, query, lambda r: read_bytes(endpoint, r))

    def file(self, endpoint: Endpoint, key: str, **query: str) -> bytes:
        """The bytes of the file ``key`` below the endpoint's path."""
        if endpoint.shape not in {Shape.BYTES, Shape.FILE} or not endpoint.has_detail(key):
            raise ForbiddenRequest(f"{endpoint.name} has no such file")
        return self._get(endpoint, f"{endpoint.path}/{key}", query, lambda r: read_bytes(endpoint, r))

    def count(self, endpoint: Endpoint, **query: str) -> int:
        """How many rows Fortnox says exist, by one request for one row."""
        page = self._page(endpoint, query | ({"limit": "1"} if endpoint.shape is Shape.PAGES else {}))
        if page.meta is None and endpoint.shape is Shape.PAGES:
            raise UnexpectedResponse(
                f"{endpoint.path}: Fortnox does not say how many rows exist; the count is unknown.",
                path=f"{endpoint.path}/MetaInformation",
            )
        return len(page.records) if page.meta is None else page.meta.total

    def listing(self, endpoint: Endpoint, on_rows: OnRows | None = None, **query: str) -> Listing:
        """Every row of a listing, proven complete; ``on_rows`` hears of each page of the first reading.

        Raises ``Incomplete`` when also the last of ``listing_attempts`` readings does not add up.
        """
        hear = on_rows
        expected, received, came = 0, 0, 0
        for attempt in range(self.settings.listing_attempts):
            if attempt:
                self._sleep(1.0)
            pages = []
            for page in self.pages(endpoint, **query):
                pages.append(page)
                if hear:
                    hear(len(page.records))
            hear = None
            records = [record for page in pages for record in page.records]
            totals = {page.meta.total for page in (pages[0], pages[-1]) if page.meta}
            received, came = len({_key(endpoint, record) for record in records}), len(records)
            expected = max(totals, default=received)
            if totals <= {received} and received == came:
                meta = pages[0].meta
                return Listing(
                    records, expected if totals else None, len(pages), max(1, meta.pages) if meta else None
                )
        raise Incomplete(
            f"{endpoint.path}: incomplete: Fortnox says {expected} rows exist and gave {received}"
            f"{f', some of them twice ({came})' if came > received else ''}, also when asked again; "
            "nothing of this run was kept, run again.",
            surface=endpoint.name, expected=expected, received=received,
        )  # fmt: skip

    def page(self, endpoint: Endpoint, number: int, **query: str) -> Page:
        """Page ``number`` of a listing. Raises ``UnexpectedResponse`` when Fortnox gives another."""
        return self._numbered(endpoint, query | {"limit": str(self.settings.page_size)}, number)

    def pages(self, endpoint: Endpoint, **query: str) -> Iterator[Page]:
        """The pages of one reading of a listing, in order."""
        if endpoint.shape is Shape.PAGES:
            query = query | {"limit": str(self.settings.page_size)}
        first = self._page(endpoint, query)
        yield first
        if first.meta is not None:
            later = range(2, first.meta.pages + 1)
            yield from overlapped(
                lambda n: self._numbered(endpoint, query, n), later, self.settings.in_flight
            )
        elif endpoint.shape is Shape.PAGES:
            yield from self._pages_without_meta(endpoint, query, first)

    def _numbered(self, endpoint: Endpoint, query: Mapping[str, str], number: int) -> Page:
        """Page ``number``, which must say it is that page; without rows when a list grown shorter no longer has it."""
        try:
            page = self._page(endpoint, {**query, "page": str(number)})
        except Rejected:
            return Page([], None)
        if page.meta is None or page.meta.current != number:
            raise UnexpectedResponse(
                f"{endpoint.path}: asked for page {number}, got another; nothing was kept, run again.",
                path=f"{endpoint.path}/MetaInformation",
            )
        return page

    def _pages_without_meta(
        self, endpoint: Endpoint, query: Mapping[str, str], first: Page
    ) -> Iterator[Page]:
        """Pages of an endpoint that says nothing about paging: until one is empty, refused or repeats the one before.

        An endpoint that ignores ``page`` gives the same rows for ever. A page that shares only some of its rows with
        the one before was shifted by a row that came in between, and is given for the listing not to add up.
        """
        before, number = {_key(endpoint, record) for record in first.records}, 2
        while before:
            try:
                page = self._page(endpoint, {**query, "page": str(number)})
            except Rejected as past_the_end:
                if past_the_end.status != 400:
                    raise
                return
            keys = {_key(endpoint, record) for record in page.records}
            if keys <= before:
                return
            yield page
            before, number = keys, number + 1

    def _page(self, endpoint: Endpoint, query: Mapping[str, str]) -> Page:
        return self._get(endpoint, endpoint.path, query, lambda response: read_page(endpoint, response))

    def _get(
        self, endpoint: Endpoint, path: str, query: Mapping[str, str], read: Callable[[httpx.Response], T]
    ) -> T:
        """One GET, paced and retried, its answer read by ``read``."""
        if query.keys() - endpoint.queries:
            raise ForbiddenRequest(
                f"{endpoint.name} has no parameter {sorted(query.keys() - endpoint.queries)}"
            )

        def attempt() -> T:
            response = self._send(endpoint, path, query)
            if response.status_code == 401:  # a token that died before its time: once more, with a new one
                response = self._send(endpoint, path, query)
            raise_for_status(endpoint, response)
            return read(response)

        return self._retrying()(attempt)

    def _send(self, endpoint: Endpoint, path: str, query: Mapping[str, str]) -> httpx.Response:
        """One request in its time slot; transport errors become errors of ours."""
        with self._pace.slot():
            self._traffic.add(endpoint.name)
            try:
                response = self._http.get(API_ROOT + path, params=dict(query))
            except (httpx.TransportError, httpx.DecodingError) as trouble:
                raise self._trouble(endpoint, trouble) from None
        self._server_time = _date_of(response)
        return response

    def _trouble(self, endpoint: Endpoint, trouble: httpx.RequestError) -> FortnoxError:
        """What a transport error means; at the token address it is a failed renewal."""
        happened = _happened(trouble)
        if trouble.request.url == self._token_url:
            return TokenRefreshFailed(
                f"the token endpoint at {self._token_url.host}: {happened}; "
                "the consent is untouched, run again later."
            )
        return NetworkTrouble(
            f"{endpoint.path} at {self._http.base_url.host}: {happened}; check the network and run again."
        )

    def _retrying(self) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(self.settings.retry_attempts),
            wait=self._wait,
            retry=retry_if_exception(lambda error: isinstance(error, FortnoxError) and error.retry),
            sleep=self._sleep,
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        """Seconds before the next attempt. A 429 stops every thread of this client, not only this one."""
        error = state.outcome.exception() if state.outcome else None
        wait = float(2 ** (state.attempt_number - 1))
        if isinstance(error, RateLimited):
            wait = max(wait, RATE_LIMIT_PAUSE if error.retry_after is None else error.retry_after)
            self._pace.pause(min(wait, self.settings.retry_max_wait))
        return min(wait, self.settings.retry_max_wait)


def _key(endpoint: Endpoint, record: Record) -> tuple[str, ...]:
    """What tells rows of the listing apart, as text because ids flip between number and string."""
    return tuple(str(record.get(name)) for name in endpoint.key)


def _date_of(response: httpx.Response) -> datetime | None:
    """The moment the answer says it was made; None when it does not or without a zone."""
    try:
        moment = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError):
        return None
    return moment if moment.tzinfo else None


def checked_address(url: str) -> httpx.URL:
    """``url`` if it may be talked to: https, or http on loopback; without credentials in it."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise SetupError("A Fortnox address in the configuration cannot be read; correct it.") from None
    if parsed.userinfo or not parsed.host or (parsed.port or 0) > LAST_PORT:
        raise SetupError(
            "A Fortnox address must be a host, a port that exists and nothing secret; correct it in the configuration."
        )
    if parsed.scheme != "https" and not (parsed.scheme == "http" and parsed.host in LOOPBACK):
        raise SetupError(f"{parsed.host}: only https is spoken with Fortnox; correct the address.")
    return parsed


def _token_address(url: str) -> httpx.URL:
    """``url`` if it may be posted to: a POST to any other path might change somebody's books."""
    parsed = checked_address(url)
    if parsed.path != TOKEN_PATH:
        raise SetupError(
            f"{parsed.host}: token_url must end with {TOKEN_PATH}; correct it, nothing was sent."
        )
    return parsed


def _transport(settings: ClientSettings) -> httpx.BaseTransport:
    """Connections on which every request ends. They count real seconds, as the socket's own timeouts do."""
    return DeadlineTransport(Allowance(settings.request_seconds, 2 * settings.timeout))


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _happened(trouble: httpx.RequestError) -> str:
    """What went wrong on the wire, in words."""
    if trickled(trouble):
        return "the answer only trickled in and was given up"
    if isinstance(trouble, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(trouble, httpx.ConnectError):
        return "no connection"
    return "the connection broke"
