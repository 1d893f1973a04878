"""Reading one company's surfaces: which listings make a surface, and which details they need.

The result is chunks of records as Fortnox gave them; ``resources.py`` turns them into rows. Every surface gives
at least one chunk, so that an empty list empties its table; a surface the company may not read gives none, so
that what was read before stays, with a status that says so.

Values and columns do not belong here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipelines.fortnox.answers import INVALID_PARAMETER
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Notes, Record, Value
from pipelines.fortnox.endpoints import BY_NAME, Endpoint, Shape
from pipelines.fortnox.errors import NotLicensed, Rejected, SetupError, UnexpectedResponse
from pipelines.fortnox.payment_details import (
    REFERENCE_TYPES,
    HeldDetail,
    HeldDetails,
    needs_detail,
    still_holds,
)
from pipelines.surfaces import ListingCount, Reading, SurfaceLog

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
    """Some records of a surface; every surface that could be read has a first one, also when it is empty."""

    answers: Sequence[Answer]
    first: bool


@dataclass
class Extraction:
    """One reading of one company. ``financial_years`` limits the surfaces that are per year; None means all.

    ``held`` are payment details of an earlier load. ``accept_empty`` lets a listing that had rows come back empty
    without being taken for a fault.
    """

    client: FortnoxClient
    company_id: str
    log: SurfaceLog
    financial_years: frozenset[str] | None = None
    accept_empty: bool = False
    held: HeldDetails = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    _years: list[Record] | None = None
    _locked_until: str = ""
    _references: Counter[tuple[str, str]] | None = None

    def __post_init__(self) -> None:
        if not self.company_id or set(self.company_id) & set(";{}"):
            raise SetupError("company_id is empty or holds a brace or semicolon; choose a plain name.")

    def chunks(self, endpoint: Endpoint, state: MutableMapping[str, Any]) -> Iterator[Chunk]:
        """The surface in chunks. ``state`` is kept between loads: how many rows the surface had."""
        with self.log.reading(endpoint.name) as reading:
            try:
                answers = self._answers(endpoint, reading)
            except NotLicensed as refusal:
                reading.not_licensed = str(refusal)
                if "rows" not in state:
                    yield Chunk([], first=True)
                return
            self._refuse_sudden_loss(endpoint, answers, state)
            if endpoint.name == "vouchers":
                self._references = Counter(_reference(answer.record) for answer in answers)
            for start in range(0, max(len(answers), 1), CHUNK):
                part = answers[start : start + CHUNK]
                yield Chunk(list(self._detailed(endpoint, part)), first=start == 0)
            state["rows"] = len(answers)

    def years(self) -> list[Record]:
        """The financial years to read, as Fortnox lists them; asked for once."""
        if self._years is None:
            self._years = list(self.client.listing(BY_NAME["financial_years"]).records)
        wanted = self.financial_years
        return [year for year in self._years if wanted is None or str(year.get("Id")) in wanted]

    def _answers(self, endpoint: Endpoint, reading: Reading) -> list[Answer]:
        """Every record of the surface, without details."""
        if endpoint.shape is Shape.OBJECT:
            record = self.client.one(endpoint)
            self._heard(endpoint, reading)(1)
            reading.add(ListingCount("", 1, None, 1, None))
            if endpoint.name == "locked_period":
                self._locked_until = str(record.get("EndDate") or "")
            return [Answer(record, {})]
        if endpoint.name == "financial_years":
            self._years = list(self._listed(endpoint, reading, {}))
            return [Answer(year, {}) for year in self._years]
        if endpoint.per_year:
            return self._answers_per_year(endpoint, reading)
        return [
            Answer(record, _added(query))
            for query in endpoint.variants
            for record in self._listed(endpoint, reading, query)
        ]

    def _answers_per_year(self, endpoint: Endpoint, reading: Reading) -> list[Answer]:
        """The listing of each financial year.

        Whether voucher series take a financial year is unconfirmed (section 2.4): one that refuses or ignores the
        parameter gives the series of all years it knows, once.
        """
        found: dict[tuple[str, ...], Answer] = {}
        for year in self.years():
            identity = str(year.get("Id"))
            for record in self._listed_of_year(endpoint, reading, identity):
                key = tuple(str(record.get(name)) for name in (endpoint.year_field, *endpoint.key))
                found[key] = Answer(record, {})
        return list(found.values())

    def _listed_of_year(self, endpoint: Endpoint, reading: Reading, year: str) -> Sequence[Record]:
        try:
            records = self._listed(endpoint, reading, {endpoint.year_parameter: year})
        except Rejected as refusal:
            if endpoint.name != "voucher_series" or refusal.fortnox_code != INVALID_PARAMETER:
                raise
            return self._listed(endpoint, reading, {})
        if endpoint.name == "voucher_series":
            return records
        kept = [record for record in records if _of_year(endpoint, record, year)]
        reading.leave_out(len(records) - len(kept))
        return kept

    def _listed(self, endpoint: Endpoint, reading: Reading, query: Mapping[str, str]) -> Sequence[Record]:
        listing = self.client.listing(endpoint, self._heard(endpoint, reading), **query)
        reading.add(
            ListingCount(
                ",".join(query.values()),
                len(listing.records),
                listing.stated,
                listing.pages,
                listing.pages_stated,
            )
        )
        return listing.records

    def _heard(self, endpoint: Endpoint, reading: Reading) -> Any:
        """Counts rows as they arrive."""

        def heard(rows: int) -> None:
            reading.rows += rows
            self.log.progress.advanced(endpoint.name, rows)

        return heard

    def _refuse_sudden_loss(
        self, endpoint: Endpoint, answers: Sequence[Answer], state: Mapping[str, Any]
    ) -> None:
        """A list that had rows last time and has none now is more likely a fault than the truth."""
        before = int(state.get("rows", 0))
        if not answers and before >= SUSPICIOUS_LOSS and not self.accept_empty:
            raise UnexpectedResponse(
                f"{endpoint.path}: Fortnox gave no rows where there were {before} last time; nothing was kept, "
                "check in Fortnox and, if it is true, run with --full.",
                path=endpoint.path,
            )

    def _detailed(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        """``answers`` with the detail merged into those that need it."""
        if endpoint.detail is None:
            return iter(answers)
        if endpoint.name == "voucher_series":
            return self._with_next_numbers(endpoint, answers)
        return self._with_payment_details(endpoint, answers)

    def _with_payment_details(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        named = self._named_by_vouchers(endpoint)
        held = self.held.get(endpoint.name, {})
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

    def _named_by_vouchers(self, endpoint: Endpoint) -> set[str] | None:
        """Numbers of the payments the voucher list names; None when it was not read."""
        if self._references is None:
            return None
        wanted = REFERENCE_TYPES[endpoint.name]
        return {number for (kind, number), times in self._references.items() if kind == wanted and times == 1}

    def _with_next_numbers(self, endpoint: Endpoint, answers: Sequence[Answer]) -> Iterator[Answer]:
        """The series of open years with their next voucher number.

        Whether the detail takes a financial year is unconfirmed, so an answer about another year, or a refusal,
        leaves the number unknown.
        """
        open_years = self._open_years()
        for answer in answers:
            year, code = str(answer.record.get("Year")), str(answer.record.get("Code"))
            if year in open_years and endpoint.has_detail(code):
                yield _with_next_number(answer, self._series_detail(endpoint, code, year))
            else:
                yield answer

    def _series_detail(self, endpoint: Endpoint, code: str, year: str) -> Record:
        try:
            return self.client.detail(endpoint, code, financialyear=year)
        except (Rejected, NotLicensed):
            return {}

    def _open_years(self) -> set[str]:
        """Ids of the newest financial years that are not locked to their last day."""
        newest = sorted(self.years(), key=lambda year: str(year.get("FromDate")), reverse=True)[:OPEN_YEARS]
        return {str(year.get("Id")) for year in newest if str(year.get("ToDate")) > self._locked_until}


def _added(query: Mapping[str, str]) -> dict[str, Value]:
    """Columns that come from how the list was asked for."""
    return {"active": query["filter"] == "active"} if "filter" in query else {}


def _of_year(endpoint: Endpoint, record: Record, asked: str) -> bool:
    """Whether the row is of the year asked for; a filter that did not filter must not mix years.

    A search parameter finds ids that contain the one asked for (reference section 3): such rows come with their own
    year as well and are left out here.
    """
    year = str(record.get(endpoint.year_field))
    if year == asked:
        return True
    if endpoint.year_parameter != "financialyear" and asked in year:
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


def _reference(voucher: Record) -> tuple[str, str]:
    """What the voucher says caused it."""
    return str(voucher.get("ReferenceType")), str(voucher.get("ReferenceNumber"))


def _merged(endpoint: Endpoint, record: Record, detail: Record) -> Answer:
    """List and detail of one payment as one record; the detail, read later, wins where both have a field."""
    if str(detail.get("Number")) != str(record.get("Number")):
        raise UnexpectedResponse(
            f"{endpoint.path}/{record.get('Number')}: Fortnox answered with another payment; nothing was kept, "
            "run again.",
            path=f"{endpoint.path}/Number",
        )
    return Answer({**record, **detail}, {"detail_fetched": True}, detailed=True)
