"""What one surface tells of another: which payments the vouchers name, which invoices the payments settle, which
numbers of customers and suppliers are gone.

A list that is asked for its changes only may leave out a record that moved because another record did. What earlier
loads left is compared with what came tonight, so that such a list is read in full. How a listing is read belongs in
``listings.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipelines.fortnox.convert import Notes, Record, Row, Value, convert, key_of
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.listings import TABLE, PartRead
from pipelines.fortnox.marks import HeldBooks
from pipelines.fortnox.payment_details import REFERENCE_TYPES

#: Which invoices the payments of a surface settle. The payments are read first.
SETTLED: Final = {"customer_payments": "customer_invoices", "supplier_payments": "supplier_invoices"}
#: Columns in which records carry a number of a register that is read before them.
NUMBERED: Final = {
    "customers": ("customer_number", "invoice_customer_number"),
    "suppliers": ("supplier_number", "invoice_supplier_number"),
}
#: What an invoice's balance depends on in a payment.
SETTLEMENT: Final = ("number", "invoice_number", "booked", "amount")

Reference = tuple[str, str]


@dataclass
class CrossReferences:
    """What the surfaces of one company that were read tonight tell of those still to be read.

    ``moved_series`` are (year, series) of the vouchers that came or went; None until the vouchers were read beside
    held ones.
    """

    company_id: str
    books: HeldBooks
    moved_series: frozenset[tuple[str, str]] | None = None
    _named: Counter[Reference] | None = None
    _renamed: frozenset[Reference] = frozenset()
    _settled: dict[str, frozenset[str]] = field(default_factory=dict)
    _gone: dict[str, frozenset[str]] = field(default_factory=dict)

    def note(self, endpoint: Endpoint, reads: Sequence[PartRead]) -> None:
        """Remember what the listings of a surface tell of others."""
        if endpoint.name == "vouchers":
            self._note_vouchers(endpoint, reads)
        elif endpoint.name in NUMBERED and self.books.marks:
            self._note_register(endpoint, reads)
        elif endpoint.name in SETTLED and self.books.marks:
            self._note_payments(endpoint, reads)

    def named_by_vouchers(self, endpoint: Endpoint) -> set[str] | None:
        """Numbers of the payments exactly one voucher of the list names; None when the list was not read."""
        if self._named is None:
            return None
        wanted = REFERENCE_TYPES[endpoint.name]
        return {number for (kind, number), times in self._named.items() if kind == wanted and times == 1}

    def moved_unread(self, endpoint: Endpoint, read: PartRead) -> bool:
        """Whether a held record that did not come is not as it was held.

        A payment is not when its voucher names it no longer, or more than one does now. An invoice is not when it is
        settled otherwise: that a payment moves its invoice's ``lastmodified`` is unconfirmed (reference section 3). No
        record is that carries a number no register has any longer: the customer or supplier was renumbered.
        """
        wanted = REFERENCE_TYPES.get(endpoint.name)
        moved = {number for kind, number in self._renamed if kind == wanted}
        moved |= self._settled.get(endpoint.name, frozenset())
        came = {key_of(TABLE[endpoint.name], record) for record in read.records}
        others = {(number,) for number in moved} - came
        if others and not self.books.keys(endpoint, read.part).isdisjoint(others):
            return True
        return bool(self._gone) and any(
            self.names_gone(row)
            for rows in self.books.rows(endpoint, TABLE[endpoint.name], read.part, came)
            for row in rows
        )

    def names_gone(self, held: Mapping[str, Value]) -> bool:
        """Whether a held record carries a number that its register, read tonight, has no longer."""
        return any(
            held.get(column) in gone for register, gone in self._gone.items() for column in NUMBERED[register]
        )

    def _note_register(self, endpoint: Endpoint, reads: Sequence[PartRead]) -> None:
        """Which numbers the register had and has not."""
        table = TABLE[endpoint.name]
        held = {read.part: self.books.keys(endpoint, read.part) for read in reads}
        now = {key_of(table, record) for read in reads for record in read.records}
        for read in reads:
            now |= set() if read.replaced is None else held[read.part] - read.replaced
        if gone := set().union(*held.values()) - now:
            self._gone[endpoint.name] = frozenset(number for (number,) in gone)

    def _note_vouchers(self, endpoint: Endpoint, reads: Sequence[PartRead]) -> None:
        """Which payments the vouchers name, and what of it is not as it was held."""
        now = Counter(_reference(record) for read in reads for record in read.records)
        before: Counter[Reference] = Counter()
        replaced = {read.part: read.replaced for read in reads}
        for year, key, reference in self.books.references():
            before[reference] += 1
            gone = replaced.get(year)
            now[reference] += gone is not None and key not in gone
        self._named = now
        if self.books.marks:
            moved = before.keys() | now.keys()
            self._renamed = frozenset(name for name in moved if (before[name] == 1) != (now[name] == 1))
            self.moved_series = frozenset(self._series_not_as_held(endpoint, reads))

    def _series_not_as_held(self, endpoint: Endpoint, reads: Sequence[PartRead]) -> Iterator[tuple[str, str]]:
        """(year, series) of the vouchers that came or went."""
        for read in reads:
            if read.untouched:
                continue
            held = self.books.keys(endpoint, read.part)
            came = {key_of(TABLE["vouchers"], record) for record in read.records}
            for year, series, _ in came ^ held if read.replaced is None else came - held:
                yield year, series

    def _note_payments(self, endpoint: Endpoint, reads: Sequence[PartRead]) -> None:
        """Which invoices are settled by payments that are not as they were held."""
        table, added = TABLE[endpoint.name], {"company_id": self.company_id, "detail_fetched": None}
        now: set[tuple[Value, ...]] = set()
        before: set[tuple[Value, ...]] = set()
        for read in reads:
            if read.untouched:
                continue
            for record in read.records:
                now.add(_settlement(convert(table, record, Notes(), added, detail=False)))
            for rows in self.books.rows(endpoint, table, read.part, ()):
                before.update(
                    _settlement(row)
                    for row in rows
                    if read.replaced is None or (row["number"],) in read.replaced
                )
        self._settled[SETTLED[endpoint.name]] = frozenset(str(invoice) for _, invoice, *_ in now ^ before)


def _settlement(payment: Row) -> tuple[Value, ...]:
    return tuple(payment[column] for column in SETTLEMENT)


def _reference(voucher: Record) -> Reference:
    """What the voucher says caused it."""
    return str(voucher.get("ReferenceType")), str(voucher.get("ReferenceNumber"))
