"""The supplier register: bank accounts that changed or belong to two, and inactive suppliers that still bill.

What was invoiced does not belong here; two bills that are one are ``ap_duplicates``.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms import money, staging_fortnox, staging_history
from transforms.books import Books
from transforms.identifiers import letters_and_digits
from transforms.reconciliation import Reconciliation, Result, drafts, together
from transforms.settings import Settings

NAMED: Final = 5
_ACCOUNTS: Final = {
    "bankgiro": "Bankgiro",
    "plusgiro": "Plusgiro",
    "iban": "IBAN",
    "bank_account_number": "Bank account",
}
_SUPPLIER: Final = ["company_id", "supplier_number"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per account that two active suppliers share or that changed, and per inactive supplier still used."""
    inactive = books.suppliers.filter(~pl.col("active").fill_null(True))
    active = books.suppliers.join(inactive, on=_SUPPLIER, how="anti")
    unknown = books.why_not(["changes"])
    return Result(
        together(
            _shared(active),
            _used(inactive, books.supplier_invoices, settings),
            _changed(books.changes, settings),
        ),
        remarks=(f"accounts that changed were not judged: {unknown}",) if unknown else (),
    )


def _changed(changes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Accounts that are others than before the window, each run's change of a supplier's account taken together."""
    known = changes.filter(
        pl.col("table_name") == staging_fortnox.SUPPLIERS,
        pl.col("change") == "changed",
        pl.col("field").is_in(list(staging_fortnox.BANK_ACCOUNTS)),
        pl.col("as_of") >= staging_history.account_changes_since(settings),
    )
    moved = (
        known.sort("seen_at")
        .group_by(
            "company_id",
            supplier_number="record_key",
            kind=pl.col("field").replace(staging_fortnox.BANK_ACCOUNTS),
        )
        .agg(pl.first("before"), pl.last("after"), date=pl.col("as_of").last())
        .filter(_plain("before") != _plain("after"), _plain("before") != "", _plain("after") != "")
    )
    return moved.with_columns(
        rule=pl.lit("account_changed"),
        subject_kind=pl.lit("supplier_account"),
        subject_key=pl.format("{}/{}", "supplier_number", "kind"),
        explanation=pl.format(
            "Supplier {}: expected {} {} as before, found {} in the run of {}.",
            "supplier_number", pl.col("kind").replace_strict(_ACCOUNTS), "before", "after", "date",
        ),
        evidence=pl.concat_list(
            pl.format("supplier {}", "supplier_number"), pl.format("account now {}", _plain("after")),
        ),
    )  # fmt: skip


def _plain(account: str) -> pl.Expr:
    """An account's letters and digits; empty text for none."""
    return letters_and_digits(pl.col(account).fill_null(""))


def bank_accounts(suppliers: pl.DataFrame) -> pl.DataFrame:
    """company_id, supplier_number, kind, account: every registered account, letters and digits only."""
    return (
        suppliers.unpivot(list(_ACCOUNTS), index=_SUPPLIER, variable_name="kind", value_name="account")
        .with_columns(account=_plain("account"))
        .filter(pl.col("account").str.contains("[1-9]"))
    )


def _shared(active: pl.DataFrame) -> pl.DataFrame:
    shared = (
        bank_accounts(active)
        .sort(*_SUPPLIER)
        .group_by("company_id", "kind", "account")
        .agg(suppliers="supplier_number")
        .filter(pl.col("suppliers").list.len() > 1)
    )
    return shared.with_columns(
        rule=pl.lit("shared_account"),
        subject_kind=pl.lit("bank_account"),
        subject_key=pl.format("{}/{}", "kind", "account"),
        explanation=pl.format(
            "{} {}: expected one supplier, found {}: {}.",
            pl.col("kind").replace_strict(_ACCOUNTS), "account", pl.col("suppliers").list.len(),
            _first_few("suppliers"),
        ),
        evidence=pl.col("suppliers").list.eval(pl.format("supplier {}", pl.element())),
    )  # fmt: skip


def _used(inactive: pl.DataFrame, invoices: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Inactive suppliers with invoices that are still open, or were dated recently."""
    since = settings.as_of - dt.timedelta(days=settings.inactive_supplier_days)
    live = (pl.col("open_balance") != 0) | (pl.col("invoice_date") >= since)
    used = (
        invoices.filter(~pl.col("cancelled"), live.fill_null(False))
        .join(inactive, left_on=["company_id", "counterparty_number"], right_on=_SUPPLIER, how="semi")
        .sort("company_id", pl.col("document_number").str.len_chars(), "document_number")
        .group_by("company_id", supplier_number="counterparty_number")
        .agg(
            documents="document_number",
            actual=money.total(pl.col("total")),
            date=pl.col("invoice_date").max(),
        )
    )
    return drafts(
        used.with_columns(
            rule=pl.lit("inactive_used"),
            subject_kind=pl.lit("supplier"),
            subject_key="supplier_number",
            expected=pl.lit(money.ZERO),
            difference="actual",
            currency=pl.lit(money.LEDGER_CURRENCY),
            explanation=pl.format(
                "Supplier {} is inactive: expected no invoice that is open or dated since {}, found {} over {}: {}.",
                "supplier_number", pl.lit(since), pl.col("documents").list.len(),
                money.amount_text(pl.col("actual")), _first_few("documents"),
            ),
            evidence=pl.col("documents").list.eval(pl.format("supplier invoice {}", pl.element())),
        )
    )  # fmt: skip


def _first_few(names: str) -> pl.Expr:
    count = pl.col(names).list.len()
    more = pl.when(count > NAMED).then(pl.format(" and {} more", count - NAMED)).otherwise(pl.lit(""))
    return pl.concat_str(pl.col(names).list.head(NAMED).list.join(", "), more)


REGISTER_CHANGES = Reconciliation(
    id="register_changes",
    question="Does every supplier have its own bank account and keep it, and is none used that should not be?",
    rationale=(
        "Money goes to the account in the register, whatever the invoice says. Two suppliers on one account are one "
        "supplier twice, or somebody collecting for another; an inactive supplier that bills again was not meant to."
    ),
    source="ISA 240 (red flags: supplier register); checks.md §3",
    grain="bank account; supplier; account of a supplier",
    inputs=("ledger.suppliers", "ledger.supplier_invoices", "history.changes"),
    rules={
        "shared_account": (
            "No two active suppliers have the same bankgiro, plusgiro, IBAN or bank account, blanks and signs aside."
        ),
        "inactive_used": (
            "A supplier marked inactive has no invoice that is open, or dated within `inactive_supplier_days` (30)."
        ),
        "account_changed": (
            "No account of a supplier is another than it was, as runs of the last `account_change_days` (30) saw "
            "it. An "
            "account entered where there was none, or taken away, is no change."
        ),
    },
    tolerance="inactive_supplier_days and account_change_days, per company",
    severity="W",
    blind_spots=(
        "Suppliers that sell their claims share the account of whoever bought them. Accounts on the invoice or in the "
        "payment file that are not the register's. When a supplier was made inactive. A change made and undone between "
        "two runs. A supplier that got another number is a new supplier: an account changed in the same run is in "
        "history.changes only."
    ),
    needs=("supplier_invoices", "suppliers"),
    apply=_reconcile,
    resolution="the register was put right, the invoices are settled, or the change is old",
)
