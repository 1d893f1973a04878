"""The self-test of a subledger: every invoice's open balance rebuilt from its parts, beside the API's own.

The API's balance knows no date, so every booked payment counts, whatever its date. A balance as of a day
does not belong here; that is ``tie_out.py``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.reconciliation import Result, drafts
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, Subledger, in_ledger, open_balances
from transforms.tables import ENGINE, MONEY
from transforms.wording import count_of

_INVOICE: Final = ["company_id", "document_number"]


def recomputed(books: Books, subledger: Subledger) -> pl.DataFrame:
    """Booked, uncancelled invoices with what is left, document sign: ``open`` in the stated currency, ``open_sek`` at
    the invoice's rate; and ``settlements``, how many."""
    balances = books.once(
        ("open_balances", subledger.name), lambda: open_balances(subledger.entries_of(books))
    )
    sums = balances.select(
        *_INVOICE,
        open="open_balance",
        open_of_customer="open_of_customer",
        open_sek=(pl.col("amount") * subledger.sign).cast(MONEY),
        settlements="settlements",
    )
    return subledger.invoices_of(books).filter(in_ledger()).join(sums, on=_INVOICE, how="left")


def with_settlements(invoices: pl.DataFrame, books: Books, subledger: Subledger) -> pl.DataFrame:
    """``invoices`` with ``settled_by``: the keys of the payments and write-offs booked against each, sorted."""
    label = pl.format("{} {} {}", "subledger", pl.col("kind").str.replace("_", "-"), "entry_key")
    settled = (
        books.subledger_entries.lazy()
        .filter(pl.col("subledger") == subledger.name, pl.col("kind") != "invoice")
        .join(invoices.lazy(), on=_INVOICE, how="semi")
        .group_by(_INVOICE)
        .agg(settled_by=label.unique().sort())
        .collect(engine=ENGINE)
    )
    return invoices.join(settled, on=_INVOICE, how="left").with_columns(pl.col("settled_by").fill_null([]))


def outside(subledger: Subledger) -> pl.Expr:
    """What of an invoice's total is no part of the subledger: Skatteverket's share, where no payment settles any."""
    if subledger is not CUSTOMER:
        return pl.lit(money.ZERO, dtype=MONEY)
    return money.or_zero(pl.when(pl.col("tax_reduction_account").is_null()).then("tax_reduction"))


def _as_stated(subledger: Subledger) -> pl.Expr:
    """Whether the API's balance is what is left. Of an invoice with tax reduction it may be with or without
    Skatteverket's share: which of the two Fortnox states is not documented."""
    stated, left = pl.col("open_balance"), pl.col("open")
    if subledger is not CUSTOMER:
        return left == stated
    return (left == stated) | (pl.col("open_of_customer") + outside(subledger) == stated)


def about_invoice(subledger: Subledger) -> dict[str, pl.Expr]:
    """The draft columns every finding about an invoice shares."""
    return {
        "date": pl.col("posting_date"),
        "subject_kind": pl.lit(subledger.invoice),
        "subject_key": pl.col("document_number"),
        "account_number": pl.col("control_account"),
        "currency": pl.col("stated_currency"),
    }


def open_balance(
    books: Books,
    settings: Settings,  # noqa: ARG001 the signature of every rule
    *,
    subledger: Subledger,
) -> Result:
    """A draft per invoice whose recomputed open balance is not the API's."""
    held = recomputed(books, subledger)
    stated = held.filter(pl.col("open_balance").is_not_null())
    off = with_settlements(stated.filter(~_as_stated(subledger)), books, subledger)
    amount = {
        name: money.amount_text(pl.col(name), pl.col("stated_currency"))
        for name in ("total", "open", "open_balance")
    }
    gap = pl.col("open") - pl.col("open_balance")
    direction = pl.when(gap > 0).then(pl.lit("too much")).otherwise(pl.lit("too little"))
    parts = (
        pl.when(pl.col("settlements") == 0)
        .then(pl.lit("nothing booked against it"))
        .otherwise(pl.format("{} booked against it", pl.col("settled_by").list.head(5).list.join(", ")))
    )
    explanation = pl.format(
        (
            f"{subledger.name.capitalize()} invoice {{}}: the API states {{}} open, but {{}} with {{}}"
            f" leaves {{}}, {{}} {{}}."
        ),
        "document_number",
        amount["open_balance"],
        amount["total"],
        parts,
        amount["open"],
        money.amount_text(gap.abs(), pl.col("stated_currency")),
        direction,
    )
    return Result(
        findings=drafts(
            off.with_columns(
                rule=pl.lit("open_balance"),
                expected="open_balance",
                actual="open",
                difference=gap,
                explanation=explanation,
                evidence=pl.concat_list(
                    pl.concat_list(pl.format(f"{subledger.name} invoice {{}}", "document_number")),
                    "settled_by",
                ),
                **about_invoice(subledger),
            )
        ),
        remarks=_remark(held.height - stated.height, subledger),
    )


def _remark(unstated: int, subledger: Subledger) -> tuple[str, ...]:
    invoices = count_of(unstated, "invoice", "invoices")
    return (
        (f"{invoices} of the {subledger.name} subledger without a stated balance not compared",)
        if unstated
        else ()
    )
