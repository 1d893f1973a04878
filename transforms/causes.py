"""Why a term of a bridge differs: one cause per term, claimed only with its evidence, else ``unknown``.

The rules stand in ``_cause`` in the order they are tried. A voucher and a document that do not name each
other are put together only when no other voucher or document has the same amount and they are dated at most
``unlinked_days`` apart; two equally good candidates stay apart. Whether the term is a finding does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import bridge, cash_years, matching, money
from transforms.books import Books
from transforms.findings import json_list
from transforms.ledger_sums import of_each_year
from transforms.settings import Settings
from transforms.subledger import Subledger
from transforms.tables import BRIDGES, ENGINE, MATCHES, TEXT
from transforms.voucher_keys import voucher_name

CAUSES: Final = {
    "opening_balance": "the items open before the first year are not the opening balance",
    "cash_method": "a cash-method year: documents and ledger meet at the year's end",
    "voucher_edited": "rows on the account were struck or added in the voucher",
    "write_off": "the voucher leaves out the write-off",
    "currency": "the payment was booked at its own rate instead of the invoice's",
    "amount_differs": "document and voucher have different amounts",
    "wrong_account": "the voucher books on other accounts",
    "voucher_missing": "the voucher is not in the ledger",
    "cut_off": "document and voucher stand in different months and do not name each other",
    "unlinked": "document and voucher of the same month do not name each other",
    "unbooked_document": "the document it books is not booked in the subledger",
    "cancelled_document": "the document it books is cancelled",
    "document_missing": "the document it says it books does not exist",
    "booked_twice": "another voucher books the same document already",
    "other_control_account": "the document it books belongs on another control account",
    "manual_voucher": "a manual voucher on the control account",
    "unknown": "no evidence says why",
}
CLAIMS: Final = {
    "document_missing", "cancelled_document", "unbooked_document", "booked_twice", "other_control_account",
}  # fmt: skip
_VOUCHER: Final = ["company_id", "voucher_key"]


def differing_terms(
    books: Books, subledger: Subledger, terms: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """The terms with a difference, each with ``cause``, ``explanation`` and ``evidence`` (list of keys)."""
    lone = bridge.with_documents(terms.filter(pl.col("difference") != 0), books, subledger)
    coupled = _with_counterpart(lone, settings.unlinked_days)
    differing = cash_years.gathered(_with_method(coupled, books))
    asked = differing.filter(pl.col("voucher_key").is_not_null()).select(_VOUCHER).unique()
    return (
        differing.join(_vouchers_held(books, subledger, asked), on=_VOUCHER, how="left")
        .join(_claims(books, subledger, asked), on=_VOUCHER, how="left")
        .pipe(_with_own_dates)
        .with_columns(cause=_cause())
        .pipe(_with_suggestion, books, subledger, settings)
        .with_columns(explanation=_sentence(), evidence=_evidence())
    )


def _with_suggestion(
    differing: pl.DataFrame, books: Books, subledger: Subledger, settings: Settings
) -> pl.DataFrame:
    """``_suggested`` and ``_matched``: what a voucher nobody explains probably pays; null without a clear match."""
    unexplained = pl.col("cause").is_in(["manual_voucher", "unknown"])
    item = pl.when(unexplained).then(pl.format("voucher {}", "voucher_key"))
    some = differing.select(unexplained.any()).item()
    found = matching.suggestions(matching.matches(books, subledger, settings) if some else MATCHES.empty())
    return differing.with_columns(item=item).join(
        found, on=["company_id", "control_account", "item"], how="left"
    )


def bridges(differing: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """``recon.bridges`` of one subledger."""
    named = differing.with_columns(
        subledger=pl.lit(subledger.name),
        evidence=json_list(pl.col("evidence")),
        explanation=pl.concat_str(
            pl.col("explanation").str.slice(0, 1).str.to_uppercase(),
            pl.col("explanation").str.slice(1),
            pl.lit("."),
        ),
    )
    return BRIDGES.select(named)


def _with_counterpart(differing: pl.DataFrame, most_days: int) -> pl.DataFrame:
    """``_counterpart`` and its date: the only voucher of a lone document's amount, and the other way
    round."""
    amount = (
        pl.when(pl.col("kind") == bridge.VOUCHER_ONLY).then("ledger_amount").otherwise("subledger_amount")
    )
    key = ["company_id", "control_account", "_amount"]
    lone = differing.filter(
        (pl.col("kind") == bridge.VOUCHER_ONLY)
        | ((pl.col("kind") == bridge.DOCUMENT_ONLY) & pl.col("voucher_key").is_null())
    ).with_columns(_amount=amount)
    couples = (
        lone.group_by(key)
        .agg(pl.col("term").sort_by("kind"), pl.col("date").sort_by("kind"), pl.col("kind").sort())
        .filter(
            pl.col("kind").list.eval(pl.element().cast(TEXT)) == [bridge.DOCUMENT_ONLY, bridge.VOUCHER_ONLY],
            (pl.col("date").list.last() - pl.col("date").list.first()).dt.total_days().abs() <= most_days,
        )
    )
    document = {
        "term": pl.col("term").list.get(0),
        "_counterpart": pl.col("term").list.get(1),
        "_met": pl.col("date").list.get(1),
    }
    voucher = {
        "term": pl.col("term").list.get(1),
        "_counterpart": pl.col("term").list.get(0),
        "_met": pl.col("date").list.get(0),
    }
    met = pl.concat([couples.select("company_id", "control_account", **side) for side in (document, voucher)])
    return differing.join(met, on=("company_id", "control_account", "term"), how="left")


def _with_own_dates(differing: pl.DataFrame) -> pl.DataFrame:
    """``_own_date`` of each term and ``_met_on`` of its counterpart, as people know them: a voucher's own date, also
    where it counts on another day (``periods.day_in_year``)."""
    key = ["company_id", "control_account"]
    dated = differing.with_columns(_own_date=pl.coalesce("_filed_on", "date"))
    met = dated.select(*key, _counterpart="term", _met_on="_own_date")
    once = met.unique([*key, "_counterpart"], keep="first", maintain_order=True)
    return dated.join(once, on=[*key, "_counterpart"], how="left")


def _with_method(differing: pl.DataFrame, books: Books) -> pl.DataFrame:
    """``_cash``: whether the term falls in a financial year under the cash method."""
    years = books.financial_years.select(
        "company_id", _first="financial_year", _last="end_date", _cash=pl.col("accounting_method") == "cash"
    ).sort("_first")
    placed = differing.sort("date").join_asof(
        years, left_on="date", right_on="_first", by="company_id", check_sortedness=False
    )
    inside = pl.col("date") <= pl.col("_last")
    return placed.with_columns(_cash=(pl.col("_cash") & inside).fill_null(False))


def _vouchers_held(books: Books, subledger: Subledger, asked: pl.DataFrame) -> pl.DataFrame:
    """Per voucher asked about: what caused it, whether rows on a control account were struck or added, and its
    accounts."""
    controls = books.control_accounts.filter(pl.col("subledger") == subledger.name)
    on_control = pl.col("account_number").is_in(controls["account_number"].implode())
    rows = of_each_year(
        books.voucher_rows.lazy(),
        lambda rows: (
            rows.join(asked.lazy(), on=_VOUCHER, how="semi")
            .group_by(_VOUCHER)
            .agg(
                _edited=(on_control & (pl.col("kind") != "row")).any(),
                _accounts=pl.col("account_number").filter(pl.col("kind") == "row").unique().sort(),
            )
        ),
    )
    heads = books.vouchers.lazy().select(
        *_VOUCHER, "reference_type", "reference_number", _filed_on="voucher_date", _held=pl.lit(True)
    )
    return (
        heads.join(asked.lazy(), on=_VOUCHER, how="semi")
        .join(rows.lazy(), on=_VOUCHER, how="left")
        .collect(engine=ENGINE)
    )


def _claims(books: Books, subledger: Subledger, asked: pl.DataFrame) -> pl.DataFrame:
    """Per voucher asked about that names a document of this subledger, or that a document outside it names: how the
    document stands.

    ``_claimed`` is its label, ``_standing`` missing, unbooked, cancelled, booked (by another voucher) or elsewhere (by
    this one, on the account where the document does not belong).
    """
    documents = pl.concat(
        [
            _standings(
                subledger.invoices_of(books),
                subledger.invoice_reference,
                ("document_number"),
                f"{subledger.name} invoice",
            ),
            _standings(
                subledger.payments_of(books),
                subledger.payment_reference,
                ("payment_number"),
                f"{subledger.name} payment",
            ),
        ]
    )
    types = {
        subledger.invoice_reference: (f"{subledger.name} invoice"),
        subledger.payment_reference: f"{subledger.name} payment",
    }
    said = (
        books.vouchers.lazy()
        .filter(pl.col("reference_type").is_in(list(types)), pl.col("reference_number").is_not_null())
        .join(asked.lazy(), on=_VOUCHER, how="semi")
        .select(
            *_VOUCHER,
            "reference_type",
            "reference_number",
            _spoken=pl.format(
                ("{} {}"),
                pl.col("reference_type").replace_strict(types, default="document", return_dtype=TEXT),
                "reference_number",
            ),
        )
    )
    by_voucher = said.join(
        documents, on=("company_id", "reference_type", "reference_number"), how="left"
    ).select(
        *_VOUCHER,
        _claimed=pl.coalesce("_claimed", "_spoken"),
        _standing=pl.when(pl.col("_standing") == "booked", pl.col("_names") == pl.col("voucher_key"))
        .then(pl.lit("elsewhere"))
        .otherwise(pl.col("_standing").fill_null("missing")),
    )
    by_document = (
        documents.filter(pl.col("_names").is_not_null(), pl.col("_standing") != "booked")
        .select("company_id", "_claimed", "_standing", voucher_key="_names")
        .join(asked.lazy(), on=_VOUCHER, how="semi")
    )
    return (
        pl.concat([by_voucher, by_document.select(*_VOUCHER, "_claimed", "_standing")])
        .sort(*_VOUCHER, "_claimed")
        .unique(_VOUCHER, keep="first", maintain_order=True)
        .collect(engine=ENGINE)
    )


def _standings(documents: pl.DataFrame, reference: str, number: str, label: str) -> pl.LazyFrame:
    cancelled = pl.col("cancelled") if "cancelled" in documents.columns else pl.lit(False)
    return documents.lazy().select(
        "company_id",
        reference_type=pl.lit(reference),
        reference_number=number,
        _claimed=pl.format(f"{label} {{}}", number),
        _names=pl.concat_str(
            pl.col("voucher_financial_year").dt.to_string("iso"),
            "voucher_series",
            "voucher_number",
            separator="/",
        ),
        _standing=pl.when(cancelled)
        .then(pl.lit("cancelled"))
        .when(~pl.col("booked"))
        .then(pl.lit("unbooked"))
        .otherwise(pl.lit("booked")),
    )


def _cause() -> pl.Expr:
    """The first rule whose evidence holds, by kind of term."""
    kind = pl.col("kind")
    return (
        pl.when(kind == bridge.OPENING)
        .then(pl.lit("opening_balance"))
        .when(kind == bridge.PAIRED)
        .then(_cause_of_pair())
        .when(kind == cash_years.CASH_YEAR)
        .then(pl.lit("cash_method"))
        .when(kind == bridge.DOCUMENT_ONLY)
        .then(_cause_of_document())
        .otherwise(_cause_of_voucher())
    )


def _edited() -> pl.Expr:
    return pl.col("_edited").fill_null(False)


def _cause_of_pair() -> pl.Expr:
    """Document and voucher name each other and differ."""
    only_write_offs = (pl.col("written_off") != 0) & (pl.col("difference") == pl.col("written_off"))
    return (
        pl.when(_edited())
        .then(pl.lit("voucher_edited"))
        .when(only_write_offs)
        .then(pl.lit("write_off"))
        .when(pl.col("foreign") & (pl.col("ledger_amount") == pl.col("at_own_rate")))
        .then(pl.lit("currency"))
        .otherwise(pl.lit("amount_differs"))
    )


def _cause_of_couple() -> pl.Expr:
    """cut_off or unlinked where a counterpart was found, else null."""
    month, other = pl.col("date").dt.truncate("1mo"), pl.col("_met").dt.truncate("1mo")
    return pl.when(month == other).then(pl.lit("unlinked")).when(month != other).then(pl.lit("cut_off"))


def _cause_of_document() -> pl.Expr:
    """The document's voucher books nothing on the account, or there is none."""
    held = pl.col("_held").fill_null(False)
    return (
        pl.when(held & _edited())
        .then(pl.lit("voucher_edited"))
        .when(held & (pl.col("_accounts").list.len() > 0))
        .then(pl.lit("wrong_account"))
        .otherwise(pl.coalesce(_cause_of_couple(), pl.lit("voucher_missing")))
    )


