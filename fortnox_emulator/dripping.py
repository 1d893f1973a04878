"""An answer that comes byte by byte, as slowly as it is told to.

It is written past the server, which would hold the headers back. What does not belong here: when that happens (faults).
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class DrippingResponse(Response):
    """``whole`` with ``seconds`` before each byte of its body, and with ``head`` of its headers; then it hangs up."""

    def __init__(
        self,
        whole: Response,
        seconds: float,
        *,
        head: bool,
        transports: dict[tuple[str, int], asyncio.Transport],
    ) -> None:
        super().__init__(bytes(whole.body), whole.status_code, dict(whole.headers))
        self._seconds = seconds
        self._drips_head = head
        self._transports = transports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        transport = self._transports[tuple(scope["client"])]
        head, body = self._head(), bytes(self.body)
        at_once, dripping = (b"", head + body) if self._drips_head else (head, body)
        transport.write(at_once)
        for byte in dripping:
            await asyncio.sleep(self._seconds)
            if transport.is_closing():
                return
            transport.write(bytes([byte]))
        transport.close()

    def _head(self) -> bytes:
        """Status line and headers, as on the wire."""
        status = f"HTTP/1.1 {self.status_code} {HTTPStatus(self.status_code).phrase}".encode()
        lines = (name + b": " + value for name, value in self.raw_headers)
        return b"\r\n".join([status, *lines, b"connection: close", b"", b""])
