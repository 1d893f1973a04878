"""Invoices with tax reduction (ROT, RUT, green technology): Skatteverket's share, on an account of its own.

The lists of the API do not say how such an invoice is split; its detail does, where it is read, else its own voucher.
``with_shares`` finds the shares, ``split`` makes two entries of one. How invoices and payments are linked to their
vouchers does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.tables import FLAG, MONEY, TEXT

DOCUMENT: Final = ["company_id", "document_number"]
_VOUCHER: Final = ["company_id", "_voucher_key"]


def with_shares(
    invoices: pl.DataFrame,
    payments: pl.DataFrame,
    write_offs: pl.DataFrame,
    voucher_rows: pl.DataFrame,
    account: str,
    stated: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Customers' invoices with ``tax_reduction``, ``tax_reduction_evidence`` and ``tax_reduction_account``, payments
    with ``tax_reduction``.

    An invoice's share (SEK, document sign) is what it says itself (``stated``, 0 for none), else what the voucher that
    books it alone has on ``account``, when that is a part of its total. A company none of whose vouchers has any there
    does not part its invoices. A payment's is what of it settles that share. ``tax_reduction_account`` is null as long
    as no payment does: then the share is settled outside the subledger and is no part of it.
    """
    booked = _on(voucher_rows, pl.col("account_number") == account)
    shared = _with_invoice_share(invoices, booked, stated)
    paid = _with_payment_share(payments, shared, write_offs, booked, voucher_rows)
    compared = paid["tax_reduction"].is_not_null().any()
    of_share = pl.when(pl.col("tax_reduction").is_not_null()).then(pl.lit(account if compared else None))
    return shared.with_columns(tax_reduction_account=of_share.cast(TEXT)), paid


def without_shares(documents: pl.DataFrame) -> pl.DataFrame:
    """Documents that have no such columns, suppliers' for one, with empty ones."""
    none = (("tax_reduction", MONEY), ("tax_reduction_account", TEXT))
    return documents.with_columns(
        pl.lit(None).cast(dtype).alias(name) for name, dtype in none if name not in documents.columns
    )


