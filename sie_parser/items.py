"""The item table: every label of SIE types 1-4, its fields in order, and in which file types it belongs.

Source: SIE 4B chapter 5 (items) and 6 (which item in which type); 4C changes no item. A new label is one row
here and one record in `model.py`. Code that reads or checks does not belong here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import Enum
from functools import cached_property

from sie_parser import model


class Kind(Enum):
    """How the text of a field becomes a value (`values.py`)."""

    TEXT = "text"
    ACCOUNT = "account number"
    INTEGER = "integer"
    DATE = "date YYYYMMDD"
    PERIOD = "period YYYYMM"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    OBJECTS = "object list"


@dataclass(frozen=True)
class Field:
    """One field of an item; `required` as in bold type in the specification."""

    name: str
    kind: Kind
    required: bool


@dataclass(frozen=True)
class Item:
    """One label. `presence`: M mandatory, o optional, - forbidden, for types 1, 2, 3, 4I, 4E.

    `constants` are the leading values of the record that the label itself decides (its kind).
    """

    label: str
    record: type[model.Record]
    fields: tuple[Field, ...]
    presence: str
    meaning: str
    constants: tuple[str, ...] = ()

    @cached_property
    def is_row(self) -> bool:
        """Whether the item stands inside a voucher's braces."""
        return self.record is model.VoucherRow


FILE_TYPES = ("1", "2", "3", "4I", "4E")

_KINDS = {
    "text": Kind.TEXT,
    "account": Kind.ACCOUNT,
    "int": Kind.INTEGER,
    "date": Kind.DATE,
    "period": Kind.PERIOD,
    "amount": Kind.AMOUNT,
    "quantity": Kind.QUANTITY,
    "objects": Kind.OBJECTS,
}


def _item(
    label: str, presence: str, record: type[model.Record], layout: str, meaning: str, *constants: str
) -> Item:
    """One row of the table; `layout` is `name:kind` per field, `!` marking the required ones."""
    return Item(label, record, tuple(_field(part) for part in layout.split()), presence, meaning, constants)


def _field(part: str) -> Field:
    """One field of a layout."""
    name, _, kind = part.rstrip("!").partition(":")
    return Field(name, _KINDS[kind or "text"], part.endswith("!"))


_BALANCE = "year_number:int! account_number:account! amount:amount! quantity:quantity"
_OBJECT_BALANCE = "year_number:int! account_number:account! objects:objects! amount:amount! quantity:quantity"
_PERIOD_BALANCE = "year_number:int! period:period! account_number:account! objects:objects! amount:amount! quantity:quantity"
_ROW = (
    "account_number:account! objects:objects! amount:amount! row_date:date text quantity:quantity signature"
)
_VOUCHER = "voucher_series voucher_number voucher_date:date! text registration_date:date signature"

