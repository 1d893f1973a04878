"""Raw tables as the warehouse holds them, small and by hand: the columns staging reads, blanks as Fortnox
leaves them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.settings import Settings

MONEY, RATE = pl.Decimal(18, 2), pl.Decimal(18, 6)
DATES = {
    (
"from_date"
), "to_date", "end_date", "transaction_date", "invoice_date", "due_date", "final_pay_date", "payment_date",
    "financial_year", "financial_year_end", "voucher_date", "registration_date", "period",
    "generated_date",
}  # fmt: skip
AMOUNTS = {
    "debit", "balance_brought_forward", "total", "total_to_pay", "tax_reduction", "balance", "amount",
    "amount_currency",
}  # fmt: skip
FLAGS = {
    "found", "removed", "manual", "active", "booked", "cancelled", "credit", "write_off_exist", "house_work",
}  # fmt: skip
NUMBERS = {"voucher_position", "row_number", "position", "year_number", "line", "next_voucher_number"}

COLUMNS = {
    "fortnox.financial_years": "id from_date to_date accounting_method",
    "fortnox.locked_period": "end_date",
    "fortnox.accounts": "year number description active balance_brought_forward sru vat_code",
    "fortnox.predefined_accounts": "name account",
    "fortnox.vouchers": (
        "year voucher_series voucher_number transaction_date description reference_type reference_number"
    ),
    "fortnox.voucher_details": "year voucher_series voucher_number found transaction_date description",
    "fortnox.voucher_detail_rows": (
        "year voucher_series voucher_number position account debit credit removed"
    ),
    "fortnox.customer_invoices": (
        "document_number customer_number customer_name ocr invoice_date due_date final_pay_date "
        "total balance booked cancelled currency currency_rate currency_unit voucher_series "
        "voucher_number voucher_year"
    ),
    "fortnox.customer_invoice_details": "document_number house_work tax_reduction total_to_pay",
    "fortnox.supplier_invoices": (
        "given_number supplier_number supplier_name invoice_number invoice_date due_date "
        "final_pay_date total balance credit booked cancelled currency currency_rate "
        "currency_unit"
    ),
    "fortnox.supplier_invoice_vouchers": (
        "given_number position voucher_series voucher_number year reference_type"
    ),
    "fortnox.customers": "customer_number name organisation_number active",
    "fortnox.suppliers": "supplier_number name organisation_number active bg pg iban bank_account_number",
    "fortnox.voucher_series": "year code description manual next_voucher_number",
    "fortnox.voucher_files": "voucher_year voucher_series voucher_number file_id file_name",
    "fortnox.supplier_invoice_files": "given_number file_id file_name",
    "sie.files": "financial_year financial_year_end sie_type generated_date",
    "sie.accounts": "financial_year account_number name account_type sru_codes",
    "sie.balances": "financial_year year_number kind account_number amount",
    "sie.period_balances": "financial_year kind year_number account_number period objects amount",
    "sie.vouchers": (
        "financial_year voucher_position voucher_series voucher_number voucher_date registration_date text"
    ),
    "sie.voucher_rows": "financial_year voucher_position row_number kind account_number amount text objects",
}
for _which in ("customer", "supplier"):
    COLUMNS[f"fortnox.{_which}_payments"] = (
        "number invoice_number payment_date amount amount_currency booked write_off_exist "
        "currency currency_rate currency_unit voucher_series voucher_number voucher_year"
    )
    COLUMNS[f"fortnox.{_which}_write_offs"] = "payment_number position account_number amount description"
DEFAULTS = {
    "currency": (
"SEK"
), "currency_rate": "1", "currency_unit": "1", "booked": True, "cancelled": False, "active": True,
    "write_off_exist": False, "kind": (
"row"
), "sie_type": "4", "year_number": 0, "accounting_method": "ACCRUAL",
}  # fmt: skip


def _dtype(table: str, column: str) -> Any:
    if (table, column) == ("fortnox.voucher_detail_rows", "credit"):
        return MONEY
    if column in DATES:
        return pl.Date
    if column in AMOUNTS:
        return MONEY
    if column in {"currency_rate", "currency_unit"}:
        return RATE
    if column in FLAGS:
        return pl.Boolean
    return pl.Int64 if column in NUMBERS else pl.String


def _value(table: str, column: str, value: Any) -> Any:
    dtype = _dtype(table, column)
    if value is None:
        return None
    if dtype == pl.Date:
        return dt.date.fromisoformat(value)
    return Decimal(value) if dtype in (MONEY, RATE) else value


def raw_table(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """One raw table; columns a row does not give take their usual value, else null. dlt's own column comes
    last."""
    columns = ["company_id", *COLUMNS[name].split()]
    made = [
        {
            column: _value(name, column, ({"company_id": "demo"} | DEFAULTS | row).get(column))
            for column in columns
        }
        for row in rows
    ]
    schema = {column: _dtype(name, column) for column in columns}
    return pl.DataFrame(made, schema=schema).with_columns(_dlt_load_id=pl.lit("1"))


@pytest.fixture
def raw() -> Callable[..., pl.DataFrame]:
    """Maker of raw tables."""
    return raw_table


@pytest.fixture
def columns_read() -> dict[str, str]:
    """The raw columns these tests offer, by table."""
    return COLUMNS


@pytest.fixture
def settings() -> Settings:
    return Settings(company_id="demo", as_of=dt.date(2026, 6, 15))


@pytest.fixture
def year_and_books() -> dict[str, pl.DataFrame]:
    """Fortnox and SIE of the year 2026 (id 7): a sale B/1, its payment C/1, a purchase D/1, all on 1510 and
    2440."""
    vouchers = [("B", "1", "2026-02-10"), ("C", "1", "2026-03-05"), ("D", "1", "2026-02-12")]
    rows = [
        (1, "1510", "1250.00"), (1, "3001", "-1250.00"),
        (2, "1930", "500.00"), (2, "1510", "-500.00"),
        (3, "2440", "-800.00"), (3, "4010", "800.00"),
    ]  # fmt: skip
    return {
        "fortnox.financial_years": raw_table(
            "fortnox.financial_years", {"id": "7", "from_date": "2026-01-01", "to_date": "2026-12-31"}
        ),
        "fortnox.locked_period": raw_table("fortnox.locked_period", {"end_date": "2026-02-28"}),
        "fortnox.predefined_accounts": raw_table(
            "fortnox.predefined_accounts",
            {"name": (
"CUSTCLAIM"
), "account": "1510"}, {"name": "SUPDEBT", "account": "2440"}, {"name": "OVERRUN", "account": None},
        ),
        "sie.files": raw_table((
"sie.files"
), {"financial_year": "2026-01-01", "financial_year_end": "2026-12-31"}),
        "sie.vouchers": raw_table(
            "sie.vouchers",
            *(
                {"financial_year": "2026-01-01", "voucher_position": position, "voucher_series": series,
                 "voucher_number": number, "voucher_date": date}
                for position, (series, number, date) in enumerate(vouchers, start=1)
            ),
        ),
        "sie.voucher_rows": raw_table(
            "sie.voucher_rows",
            *(
                {"financial_year": "2026-01-01", "voucher_position": position, "row_number": row,
                 "account_number": account, "amount": amount}
                for row, (position, account, amount) in enumerate(rows, start=1)
            ),
        ),
    }  # fmt: skip
