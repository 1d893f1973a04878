"""Listings asked for their changes: what is merged, and when every row is read after all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import respx

from fortnox_emulator import Fault
from fortnox_emulator.model import Side
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Row
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import Incomplete
from pipelines.fortnox.fields import Table
from pipelines.fortnox.listings import ListingReader, PartRead
from pipelines.fortnox.marks import Key, Mark, NothingHeld, Thrift, Tonight, modified_since, not_after

BEGAN = datetime(2026, 9, 30, 20, 0, tzinfo=UTC)
SINCE = "2026-09-28 20:00:00"
SUPPLIERS, CUSTOMERS, FILES = BY_NAME["suppliers"], BY_NAME["customers"], BY_NAME["supplier_invoice_files"]


@dataclass
class FakeBooks(NothingHeld):
    """Keys by part, with a mark each."""

    held: dict[str, set[Key]]
    marks: dict[tuple[str, str], Mark] = field(default_factory=dict)  # type: ignore[misc]

    def sound(self, endpoint: Endpoint, part: str, rows: int) -> bool:
        return len(self.held[part]) == rows

    def keys(self, endpoint: Endpoint, part: str) -> set[Key]:
        return self.held[part]

    def rows(
        self, endpoint: Endpoint, table: Table, part: str, without: Collection[Key]
    ) -> Iterator[list[Row]]:
        raise NotImplementedError


Reader = Callable[..., ListingReader]


@pytest.fixture
def reader(client: FortnoxClient) -> Reader:
    """A reader that holds ``numbers`` of a surface, by part, and asks for changes however short the list."""

    def made(endpoint: Endpoint, **numbers: str) -> ListingReader:
        held = {part.strip("_"): {(number,) for number in listed} for part, listed in numbers.items()}
        marks = {
            (endpoint.name, part): Mark(SINCE, date(2026, 9, 29), len(keys)) for part, keys in held.items()
        }
        return ListingReader(client, FakeBooks(held, marks), Tonight(BEGAN, thrift=Thrift(whole_pages=0)))

    return made


@pytest.fixture
def fortnox_has(fortnox: respx.MockRouter, api: Any, listing_answer: Any) -> Callable[..., None]:
    """What the lists of suppliers or customers answer, by filter: all numbers, and those modified."""

    def routed(endpoint: Endpoint, **lists: tuple[str, str]) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            every, modified = lists[request.url.params.get("filter", "_")]
            asked = modified if request.url.params.get("lastmodified") == SINCE else every
            shown = asked[:1] if request.url.params["limit"] == "1" else asked
            rows = [{endpoint.key[0]: number} for number in shown]
            return listing_answer(endpoint.wrapper, rows, total=len(asked))  # type: ignore[no-any-return]

        fortnox.get(api(endpoint.path)).mock(side_effect=answer)

    return routed


def outcome(parts: list[PartRead], endpoint: Endpoint) -> dict[str, tuple[str, str, int]]:
    """By part: how it was read, the numbers that came, the rows there are."""
    return {
        part.part: (
            part.count.way,
            "".join(str(record[endpoint.key[0]]) for record in part.records),
            part.count.exist,
        )
        for part in parts
    }


@pytest.mark.parametrize(
    ("held", "every", "modified", "expected"),
    [
        ("abc", "abc", "", ("changes", "", 3)),
        ("abc", "abc", "b", ("changes", "b", 3)),
        ("abc", "abcd", "ad", ("changes", "ad", 4)),
        ("abc", "ac", "", ("full", "ac", 2)),
        ("abc", "acd", "d", ("full", "acd", 3)),
        ("abc", "abcd", "", ("full", "abcd", 4)),
        ("abc", "abc", "abc", ("full", "abc", 3)),
    ],
    ids=[
        "nothing", "one edited", "one edited, one new", "one gone", "one gone, one new",
        "a new one the filter does not show", "the filter does not filter",
    ],
)  # fmt: skip
def test_changes_are_believed_when_they_make_the_total(
    reader: Reader, fortnox_has: Callable[..., None], held: str, every: str, modified: str, expected: Any
) -> None:
    fortnox_has(SUPPLIERS, _=(every, modified))
    found = reader(SUPPLIERS, _=held).read(SUPPLIERS, [{}], lambda _: None)
    assert outcome(found, SUPPLIERS) == {"": expected}
    assert (found[0].replaced is None) is (expected[0] == "full")


@pytest.mark.parametrize(
    ("held", "listed", "way"),
    [("abc", "abc", "counted"), ("abc", "acd", "full"), ("abc", "ab", "full"), ("abcde", "abcdx", "full"),
     ("abcde", "xbcde", "counted"), ("abcd", "abcde", "full"), ("", "a", "full")],
    ids=["the same", "one for another", "one gone", "one for another on the last of two pages",
         "one for another on a page before it", "one more", "the first"],
)  # fmt: skip
def test_a_counted_list_is_compared_by_its_last_page(
    reader: Reader, fortnox: respx.MockRouter, api: Any, listing_answer: Any, held: str, listed: str, way: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        number, size = int(request.url.params.get("page", 1)), int(request.url.params["limit"])
        rows = [
            {"SupplierInvoiceNumber": "1", "FileId": file}
            for file in listed[(number - 1) * size : number * size]
        ]
        pages = -(-len(listed) // size)
        return listing_answer(FILES.wrapper, rows, total=len(listed), pages=pages, current=number)  # type: ignore[no-any-return]

    route = fortnox.get(api(FILES.path)).mock(side_effect=answer)
    files = reader(FILES, _="")
    files.client.settings = replace(files.client.settings, page_size=3)
    files.books.held[""] = {("1", file) for file in held}  # type: ignore[attr-defined]
    files.books.marks[FILES.name, ""] = Mark(SINCE, date(2026, 9, 29), len(held))  # type: ignore[index]
    (found,) = files.read(FILES, [{}], lambda _: None)
    assert (found.count.way, found.count.exist) == (way, len(listed) if way == "full" else len(held))
    assert route.call_count == 1 or way == "full"


def test_a_row_that_moves_from_one_filter_to_the_other_leaves_the_first(
    reader: Reader, fortnox_has: Callable[..., None]
) -> None:
    fortnox_has(CUSTOMERS, active=("ab", ""), inactive=("cx", "c"))
    active, inactive = reader(CUSTOMERS, active="abc", inactive="x").read(
        CUSTOMERS, CUSTOMERS.variants, lambda _: None
    )
    assert (active.count.way, active.replaced, active.count.exist) == ("changes", {("c",)}, 2)
    assert (inactive.count.way, inactive.replaced, inactive.count.exist) == ("changes", {("c",)}, 2)


@pytest.mark.parametrize(("changing", "requests"), [(False, 4), (True, 7)], ids=["quiet", "one for another"])
def test_a_row_deleted_and_one_added_between_two_pages_hide_no_third(
    reader: Reader, fortnox: respx.MockRouter, api: Any, listing_answer: Any, changing: bool, requests: int
) -> None:
    """The total stays 7, and d moves from the second page, not yet read, to the first, which was."""
    now = "abcdefg"

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now
        asked = request.url.params
        if "lastmodified" in asked:
            return dated([], total=int(now.endswith("h")), pages=1, current=1)
        number = int(asked.get("page", 1))
        if changing and number == 2:
            now = "bcdefgh"
        rows = [{"SupplierNumber": one} for one in now[(number - 1) * 3 : number * 3]]
        return dated(rows, total=7, pages=3, current=number)

    def dated(rows: list[Any], **meta: int) -> httpx.Response:
        answered = listing_answer("Suppliers", rows, **meta)
        answered.headers["Date"] = "Wed, 30 Sep 2026 20:00:00 GMT"
        return answered  # type: ignore[no-any-return]

    route = fortnox.get(api("suppliers")).mock(side_effect=answer)
    suppliers = reader(SUPPLIERS, _="")
    suppliers.client.settings = replace(suppliers.client.settings, page_size=3)
    suppliers.client.count(SUPPLIERS)  # from here on it is known what time it is at Fortnox
    asked_before = route.call_count
    (found,) = suppliers.read(SUPPLIERS, [{}], lambda _: None, whole=True)
    numbers = "".join(str(record["SupplierNumber"]) for record in found.records)
    assert numbers == ("bcdefgh" if changing else "abcdefg")
    assert found.count.exist == 7
    assert route.call_count - asked_before >= requests


@pytest.mark.parametrize("held", ["known", "new"])
@pytest.mark.parametrize("moves_to", ["active", "inactive", "neither"])
def test_a_customer_that_moves_between_the_two_lists_is_in_one_of_them(
    emulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, moves_to: str, held: str
) -> None:
    """One that moves to the list already read was in neither, one that moves the other way in both."""
    served = emulated()
    customers = served.emulator.books.parties[Side.CUSTOMER]
    moving = min(customers)
    customers[moving] = replace(customers[moving], active=moves_to != "active")
    keys: dict[str, set[Key]] = {
        part: {(number,) for number, party in customers.items() if party.active is (part == "active")}
        for part in ("active", "inactive")
    }
    marks = {(CUSTOMERS.name, part): Mark(SINCE, date(2026, 9, 29), len(of)) for part, of in keys.items()}
    reader = ListingReader(served.client, FakeBooks(keys, marks) if held == "known" else NothingHeld())

    def settle() -> None:
        customers[moving] = replace(customers[moving], active=moves_to != "inactive")

    monkeypatch.setattr(served.emulator, "advance", settle)
    served.emulator.add_fault(Fault("changed_page", "/3/customers", after=1))
    found = reader.read(CUSTOMERS, CUSTOMERS.variants, lambda _: None, whole=True)
    listed = [(record["CustomerNumber"], read.part) for read in found for record in read.records]
    assert sorted(listed) == sorted(
        (number, "active" if party.active else "inactive") for number, party in customers.items()
    )
    if moves_to == "neither":
        assert served.client.requests["customers"] == (2 if held == "known" else 3)


def test_a_filter_that_shows_both_lists_is_refused(reader: Reader, fortnox_has: Callable[..., None]) -> None:
    fortnox_has(CUSTOMERS, active=("abc", ""), inactive=("abc", ""))
    with pytest.raises(Incomplete, match="in several of its lists"):
        reader(CUSTOMERS, active="ab", inactive="c").read(
            CUSTOMERS, CUSTOMERS.variants, lambda _: None, whole=True
        )


def test_a_filter_that_is_refused_reads_everything(
    reader: Reader, fortnox: respx.MockRouter, api: Any, listing_answer: Any
) -> None:
    refusal = {"ErrorInformation": {"error": 1, "message": "Ogiltig parameter", "code": 2000588}}

    def answer(request: httpx.Request) -> httpx.Response:
        if "lastmodified" in request.url.params:
            return httpx.Response(400, json=refusal)
        return listing_answer("Suppliers", [{"SupplierNumber": "a"}], total=1)  # type: ignore[no-any-return]

    fortnox.get(api("suppliers")).mock(side_effect=answer)
    found = reader(SUPPLIERS, _="a").read(SUPPLIERS, [{}], lambda _: None)
    assert outcome(found, SUPPLIERS) == {"": ("full", "a", 1)}


def test_a_warehouse_that_lost_a_row_is_filled_again(
    reader: Reader, fortnox_has: Callable[..., None]
) -> None:
    fortnox_has(SUPPLIERS, _=("abc", ""))
    losing = reader(SUPPLIERS, _="abc")
    losing.books.keys(SUPPLIERS, "").discard(("b",))
    assert outcome(losing.read(SUPPLIERS, [{}], lambda _: None), SUPPLIERS) == {"": ("full", "abc", 3)}


@pytest.mark.parametrize(
    ("began", "asked"),
    [
        ("2026-09-30T20:00:00", "2026-09-29 20:00:00"),
        ("2026-10-25T00:30:00", "2026-10-24 00:30:00"),
        ("2026-10-25T02:30:00", "2026-10-24 02:30:00"),
        ("2026-10-26T03:15:00", "2026-10-25 02:15:00"),
        ("2026-03-30T03:30:00", "2026-03-29 03:30:00"),
        ("2026-01-01T01:00:00", "2025-12-31 00:00:00"),
    ],
    ids=[
        "summer",
        "in the repeated hour",
        "after it",
        "back into it",
        "back into the missing hour",
        "new year",
    ],
)
def test_a_mark_is_swedish_time_a_day_and_two_hours_back(began: str, asked: str) -> None:
    assert modified_since(datetime.fromisoformat(began).replace(tzinfo=UTC)) == asked


STAMPED = "%Y-%m-%d %H:%M:%S"
#: What a filter by a modified time may mean, as (what it compares of row and mark, whether equal is enough).
SECOND, DAY = len("2026-03-29 01:00:00"), len("2026-03-29")
TEMPERS = {
    "inclusive": (SECOND, True), "exclusive": (SECOND, False), "by the day": (DAY, True), "day excluded": (DAY, False),
}  # fmt: skip


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)], ids=["spring", "autumn"])
@pytest.mark.parametrize("clock_off", [-1, 0, 1], ids=["clock behind", "clock right", "clock ahead"])
@pytest.mark.parametrize(("compared", "inclusive"), TEMPERS.values(), ids=TEMPERS)
def test_nothing_modified_around_a_reading_is_missed_by_the_next(
    sunday: date, clock_off: int, compared: int, inclusive: bool
) -> None:
    """Rows stamped in Swedish wall-clock time from the second the reading began, on nights around both changes."""
    sweden = ZoneInfo("Europe/Stockholm")
    first = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(days=1)
    for minutes in range(0, 3 * 24 * 60, 20):
        began = first + timedelta(minutes=minutes)
        since = modified_since(began + timedelta(hours=clock_off))[:compared]
        for later in (0, 1, 1800, 3600, 7200, 36_000):
            modified = (began + timedelta(seconds=later)).astimezone(sweden).strftime(STAMPED)[:compared]
            assert modified >= since if inclusive else modified > since, (began, modified, since)


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)], ids=["spring", "autumn"])
@pytest.mark.parametrize("inclusive", [True, False])
def test_what_is_modified_during_a_reading_is_seen_also_when_the_clock_is_put_back_meanwhile(
    sunday: date, inclusive: bool
) -> None:
    sweden = ZoneInfo("Europe/Stockholm")
    first = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(hours=3)
    for minutes in range(0, 8 * 60, 5):
        began = first + timedelta(minutes=minutes)
        for later in (0, 1, 60, 900, 3599):
            modified = (began + timedelta(seconds=later)).astimezone(sweden).strftime(STAMPED)
            assert modified >= not_after(began) if inclusive else modified > not_after(began), began
    assert not_after(datetime(2026, 9, 30, 20, 0, tzinfo=UTC)) == "2026-09-30 21:59:55", (
        "no more than must be"
    )


MARK = Mark(SINCE, date(2026, 9, 29), 5000)


@pytest.mark.parametrize(
    ("surface", "mark", "changed", "way"),
    [
        ("vouchers", None, {}, "full"),
        ("vouchers", MARK, {}, "changes"),
        ("vouchers", MARK, {"began": None}, "full"),
        ("vouchers", replace(MARK, full_on=date(2026, 9, 23)), {}, "full"),
        ("vouchers", replace(MARK, full_on=date(2026, 9, 24)), {}, "changes"),
        ("vouchers", replace(MARK, full_on=date(2026, 10, 1)), {}, "full"),
        ("vouchers", replace(MARK, modified_since="2026-09-29 20:00:00"), {}, "changes"),
        ("vouchers", replace(MARK, modified_since="2026-09-29 20:00:01"), {}, "full"),
        ("vouchers", MARK, {"thrift": Thrift(full_every_days=1)}, "full"),
        ("vouchers", replace(MARK, rows=1000), {}, "full"),
        ("vouchers", MARK, {"unmoved": frozenset({"3"})}, "unmoved"),
        ("voucher_files", MARK, {"unmoved": frozenset({"3"})}, "counted"),
        ("accounts", MARK, {}, "full"),
        ("supplier_invoice_files", MARK, {}, "counted"),
        ("projects", MARK, {}, "full"),
        ("articles", MARK, {}, "held"),
    ],
)  # fmt: skip
def test_how_a_listing_is_read(surface: str, mark: Mark | None, changed: dict[str, Any], way: str) -> None:
    tonight = Tonight(**{"began": BEGAN, **changed})
    assert tonight.way(BY_NAME[surface], {"3": mark}, 500) == way
