"""The two subledgers as one kind of thing: entries that change open balances and the control account, and
what is open.

``Subledger`` holds what differs between customers and suppliers. ``entries`` turns booked documents into
``ledger.subledger_entries``; everything about a date (open items, tie-outs, ageing) is a sum over those
entries. Fortnox states customer amounts in the invoice's currency and supplier amounts in SEK (reference
§8.4). Comparing with the general ledger does not belong here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.tables import MONEY, OPEN_ITEMS, SUBLEDGER_ENTRIES, TEXT, WHOLE
from transforms.tax_reduction import split, without_shares


@dataclass(frozen=True)
class Subledger:
    """customer or supplier.

    ``sign`` turns a document's sign into the control account's: a supplier invoice is credit. The references
    are what a voucher says caused it when a document of this subledger did.
    """

    name: str
    sign: int
    invoice_reference: str
    payment_reference: str

    @property
    def invoice(self) -> str:
        return f"{self.name}_invoice"

    @property
    def payment(self) -> str:
        return f"{self.name}_payment"

    @property
    def control_accounts(self) -> str:
        """The need a reconciliation states for this subledger's control accounts."""
        return f"{self.name}_control_accounts"

    @property
    def references(self) -> tuple[str, str]:
        """What vouchers of this subledger say caused them."""
        return (self.invoice_reference, self.payment_reference)

    @property
    def balances(self) -> str:
        """The need for the API's own balances of this subledger's invoices."""
        return f"{self.name}_balances"

    @property
    def documents(self) -> tuple[str, str, str]:
        """The needs for this subledger's documents."""
        return (f"{self.name}_invoices", f"{self.name}_payments", f"{self.name}_write_offs")

    def invoices_of(self, books: Books) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(books, f"{self.name}_invoices")
        return frame

    def payments_of(self, books: Books) -> pl.DataFrame:
        frame: pl.DataFrame = getattr(books, f"{self.name}_payments")
        return frame

    def entries_of(self, books: Books) -> pl.DataFrame:
        return books.subledger_entries.filter(pl.col("subledger") == self.name)


CUSTOMER: Final = Subledger("customer", 1, "INVOICE", "INVOICEPAYMENT")
SUPPLIER: Final = Subledger("supplier", -1, "SUPPLIERINVOICE", "SUPPLIERPAYMENT")
_DOCUMENT: Final = ["company_id", "document_number"]


def entries(
    subledger: Subledger,
    invoices: pl.DataFrame,
    payments: pl.DataFrame,
    write_offs: pl.DataFrame,
    astray: pl.DataFrame,
) -> pl.DataFrame:
    """``ledger.subledger_entries`` of one subledger from its conformed documents.

    Booked invoices that are not cancelled open a balance; booked payments and their write-offs settle it. A
    booked payment whose invoice is missing, cancelled or unbooked changes no open balance but still the
    control account. What a voucher dated outside its financial year books (``periods.astray``) counts on the year's
    nearest day, where the ledger has it: here and nowhere else is the day of an entry decided.
    """
    invoices, payments = (_counted(without_shares(documents), astray) for documents in (invoices, payments))
    whole = [
        _invoice_entries(subledger, invoices),
        _settlement_entries(subledger, invoices, payments, write_offs),
    ]
    return SUBLEDGER_ENTRIES.select(split(pl.concat(whole)))


def in_ledger() -> pl.Expr:
    """True for documents the ledger knows: booked and not cancelled."""
    return pl.col("booked") & ~pl.col("cancelled")


def voucher_key_of_document() -> pl.Expr:
    """The key of the voucher a document names; null when it names none."""
    parts = (pl.col("voucher_financial_year").dt.to_string("iso"), "voucher_series", "voucher_number")
    return pl.concat_str(*parts, separator="/")


def _counted(documents: pl.DataFrame, astray: pl.DataFrame) -> pl.DataFrame:
    """Documents with the day they count on as ``posting_date``."""
    if astray.is_empty():
        return documents
    return (
        documents.with_columns(voucher_key=voucher_key_of_document())
        .join(astray, on=("company_id", "voucher_key"), how="left", maintain_order="left")
        .with_columns(posting_date=pl.coalesce("counts_on", "posting_date"))
        .drop("voucher_key", "counts_on")
    )


