"""What a set of books is made of: plain records, no behaviour beyond sums over their own fields.

Amounts are integer öre; voucher rows are SEK, debit positive. Documents of both subledgers share one class:
``Side`` says whether it is a customer's or a supplier's. What does not belong here: how things get booked
(posting), what happens on a day (activity), or how anything looks in JSON or SIE.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

REGISTERED = datetime.combine(date(2023, 7, 1), time(8))  # Swedish wall clock, as all times of modification


class Side(Enum):
    """Which subledger a document, payment or party belongs to."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"


class RowState(Enum):
    """LIVE counts; STRUCK was removed from the voucher (#BTRANS); ADDED came later and counts (#RTRANS + #TRANS)."""

    LIVE = "live"
    STRUCK = "struck"
    ADDED = "added"


class VoucherKey(NamedTuple):
    """Numbers restart per series and financial year, so all three name a voucher."""

    year_id: int
    series: str
    number: int


@dataclass(frozen=True)
class FinancialYear:
    year_id: int
    first: date
    last: date
    accounting_method: str = "ACCRUAL"

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Account:
    number: int
    name: str
    sru: int
    active: bool = True
    vat_code: str | None = None

    @property
    def on_balance_sheet(self) -> bool:
        return self.number < 3000


@dataclass
class Row:
    """One voucher row. ``amount`` in SEK öre, debit positive; only rows that are not STRUCK are books."""

    account: int
    amount: int
    state: RowState = RowState.LIVE
    text: str = ""
    cost_center: str = ""
    project: str = ""
    signature: str = ""


@dataclass
class Voucher:
    key: VoucherKey
    day: date
    text: str
    rows: list[Row]
    registered: date
    modified: datetime
    reference_type: str = "MANUAL"
    reference_number: str = ""
    comments: str = ""

    @property
    def live_rows(self) -> list[Row]:
        return [row for row in self.rows if row.state is not RowState.STRUCK]

    @property
    def accounts(self) -> set[int]:
        """Accounts of the rows that count."""
        return {row.account for row in self.live_rows}

    def on_account(self, account: int) -> int:
        """Net amount of the rows that count on one account."""
        return sum(row.amount for row in self.live_rows if row.account == account)

    def total(self) -> int:
        """Sum of all rows that count: zero when the voucher balances."""
        return sum(row.amount for row in self.live_rows)


@dataclass(frozen=True)
class Party:
    """A customer or a supplier. ``control_account`` 0 is the company's default one."""

    side: Side
    number: str
    name: str
    corporate_id: str
    city: str
    zip_code: str
    address: str
    currency: str = "SEK"
    country: str = "SE"
    terms: int = 30
    private: bool = False
    active: bool = True
    rounds: bool = False
    giro: str = ""
    cost_account: int = 0
    control_account: int = 0
    modified: datetime = REGISTERED


@dataclass(frozen=True)
class Line:
    """One invoice line. ``net`` in document-currency öre, VAT excluded; ``vat_percent`` 25, 12, 6 or 0."""

    account: int
    text: str
    net: int
    vat_percent: int
    article: str = ""
    quantity: int = 1


@dataclass
class Document:
    """A customer or supplier invoice, or a credit note when ``credit``.

    ``total`` is in document currency; ``ledger_total`` is what the control account takes, SEK. Both are negative on
    a credit note. ``balance_error`` is a planted lie in what the API calls Balance. Of ``house_work`` Skatteverket pays
    ``tax_reduction``, a part of the total.
    """

    side: Side
    number: str
    party: str
    day: date
    due: date
    lines: list[Line]
    currency: str
    rate: Decimal
    unit: int
    total: int
    ledger_total: int
    vat: int
    round_off: int
    modified: datetime
    reference: str = ""
    ocr: str = ""
    booked: bool = False
    cancelled: bool = False
    credit: bool = False
    credits: str = ""
    credited_by: str = ""
    voucher: VoucherKey | None = None
    cost_center: str = ""
    project: str = ""
    sent: bool = False
    reverse_charge: bool = False
    balance_error: int = 0
    house_work: bool = False
    tax_reduction: int = 0


@dataclass
class WriteOff:
    """A remainder given up together with a payment. ``amount`` in invoice currency; positive lowers the balance."""

    account: int
    amount: int
    text: str


@dataclass
class Payment:
    """``amount`` is SEK at the payment's own rate; ``currency_amount`` is the part in invoice currency.

    ``from_tax_office`` is Skatteverket's payment of its share.
    """

    side: Side
    number: int
    document: str
    day: date
    amount: int
    currency_amount: int
    currency: str
    rate: Decimal
    unit: int
    mode: str
    mode_account: int
    modified: datetime
    write_offs: list[WriteOff] = field(default_factory=list)
    booked: bool = False
    voucher: VoucherKey | None = None
    source: str = "manual"
    from_tax_office: bool = False

    @property
    def settled(self) -> int:
        """What it takes off the invoice, in invoice currency."""
        return self.currency_amount + sum(item.amount for item in self.write_offs)


@dataclass(frozen=True)
class FileConnection:
    """A file attached to a voucher (``voucher``) or a supplier invoice (``document``)."""

    file_id: str
    name: str
    content: bytes
    voucher: VoucherKey | None = None
    document: str = ""
