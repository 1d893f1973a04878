"""No server holds a request for ever: what trickles is given up, what comes is waited for, up to a last moment."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from fortnox_emulator import Emulator, Fault, Switches
from pipelines.deadline import Allowance, DeadlineTransport
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import NetworkTrouble, TokenRefreshFailed
from pipelines.fortnox.tokens import ClientCredentials

INVOICES = BY_NAME["customer_invoices"]
LOCKED = BY_NAME["locked_period"]
SIE = BY_NAME["sie"]
MEGABYTE = 1_000_000
PATIENT = Allowance(total=1800, patience=30)


@dataclass
class Dripping:
    """An emulated company that can be made to drip, and its clients."""

    emulator: Emulator
    base_url: str
    fake_time: Any

    def client(self, transport: httpx.BaseTransport | None = None, **changes: Any) -> FortnoxClient:
        settings = ClientSettings(
            api_url=self.base_url,
            token_url=f"{self.base_url}/oauth-v1/token",
            timeout=5.0,
            retry_attempts=2,
            window_requests=1_000_000,
        )
        credentials = ClientCredentials(
            settings.token_url, self.emulator.client_id, self.emulator.client_secret, self.emulator.tenant_id
        )
        clock, sleep = self.fake_time.clock, self.fake_time.sleep
        settings = replace(settings, **changes)
        return FortnoxClient(credentials, settings, clock=clock, sleep=sleep, transport=transport)

    def measured_client(self, allowance: Allowance) -> FortnoxClient:
        """A client whose requests are timed by a clock that moves a second each time it is looked at."""
        looks = itertools.count()
        return self.client(DeadlineTransport(allowance, lambda: float(next(looks))))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=3, switches=Switches(rate_limit=False))
    with emulator.serving() as server:
        yield emulator, server.base_url


@pytest.fixture
def dripping(served: tuple[Emulator, str], fake_time: Any) -> Iterator[Dripping]:
    emulator, base_url = served
    yield Dripping(emulator, base_url, fake_time)
    emulator.clear_faults()


def test_what_trickles_has_its_patience_and_what_comes_has_longer() -> None:
    allowance = Allowance(total=1800, patience=120, slowest=8192)
    assert allowance.seconds(0) == 120
    assert 120 < allowance.seconds(3600) < 121, "a byte a second for an hour earns half a second"
    assert allowance.seconds(500 * MEGABYTE) == 1800


def test_the_largest_sie_file_comes_over_a_slow_line_by_the_usual_settings() -> None:
    """500 MB at 2.5 Mbit/s, looked at after every megabyte."""
    usual = ClientSettings()
    allowance = Allowance(usual.request_seconds, 2 * usual.timeout)
    seconds_a_megabyte = 8 / 2.5
    for megabytes in range(501):
        assert megabytes * seconds_a_megabyte < allowance.seconds(megabytes * MEGABYTE)


@pytest.mark.parametrize("kind", ["drip", "drip_head"])
def test_a_dripping_answer_is_given_up_when_its_patience_is_over_and_asked_for_again(
    dripping: Dripping, kind: str
) -> None:
    dripping.emulator.add_fault(Fault(kind, "/3/invoices", times=3, seconds=0.001))
    with dripping.measured_client(PATIENT) as client:
        with pytest.raises(
            NetworkTrouble, match=r"invoices at 127\.0\.0\.1: .* trickled in and was given up"
        ) as trouble:
            client.listing(INVOICES)
        assert trouble.value.retry
        assert client.requests == {"customer_invoices": 2}
        assert client.listing(INVOICES).records, "the third drips, the fourth does not"
        assert client.requests == {"customer_invoices": 4}


def test_an_answer_that_drips_fast_enough_is_waited_for(dripping: Dripping) -> None:
    """Each byte costs a second of the clock and earns two."""
    dripping.emulator.add_fault(Fault("drip", "/3/settings", seconds=0.001))
    with dripping.measured_client(Allowance(total=1_000_000, patience=30, slowest=0.5)) as client:
        assert client.one(LOCKED)
        assert client.requests == {"locked_period": 1}


def test_a_dripping_sie_file_is_given_up(dripping: Dripping) -> None:
    dripping.emulator.add_fault(Fault("drip", "/3/sie", times=None, seconds=0.001))
    with dripping.measured_client(PATIENT) as client, pytest.raises(NetworkTrouble, match="sie/4 at"):
        client.content(SIE, financialyear="1")


def test_a_dripping_token_endpoint_leaves_the_consent_alone(dripping: Dripping) -> None:
    dripping.emulator.add_fault(Fault("drip", "/oauth-v1/", times=None, seconds=0.005))
    with (
        dripping.measured_client(PATIENT) as client,
        pytest.raises(TokenRefreshFailed, match="given up; the consent is untouched"),
    ):
        client.one(LOCKED)


def test_a_silent_token_endpoint_is_waited_for_no_longer_than_the_api(dripping: Dripping) -> None:
    dripping.emulator.add_fault(Fault("slow", "/oauth-v1/", times=None, seconds=0.3))
    with (
        dripping.client(timeout=0.05) as client,
        pytest.raises(TokenRefreshFailed, match="no answer in time"),
    ):
        client.one(LOCKED)


def test_the_settings_say_when_a_request_ends(dripping: Dripping) -> None:
    dripping.emulator.add_fault(Fault("drip_head", "/3/invoices", times=None, seconds=0.01))
    with (
        dripping.client(request_seconds=0.5, retry_attempts=1) as client,
        pytest.raises(NetworkTrouble, match="only trickled in"),
    ):
        client.listing(INVOICES)
    dripping.emulator.clear_faults()
    dripping.emulator.add_fault(Fault("slow", "/3/invoices", times=None, seconds=0.3))
    with dripping.client(timeout=0.05) as client, pytest.raises(NetworkTrouble, match="no answer in time"):
        client.listing(INVOICES)
