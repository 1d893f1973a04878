"""Which voucher booked a document, on what date, and on which control account.

The document's own word comes first, then the voucher list's reference. A named voucher that is not held
fixes nothing but the name: the date then is the document's own. Whether the voucher agrees with the
document does not belong here; that is for the reconciliations to say.
"""

from __future__ import annotations

import polars as pl

from transforms.tables import DAY, TEXT
from transforms.voucher_keys import voucher_key


def named_by_voucher_list(vouchers: pl.DataFrame, reference_type: str) -> pl.DataFrame:
    """company_id, _reference, _listed_*: the earliest voucher that says a document of this type caused it."""
    return (
        vouchers.filter(pl.col("reference_type") == reference_type, pl.col("reference_number").is_not_null())
        .sort("voucher_date", "voucher_series", pl.col("voucher_number").str.len_chars(), "voucher_number")
        .unique(["company_id", "reference_number"], keep="first", maintain_order=True)
        .select(
            "company_id",
            _reference="reference_number",
            _listed_year="financial_year",
            _listed_series="voucher_series",
            _listed_number="voucher_number",
        )
    )


def with_voucher(
    documents: pl.DataFrame,
    *,
    key: str,
    own_date: str,
    vouchers: pl.DataFrame,
    reference_type: str,
    year_ids: pl.DataFrame,
) -> pl.DataFrame:
    """``documents`` with voucher_financial_year/series/number/evidence, ``_voucher_key`` and
    ``posting_date``.

    ``documents`` carries the voucher it names in ``_voucher_series``, ``_voucher_number`` and
    ``_voucher_year`` (an id).
    """
    documents = documents.with_columns(
        pl.lit(None, dtype=TEXT).alias(name)
        for name in ("_voucher_series", "_voucher_number", "_voucher_year")
        if name not in documents.columns
    )
    own = pl.all_horizontal(pl.col("_voucher_series", "_voucher_number").is_not_null())
    listed = pl.col("_listed_number").is_not_null()
    return (
        documents.join(
            year_ids.rename({"financial_year": "_own_year"}),
            left_on=["company_id", "_voucher_year"],
            right_on=["company_id", "_id"],
            how="left",
        )
        .join(
            named_by_voucher_list(vouchers, reference_type),
            left_on=["company_id", key],
            right_on=["company_id", "_reference"],
            how="left",
        )
        .with_columns(
            voucher_financial_year=pl.when(own).then("_own_year").otherwise("_listed_year").cast(DAY),
            voucher_series=pl.when(own).then("_voucher_series").otherwise("_listed_series"),
            voucher_number=pl.when(own).then("_voucher_number").otherwise("_listed_number"),
            voucher_evidence=pl.when(own).then(pl.lit("document")).when(listed).then(pl.lit("voucher_list")),
        )
        .with_columns(_voucher_key=voucher_key("voucher_financial_year", "voucher_series", "voucher_number"))
        .join(
            vouchers.select("company_id", _voucher_key="voucher_key", _voucher_date="voucher_date"),
            on=("company_id", "_voucher_key"),
            how="left",
        )
        .with_columns(posting_date=pl.coalesce("_voucher_date", own_date))
    )


def touched_control_accounts(
    voucher_rows: pl.DataFrame, control_accounts: pl.DataFrame, subledger: str
) -> pl.DataFrame:
    """company_id, _voucher_key, _touched: the control account of a subledger a voucher books on, where it is
    only one."""
    accounts = control_accounts.filter(pl.col("subledger") == subledger).select(
        "company_id", "account_number"
    )
    return (
        voucher_rows.filter(pl.col("kind") == "row")
        .join(accounts, on=("company_id", "account_number"), how="semi")
        .group_by("company_id", _voucher_key="voucher_key")
        .agg(pl.col("account_number").unique())
        .filter(pl.col("account_number").list.len() == 1)
        .select("company_id", "_voucher_key", _touched=pl.col("account_number").list.first())
    )


def default_control_accounts(control_accounts: pl.DataFrame, subledger: str) -> pl.DataFrame:
    """company_id, _default: the account of documents whose voucher says nothing."""
    return control_accounts.filter(pl.col("is_default"), pl.col("subledger") == subledger).select(
        "company_id", _default="account_number"
    )


def usual_control_accounts(
    invoices: pl.DataFrame, payments: pl.DataFrame, touched: pl.DataFrame
) -> pl.DataFrame:
    """company_id, counterparty_number, _usual: the account most vouchers of a counterparty's documents book on."""
    of_invoices = invoices.select("company_id", "document_number", "counterparty_number", "_voucher_key")
    of_payments = payments.select("company_id", "document_number", "_voucher_key").join(
        of_invoices.drop("_voucher_key"), on=("company_id", "document_number")
    )
    party = ["company_id", "counterparty_number"]
    return (
        pl.concat([of_invoices, of_payments.select(of_invoices.columns)])
        .filter(pl.col("counterparty_number").is_not_null())
        .join(touched, on=("company_id", "_voucher_key"))
        .group_by(*party, "_touched")
        .len()
        .sort(*party, "len", "_touched", descending=[False, False, True, False])
        .unique(party, keep="first", maintain_order=True)
        .select(*party, _usual="_touched")
    )


def invoices_with_control_account(
    invoices: pl.DataFrame, touched: pl.DataFrame, usual: pl.DataFrame, defaults: pl.DataFrame
) -> pl.DataFrame:
    """``control_account``: the voucher's, else the counterparty's usual one, else the company's default."""
    return (
        invoices.join(touched, on=("company_id", "_voucher_key"), how="left")
        .join(usual, on=("company_id", "counterparty_number"), how="left")
        .join(defaults, on="company_id", how="left")
        .with_columns(control_account=pl.coalesce("_touched", "_usual", "_default"))
    )


def payments_with_control_account(
    payments: pl.DataFrame, touched: pl.DataFrame, invoices: pl.DataFrame, defaults: pl.DataFrame
) -> pl.DataFrame:
    """``control_account``: the invoice's, because that is what a payment settles; without one, the voucher's."""
    of_invoice = invoices.select("company_id", "document_number", _invoices="control_account")
    return (
        payments.join(of_invoice, on=("company_id", "document_number"), how="left")
        .join(touched, on=("company_id", "_voucher_key"), how="left")
        .join(defaults, on="company_id", how="left")
        .with_columns(control_account=pl.coalesce("_invoices", "_touched", "_default"))
    )
