"""Every booked document beside the voucher that booked it: it exists, holds the same amount, and is the only one.

Both subledgers at once; ``kind`` says whether invoices or payments are asked about. A payment stands together with its
write-offs, because one voucher books them. Dates belong to the cut-off and totals to the tie-out; neither belongs here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import of_each_year, on_control_accounts
from transforms.reconciliation import Result, together
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, Subledger
from transforms.tables import ENGINE, MONEY, TEXT
from transforms.voucher_keys import financial_year_of, voucher_name, voucher_part

_VOUCHER: Final = ["company_id", "voucher_key"]
_ON_ACCOUNT: Final = [*_VOUCHER, "control_account"]
_REFERENCES: Final = {"invoice": "invoice_reference", "payment": "payment_reference"}


def document_vouchers(
    books: Books,
    settings: Settings,  # noqa: ARG001 the signature of every rule
    *,
    kind: str,
) -> Result:
    """Drafts for documents of one kind whose voucher is missing, differs, says another cause, or is not the only
    one."""
    documents = pl.concat([_documents(books, subledger, kind) for subledger in (CUSTOMER, SUPPLIER)])
    in_year = [*_VOUCHER, "financial_year"]
    heads = books.vouchers.lazy().filter("in_sie")
    heads = heads.select(*in_year, "reference_type", "reference_number", "in_api", "voucher_date")
    beside = of_each_year(
        _covered(documents, books).join(heads, on=in_year, how="left"),
        lambda of_year: of_year.drop("financial_year"),
    )
    held = pl.col("in_api").is_not_null()
    named = beside.lazy().filter(held)
    return Result(
        together(
            _missing(beside.filter(~held, pl.col("amount") != 0)),
            _amounts(named, books),
            _references(named),
            _counted_twice(beside, books),
        )
    )


def _documents(books: Books, subledger: Subledger, kind: str) -> pl.LazyFrame:
    """Booked documents of one subledger with what they change on their control account (write-offs included)."""
    of_payment = ["company_id", "payment_number", "control_account"]
    entries = (
        books.subledger_entries.lazy()
        .filter(pl.col("subledger") == subledger.name, pl.col("control_account").is_not_null())
        .with_columns(financial_year=financial_year_of(pl.col("voucher_key")))
    )
    written_off = (
        entries.filter(pl.col("kind") == "write_off")
        .group_by(of_payment)
        .agg(_written_off=money.total(pl.col("amount")))
    )
    return (
        entries.filter(pl.col("kind") == kind)
        .join(written_off, on=of_payment, how="left")
        .select(
            "company_id",
            "control_account",
            "posting_date",
            "voucher_key",
            "financial_year",
            _subject=pl.lit(f"{subledger.name} {kind}"),
            _number="entry_key",
            _reference=pl.lit(getattr(subledger, _REFERENCES[kind]), dtype=TEXT),
            amount=(pl.col("amount") + money.or_zero(pl.col("_written_off"))).cast(MONEY),
        )
    )


def _covered(documents: pl.LazyFrame, books: Books) -> pl.LazyFrame:
    """Documents dated in years whose vouchers are loaded and that are not under the cash method."""
    years = books.financial_years.filter(
        "has_vouchers", (pl.col("accounting_method") != "cash").fill_null(True)
    ).select("company_id", "financial_year", "end_date")
    within = [
        (pl.col("company_id") == company) & pl.col("posting_date").is_between(first, last)
        for company, first, last in years.iter_rows()
    ]
    return documents.filter(pl.any_horizontal(pl.lit(False), *within))


def _told(
    frame: pl.DataFrame, rule: str, expected: pl.Expr, actual: pl.Expr, sentence: pl.Expr
) -> pl.DataFrame:
    """Draft columns of one rule about documents; ``sentence`` follows the document's name."""
    label = pl.format("{} {}", "_subject", "_number")
    named = label.str.slice(0, 1).str.to_uppercase() + label.str.slice(1)
    voucher = pl.when(pl.col("voucher_key").is_not_null()).then(
        pl.concat_list(pl.format("voucher {}", "voucher_key"))
    )
    return frame.with_columns(
        date="posting_date",
        rule=pl.lit(rule),
        subject_kind=pl.col("_subject").str.replace(" ", "_", literal=True),
        subject_key="_number",
        account_number="control_account",
        voucher_series=voucher_part(pl.col("voucher_key"), 0),
        voucher_number=voucher_part(pl.col("voucher_key"), 1),
        expected=expected,
        actual=actual,
        difference=(actual - expected).cast(MONEY),
        currency=pl.lit(money.LEDGER_CURRENCY),
        explanation=pl.format(
            ("{} of {} ({}) {}."),
            named,
            pl.coalesce("voucher_date", "posting_date"),
            money.amount_text(pl.col("amount")),
            sentence,
        ),
        evidence=pl.concat_list(pl.concat_list(label), voucher.fill_null([])),
    )


def _missing(lone: pl.DataFrame) -> pl.DataFrame:
    """Booked documents without a voucher in the ledger."""
    key = pl.col("voucher_key")
    why = (
        pl.when(key.is_null())
        .then(pl.lit("is booked, but names no voucher and no voucher names it"))
        .otherwise(pl.format("names voucher {}, which the ledger does not hold", voucher_name(key)))
    )
    return _told(lone, "voucher_missing", pl.col("amount"), pl.lit(money.ZERO), why)


