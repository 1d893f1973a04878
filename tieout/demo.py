"""The demo: a made-up company served by the emulator on loopback, and one ordinary night against it.

The only module of ``tieout`` that may start the emulator. The night itself is ``tieout.run``, unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pendulum
from rich.console import Console

DEMO_COMPANY: Final = "demo"


def demo_night(
    directory: Path,
    *,
    seed: int,
    discrepancies: str,
    console: Console,
    quiet: bool,
    now: Callable[[], pendulum.DateTime] = pendulum.now,
) -> None:
    """Serve the demo company, run one night for it into ``directory`` and print the screen."""
