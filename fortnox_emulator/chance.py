"""Seeded randomness: the same parts give the same draws, on every machine.

What does not belong here: what is drawn.
"""

from __future__ import annotations

from random import Random


def chance(*parts: object) -> Random:
    """A generator decided by the parts alone, such as seed, purpose and day."""
    return Random(":".join(str(part) for part in parts))  # noqa: S311 - simulation, not security
