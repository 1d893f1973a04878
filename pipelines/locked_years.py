"""Which locked years have not moved, by their SIE files: fetched, compared with the file held, and not read again.

A voucher of a locked year that was changed all the same keeps the count of the vouchers, and whether ``lastmodified``
shows it is unconfirmed (reference/fortnox/fortnox_api.md section 8.6). The SIE file holds every row and every opening
balance, at one request a year. So a locked year has not moved when its file says what the held one says, but for the
day it was made; what else is read per year then stays as it is held. How listings are read belongs in
``fortnox/listings.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import NotLicensed
from pipelines.fortnox.extraction import Extraction
from pipelines.fortnox.marks import Mark, Tonight
from pipelines.held import WarehouseBooks
from pipelines.surfaces import COUNTED, FULL, VERIFIED, ListingCount

SIE: Final = BY_NAME["sie"]
VOUCHERS: Final = BY_NAME["vouchers"]
MADE_ON: Final = re.compile(rb"(?m)^#GEN\b.*$")


@dataclass
class LockedYears:
    """The locked years of one company on one night. ``fetched`` are the files that were asked for, by year id."""

    company: CompanyDirectory
    client: FortnoxClient
    extraction: Extraction
    books: WarehouseBooks
    tonight: Tonight
    fetched: dict[str, bytes] = field(default_factory=dict)
    ways: dict[str, str] = field(default_factory=dict)

    def verify(self) -> Tonight:
        """The night with the years that have not moved; their SIE files are verified or, in between, counted."""
        try:
            unmoved = frozenset(year for year in self._candidates() if self._has_not_moved(year))
        except NotLicensed:
            unmoved = frozenset()
        return replace(self.tonight, unmoved=unmoved)

    def marks(self) -> dict[tuple[str, str], Mark]:
        """When the file of each unmoved year was last compared. A file that is yet to be loaded has no mark."""
        marks = {}
        for year, way in self.ways.items():
            before = self.books.marks.get((SIE.name, year))
            if way == VERIFIED and self.tonight.today:
                marks[SIE.name, year] = Mark("", self.tonight.today, 0)
            elif before:
                marks[SIE.name, year] = before
        return marks

    def count(self, year: str) -> ListingCount:
        """How the file of ``year`` was read."""
        mark = self.marks().get((SIE.name, year))
        return ListingCount(
            year, 0, None, 0, None, self.ways.get(year, FULL), mark.full_on if mark else self.tonight.today
        )

    def _candidates(self) -> Iterator[str]:
        """Ids of the years locked to their last day both last time and now, held, and not due to be read in full."""
        locked = min(str(self.books.locked_until or ""), self.extraction.locked_until())
        for year in self.extraction.years():
            identity = str(year.get("Id"))
            if (
                str(year.get("ToDate")) <= locked
                and identity in self.books.sie_files
                and not self.tonight.due(self.books.marks.get((VOUCHERS.name, identity)))
            ):
                yield identity

    def _has_not_moved(self, year: str) -> bool:
        mark = self.books.marks.get((SIE.name, year))
        if not self.tonight.due(mark, self.tonight.thrift.verify_locked_years_every):
            self.ways[year] = COUNTED
            stated = self.client.count(VOUCHERS, **{VOUCHERS.year_parameter: year})
            same = stated == self.books.marks[VOUCHERS.name, year].rows
        else:
            self.ways[year] = VERIFIED
            self.fetched[year] = self.client.content(SIE, financialyear=year)
            same = self._says_the_same(year)
        if not same:
            del self.ways[year]
        return same

    def _says_the_same(self, year: str) -> bool:
        held = self.company.sie_directory / f"{self.books.sie_files[year]}.se"
        return held.exists() and undated(held.read_bytes()) == undated(self.fetched[year])


def undated(content: bytes) -> bytes:
    """A SIE file without the line that says when it was made."""
    return MADE_ON.sub(b"", content)
