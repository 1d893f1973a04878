"""Tools for planting: choosing records nothing rests on yet, and fresh documents to break.

Every record handed out is marked as touched, so that two discrepancies never share one and daily activity leaves it
alone. What does not belong here: the discrepancies themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Document, Line, Payment, Row, Side, Voucher, VoucherKey, WriteOff
from fortnox_emulator.posting import book_document, book_payment, new_document, new_payment

Thing = TypeVar("Thing")
About = Side | Document | Payment


@dataclass
class Planter:
    """Hands out records to break. ``random`` belongs to one discrepancy, so planting order does not matter to it."""

    books: Books
    random: Random

    # -- choosing ------------------------------------------------------------------------------------------

    def choose(self, candidates: Iterable[Thing]) -> Thing:
        """One of the candidates; an empty choice is an error of the profile, not of the caller."""
        return self.random.choice(list(candidates))

    def touch(self, *things: Document | Payment | Voucher | None) -> None:
        """Mark records, and the vouchers they name, as resting on a discrepancy."""
        for thing in things:
            if isinstance(thing, Voucher):
                self.books.touched.add(("voucher", thing.key))
            elif thing is not None:
                kind = "document" if isinstance(thing, Document) else "payment"
                self.books.touched |= {(kind, (thing.side, thing.number)), ("voucher", thing.voucher)}

    def paid(
        self, side: Side, fits: Callable[[Document, Payment], bool] | None = None
    ) -> tuple[Document, Payment]:
        """A booked document settled by exactly one booked payment through the bank, both with their vouchers."""
        pairs = [
            (document, payments[0])
            for document in self.books.documents[side].values()
            if len(payments := self.books.payments_on(side, document.number, booked_only=False)) == 1
            and self._plain(document, payments[0])
            and (fits(document, payments[0]) if fits else document.currency == "SEK")
        ]
        document, payment = self.choose(pairs)
        self.touch(document, payment)
        return document, payment

    def paid_or_open(self, side: Side, fits: Callable[[Document], bool] = lambda _document: True) -> Document:
        """A document settled by one payment; under the cash method, which books no documents, any that is held."""
        books = self.books
        if not books.is_cash(books.today):
            return self.paid(side, lambda document, _pay: document.currency == "SEK" and fits(document))[0]
        document = self.choose(
            document
            for document in books.documents[side].values()
            if document.booked
            and not document.cancelled
            and not document.credit
            and fits(document)
            and not books.is_touched("document", (side, document.number))
        )
        self.touch(document)
        return document

    def _plain(self, document: Document, payment: Payment) -> bool:
        books = self.books
        return (
            payment.booked
            and payment.mode_account != books.profile.scheme.netting
            and not payment.write_offs
            and not document.cancelled
            and not document.credit
            and not document.credited_by
            and books.balance(document) == 0
            and document.voucher in books.vouchers
            and payment.voucher in books.vouchers
            and not books.is_touched("document", (document.side, document.number))
        )

    def manual_voucher(self, *, fits: Callable[[Voucher], bool] = lambda _voucher: True) -> Voucher:
        """A petty-cash voucher nobody has corrected: cost, input VAT, bank."""
        scheme = self.books.profile.scheme
        vouchers = [
            voucher
            for voucher in self.books.vouchers.values()
            if voucher.key.series == scheme.manual_series
            and len(voucher.rows) == len(voucher.live_rows) == 3
            and [row.account for row in voucher.rows[1:]] == [scheme.input_vat, scheme.bank]
            and voucher.total() == 0
            and not self.books.is_touched("voucher", voucher.key)
            and fits(voucher)
        ]
        voucher = self.choose(vouchers)
        self.touch(voucher)
        return voucher

    def amount(self) -> int:
        """An odd amount between 100 and 5,000 kronor."""
        return self.random.randint(100_00, 5_000_00)

    def deletable(self, key: VoucherKey | None, numbers: int = 1) -> bool:
        """Whether deleting a voucher and those right after it leaves a gap of its own: both neighbours are held."""
        if key is None or key.number == 1:
            return False
        around = range(key.number - 1, key.number + numbers + 1)
        return all(key._replace(number=number) in self.books.vouchers for number in around)

    def delete(self, voucher: Voucher, numbers: int = 1) -> Finding:
        """Delete a voucher and those right after it; the gap stays, because the voucher after it is left alone."""
        books, key = self.books, voucher.key
        gone = [key._replace(number=key.number + step) for step in range(numbers)]
        for one in gone:
            books.delete_voucher(one)
        books.files = [file for file in books.files if file.voucher not in gone]
        books.touched.add(("voucher", key._replace(number=key.number + numbers)))
        run = self.name(key) + (f"-{gone[-1].number}" if numbers > 1 else "")
        return Finding("voucher_numbering", "gap", "B", "voucher_number", run, None)

    def open_day(self, at_least: int = 0, at_most: int = 60) -> date:
        """A day so many days before today that is not locked."""
        days = [self.books.today - timedelta(days=back) for back in range(at_least, at_most + 1)]
        return self.choose([day for day in days if self.books.is_open(day)])

    # -- making --------------------------------------------------------------------------------------------

    def new_document(self, side: Side, day: date, *, abroad: bool = False) -> Document:
        """A fresh document of an ordinary party, in SEK or of one ``abroad`` in its currency, not booked yet."""
        books = self.books
        parties = books.parties[side].values()
        party = self.choose(
            party
            for party in parties
            if party.active and (party.currency != "SEK") is abroad and not party.rounds
        )
        number = books.next_document(side)
        account = books.profile.scheme.revenue[25] if side is Side.CUSTOMER else 5410
        lines = [
            Line(
                account,
                "Enligt överenskommelse",
                self.random.randint(2_000, 20_000) * 100,
                0 if abroad else 25,
            )
        ]
        document = new_document(books, side, number, party, day, day + timedelta(days=party.terms), lines)
        document.reference = f"X-{number}" if side is Side.SUPPLIER else ""
        books.documents[side][number] = document
        self.touch(document)
        return document

    def new_booked(self, side: Side, day: date, *, abroad: bool = False) -> Document:
        document = self.new_document(side, day, abroad=abroad)
        book_document(self.books, document, registered=day)
        self.touch(document)
        return document

    def pay(
        self, document: Document, day: date, amount: int, write_offs: list[WriteOff] | None = None
    ) -> Payment:
        """A booked bank payment on a document, whatever is left of it."""
        payment = self.register(document, day, amount, write_offs)
        book_payment(self.books, payment, registered=day)
        self.touch(payment)
        return payment

    def register(
        self, document: Document, day: date, amount: int, write_offs: list[WriteOff] | None = None
    ) -> Payment:
        """An unbooked bank payment."""
        mode = self.books.profile.scheme.mode(document.side)
        payment = new_payment(
            self.books, document, day, amount, mode=mode, registered=day, write_offs=write_offs
        )
        self.touch(payment)
        return payment

    # -- reading -------------------------------------------------------------------------------------------

    def voucher_of(self, item: Document | Payment) -> Voucher:
        """The voucher a booked document or payment names."""
        if item.voucher is None:
            raise LookupError(f"{item.side.value} {item.number} names no voucher")
        return self.books.vouchers[item.voucher]

    def control_row(self, voucher: Voucher, side: Side) -> Row:
        """The row on the control account."""
        controls = self.books.profile.controls(side)
        return next(row for row in voucher.live_rows if row.account in controls)

    def name(self, key: VoucherKey) -> str:
        """A voucher's subject key."""
        first = next(year.first for year in self.books.years if year.year_id == key.year_id)
        return f"{first}/{key.series}/{key.number}"

    def differs(self, item: Document | Payment, rule: str, difference: int | None) -> Finding:
        """A finding about a document beside its voucher."""
        kind = "payment" if isinstance(item, Payment) else "invoice"
        subject = f"{item.side.value}_{kind}"
        return Finding(f"{kind}_vouchers", rule, "B", subject, str(item.number), difference)

    def control_of(self, about: About) -> int:
        """The control account of a document or payment; of a whole side, the default one."""
        if isinstance(about, Side):
            return self.books.profile.control(about)
        if isinstance(about, Payment):
            return self.books.control_of(self.books.documents[about.side][about.document])
        return self.books.control_of(about)

    def on_control(self, check: str, rule: str, voucher: Voucher, about: About, difference: int) -> Finding:
        """A finding about a voucher and a control account."""
        key = f"{self.name(voucher.key)}/{self.control_of(about)}"
        return Finding(check, rule, "W", "voucher_account", key, difference)

    def manual(self, voucher: Voucher, about: About, moved: int) -> Finding:
        """The finding about a manual voucher on a control account."""
        return self.on_control("manual_control_vouchers", "manual_voucher", voucher, about, moved)

    def corrected(self, voucher: Voucher, about: About, difference: int) -> Finding:
        """The finding about rows struck and added on a control account."""
        return self.on_control("corrections", "control_account_row", voucher, about, difference)

    def parted(self, side: Side, difference: int) -> Finding:
        """The finding about the first day on which a control account and its subledger differ."""
        account = str(self.control_of(side))
        return Finding(f"{PREFIX[side]}_divergence", "first_day", "I", "control_account", account, difference)

    def movement(self, about: About, day: date | str, difference: int) -> Finding:
        """The tie-out finding of one month: subledger minus ledger."""
        month = day if isinstance(day, str) else self.books.period(day)
        prefix = PREFIX[about if isinstance(about, Side) else about.side]
        key = f"{self.control_of(about)}/{month}"
        return Finding(f"{prefix}_tie_out", "movement", "B", "control_account", key, difference)


def debit_sign(side: Side) -> int:
    """+1 where an invoice debits the control account, -1 where it credits it."""
    return 1 if side is Side.CUSTOMER else -1
