"""The conformed tables: what every frame inside Tieout looks like, in glossary words.

One ``Table`` is one contract: grain, key, columns with dtype and meaning. ``Table.check`` is called where a
frame crosses a border (after staging, before a reconciliation's result leaves), so a wrong frame is refused
where it was made and not three joins later. The data dictionary, the DuckDB comments and the tests are
generated from here.

Amounts are ``Decimal(18, 2)`` SEK unless the column says otherwise, signed with debit positive (SIE's
convention, spec 4C ch. 5.10). Dates are Swedish civil dates. ``financial_year`` is always the first day of
the financial year.

Foreign names (Fortnox fields, SIE labels) do not belong here; they end in ``staging.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

MONEY: Final = pl.Decimal(18, 2)
RATE: Final = pl.Decimal(18, 6)
TEXT: Final = pl.String
WHOLE: Final = pl.Int64
FLAG: Final = pl.Boolean
DAY: Final = pl.Date
ROW_KIND: Final = pl.Enum(["row", "added", "removed"])
"""Words of which there are few are numbers inside a frame of as many rows as the ledger has; text once written."""
STAMP: Final = pl.Enum(["final", "provisional"])


ENGINE: Final = "in-memory"
"""How every lazy frame is collected: polars' streaming engine, its default, keeps no order within groups, which first
rows and joined texts rely on, and panicked on ``pl.format`` over an empty batch (2.1.0)."""


class ContractBroken(AssertionError):
    """A frame does not have the columns, types or unique key its table promises: a defect in Tieout, not in
    the books."""


@dataclass(frozen=True)
class Column:
    """One column of a conformed table: its dtype, meaning (with unit and sign) and whether it may be null."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    meaning: str
    optional: bool = False


