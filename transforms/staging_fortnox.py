"""Staging of the Fortnox tables: registers, voucher heads, invoices, payments and write-offs under glossary
names.

Only names, dtypes and Fortnox's blanks are settled here (reference §8.1-8.4): customer invoices state
amounts in their own currency, supplier invoices in SEK, payments in SEK with the invoice's currency beside
it. Which voucher and control account a document belongs to does not belong here; that is ``linking.py``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.intake import Dtype, Intake, Surface
from transforms.tables import DAY, FLAG, MONEY, RATE, ROW_KIND, TEXT, WHOLE
from transforms.voucher_keys import voucher_key

SUBLEDGER_NAMES: Final = ("customer", "supplier")
CONTROL_ACCOUNT_NAMES: Final = {"customer": "CUSTCLAIM", "supplier": "SUPDEBT"}
REFERENCE_TYPES: Final = {
    ("customer", "invoice"): "INVOICE",
    ("customer", "payment"): "INVOICEPAYMENT",
    ("supplier", "invoice"): "SUPPLIERINVOICE",
    ("supplier", "payment"): "SUPPLIERPAYMENT",
}
ACCOUNTING_METHODS: Final = {"ACCRUAL": "accrual", "CASH": "cash"}

_COMPANY: Final[dict[str, tuple[str, Dtype]]] = {"company_id": ("company_id", TEXT)}
_CURRENCY: Final[dict[str, tuple[str, Dtype]]] = {
    "currency": ("currency", TEXT),
    "currency_rate": ("currency_rate", RATE),
    "currency_unit": ("currency_unit", RATE),
}
_NAMED_VOUCHER: Final[dict[str, tuple[str, Dtype]]] = {
    "_voucher_series": ("voucher_series", TEXT),
    "_voucher_number": ("voucher_number", TEXT),
    "_voucher_year": ("voucher_year", TEXT),
}

FINANCIAL_YEARS: Final = Surface(
    "fortnox.financial_years",
    ("company_id", "financial_year"),
    {
        **_COMPANY,
        "financial_year": ("from_date", DAY),
        "end_date": ("to_date", DAY),
        "financial_year_id": ("id", TEXT),
        "accounting_method": ("accounting_method", TEXT),
    },
    required=("end_date", "financial_year_id"),
)
LOCKED_PERIOD: Final = Surface(
    "fortnox.locked_period", ("company_id",), {**_COMPANY, "locked_until": ("end_date", DAY)}
)
ACCOUNTS: Final = Surface(
    "fortnox.accounts",
    ("company_id", "financial_year", "account_number"),
    {
        **_COMPANY,
        "_year": ("year", TEXT),
        "account_number": ("number", TEXT),
        "name": ("description", TEXT),
        "active": ("active", FLAG),
        "vat_code": ("vat_code", TEXT),
        "sru_codes": ("sru", TEXT),
        "amount": ("balance_brought_forward", MONEY),
    },
    year_field="_year",
)
PREDEFINED_ACCOUNTS: Final = Surface(
    "fortnox.predefined_accounts",
    ("company_id", "name"),
    {**_COMPANY, "name": ("name", TEXT), "account_number": ("account", TEXT)},
)
VOUCHERS: Final = Surface(
    "fortnox.vouchers",
    ("company_id", "financial_year", "voucher_series", "voucher_number"),
    {
        **_COMPANY,
        "_year": ("year", TEXT),
        "voucher_series": ("voucher_series", TEXT),
        "voucher_number": ("voucher_number", TEXT),
        "voucher_date": ("transaction_date", DAY),
        "text": ("description", TEXT),
        "reference_type": ("reference_type", TEXT),
        "reference_number": ("reference_number", TEXT),
    },
    required=("voucher_date",),
    year_field="_year",
)


VOUCHER_DETAILS: Final = Surface(
    "fortnox.voucher_details",
    ("company_id", "financial_year", "voucher_series", "voucher_number"),
    {
        **_COMPANY,
        "_year": ("year", TEXT),
        "voucher_series": ("voucher_series", TEXT),
        "voucher_number": ("voucher_number", TEXT),
        "detail_found": ("found", FLAG),
        "detail_date": ("transaction_date", DAY),
        "detail_text": ("description", TEXT),
    },
    required=("detail_found",),
    year_field="_year",
)
VOUCHER_DETAIL_ROWS: Final = Surface(
    "fortnox.voucher_detail_rows",
    ("company_id", "financial_year", "voucher_series", "voucher_number", "row_number"),
    {
        **_COMPANY,
        "_year": ("year", TEXT),
        "voucher_series": ("voucher_series", TEXT),
        "voucher_number": ("voucher_number", TEXT),
        "row_number": ("position", WHOLE),
        "account_number": ("account", TEXT),
        "debit": ("debit", MONEY),
        "credit": ("credit", MONEY),
        "removed": ("removed", FLAG),
    },
    year_field="_year",
    blank=("account_number",),
)
VOUCHER_SERIES: Final = Surface(
    "fortnox.voucher_series",
    ("company_id", "financial_year", "voucher_series"),
    {
        **_COMPANY,
        "_year": ("year", TEXT),
        "voucher_series": ("code", TEXT),
        "name": ("description", TEXT),
        "manual": ("manual", FLAG),
        "next_voucher_number": ("next_voucher_number", WHOLE),
    },
    year_field="_year",
)
VOUCHER_FILES: Final = Surface(
    "fortnox.voucher_files",
    ("company_id", "financial_year", "voucher_series", "voucher_number", "file_id"),
    {
        **_COMPANY,
        "_year": ("voucher_year", TEXT),
        "voucher_series": ("voucher_series", TEXT),
        "voucher_number": ("voucher_number", TEXT),
        "file_id": ("file_id", TEXT),
        "name": ("file_name", TEXT),
    },
    year_field="_year",
)
SUPPLIER_INVOICE_FILES: Final = Surface(
    "fortnox.supplier_invoice_files",
    ("company_id", "document_number", "file_id"),
    {
        **_COMPANY,
        "document_number": ("given_number", TEXT),
        "file_id": ("file_id", TEXT),
        "name": ("file_name", TEXT),
    },
)
SUPPLIERS: Final = "fortnox.suppliers"
#: Raw column of a supplier's account -> its name here; the history of changes quotes raw columns.
BANK_ACCOUNTS: Final = {
    "bg": "bankgiro", "pg": "plusgiro", "iban": "iban", "bank_account_number": "bank_account_number",
}  # fmt: skip
_BANK_ACCOUNTS: Final[dict[str, tuple[str, Dtype]]] = {
    name: (column, TEXT) for column, name in BANK_ACCOUNTS.items()
}


def _register(which: str) -> Surface:
    number = f"{which}_number"
    return Surface(
        f"fortnox.{which}s",
        ("company_id", number),
        {
            **_COMPANY,
            number: (number, TEXT),
            "name": ("name", TEXT),
            "corporate_id": ("organisation_number", TEXT),
            "active": ("active", FLAG),
            **(_BANK_ACCOUNTS if which == "supplier" else {}),
        },
    )


def _payments(which: str) -> Surface:
    return Surface(
        f"fortnox.{which}_payments",
        ("company_id", "payment_number"),
        {
            **_COMPANY,
            "payment_number": ("number", TEXT),
            "document_number": ("invoice_number", TEXT),
            "payment_date": ("payment_date", DAY),
            "amount": ("amount", MONEY),
            "_currency_amount": ("amount_currency", MONEY),
            "booked": ("booked", FLAG),
            "has_write_offs": ("write_off_exist", FLAG),
            **_CURRENCY,
            **_NAMED_VOUCHER,
        },
        required=("payment_date", "amount", "booked"),
    )


def _write_offs(which: str) -> Surface:
    return Surface(
        f"fortnox.{which}_write_offs",
        ("company_id", "payment_number", "position"),
        {
            **_COMPANY,
            "payment_number": ("payment_number", TEXT),
            "position": ("position", WHOLE),
            "account_number": ("account_number", TEXT),
            "amount": ("amount", MONEY),
            "text": ("description", TEXT),
        },
        required=("amount",),
    )


REGISTERS: Final = {which: _register(which) for which in SUBLEDGER_NAMES}
PAYMENTS: Final = {which: _payments(which) for which in SUBLEDGER_NAMES}
WRITE_OFFS: Final = {which: _write_offs(which) for which in SUBLEDGER_NAMES}
INVOICES: Final = {
    "customer": Surface(
        "fortnox.customer_invoices",
        ("company_id", "document_number"),
        {
            **_COMPANY,
            "document_number": ("document_number", TEXT),
            "counterparty_number": ("customer_number", TEXT),
            "counterparty_name": ("customer_name", TEXT),
            "payment_reference": ("ocr", TEXT),
            "invoice_date": ("invoice_date", DAY),
            "due_date": ("due_date", DAY),
            "final_payment_date": ("final_pay_date", DAY),
            "total": ("total", MONEY),
            "open_balance": ("balance", MONEY),
            "booked": ("booked", FLAG),
            "cancelled": ("cancelled", FLAG),
            **_CURRENCY,
            **_NAMED_VOUCHER,
        },
        required=("invoice_date", "total", "booked"),
    ),
    "supplier": Surface(
        "fortnox.supplier_invoices",
        ("company_id", "document_number"),
        {
            **_COMPANY,
            "document_number": ("given_number", TEXT),
            "counterparty_number": ("supplier_number", TEXT),
            "counterparty_name": ("supplier_name", TEXT),
            "supplier_reference_number": ("invoice_number", TEXT),
            "invoice_date": ("invoice_date", DAY),
            "due_date": ("due_date", DAY),
            "final_payment_date": ("final_pay_date", DAY),
            "total": ("total", MONEY),
            "open_balance": ("balance", MONEY),
            "_credit": ("credit", FLAG),
            "booked": ("booked", FLAG),
            "cancelled": ("cancelled", FLAG),
            **_CURRENCY,
        },
        required=("invoice_date", "total", "booked"),
    ),
}
SUPPLIER_INVOICE_VOUCHERS: Final = Surface(
    "fortnox.supplier_invoice_vouchers",
    ("company_id", "document_number", "position"),
    {
        **_COMPANY,
        "document_number": ("given_number", TEXT),
        "position": ("position", WHOLE),
        "_voucher_series": ("voucher_series", TEXT),
        "_voucher_number": ("voucher_number", TEXT),
        "_voucher_year": ("year", TEXT),
        "_reference_type": ("reference_type", TEXT),
    },
)


def financial_years(intake: Intake) -> pl.DataFrame:
    """Financial years as the API lists them; the accounting method in glossary words, one nobody knows as stated."""
    method = pl.col("accounting_method").replace(ACCOUNTING_METHODS)
    return intake.take(FINANCIAL_YEARS).with_columns(accounting_method=method)


def predefined_control_accounts(intake: Intake) -> pl.DataFrame:
    """company_id, subledger, account_number: the accounts Fortnox books the two subledgers on by default."""
    subledger = {name: which for which, name in CONTROL_ACCOUNT_NAMES.items()}
    return (
        intake.take(PREDEFINED_ACCOUNTS)
        .filter(pl.col("name").is_in(list(subledger)), pl.col("account_number").is_not_null())
        .select(
            "company_id",
            "account_number",
            subledger=pl.col("name").replace_strict(subledger, default=None, return_dtype=TEXT),
        )
    )


def _with_currency(frame: pl.DataFrame) -> pl.DataFrame:
    """Blanks filled where there is only one meaning: no currency is SEK, SEK's rate is 1, no unit is 1."""
    one = pl.lit(1, dtype=RATE)
    currency = pl.col("currency").fill_null(money.LEDGER_CURRENCY)
    rate = pl.col("currency_rate")
    return frame.with_columns(currency=currency).with_columns(
        currency_rate=pl.when(pl.col("currency") == money.LEDGER_CURRENCY)
        .then(rate.fill_null(one))
        .otherwise(rate)
        .cast(RATE),
        currency_unit=pl.when(pl.col("currency_unit") > 0).then("currency_unit").otherwise(one).cast(RATE),
    )


