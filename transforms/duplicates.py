"""Invoices that look like one invoice entered twice, reminders entered as invoices, and one bill of two suppliers.

Judged on documents alone. Credit notes that never found their invoice do not belong here; they are ``credit_notes``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.identifiers import letters_and_digits
from transforms.open_balance import about_invoice
from transforms.reconciliation import Result, drafts
from transforms.settings import Settings
from transforms.subledger import SUPPLIER, Subledger

REMINDER: Final = "reminder_fee"
NUMBER: Final = "same_number"
SUPPLIERS: Final = "two_suppliers"
AMOUNT: Final = "same_amount"
#: More documents than this with one number: it is no invoice number.
MOST_ALIKE: Final = 3
#: From so many gaps on, invoices of one amount have a rhythm.
RHYTHM: Final = 3
SHORTEST_NUMBER: Final = 3

_PARTY: Final = ["company_id", "counterparty_number", "stated_currency"]
_ORDER: Final = ["company_id", "invoice_date", pl.col("document_number").str.len_chars(), "document_number"]
_EARLIER: Final = {
    "earlier": "document_number",
    "earlier_date": "invoice_date",
    "earlier_total": "total",
    "earlier_party": "counterparty_number",
}


def duplicates(books: Books, settings: Settings, *, subledger: Subledger) -> Result:
    """A draft per later document of a suspicious pair, under the first rule that speaks of it."""
    held = subledger.invoices_of(books).filter(~pl.col("cancelled")).with_columns(number=_number(subledger))
    invoices = held.filter(pl.col("total") > 0)
    pairs = [
        _one_number(invoices, settings, subledger),
        *([_two_suppliers(invoices)] if subledger is SUPPLIER else []),
        _one_amount(invoices, settings),
    ]
    first_rule = pl.concat(pairs).unique(["company_id", "document_number"], keep="first", maintain_order=True)
    return Result(_told(_without_credited(first_rule, held.filter(pl.col("total") < 0)), subledger))


def _number(subledger: Subledger) -> pl.Expr:
    """What the payer refers to: the supplier's own number, our OCR. Letters and digits only; null for none."""
    own = pl.col("supplier_reference_number" if subledger is SUPPLIER else "payment_reference")
    kept = letters_and_digits(own)
    return pl.when(kept != "").then(kept)


def _beside_earlier(invoices: pl.DataFrame, alike: list[str]) -> pl.DataFrame:
    """Invoices with others in their group, with the one before them (``earlier*``) and ``days`` since, in order."""
    known = invoices.filter(pl.all_horizontal(pl.col(alike).is_not_null()))
    several = known.filter(pl.len().over(alike) > 1).sort(_ORDER)
    return several.with_columns(
        pl.col(column).shift(1).over(alike).alias(name) for name, column in _EARLIER.items()
    ).with_columns(days=(pl.col("invoice_date") - pl.col("earlier_date")).dt.total_days())


def _pairs(found: pl.DataFrame, rule: pl.Expr) -> pl.DataFrame:
    return found.select(
        "company_id", "document_number", "counterparty_number", "stated_currency", "control_account",
        "invoice_date", "posting_date", "total", "number", *_EARLIER, "days", rule=rule,
    )  # fmt: skip


def _one_number(invoices: pl.DataFrame, settings: Settings, subledger: Subledger) -> pl.DataFrame:
    """The same number again: a reminder where the amount rose by a fee, a duplicate at suppliers else.

    Customers' numbers are ours, so that the same one again means nothing unless a fee is added.
    """
    alike = [*_PARTY, "number"]
    placed = _beside_earlier(invoices, alike).filter(
        pl.len().over(alike) <= MOST_ALIKE, pl.col("earlier").is_not_null()
    )
    fee = pl.col("total") - pl.col("earlier_total")
    reminder = (
        fee.is_between(settings.reminder_fee_least, settings.reminder_fee_most)
        & (pl.col("days") <= settings.reminder_days)
        & (pl.col("stated_currency") == money.LEDGER_CURRENCY)
    )
    other = pl.lit(NUMBER if subledger is SUPPLIER else None)
    rule = pl.when(reminder).then(pl.lit(REMINDER)).otherwise(other)
    return _pairs(placed, rule).filter(pl.col("rule").is_not_null())


