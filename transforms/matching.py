"""Matching: which open invoices a payment that names none probably settles, and by which rule.

Rules are tried in the order of ``RULES``; what one rule claims no later rule sees. A match needs a link, that is, a
text that names the invoice or its counterparty, and amounts that meet to the öre. A text that names open invoices by
their numbers is taken at its word: one of them that is paid exactly is suggested by itself, and else nothing that
leaves one of them out. Candidates that share a payment or an invoice under one rule are equally good and stay
ambiguous. A match is a suggestion: it changes no balance, so sums over entries do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.ledger_sums import of_booked_rows, on_control_accounts
from transforms.settings import Settings
from transforms.subledger import Subledger, voucher_key_of_document
from transforms.tables import ENGINE, MATCHES, MONEY, TEXT, WHOLE

RULES: Final = {
    "reference_and_amount": "the text names the invoice (number, OCR or supplier's own number) and pays it exactly",
    "counterparty_and_amount": (
        "the text names no open invoice but the counterparty, of whose invoices one is open with the amount"
    ),
    "one_payment_many_invoices": (
        "two, three or all open invoices of the counterparty named sum to the amount, those the text names among them"
    ),
    "many_payments_one_invoice": (
        "two, three or all payments that name the invoice, or its counterparty and no open invoice, sum to what is open"
    ),
}
LARGEST_SEARCH: Final = 20
"""Most open invoices of a counterparty, or payments linked to an invoice, among which sums are tried."""

AMBIGUOUS, UNAMBIGUOUS = "ambiguous", "unambiguous"
_WORD: Final = r"[\p{L}\p{N}][\p{L}\p{N}/-]*"
_SHORTEST_NAME: Final = 4
_SIDE: Final = ["company_id", "control_account"]
_CANDIDATE: Final = {
    "company_id": TEXT,
    "control_account": TEXT,
    "rule": TEXT,
    "items": pl.List(TEXT),
    "documents": pl.List(TEXT),
}


@dataclass(frozen=True)
class Open:
    """What is to be matched, one control account with another never mixed.

    ``movers``: item (its key), date, amount (SEK on the account, debit positive), text. ``invoices``: document_number,
    counterparty_number, dated, open (SEK, debit positive). ``links``: item and document_number, ``named`` true where
    the text names the invoice itself, false where it names no invoice and the counterparty within the date window
    (``in_time``). ``said``: item, each word of its text that names open invoices of the subledger, and which
    (``_meant``), also those on another account or claimed by an earlier rule.
    """

    movers: pl.DataFrame
    invoices: pl.DataFrame
    links: pl.DataFrame
    in_time: pl.Expr
    said: pl.DataFrame


def matches(books: Books, subledger: Subledger, settings: Settings) -> pl.DataFrame:
    """``recon.matches`` of one subledger, sought once a run."""
    return books.once(
        ("matches", subledger.name, settings.windows), lambda: _sought(books, subledger, settings)
    )


def _sought(books: Books, subledger: Subledger, settings: Settings) -> pl.DataFrame:
    movers = pl.concat([_vouchers(books, subledger), _payments(books, subledger)])
    if movers.is_empty():
        return MATCHES.empty()
    everything = left = _to_be_matched(movers, _open_invoices(books, subledger), _in_time(settings))
    found: list[pl.DataFrame] = []
    for rule, candidates_of in _RULES.items():
        candidates = candidates_of(left).with_columns(rule=pl.lit(rule)).select(*_CANDIDATE)
        found.append(_judged(candidates))
        left = _without(left, candidates)
    return _table(pl.concat(found), everything, subledger)


# -- what there is to match ---------------------------------------------------------------------------------------


def _in_time(settings: Settings) -> pl.Expr:
    """Whether a payment of ``date`` may be meant for an invoice of ``dated``."""
    late = (pl.col("date") - pl.col("dated")).dt.total_days()
    return late.is_between(-settings.early_payment_days, settings.late_payment_days)


def _to_be_matched(movers: pl.DataFrame, invoices: pl.DataFrame, in_time: pl.Expr) -> Open:
    said = _words_naming_invoices(movers, invoices)
    named = said.explode("_meant").select(*_SIDE, "item", document_number="_meant").unique()
    parties = _naming_the_counterparty(movers, invoices, in_time).join(said, on=[*_SIDE, "item"], how="anti")
    all_links = pl.concat([named.with_columns(named=pl.lit(True)), parties.with_columns(named=pl.lit(False))])
    both = all_links.join(movers.select(*_SIDE, "item", "date", "amount"), on=[*_SIDE, "item"])
    links = both.join(invoices, on=[*_SIDE, "document_number"]).filter(_opposite())
    return Open(movers, invoices, links, in_time, said)


def _opposite() -> pl.Expr:
    """A payment takes away what is open, so the two have opposite signs."""
    return (pl.col("amount") > 0) != (pl.col("open") > 0)


def _vouchers(books: Books, subledger: Subledger) -> pl.DataFrame:
    """Vouchers on a control account that no document names and that name none; cash-method years aside."""
    key = ["company_id", "voucher_key"]
    controls = books.control_accounts.filter(pl.col("subledger") == subledger.name).select(
        "company_id", control_account="account_number"
    )
    cash = books.financial_years.filter(pl.col("accounting_method") == "cash")
    claims = [subledger.invoice_reference, subledger.payment_reference]
    unnamed = (
        on_control_accounts(books)
        .join(controls, on=_SIDE, how="semi")
        .filter(pl.col("amount") != 0)
        .join(books.subledger_entries.select(key), on=key, how="anti")
        .join(cash, on=("company_id", "financial_year"), how="anti")
    )
    heads = books.vouchers.lazy().filter("in_sie", ~pl.col("reference_type").is_in(claims).fill_null(False))
    texts = of_booked_rows(
        books,
        lambda booked: (
            booked.join(unnamed.lazy(), on=key, how="semi")
            .group_by(key)
            .agg(_rows=pl.col("text").drop_nulls().unique().sort().str.join(" "))
        ),
    )
    return (
        unnamed.lazy()
        .join(heads.select(*key, heading="text"), on=key)
        .join(texts.lazy(), on=key, how="left")
        .select(
            *_SIDE,
            item=pl.format("voucher {}", "voucher_key"),
            date="voucher_date",
            amount="amount",
            text=_text("heading", "_rows"),
        )
        .collect(engine=ENGINE)
    )


def _text(*columns: str) -> pl.Expr:
    return pl.concat_str(*columns, separator=" ", ignore_nulls=True).fill_null("").str.to_lowercase()


def _payments(books: Books, subledger: Subledger) -> pl.DataFrame:
    """Booked payments that name no invoice that is held; their voucher's text speaks for them."""
    held = subledger.invoices_of(books).select("company_id", "document_number")
    key = ["company_id", "voucher_key"]
    lone = (
        subledger.payments_of(books)
        .lazy()
        .filter("booked", pl.col("control_account").is_not_null())
        .join(held.lazy(), on=("company_id", "document_number"), how="anti")
        .with_columns(voucher_key=voucher_key_of_document())
        .collect(engine=ENGINE)
    )
    heads = books.vouchers.select(*key, heading="text").join(lone, on=key, how="semi")
    return lone.join(heads, on=key, how="left").select(
        *_SIDE,
        item=pl.format(f"{subledger.name} payment {{}}", "payment_number"),
        date="posting_date",
        amount=(pl.col("amount") * -subledger.sign).cast(MONEY),
        text=_text("document_number", "heading"),
    )