def invoices(intake: Intake, which: str) -> pl.DataFrame:
    """Invoices of a subledger with the voucher they name (``_voucher_*``); one in a foreign currency without
    rate is refused."""
    surface = INVOICES[which]
    frame = _with_currency(intake.take(surface)).with_columns(pl.col("cancelled").fill_null(False))
    if which == "supplier":
        frame = frame.join(
            _supplier_invoice_vouchers(intake), on=("company_id", "document_number"), how="left"
        )
    no_rate = pl.when(pl.col("currency_rate").fill_null(0) <= 0).then(pl.lit("currency rate is missing"))
    if frame.select((pl.col("currency_rate").fill_null(0) <= 0).any()).item():
        frame = intake.refuse(f"{surface.name} by rate", surface.key, frame.with_columns(_reason=no_rate))
    stated_in_document_currency = which == "customer"
    return frame.with_columns(
        stated_currency=pl.col("currency") if stated_in_document_currency else pl.lit(money.LEDGER_CURRENCY),
        is_credit_note=(pl.col("total") < 0) | _credit_flag(frame),
        ledger_amount=_ledger_amount(which),
        ledger_evidence=pl.when(pl.lit(not stated_in_document_currency) | _in_sek())
        .then(pl.lit("total_in_sek"))
        .otherwise(pl.lit("document_rate")),
        **{
            name: pl.lit(None, dtype=TEXT)
            for name in ("supplier_reference_number", "payment_reference")
            if name not in frame.columns
        },
    )


