"""A client on a fake clock in front of a mocked or an emulated Fortnox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import respx

from fortnox_emulator import Emulator, Switches
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.tokens import ClientCredentials

API = "https://api.fortnox.example"
TOKEN_URL = "https://apps.fortnox.example/oauth-v1/token"
FAST = 1_000_000


@dataclass
class FakeTime:
    """A clock that only sleeping moves."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def credentials() -> ClientCredentials:
    return ClientCredentials(TOKEN_URL, "our-app", "very-secret", "1200001")


@pytest.fixture
def fortnox() -> Iterator[respx.MockRouter]:
    """The API and the token endpoint as a table of routes; the token route always answers."""
    with respx.mock(assert_all_called=False) as router:
        router.post(TOKEN_URL, name="token").respond(
            json={"access_token": "token-1", "expires_in": 3600, "token_type": "bearer"}
        )
        yield router


@pytest.fixture
def client(
    fortnox: respx.MockRouter, credentials: ClientCredentials, fake_time: FakeTime
) -> Iterator[FortnoxClient]:
    settings = ClientSettings(api_url=API, token_url=TOKEN_URL, in_flight=1, window_requests=FAST)
    with FortnoxClient(credentials, settings, clock=fake_time.clock, sleep=fake_time.sleep) as made:
        yield made


@pytest.fixture
def api() -> Callable[[str], str]:
    """The address of a path below ``/3/``."""
    return lambda path: f"{API}/3/{path}"


@pytest.fixture
def listing_answer() -> Callable[..., httpx.Response]:
    """A page of a listing as Fortnox sends it."""

    def answer(
        wrapper: str, records: list[Any], *, total: int, pages: int = 1, current: int = 1
    ) -> httpx.Response:
        meta = {"@TotalResources": total, "@TotalPages": pages, "@CurrentPage": current}
        return httpx.Response(200, json={"MetaInformation": meta, wrapper: records})

    return answer


@dataclass
class Served:
    """An emulated company that is being served, and a client for it."""

    emulator: Emulator
    client: FortnoxClient
    server: Any


@pytest.fixture
def emulated(fake_time: FakeTime) -> Iterator[Callable[..., Served]]:
    """Start an emulator with the given switches, without rate limit, and a client that does not really sleep."""
    with ExitStack() as stack:

        def start(**switches: Any) -> Served:
            emulator = Emulator(seed=3, switches=Switches(rate_limit=False, **switches))
            server = stack.enter_context(emulator.serving())
            settings = ClientSettings(
                api_url=server.base_url,
                token_url=f"{server.base_url}/oauth-v1/token",
                timeout=5.0,
                window_requests=FAST,
            )
            credentials = ClientCredentials(
                settings.token_url, emulator.client_id, emulator.client_secret, emulator.tenant_id
            )
            made = FortnoxClient(credentials, settings, clock=fake_time.clock, sleep=fake_time.sleep)
            return Served(emulator, stack.enter_context(made), server)

        yield start
