"""An end to every HTTP request: a transport that gives up an answer that trickles.

The timeouts of httpx are about one silence each, so a server that sends a byte now and then holds a request for ever,
in its body or already in its head. Here a request has seconds of its own, which only an answer that really comes
extends, and never beyond a last moment (decision 0212). What to do about it belongs to the caller: it is an
``httpx.ReadTimeout`` like any other, told apart by ``trickled``.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import httpcore
import httpx

#: Bytes per second below which an answer does not count as coming: a hundredth of what a slow office line brings.
SLOWEST: Final = 8192.0


@dataclass(frozen=True)
class Allowance:
    """How long one request may take: ``patience`` seconds and what ``slowest`` bytes per second earn, at most
    ``total``.
    """

    total: float
    patience: float
    slowest: float = SLOWEST

    def seconds(self, received: int) -> float:
        """Seconds after its sending at which a request is given up when ``received`` bytes have come."""
        return min(self.total, self.patience + received / self.slowest)


class Trickled(httpcore.ReadTimeout):
    """The allowance is used up."""


def trickled(trouble: httpx.RequestError) -> bool:
    """Whether a request was given up because its allowance was used up, not because of one silence."""
    return isinstance(trouble.__cause__, Trickled)


class DeadlineTransport(httpx.HTTPTransport):
    """The transport of httpx, each request within ``allowance``. ``clock`` gives seconds; only differences count."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        context = httpx.create_ssl_context()
        super().__init__(verify=context)
        self._exchange = _Exchange(allowance, clock)
        # httpx has no argument for the one place every byte passes; 100, 20 and 5 are its own defaults.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_Backend(self._exchange),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._exchange.begin()
        return super().handle_request(request)


class _Exchange(threading.local):
    """The request this thread is in: httpx sends one and reads its answer in the thread that asked."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float]) -> None:
        self._allowance = allowance
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        self._began, self._received = self._clock(), 0

    def came(self, data: bytes) -> bytes:
        self._received += len(data)
        return data

    def left(self) -> float:
        """Seconds left. Raises ``Trickled`` when there are none."""
        left = self._began + self._allowance.seconds(self._received) - self._clock()
        if left <= 0:
            raise Trickled("the answer trickled")
        return left

    def within(self, timeout: float | None) -> float:
        """``timeout``, if the allowance lasts as long."""
        left = self.left()
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write keeps to the allowance of the request it is for."""

    def __init__(self, inner: httpcore.NetworkStream, exchange: _Exchange) -> None:
        self._inner = inner
        self._exchange = exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return self._exchange.came(self._inner.read(max_bytes, self._exchange.within(timeout)))
        except httpcore.ReadTimeout:
            self._exchange.left()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._exchange.within(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        within = self._exchange.within(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, within), self._exchange)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections as httpcore does and hands them out as ``_Stream``."""

    def __init__(self, exchange: _Exchange) -> None:
        self._inner = httpcore.SyncBackend()
        self._exchange = exchange

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        within = self._exchange.within(timeout)
        return _Stream(
            self._inner.connect_tcp(host, port, within, local_address, socket_options), self._exchange
        )