def _in_sek() -> pl.Expr:
    return pl.col("currency") == money.LEDGER_CURRENCY


def _credit_flag(frame: pl.DataFrame) -> pl.Expr:
    return pl.col("_credit").fill_null(False) if "_credit" in frame.columns else pl.lit(False)


def _ledger_amount(which: str) -> pl.Expr:
    """Effect on the control account: customers debit, suppliers credit; a supplier invoice's total is SEK
    already."""
    if which == "supplier":
        return -pl.col("total")
    converted = money.times_rate(pl.col("total"), pl.col("currency_rate"), pl.col("currency_unit"))
    return pl.when(_in_sek()).then(pl.col("total")).otherwise(converted)


def _supplier_invoice_vouchers(intake: Intake) -> pl.DataFrame:
    """The one voucher that booked each supplier invoice: of its own reference type first, then by
    position."""
    booking = pl.col("_reference_type") == REFERENCE_TYPES["supplier", "invoice"]
    return (
        intake.take(SUPPLIER_INVOICE_VOUCHERS)
        .filter(booking | pl.col("_reference_type").is_null())
        .sort("company_id", "document_number", ~booking.fill_null(False), "position")
        .unique(["company_id", "document_number"], keep="first", maintain_order=True)
        .select("company_id", "document_number", "_voucher_series", "_voucher_number", "_voucher_year")
    )


