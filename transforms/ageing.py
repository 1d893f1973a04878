"""Open items as of a day, sorted into buckets by how long they are overdue.

Which day, and what it is compared with, does not belong here.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.subledger import Subledger, open_items
from transforms.tables import AGEING, WHOLE


def aged(books: Books, subledger: Subledger, as_of: dt.date, last_days: Sequence[int]) -> pl.DataFrame:
    """``recon.ageing`` of one subledger. ``last_days`` are the last days overdue of each bucket but the oldest, rising.

    A payment without an invoice, and an invoice without a due date, stand in ``no_due_date``.
    """
    items = open_items(subledger, books, as_of).filter(pl.col("control_account").is_not_null())
    return AGEING.select(
        items.with_columns(bucket_order=_order(last_days))
        .group_by("company_id", "subledger", "control_account", "bucket_order")
        .agg(items=pl.len().cast(WHOLE), amount=money.total(pl.col("amount")))
        .with_columns(
            bucket=pl.col("bucket_order").replace_strict(_names(last_days), return_dtype=pl.String),
            as_of=pl.lit(as_of),
        )
    )


def _order(last_days: Sequence[int]) -> pl.Expr:
    """-1 without a due date, 0 when not yet overdue, then 1 more for each bucket left behind."""
    overdue = pl.col("days_overdue")
    older = pl.sum_horizontal([(overdue > days).cast(WHOLE) for days in (0, *last_days)])
    return pl.when(overdue.is_null()).then(-1).otherwise(older).cast(WHOLE)


def _names(last_days: Sequence[int]) -> dict[int, str]:
    edges = (0, *last_days)
    between = {
        order: (f"{first + 1}-{last}") for order, (first, last) in enumerate(itertools.pairwise(edges), 1)
    }
    return {-1: "no_due_date", 0: "not_due", **between, len(edges): f"over_{edges[-1]}"}
