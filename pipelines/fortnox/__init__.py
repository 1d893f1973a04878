"""Fortnox as a read-only dlt source: ``from pipelines.fortnox import fortnox_source``. See ``source.py``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # dlt takes a second to import: only who loads waits for it
    from pipelines.fortnox.source import fortnox_source

__all__ = ["fortnox_source"]


def __getattr__(name: str) -> Any:
    """``fortnox_source``, imported when it is first asked for."""
    if name != "fortnox_source":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("pipelines.fortnox.source").fortnox_source