def payments(intake: Intake, which: str) -> pl.DataFrame:
    """Payments of a subledger with the voucher they name; ``currency_amount`` at the payment's own rate if
    not stated. One of which neither can be had is refused."""
    stated = pl.when(_in_sek()).then("amount").otherwise("_currency_amount")
    usable_rate = pl.col("currency_rate").fill_null(0) > 0
    own_rate = money.divided_by_rate(
        pl.col("amount"), pl.when(usable_rate).then("currency_rate"), pl.col("currency_unit")
    )
    frame = _with_currency(intake.take(PAYMENTS[which])).with_columns(
        currency_amount=pl.coalesce(stated, own_rate),
        currency_evidence=pl.when(stated.is_not_null())
        .then(pl.lit("stated"))
        .otherwise(pl.lit("payment_rate")),
        has_write_offs=pl.col("has_write_offs").fill_null(False),
    )
    if frame["currency_amount"].null_count():
        unknown = pl.when(pl.col("currency_amount").is_null()).then(
            pl.lit("amount in the invoice's currency and currency rate are missing")
        )
        surface = PAYMENTS[which]
        frame = intake.refuse(f"{surface.name} by rate", surface.key, frame.with_columns(_reason=unknown))
    return frame


def write_offs(intake: Intake, which: str, payments: pl.DataFrame) -> pl.DataFrame:
    """Write-offs of a subledger's payments; one whose payment is not held is refused."""
    surface = WRITE_OFFS[which]
    key = ("company_id", "payment_number")
    placed = intake.take(surface).join(payments.select(*key, _held=pl.lit(True)), on=key, how="left")
    if not placed["_held"].null_count():
        return placed
    orphan = pl.when(pl.col("_held").is_null()).then(pl.lit("its payment is not held"))
    return intake.refuse(f"{surface.name} without payment", surface.key, placed.with_columns(_reason=orphan))


def voucher_detail_rows(intake: Intake) -> pl.DataFrame:
    """The rows of single vouchers Fortnox was asked about, with the debit of each."""
    removed = pl.col("removed").fill_null(False)
    return intake.take(VOUCHER_DETAIL_ROWS).with_columns(
        kind=pl.when(removed).then(pl.lit("removed")).otherwise(pl.lit("row")).cast(ROW_KIND),
        voucher_key=voucher_key("financial_year", "voucher_series", "voucher_number"),
        amount=money.or_zero(pl.col("debit")) - money.or_zero(pl.col("credit")),
    )


def voucher_details(intake: Intake, rows: pl.DataFrame) -> pl.DataFrame:
    """What Fortnox says of single vouchers it was asked about, with the debits of their booked ``rows``."""
    key = ["company_id", "financial_year", "voucher_series", "voucher_number"]
    debits = rows.filter(pl.col("kind") == "row").group_by(key).agg(detail_debit=money.total(pl.col("debit")))
    return intake.take(VOUCHER_DETAILS).join(debits, on=key, how="left")


def attached_files(intake: Intake) -> pl.DataFrame:
    """``ledger.attached_files``: what is attached to vouchers and to supplier invoices."""
    columns = ["company_id", "subject_kind", "subject_key", "file_id", "name"]
    of_vouchers = intake.take(VOUCHER_FILES).with_columns(
        subject_kind=pl.lit("voucher"),
        subject_key=voucher_key("financial_year", "voucher_series", "voucher_number"),
    )
    of_invoices = intake.take(SUPPLIER_INVOICE_FILES).with_columns(
        subject_kind=pl.lit("supplier_invoice"), subject_key="document_number"
    )
    return pl.concat([of_vouchers.select(columns), of_invoices.select(columns)])
