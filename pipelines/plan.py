"""What a load will cost before it is begun: rows, requests and minutes per surface.

Known from what the last load left in the warehouse, or from counting at Fortnox with one request per listing. A
surface of which nothing is known says so; its figures are None, not zero. The plan is of a night on which every listing
is read in full; most nights ask for less (``fortnox/marks.py``). Loading belongs in ``load.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.endpoints import BY_NAME, EVERY_NIGHT, Choice
from pipelines.fortnox.endpoints_by_record import NOTHING_SINGLY, Budget
from pipelines.fortnox.errors import NotLicensed
from pipelines.fortnox.invoice_rows import LISTED_IN
from pipelines.fortnox.marks import THRIFT
from pipelines.fortnox.ratelimit import WINDOW_REQUESTS, WINDOW_SECONDS
from pipelines.held import held_folders, held_next_numbers, held_records, held_rows
from pipelines.surfaces import COMPLETE, NOT_LICENSED
from pipelines.voucher_doubts import doubts

UNKNOWN: Final = "unknown"
PAGE_SIZE: Final = 500


@dataclass(frozen=True)
class PlannedSurface:
    """One surface: rows (None where they are not counted) and requests to expect.

    ``status`` is complete, not_licensed or unknown.
    """

    surface: str
    rows: int | None
    requests: int | None
    status: str = COMPLETE


@dataclass(frozen=True)
class Plan:
    """A load to come. ``requests`` and ``minutes`` are None while a surface is unknown."""

    surfaces: tuple[PlannedSurface, ...]

    @property
    def requests(self) -> int | None:
        known = [surface.requests for surface in self.surfaces if surface.status != NOT_LICENSED]
        return None if None in known else sum(requests or 0 for requests in known)

    @property
    def minutes(self) -> float | None:
        """At 95 % of the rate Fortnox allows."""
        if self.requests is None:
            return None
        return self.requests * WINDOW_SECONDS / WINDOW_REQUESTS / 60


def plan_from_last_load(
    company: CompanyDirectory, choice: Choice = EVERY_NIGHT, budget: Budget = NOTHING_SINGLY
) -> Plan:
    """The plan as the last load suggests it. Sends nothing; all unknown before the first load."""
    held, details = held_rows(company), _details(company)
    years = held.get("financial_years", 0)
    surfaces = [
        _planned(row, held[row.name], years, details.get(row.name, 0))
        if row.name in held
        else PlannedSurface(row.name, None, None, UNKNOWN)
        for row in choice.rows
    ]
    return Plan((*surfaces, *_singly(company, budget, surfaces)))


def plan_by_counting(
    company: CompanyDirectory,
    client: FortnoxClient,
    choice: Choice = EVERY_NIGHT,
    budget: Budget = NOTHING_SINGLY,
) -> Plan:
    """The plan with rows counted at Fortnox now, one request per listing; details of new payments are not known."""
    details, held = _details(company), held_rows(company)
    try:
        years = [str(year.get("Id")) for year in client.listing(BY_NAME["financial_years"]).records]
    except NotLicensed:
        years = []
    surfaces = []
    for row in choice.rows:
        try:
            counted_again = 0 if row.name in held else len(row.variants) - 1
            surfaces.append(_counted(row, client, years, details.get(row.name, 0) + counted_again))
        except NotLicensed:
            surfaces.append(PlannedSurface(row.name, None, None, NOT_LICENSED))
    return Plan((*surfaces, *_singly(company, budget, surfaces)))


def _singly(
    company: CompanyDirectory, budget: Budget, listed: Sequence[PlannedSurface]
) -> Iterator[PlannedSurface]:
    """At most how many records are asked for one by one: those that wait, within the night's budget.

    Vouchers on which the two witnesses differ are those of the last load; before the first they are not known and
    the whole budget is planned. Unbooked invoices are counted with the booked ones.
    """
    held, rows = held_records(company), {surface.surface: surface.rows for surface in listed}
    if budget.vouchers:
        doubted = doubts(company) if "voucher_details" in held else None
        asked = budget.vouchers if doubted is None else min(budget.vouchers, len(doubted))
        yield PlannedSurface("voucher_details", None if doubted is None else asked, asked)
    left = budget.invoices
    for surface, list_of in LISTED_IN.items() if budget.invoices else ():
        invoices = rows.get(list_of)
        if invoices is None:
            yield PlannedSurface(surface, None, None, UNKNOWN)
            continue
        asked = min(left, max(0, invoices - held.get(surface, 0)))
        left -= asked
        yield PlannedSurface(surface, asked, asked)


def _counted(row: Endpoint, client: FortnoxClient, years: list[str], details: int) -> PlannedSurface:
    """One surface as counted now. Raises ``NotLicensed``."""
    counts = _counts(row, client, years)
    if row.shape is Shape.FOLDER:
        return PlannedSurface(row.name, None, 1 + len(client.one(row).get("Folders") or ()))
    if counts is None:
        return _planned(row, None, len(years), details)
    pages = sum(max(1, ceil(count / PAGE_SIZE)) for count in counts)
    pages += row.lastmodified * sum(count > THRIFT.whole_pages * PAGE_SIZE for count in counts)
    return PlannedSurface(row.name, sum(counts), pages + details)


def _details(company: CompanyDirectory) -> dict[str, int]:
    """Detail requests per surface: the series' next numbers, and folders below the first that had a file.

    Payment details that are held are not fetched again.
    """
    return {"voucher_series": held_next_numbers(company), **held_folders(company)}


def _counts(row: Endpoint, client: FortnoxClient, years: list[str]) -> list[int] | None:
    """Rows of each listing of a surface; None for what answers in one piece, which is not asked."""
    if row.shape is not Shape.PAGES:
        return None
    queries: list[dict[str, str]] = (
        [{row.year_parameter: year} for year in years] if row.per_year else list(row.variants)
    )
    return [client.count(row, **query) for query in queries]


def _planned(row: Endpoint, rows: int | None, years: int, details: int) -> PlannedSurface:
    """The least requests that give ``rows``; how they spread over years is not known here."""
    listings = years if row.per_year else len(row.variants)
    pages = max(listings, ceil((rows or 0) / PAGE_SIZE)) if row.shape is Shape.PAGES else listings
    return PlannedSurface(row.name, rows, pages + details)