def _amounts(named: pl.LazyFrame, books: Books) -> pl.DataFrame:
    """Documents whose voucher books another amount on the control account; a shared voucher is judged by the sum of
    everything that names it. One that parts a document wrongly between two control accounts is told on the first.
    """
    off = (
        named.join(_differing(books).lazy(), on=_ON_ACCOUNT)
        .sort("_subject", "_number", "control_account")
        .unique(_ON_ACCOUNT, keep="first", maintain_order=True)
        .unique(["company_id", "_subject", "_number"], keep="first", maintain_order=True)
        .collect(engine=ENGINE)
    )
    actual = pl.col("amount") + pl.col("_booked") - pl.col("_all")
    sentence = pl.format(
        "is booked in voucher {} with {} on account {}, where the documents that name it say {}",
        voucher_name(),
        money.amount_text(pl.col("_booked")),
        "control_account",
        money.amount_text(pl.col("_all")),
    )
    return _told(off, "amount_differs", pl.col("amount"), actual.cast(MONEY), sentence)


def _differing(books: Books) -> pl.DataFrame:
    """Vouchers and control accounts on which the documents that name them say (``_all``) and they book (``_booked``)
    different sums."""
    return books.once(("vouchers_differing_from_documents",), lambda: _found_differing(books))


def _found_differing(books: Books) -> pl.DataFrame:
    said = books.subledger_entries.lazy().filter(
        pl.col("voucher_key").is_not_null(), pl.col("control_account").is_not_null()
    )
    booked, nothing = on_control_accounts(books).lazy(), pl.lit(None, dtype=MONEY)
    both = pl.concat(
        [
            said.select(
                *_ON_ACCOUNT,
                financial_year=financial_year_of(pl.col("voucher_key")),
                _all="amount",
                _booked=nothing,
            ),
            booked.select(*_ON_ACCOUNT, "financial_year", _all=nothing, _booked="amount"),
        ]
    )
    return of_each_year(
        both,
        lambda of_year: (
            of_year.group_by(_ON_ACCOUNT)
            .agg(
                money.total(pl.col("_all", "_booked")),
                _named=pl.col("_all").is_not_null().any(),
            )
            .filter("_named", pl.col("_booked") != pl.col("_all"))
            .drop("_named")
        ),
    )


def _references(named: pl.LazyFrame) -> pl.DataFrame:
    """Documents whose voucher says something else caused it; its number counts only where one document names it."""
    known = pl.col("in_api") & pl.col("reference_type").is_not_null()
    other_type = pl.col("reference_type") != pl.col("_reference")
    other_number = (pl.col("reference_number") != pl.col("_number")).fill_null(False)
    suspected = named.filter(known & (other_type | other_number)).collect(engine=ENGINE)
    document = pl.struct("_subject", "_number")
    sharing = (
        named.join(suspected.lazy(), on=_VOUCHER, how="semi")
        .group_by(_VOUCHER)
        .agg(_sharing=document.n_unique())
        .collect(engine=ENGINE)
    )
    suspected = suspected.unique([*_VOUCHER, "_subject", "_number"], keep="first", maintain_order=True)
    differing = suspected.join(sharing, on=_VOUCHER).filter(other_type | (pl.col("_sharing") == 1))
    sentence = pl.format(
        "names voucher {}, which says that {} {} caused it",
        voucher_name(),
        "reference_type",
        pl.col("reference_number").fill_null("without a number"),
    )
    amount = pl.col("amount")
    return _told(differing, "reference_differs", amount, amount, sentence).with_columns(
        expected=pl.lit(None), actual=pl.lit(None), difference=pl.lit(None)
    )


def _counted_twice(beside: pl.DataFrame, books: Books) -> pl.DataFrame:
    """Documents that other vouchers say they book, on the same control account, and that do not cancel out."""
    claims = (
        books.vouchers.lazy()
        .filter("in_sie", pl.col("reference_type").is_in(beside["_reference"].unique().implode()))
        .select("company_id", _reference="reference_type", _number="reference_number", _second="voucher_key")
    )
    on_account = on_control_accounts(books).lazy().filter(pl.col("amount") != 0)
    twice = (
        beside.lazy()
        .drop("reference_type", "reference_number", "in_api")
        .filter(pl.col("voucher_key").is_not_null())
        .join(claims, on=["company_id", "_reference", "_number"])
        .filter(pl.col("_second") != pl.col("voucher_key"))
        .join(
            on_account.select(*_ON_ACCOUNT, _booked="amount"),
            left_on=["company_id", "_second", "control_account"],
            right_on=_ON_ACCOUNT,
        )
        .group_by(pl.exclude("amount", "control_account", "_second", "_booked"))
        .agg(
            pl.col("control_account").min(),
            amount=money.total(pl.col("amount").filter(pl.col("control_account").is_first_distinct())),
            _booked=money.total(pl.col("_booked")),
            _second=voucher_name(pl.col("_second")).unique().sort(),
        )
        .filter(pl.col("_booked") != 0)
        .collect(engine=ENGINE)
    )
    sentence = pl.format(
        "is booked in voucher {} and again in {}, with {}",
        voucher_name(),
        pl.col("_second").list.join(", "),
        money.amount_text(pl.col("_booked")),
    )
    amount = pl.col("amount")
    return _told(twice, "counted_twice", amount, (amount + pl.col("_booked")).cast(MONEY), sentence)
