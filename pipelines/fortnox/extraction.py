"""Reading one company's surfaces: which listings make a surface, and which details they need.

The result is chunks of records as Fortnox gave them, and of rows held from an earlier load that stay as they are;
``resources.py`` turns them into the rows a table is replaced with. A surface nothing of which moved gives no chunk, so
its tables are not touched; an empty list gives one, so that it empties its table; a surface the company may not read
gives none, so that what was read before stays, with a status that says so.

How much of a listing is asked for belongs in ``listings.py``; values and columns do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pipelines.fortnox.answers import INVALID_PARAMETER
from pipelines.fortnox.client import FortnoxClient, Listing
from pipelines.fortnox.convert import Notes, Record, Row, Value, convert
from pipelines.fortnox.cross_references import SETTLED, CrossReferences
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME, EVERY_NIGHT, Choice
from pipelines.fortnox.errors import NotLicensed, Rejected, SetupError, UnexpectedResponse
from pipelines.fortnox.listings import TABLE, ListingReader, PartRead, Query
from pipelines.fortnox.marks import HeldBooks, Marks, NothingHeld, Tonight
from pipelines.fortnox.payment_details import (
    REFERENCE_TYPES,
    HeldDetail,
    HeldDetails,
    needs_detail,
    still_holds,
)
from pipelines.surfaces import CHANGES, ListingCount, Reading, SurfaceLog

CHUNK: Final = 1000
#: How many of the newest financial years can be open, and so are asked for the next number of their series.
OPEN_YEARS: Final = 2
#: From how many rows on a listing that is suddenly empty is not believed.
SUSPICIOUS_LOSS: Final = 10


@dataclass(frozen=True)
class Answer:
    """One record, with the columns the extraction adds; ``detailed`` when the detail answer is merged in.

    ``held`` is the detail as an earlier load left it, where it was not fetched again.
    """

    record: Record
    added: Mapping[str, Value]
    detailed: bool = False
    held: HeldDetail | None = None


@dataclass(frozen=True)
class Chunk:
    """Some records of a surface, and held rows by table; a surface that gives any chunk has a first one."""

    answers: Sequence[Answer]
    first: bool
    held: Mapping[str, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One listing as read, its records as answers."""

    read: PartRead
    answers: Sequence[Answer]


