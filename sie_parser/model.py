"""The records a SIE file is read into: one frozen dataclass per kind of item, named as accountants name it in
English.

Source: SIE file format 4B (2008) and 4C (2025), chapter 5; the labels and field orders are in `items.py`.
Amounts are `Decimal` in the file's currency, debit positive. `line` is the line the item stood on, from 1,
and takes no part in equality. A value is None when the file does not give it, or gives it unreadably: the
second is always reported as a problem. Text the file leaves out is "". Reading and writing do not belong
here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

#: One (dimension number, object number) pair of an object list.
ObjectPair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """One item of the file.

    `extra` holds fields beyond those the format knows (spec 7.3); `unread` the fields that are no value of
    their kind, as (field name, text as written): their value is None and a problem says so.
    """

    line: int = field(compare=False)
    extra: tuple[str, ...] = field(default=(), kw_only=True)
    unread: tuple[tuple[str, str], ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Flag(Record):
    """#FLAGGA: 0 = not yet read by the receiving program, 1 = read."""

    read: int | None


@dataclass(frozen=True, slots=True)
class Program(Record):
    """#PROGRAM: the program that wrote the file."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Format(Record):
    """#FORMAT: the declared character set, always PC8; says nothing about the bytes (see `charset.py`)."""

    charset: str


@dataclass(frozen=True, slots=True)
class Generated(Record):
    """#GEN: when and by whom the file was written."""

    generated_date: date | None
    signature: str


@dataclass(frozen=True, slots=True)
class FileType(Record):
    """#SIETYP: 1 year balances, 2 period balances, 3 object balances, 4 vouchers."""

    sie_type: str


@dataclass(frozen=True, slots=True)
class Remark(Record):
    """#PROSA: free text about the file."""

    text: str


@dataclass(frozen=True, slots=True)
class CompanyType(Record):
    """#FTYP: the company's legal form (AB, E, HB, ...)."""

    company_type: str


@dataclass(frozen=True, slots=True)
class ProgramCompanyId(Record):
    """#FNR: the writing program's own identity for the company."""

    company_id: str


@dataclass(frozen=True, slots=True)
class CorporateId(Record):
    """#ORGNR: corporate identity number, acquisition number and activity number."""

    corporate_id: str
    acquisition_number: str
    activity_number: str


@dataclass(frozen=True, slots=True)
class IndustryCode(Record):
    """#BKOD: SNI code of the company's industry."""

    code: str


@dataclass(frozen=True, slots=True)
class Address(Record):
    """#ADRESS: the company's address."""

    contact: str
    street: str
    postal_address: str
    telephone: str


@dataclass(frozen=True, slots=True)
class CompanyName(Record):
    """#FNAMN: the company's full name."""

    company_name: str


@dataclass(frozen=True, slots=True)
class FinancialYear(Record):
    """#RAR: first and last day of a financial year.

    `year_number` 0 is the file's own year, -1 the one before.
    """

    year_number: int | None
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class TaxYear(Record):
    """#TAXAR: the assessment year the SRU codes refer to (YYYY)."""

    tax_year: str


@dataclass(frozen=True, slots=True)
class BalancesUpTo(Record):
    """#OMFATTN: the day up to which the period balances reach."""

    up_to: date | None


@dataclass(frozen=True, slots=True)
class ChartOfAccounts(Record):
    """#KPTYP: the type of the chart of accounts; BAS95 when absent."""

    chart: str


@dataclass(frozen=True, slots=True)
class Currency(Record):
    """#VALUTA: ISO 4217 code of every amount in the file; SEK when absent."""

    currency: str


@dataclass(frozen=True, slots=True)
class Account(Record):
    """#KONTO: an account of the chart. The number is text: leading zeros and letters exist."""

    account_number: str
    name: str


@dataclass(frozen=True, slots=True)
class AccountType(Record):
    """#KTYP: T asset, S liability or equity, K cost, I income."""

    account_number: str
    account_type: str


@dataclass(frozen=True, slots=True)
class AccountUnit(Record):
    """#ENHET: the unit of the account's quantities."""

    account_number: str
    unit: str


@dataclass(frozen=True, slots=True)
class SruCode(Record):
    """#SRU: tax-return code of an account; may repeat for one account."""

    account_number: str
    code: str


@dataclass(frozen=True, slots=True)
class Dimension(Record):
    """#DIM: a dimension objects belong to (1 cost centre, 6 project, ...)."""

    dimension: str
    name: str


@dataclass(frozen=True, slots=True)
class SubDimension(Record):
    """#UNDERDIM: a dimension below another one."""

    dimension: str
    name: str
    parent_dimension: str


@dataclass(frozen=True, slots=True)
class Object(Record):
    """#OBJEKT: an object, such as one cost centre or one project."""

    dimension: str
    object: str
    name: str


@dataclass(frozen=True, slots=True)
class Balance(Record):
    """#IB, #UB, #RES: balance of one account. `kind`: opening_balance, closing_balance, result_balance."""

    kind: str
    year_number: int | None
    account_number: str
    amount: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class ObjectBalance(Record):
    """#OIB, #OUB: balance of one account for one object. `kind`: opening_balance, closing_balance."""

    kind: str
    year_number: int | None
    account_number: str
    objects: tuple[ObjectPair, ...]
    amount: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class PeriodBalance(Record):
    """#PSALDO, #PBUDGET: the *change* in one month.

    `kind`: period_balance, period_budget; `period`: its first day.
    """

    kind: str
    year_number: int | None
    period: date | None
    account_number: str
    objects: tuple[ObjectPair, ...]
    amount: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Voucher(Record):
    """#VER: the head of a voucher. Its identity is `voucher_position`, its place in the file from 1."""

    voucher_position: int
    voucher_series: str
    voucher_number: str
    voucher_date: date | None
    text: str
    registration_date: date | None
    signature: str


@dataclass(frozen=True, slots=True)
class VoucherRow(Record):
    """#TRANS (`kind` row), #RTRANS (added), #BTRANS (removed). Only `row` is books; the others are history.

    `voucher_position` 0 = the row stands outside any voucher. `row_number` counts all kinds from 1 within the
    voucher. `row_date` None = the voucher's own date.
    """

    kind: str
    voucher_position: int
    row_number: int
    account_number: str
    objects: tuple[ObjectPair, ...]
    amount: Decimal | None
    row_date: date | None
    text: str
    quantity: Decimal | None
    signature: str


@dataclass(frozen=True, slots=True)
class Checksum(Record):
    """#KSUMMA: without a value it opens the checked part of the file, with one it closes it."""

    value: int | None


@dataclass(frozen=True, slots=True)
class UnknownItem(Record):
    """An item whose label the format does not know (spec 7.1): kept, reported, otherwise left alone."""

    label: str
    fields: tuple[str | tuple[str, ...], ...]
    in_voucher: bool = False


@dataclass(frozen=True, slots=True)
class StrayLine(Record):
    """A line that is neither an item nor a brace: kept as it stands."""

    text: str
