"""Pacing: as fast as Fortnox allows, without ever earning a 429.

Fortnox counts 25 requests per sliding 5 seconds and per client and company, when a request *arrives*
(reference/fortnox/fortnox_api.md section 4). We see only when we send and when the answer comes, so a window
kept on send times lets a request that was held up on the way share a window with 25 later ones. Two rules
together hold:

* evenness: a small burst, then one request every 200 ms (GCRA), because a full burst trips the real server;
* the window: request n + 24 is sent no sooner than 5.05 s after request n can at the latest have been counted:
  the arrival of its answer less the fastest answer seen, which is what server and way back take anyway.

24 per 5.05 s is 95 % of the allowed rate. Retrying belongs in ``client.py``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pyrate_limiter import GCRA, Rate, RateItem, StateBucket

WINDOW_REQUESTS: Final = 24
WINDOW_SECONDS: Final = 5.05
BURST: Final = 4
IN_FLIGHT_STEP: Final = 0.02


@dataclass
class _Slot:
    """One request: when it was sent, and by when the server must have counted it (None: still under way)."""

    sent: float
    counted_by: float | None = None


class Pace:
    """Grants one request at a time to any number of threads; times are seconds of ``clock``."""

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        window_requests: int = WINDOW_REQUESTS,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        rate = Rate(window_requests + 1, 5000, burst=max(BURST, window_requests // 6))
        self._bucket = StateBucket([rate], GCRA())
        self._recent: deque[_Slot] = deque(maxlen=window_requests)
        self._fastest = float("inf")
        self._closed_until = float("-inf")
        self._turn = threading.Lock()
        self._state = threading.Lock()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for the right to send one request; the body sends it and reads the answer."""
        slot = self._granted()
        try:
            yield
        finally:
            self._answered(slot)

    def pause(self, seconds: float) -> None:
        """Let nobody send for ``seconds``: the server has said it is too much."""
        with self._state:
            self._closed_until = max(self._closed_until, self._clock() + seconds)

    def _granted(self) -> _Slot:
        """The slot, once its time has come; threads are served one after the other."""
        with self._turn:
            while True:
                now = self._clock()
                wait = self._wait(now)
                if wait <= 0:
                    slot = _Slot(now)
                    with self._state:
                        self._recent.append(slot)
                    return slot
                self._sleep(wait)

    def _wait(self, now: float) -> float:
        """Seconds until the next request may go; asks the bucket last, because it spends what it grants."""
        with self._state:
            closed = self._closed_until - now
            window = self._window_wait(now)
        if max(closed, window) > 0:
            return max(closed, window)
        item = RateItem("fortnox", int(now * 1000))
        if self._bucket.put(item):
            return 0.0
        return max(float(self._bucket.waiting(item)) / 1000, 0.001)  # type: ignore[arg-type]  # sync store: int

    def _window_wait(self, now: float) -> float:
        """Seconds until the request 24 back has certainly left the server's window."""
        if len(self._recent) < (self._recent.maxlen or 0):
            return 0.0
        counted_by = self._recent[0].counted_by
        return IN_FLIGHT_STEP if counted_by is None else counted_by + WINDOW_SECONDS - now

    def _answered(self, slot: _Slot) -> None:
        """Note by when ``slot`` was counted; the fastest answer so far is what no request can beat."""
        with self._state:
            received = self._clock()
            self._fastest = min(self._fastest, received - slot.sent)
            slot.counted_by = received - self._fastest
