"""One record or file, straight from the API: what can be asked for, under which key, and that the answer is about it.

Nothing is kept and nothing is interpreted: figures are ``Decimal`` as they came, personal data as it came. Printing and
writing files belong in ``tieout.commands.fetch``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Record
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import Rejected, UnexpectedResponse
from pipelines.sie import UnplacedFile, sie_file
from sie_parser import SieError


class NothingFetched(Exception):
    """What was asked for cannot be, or is not there. Nothing was written. Exit code 4."""

    exit: Final = 4


@dataclass(frozen=True)
class Kind:
    """One kind of record: its row of the endpoint table and how its key is written."""

    endpoint: Endpoint
    form: str


#: what `tieout fetch` calls it -> what it is
KINDS: Final[dict[str, Kind]] = {
    "voucher": Kind(BY_NAME["voucher"], "A/17"),
    "account": Kind(BY_NAME["account"], "1510"),
    "invoice": Kind(BY_NAME["customer_invoice"], "1042"),
    "supplier-invoice": Kind(BY_NAME["supplier_invoice"], "114"),
    "customer-payment": Kind(BY_NAME["customer_payment"], "12"),
    "supplier-payment": Kind(BY_NAME["supplier_payment"], "12"),
    "customer": Kind(BY_NAME["customer"], "100"),
    "supplier": Kind(BY_NAME["supplier"], "100"),
}
ARCHIVE: Final = BY_NAME["archive_file"]
SIE: Final = BY_NAME["sie_of_type"]


@dataclass(frozen=True)
class Year:
    """A financial year: Fortnox's id and its first and last day."""

    financial_year_id: str
    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.financial_year_id} ({self.first} to {self.last})"


def fetch_record(client: FortnoxClient, kind: str, key: str, year: str | None) -> Record:
    """The record ``key`` of a kind. ``year`` is as in ``financial_year``, for the kinds that need one.

    Raises ``NothingFetched`` when there is no such record, ``UnexpectedResponse`` when Fortnox answers with another.
    """
    endpoint = KINDS[kind].endpoint
    if not endpoint.has_detail(key):
        raise NothingFetched(f'{kind}: "{key}" is no key of one; write it as in {KINDS[kind].form}')
    query = {}
    if endpoint.per_year:
        query[endpoint.year_parameter] = financial_year(client, year).financial_year_id
    try:
        record = client.detail(endpoint, key, **query)
    except Rejected as refusal:
        raise _absent(refusal, f"{kind} {key}") from None
    _refuse_another(endpoint, record, key, query.get(endpoint.year_parameter))
    return record


def fetch_file(client: FortnoxClient, file_id: str) -> bytes:
    """The bytes of an archived file, by its id or, where that does not find it, by the query Fortnox has beside it."""
    if not ARCHIVE.has_detail(file_id):
        raise NothingFetched(
            f'file: "{file_id}" is no file id; voucher_files, supplier_invoice_files and'
            " archive_files of schema fortnox have them"
        )
    try:
        return client.file(ARCHIVE, file_id)
    except Rejected as refusal:
        if refusal.status != 404:
            raise
    try:
        return client.content(ARCHIVE, fileid=file_id)
    except Rejected as refusal:
        raise _absent(refusal, f"file {file_id}") from None


def fetch_sie(client: FortnoxClient, sie_type: int, year: str | None) -> bytes:
    """A financial year's SIE file of the type asked for, which it must say itself that it is."""
    asked = financial_year(client, year)
    content = client.file(SIE, str(sie_type), financialyear=asked.financial_year_id)
    try:
        held = sie_file(content, name=f"sie/{sie_type}")
    except (SieError, UnplacedFile):
        raise UnexpectedResponse("sie: Fortnox sent something that is not a SIE file.", path="sie") from None
    if (held.header.sie_type, held.financial_year) != (str(sie_type), asked.first):
        raise UnexpectedResponse(
            f"sie: asked for type {sie_type} of {asked.first}, got type {held.header.sie_type} of"
            f" {held.financial_year}; nothing was written.",
            path="sie",
        )
    return content


def financial_year(client: FortnoxClient, text: str | None) -> Year:
    """The year ``text`` means: Fortnox's id of it, its first day, or the calendar year it begins in or, where none
    begins then, alone has days of.
    """
    years = [_year(row) for row in client.listing(BY_NAME["financial_years"]).records]
    readings = (
        [year for year in years if year.financial_year_id == text],
        [year for year in years if text in {str(year.first), str(year.first.year)}],
        [year for year in years if text in {str(one) for one in range(year.first.year, year.last.year + 1)}],
    )
    meant = next((found for found in readings if found), [])
    if len(meant) != 1:
        known = ", ".join(str(year) for year in sorted(years, key=lambda year: year.first))
        asked = f'"{text}" is not one financial year;' if text else "which financial year?"
        raise NothingFetched(f"{asked} --year takes an id, a first day or a calendar year of {known}")
    return meant[0]


def _year(row: Record) -> Year:
    try:
        return Year(str(row["Id"]), date.fromisoformat(row["FromDate"]), date.fromisoformat(row["ToDate"]))
    except (KeyError, TypeError, ValueError):
        raise UnexpectedResponse(
            "financialyears: Fortnox sent a year without id and days; nothing was shown, report it.",
            path="financialyears",
        ) from None


def _absent(refusal: Rejected, what: str) -> Exception:
    """A record that is not there is the asker's to know; any other refusal stays what it is."""
    if refusal.status != 404:
        return refusal
    return NothingFetched(f"{what}: Fortnox has none (404)")


def _refuse_another(endpoint: Endpoint, record: Record, key: str, year: str | None) -> None:
    """Raise unless the record is the one asked for, of the year asked for."""
    answered = "/".join(str(record.get(name)) for name in endpoint.key)
    other_year = year is not None and str(record.get(endpoint.year_field)) != year
    if answered != key or other_year:
        raise UnexpectedResponse(
            f"{endpoint.path}: asked for {key}, Fortnox answered about another; nothing was shown.",
            path=f"{endpoint.path}/{'/'.join(endpoint.key)}",
        )