def _invoice_entries(subledger: Subledger, invoices: pl.DataFrame) -> pl.DataFrame:
    return invoices.filter(in_ledger()).select(
        "company_id",
        subledger=pl.lit(subledger.name),
        kind=pl.lit("invoice"),
        entry_key="document_number",
        document_number="document_number",
        payment_number=pl.lit(None, dtype=TEXT),
        counterparty_number="counterparty_number",
        control_account="control_account",
        posting_date="posting_date",
        currency="stated_currency",
        currency_amount="total",
        amount="ledger_amount",
        voucher_key=voucher_key_of_document(),
        _share="tax_reduction",
        _share_account="tax_reduction_account",
    )


def _settlement_entries(
    subledger: Subledger, invoices: pl.DataFrame, payments: pl.DataFrame, write_offs: pl.DataFrame
) -> pl.DataFrame:
    """Payments and write-offs, both in the sign of the entry: what the open balance and the control account
    change by."""
    settled = _with_sek(_with_invoice(_settlements(payments, write_offs), subledger, invoices))
    changes_invoice = pl.col("_held")
    stated = (
        pl.when(pl.col("stated_currency") == pl.col("_document_currency"))
        .then(-pl.col("settled"))
        .otherwise(-pl.col("_sek"))
    )
    return settled.select(
        "company_id",
        subledger=pl.lit(subledger.name),
        kind="kind",
        entry_key="entry_key",
        document_number=pl.when(changes_invoice).then("document_number"),
        payment_number="payment_number",
        counterparty_number="counterparty_number",
        control_account="control_account",
        posting_date="posting_date",
        currency=pl.coalesce("stated_currency", "currency"),
        currency_amount=pl.when(changes_invoice).then(stated).cast(MONEY),
        amount=(pl.col("_sek") * -subledger.sign).cast(MONEY),
        voucher_key="voucher_key",
        _share=(pl.col("tax_reduction") * -subledger.sign).cast(MONEY),
        _share_account="tax_reduction_account",
    )


def _settlements(payments: pl.DataFrame, write_offs: pl.DataFrame) -> pl.DataFrame:
    """Booked payments, then their write-offs, one row each: ``settled`` in the invoice's currency, document
    sign."""
    booked = payments.filter("booked").select(
        "company_id",
        "payment_number",
        "document_number",
        "posting_date",
        "control_account",
        "currency",
        sek_paid="amount",
        settled="currency_amount",
        tax_reduction="tax_reduction",
        voucher_key=voucher_key_of_document(),
        kind=pl.lit("payment"),
        entry_key="payment_number",
        position=pl.lit(0, dtype=WHOLE),
    )
    written_off = (
        write_offs.select("company_id", "payment_number", "position", settled="amount")
        .join(
            booked.drop("settled", "sek_paid", "kind", "entry_key", "position", "tax_reduction"),
            on=("company_id", "payment_number"),
        )
        .with_columns(
            kind=pl.lit("write_off"),
            entry_key=pl.format("{}/{}", "payment_number", "position"),
            sek_paid="settled",
            tax_reduction=pl.lit(None, dtype=MONEY),
        )
    )
    return pl.concat([booked, written_off.select(booked.columns)])


def _with_invoice(settlements: pl.DataFrame, subledger: Subledger, invoices: pl.DataFrame) -> pl.DataFrame:
    """Settlements beside what they need of their invoice: rate, currency, total in both currencies, whether
    it is held."""
    facts = invoices.select(
        *_DOCUMENT,
        "counterparty_number",
        "currency_rate",
        "currency_unit",
        "stated_currency",
        "tax_reduction_account",
        _document_currency="currency",
        _held=in_ledger(),
        _sek_total=pl.col("ledger_amount") * subledger.sign,
        _total=pl.when(pl.col("stated_currency") == pl.col("currency"))
        .then("total")
        .otherwise(money.divided_by_rate(pl.col("total"), pl.col("currency_rate"), pl.col("currency_unit"))),
    )
    placed = settlements.join(facts, on=_DOCUMENT, how="left")
    return placed.with_columns(pl.col("_held").fill_null(False), settled=_in_currency_of_invoice())


def _in_currency_of_invoice() -> pl.Expr:
    """``settled``; of a payment in another currency than its invoice's, its SEK at the invoice's rate."""
    worth = money.divided_by_rate(pl.col("sek_paid"), pl.col("currency_rate"), pl.col("currency_unit"))
    in_another = (pl.col("kind") == "payment") & (pl.col("currency") != pl.col("_document_currency"))
    return pl.when(in_another.fill_null(False)).then(worth).otherwise("settled")


