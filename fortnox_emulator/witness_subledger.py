"""The second witness's own arithmetic of a subledger: what is open, what moves the control account, which voucher.

Plain Python from the records, sharing nothing with the reconciliations it judges nor with how the books were made.
Amounts are öre. What does not belong here: the checks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from fortnox_emulator.books import Books
from fortnox_emulator.model import Document, Payment, Side, Voucher

REFERENCES = {
    Side.CUSTOMER: ("INVOICE", "INVOICEPAYMENT"),
    Side.SUPPLIER: ("SUPPLIERINVOICE", "SUPPLIERPAYMENT"),
}
_SIGN = {Side.CUSTOMER: 1, Side.SUPPLIER: -1}


@dataclass(frozen=True)
class Entry:
    """A booked document or payment as the subledger sees it.

    ``amount`` is what it moves the control ``account`` by, SEK debit positive, write-offs included. ``voucher`` is
    the one that booked it, None when the ledger holds none.
    """

    item: Document | Payment
    account: int
    amount: int
    voucher: Voucher | None

    @property
    def posting_day(self) -> date:
        """The voucher's date, else the document's own."""
        return self.voucher.day if self.voucher else self.item.day

    @property
    def kind(self) -> str:
        return "payment" if isinstance(self.item, Payment) else "invoice"

    @property
    def subject(self) -> tuple[str, str]:
        """Subject kind and key of a finding about it."""
        return f"{self.item.side.value}_{self.kind}", str(self.item.number)

    @property
    def reference(self) -> tuple[str, str]:
        """Type and number by which a voucher says that this caused it."""
        return REFERENCES[self.item.side][self.kind == "payment"], str(self.item.number)


def keeps(books: Books, side: Side) -> bool:
    """Whether the company has this subledger at all: a document of it, or a voucher that says it books one."""
    types = REFERENCES[side]
    held = books.documents[side] or books.payments[side]
    return bool(held) or any(voucher.reference_type in types for voucher in books.vouchers.values())


def settles(document: Document | None) -> bool:
    """Whether payments on a document settle anything: it must exist, be booked and not be cancelled."""
    return document is not None and document.booked and not document.cancelled


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def ledger_amount(document: Document) -> int:
    """Customer totals are in invoice currency and converted at the invoice's rate; supplier totals are SEK."""
    if document.side is Side.SUPPLIER:
        return document.total
    return _half_up(Decimal(document.total) * document.rate / document.unit)


def booked_payments(books: Books, side: Side) -> dict[str, list[Payment]]:
    """Document number -> its booked payments in the order they were made."""
    payments: dict[str, list[Payment]] = defaultdict(list)
    for payment in sorted(books.payments[side].values(), key=lambda pay: (pay.day, pay.number)):
        if payment.booked:
            payments[payment.document].append(payment)
    return payments


def walk(document: Document, payments: list[Payment]) -> tuple[int, int, dict[int, int]]:
    """(open in invoice currency, open in SEK, SEK each payment takes off) after all booked payments."""
    ledger = ledger_amount(document)
    currency = document.total
    if document.side is Side.SUPPLIER:
        currency = _half_up(Decimal(document.total) / document.rate * document.unit)
    effects = {}
    for payment in payments:
        parts = [payment.currency_amount] + [item.amount for item in payment.write_offs]
        currency -= sum(parts)
        effect = sum(_half_up(Decimal(part) * document.rate / document.unit) for part in parts)
        effects[payment.number] = ledger if currency == 0 else effect
        ledger -= effects[payment.number]
    return currency, ledger, effects


def open_amount(document: Document, payments: list[Payment]) -> int:
    """In the currency the API states Balance in: the invoice's for customers, SEK for suppliers."""
    currency, ledger, _ = walk(document, payments)
    return currency if document.side is Side.CUSTOMER else ledger


def by_reference(books: Books) -> dict[tuple[str, str], list[Voucher]]:
    """Reference type and number -> the vouchers that state them, the earliest first."""
    found: dict[tuple[str, str], list[Voucher]] = defaultdict(list)
    for voucher in sorted(books.vouchers.values(), key=lambda one: (one.day, one.key.series, one.key.number)):
        if voucher.reference_number:
            found[voucher.reference_type, voucher.reference_number].append(voucher)
    return found


def entries(books: Books, side: Side) -> Iterator[Entry]:
    """Everything that moves a control account: documents that settle, and every booked payment.

    The voucher is the one the record names, else the earliest that names the record.
    """
    references = by_reference(books)
    evidence, shares = _Evidence(books, side, references), _Shares(books, side, references)
    paid = booked_payments(books, side)
    effects: dict[int, int] = {}
    for document in books.documents[side].values():
        if settles(document):
            voucher = _voucher(books, document, references)
            amount = _SIGN[side] * ledger_amount(document)
            tax = shares.of_document(document)
            yield from _parts(Entry(document, evidence.of(document), amount, voucher), tax, shares)
            effects |= walk(document, paid[document.number])[2]
    for payment in books.payments[side].values():
        if payment.booked:
            effect = effects.get(payment.number)
            if effect is None:
                effect = _on_nothing(payment, books.documents[side].get(payment.document))
            voucher = _voucher(books, payment, references)
            entry = Entry(payment, evidence.of(payment), -_SIGN[side] * effect, voucher)
            yield from _parts(entry, -shares.of_payment(payment), shares)