@dataclass
class Extraction:
    """One reading of one company. ``financial_years`` limits the surfaces that are per year; None means all.

    ``books`` are what earlier loads left and ``held`` their payment details. ``accept_empty`` lets a listing that had
    rows come back empty without being taken for a fault. What ``choice`` leaves out is not asked for.
    ``invoice_details`` is how many invoices may be asked for their rows.
    """

    client: FortnoxClient
    company_id: str
    log: SurfaceLog
    financial_years: frozenset[str] | None = None
    accept_empty: bool = False
    held: HeldDetails = field(default_factory=dict)
    books: HeldBooks = field(default_factory=NothingHeld)
    choice: Choice = EVERY_NIGHT
    invoice_details: int = 0
    notes: Notes = field(default_factory=Notes)
    _years: Listing | None = None
    _lock: Record | None = None
    _invoices: dict[str, Sequence[Part]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.company_id or set(self.company_id) & set(";{}"):
            raise SetupError("company_id is empty or holds a brace or semicolon; choose a plain name.")
        self.reader = ListingReader(self.client, self.books)
        self.references = CrossReferences(self.company_id, self.books)

    def begin(self, tonight: Tonight, sie_marks: Marks) -> None:
        """What this night is; without it every listing is read in full and leaves no mark.

        ``sie_marks`` are those of the SIE files, which others read and which are kept beside ours.
        """
        self.reader.tonight = tonight
        listed = {place: mark for place, mark in self.books.marks.items() if place[0] != "sie"}
        self.reader.marks = {**listed, **sie_marks}

    def chunks(self, endpoint: Endpoint, state: MutableMapping[str, Any]) -> Iterator[Chunk]:
        """The surface in chunks. ``state`` is kept between loads: how many rows the surface had."""
        with self.log.reading(endpoint.name) as reading:
            try:
                parts = self._parts(endpoint, reading)
            except NotLicensed as refusal:
                reading.not_licensed = str(refusal)
                reading.left_out = endpoint.name in self.choice.without
                if "rows" not in state:
                    yield Chunk([], first=True)
                return
            rows = sum(part.read.count.exist for part in parts)
            self._refuse_sudden_loss(endpoint, rows, state)
            self.references.note(endpoint, [part.read for part in parts])
            if self.invoice_details and endpoint.name in SETTLED.values():
                self._invoices[endpoint.name] = parts
            if not (parts and all(part.read.untouched for part in parts)):
                yield from self._chunks_of(endpoint, parts)
            for part in parts:
                self.reader.remember(endpoint, part.read)
            state["rows"] = rows

    def _chunks_of(self, endpoint: Endpoint, parts: Sequence[Part]) -> Iterator[Chunk]:
        """Every row the surface has from now on: what came, and what stays of what is held."""
        first = True
        for part in parts:
            for start in range(0, len(part.answers), CHUNK):
                answers = list(self._detailed(endpoint, part.answers[start : start + CHUNK]))
                yield Chunk(answers, first)
                first = False
            for name in endpoint.tables:
                for rows in self._staying(endpoint, part.read, name):
                    yield Chunk([], first, {name: rows})
                    first = False
        if first:
            yield Chunk([], first)

    def _staying(self, endpoint: Endpoint, read: PartRead, table: str) -> Iterator[Sequence[Row]]:
        """The held rows of a listing that stay in one of its tables."""
        if read.replaced is not None:
            yield from self.books.rows(endpoint, TABLE[table], read.part, read.replaced)

    def listed_invoices(self, surface: str) -> Iterator[Row] | None:
        """Every invoice as listed or held from earlier, as rows; None when the list was not read."""
        parts = self._invoices.pop(surface, None)
        if parts is None:
            return None
        return (row for part in parts for row in self._rows_of(BY_NAME[surface], part))

    def _rows_of(self, endpoint: Endpoint, part: Part) -> Iterator[Row]:
        table, added = TABLE[endpoint.tables[0]], {"company_id": self.company_id}
        for answer in part.answers:
            yield convert(table, answer.record, Notes(), {**added, **answer.added}, detail=False)
        for rows in self._staying(endpoint, part.read, table.name):
            yield from rows

    def refuse_left_out(self, endpoint: Endpoint) -> None:
        """Raise ``NotLicensed`` for a surface the company has said it lives without."""
        if endpoint.name in self.choice.without:
            raise NotLicensed(
                f"{endpoint.path}: left out by `without` in the configuration; take it out there to read it.",
                status=403, scope=endpoint.scope,
            )  # fmt: skip

    def years(self) -> list[Record]:
        """The financial years to read, as Fortnox lists them; asked for once."""
        wanted = self.financial_years
        listed = self._listed_years().records
        return [year for year in listed if wanted is None or str(year.get("Id")) in wanted]

    def locked_until(self) -> str:
        """The last locked day; empty when nothing is locked or the lock may not be read. Asked for once."""
        try:
            return str(self._locked_period().get("EndDate") or "")
        except NotLicensed:
            return ""

    def _listed_years(self) -> Listing:
        if self._years is None:
            self.refuse_left_out(BY_NAME["financial_years"])
            self._years = self.client.listing(BY_NAME["financial_years"])
        return self._years

    def _locked_period(self) -> Record:
        if self._lock is None:
            self.refuse_left_out(BY_NAME["locked_period"])
            self._lock = self.client.one(BY_NAME["locked_period"])
        return self._lock

    def _parts(self, endpoint: Endpoint, reading: Reading) -> list[Part]:
        """Every listing of the surface, without details."""
        self.refuse_left_out(endpoint)
        if endpoint.per_year:
            return [self._part_of_year(endpoint, reading, str(year.get("Id"))) for year in self.years()]
        if endpoint.name == "locked_period":
            return [self._known(endpoint, reading, [self._locked_period()])]
        if endpoint.name == "financial_years":
            return [self._known(endpoint, reading, self._listed_years().records)]
        found = self._read(endpoint, endpoint.variants, reading)
        if found[0].count.way == CHANGES and self.references.moved_unread(endpoint, found[0]):
            reading.rows = 0
            found = self._read(endpoint, endpoint.variants, reading, whole=True)
        for read in found:
            reading.add(read.count)
        return [Part(read, [Answer(record, _added(read.query)) for record in read.records]) for read in found]

    def _known(self, endpoint: Endpoint, reading: Reading, records: Sequence[Record]) -> Part:
        """A surface that was asked for before its turn, because others need it."""
        listing = self._years if endpoint.name == "financial_years" else None
        count = ListingCount(
            "", len(records), listing.stated if listing else None, listing.pages if listing else 1,
            listing.pages_stated if listing else None, full_on=self.reader.tonight.today,
        )  # fmt: skip
        self._heard(endpoint, reading)(len(records))
        reading.add(count)
        return Part(PartRead("", {}, records, count), [Answer(record, {}) for record in records])

    def _part_of_year(self, endpoint: Endpoint, reading: Reading, year: str) -> Part:
        """The listing of a financial year.

        Whether voucher series take a financial year is unconfirmed (section 2.4): of one that refuses or ignores the
        parameter the rows of the year are taken.
        """
        query = {endpoint.year_parameter: year}
        contained = endpoint.year_parameter != "financialyear" and any(
            year in str(other.get("Id")) != year for other in self._listed_years().records
        )
        try:
            (read,) = self._read(endpoint, [query], reading, whole=contained)
        except Rejected as refusal:
            if endpoint.name != "voucher_series" or refusal.fortnox_code != INVALID_PARAMETER:
                raise
            (read,) = self._read(endpoint, [{}], reading, whole=True)
            read = replace(read, part=year, count=replace(read.count, part=year))
        kept = [record for record in read.records if _of_year(endpoint, record, year)]
        if others := len(read.records) - len(kept):
            read = replace(read, records=kept, count=read.count.without(others))
            reading.rows -= others
        reading.add(read.count)
        return Part(read, [Answer(record, {}) for record in kept])

    def _read(
        self, endpoint: Endpoint, queries: Sequence[Query], reading: Reading, *, whole: bool = False
    ) -> list[PartRead]:
        before = reading.rows
        found = self.reader.read(endpoint, queries, self._heard(endpoint, reading), whole=whole)
        reading.rows = before + sum(len(read.records) for read in found)
        return found

    def _heard(self, endpoint: Endpoint, reading: Reading) -> Any:
        """Counts rows as they arrive."""

        def heard(rows: int) -> None:
            reading.rows += rows
            self.log.progress.advanced(endpoint.name, rows)

        return heard

    def _refuse_sudden_loss(self, endpoint: Endpoint, rows: int, state: Mapping[str, Any]) -> None:
        """A list that had rows last time and has none now is more likely a fault than the truth."""
        before = int(state.get("rows", 0))
        if not rows and before >= SUSPICIOUS_LOSS and not self.accept_empty:
            raise UnexpectedResponse(
                f"{endpoint.path}: Fortnox gave no rows where there were {before} last time; nothing was kept, "
                "check in Fortnox and, if it is true, run with --full.",
                path=endpoint.path,
            )

    def _detailed(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        """``answers`` with the detail merged into those that need it."""
        if endpoint.name == "voucher_series":
            return self._with_next_numbers(endpoint, answers)
        if endpoint.name in REFERENCE_TYPES:
            return self._with_payment_details(endpoint, answers)
        return iter(answers)

    def _with_payment_details(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        named = self.references.named_by_vouchers(endpoint)
        held = {
            number: detail
            for number, detail in self.held.get(endpoint.name, {}).items()
            if not self.references.names_gone(detail.row)
        }
        needed = [needs_detail(answer.record, named) for answer in answers]
        kept = [
            held.get(number) if need and still_holds(endpoint, answer.record, held.get(number)) else None
            for need, answer, number in zip(needed, answers, map(_number, answers), strict=True)
        ]
        wanted = [need and not old for need, old in zip(needed, kept, strict=True)]
        details = self.client.details(
            endpoint, (_number(a) for a, want in zip(answers, wanted, strict=True) if want)
        )
        for answer, want, old in zip(answers, wanted, kept, strict=True):
            if want:
                yield _merged(endpoint, answer.record, next(details))
            else:
                yield Answer(answer.record, {"detail_fetched": old is not None}, held=old)

    def _with_next_numbers(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        """The series of open years with their next voucher number; the held one where no voucher came or went.

        Whether the detail takes a financial year is unconfirmed, so an answer about another year, or a refusal,
        leaves the number unknown.
        """
        open_years, held = self._open_years(), self._held_next_numbers(endpoint)
        for answer in answers:
            year, code = str(answer.record.get("Year")), str(answer.record.get("Code"))
            if (year, code) in held:
                yield Answer({**answer.record, "NextVoucherNumber": held[year, code]}, answer.added)
            elif year in open_years and endpoint.has_detail(code):
                yield _with_next_number(answer, self._series_detail(endpoint, code, year))
            else:
                yield answer

    def _held_next_numbers(self, endpoint: Endpoint) -> dict[tuple[str, str], int]:
        """The next numbers that stand: of series whose vouchers are as held and which are not due to be read again."""
        moved, tonight = self.references.moved_series, self.reader.tonight
        if moved is None:
            return {}
        return {
            (year, code): number
            for (year, code), number in self.books.next_numbers().items()
            if (year, code) not in moved and not tonight.due(self.books.marks.get((endpoint.name, year)))
        }

    def _series_detail(self, endpoint: Endpoint, code: str, year: str) -> Record:
        try:
            return self.client.detail(endpoint, code, financialyear=year)
        except (Rejected, NotLicensed):
            return {}

    def _open_years(self) -> set[str]:
        """Ids of the newest financial years that are not locked to their last day."""
        newest = sorted(self.years(), key=lambda year: str(year.get("FromDate")), reverse=True)[:OPEN_YEARS]
        return {str(year.get("Id")) for year in newest if str(year.get("ToDate")) > self.locked_until()}


def _added(query: Mapping[str, str]) -> dict[str, Value]:
    """Columns that come from how the list was asked for."""
    return {"active": query["filter"] == "active"} if "filter" in query else {}


def _of_year(endpoint: Endpoint, record: Record, asked: str) -> bool:
    """Whether the row is of the year asked for; a filter that did not filter must not mix years.

    A search parameter finds ids that contain the one asked for (reference section 3), and voucher series may ignore
    it: such rows come with their own year as well and are left out here.
    """
    year = str(record.get(endpoint.year_field))
    if year == asked:
        return True
    if endpoint.name == "voucher_series" or (endpoint.year_parameter != "financialyear" and asked in year):
        return False
    raise UnexpectedResponse(
        f"{endpoint.path}: asked for financial year {asked}, got rows of {year}; nothing was kept, "
        "run again and report it if it stays so.",
        path=f"{endpoint.path}/{endpoint.year_field}",
    )


def _with_next_number(answer: Answer, detail: Record) -> Answer:
    """The series with the number of its detail, when that is of the same series and year."""
    same = all(str(detail.get(name)) == str(answer.record.get(name)) for name in ("Year", "Code"))
    if not same or "NextVoucherNumber" not in detail:
        return answer
    return Answer({**answer.record, "NextVoucherNumber": detail["NextVoucherNumber"]}, answer.added)


def _number(answer: Answer) -> str:
    return str(answer.record["Number"])


def _merged(endpoint: Endpoint, record: Record, detail: Record) -> Answer:
    """List and detail of one payment as one record; the detail, read later, wins where both have a field."""
    if str(detail.get("Number")) != str(record.get("Number")):
        raise UnexpectedResponse(
            f"{endpoint.path}/{record.get('Number')}: Fortnox answered with another payment; nothing was kept, "
            "run again.",
            path=f"{endpoint.path}/Number",
        )
    return Answer({**record, **detail}, {"detail_fetched": True}, detailed=True)
