"""Staging of what only the detail of an invoice tells: what of it Skatteverket pays (ROT, RUT).

Details are read within a budget a night, so most invoices have none. What their lists tell belongs in
``staging_fortnox.py``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import polars as pl

from transforms import money
from transforms.intake import Intake, Surface
from transforms.tables import FLAG, MONEY, TEXT

ONE_KRONA: Final = Decimal(1)
#: Of invoices whose rows are read: what the customer pays. An older table lacks the columns and says nothing.
INVOICE_DETAILS: Final = Surface(
    "fortnox.customer_invoice_details",
    ("company_id", "document_number"),
    {
        "company_id": ("company_id", TEXT),
        "document_number": ("document_number", TEXT),
        "house_work": ("house_work", FLAG),
        "tax_reduction": ("tax_reduction", MONEY),
        "total_to_pay": ("total_to_pay", MONEY),
    },
)


def stated_shares(intake: Intake, invoices: pl.DataFrame) -> pl.DataFrame:
    """company_id, document_number, stated_share: what is Skatteverket's of customers' invoices by their own word, SEK;
    0 for none. Only of invoices whose details are held and whose figures for it agree to the krona."""
    raw = intake.raw.get(INVOICE_DETAILS.name)
    key = ["company_id", "document_number"]
    if raw is None or not {column for column, _ in INVOICE_DETAILS.fields.values()} <= set(raw.columns):
        return pl.DataFrame(schema=invoices.select(key).schema | {"stated_share": MONEY})
    share = pl.when("house_work").then(pl.col("total") - pl.col("total_to_pay")).otherwise(money.ZERO)
    said_twice = ~pl.col("house_work") | ((share - pl.col("tax_reduction")).abs() < ONE_KRONA)
    return (
        intake.take(INVOICE_DETAILS)
        .join(invoices.filter(pl.col("currency") == money.LEDGER_CURRENCY).select(*key, "total"), on=key)
        .filter(said_twice)
        .select(*key, stated_share=share.cast(MONEY))
    )
