"""A real socket on 127.0.0.1, served from a background thread.

What does not belong here: routes and answers.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from fortnox_emulator.app import FortnoxApp
from fortnox_emulator.engine import Engine

Transports = dict[tuple[str, int], asyncio.Transport]


@dataclass(frozen=True)
class RunningServer:
    """A server that is up. ``base_url`` has no trailing slash; the API is below it at /3/."""

    base_url: str
    emulator: Engine

    def stats(self) -> dict[str, object]:
        return self.emulator.stats()


def _protocol(transports: Transports) -> type[H11Protocol]:
    """uvicorn's protocol, remembering each connection's transport so that a fault can cut it."""

    class RememberingProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
            peer = transport.get_extra_info("peername")
            self.peer = (str(peer[0]), int(peer[1]))
            transports[self.peer] = transport
            raw = transport.get_extra_info("socket")
            raw.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
            )  # else each answer waits 40 ms for an ACK
            super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self.peer, None)
            super().connection_lost(exc)

    return RememberingProtocol


@contextmanager
def serve(
    emulator: Engine, port: int = 0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[RunningServer]:
    """Serve until the block ends. The socket listens before the block starts, so no request is lost."""
    transports: Transports = {}
    app = FortnoxApp(emulator, transports)
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        app.starlette,
        http=_protocol(transports),
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",  # cut connections are meant here, not worth a line on somebody's terminal
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listener],), name="fortnox-emulator", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the emulator's server did not start")
            sleep(0.005)
        yield RunningServer(f"http://127.0.0.1:{listener.getsockname()[1]}", emulator)
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