def _with_sek(settled: pl.DataFrame) -> pl.DataFrame:
    """``_sek``: the part of the control account each settlement takes away, document sign, at the invoice's
    own rate.

    The settlement that brings the currency balance to zero takes whatever SEK is left, so rounding leaves
    nothing behind. Order: posting date, payment number, the payment before its write-offs.
    """
    at_rate = (
        pl.when(pl.col("_document_currency") == money.LEDGER_CURRENCY)
        .then("settled")
        .when(pl.col("_document_currency").is_null())
        .then("sek_paid")
        .otherwise(money.times_rate(pl.col("settled"), pl.col("currency_rate"), pl.col("currency_unit")))
    )
    span = [*_DOCUMENT, "_closed_before"]
    closes = pl.col("_left") & pl.col("_held")
    target = pl.when(pl.col("_closed_before") == 0).then("_sek_total").otherwise(pl.lit(money.ZERO))
    others = pl.col("_at_rate").sum().over(span) - pl.col("_at_rate")
    return (
        settled.sort(
            "company_id",
            "document_number",
            "posting_date",
            pl.col("payment_number").str.len_chars(),
            "payment_number",
            "position",
        )
        .with_columns(
            _at_rate=at_rate.cast(MONEY),
            _left=_is_nothing(pl.col("_total") - pl.col("settled").cum_sum().over(_DOCUMENT)),
        )
        .with_columns(_closed_before=closes.cast(WHOLE).cum_sum().over(_DOCUMENT) - closes.cast(WHOLE))
        .with_columns(_sek=pl.when(closes).then(target - others).otherwise("_at_rate").cast(MONEY))
    )


def _is_nothing(left: pl.Expr) -> pl.Expr:
    """True when a currency balance is zero; where the total was derived from SEK, when it is worth less than
    one öre."""
    derived = pl.col("stated_currency") != pl.col("_document_currency")
    worthless = money.is_below_one_ore(left, pl.col("currency_rate"), pl.col("currency_unit"))
    return pl.when(derived).then(worthless).otherwise(left == 0).fill_null(False)


def open_balances(all_entries: pl.DataFrame) -> pl.DataFrame:
    """company_id, subledger, document_number, currency, open_balance, open_of_customer (without Skatteverket's share),
    amount: sums of the given entries per invoice."""
    return (
        all_entries.filter(pl.col("document_number").is_not_null())
        .group_by("company_id", "subledger", "document_number")
        .agg(
            pl.col("currency").first(),
            open_balance=money.total(pl.col("currency_amount")),
            open_of_customer=money.total(pl.col("currency_amount").filter(~pl.col("tax_reduction"))),
            amount=money.total(pl.col("amount")),
            settlements=(pl.col("kind") != "invoice").sum(),
        )
    )


def open_items(subledger: Subledger, books: Books, as_of: dt.date) -> pl.DataFrame:
    """``recon.open_items`` of one subledger rebuilt for the end of a day, per control account; what has nothing open is
    left out. Made once a run for each day."""
    return books.once(("open_items", subledger.name, as_of), lambda: _open_items(subledger, books, as_of))


def _open_items(subledger: Subledger, books: Books, as_of: dt.date) -> pl.DataFrame:
    facts = subledger.invoices_of(books).select(
        *_DOCUMENT,
        "counterparty_number",
        "counterparty_name",
        "invoice_date",
        "due_date",
        api_balance="open_balance",
    )
    alone = pl.when(pl.col("document_number").is_null()).then("payment_number")
    items = (
        books.subledger_entries.lazy()
        .filter(pl.col("subledger") == subledger.name, pl.col("posting_date") <= as_of)
        .group_by(*_DOCUMENT, "subledger", "control_account", "tax_reduction", _payment=alone)
        .agg(
            pl.col("currency").first(),
            amount=money.total(pl.col("amount")),
            open_balance=money.total(pl.col("currency_amount")),
            _counted=pl.col("currency_amount").count(),
        )
        .filter((pl.col("amount") != 0) | (pl.col("open_balance") != 0))
        .join(facts.lazy(), on=_DOCUMENT, how="left")
        .with_columns(pl.when(~pl.col("tax_reduction")).then(pl.col("due_date", "api_balance")).name.keep())
    )
    as_of_date = pl.lit(as_of)
    return OPEN_ITEMS.select(
        items.with_columns(
            document_number=pl.coalesce("document_number", pl.format("payment:{}", "_payment")),
            open_balance=pl.when(pl.col("_counted") > 0).then("open_balance"),
            days_overdue=(as_of_date - pl.col("due_date")).dt.total_days(),
            as_of=as_of_date,
        )
    )
