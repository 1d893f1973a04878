"""Rows of invoices: which invoices are asked for their detail tonight, newest first and within a budget.

The list of invoices has no rows; each invoice's are one request. Only booked invoices are asked, because others still
change. Held rows stay while the list says of the invoice what it said when they were fetched, but for what payment or
sending moves; rows of an invoice that changed or is gone go, so that no row is of an invoice as it no longer is.

How rows become columns belongs in ``resources.py`` and ``schema_invoice_rows.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from pipelines.fortnox.convert import Record, Row
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import NotLicensed, UnexpectedResponse
from pipelines.fortnox.extraction import CHUNK, Answer, Chunk, Extraction
from pipelines.fortnox.listings import TABLE
from pipelines.surfaces import CHANGES, ListingCount, Reading

#: The surface that lists the invoices of each.
LISTED_IN: Final[Mapping[str, str]] = {
    "customer_invoice_rows": "customer_invoices",
    "supplier_invoice_rows": "supplier_invoices",
}
#: Columns of the list that move without the rows moving.
MOVED_BY_OTHERS: Final = frozenset({"balance", "final_pay_date", "sent"})


@dataclass(frozen=True)
class Invoice:
    """A booked invoice as listed tonight. Invoices sort by age, the oldest first."""

    day: date
    number: str
    fingerprint: str

    @property
    def age(self) -> tuple[date, int, str]:
        """By date, then by number as a number."""
        return self.day, int(self.number) if self.number.isdecimal() else 0, self.number


@dataclass(frozen=True)
class Standing:
    """One surface tonight: booked invoices, the held ones whose rows stay or go, and those to ask for."""

    booked: Mapping[str, Invoice]
    staying: frozenset[str]
    going: frozenset[str]
    asked: Sequence[Invoice]


def fingerprint(row: Row) -> str:
    """What the list says of an invoice, in 64 hexadecimal digits, but for what moves without its rows."""
    said = {
        column: str(value + 0 if isinstance(value, Decimal) else value)  # no minus before a zero
        for column, value in row.items()
        if column not in MOVED_BY_OTHERS
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass
class InvoiceRows:
    """The details of one company's invoices, for one night. The lists of invoices are read before."""

    extraction: Extraction
    _standings: dict[str, Standing] = field(default_factory=dict)

    def chunks(self, endpoint: Endpoint) -> Iterator[Chunk]:
        """The surface in chunks; none when nothing of it moved or its list was not read."""
        with self.extraction.log.reading(endpoint.name) as reading:
            try:
                standing = self._standing(endpoint)
                answers = self._answers(endpoint, standing.asked)
            except NotLicensed as refusal:
                reading.not_licensed = str(refusal)
                return
            self._count(endpoint, reading, standing)
            if answers or standing.going or not standing.staying:
                yield from self._chunks_of(endpoint, standing, answers)

    def _chunks_of(
        self, endpoint: Endpoint, standing: Standing, answers: Sequence[Answer]
    ) -> Iterator[Chunk]:
        yield Chunk(answers[:CHUNK], first=True)
        for start in range(CHUNK, len(answers), CHUNK):
            yield Chunk(answers[start : start + CHUNK], first=False)
        if standing.staying:
            going = {(number,) for number in standing.going}
            for name in endpoint.tables:
                for rows in self.extraction.books.rows(endpoint, TABLE[name], "", going):
                    yield Chunk([], first=False, held={name: rows})

    def _answers(self, endpoint: Endpoint, asked: Sequence[Invoice]) -> list[Answer]:
        details = self.extraction.client.details(endpoint, [invoice.number for invoice in asked])
        return [_answer(endpoint, *pair) for pair in zip(asked, details, strict=True)]

    def _count(self, endpoint: Endpoint, reading: Reading, standing: Standing) -> None:
        """Invoices, not rows: how many are booked, how many were asked for, how many stay."""
        came = len(standing.asked)
        reading.rows = came
        self.extraction.log.progress.advanced(endpoint.name, came)
        reading.add(
            ListingCount(
                "", came, len(standing.booked), came, came, CHANGES, None, kept=len(standing.staying)
            )
        )

    def _standing(self, endpoint: Endpoint) -> Standing:
        """Raises ``NotLicensed`` when the list was not read."""
        if not self._standings:
            self._standings = self._share_out()
        if endpoint.name not in self._standings:
            raise NotLicensed(
                f"{endpoint.path}: the list of invoices was not read, so neither are their rows; see there why.",
                status=403, scope=endpoint.scope,
            )  # fmt: skip
        return self._standings[endpoint.name]

    def _share_out(self) -> dict[str, Standing]:
        """The budget goes to the newest invoices that have no rows, customers' and suppliers' alike."""
        booked, held = {}, {}
        for name, listed in LISTED_IN.items():
            endpoint = BY_NAME[name]
            if (rows := self.extraction.listed_invoices(listed)) is not None:
                booked[endpoint.name] = _booked(endpoint, rows)
                held[endpoint.name] = self.extraction.books.invoices_with_rows(endpoint)
        staying = {
            name: frozenset(
                n for n, known in held[name].items() if n in mine and mine[n].fingerprint == known
            )
            for name, mine in booked.items()
        }
        waiting = [
            (invoice.age, name, invoice)
            for name, mine in booked.items()
            for number, invoice in mine.items()
            if number not in staying[name]
        ]
        waiting.sort(key=lambda one: one[:2], reverse=True)
        asked = waiting[: self.extraction.invoice_details]
        return {
            name: Standing(
                mine,
                staying[name],
                frozenset(held[name]) - staying[name],
                [i for _, of, i in asked if of == name],
            )
            for name, mine in booked.items()
        }


def _booked(endpoint: Endpoint, rows: Iterator[Row]) -> dict[str, Invoice]:
    (key,) = TABLE[endpoint.tables[0]].key
    found = {}
    for row in rows:
        if row["booked"]:
            day = row["invoice_date"]
            number = str(row[key])
            found[number] = Invoice(day if isinstance(day, date) else date.min, number, fingerprint(row))
    return found


def _answer(endpoint: Endpoint, invoice: Invoice, detail: Record) -> Answer:
    (key,) = BY_NAME[endpoint.name].key
    if str(detail.get(key)) != invoice.number:
        raise UnexpectedResponse(
            f"{endpoint.path}/{invoice.number}: Fortnox answered with another invoice; nothing was kept, run again.",
            path=f"{endpoint.path}/{key}",
        )
    return Answer(detail, {"list_fingerprint": invoice.fingerprint}, detailed=True)
