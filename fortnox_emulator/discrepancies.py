"""Planted errors. (Being written.)"""

from __future__ import annotations

REGISTRY: dict[str, object] = {}
