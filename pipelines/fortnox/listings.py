"""Reading the listings of a surface: in full, only what changed, only counted, or not at all tonight.

A listing that is asked for its changes only is asked for its total as well: rows held and rows that came must make
that total, or the listing is read in full, which also finds what is gone. So is one whose filter is refused or does
not filter. Which way is right tonight is decided in ``marks.py``; what a surface is made of, in ``extraction.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from pipelines.fortnox.client import FortnoxClient, Listing
from pipelines.fortnox.convert import Record, key_of
from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.errors import Incomplete, Rejected, UnexpectedResponse
from pipelines.fortnox.fields import Table
from pipelines.fortnox.marks import HeldBooks, Key, Mark, Tonight, not_after
from pipelines.fortnox.schema import TABLES
from pipelines.surfaces import CHANGES, COUNTED, FULL, ListingCount

TABLE: Final[Mapping[str, Table]] = {table.name: table for table in TABLES}
#: How often changes and total are asked for when they do not make what is held, before the listing is read in full.
ATTEMPTS: Final = 2
#: From here on folders are left unread, and the surface is incomplete: each is a request.
MOST_FOLDERS: Final = 500
ROOT: Final = "root"
Query = Mapping[str, str]
OnRows = Callable[[int], None]


@dataclass(frozen=True)
class PartRead:
    """One listing as read: the records that came and, where not every row was read, what stays of the held ones.

    ``replaced`` are the keys whose held rows do not stay; None when none of the listing's held rows does.
    """

    part: str
    query: Query
    records: Sequence[Record]
    count: ListingCount
    replaced: frozenset[Key] | None = None

    @property
    def untouched(self) -> bool:
        """Whether everything stays as it is held."""
        return self.replaced is not None and not self.replaced and not self.records


@dataclass
class ListingReader:
    """Reads listings of one company for one night, and remembers the mark of each."""

    client: FortnoxClient
    books: HeldBooks
    tonight: Tonight = field(default_factory=Tonight)
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.marks = dict(self.books.marks)

    def read(
        self, endpoint: Endpoint, queries: Sequence[Query], heard: OnRows, *, whole: bool = False
    ) -> list[PartRead]:
        """The listings of ``queries``, whose rows may move from one to another; ``whole`` asks for every row."""
        parts = {part_of(query): query for query in queries}
        way = FULL if whole else self._way(endpoint, parts)
        found: list[PartRead] | None
        if way == FULL:
            found = None
        elif way == CHANGES:
            found = self._changes(endpoint, parts, heard)
        else:
            found = self._kept(endpoint, parts, way)
        return found or self._every_row(endpoint, queries, heard)

    def remember(self, endpoint: Endpoint, read: PartRead) -> None:
        """Keep the mark of a listing, for the next load; of one that did not come whole there is none."""
        place = endpoint.name, read.part
        mark = self.tonight.mark(self.books.marks.get(place), read.count.way, read.count.exist)
        if mark is None or read.count.pages_stated not in {None, read.count.pages}:
            self.marks.pop(place, None)
        else:
            self.marks[place] = mark

    def _way(self, endpoint: Endpoint, parts: Mapping[str, Query]) -> str:
        """How to read tonight; in full when the warehouse does not hold what the last reading left."""
        marks = {part: self.books.marks.get((endpoint.name, part)) for part in parts}
        way = self.tonight.way(endpoint, marks, self.client.settings.page_size)
        if way != FULL and any(
            mark is None or not self.books.sound(endpoint, part, mark.rows) for part, mark in marks.items()
        ):
            return FULL
        return way

    def _every_row(self, endpoint: Endpoint, queries: Sequence[Query], heard: OnRows) -> list[PartRead]:
        """The listings in full; read again until two readings agree where a row may have moved between them meanwhile.

        One that moves to a listing already read is in none of them, one that moves to one yet to be read in both.
        """
        found = [self._full(endpoint, query, heard) for query in queries]
        if len(queries) == 1 or not self._may_have_moved(endpoint, found):
            return found
        for _ in range(self.client.settings.listing_attempts):
            before, found = found, [self._full(endpoint, query, lambda _: None) for query in queries]
            keys = [_keys(endpoint, read.records) for read in found]
            if keys == [_keys(endpoint, read.records) for read in before] and not _twice(keys):
                return found
        raise Incomplete(
            f"{endpoint.path}: rows were in several of its lists, or moved between them each time they were read; "
            "nothing of this run was kept, run again and report it if it stays so.",
            surface=endpoint.name, expected=len(frozenset().union(*keys)), received=sum(map(len, keys)),
        )  # fmt: skip

    def _may_have_moved(self, endpoint: Endpoint, found: Sequence[PartRead]) -> bool:
        """Whether a row is in two listings, or a held one in none; of what was never read, whether a total moved."""
        keys = [_keys(endpoint, read.records) for read in found]
        if _twice(keys):
            return True
        if all((endpoint.name, read.part) in self.books.marks for read in found):
            held = frozenset[Key]().union(*(self.books.keys(endpoint, read.part) for read in found))
            return not held <= frozenset().union(*keys)
        return any(self.client.count(endpoint, **read.query) != len(read.records) for read in found[:-1])

    def _full(self, endpoint: Endpoint, query: Query, heard: OnRows) -> PartRead:
        if endpoint.shape is Shape.OBJECT:
            record = self.client.one(endpoint)
            heard(1)
            return PartRead("", query, [record], ListingCount("", 1, None, 1, None, FULL, self.tonight.today))
        if endpoint.shape is Shape.FOLDER:
            return self._folders(endpoint, query, heard)
        began = self.client.server_time
        listing = self.client.listing(endpoint, heard, **query)
        if began and listing.pages > self.tonight.thrift.whole_pages and endpoint.lastmodified:
            listing = self._steady(endpoint, query, listing, not_after(began))
        return PartRead(part_of(query), query, listing.records, self._count(part_of(query), listing, FULL))

    def _steady(self, endpoint: Endpoint, query: Query, listing: Listing, since: str) -> Listing:
        """``listing``, read again until two readings agree where something came or changed meanwhile.

        One row deleted and another added between two pages leave the total as it was, and move a third from a page yet
        to be read to one that was. A list so short that it is read in full every night is not asked: what
        was missed comes tomorrow.
        """
        if not self._moved_since(endpoint, query, since, len(listing.records)):
            return listing
        for _ in range(self.client.settings.listing_attempts):
            before, listing = listing, self.client.listing(endpoint, None, **query)
            if _keys(endpoint, before.records) == _keys(endpoint, listing.records):
                return listing
        raise Incomplete(
            f"{endpoint.path}: the list changed each time it was read; nothing of this run was kept, run again.",
            surface=endpoint.name, expected=len(before.records), received=len(listing.records),
        )  # fmt: skip

    def _moved_since(self, endpoint: Endpoint, query: Query, since: str, rows: int) -> bool:
        """Whether some rows were modified since then; of a filter that is refused or shows all, nothing follows."""
        try:
            return 0 < self.client.count(endpoint, **query, lastmodified=since) < rows
        except (Rejected, UnexpectedResponse):
            return False

    def _folders(self, endpoint: Endpoint, query: Query, heard: OnRows) -> PartRead:
        """The files of every folder. A folder is a page; one that may not be asked for did not come."""
        waiting, known, read = [self.client.one(endpoint)], {ROOT}, 0
        files: dict[str, Record] = {}
        while waiting:
            folder = waiting.pop(0)
            read += 1
            found = {str(file.get("Id")): file for file in _in_folder(endpoint, folder, "Files")}
            heard(len(found.keys() - files.keys()))
            files |= found
            inside = {str(item.get("Id")) for item in _in_folder(endpoint, folder, "Folders")} - known
            known |= inside
            asked = [key for key in sorted(inside) if endpoint.has_detail(key)]
            waiting += self.client.details(endpoint, asked[: max(0, MOST_FOLDERS - read - len(waiting))])
        count = ListingCount("", len(files), None, read, len(known), FULL, self.tonight.today)
        return PartRead("", query, list(files.values()), count)

    def _kept(self, endpoint: Endpoint, parts: Mapping[str, Query], way: str) -> list[PartRead] | None:
        """Everything as held; None when it is counted and is not."""
        found = []
        for part, query in parts.items():
            mark = self.books.marks[endpoint.name, part]
            if way == COUNTED and not self._counted_as_held(endpoint, part, query, mark.rows):
                return None
            stated = mark.rows if way == COUNTED else None
            count = ListingCount(part, 0, stated, 0, None, way, mark.full_on, mark.rows)
            found.append(PartRead(part, query, [], count, frozenset()))
        return found

    def _counted_as_held(self, endpoint: Endpoint, part: str, query: Query, rows: int) -> bool:
        """Whether Fortnox states ``rows`` rows, and no row of the last page is another than those held.

        One request, as counting alone would be. A list of one page is compared as a whole; of a longer one the row that
        came for one that went is seen where Fortnox lists it last, which is unconfirmed (reference section 3).
        """
        number = max(1, ceil(rows / self.client.settings.page_size))
        try:
            page = self.client.page(endpoint, number, **query)
        except (Rejected, UnexpectedResponse):
            return False
        same = page.meta is not None and page.meta.total == rows
        return same and _keys(endpoint, page.records) <= self.books.keys(endpoint, part)

    def _changes(
        self, endpoint: Endpoint, parts: Mapping[str, Query], heard: OnRows
    ) -> list[PartRead] | None:
        """What was modified since the marks; None when that and the rows held do not make the totals."""
        held = {part: self.books.keys(endpoint, part) for part in parts}
        for _ in range(ATTEMPTS):
            try:
                totals, came = self._asked(endpoint, parts, heard)
            except (Rejected, UnexpectedResponse, Incomplete):
                return None
            if all(len(came[part].records) == totals[part] for part in parts):
                return [self._whole(part, parts[part], came[part]) for part in parts]
            keys = {part: _keys(endpoint, came[part].records) for part in parts}
            moved = frozenset().union(*keys.values())
            if all(len((held[part] - moved) | keys[part]) == totals[part] for part in parts):
                return [
                    self._merged(endpoint, part, parts[part], came[part], (totals[part], moved))
                    for part in parts
                ]
        return None

    def _asked(
        self, endpoint: Endpoint, parts: Mapping[str, Query], heard: OnRows
    ) -> tuple[dict[str, int], dict[str, Listing]]:
        """Rows that exist and rows modified since the mark, by part."""
        totals = {part: self.client.count(endpoint, **query) for part, query in parts.items()}
        came = {}
        for part, query in parts.items():
            since = self.books.marks[endpoint.name, part].modified_since
            came[part] = self.client.listing(endpoint, heard, **query, lastmodified=since)
        return totals, came

    def _whole(self, part: str, query: Query, listing: Listing) -> PartRead:
        """Every row came: all were modified, or the filter does not filter."""
        return PartRead(part, query, listing.records, self._count(part, listing, FULL))

    def _merged(
        self, endpoint: Endpoint, part: str, query: Query, listing: Listing, known: tuple[int, frozenset[Key]]
    ) -> PartRead:
        """The rows that came beside the held ones they do not replace."""
        total, moved = known
        full_on = self.books.marks[endpoint.name, part].full_on
        kept = total - len(listing.records)
        count = ListingCount(part, len(listing.records), total, listing.pages, None, CHANGES, full_on, kept)
        return PartRead(part, query, listing.records, count, moved)

    def _count(self, part: str, listing: Listing, way: str) -> ListingCount:
        rows = len(listing.records)
        return ListingCount(
            part, rows, listing.stated, listing.pages, listing.pages_stated, way, self.tonight.today
        )


def part_of(query: Query) -> str:
    """What tells the listings of a surface apart: the financial-year id or the filter asked for."""
    return ",".join(query.values())


def _keys(endpoint: Endpoint, records: Sequence[Record]) -> frozenset[Key]:
    """Keys as the warehouse holds them."""
    table = TABLE[endpoint.tables[0]]
    return frozenset(key_of(table, record) for record in records)


def _twice(listings: Sequence[frozenset[Key]]) -> bool:
    """Whether a key is in more than one listing."""
    return sum(map(len, listings)) > len(frozenset[Key]().union(*listings))


def _in_folder(endpoint: Endpoint, folder: Record, inside: str) -> list[Record]:
    """The files or folders of a folder, each with the folder's id and name."""
    items = folder.get(inside) or []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnexpectedResponse(
            f"{endpoint.path}: Fortnox sent something other than a list of {inside.lower()}; nothing was kept, "
            "report it.",
            path=f"{endpoint.path}/{inside}",
        )
    place = {"FolderId": folder.get("Id") or ROOT, "FolderName": folder.get("Name")}
    return [{**item, **place} for item in items]
