"""Documents and their vouchers in the same month, and on the same day.

Amounts do not belong here; they are the tie-out's and ``invoice_vouchers``'.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, together
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, Subledger, in_ledger, voucher_key_of_document
from transforms.tables import ENGINE, MONEY
from transforms.voucher_keys import voucher_name, voucher_part


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per booked document whose voucher falls on another day than the document."""
    return Result(
        together(
            *(
                drafts
                for subledger in (CUSTOMER, SUPPLIER)
                for drafts in (_invoices(books, subledger), _payments(books, subledger))
            )
        )
    )


def _invoices(books: Books, subledger: Subledger) -> pl.DataFrame:
    booked = subledger.invoices_of(books).lazy().filter(in_ledger())
    return _apart(
        booked.with_columns(_own="invoice_date", _number="document_number", _amount="ledger_amount"),
        "invoice",
        subledger,
    )


def _payments(books: Books, subledger: Subledger) -> pl.DataFrame:
    booked = subledger.payments_of(books).lazy().filter("booked")
    settled = (pl.col("amount") * -subledger.sign).cast(MONEY)
    return _apart(
        booked.with_columns(_own="payment_date", _number="payment_number", _amount=settled),
        "payment",
        subledger,
    )


def _apart(booked: pl.LazyFrame, kind: str, subledger: Subledger) -> pl.DataFrame:
    """Documents of one kind whose voucher's day is not their own. Without a voucher the two dates are one."""
    key = voucher_key_of_document()
    name = f"{subledger.name} {kind}"
    other_month = pl.col("_own").dt.truncate("1mo") != pl.col("posting_date").dt.truncate("1mo")
    dates = ("_number", "_own", "posting_date", voucher_name(key), money.amount_text(pl.col("_amount")))
    in_month = pl.format(
        f"{name.capitalize()} {{}} is dated {{}} but booked on {{}} in voucher {{}}: "
        "{} stand in {} instead of {}.",
        *(*dates, period_name(pl.col("posting_date")), period_name(pl.col("_own"))),
    )
    on_day = pl.format(
        f"{name.capitalize()} {{}} is dated {{}} but booked on {{}} in voucher {{}}: "
        "{} stand on another day of the month.",
        *dates,
    )
    apart = booked.filter(pl.col("_own") != pl.col("posting_date")).collect(engine=ENGINE)
    return apart.with_columns(
        date="posting_date",
        period=period_name(pl.col("posting_date")),
        rule=pl.when(other_month).then(pl.lit(f"{kind}_period")).otherwise(pl.lit(f"{kind}_day")),
        subject_kind=pl.lit(f"{subledger.name}_{kind}"),
        subject_key="_number",
        voucher_series=voucher_part(key, 0),
        voucher_number=voucher_part(key, 1),
        account_number="control_account",
        difference="_amount",
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.when(other_month).then(in_month).otherwise(on_day),
        evidence=pl.concat_list(pl.format(f"{name} {{}}", "_number"), pl.format("voucher {}", key)),
    )


CUT_OFF = Reconciliation(
    id="cut_off",
    question="Is every document booked in the month it is dated in?",
    rationale=(
        "A document booked in another month moves result, VAT and open items from one period to another; one booked on "
        "another day of its month moves them within it."
    ),
    source="ÅRL 2 kap. 4 § (periodisering); ML 7 kap.; checks.md §3",
    grain="customer or supplier invoice or payment",
    inputs=(
        "ledger.customer_invoices",
        "ledger.customer_payments",
        "ledger.supplier_invoices",
        "ledger.supplier_payments",
        "ledger.vouchers",
    ),
    rules={
        "invoice_period": "The voucher of a booked invoice falls in the month of the invoice date.",
        "payment_period": "The voucher of a booked payment falls in the month of the payment date.",
        "invoice_day": "The voucher of a booked invoice that falls in its month has the invoice date.",
        "payment_day": "The voucher of a booked payment that falls in its month has the payment date.",
    },
    tolerance="none: the calendar month, and the day",
    severity="W",
    blind_spots=(
        "Deliveries: only the date of the document is known, not that of the performance. Documents whose "
        "voucher is not known."
    ),
    needs=("customer_invoices", "customer_payments", "supplier_invoices", "supplier_payments", "vouchers"),
    by_side=True,
    informs=("invoice_day", "payment_day"),
    apply=_reconcile,
    resolution="document and voucher are no longer that far apart",
)