def _parts(entry: Entry, tax: int, shares: _Shares) -> Iterator[Entry]:
    """An entry, or the customer's part and Skatteverket's of it; the latter only where payments settle such parts."""
    if entry.amount != tax or not tax:
        yield replace(entry, amount=entry.amount - tax)
    if tax and shares.compared:
        yield replace(entry, account=shares.account, amount=tax)


def tax_account(books: Books, side: Side) -> list[int]:
    """The further control account of a subledger whose payments settle Skatteverket's shares."""
    shares = _Shares(books, side, by_reference(books))
    return [shares.account] if shares.compared else []


class _Shares:
    """Skatteverket's share of customers' invoices, which they say themselves; what a payment settles of it its voucher
    says."""

    def __init__(self, books: Books, side: Side, references: dict[tuple[str, str], list[Voucher]]) -> None:
        self._books, self._references = books, references
        self.account = books.profile.tax_reduction_account if side is Side.CUSTOMER else 0
        paid = booked_payments(books, side) if self.account else {}
        self._settling: dict[int, int] = {}
        for number, payments in paid.items():
            document = books.documents[side].get(number)
            if document and settles(document) and (share := self.of_document(document)):
                self._settling |= self._settled(document, share, payments)
        self.compared = any(self._settling.values())

    def of_document(self, document: Document) -> int:
        return document.tax_reduction if self.account else 0

    def of_payment(self, payment: Payment) -> int:
        return self._settling.get(payment.number, 0)

    def _on_account(self, item: Document | Payment) -> int:
        voucher = _voucher(self._books, item, self._references) if self.account else None
        return voucher.on_account(self.account) if voucher else 0

    def _settled(self, document: Document, share: int, payments: list[Payment]) -> dict[int, int]:
        """Payment number -> what of it is Skatteverket's: what its voucher books there, or, once the customer has paid
        theirs, one of just the share that was booked elsewhere."""
        said = {payment.number: -self._on_account(payment) for payment in payments}
        customers, found = ledger_amount(document) - share, dict(said)
        for payment in payments:
            if customers <= 0 and payment.amount == share and not any(said.values()):
                found[payment.number] = share
            customers -= payment.settled - said[payment.number]
        return found


class _Evidence:
    """Which control account a document belongs on. Only vouchers say so: its own, else most of its counterparty's.

    A payment belongs where its document does; one of no document, where its own voucher books it.
    """

    def __init__(self, books: Books, side: Side, references: dict[tuple[str, str], list[Voucher]]) -> None:
        self._books, self._references = books, references
        self._default, self._controls = books.profile.control(side), set(books.profile.controls(side))
        seen: dict[str, Counter[int]] = defaultdict(Counter)
        items: list[Document | Payment] = [*books.documents[side].values(), *books.payments[side].values()]
        for item in items:
            document = self._document(item)
            if document and (account := self._booked_on(item)):
                seen[document.party][account] += 1
        self._usual = {
            party: min(counted, key=lambda one: (-counted[one], one)) for party, counted in seen.items()
        }

    def of(self, item: Document | Payment) -> int:
        document = self._document(item)
        if document is None:
            return self._booked_on(item) or self._default
        return self._booked_on(document) or self._usual.get(document.party, self._default)

    def _document(self, item: Document | Payment) -> Document | None:
        return self._books.documents[item.side].get(item.document) if isinstance(item, Payment) else item

    def _booked_on(self, item: Document | Payment) -> int:
        """The one control account the item's voucher has rows on; 0 where it has none or several."""
        voucher = _voucher(self._books, item, self._references)
        accounts = {row.account for row in voucher.live_rows} & self._controls if voucher else set()
        return accounts.pop() if len(accounts) == 1 else 0


def _on_nothing(payment: Payment, document: Document | None) -> int:
    """What a payment takes that settles nothing: at the rate of its document, where there is one, else at its own."""
    if document is None:
        return payment.amount + sum(item.amount for item in payment.write_offs)
    parts = [payment.currency_amount, *(item.amount for item in payment.write_offs)]
    return sum(_half_up(Decimal(part) * document.rate / document.unit) for part in parts)


def _voucher(
    books: Books, item: Document | Payment, references: dict[tuple[str, str], list[Voucher]]
) -> Voucher | None:
    if item.voucher in books.vouchers:
        return books.vouchers[item.voucher]
    kind = REFERENCES[item.side][isinstance(item, Payment)]
    return next(iter(references.get((kind, str(item.number)), ())), None)
