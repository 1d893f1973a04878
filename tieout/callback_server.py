"""The loopback server a browser brings Fortnox's answer to: one answer, one page that says what became of it.

It listens on this machine only, believes nothing (``settle`` does the checking) and logs nothing, because the address
it is asked for holds a code. What the answer means does not belong here; see ``pipelines.fortnox.consent``.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

from pipelines.fortnox.errors import SetupError

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tieout</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }}</style>
<h1>{heading}</h1><p>{text}</p><p>You can close this page.</p></html>
"""
HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
T = TypeVar("T")


def is_loopback(redirect_uri: str) -> bool:
    """Whether a server on this machine can receive what is sent to ``redirect_uri``."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and parts.port is not None


class CallbackServer(ThreadingHTTPServer, Generic[T]):
    """Waits for one answer. ``settle`` makes something of its query, which says what it is as text.

    Threads, because browsers open connections they never speak on.
    """

    daemon_threads = True

    def __init__(self, address: SplitResult, settle: Callable[[str], T]) -> None:
        self.path = address.path or "/"
        self.settle = settle
        self.outcome: Future[T] = Future()
        self.settling = Lock()
        super().__init__(("127.0.0.1", address.port or 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is not worth a line; the outcome is the caller's."""


class _Handler(BaseHTTPRequestHandler):
    server: CallbackServer[Any]
    timeout = 10

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path != self.server.path:
            self._page(
                404, "Not here", "This is Tieout, waiting for an answer from Fortnox at another address."
            )
            return
        with self.server.settling:
            if self.server.outcome.done() or not self.server.outcome.set_running_or_notify_cancel():
                self._page(409, "Too late", "Nobody waits for this answer any more; see the terminal.")
                return
            self._settle(asked.query)

    def _settle(self, query: str) -> None:
        """Deal with the answer, show what came of it, and only then let the waiting caller go on."""
        try:
            told = self.server.settle(query)
        except Exception as error:
            self._end(
                400, "Not connected", str(error) if hasattr(error, "exit") else "A defect; see the terminal."
            )
            self.server.outcome.set_exception(error)
        else:
            self._end(200, "Connected", str(told))
            self.server.outcome.set_result(told)

    def _end(self, status: int, heading: str, text: str) -> None:
        try:
            self._page(status, heading, text)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def _page(self, status: int, heading: str, text: str) -> None:
        body = PAGE.format(heading=html.escape(heading), text=html.escape(text)).encode()
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the line would hold the code."""


@contextmanager
def waiting_for_callback(redirect_uri: str, settle: Callable[[str], T]) -> Iterator[Future[T]]:
    """Listen at ``redirect_uri`` and give what ``settle`` makes of the answer's query, or the error it raises.

    The address is taken before the block starts. Raises ``SetupError`` when it is not to be had.
    """
    address = urlsplit(redirect_uri)
    try:
        server = CallbackServer(address, settle)
    except OSError as error:
        raise SetupError(
            f"fortnox.redirect_uri: cannot listen at {address.netloc} ({error.strerror}); stop what is there,"
            " or register and configure another port."
        ) from None
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.outcome
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
