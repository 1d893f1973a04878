"""The emulator as one object, in process or behind a socket.

What does not belong here: anything an answer depends on; that is the engine.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from fortnox_emulator.engine import Engine
from fortnox_emulator.server import RunningServer, serve


class Emulator(Engine):
    """A Fortnox company and the API in front of it. The same arguments give the same bytes."""

    def serving(self, port: int = 0) -> AbstractContextManager[RunningServer]:
        """Serve on 127.0.0.1 from a background thread until the block ends; port 0 picks a free one."""
        return serve(self, port)