@dataclass(frozen=True)
class Table:
    """One conformed table. ``grain`` completes the sentence "one row per …"; ``key`` is unique and never
    null."""

    schema: str
    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def qualified_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def dtypes(self) -> dict[str, pl.DataType | type[pl.DataType]]:
        return {column.name: column.dtype for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """A frame with the right columns and no rows."""
        return pl.DataFrame(schema=self.dtypes)

    def select(self, frame: pl.LazyFrame | pl.DataFrame) -> pl.DataFrame:
        """The table's columns of ``frame`` in contract order and dtype, sorted by key, checked.

        Raises ``ContractBroken`` when a column is missing, a cast would lose a value, a required value is
        null or the key is not unique.
        """
        lazy = frame.lazy()
        missing = [name for name in self.dtypes if name not in lazy.collect_schema()]
        if missing:
            raise ContractBroken(f"{self.qualified_name}: missing column(s) {', '.join(missing)}")
        columns = [pl.col(name).cast(dtype, strict=True) for name, dtype in self.dtypes.items()]
        return self.check(lazy.select(columns).sort(self.key).collect(engine=ENGINE))

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """``frame`` itself when it keeps the contract; ``ContractBroken`` naming the column or key when it
        does not."""
        if dict(frame.schema) != self.dtypes:
            wrong = sorted(set(frame.schema.items()) ^ set(pl.Schema(self.dtypes).items()), key=str)
            raise ContractBroken(f"{self.qualified_name}: columns differ from the contract: {wrong}")
        required = [column.name for column in self.columns if not column.optional]
        nulls = frame.select(pl.col(required).null_count())
        with_nulls = [name for name in required if nulls.item(0, name)] if required else []
        if with_nulls:
            raise ContractBroken(f"{self.qualified_name}: null in required column(s) {', '.join(with_nulls)}")
        if self._repeats_a_key(frame):
            repeated = frame.filter(pl.struct(self.key).is_duplicated()).select(self.key).row(0, named=True)
            raise ContractBroken(f"{self.qualified_name}: key is not unique, for example {repeated}")
        return frame

    def _repeats_a_key(self, frame: pl.DataFrame) -> bool:
        """True when two rows share a key. As many hashes as rows settles it for the frames that keep the contract."""
        key = pl.struct(self.key)
        if frame.select(key.hash().n_unique()).item() == frame.height:
            return False
        return bool(frame.select(key.is_duplicated().any()).item())


COMPANY: Final = Column(
    "company_id",
    TEXT,
    "Name the company has in tieout.toml (its Fortnox tenant number is in fortnox.company_information)",
)
YEAR: Final = Column("financial_year", DAY, "First day of the financial year")


def _voucher_reference(what: str) -> tuple[Column, ...]:
    """The four columns by which a document names its voucher; all null when it names none."""
    return (
        Column(
            "voucher_financial_year", DAY, f"Financial year (first day) of the voucher {what}", optional=True
        ),
        Column("voucher_series", TEXT, f"Series of the voucher {what}", optional=True),
        Column("voucher_number", TEXT, f"Number of the voucher {what}", optional=True),
        Column(
            "voucher_evidence",
            TEXT,
            "What names the voucher: document, voucher_list; null when none does",
            optional=True,
        ),
    )


FINANCIAL_YEARS = Table(
    "ledger", "financial_years", "company and financial year", ("company_id", "financial_year"),
    (
        COMPANY, YEAR,
        Column("end_date", DAY, "Last day of the financial year"),
        Column("financial_year_id", TEXT, "Fortnox's id of the year (not chronological); null for SIE-only companies", optional=True),
        Column("accounting_method", TEXT, "accrual or cash; another text as Fortnox states it; null when no source says", optional=True),
        Column("has_vouchers", FLAG, "True when the vouchers of the year were loaded from SIE"),
        Column("generated_date", DAY, "Day the SIE file of the year was written, as it says itself; null where none was loaded", optional=True),
    ),
)  # fmt: skip

ACCOUNTS = Table(
    "ledger", "accounts", "company, financial year and account", ("company_id", "financial_year", "account_number"),
    (
        COMPANY, YEAR,
        Column("account_number", TEXT, "Account number, text (leading zeros exist)"),
        Column("name", TEXT, "Account name", optional=True),
        Column("account_type", TEXT, "asset, liability, cost or income, as SIE declares it; null when undeclared", optional=True),
        Column("active", FLAG, "False when the chart of accounts marks the account inactive", optional=True),
        Column("vat_code", TEXT, "VAT code of the account", optional=True),
        Column("sru_codes", TEXT, "SRU codes, blank separated", optional=True),
    ),
)  # fmt: skip

CONTROL_ACCOUNTS = Table(
    "ledger", "control_accounts", "company and control account", ("company_id", "account_number"),
    (
        COMPANY,
        Column("account_number", TEXT, "The general ledger account that must equal a subledger the company keeps"),
        Column("subledger", TEXT, "customer or supplier"),
        Column("is_default", FLAG, "True for the account taken when no voucher says which"),
        Column("source", TEXT, "predefined_account, setting, or tax_reduction: Skatteverket's share of invoices stands there"),
    ),
)  # fmt: skip

ACCOUNT_BALANCES = Table(
    "ledger", "account_balances", "company, financial year, witness, relative year, kind of balance and account",
    ("company_id", "financial_year", "witness", "year_number", "kind", "account_number"),
    (
        COMPANY, YEAR,
        Column("witness", TEXT, "Who states it: sie, the year's own file; api, the chart of accounts"),
        Column("year_number", WHOLE, "Year the balance is for, seen from financial_year: 0 the year itself, -1 the year before"),
        Column("kind", TEXT, "opening_balance, closing_balance or result_balance"),
        Column("account_number", TEXT, "Account number"),
        Column("amount", MONEY, "Balance in SEK, debit positive"),
    ),
)  # fmt: skip

PERIOD_BALANCES = Table(
    "ledger", "period_balances", "company, financial year, kind, relative year, account, objects and month",
    ("company_id", "financial_year", "kind", "year_number", "account_number", "objects", "period"),
    (
        COMPANY, YEAR,
        Column("kind", TEXT, "period_balance: what was booked; period_budget: what was planned"),
        Column("year_number", WHOLE, "As in ledger.account_balances"),
        Column("account_number", TEXT, "Account number"),
        Column("objects", TEXT, "Dimension objects as JSON [[dimension, object], …]; empty text for the account as a whole"),
        Column("period", DAY, "First day of the calendar month"),
        Column("amount", MONEY, "Change in the month as the SIE file states it, SEK, debit positive"),
    ),
)  # fmt: skip

VOUCHERS = Table(
    "ledger", "vouchers", "voucher", ("company_id", "financial_year", "voucher_series", "voucher_number", "occurrence"),
    (
        COMPANY, YEAR,
        Column("voucher_series", TEXT, "Voucher series; empty text where the file gives none"),
        Column("voucher_number", TEXT, "Voucher number; empty text where the file gives none"),
        Column("occurrence", WHOLE, "1, or 2, 3 … where a SIE file repeats the same series and number"),
        Column("voucher_key", TEXT, "financial year/series/number, for example 2026-01-01/B/17; with #2 after it at occurrence 2"),
        Column("voucher_date", DAY, "Date the voucher is booked on"),
        Column("registration_date", DAY, "Date it was registered", optional=True),
        Column("text", TEXT, "Voucher text", optional=True),
        Column("listed_date", DAY, "Date the API's voucher list states; null where it does not hold the voucher", optional=True),
        Column("listed_text", TEXT, "Text the API's voucher list states", optional=True),
        Column("reference_type", TEXT, "What caused it: INVOICE, INVOICEPAYMENT, SUPPLIERINVOICE, SUPPLIERPAYMENT, MANUAL …", optional=True),
        Column("reference_number", TEXT, "Number of the document that caused it", optional=True),
        Column("detail_found", FLAG, "Whether Fortnox has the voucher when asked about it by itself; null where it was not asked, because list and file agree or the night's budget was spent", optional=True),
        Column("detail_date", DAY, "Date the voucher itself states when asked for", optional=True),
        Column("detail_text", TEXT, "Text the voucher itself states when asked for", optional=True),
        Column("detail_debit", MONEY, "Debits of the rows of the voucher itself when asked for, SEK, struck rows left out", optional=True),
        Column("in_sie", FLAG, "True when the SIE file holds the voucher"),
        Column("in_api", FLAG, "True when the API's voucher list holds it"),
        Column("period_status", STAMP, "final when the voucher date is on or before the locked period, else provisional"),
    ),
)  # fmt: skip

VOUCHER_ROWS = Table(
    "ledger", "voucher_rows", "row of a voucher, struck and added rows included",
    ("company_id", "financial_year", "voucher_series", "voucher_number", "occurrence", "row_number"),
    (
        COMPANY, YEAR,
        Column("voucher_series", TEXT, "Voucher series"),
        Column("voucher_number", TEXT, "Voucher number"),
        Column("occurrence", WHOLE, "As in ledger.vouchers"),
        Column("row_number", WHOLE, "Position within the voucher, from 1"),
        Column("kind", ROW_KIND, "row: booked; added and removed: history, never summed"),
        Column("voucher_key", TEXT, "As in ledger.vouchers"),
        Column("voucher_date", DAY, "Date of the voucher"),
        Column("account_number", TEXT, "Account number"),
        Column("amount", MONEY, "SEK, debit positive"),
        Column("text", TEXT, "Row text", optional=True),
        Column("objects", TEXT, "Dimension objects as JSON [[dimension, object], …]", optional=True),
        Column("period_status", STAMP, "final when the voucher date is on or before the locked period, else provisional"),
    ),
)  # fmt: skip


VOUCHER_DETAIL_ROWS = Table(
    "ledger", "voucher_detail_rows", "row of a voucher that was asked about by itself, as the voucher itself has it, struck rows included",
    ("company_id", "financial_year", "voucher_series", "voucher_number", "row_number"),
    (
        COMPANY, YEAR,
        Column("voucher_series", TEXT, "Voucher series"),
        Column("voucher_number", TEXT, "Voucher number"),
        Column("row_number", WHOLE, "Position within the voucher, from 1; not that of ledger.voucher_rows"),
        Column("kind", ROW_KIND, "row: booked; removed: history, never summed"),
        Column("voucher_key", TEXT, "As in ledger.vouchers"),
        Column("account_number", TEXT, "Account number; empty text where the row states none"),
        Column("amount", MONEY, "SEK, debit positive"),
    ),
)  # fmt: skip


VOUCHER_SERIES = Table(
    "ledger", "voucher_series", "company, financial year and voucher series", ("company_id", "financial_year", "voucher_series"),
    (
        COMPANY, YEAR,
        Column("voucher_series", TEXT, "Voucher series"),
        Column("name", TEXT, "What the series is for", optional=True),
        Column("manual", FLAG, "True when people may book in the series", optional=True),
        Column("next_voucher_number", WHOLE, "Number the next voucher gets as the API states it; null where it was not asked or does not say", optional=True),
    ),
)  # fmt: skip

ATTACHED_FILES = Table(
    "ledger", "attached_files", "file attached to a voucher or a supplier invoice", ("company_id", "subject_kind", "subject_key", "file_id"),
    (
        COMPANY,
        Column("subject_kind", TEXT, "voucher or supplier_invoice"),
        Column("subject_key", TEXT, "voucher_key as in ledger.vouchers, or document_number as in ledger.supplier_invoices"),
        Column("file_id", TEXT, "Id of the file in Fortnox's archive, where it stays"),
        Column("name", TEXT, "Name of the file", optional=True),
    ),
)  # fmt: skip


def _counterparties(name: str, which: str, *only_here: Column) -> Table:
    return Table(
        "ledger", name, which, ("company_id", f"{which}_number"),
        (
            COMPANY,
            Column(f"{which}_number", TEXT, f"Free text number of the {which}"),
            Column("name", TEXT, "Name", optional=True),
            Column("corporate_id", TEXT, "Organisation number as registered", optional=True),
            Column("active", FLAG, "False when deactivated", optional=True),
            *only_here,
        ),
    )  # fmt: skip


CUSTOMERS = _counterparties("customers", "customer")
SUPPLIERS = _counterparties(
    "suppliers", "supplier",
    Column("bankgiro", TEXT, "Bankgiro number as registered", optional=True),
    Column("plusgiro", TEXT, "Plusgiro number as registered", optional=True),
    Column("iban", TEXT, "IBAN as registered", optional=True),
    Column("bank_account_number", TEXT, "Bank account as registered", optional=True),
)  # fmt: skip


def _invoices(name: str, which: str, debit_sign: str, *only_here: Column) -> Table:
    return Table(
        "ledger", name, f"{which} invoice (credit notes included)", ("company_id", "document_number"),
        (
            COMPANY,
            Column("document_number", TEXT, "Fortnox's number of the document (DocumentNumber, GivenNumber)"),
            Column("counterparty_number", TEXT, f"{which} number", optional=True),
            Column("counterparty_name", TEXT, f"{which} name on the document", optional=True),
            Column("supplier_reference_number", TEXT, "The supplier's own invoice number; null for customer invoices", optional=True),
            Column("payment_reference", TEXT, "OCR number", optional=True),
            Column("invoice_date", DAY, "Date of the document"),
            Column("due_date", DAY, "Due date", optional=True),
            Column("final_payment_date", DAY, "Date of full payment as the API states it", optional=True),
            Column("currency", TEXT, "Currency of the document"),
            Column("currency_rate", RATE, "SEK per currency_unit of the document's currency"),
            Column("currency_unit", RATE, "Units the rate is stated for, usually 1"),
            Column("total", MONEY, "Total incl. VAT and rounding, document sign (credit notes negative), in stated_currency"),
            Column("open_balance", MONEY, "Open balance as the API states it, document sign, in stated_currency", optional=True),
            Column("stated_currency", TEXT, "Currency total and open_balance are stated in (suppliers: SEK)"),
            Column("is_credit_note", FLAG, "True for credit notes"),
            Column("booked", FLAG, "True when in the ledger"),
            Column("cancelled", FLAG, "True when cancelled"),
            *_voucher_reference("that booked the document"),
            Column("posting_date", DAY, "Voucher date where a voucher is named and held, else the invoice date"),
            Column("control_account", TEXT, "Control account the document is booked on; null when the company has none", optional=True),
            Column("ledger_amount", MONEY, f"Effect on the control account in SEK, debit positive ({debit_sign})"),
            Column("ledger_evidence", TEXT, "What fixed the SEK amount: total_in_sek or document_rate"),
            *only_here,
        ),
    )  # fmt: skip


CUSTOMER_INVOICES = _invoices(
    "customer_invoices", "customer", "an invoice is positive",
    Column("tax_reduction", MONEY, "Skatteverket's share (ROT, RUT) of the total, SEK; null without one", optional=True),
    Column("tax_reduction_evidence", TEXT, "What says so: invoice (its detail, where its rows are read) or voucher (which books it)", optional=True),
    Column("tax_reduction_account", TEXT, "Control account of that share; null as well where no payment settles any: then it is no part of the subledger", optional=True),
)  # fmt: skip
SUPPLIER_INVOICES = _invoices("supplier_invoices", "supplier", "an invoice is negative")


def _payments(name: str, which: str, *only_here: Column) -> Table:
    return Table(
        "ledger", name, f"{which} payment (one per payment and invoice)", ("company_id", "payment_number"),
        (
            COMPANY,
            Column("payment_number", TEXT, "Fortnox's number of the payment"),
            Column("document_number", TEXT, "The invoice it settles", optional=True),
            Column("payment_date", DAY, "Payment date on the document"),
            Column("amount", MONEY, "Amount in SEK, document sign (a payment of an invoice is positive)"),
            Column("currency", TEXT, "Currency of the settled invoice"),
            Column("currency_amount", MONEY, "Amount in that currency", optional=True),
            Column("currency_evidence", TEXT, "What fixed currency_amount: stated, or payment_rate where no detail states it"),
            Column("booked", FLAG, "True when in the ledger"),
            Column("has_write_offs", FLAG, "True when the API says write-offs exist"),
            *_voucher_reference("that booked the payment"),
            Column("posting_date", DAY, "Voucher date where a voucher is named and held, else the payment date"),
            Column("control_account", TEXT, "Control account the payment is booked on; null when the company has none", optional=True),
            *only_here,
        ),
    )  # fmt: skip


CUSTOMER_PAYMENTS = _payments(
    "customer_payments", "customer",
    Column("tax_reduction", MONEY, "What of it settles Skatteverket's share of the invoice, SEK; null for none", optional=True),
)  # fmt: skip
SUPPLIER_PAYMENTS = _payments("supplier_payments", "supplier")


def _write_offs(name: str, which: str) -> Table:
    return Table(
        "ledger", name, f"write-off of a {which} payment", ("company_id", "payment_number", "position"),
        (
            COMPANY,
            Column("payment_number", TEXT, "The payment it belongs to"),
            Column("position", WHOLE, "Position within the payment, from 1"),
            Column("account_number", TEXT, "Account the residue is written off to", optional=True),
            Column("amount", MONEY, "Amount in the invoice's currency; positive reduces the open balance further"),
            Column("text", TEXT, "Description", optional=True),
        ),
    )  # fmt: skip


CUSTOMER_WRITE_OFFS = _write_offs("customer_write_offs", "customer")
SUPPLIER_WRITE_OFFS = _write_offs("supplier_write_offs", "supplier")

SUBLEDGER_ENTRIES = Table(
    "ledger", "subledger_entries", "change of the subledger caused by one booked document",
    ("company_id", "subledger", "kind", "entry_key", "tax_reduction"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("tax_reduction", FLAG, "True for Skatteverket's share of an invoice or of what settles it, which stands on an account of its own"),
        Column("kind", TEXT, "invoice, payment or write_off"),
        Column("entry_key", TEXT, "Document number, payment number, or payment number/position"),
        Column("document_number", TEXT, "Invoice whose open balance changes; null where the payment names none that is held", optional=True),
        Column("payment_number", TEXT, "Payment behind a payment or write-off entry", optional=True),
        Column("counterparty_number", TEXT, "Customer or supplier number", optional=True),
        Column("control_account", TEXT, "Control account the entry belongs to; null when the company has none", optional=True),
        Column("posting_date", DAY, "The day the entry counts on: voucher date where a voucher is named and held, the nearest day of its financial year where it is dated outside that, else the document's own date"),
        Column("currency", TEXT, "Currency of currency_amount"),
        Column("currency_amount", MONEY, "Change of the open balance in the currency the API states it in, document sign", optional=True),
        Column("amount", MONEY, "Change of the control account in SEK, debit positive"),
        Column("voucher_key", TEXT, "Voucher the document names, where it names one", optional=True),
    ),
)  # fmt: skip

PERIODS = Table(
    "recon", "periods", "calendar month of a financial year", ("company_id", "financial_year", "period"),
    (
        COMPANY, YEAR,
        Column("period", DAY, "First day of the month (of the year where a year starts within a month)"),
        Column("end_date", DAY, "Last day of the period"),
        Column("status", TEXT, "final, partially_locked or provisional; restated where a voucher changed since it was final, or what its year opens with; unlocked where the lock moved back"),
        Column("locked_until", DAY, "Locked period's end date; null when nothing is locked", optional=True),
    ),
)  # fmt: skip

FINAL_PERIODS = Table(
    "recon", "final_periods", "final period, voucher series and account, and one for the period as a whole",
    ("company_id", "financial_year", "period", "voucher_series", "account_number"),
    (
        COMPANY, YEAR,
        Column("period", DAY, "As in recon.periods"),
        Column("voucher_series", TEXT, "Voucher series; empty text, with an empty account, for the period as a whole"),
        Column("account_number", TEXT, "Account number"),
        Column("vouchers", WHOLE, "Vouchers with rows on the account, struck and added ones included"),
        Column("amount", MONEY, "Sum of booked rows when first stamped final, SEK, debit positive"),
        Column("content_hash", TEXT, "Hash of the vouchers' keys and rows, whatever their order in the file"),
        Column("first_final", DAY, "Day a run first saw the period final: its date, or where later the day its newest SIE file was written"),
    ),
)  # fmt: skip

FINAL_VOUCHERS = Table(
    "recon", "final_vouchers", "voucher and period, as it was when the period was first seen final", ("company_id", "voucher_key", "period"),
    (
        COMPANY, YEAR,
        Column("period", DAY, "As in recon.periods"),
        Column("voucher_key", TEXT, "As in ledger.vouchers"),
        Column("voucher_series", TEXT, "Voucher series"),
        Column("voucher_number", TEXT, "Voucher number"),
        Column("voucher_date", DAY, "Date the voucher was booked on"),
        Column("text", TEXT, "Voucher text", optional=True),
        Column("booked", TEXT, "Its booked rows: account and amount in SEK, debit positive, sorted; texts, objects and struck rows are in the hash"),
        Column("debit", MONEY, "Sum of its debits, SEK"),
        Column("content_hash", TEXT, "Hash of date, text and all rows, whatever their order in the file"),
        Column("first_final", DAY, "Day a run first saw it final, as in recon.final_periods"),
    ),
)  # fmt: skip

FINAL_OPENINGS = Table(
    "recon", "final_openings", "account and financial year, as it opened when a period of the year was first seen final",
    ("company_id", "financial_year", "account_number"),
    (
        COMPANY, YEAR,
        Column("account_number", TEXT, "Account number; empty text for the year as a whole, so that one that opens with nothing is known too"),
        Column("opening", MONEY, "Opening balance as the year's SIE file states it, SEK, debit positive"),
        Column("carried", MONEY, "What the account closed the year before with, by its opening balance and vouchers; null where that year is not held", optional=True),
        Column("first_final", DAY, "Day it was seen by the run that remembered it, as in recon.final_periods"),
    ),
)  # fmt: skip

LOCK_HISTORY = Table(
    "recon", "lock_history", "locked period as one run after another observed it", ("company_id", "position"),
    (
        COMPANY,
        Column("position", WHOLE, "Place in the history, from 1"),
        Column("locked_until", DAY, "Locked period's end date; null when nothing is locked", optional=True),
        Column("first_observed", DAY, "Day a run first saw it: the run's date, or where later the day its newest SIE file was written"),
        Column("last_observed", DAY, "Day a run last saw it before another value, told likewise"),
        Column("move", TEXT, "first, forward, back or removed, seen from the value before"),
    ),
)  # fmt: skip

TIE_OUTS = Table(
    "recon", "tie_outs", "control account and date", ("company_id", "control_account", "as_of"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("control_account", TEXT, "General ledger account"),
        Column("as_of", DAY, "Date the two are compared at, end of day"),
        Column("point", TEXT, "opening, month_end or today"),
        Column("period", TEXT, "YYYY-MM of as_of, or opening; YYYY-MM-DD, its first day, where a financial year begins within the month"),
        Column("financial_year", DAY, "Financial year (first day) as_of falls in", optional=True),
        Column("ledger_balance", MONEY, "Balance of the control account, SEK, debit positive"),
        Column("subledger_balance", MONEY, "Sum of open items, SEK, debit positive"),
        Column("difference", MONEY, "subledger_balance - ledger_balance"),
        Column("arisen", MONEY, "Part of the difference that arose since the point before"),
        Column("period_status", TEXT, "Status of the period as_of falls in, as in recon.periods"),
    ),
)  # fmt: skip

BRIDGES = Table(
    "recon", "bridges", "term of a difference between a control account and its subledger",
    ("company_id", "control_account", "term"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("control_account", TEXT, "General ledger account"),
        Column("term", TEXT, "The voucher, else the document, else opening or the cash-method year: what the term is about"),
        Column("date", DAY, "Day from which the term is part of the difference"),
        Column("kind", TEXT, "paired, voucher_without_document, document_without_voucher, opening_balance, or cash_method_year: all lone ones of such a year"),
        Column("cause", TEXT, "Why, as far as the evidence goes; unknown where it does not (docs/checks.md)"),
        Column("ledger_amount", MONEY, "What the ledger books on the account, SEK, debit positive"),
        Column("subledger_amount", MONEY, "What the documents say, SEK, debit positive"),
        Column("difference", MONEY, "subledger_amount - ledger_amount; terms up to a date sum to the difference of the tie-out"),
        Column("explanation", TEXT, "The term in words"),
        Column("evidence", TEXT, "Keys of vouchers and documents, JSON list of text"),
    ),
)  # fmt: skip

MATCHES = Table(
    "recon", "matches", "payment without an invoice, candidate match and invoice of it; suggestions, never booked",
    ("company_id", "control_account", "item", "candidate", "document_number"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("control_account", TEXT, "General ledger account"),
        Column("item", TEXT, "What has no counterpart: a voucher no document names, or a payment that names no invoice held"),
        Column("candidate", WHOLE, "From 1; more than one where the rule fits several ways"),
        Column("document_number", TEXT, "Invoice it may settle"),
        Column("rule", TEXT, "Rule of the match (docs/checks.md, matching)"),
        Column("status", TEXT, "unambiguous, or ambiguous: another candidate is equally good and nothing was chosen"),
        Column("date", DAY, "Date of the item"),
        Column("amount", MONEY, "What the item moves the account by, SEK, debit positive"),
        Column("open", MONEY, "What is open on the invoice, SEK, debit positive"),
        Column("relied_on", TEXT, "What the match rests on, in words"),
    ),
)  # fmt: skip

DIVERGENCES = Table(
    "recon", "divergences", "day on which the difference of a control account changed",
    ("company_id", "control_account", "date"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("control_account", TEXT, "General ledger account"),
        Column("date", DAY, "The day; the first of an account is where it first parted from its subledger"),
        Column("arisen", MONEY, "Change of the difference on the day, SEK"),
        Column("difference", MONEY, "Difference at the end of the day, SEK"),
        Column("terms", WHOLE, "Terms of the bridge that fall on the day"),
        Column("causes", TEXT, "Their causes, JSON list of text"),
        Column("explanation", TEXT, "The day in words"),
    ),
)  # fmt: skip

AGEING = Table(
    "recon", "ageing", "subledger, control account and bucket of days overdue",
    ("company_id", "subledger", "control_account", "bucket_order"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("control_account", TEXT, "Control account"),
        Column("bucket_order", WHOLE, "Place of the bucket: 0 not due, then older and older; -1 no due date"),
        Column("bucket", TEXT, "not_due, 1-30 … days overdue, over_90, or no_due_date"),
        Column("items", WHOLE, "Open documents in the bucket"),
        Column("amount", MONEY, "What is open on the control account, SEK, debit positive"),
        Column("as_of", DAY, "Date of the reconstruction; the sum over buckets is the subledger's side of that day's tie-out"),
    ),
)  # fmt: skip

OPEN_ITEMS = Table(
    "recon", "open_items", "document open as of the run's date on a control account",
    ("company_id", "subledger", "document_number", "control_account"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("document_number", TEXT, "Invoice or credit note; a payment without an invoice stands as payment:<number>"),
        Column("counterparty_number", TEXT, "Customer or supplier number", optional=True),
        Column("counterparty_name", TEXT, "Customer or supplier name", optional=True),
        Column("control_account", TEXT, "Control account", optional=True),
        Column("invoice_date", DAY, "Date of the document", optional=True),
        Column("due_date", DAY, "Due date; null for Skatteverket's share, which is not due with the customer's", optional=True),
        Column("days_overdue", WHOLE, "Days from due date to as_of; negative before it; null without a due date", optional=True),
        Column("currency", TEXT, "Currency the API states the balance in"),
        Column("open_balance", MONEY, "Recomputed open balance in that currency, document sign", optional=True),
        Column("api_balance", MONEY, "The API's own balance, same currency and sign", optional=True),
        Column("amount", MONEY, "Open amount on the control account in SEK, debit positive"),
        Column("as_of", DAY, "Date of the reconstruction"),
    ),
)  # fmt: skip

SUBSEQUENT_SETTLEMENTS = Table(
    "recon", "subsequent_settlements", "document open at a period's end on a control account",
    ("company_id", "subledger", "as_of", "document_number", "control_account"),
    (
        COMPANY,
        Column("subledger", TEXT, "customer or supplier"),
        Column("as_of", DAY, "The period's end: of the last financial year that is over, or of the last locked month"),
        Column("document_number", TEXT, "As in recon.open_items"),
        Column("counterparty_number", TEXT, "Customer or supplier number", optional=True),
        Column("control_account", TEXT, "Control account"),
        Column("amount", MONEY, "Open at the period's end on the control account, SEK, debit positive"),
        Column("paid", MONEY, "What payments dated after it and until the run's date changed of that; sign opposite to amount"),
        Column("written_off", MONEY, "What write-offs of those payments changed"),
        Column("invoiced", MONEY, "What the invoice itself changed, dated after it: an item paid before it was invoiced; else 0.00"),
        Column("not_settled", MONEY, "amount + paid + written_off + invoiced: what is still open of it"),
        Column("payments", TEXT, "Numbers of the payments, in order of date", optional=True),
        Column("last_paid", DAY, "Date of the last of them", optional=True),
    ),
)  # fmt: skip

JOURNAL_PROFILE = Table(
    "recon", "journal_profile", "test of the journal", ("company_id", "test"),
    (
        COMPANY,
        Column("test", TEXT, "Rule of journal_profile"),
        Column("tested", WHOLE, "Vouchers looked at: manual ones with booked rows, of years not wholly locked"),
        Column("hits", WHOLE, "Vouchers the test points at: hits of tested is the base rate"),
        Column("shown", WHOLE, "Vouchers shown as findings, the largest; 0 where the test points at more than every fourth"),
    ),
)  # fmt: skip

FINDINGS = Table(
    "recon", "findings", "disagreement (company, check, rule, subject)", ("finding_id",),
    (
        Column("finding_id", TEXT, "Stable hash of company, check, rule and subject: the same every night"),
        Column("run_id", TEXT, "Run that last changed this row, decisions and materiality aside"),
        COMPANY,
        Column("financial_year", DAY, "Financial year (first day) concerned", optional=True),
        Column("period", TEXT, "YYYY-MM concerned, or opening; null where a whole year of an account is", optional=True),
        Column("period_status", TEXT, "Status of the period, as in recon.periods", optional=True),
        Column("check", TEXT, "Name of the reconciliation"),
        Column("rule", TEXT, "Rule within it"),
        Column("severity", TEXT, "B blocks reconciled, W needs an explanation, I informs"),
        Column("subject_kind", TEXT, "What the finding is about: voucher, account, customer_invoice …"),
        Column("subject_key", TEXT, "Its key"),
        Column("voucher_series", TEXT, "Series of the voucher concerned", optional=True),
        Column("voucher_number", TEXT, "Number of the voucher concerned", optional=True),
        Column("account_number", TEXT, "Account concerned", optional=True),
        Column("expected", MONEY, "What one witness says it should be", optional=True),
        Column("actual", MONEY, "What the other says it is", optional=True),
        Column("difference", MONEY, "actual - expected", optional=True),
        Column("currency", TEXT, "Currency of the three amounts", optional=True),
        Column("material", FLAG, "Whether the difference, either sign, is at least the materiality of the account, else of the company; null where none is set, and of a finding without a difference in SEK. Changes nothing else", optional=True),
        Column("as_of", DAY, "Date the figures hold for"),
        Column("explanation", TEXT, "One sentence: expected X, found Y, Z too much, because …"),
        Column("evidence", TEXT, "Keys of the rows it rests on, JSON list of text"),
        Column("first_seen", DAY, "Date of the run that first reported it"),
        Column("last_seen", DAY, "Date of the latest run that reported it"),
        Column("resolved_at", DAY, "Date of the run that no longer found it; null while it stands", optional=True),
        Column("resolved_by", TEXT, "Why it is no longer made, and which records it rested on changed since the run before", optional=True),
        Column("reopened", WHOLE, "Times it came back after being resolved"),
        Column("status", TEXT, "open; accepted by somebody at exactly these figures (of a tie-out: this difference, from these records); suspended: accepted, but they moved; resolved", optional=True),
        Column("owner", TEXT, "Who deals with it", optional=True),
        Column("comment", TEXT, "The latest comment on it", optional=True),
        Column("decided_by", TEXT, "Who decided about it last", optional=True),
        Column("decided_at", TEXT, "When, UTC, ISO 8601", optional=True),
        Column("moved", TEXT, "Of a suspended finding: who accepted it when, and what moved since", optional=True),
    ),
)  # fmt: skip

FINDING_DECISIONS = Table(
    "recon", "finding_decisions", "decision somebody made about a finding; never changed, only added to",
    ("company_id", "finding_id", "position"),
    (
        COMPANY,
        Column("finding_id", TEXT, "As in recon.findings"),
        Column("position", WHOLE, "Place among the company's decisions, from 1"),
        Column("action", TEXT, "accept, assign, note or reopen"),
        Column("decided_at", TEXT, "UTC, ISO 8601"),
        Column("decided_by", TEXT, "Who: the name given, else the operating system's user"),
        Column("owner", TEXT, "Who is to deal with it; null where the decision says nothing of it, empty where nobody is", optional=True),
        Column("comment", TEXT, "Why", optional=True),
        Column("check", TEXT, "Reconciliation of the finding"),
        Column("rule", TEXT, "Its rule"),
        Column("subject_kind", TEXT, "What it is about"),
        Column("subject_key", TEXT, "Its key"),
        Column("severity", TEXT, "Severity at the decision"),
        Column("expected", MONEY, "Figure at the decision", optional=True),
        Column("actual", MONEY, "Figure at the decision", optional=True),
        Column("difference", MONEY, "Figure at the decision", optional=True),
        Column("currency", TEXT, "Currency of the three amounts", optional=True),
        Column("said_hash", TEXT, "Hash of what the finding said at the decision; null where the decision does not tell", optional=True),
        Column("evidence_hash", TEXT, "Hash of the records the finding named at the decision; null where the decision does not tell", optional=True),
        Column("run_id", TEXT, "Run that published the figures"),
    ),
)  # fmt: skip

RUNS = Table(
    "recon", "runs", "execution of the night", ("run_id",),
    (
        Column("run_id", TEXT, "Identity of the execution"),
        COMPANY,
        Column("company_name", TEXT, "Name the books carry"),
        Column("as_of", DAY, "Date the reconciliations were made for"),
        Column("started_at", TEXT, "UTC, ISO 8601"),
        Column("finished_at", TEXT, "UTC, ISO 8601"),
        Column("mode", TEXT, "fortnox or sie"),
        Column("tieout_version", TEXT, "Version of Tieout"),
        Column("rules_version", TEXT, "Hash of the reconciliations' documentation and settings used"),
        Column("settings", TEXT, "Tolerances and settings used, JSON"),
        Column("requests", WHOLE, "Requests sent to the API"),
        Column("rows_loaded", WHOLE, "Rows pulled into the warehouse"),
        Column("blocking", WHOLE, "Open B findings after the run, without accepted ones"),
        Column("warnings", WHOLE, "Open W findings, without accepted ones"),
        Column("informative", WHOLE, "Open I findings, without accepted ones"),
        Column("rows_rejected", WHOLE, "Raw rows staging refused; recon.rejected_rows names them"),
        Column("not_run", TEXT, "Reconciliations that could not be made and why, JSON object"),
        Column("remarks", TEXT, "What the reconciliations that were made could not reach, JSON object of lists"),
        Column("accepted", WHOLE, "Findings that stand and are accepted; null before there were decisions", optional=True),
        Column("previous_hash", TEXT, "run_hash of the run before; null for the first of the chain", optional=True),
        Column("run_hash", TEXT, "SHA-256 over the other columns of the row that are not null; null before the chain began", optional=True),
    ),
)  # fmt: skip

COMPLETENESS = Table(
    "recon", "completeness", "surface and part of it (financial year or filter) in the latest run",
    ("company_id", "surface", "part"),
    (
        COMPANY,
        Column("surface", TEXT, "What is read, as in the table of surfaces"),
        Column("part", TEXT, "First day of the financial year, the filter it was asked with, or all"),
        Column("financial_year", DAY, "First day of the financial year, of surfaces that are read per year", optional=True),
        Column("rows_stated", WHOLE, "Rows Fortnox says exist; null where it does not say", optional=True),
        Column("rows_fetched", WHOLE, "Rows that came or stayed as they were held; of the SIE file its booked rows", optional=True),
        Column("rows_kept", WHOLE, "Of them, rows that stayed: nothing says that they moved since they came", optional=True),
        Column("rows_held", WHOLE, "Rows the warehouse holds", optional=True),
        Column("pages_expected", WHOLE, "Pages Fortnox says there are; null where it does not say", optional=True),
        Column("pages_fetched", WHOLE, "Pages that came", optional=True),
        Column("reading", TEXT, "full; changes (what was modified since, and the total); counted (the total and the last page); unmoved (a locked year whose SIE file says what it said); verified (a SIE file fetched that says what the held one says); held (not asked tonight)", optional=True),
        Column("read_in_full", DAY, "Swedish date every row was last fetched, of a SIE file last compared; null when Fortnox does not say its time", optional=True),
        Column("witness", TEXT, "The independent witness the surface was compared with", optional=True),
        Column("witness_rows", WHOLE, "Rows by that witness", optional=True),
        Column("witness_missing", WHOLE, "Keys, or balances, on which the two differ", optional=True),
        Column("debits", MONEY, "Sum of the booked debits of the SIE file, SEK", optional=True),
        Column("unknown_fields", TEXT, "Fields nobody knows and in how many rows, JSON object; null when none", optional=True),
        Column("missing_fields", TEXT, "Promised fields that did not come and in how many rows, JSON object", optional=True),
        Column("withheld_fields", TEXT, "Fields Fortnox withholds from the user and in how many rows, JSON object", optional=True),
        Column("verdict", TEXT, "complete, incomplete, not_licensed, not_permitted or not_fetched"),
        Column("why", TEXT, "Why it is not complete", optional=True),
    ),
)  # fmt: skip

REJECTED_ROWS = Table(
    "recon", "rejected_rows", "raw row that the latest run could not use", ("surface", "key", "reason"),
    (
        Column("surface", TEXT, "Raw table the row is in"),
        Column("key", TEXT, "What tells the row apart"),
        Column("reason", TEXT, "Why it could not be used"),
    ),
)  # fmt: skip

CHANGES = Table(
    "history", "changes", "change of a record's field (or of a record, or of a table) that a run noticed",
    ("company_id", "seen_at", "table_name", "record_key", "field"),
    (
        COMPANY,
        Column("run_id", TEXT, "Run that noticed it; one that died before its end has no row in recon.runs"),
        Column("seen_at", TEXT, "When that run began, UTC, ISO 8601: the change is of some time since the run before"),
        Column("as_of", DAY, "Date that run judged the books as of"),
        Column("table_name", TEXT, "Raw table of the record, as fortnox.customer_invoices; a SIE voucher with its rows is one record of sie.vouchers"),
        Column("record_key", TEXT, "Key of the record, its parts with a slash between; empty text where the whole table is meant"),
        Column("change", TEXT, "appeared, changed, vanished, returned; hidden and shown where only our sight of a field changed; column where a field is kept from now on; gap where the state before is lost"),
        Column("field", TEXT, "Column of the raw table, or unknown_fields.Name; empty text where the whole record is meant"),
        Column("before", TEXT, "Value before, as text; the whole record as JSON where it vanished; null for none", optional=True),
        Column("after", TEXT, "Value after, as text; null for none, and where a record appeared or returned", optional=True),
    ),
)  # fmt: skip

CHANGE_STARTS = Table(
    "history", "tables", "raw table whose records' changes are kept", ("company_id", "table_name"),
    (
        COMPANY,
        Column("table_name", TEXT, "Raw table, as in history.changes"),
        Column("first_run_id", TEXT, "Run that first read it: what it found then has not appeared, it was there"),
        Column("first_seen_at", TEXT, "When that run began, UTC, ISO 8601"),
        Column("changed_run_id", TEXT, "Run that last noticed a change in it, or first_run_id"),
        Column("changed_at", TEXT, "When that run began, UTC, ISO 8601"),
        Column("out_of_sight", TEXT, "Columns withheld from the user, or promised and not sent, JSON list of text"),
    ),
)  # fmt: skip

LEDGER: Final = (
    FINANCIAL_YEARS, ACCOUNTS, CONTROL_ACCOUNTS, ACCOUNT_BALANCES, PERIOD_BALANCES, VOUCHERS, VOUCHER_ROWS, VOUCHER_DETAIL_ROWS, VOUCHER_SERIES,
    CUSTOMERS,
    SUPPLIERS, ATTACHED_FILES,
    CUSTOMER_INVOICES, CUSTOMER_PAYMENTS, CUSTOMER_WRITE_OFFS, SUPPLIER_INVOICES, SUPPLIER_PAYMENTS, SUPPLIER_WRITE_OFFS,
    SUBLEDGER_ENTRIES,
)  # fmt: skip
RECON: Final = (
    FINDINGS, FINDING_DECISIONS, PERIODS, FINAL_PERIODS, FINAL_VOUCHERS, FINAL_OPENINGS, LOCK_HISTORY, TIE_OUTS, BRIDGES, MATCHES, DIVERGENCES, AGEING, OPEN_ITEMS, SUBSEQUENT_SETTLEMENTS, JOURNAL_PROFILE,
    RUNS, COMPLETENESS, REJECTED_ROWS,
)  # fmt: skip
HISTORY: Final = (CHANGES, CHANGE_STARTS)
CATALOGUE: Final = {table.qualified_name: table for table in (*LEDGER, *RECON, *HISTORY)}
