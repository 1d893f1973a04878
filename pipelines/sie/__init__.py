"""SIE files into the warehouse: ``sie_source`` for dlt, and the archive of their bytes."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pipelines.sie.archive import keep_bytes
from pipelines.sie.files import SieFile, UnplacedFile, sie_file

if TYPE_CHECKING:  # dlt takes a second to import: only who loads waits for it
    from pipelines.sie.source import sie_source

__all__ = ["SieFile", "UnplacedFile", "keep_bytes", "sie_file", "sie_source"]


def __getattr__(name: str) -> Any:
    """``sie_source``, imported when it is first asked for."""
    if name != "sie_source":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("pipelines.sie.source").sie_source
