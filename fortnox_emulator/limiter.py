"""The rate limit: so many requests in any sliding window, counted per client and tenant.

What does not belong here: what a refusal looks like on the wire.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable


class SlidingWindow:
    """Counts requests per key over the last ``window`` seconds."""

    def __init__(
        self, clock: Callable[[], float], requests: int, window: float, *, count_rejected: bool = False
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._window = window
        self._count_rejected = count_rejected
        self._times: dict[Hashable, deque[float]] = defaultdict(deque)

    def admit(self, key: Hashable) -> float | None:
        """None when the request may pass; else the seconds until the next one may."""
        now, times = self._clock(), self._times[key]
        while times and times[0] <= now - self._window:
            times.popleft()
        if len(times) < self._requests:
            times.append(now)
            return None
        wait = times[-self._requests] + self._window - now
        if self._count_rejected:
            times.append(now)
        return wait
