"""Days from due date to payment, by customer, with polars.

python who_pays_late.py data/var/demo/demo/snapshot.duckdb
"""

import sys

import duckdb
import polars as pl

books = duckdb.connect(sys.argv[1], read_only=True)
invoices = books.sql(
    "SELECT document_number, counterparty_number, due_date FROM ledger.customer_invoices WHERE booked AND NOT cancelled"
).pl()
payments = books.sql(
    "SELECT document_number, payment_date, amount FROM ledger.customer_payments WHERE booked"
).pl()

late = (
    payments.join(invoices, on="document_number")
    .with_columns(days=(pl.col("payment_date") - pl.col("due_date")).dt.total_days())
    .group_by("counterparty_number")
    .agg(
        payments=pl.len(),
        paid=pl.col("amount").sum(),
        median_days=pl.col("days").median(),
        worst_days=pl.col("days").max(),
    )
    .sort("median_days", "counterparty_number", descending=[True, False])
)
print(late)
