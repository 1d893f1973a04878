"""Live progress of a load: a bar per surface on a terminal, plain lines elsewhere, nothing with ``--quiet``.

Implements ``pipelines.surfaces.LoadProgress``. What was loaded, in the end, is told by ``tieout.reports.terminal``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines.surfaces import COMPLETE, LoadProgress, SilentProgress


class LineProgress:
    """One plain line per finished surface: for logs, cron mails and CI."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: dict[str, int] = {}

    def started(self, surface: str, expected_rows: int | None) -> None:  # noqa: ARG002 -- the protocol's signature
        self._rows[surface] = 0

    def advanced(self, surface: str, rows: int) -> None:
        self._rows[surface] = self._rows.get(surface, 0) + rows

    def finished(self, surface: str, status: str) -> None:
        outcome = f"{self._rows.get(surface, 0)} rows" if status == COMPLETE else status
        self._console.print(f"  {surface}: {outcome}", highlight=False)


class BarProgress:
    """A bar per surface, on a terminal."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def started(self, surface: str, expected_rows: int | None) -> None:
        self._tasks[surface] = self._bars.add_task(surface, total=expected_rows, outcome="")

    def advanced(self, surface: str, rows: int) -> None:
        self._bars.advance(self._tasks[surface], rows)

    def finished(self, surface: str, status: str) -> None:
        task = self._tasks[surface]
        rows = int(self._bars.tasks[task].completed)
        outcome = f"{rows:,} rows" if status == COMPLETE else status
        self._bars.update(task, total=max(rows, 1), completed=max(rows, 1), outcome=outcome)


@contextmanager
def show_progress(console: Console, *, quiet: bool) -> Iterator[LoadProgress]:
    """The progress that fits ``console``: bars on a terminal, lines elsewhere, silence when ``quiet``."""
    if quiet:
        yield SilentProgress()
    elif not console.is_terminal:
        yield LineProgress(console)
    else:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description:28}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[outcome]:>14}"),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console, transient=True) as bars:
            yield BarProgress(bars)
