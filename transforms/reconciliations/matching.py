"""Payments without an invoice that fit several equally well: named, never chosen between.

How candidates are found belongs in ``transforms/matching.py``, not here.
"""

from __future__ import annotations

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.matching import AMBIGUOUS, LARGEST_SEARCH, RULES, matches
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER
from transforms.tables import MATCHES
from transforms.voucher_keys import voucher_name, voucher_part

_ITEM = ["company_id", "subledger", "control_account", "item"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per item with more than one equally good candidate, and the table of all matches."""
    found = pl.concat([matches(books, subledger, settings) for subledger in (CUSTOMER, SUPPLIER)])
    return Result(_ambiguous(found), tables={"recon.matches": MATCHES.select(found)})


def _ambiguous(found: pl.DataFrame) -> pl.DataFrame:
    label = pl.format("{} invoice {}", "subledger", "document_number")
    candidates = (
        found.filter(pl.col("status") == AMBIGUOUS)
        .sort(*_ITEM, "candidate", "document_number")
        .group_by(*_ITEM, "candidate", maintain_order=True)
        .agg(
            pl.col("date", "amount", "rule").first(),
            _fits=pl.col("document_number").str.join(" + "),
            _keys=label,
        )
    )
    items = candidates.group_by(_ITEM, maintain_order=True).agg(
        pl.col("date", "amount", "rule").first(),
        _fits=pl.col("_fits").str.join(" or "),
        _keys=pl.col("_keys").list.explode().unique().sort(),
    )
    voucher = pl.col("item").str.starts_with("voucher ")
    key = pl.col("item").str.strip_prefix("voucher ")
    name = pl.when(voucher).then(pl.format("Voucher {}", voucher_name(key))).otherwise(_upper(pl.col("item")))
    return drafts(
        items.with_columns(
            rule=pl.lit("ambiguous"),
            subject_kind=pl.when(voucher)
            .then(pl.lit("voucher_account"))
            .otherwise(pl.format("{}_payment", "subledger")),
            subject_key=pl.when(voucher)
            .then(pl.format("{}/{}", key, "control_account"))
            .otherwise(pl.col("item").str.split(" ").list.last()),
            account_number="control_account",
            voucher_series=pl.when(voucher).then(voucher_part(key, 0)),
            voucher_number=pl.when(voucher).then(voucher_part(key, 1)),
            actual="amount",
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=pl.format(
                "{} of {} moves account {} by {} and fits {} invoice {} equally well, or another payment fits as well"
                " (rule {}); nothing was chosen.",
                name, "date", "control_account", money.amount_text(pl.col("amount")), "subledger", "_fits", "rule",
            ),
            evidence=pl.concat_list(pl.concat_list("item"), "_keys"),
        )
    )  # fmt: skip


def _upper(text: pl.Expr) -> pl.Expr:
    return text.str.slice(0, 1).str.to_uppercase() + text.str.slice(1)


MATCHING = Reconciliation(
    id="matching",
    question="Which open invoices do payments that name none probably settle, and where is that not clear?",
    rationale=(
        "A payment booked by hand leaves its invoice open and the control account apart from the subledger. Saying"
        " which invoice it probably pays saves the search; two equally good answers are a question for a person."
    ),
    source="checks.md §6",
    grain="voucher without a document, or payment without an invoice",
    inputs=("ledger.vouchers", "ledger.voucher_rows", "ledger.subledger_entries", "ledger.customer_invoices",
            "ledger.supplier_invoices"),
    rules={
        "ambiguous": (
            "No payment without an invoice fits several open invoices equally well, and no open invoice several such"
            " payments. Rules in their order, what one claims no later one sees: "
            + "; ".join(f"`{rule}`: {text}" for rule, text in RULES.items())
            + ". `recon.matches` has every candidate and what it relies on."
        )
    },
    tolerance=(
        "none on amounts; where only the counterparty is named, invoices dated from `late_payment_days` (120) before to"
        " `early_payment_days` (10) after the payment, per company"
    ),
    severity="I",
    blind_spots=(
        "Texts that name neither invoice nor counterparty, part payments (also of an invoice the text names, which is"
        " then matched to no other), numbers in a text that mean something else and are that of an open invoice, sums"
        f" of more than three that are not all, and counterparties with more than {LARGEST_SEARCH} open invoices in the"
        " window, of whose sums none is tried."
    ),
    needs=(*CUSTOMER.documents, *SUPPLIER.documents, "voucher_rows", "voucher_references"),
    by_side=True,
    apply=_reconcile,
    resolution="the payment has its invoice, or only one fits",
)  # fmt: skip
