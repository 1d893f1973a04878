"""No test talks to anything but this machine (house rule 15), whoever asks and in whatever thread.

Pipelines a test makes itself, without the settings of ours, would let dlt report: it is told not to before it is
imported. That ours report to nobody whatever dlt is told is tested in ``warehouse/test_load_fortnox.py``.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
LOOPBACK = {"127.0.0.1", "::1", "localhost", None, ""}


@pytest.fixture(scope="session", autouse=True)
def _asked_for_elsewhere() -> Iterator[list[str]]:
    """Names of other machines somebody asked for; all of them are unknown."""
    asked: list[str] = []
    resolve = socket.getaddrinfo

    def only_here(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in LOOPBACK:
            return resolve(host, *arguments, **options)
        asked.append(str(name))
        raise socket.gaierror(socket.EAI_NONAME, "tests know no other machine")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", only_here)
        yield asked


@pytest.fixture(autouse=True)
def _only_this_machine(_asked_for_elsewhere: list[str]) -> Iterator[None]:
    """Fail the test in which, or in whose fixtures, another machine was asked for."""
    yield
    asked, _asked_for_elsewhere[:] = sorted(set(_asked_for_elsewhere)), []
    assert asked == [], "another machine was asked for"