def _two_suppliers(invoices: pl.DataFrame) -> pl.DataFrame:
    placed = _beside_earlier(invoices, ["company_id", "stated_currency", "number", "total"])
    return _pairs(
        placed.filter(
            pl.col("earlier_party") != pl.col("counterparty_number"),
            pl.col("number").str.len_chars() >= SHORTEST_NUMBER,
        ),
        pl.lit(SUPPLIERS),
    )


def _one_amount(invoices: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The same amount again within the window, unless that is how often the counterparty always bills it."""
    alike = [*_PARTY, "total"]
    gap = pl.col("days")
    rhythm = (gap.count().over(alike) >= RHYTHM) & (2 * gap >= gap.median().over(alike))
    placed = _beside_earlier(invoices, alike).filter(gap <= settings.duplicate_days, ~rhythm)
    return _pairs(placed, pl.lit(AMOUNT))


def _without_credited(pairs: pl.DataFrame, credit_notes: pl.DataFrame) -> pl.DataFrame:
    """Pairs of which none was credited: each credit note of a document's amount takes away one pair, the latest."""
    credited = credit_notes.select(*_PARTY, "document_number", amount=-pl.col("total"), dated="invoice_date")
    pair = ["company_id", "document_number"]
    sides = pl.concat([
        pairs.select(*pair, "counterparty_number", "stated_currency", "earlier_date", amount="total"),
        pairs.select(*pair, "stated_currency", "earlier_date", counterparty_number="earlier_party",
                     amount="earlier_total"),
    ], how="diagonal")  # fmt: skip
    credits_since = (
        sides.join(credited.rename({"document_number": "_credit"}), on=[*_PARTY, "amount"])
        .filter(pl.col("dated") >= pl.col("earlier_date"))
        .group_by(pair)
        .agg(_credits=pl.col("_credit").n_unique())
    )
    from_here = pl.len().over([*_PARTY, "total"]) - pl.int_range(pl.len()).over([*_PARTY, "total"])
    return (
        pairs.sort(_ORDER)
        .with_columns(_pairs_from_here=from_here)
        .join(credits_since, on=pair, how="left")
        .filter(pl.col("_credits").fill_null(0) < pl.col("_pairs_from_here"))
    )


def _told(pairs: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    name, currency = subledger.name, pl.col("stated_currency")
    this = pl.format(
        f"{name.capitalize()} invoice {{}} of {{}} over {{}}",
        "document_number", "invoice_date", money.amount_text(pl.col("total"), currency),
    )  # fmt: skip
    earlier = pl.format(
        "invoice {} of {} over {}",
        "earlier", "earlier_date", money.amount_text(pl.col("earlier_total"), currency),
    )  # fmt: skip
    fee = money.amount_text(pl.col("total") - pl.col("earlier_total"), currency)
    said = {
        NUMBER: pl.format("{} has the number {} of {}, same counterparty.", this, "number", earlier),
        REMINDER: pl.format("{} has the number {} of {}: {} more, a reminder fee.", this, "number", earlier, fee),
        SUPPLIERS: pl.format(
            "{} from {} has number and amount of {} from {}.", this, "counterparty_number", earlier, "earlier_party"
        ),
        AMOUNT: pl.format("{} has the amount of {}; days between them: {}.", this, earlier, "days"),
    }  # fmt: skip
    return drafts(
        pairs.with_columns(
            expected=pl.lit(money.ZERO),
            actual="total",
            difference="total",
            explanation=pl.coalesce(
                pl.when(pl.col("rule") == rule).then(text) for rule, text in said.items()
            ),
            evidence=pl.concat_list(
                pl.format(f"{name} invoice {{}}", "document_number"),
                pl.format(f"{name} invoice {{}}", "earlier"),
            ),
            **about_invoice(subledger),
        )
    )