def _cause_of_voucher() -> pl.Expr:
    """No document of the subledger names the voucher."""
    standings = {
        "missing": "document_missing",
        "cancelled": "cancelled_document",
        "unbooked": "unbooked_document",
        "booked": "booked_twice",
        "elsewhere": "other_control_account",
    }
    claimed = pl.col("_standing").replace_strict(standings, default=None, return_dtype=TEXT)
    manual = pl.when(pl.col("reference_type") == "MANUAL").then(pl.lit("manual_voucher"))
    return pl.coalesce(claimed, _cause_of_couple(), manual, pl.lit("unknown"))


def _voucher_name() -> pl.Expr:
    return pl.format("voucher {}", voucher_name())


def _sentence() -> pl.Expr:
    """One clause per term: what stands against what, and why."""
    named = pl.col("documents").list.head(3).list.join(", ")
    rest = pl.col("documents").list.len().cast(pl.Int64) - 3
    documents = pl.when(rest > 0).then(pl.format("{} and {} more", named, rest)).otherwise(named)
    ledger, sub = money.amount_text(pl.col("ledger_amount")), money.amount_text(pl.col("subledger_amount"))
    nothing = pl.format("names {}, which books nothing on the account", _voucher_name())
    missing = pl.when(pl.col("voucher_key").is_null()).then(pl.lit("names no voucher")).otherwise(nothing)
    what = (
        pl.when(pl.col("cause") == "other_control_account")
        .then(pl.format("{} of {} books {} on this account", _voucher_name(), "_own_date", ledger))
        .when(pl.col("kind") == bridge.VOUCHER_ONLY)
        .then(pl.format("{} of {} books {} and no document names it", _voucher_name(), "_own_date", ledger))
        .when(pl.col("kind") == bridge.DOCUMENT_ONLY)
        .then(pl.format("{} of {} ({}) {}", documents, "_own_date", sub, missing))
        .when(pl.col("kind") == cash_years.CASH_YEAR)
        .then(cash_years.sentence())
        .when(pl.col("kind") == bridge.OPENING)
        .then(pl.format("items open before the first year sum to {}, the opening balance is {}", sub, ledger))
        .otherwise(
            pl.format(
                "{} of {} books {} where {} says {}", _voucher_name(), "_own_date", ledger, documents, sub
            )
        )
    )
    reason = pl.col("cause").replace_strict(CAUSES, default=None, return_dtype=TEXT)
    detail = (
        pl.when(pl.col("cause") == "wrong_account")
        .then(pl.col("_accounts").list.join(", "))
        .when(pl.col("cause").is_in(["cut_off", "unlinked"]))
        .then(
            pl.format(
                ("{} of {}"),
                pl.col("_counterpart").str.replace(r"^voucher \d{4}-\d\d-\d\d/", "voucher "),
                "_met_on",
            )
        )
        .when(pl.col("cause").is_in(sorted(CLAIMS)))
        .then("_claimed")
    )
    told = pl.concat_str(
        pl.when(detail.is_null()).then(reason).otherwise(pl.format("{}: {}", reason, detail)),
        "_suggested",
        separator="; ",
        ignore_nulls=True,
    )
    return (
        pl.when(pl.col("cause") == "opening_balance").then(what).otherwise(pl.format("{} ({})", what, told))
    )


def _evidence() -> pl.Expr:
    """Keys of the voucher, the documents and the counterpart a term rests on."""
    voucher = pl.when(pl.col("voucher_key").is_not_null()).then(
        pl.concat_list(pl.format("voucher {}", "voucher_key"))
    )
    claimed = pl.col("cause").is_in(sorted(CLAIMS))
    other = pl.coalesce(
        pl.when(claimed).then("_claimed"),
        pl.when(pl.col("cause").is_in(["cut_off", "unlinked"])).then("_counterpart"),
    )
    return pl.concat_list(
        voucher.fill_null([]),
        "documents",
        pl.when(other.is_not_null()).then(pl.concat_list(other)).otherwise(pl.lit([], dtype=pl.List(TEXT))),
        pl.col("_vouchers").fill_null([]),
        pl.col("_matched").fill_null([]),
    )
