"""What happens to each surface of a load: progress while it is read, one result when it is done.

A *surface* is one row of the endpoint table, or the SIE files of a company. Counting requests and rows is all that
belongs here; reading is in ``fortnox`` and ``sie``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Protocol

COMPLETE: Final = "complete"
NOT_LICENSED: Final = "not_licensed"
NOT_READ: Final = "not_read"
LEFT_OUT: Final = "left_out"

#: How a listing was read: every row; the rows modified since the mark, and how many there are in all; how many there
#: are; not at all, because the year is locked and its SIE file is as held; not at all, because it is read now and then;
#: a SIE file that was fetched and says what the held one says.
FULL: Final = "full"
CHANGES: Final = "changes"
COUNTED: Final = "counted"
UNMOVED: Final = "unmoved"
HELD: Final = "held"
VERIFIED: Final = "verified"


class LoadProgress(Protocol):
    """Hears how a load is getting on."""

    def started(self, surface: str, expected_rows: int | None) -> None:
        """A surface is about to be read; ``expected_rows`` is None when nothing is known of its size."""

    def advanced(self, surface: str, rows: int) -> None:
        """``rows`` more rows of the surface have arrived."""

    def finished(self, surface: str, status: str) -> None:
        """The surface is done: ``complete``, ``not_licensed``, ``left_out`` or ``not_read``."""


@dataclass(frozen=True)
class ListingCount:
    """One listing of a surface: what the source states of its size, and what came.

    ``part`` is the financial-year id or the filter it was asked for; empty where there is only one. ``stated`` and
    ``pages_stated`` are None where the source does not say. ``way`` is how it was read, ``full_on`` the Swedish date
    every row was last read (None when that is not known), ``kept`` the rows held from an earlier load
    that stay beside those that came.
    """

    part: str
    rows: int
    stated: int | None
    pages: int
    pages_stated: int | None
    way: str = FULL
    full_on: date | None = None
    kept: int = 0

    @property
    def exist(self) -> int:
        """Rows of the listing once the load has ended."""
        return self.rows + self.kept

    def without(self, rows: int) -> ListingCount:
        """The listing without ``rows`` that belong to another listing of the surface and are counted there."""
        stated = None if self.stated is None else self.stated - rows
        return replace(self, rows=self.rows - rows, stated=stated)


@dataclass(frozen=True)
class SurfaceResult:
    """How the reading of one surface ended. ``why`` is empty when it is complete.

    ``stated`` is how many rows the source says exist, None where it does not say.
    """

    surface: str
    rows: int
    requests: int
    seconds: float
    status: str
    why: str = ""
    stated: int | None = None
    listings: tuple[ListingCount, ...] = ()

    @property
    def waiting(self) -> int:
        """How many records the source says exist and no load has brought yet."""
        return sum((listing.stated or listing.exist) - listing.exist for listing in self.listings)


@dataclass(frozen=True)
class LoadResult:
    """What a load did: one result per surface in the order of reading, and what conversion noticed.

    The notes count per ``table.Field``: fields nobody knows (kept as JSON), promised fields that did not come, fields
    the user may not see (stored as null) and figures rounded to the decimals of their column.
    """

    surfaces: tuple[SurfaceResult, ...]
    unknown_fields: Mapping[str, int]
    missing_fields: Mapping[str, int]
    no_right: Mapping[str, int]
    rounded: Mapping[str, int]

    @property
    def requests(self) -> int:
        """Requests sent for all surfaces, retries included."""
        return sum(surface.requests for surface in self.surfaces)

    @property
    def unread(self) -> tuple[SurfaceResult, ...]:
        """The surfaces that could not be read; their tables are as an earlier load left them."""
        return tuple(surface for surface in self.surfaces if surface.status != COMPLETE)


@dataclass
class Reading:
    """A surface that is being read; the reader adds to it."""

    rows: int = 0
    stated: int | None = None
    not_licensed: str | None = None
    left_out: bool = False
    listings: list[ListingCount] = field(default_factory=list)

    def add(self, listing: ListingCount) -> None:
        """Add one listing; one that says nothing of its size adds nothing to what is stated."""
        self.listings.append(listing)
        if listing.stated is not None:
            self.stated = (self.stated or 0) + listing.stated


class SilentProgress:
    """Says nothing."""

    def started(self, surface: str, expected_rows: int | None) -> None:
        """Nothing."""

    def advanced(self, surface: str, rows: int) -> None:
        """Nothing."""

    def finished(self, surface: str, status: str) -> None:
        """Nothing."""


@dataclass
class SurfaceLog:
    """Collects the results of one load, in the order the surfaces were read.

    ``requests`` gives the requests sent so far for a surface; ``expected`` the rows it had last time.
    """

    progress: LoadProgress
    clock: Callable[[], float]
    requests: Callable[[str], int]
    expected: Mapping[str, int] = field(default_factory=dict)
    results: dict[str, SurfaceResult] = field(default_factory=dict)

    @contextmanager
    def reading(self, surface: str) -> Iterator[Reading]:
        """Around the reading of one surface; a failure is recorded and goes on."""
        began, reading, status, why = self.clock(), Reading(), NOT_READ, "the reading did not come to its end"
        self.progress.started(surface, self.expected.get(surface))
        try:
            yield reading
            status, why = COMPLETE, ""
            if reading.not_licensed is not None:
                status, why = NOT_LICENSED, reading.not_licensed
            if reading.left_out:
                status, why = LEFT_OUT, "left out by `without` in the configuration"
        except Exception as trouble:
            why = str(trouble)
            raise
        finally:
            self.results[surface] = SurfaceResult(
                surface, reading.rows, self.requests(surface), self.clock() - began, status, why, reading.stated,
                tuple(reading.listings),
            )  # fmt: skip
            self.progress.finished(surface, status)
