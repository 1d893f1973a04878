"""The pace against a server that counts 25 arrivals per sliding 5 seconds: no 429, and 95 % of what is allowed."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable

import pytest

from pipelines.fortnox.ratelimit import Pace

ALLOWED = 25
WINDOW = 5.0


class Simulation:
    """Workers that send through one pace to a counting server, on one simulated clock.

    ``way_there`` and ``answering`` give the seconds a request is under way and the seconds until its answer is back.
    """

    def __init__(self, way_there: Callable[[], float], answering: Callable[[], float], workers: int) -> None:
        self.now = 0.0
        self.way_there, self.answering = way_there, answering
        self.pace = Pace(lambda: self.now, self._sleep)
        self.under_way: list[tuple[float, int, object]] = []
        self.workers = workers
        self.arrivals: list[float] = []
        self.sequence = 0

    def _sleep(self, seconds: float) -> None:
        """Time passes; answers that come in meanwhile are noted at their moment."""
        until = self.now + seconds
        self._receive(until)
        self.now = max(self.now, until)

    def _receive(self, until: float) -> None:
        while self.under_way and self.under_way[0][0] <= until:
            self.now, _, slot = heapq.heappop(self.under_way)
            slot.__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager kept open

    def run(self, requests: int) -> None:
        for _ in range(requests):
            if len(self.under_way) >= self.workers:
                self._receive(self.under_way[0][0])
            slot = self.pace.slot()
            slot.__enter__()
            there = self.way_there()
            self.arrivals.append(self.now + there)
            self.sequence += 1
            heapq.heappush(self.under_way, (self.now + there + self.answering(), self.sequence, slot))
        self._receive(float("inf"))

    def busiest_window(self) -> int:
        """Most arrivals in any sliding window, counted as the server does."""
        window: deque[float] = deque()
        most = 0
        for at in sorted(self.arrivals):
            window.append(at)
            while window[0] <= at - WINDOW:
                window.popleft()
            most = max(most, len(window))
        return most

    def rate(self) -> float:
        """Requests per second from the first arrival to the last."""
        return (len(self.arrivals) - 1) / (max(self.arrivals) - min(self.arrivals))


def constantly(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def now_and_then_slow(seed: int, usually: float, slowly: float) -> Callable[[], float]:
    """Jitter of a half around ``usually``, and one in twenty held up by as much as ``slowly``."""
    dice = random.Random(seed)
    return lambda: (
        usually * dice.uniform(0.5, 1.5) + (dice.uniform(0, slowly) if dice.random() < 0.05 else 0.0)
    )


@pytest.mark.parametrize("answering", [0.0, 0.05, 0.3, 0.6])
def test_a_server_that_always_takes_the_same_time_is_used_to_95_per_cent(answering: float) -> None:
    simulation = Simulation(constantly(0.01), constantly(answering), workers=4)
    simulation.run(1000)
    assert simulation.busiest_window() <= ALLOWED
    assert simulation.rate() >= 0.95 * ALLOWED / WINDOW


@pytest.mark.parametrize("seed", range(20))
def test_no_request_held_up_on_its_way_makes_a_window_too_full(seed: int) -> None:
    simulation = Simulation(
        now_and_then_slow(seed, 0.03, 3.0), now_and_then_slow(seed + 100, 0.25, 2.0), workers=4
    )
    simulation.run(600)
    assert simulation.busiest_window() <= ALLOWED


def test_one_request_after_the_other_is_slower_but_never_faster() -> None:
    simulation = Simulation(constantly(0.02), constantly(0.3), workers=1)
    simulation.run(200)
    assert simulation.busiest_window() <= ALLOWED
    assert simulation.rate() == pytest.approx(1 / 0.32, rel=0.02)


def test_it_does_not_begin_with_a_full_burst() -> None:
    simulation = Simulation(constantly(0.0), constantly(0.01), workers=30)
    simulation.run(30)
    in_first_second = sum(at < 1.0 for at in simulation.arrivals)
    assert 5 <= in_first_second <= 10


def test_a_pause_stops_everybody() -> None:
    simulation = Simulation(constantly(0.0), constantly(0.01), workers=2)
    simulation.run(5)
    asked = simulation.now
    simulation.pace.pause(30.0)
    simulation.run(1)
    assert simulation.arrivals[-1] >= asked + 30.0