def split(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with ``tax_reduction`` (true for Skatteverket's share), one or two of each.

    ``_share`` is the part of the entry on ``_share_account``, in the entry's sign and in SEK, which such an invoice
    always is in; null for none. Without an account the share is left out altogether.
    """
    share = money.or_zero(pl.col("_share"))
    own = entries.with_columns(
        (pl.col("amount", "currency_amount") - share).cast(MONEY), tax_reduction=pl.lit(False, dtype=FLAG)
    ).filter(pl.col("_share").is_null() | (pl.col("amount") != 0))
    of_tax_office = entries.filter(
        pl.col("_share").is_not_null(), pl.col("_share_account").is_not_null()
    ).with_columns(
        amount="_share",
        currency_amount="_share",
        control_account="_share_account",
        tax_reduction=pl.lit(True, dtype=FLAG),
    )
    return pl.concat([own, of_tax_office]).drop("_share", "_share_account")


def _on(voucher_rows: pl.DataFrame, which: pl.Expr) -> pl.DataFrame:
    """company_id, _voucher_key, _booked: what each voucher books on the accounts asked for."""
    return (
        voucher_rows.filter(pl.col("kind") == "row", which)
        .group_by("company_id", _voucher_key="voucher_key")
        .agg(_booked=money.total(pl.col("amount")))
    )


def _with_invoice_share(invoices: pl.DataFrame, booked: pl.DataFrame, stated: pl.DataFrame) -> pl.DataFrame:
    alone, standing = pl.len().over(_VOUCHER) == 1, pl.col("booked") & ~pl.col("cancelled")
    by_voucher = pl.when(alone, standing, _a_part("_booked")).then("_booked")
    by_itself = pl.when(standing, _a_part("stated_share")).then("stated_share")
    said = pl.col("stated_share").is_not_null() & by_voucher.is_not_null().any()
    shared = pl.col("tax_reduction").is_not_null()
    return (
        invoices.join(booked, on=_VOUCHER, how="left")
        .join(stated, on=DOCUMENT, how="left")
        .with_columns(
            tax_reduction=pl.when(said).then(by_itself).otherwise(by_voucher).cast(MONEY), _said=said
        )
        .with_columns(
            tax_reduction_evidence=pl.when(shared).then(
                pl.when("_said").then(pl.lit("invoice")).otherwise(pl.lit("voucher"))
            )
        )
        .drop("_booked", "stated_share", "_said")
    )


def _a_part(share: str) -> pl.Expr:
    return (pl.col(share) > 0) & (pl.col(share) <= pl.col("ledger_amount"))


def _with_payment_share(
    payments: pl.DataFrame,
    invoices: pl.DataFrame,
    write_offs: pl.DataFrame,
    booked: pl.DataFrame,
    voucher_rows: pl.DataFrame,
) -> pl.DataFrame:
    """Payments of invoices with a share: what their voucher books on its account; what it books elsewhere although
    nothing but the share was left, belongs there too."""
    of_invoice = invoices.filter(pl.col("tax_reduction").is_not_null()).select(
        *DOCUMENT,
        _of_tax_office="tax_reduction",
        _of_customer=pl.col("ledger_amount") - pl.col("tax_reduction"),
        _own_account="control_account",
    )
    placed = payments.join(of_invoice, on=DOCUMENT, how="left").join(booked, on=_VOUCHER, how="left")
    if placed["_of_tax_office"].null_count() == placed.height:
        return payments.with_columns(tax_reduction=pl.lit(None, dtype=MONEY))
    own = _on(voucher_rows, pl.col("account_number").is_in(placed["_own_account"].drop_nulls().implode()))
    placed = placed.join(own.rename({"_booked": "_booked_own"}), on=_VOUCHER, how="left").with_columns(
        _alone=pl.len().over(_VOUCHER) == 1
    )
    said = placed.with_columns(_said=_said_by_voucher())
    return (
        _in_order(said, write_offs)
        .with_columns(tax_reduction=pl.coalesce("_said", _left_over()).cast(MONEY))
        .select(*payments.columns, "tax_reduction")
    )


def _said_by_voucher() -> pl.Expr:
    """The whole payment where its voucher books on the share's account and not on the customer's; where it books on
    both, what it says of its only payment, and of several those of exactly the share."""
    counts = pl.col("booked") & pl.col("_of_tax_office").is_not_null() & (pl.col("_booked") != 0)
    only = money.or_zero(pl.col("_booked_own")) == 0
    the_share = pl.col("amount") == pl.col("_of_tax_office")
    return (
        pl.when(counts & (only | (~pl.col("_alone") & the_share)))
        .then("amount")
        .when(counts & pl.col("_alone"))
        .then(-pl.col("_booked"))
    )


def _in_order(payments: pl.DataFrame, write_offs: pl.DataFrame) -> pl.DataFrame:
    """Payments with ``_settled_before``: what booked payments and their write-offs took of the customer's share before
    each, and ``_share_settled``: what all of them took of Skatteverket's."""
    written_off = write_offs.group_by("company_id", "payment_number").agg(
        _written_off=money.total(pl.col("amount"))
    )
    counted = pl.when("booked").then(
        pl.col("amount") - money.or_zero(pl.col("_said")) + money.or_zero(pl.col("_written_off"))
    )
    taken = money.or_zero(counted)
    return (
        payments.join(written_off, on=("company_id", "payment_number"), how="left")
        .sort(*DOCUMENT, "posting_date", pl.col("payment_number").str.len_chars(), "payment_number")
        .with_columns(
            _settled_before=taken.cum_sum().over(DOCUMENT) - taken,
            _share_settled=pl.col("_said").sum().over(DOCUMENT),
        )
    )


def _left_over() -> pl.Expr:
    """A payment of exactly Skatteverket's share after the customer paid all of theirs, and no other of the share."""
    exhausted = pl.col("_settled_before") >= pl.col("_of_customer")
    exact = pl.col("amount") == pl.col("_of_tax_office")
    return pl.when(pl.col("booked"), exhausted, exact, pl.col("_share_settled") == 0).then("amount")


def compared_accounts(invoices: pl.DataFrame, control_accounts: pl.DataFrame) -> pl.DataFrame:
    """``ledger.control_accounts`` with the accounts of Skatteverket's share that the subledger holds."""
    found = invoices.select("company_id", account_number="tax_reduction_account").drop_nulls().unique()
    new = found.join(control_accounts, on=("company_id", "account_number"), how="anti")
    made = new.with_columns(
        subledger=pl.lit("customer"), is_default=pl.lit(False), source=pl.lit("tax_reduction")
    )
    return pl.concat([control_accounts, made.select(control_accounts.columns)])