# fmt: off
_ROWS: tuple[Item, ...] = (
    _item("#FLAGGA", "MMMMM", model.Flag, "read:int!", "whether the file has been read before"),
    _item("#PROGRAM", "MMMMM", model.Program, "name! version!", "program that wrote the file"),
    _item("#FORMAT", "MMMMM", model.Format, "charset!", "declared character set, always PC8"),
    _item("#GEN", "MMMMM", model.Generated, "generated_date:date! signature", "when the file was written, by whom"),
    _item("#SIETYP", "oMMMM", model.FileType, "sie_type!", "type of SIE file; 1 when absent"),
    _item("#PROSA", "ooooo", model.Remark, "text!", "free text"),
    _item("#FTYP", "ooooo", model.CompanyType, "company_type!", "legal form of the company"),
    _item("#FNR", "ooooo", model.ProgramCompanyId, "company_id!", "company's identity in the program"),
    _item("#ORGNR", "ooooo", model.CorporateId, "corporate_id! acquisition_number activity_number",
          "corporate identity number"),
    _item("#BKOD", "ooo-o", model.IndustryCode, "code!", "SNI code"),
    _item("#ADRESS", "ooooo", model.Address, "contact! street! postal_address! telephone!", "address"),
    _item("#FNAMN", "MMMMM", model.CompanyName, "company_name!", "company name"),
    _item("#RAR", "MMMoM", model.FinancialYear, "year_number:int! start:date! end:date!",
          "financial year: 0 this one, -1 the one before"),
    _item("#TAXAR", "ooooo", model.TaxYear, "tax_year!", "assessment year of the SRU codes"),
    _item("#OMFATTN", "-MM-o", model.BalancesUpTo, "up_to:date!", "day the period balances reach"),
    _item("#KPTYP", "ooooo", model.ChartOfAccounts, "chart!", "type of chart of accounts"),
    _item("#VALUTA", "ooooo", model.Currency, "currency!", "currency of the file; SEK when absent"),
    _item("#KONTO", "MMMoM", model.Account, "account_number:account! name!", "account"),
    _item("#KTYP", "ooooo", model.AccountType, "account_number:account! account_type!", "account type T, S, K or I"),
    _item("#ENHET", "ooooo", model.AccountUnit, "account_number:account! unit!", "unit of quantities"),
    _item("#SRU", "MMooo", model.SruCode, "account_number:account! code!", "tax-return code"),
    _item("#DIM", "--ooo", model.Dimension, "dimension! name!", "dimension"),
    _item("#UNDERDIM", "--ooo", model.SubDimension, "dimension! name! parent_dimension!", "sub-dimension"),
    _item("#OBJEKT", "--ooo", model.Object, "dimension! object! name!", "object of a dimension"),
    _item("#IB", "MMM-M", model.Balance, _BALANCE, "opening balance", "opening_balance"),
    _item("#UB", "MMM-M", model.Balance, _BALANCE, "closing balance", "closing_balance"),
    _item("#OIB", "--o-o", model.ObjectBalance, _OBJECT_BALANCE, "opening balance of an object", "opening_balance"),
    _item("#OUB", "--o-o", model.ObjectBalance, _OBJECT_BALANCE, "closing balance of an object", "closing_balance"),
    _item("#RES", "MMM-M", model.Balance, _BALANCE, "balance of an income or cost account", "result_balance"),
    _item("#PSALDO", "-oo-o", model.PeriodBalance, _PERIOD_BALANCE, "change in a month", "period_balance"),
    _item("#PBUDGET", "-oo-o", model.PeriodBalance, _PERIOD_BALANCE, "budget for a month", "period_budget"),
    _item("#VER", "---oo", model.Voucher, _VOUCHER, "voucher"),
    _item("#TRANS", "---oo", model.VoucherRow, _ROW, "voucher row: the books", "row"),
    _item("#RTRANS", "---oo", model.VoucherRow, _ROW, "row added afterwards; its twin #TRANS follows", "added"),
    _item("#BTRANS", "---oo", model.VoucherRow, _ROW, "row removed afterwards", "removed"),
    _item("#KSUMMA", "ooooo", model.Checksum, "value:int", "checksum: opens without a value, closes with one"),
)
# fmt: on

ITEMS: dict[str, Item] = {item.label: item for item in _ROWS}


def label_of(record: model.Record) -> str:
    """The label a record is written under."""
    if isinstance(record, model.UnknownItem):
        return record.label
    kind = getattr(record, "kind", None)
    return _LABELS[type(record), kind]


_LABELS: dict[tuple[type[model.Record], str | None], str] = {
    (item.record, item.constants[0] if item.constants else None): item.label for item in _ROWS
}

for _row in _ROWS:  # the table and the records must agree, field for field
    _names = tuple(f.name for f in fields(_row.record) if not f.kw_only)[-len(_row.fields) :]
    assert _names == tuple(f.name for f in _row.fields), _row.label  # noqa: S101  a broken table must not import
