"""Manual vouchers and supplier invoices without an attached file.

What the files say does not belong here: they stay in Fortnox's archive and are never fetched.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import of_booked_rows
from transforms.periods import stamp
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.subledger import in_ledger
from transforms.tables import MONEY
from transforms.voucher_keys import voucher_name

NAMED: Final = 5
_WORDS: Final = {"voucher": "manual vouchers", "supplier_invoice": "supplier invoices"}
_VOUCHER: Final = ["company_id", "voucher_key"]
_KIND: Final = ["company_id", "financial_year", "kind"]
_COLUMNS: Final = [*_KIND, "subject_key", "name", "amount"]


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per financial year and kind of document some of which have no file."""
    documents = pl.concat([_manual_vouchers(books), _supplier_invoices(books)])
    attached = books.attached_files.select(
        "company_id", "subject_key", kind="subject_kind", attached=pl.lit(True)
    ).unique()
    judged = documents.join(attached, on=["company_id", "kind", "subject_key"], how="left")
    without = pl.col("attached").is_null()
    kinds = judged.group_by(_KIND).agg(
        documents=pl.len(),
        lacking=without.sum(),
        expected=money.total(pl.col("amount")),
        actual=money.total(pl.col("amount").filter(~without)),
    )
    return Result(drafts(_told(kinds.join(_largest(judged.filter(without)), on=_KIND))))


def _largest(lacking: pl.DataFrame) -> pl.DataFrame:
    """The few largest documents per kind, by name (``largest``) and as evidence (``keys``)."""
    least = pl.col("amount").top_k(NAMED).min().over(_KIND)
    return (
        lacking.filter(pl.col("amount") >= least)
        .sort("amount", "subject_key", descending=[True, False])
        .group_by(_KIND, maintain_order=True)
        .agg(
            largest=pl.col("name").head(NAMED),
            keys=pl.format("{} {}", pl.col("kind").str.replace("_", " "), "subject_key").head(NAMED),
        )
    )


def _manual_vouchers(books: Books) -> pl.DataFrame:
    """Vouchers somebody typed in, with their debits. What Fortnox made by itself rests on its document."""
    manual = books.vouchers.lazy().filter(pl.col("reference_type") == "MANUAL").select(_VOUCHER)
    debits = of_booked_rows(
        books,
        lambda booked: (
            booked.filter(pl.col("amount") > 0)
            .join(manual, on=_VOUCHER, how="semi")
            .group_by(_VOUCHER)
            .agg(pl.col("financial_year").first(), amount=money.total(pl.col("amount")))
        ),
    )
    return debits.with_columns(kind=pl.lit("voucher"), subject_key="voucher_key", name=voucher_name()).select(
        _COLUMNS
    )


def _supplier_invoices(books: Books) -> pl.DataFrame:
    """Booked invoices of the loaded years; those brought in from an older system are left out."""
    booked = books.supplier_invoices.filter(in_ledger()).select(
        "company_id",
        "posting_date",
        kind=pl.lit("supplier_invoice"),
        subject_key="document_number",
        name="document_number",
        amount=pl.col("ledger_amount").abs().cast(MONEY),
    )
    placed = stamp(booked, books.periods, date="posting_date")
    return placed.filter(pl.col("financial_year").is_not_null()).select(_COLUMNS)


def _told(kinds: pl.DataFrame) -> pl.DataFrame:
    what = pl.col("kind").replace_strict(_WORDS)
    year = pl.col("financial_year").dt.to_string("iso")
    return kinds.with_columns(
        date="financial_year",
        rule="kind",
        subject_kind=pl.lit("document_kind"),
        subject_key=pl.format("{}/{}", year, "kind"),
        difference=(pl.col("actual") - pl.col("expected")).cast(MONEY),
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            "Year from {}: expected a file on all {} ({}), found {} without, over {} of {}; the largest: {}.",
            "financial_year", what, "documents", "lacking",
            money.amount_text(pl.col("expected") - pl.col("actual")), money.amount_text(pl.col("expected")),
            pl.col("largest").list.join(", "),
        ),
        evidence="keys",
    )  # fmt: skip


MISSING_DOCUMENTS = Reconciliation(
    id="missing_documents",
    question="Does every manual voucher and supplier invoice carry its document?",
    rationale=(
        "A voucher without the document it rests on proves nothing but that somebody typed it. How large the "
        "part without "
        "is tells an auditor where to ask for paper."
    ),
    source="BFL 5 kap. 6-7 § (verifikation), 7 kap. (arkivering); ISA 500; checks.md §3",
    grain="financial year and kind of document: manual vouchers, supplier invoices",
    inputs=("ledger.vouchers", "ledger.voucher_rows", "ledger.supplier_invoices", "ledger.attached_files"),
    rules={
        "voucher": (
            "A file is attached to every voucher of type MANUAL with booked rows. Expected is the sum of their debits, "
            "actual that of those with a file; vouchers Fortnox made of its own documents are not counted."
        ),
        "supplier_invoice": (
            "A file is attached to every booked supplier invoice dated in a loaded year. Amounts are SEK without sign."
        ),
    },
    tolerance="none",
    severity="I",
    blind_spots=(
        "Whether the file is the right document, or readable. Documents kept outside Fortnox. Which vouchers by name: "
        "the five largest are named, all are those of `ledger.vouchers` not in `ledger.attached_files`. One attachment "
        "taken away and another added the same day in a list of more than 500: for up to `full_every_days` (7)."
    ),
    needs=(
        "voucher_rows",
        "voucher_references",
        "supplier_invoices",
        "voucher_files",
        "supplier_invoice_files",
    ),
    apply=_reconcile,
    resolution="all of the kind carry a file",
)
