"""Reading one company's surfaces: which listings make a surface, and which details they need.

The result is chunks of records as Fortnox gave them; ``resources.py`` turns them into rows. Every surface gives
at least one chunk, so that an empty list empties its table; a surface the company may not read gives none, so
that what was read before stays, with a status that says so.

Values and columns do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipelines.fortnox.answers import INVALID_PARAMETER
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Notes, Record, Value
from pipelines.fortnox.endpoints import BY_NAME, Endpoint, Shape
from pipelines.fortnox.errors import NotLicensed, Rejected, SetupError, UnexpectedResponse
from pipelines.surfaces import Reading, SurfaceLog

CHUNK: Final = 1000
LEDGER_CURRENCY: Final = "SEK"
#: From how many rows on a listing that is suddenly empty is not believed.
SUSPICIOUS_LOSS: Final = 10


@dataclass(frozen=True)
class Answer:
    """One record, with the columns the extraction adds; ``detailed`` when the detail answer is merged in."""

    record: Record
    added: Mapping[str, Value]
    detailed: bool = False


@dataclass(frozen=True)
class Chunk:
    """Some records of a surface; every surface that could be read has a first one, also when it is empty."""

    answers: Sequence[Answer]
    first: bool


@dataclass
class Extraction:
    """One reading of one company. ``financial_years`` limits the surfaces that are per year; None means all.

    ``accept_empty`` lets a listing that had rows come back empty without being taken for a fault.
    """

    client: FortnoxClient
    company_id: str
    log: SurfaceLog
    financial_years: frozenset[str] | None = None
    accept_empty: bool = False
    notes: Notes = field(default_factory=Notes)
    _years: list[Record] | None = None

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
            self._heard(endpoint, reading)(1)
            return [Answer(self.client.one(endpoint), {})]
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
            try:
                records = self._listed(endpoint, reading, {"financialyear": identity})
            except Rejected as refusal:
                if endpoint.name != "voucher_series" or refusal.fortnox_code != INVALID_PARAMETER:
                    raise
                records = self._listed(endpoint, reading, {})
            for record in records:
                _of_year(endpoint, record, identity)
                key = tuple(str(record.get(name)) for name in ("Year", *endpoint.key))
                found[key] = Answer(record, {})
        return list(found.values())

    def _listed(self, endpoint: Endpoint, reading: Reading, query: Mapping[str, str]) -> Sequence[Record]:
        listing = self.client.listing(endpoint, self._heard(endpoint, reading), **query)
        reading.add_stated(listing.stated)
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
        numbers = [str(a.record["Number"]) for a in answers if endpoint.detail and _needs_detail(a.record)]
        details = self.client.details(endpoint, numbers)
        for answer in answers:
            if not endpoint.detail:
                yield answer
            elif _needs_detail(answer.record):
                yield _merged(endpoint, answer.record, next(details))
            else:
                yield Answer(answer.record, {"detail_fetched": False})


def _added(query: Mapping[str, str]) -> dict[str, Value]:
    """Columns that come from how the list was asked for."""
    return {"active": query["filter"] == "active"} if "filter" in query else {}


def _of_year(endpoint: Endpoint, record: Record, asked: str) -> None:
    """A filter that did not filter must not put one year's rows into another."""
    if endpoint.name != "voucher_series" and str(record.get("Year")) != asked:
        raise UnexpectedResponse(
            f"{endpoint.path}: asked for financial year {asked}, got rows of {record.get('Year')}; nothing was kept, "
            "run again and report it if it stays so.",
            path=f"{endpoint.path}/Year",
        )


def _needs_detail(payment: Record) -> bool:
    """Write-offs and the amount in the invoice's currency are only in the detail."""
    foreign = payment.get("Currency") not in (LEDGER_CURRENCY, "", None)
    return foreign or payment.get("WriteOffExist") in (True, "true")


def _merged(endpoint: Endpoint, record: Record, detail: Record) -> Answer:
    """List and detail of one payment as one record; the detail, read later, wins where both have a field."""
    if str(detail.get("Number")) != str(record.get("Number")):
        raise UnexpectedResponse(
            f"{endpoint.path}/{record.get('Number')}: Fortnox answered with another payment; nothing was kept, "
            "run again.",
            path=f"{endpoint.path}/Number",
        )
    return Answer({**record, **detail}, {"detail_fetched": True}, detailed=True)