def _open_invoices(books: Books, subledger: Subledger) -> pl.DataFrame:
    """Documents with something open on the control account, and what a text may call them."""
    left = (
        subledger.entries_of(books)
        .filter(pl.col("document_number").is_not_null(), pl.col("control_account").is_not_null())
        .group_by("company_id", "document_number", "control_account")
        .agg(open=money.total(pl.col("amount")))
        .filter(pl.col("open") != 0)
    )
    references = pl.concat_list("document_number", "payment_reference", "supplier_reference_number")
    return (
        subledger.invoices_of(books)
        .drop("control_account")
        .join(left, on=("company_id", "document_number"))
        .with_columns(references=references.list.drop_nulls().list.eval(pl.element().str.to_lowercase()))
        .select(
            *_SIDE, "document_number", "counterparty_number", "counterparty_name", "references", "open",
            dated="invoice_date",
        )
    )  # fmt: skip


def _words_naming_invoices(movers: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Item and word of its text that is a reference of open documents, whatever account they are on: ``_meant``."""
    words = movers.select(*_SIDE, "item", word=pl.col("text").str.extract_all(_WORD)).explode("word")
    called = invoices.select("company_id", "document_number", word="references").explode("word")
    return (
        words.unique()
        .join(called, on=["company_id", "word"])
        .group_by(*_SIDE, "item", "word")
        .agg(_meant=pl.col("document_number").unique())
    )


def _naming_the_counterparty(movers: pl.DataFrame, invoices: pl.DataFrame, in_time: pl.Expr) -> pl.DataFrame:
    """Item and document within the date window where the text holds the name of the document's counterparty."""
    name = pl.col("counterparty_name").str.to_lowercase().str.strip_chars()
    parties = (
        invoices.select(*_SIDE, name.alias("_name"))
        .filter(pl.col("_name").str.len_chars() >= _SHORTEST_NAME)
        .unique()
    )
    named = movers.join(parties, on=_SIDE).filter(pl.col("text").str.contains(pl.col("_name"), literal=True))
    return (
        named.join(invoices.with_columns(_name=name), on=[*_SIDE, "_name"])
        .filter(in_time)
        .select(*_SIDE, "item", "document_number")
    )


# -- the rules ----------------------------------------------------------------------------------------------------


def _by_reference(left: Open) -> pl.DataFrame:
    return _one_to_one(left.links.filter("named"))


def _by_counterparty(left: Open) -> pl.DataFrame:
    return _one_to_one(left.links)


def _one_to_one(links: pl.DataFrame) -> pl.DataFrame:
    return links.filter(pl.col("amount") == -pl.col("open")).select(
        *_SIDE, items=pl.concat_list("item"), documents=pl.concat_list("document_number")
    )


def _one_to_many(left: Open) -> pl.DataFrame:
    """A payment, and invoices of a counterparty that it names or one of whose invoices it names."""
    party = [*_SIDE, "counterparty_number"]
    asked = left.links.filter(pl.col("counterparty_number").is_not_null()).select(
        *party, "item", "date", "amount"
    )
    pool = (
        asked.unique()
        .join(left.invoices, on=party)
        .filter(_opposite(), left.in_time)
        .select(
            *_SIDE,
            _one="item",
            _target=-pl.col("amount"),
            _of="counterparty_number",
            _many="document_number",
            _part="open",
        )
    )
    sums = _sums(pool, ["_one", "_of"])
    return _as_said(sums.select(*_SIDE, items=pl.concat_list("_one"), documents="_set"), left.said)


def _many_to_one(left: Open) -> pl.DataFrame:
    """An invoice, and payments that name it or its counterparty."""
    pool = left.links.select(
        *_SIDE,
        _one="document_number",
        _target=-pl.col("open"),
        _many="item",
        _part="amount",
        _of="counterparty_number",
    )
    sums = _sums(pool, ["_one", "_of"])
    return _as_said(sums.select(*_SIDE, items="_set", documents=pl.concat_list("_one")), left.said)


def _as_said(candidates: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Candidates that leave no invoice out that a text names."""
    numbered = candidates.with_row_index("_candidate")
    heard = numbered.explode("items").join(said, left_on=[*_SIDE, "items"], right_on=[*_SIDE, "item"])
    left_out = heard.filter(pl.col("_meant").list.set_intersection("documents").list.len() == 0)
    return numbered.join(left_out, on="_candidate", how="anti").drop("_candidate")


def _sums(pool: pl.DataFrame, group: list[str]) -> pl.DataFrame:
    """Sets of two, three or all of ``_many`` in a group whose ``_part`` sum to its ``_target``; groups that are too
    large are left alone."""
    key = [*_SIDE, *group]
    small = pool.filter(pl.len().over(key) <= LARGEST_SEARCH).unique()
    one = small.select(*key, "_target", _a="_many", _x="_part")
    two = one.join(small.select(*key, _b="_many", _y="_part"), on=key, nulls_equal=True).filter(
        pl.col("_a") < pl.col("_b")
    )
    three = two.join(small.select(*key, _c="_many", _z="_part"), on=key, nulls_equal=True).filter(
        pl.col("_b") < pl.col("_c")
    )
    pairs = two.filter(pl.col("_x") + pl.col("_y") == pl.col("_target"))
    triples = three.filter(pl.col("_x") + pl.col("_y") + pl.col("_z") == pl.col("_target"))
    whole = small.group_by(*key, "_target").agg(
        _set=pl.col("_many").sort(), _sum=money.total(pl.col("_part"))
    )
    return pl.concat(
        [
            pairs.select(*key, _set=pl.concat_list("_a", "_b")),
            triples.select(*key, _set=pl.concat_list("_a", "_b", "_c")),
            whole.filter(pl.col("_sum") == pl.col("_target"), pl.col("_set").list.len() > 3).select(
                *key, "_set"
            ),
        ]
    )


_RULES: Final[dict[str, Callable[[Open], pl.DataFrame]]] = dict(
    zip(RULES, (_by_reference, _by_counterparty, _one_to_many, _many_to_one), strict=True)
)


# -- judging ------------------------------------------------------------------------------------------------------


def _judged(candidates: pl.DataFrame) -> pl.DataFrame:
    """Candidates with ``status``: ambiguous where another candidate of the rule shares a payment or an invoice."""
    numbered = candidates.with_row_index("_candidate")
    shared = [
        numbered.select("_candidate", *_SIDE, one=column)
        .explode("one")
        .filter(pl.len().over(*_SIDE, "one") > 1)
        .select("_candidate")
        for column in ("items", "documents")
    ]
    contested = pl.concat(shared).unique().with_columns(status=pl.lit(AMBIGUOUS))
    return (
        numbered.join(contested, on="_candidate", how="left")
        .with_columns(pl.col("status").fill_null(UNAMBIGUOUS))
        .drop("_candidate")
    )


def _without(left: Open, candidates: pl.DataFrame) -> Open:
    """What later rules see: nothing of what a candidate claims, chosen or not."""
    items = candidates.select(*_SIDE, item="items").explode("item")
    documents = candidates.select(*_SIDE, document_number="documents").explode("document_number")
    of_item, of_document = [*_SIDE, "item"], [*_SIDE, "document_number"]
    return replace(
        left,
        movers=left.movers.join(items, on=of_item, how="anti"),
        invoices=left.invoices.join(documents, on=of_document, how="anti"),
        links=left.links.join(items, on=of_item, how="anti").join(documents, on=of_document, how="anti"),
    )


def _table(judged: pl.DataFrame, of: Open, subledger: Subledger) -> pl.DataFrame:
    """``recon.matches``: one row per payment and invoice of a candidate."""
    number = pl.int_range(1, pl.len() + 1, dtype=WHOLE).over(*_SIDE, "item")
    links = of.links.select(*_SIDE, "item", "document_number", "named")
    return MATCHES.select(
        judged.with_columns(
            item="items",
            items=pl.col("items").list.join(", "),
            _set="documents",
            documents=pl.col("documents").list.join(", "),
        )
        .explode("item")
        .sort(*_SIDE, "item", "rule", "items", "documents")
        .with_columns(candidate=number)
        .explode("_set")
        .rename({"_set": "document_number"})
        .join(of.movers.select(*_SIDE, "item", "date", "amount"), on=[*_SIDE, "item"])
        .join(
            of.invoices.select(*_SIDE, "document_number", "counterparty_number", "open"),
            on=[*_SIDE, "document_number"],
        )
        .join(links, on=[*_SIDE, "item", "document_number"], how="left")
        .with_columns(subledger=pl.lit(subledger.name), relied_on=_relied_on(subledger))
    )


def _relied_on(subledger: Subledger) -> pl.Expr:
    """What a row rests on, in words."""
    party = pl.format(f"{subledger.name} {{}}", pl.col("counterparty_number").fill_null("without number"))
    text = (
        pl.when(pl.col("named").fill_null(False))
        .then(pl.format(f"the text names {subledger.name} invoice {{}}", "document_number"))
        .otherwise(pl.format("the text names {} or one of its invoices", party))
    )
    return pl.format("{}; {} is open on it", text, money.amount_text(pl.col("open")))


def suggestions(found: pl.DataFrame) -> pl.DataFrame:
    """Per item and control account with an unambiguous match: it in words (``_suggested``), ``_matched`` documents."""
    label = pl.format("{} invoice {}", "subledger", "document_number")
    return (
        found.filter(pl.col("status") == UNAMBIGUOUS)
        .sort("item", "document_number")
        .group_by(*_SIDE, "item", "rule", maintain_order=True)
        .agg(_matched=label)
        .select(
            *_SIDE,
            "item",
            "_matched",
            _suggested=pl.format(
                "probably payment of {}, by rule {}", pl.col("_matched").list.join(", "), "rule"
            ),
        )
    )
