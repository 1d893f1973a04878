"""Time that tests can push forward.

What does not belong here: the company's calendar; ``Books.today`` is a date of its own.
"""

from __future__ import annotations

from collections.abc import Callable


class ShiftedClock:
    """A seconds counter over a base clock, plus whatever has been added by ``pass_time``."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._shift = 0.0

    def __call__(self) -> float:
        return self._base() + self._shift

    def pass_time(self, seconds: float) -> None:
        """Make ``seconds`` go by at once: tokens age, the rate-limit window slides."""
        self._shift += seconds
