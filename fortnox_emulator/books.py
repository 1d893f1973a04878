"""The books: one consistent set of double-entry records, and the arithmetic every rendering shares.

The API answers and the SIE file are both rendered from these objects, so they agree by construction. The few
places where a planted discrepancy makes them disagree are explicit here: ``shifts`` and ``Document.balance_error``.
What does not belong here: JSON, SIE, HTTP, or deciding what happens on a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from fortnox_emulator.chance import chance
from fortnox_emulator.company_profile import CompanyProfile, OpeningItem
from fortnox_emulator.model import (
    Document,
    FileConnection,
    FinancialYear,
    Party,
    Payment,
    RowState,
    Side,
    Voucher,
    VoucherKey,
)
from fortnox_emulator.money import in_currency, in_sek

OFFICE_OPENS = time(8)


@dataclass(frozen=True)
class Plan:
    """Something due on a day: ``kind`` names the act in ``activity``, ``subject`` the document or payment number."""

    kind: str
    side: Side
    subject: str
    note: str = ""


@dataclass
class Shifts:
    """Planted errors in the SIE balances, öre added to what is printed. Keys: (year id, account[, month])."""

    opening: dict[tuple[int, int], int] = field(default_factory=dict)
    closing: dict[tuple[int, int], int] = field(default_factory=dict)
    result: dict[tuple[int, int], int] = field(default_factory=dict)
    period: dict[tuple[int, int, str], int] = field(default_factory=dict)


@dataclass
class Discords:
    """Planted lies of one witness: vouchers the list or the file leaves out, and what the API alone states of them.

    ``opening`` and ``next_numbers`` are added to what the API states of an account and of a series, ``amounts`` to the
    first row of a voucher that is asked for by itself, and taken from its last. ``doubled`` are vouchers the file has
    twice, ``folders`` those of the archive besides the usual ones, by id.
    """

    unlisted: set[VoucherKey] = field(default_factory=set)
    unexported: set[VoucherKey] = field(default_factory=set)
    days: dict[VoucherKey, date] = field(default_factory=dict)
    texts: dict[VoucherKey, str] = field(default_factory=dict)
    amounts: dict[VoucherKey, int] = field(default_factory=dict)
    opening: dict[tuple[int, int], int] = field(default_factory=dict)
    next_numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    doubled: set[VoucherKey] = field(default_factory=set)
    folders: dict[str, str] = field(default_factory=dict)


def _per_side() -> dict[Side, dict[str, Document]]:
    return {side: {} for side in Side}


def _no_parties() -> dict[Side, dict[str, Party]]:
    return {side: {} for side in Side}


def _payments_per_side() -> dict[Side, dict[int, Payment]]:
    return {side: {} for side in Side}


@dataclass
class Books:
    """Everything the company holds on ``today``. Mutated by ``activity`` and ``discrepancies`` only."""

    profile: CompanyProfile
    seed: int
    today: date
    years: list[FinancialYear]
    parties: dict[Side, dict[str, Party]] = field(default_factory=_no_parties)
    vouchers: dict[VoucherKey, Voucher] = field(default_factory=dict)
    documents: dict[Side, dict[str, Document]] = field(default_factory=_per_side)
    payments: dict[Side, dict[int, Payment]] = field(default_factory=_payments_per_side)
    files: list[FileConnection] = field(default_factory=list)
    locked_until: date | None = None
    agenda: dict[date, list[Plan]] = field(default_factory=lambda: defaultdict(list))
    shifts: Shifts = field(default_factory=Shifts)
    discords: Discords = field(default_factory=Discords)
    touched: set[tuple[str, object]] = field(default_factory=set)
    _last_numbers: dict[tuple[int, str], int] = field(default_factory=dict)
    _payment_index: dict[tuple[Side, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for side, parties in self.parties.items():
            parties.update((party.number, party) for party in self.profile.parties(side))

    def party_of(self, document: Document) -> Party:
        """The counterparty of a document."""
        return self.parties[document.side][document.party]

    def control_of(self, item: Document | OpeningItem) -> int:
        """The control account a document belongs on: its counterparty's, else the company's default."""
        return self.parties[item.side][item.party].control_account or self.profile.control(item.side)

    # -- years ---------------------------------------------------------------------------------------------

    def year(self, year_id: int) -> FinancialYear | None:
        return next((year for year in self.years if year.year_id == year_id), None)

    def year_of(self, day: date) -> FinancialYear:
        return next(year for year in self.years if year.holds(day))

    def year_before(self, year: FinancialYear) -> FinancialYear | None:
        return next((other for other in self.years if other.last + timedelta(days=1) == year.first), None)

    def is_cash(self, day: date) -> bool:
        """Whether a day lies in a year under the cash method."""
        return any(year.holds(day) and year.accounting_method == "CASH" for year in self.years)

    def period(self, day: date) -> str:
        """The month of a day, "2026-03"; the year's first day, "2026-03-16", where a year begins within that month."""
        first = next((year.first for year in self.years if year.holds(day)), day.replace(day=1))
        return (
            f"{first}"
            if first.day > 1 and (first.year, first.month) == (day.year, day.month)
            else f"{day:%Y-%m}"
        )

    @property
    def current_year(self) -> FinancialYear:
        return self.year_of(self.today)

    # -- vouchers ------------------------------------------------------------------------------------------

    def vouchers_of(self, year_id: int) -> list[Voucher]:
        """All vouchers of a year in series and number order."""
        return [self.vouchers[key] for key in sorted(key for key in self.vouchers if key.year_id == year_id)]

    def next_number(self, year_id: int, series: str) -> int:
        """One more than the highest number in use: deleting the last voucher frees its number."""
        return self._last_numbers.get((year_id, series), 0) + 1

    def add_voucher(self, voucher: Voucher) -> None:
        self.vouchers[voucher.key] = voucher
        self._last_numbers[voucher.key.year_id, voucher.key.series] = voucher.key.number

    def delete_voucher(self, key: VoucherKey) -> None:
        """Remove a voucher without a trace, as Fortnox does: a gap inside a series, a freed number at its end."""
        del self.vouchers[key]
        last = self._last_numbers[key.year_id, key.series]
        while last and VoucherKey(key.year_id, key.series, last) not in self.vouchers:
            last -= 1
        self._last_numbers[key.year_id, key.series] = last

    def movement(self, year_id: int) -> dict[int, int]:
        """Account -> net of the counting rows of a year, in öre. Accounts without rows are absent."""
        totals: dict[int, int] = defaultdict(int)
        for _, account, amount in self.entries(year_id):
            totals[account] += amount
        return dict(totals)

    def monthly(self, year_id: int) -> dict[tuple[int, str], int]:
        """(account, "YYYYMM") -> net of the counting rows, in öre."""
        totals: dict[tuple[int, str], int] = defaultdict(int)
        for day, account, amount in self.entries(year_id):
            totals[account, f"{day:%Y%m}"] += amount
        return dict(totals)

    def entries(self, year_id: int) -> Iterator[tuple[date, int, int]]:
        """(voucher date, account, amount) of every counting row of a year."""
        for key, voucher in self.vouchers.items():
            if key.year_id == year_id:
                for row in voucher.rows:
                    if row.state is not RowState.STRUCK:
                        yield voucher.day, row.account, row.amount

    # -- balances ------------------------------------------------------------------------------------------

    def opening(self, year: FinancialYear) -> dict[int, int]:
        """#IB per balance-sheet account as the books print it, planted shifts included."""
        before = self.year_before(year)
        balances = dict(self._closing(before)) if before else self._first_opening()
        return self._shifted(balances, self.shifts.opening, year)

    def closing(self, year: FinancialYear) -> dict[int, int]:
        """#UB per balance-sheet account as the books print it, planted shifts included."""
        return self._shifted(self._closing(year), self.shifts.closing, year)

    def result(self, year: FinancialYear) -> dict[int, int]:
        """#RES per income-statement account as the books print it, planted shifts included."""
        results = {
            account: total for account, total in self.movement(year.year_id).items() if account >= 3000
        }
        return self._shifted(results, self.shifts.result, year)

    def periods(self, year: FinancialYear) -> dict[tuple[int, str], int]:
        """#PSALDO per account and month as the books print it, planted shifts included."""
        totals = self.monthly(year.year_id)
        for (year_id, account, month), shift in self.shifts.period.items():
            if year_id == year.year_id:
                totals[account, month] = totals.get((account, month), 0) + shift
        return totals

    def _closing(self, year: FinancialYear) -> dict[int, int]:
        balances = self.opening(year)
        for account, total in self.movement(year.year_id).items():
            if account < 3000:
                balances[account] = balances.get(account, 0) + total
        return balances

    def _first_opening(self) -> dict[int, int]:
        balances = dict(self.profile.opening)
        for item in self.profile.opening_items:
            account = self.control_of(item)
            sign = 1 if item.side is Side.CUSTOMER else -1
            balances[account] = balances.get(account, 0) + sign * item.total
        balances[self.profile.equity_account] = -sum(balances.values())
        return balances

    def _shifted(
        self, balances: dict[int, int], shifts: dict[tuple[int, int], int], year: FinancialYear
    ) -> dict[int, int]:
        for (year_id, account), shift in shifts.items():
            if year_id == year.year_id:
                balances[account] = balances.get(account, 0) + shift
        return balances

    def next_document(self, side: Side) -> str:
        """The number after the highest in use."""
        return str(max((int(number) for number in self.documents[side]), default=0) + 1)

    # -- subledgers ----------------------------------------------------------------------------------------

    def payments_on(self, side: Side, number: str, *, booked_only: bool = True) -> list[Payment]:
        """Payments naming a document, in number order, which is the order they were registered."""
        payments = (self.payments[side][key] for key in self._payment_index.get((side, number), ()))
        return [payment for payment in payments if payment.booked or not booked_only]

    def add_payment(self, payment: Payment) -> None:
        self.payments[payment.side][payment.number] = payment
        self._payment_index[payment.side, payment.document].append(payment.number)

    def currency_left(self, document: Document) -> int:
        """Open amount in document currency, öre."""
        paid = sum(payment.settled for payment in self.payments_on(document.side, document.number))
        return self.currency_total(document) - paid

    def currency_total(self, document: Document) -> int:
        """Total in document currency. Suppliers' totals are held in SEK, so it is worked back from the rate."""
        if document.side is Side.CUSTOMER:
            return document.total
        return in_currency(document.total, document.rate, document.unit)

    def ledger_left(self, document: Document) -> int:
        """Open amount in SEK at the document's own rate, öre: what remains on the control account."""
        return document.ledger_total - sum(self.effects(document).values())

    def open_items(self, last: date) -> dict[tuple[Side, int], int]:
        """(side, control account) -> what is open at the end of a day, SEK öre in the sign of the documents."""
        totals: dict[tuple[Side, int], int] = defaultdict(int)
        for side in Side:
            for document in self.documents[side].values():
                if document.booked and not document.cancelled and document.day <= last:
                    effects = self.effects(document).items()
                    paid = sum(
                        effect for number, effect in effects if self.payments[side][number].day <= last
                    )
                    totals[side, self.control_of(document)] += document.ledger_total - paid
        return totals

    def effects(self, document: Document) -> dict[int, int]:
        """Payment number -> SEK it takes off the control account, write-offs included.

        Each part is converted at the invoice's rate; the one that empties the document takes all that is left.
        """
        left, ledger = self.currency_total(document), document.ledger_total
        effects = {}
        for payment in self.payments_on(document.side, document.number):
            left -= payment.settled
            parts = [payment.currency_amount, *(item.amount for item in payment.write_offs)]
            effect = (
                ledger if left == 0 else sum(in_sek(part, document.rate, document.unit) for part in parts)
            )
            ledger -= effect
            effects[payment.number] = effect
        return effects

    def balance(self, document: Document) -> int:
        """What the API calls Balance: invoice currency for customers, SEK for suppliers; a planted lie included."""
        if document.cancelled:
            return document.balance_error
        if not document.booked:
            return document.total + document.balance_error
        left = self.currency_left(document) if document.side is Side.CUSTOMER else self.ledger_left(document)
        return left + document.balance_error

    def final_pay_day(self, document: Document) -> date | None:
        """Day of the last payment once nothing is left; None before."""
        payments = self.payments_on(document.side, document.number)
        if not payments or not document.booked or document.cancelled or self.balance(document) != 0:
            return None
        return max(payment.day for payment in payments)

    # -- small services ------------------------------------------------------------------------------------

    def rate(self, currency: str, day: date) -> tuple[Decimal, int]:
        """SEK per ``unit`` of a currency on a day: a fixed level with a small wobble, the same for the same seed."""
        level, unit = self.profile.foreign_rates[currency]
        if currency == "SEK":
            return Decimal(1), 1
        wobble = chance(self.seed, "rate", currency, day).randint(-300, 300)
        return Decimal(level + level * wobble // 10000).scaleb(-4), unit

    def stamp(self, day: date, purpose: str) -> datetime:
        """A Swedish wall-clock time in office hours on a day, decided by seed and purpose."""
        second = chance(self.seed, "stamp", day, purpose).randint(0, 9 * 3600)
        return datetime.combine(day, OFFICE_OPENS) + timedelta(seconds=second)

    def is_touched(self, kind: str, key: object) -> bool:
        """Whether a planted discrepancy rests on this record, so that daily activity must leave it alone."""
        return (kind, key) in self.touched

    def is_open(self, day: date) -> bool:
        """Whether a voucher may still be dated or changed on a day."""
        return self.locked_until is None or day > self.locked_until
