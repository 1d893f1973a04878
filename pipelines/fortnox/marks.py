"""How each listing was last read, and how it is to be read tonight.

Fortnox tells no row when it was changed; it only filters by it, in Swedish wall-clock time (reference section 3). So
every listing has a mark of ours: the moment the reading began by Fortnox's own clock, less an overlap. Marks are rows
of the warehouse, loaded with the rows they are about: a warehouse restored from a copy brings the marks of that copy.

Reading the marks belongs in ``pipelines/held.py``, asking Fortnox in ``listings.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol

import pendulum

from pipelines.fortnox.convert import Row
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.fields import Field, Kind, Table, text, whole
from pipelines.surfaces import CHANGES, COUNTED, FULL, HELD, UNMOVED

SWEDEN: Final = "Europe/Stockholm"
#: A day and two hours: enough for either change of the clock, for a filter that honours the day only, also where it
#: takes the day itself as excluded, and for a server that writes its rows a while after it stamps them.
OVERLAP: Final = timedelta(hours=26)
#: What the second a reading began in may hide from a filter that takes the moment itself as excluded.
OWN_SECONDS: Final = timedelta(seconds=5)
HOUR: Final = timedelta(hours=1)

READINGS: Final = Table("readings", "listing of a surface", ("surface", "part"), (
    text(None, "surface", "What is read, as in the table of surfaces", required=True),
    text(None, "part", "Financial-year id or filter the listing is asked with; empty where there is one only"),
    text(None, "modified_since", "From which Swedish wall-clock time on changes are asked for next"),
    Field(None, "full_on", Kind.DATE, "Swedish date every row was last read"),
    whole(None, "known_rows", "Rows of the listing after the last reading"),
))  # fmt: skip

Key = tuple[str, ...]


@dataclass(frozen=True)
class Mark:
    """The last reading of one listing: since when changes are to be asked for, when all was read, how many rows."""

    modified_since: str
    full_on: date
    rows: int


Marks = Mapping[tuple[str, str], Mark]


class HeldBooks(Protocol):
    """What earlier loads left in the warehouse."""

    @property
    def marks(self) -> Marks:
        """By surface and part; a listing without one must be read in full."""

    def sound(self, endpoint: Endpoint, part: str, rows: int) -> bool:
        """Whether a listing has ``rows`` held rows, and no row of its tables is there twice."""

    def keys(self, endpoint: Endpoint, part: str) -> set[Key]:
        """The keys of the held rows of a listing."""

    def rows(
        self, endpoint: Endpoint, table: Table, part: str, without: Collection[Key]
    ) -> Iterator[list[Row]]:
        """The held rows of a listing in one of its tables, but for records whose key is in ``without``."""

    def references(self) -> Iterator[tuple[str, Key, tuple[str, str]]]:
        """(year, key, (reference type, reference number)) of every held voucher that names a payment."""

    def next_numbers(self) -> Mapping[tuple[str, str], int]:
        """The next voucher number by (financial-year id, series), where it is known."""

    def invoices_with_rows(self, endpoint: Endpoint) -> Mapping[str, str]:
        """The list's fingerprint of each invoice whose rows are held, by its number."""


class NothingHeld:
    """The books before the first load."""

    marks: Final[Marks] = {}

    def sound(self, endpoint: Endpoint, part: str, rows: int) -> bool:  # noqa: ARG002 - the Protocol's signature
        """Nothing is as it was."""
        return False

    def keys(self, endpoint: Endpoint, part: str) -> set[Key]:  # noqa: ARG002 - the Protocol's signature
        """None."""
        return set()

    def rows(
        self, endpoint: Endpoint, table: Table, part: str, without: Collection[Key]  # noqa: ARG002
    ) -> Iterator[list[Row]]:  # fmt: skip
        """None."""
        return iter(())

    def references(self) -> Iterator[tuple[str, Key, tuple[str, str]]]:
        """None."""
        return iter(())

    def next_numbers(self) -> Mapping[tuple[str, str], int]:
        """None."""
        return {}

    def invoices_with_rows(self, endpoint: Endpoint) -> Mapping[str, str]:  # noqa: ARG002
        """None."""
        return {}


@dataclass(frozen=True)
class Thrift:
    """How much a night leaves unread, and how often it reads all the same.

    Every listing is read in full at the latest ``full_every_days`` after the last time (1: every night). A listing of
    up to ``whole_pages`` pages is read in full every night, because asking what changed takes two requests. The SIE
    file of a locked year is fetched and compared every ``verify_locked_years_every`` days; in between its vouchers are
    only counted.
    """

    full_every_days: int = 7
    verify_locked_years_every: int = 1
    whole_pages: int = 2


THRIFT: Final = Thrift()


@dataclass(frozen=True)
class Tonight:
    """When the reading began by Fortnox's clock (None when it does not say), and which locked years have not moved."""

    began: datetime | None = None
    unmoved: frozenset[str] = field(default_factory=frozenset)
    thrift: Thrift = THRIFT

    @property
    def today(self) -> date | None:
        """The civil date in Sweden."""
        return None if self.began is None else swedish(self.began).date()

    def due(self, mark: Mark | None, every: int | None = None) -> bool:
        """Whether the listing must be read in full: never read, or not for as long as is allowed."""
        if mark is None or self.today is None or self._went_back(mark):
            return True
        allowed = self.thrift.full_every_days if every is None else every
        return allowed <= 1 or not 0 <= (self.today - mark.full_on).days < allowed

    def way(self, endpoint: Endpoint, marks: Mapping[str, Mark | None], page_size: int) -> str:
        """How the listings of ``marks`` (by part), which belong together, are read tonight."""
        if any(self.due(mark) for mark in marks.values()):
            return FULL
        if endpoint.seldom:
            return HELD
        if endpoint.per_year and marks.keys() <= self.unmoved:
            return COUNTED if endpoint.fixed else UNMOVED
        if sum(mark.rows for mark in marks.values() if mark) <= self.thrift.whole_pages * page_size:
            return FULL
        if endpoint.lastmodified:
            return CHANGES
        return COUNTED if endpoint.fixed else FULL

    def _went_back(self, mark: Mark) -> bool:
        """Whether Fortnox's clock stands earlier than when the mark was left: one of the two is wrong."""
        return self.began is not None and mark.modified_since > modified_since(self.began)

    def mark(self, before: Mark | None, way: str, rows: int) -> Mark | None:
        """The mark a reading leaves; None when Fortnox did not say what time it was."""
        if self.began is None or self.today is None:
            return None
        if way == FULL or before is None:
            return Mark(modified_since(self.began), self.today, rows)
        since = modified_since(self.began) if way == CHANGES else before.modified_since
        return Mark(since, before.full_on, rows)


def swedish(moment: datetime) -> pendulum.DateTime:
    """``moment`` by Swedish clocks."""
    return pendulum.instance(moment).in_timezone(SWEDEN)


def modified_since(began: datetime) -> str:
    """What to ask for next time, so that nothing modified after ``began`` is missed."""
    return stamped(began - OVERLAP)


def not_after(began: datetime) -> str:
    """A time by the clock that nothing modified within an hour from ``began`` is stamped before, not even by a clock
    that is put back meanwhile.
    """
    just_before = began - OWN_SECONDS
    moves = swedish(just_before).utcoffset() != swedish(began + HOUR).utcoffset()
    return stamped(just_before - HOUR * moves)


def stamped(moment: datetime) -> str:
    """``moment`` as Fortnox filters by it, in Swedish wall-clock time."""
    return swedish(moment).format("YYYY-MM-DD HH:mm:ss")
