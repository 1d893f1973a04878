"""Payments that do not fit their invoices, and invoices whose payments do not fit them.

Judged on documents alone: no ledger is needed. Whether a payment was booked right does not belong here.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.open_balance import about_invoice, outside, recomputed, with_settlements
from transforms.reconciliation import Result, together
from transforms.settings import Settings
from transforms.subledger import Subledger
from transforms.tables import MONEY
from transforms.wording import counted


def payments(books: Books, settings: Settings, *, subledger: Subledger) -> Result:
    """Drafts for payments without a usable invoice, payments left unbooked, overpaid invoices, invoices left open with
    more than their total, and small residues."""
    placed = _with_invoice_state(books, subledger)
    open_now = recomputed(books, subledger)
    over, above, small = (
        with_settlements(invoices, books, subledger)
        for invoices in (
            _overpaid(open_now),
            _above_total(open_now, subledger),
            _small_residue(open_now, settings.small_residue),
        )
    )
    return Result(
        findings=together(
            _without_usable_invoice(placed, subledger),
            _unbooked_too_long(placed, settings, subledger),
            _judged(over, subledger, "overpayment", _settled_by(subledger, _overpayment())),
            _judged(above, subledger, "open_above_total", _booked_against(subledger, _above())).with_columns(
                expected="_opened", difference=(pl.col("open") - pl.col("_opened")).cast(MONEY)
            ),
            _judged(small, subledger, "small_residue", _settled_by(subledger, _residue())).with_columns(
                actual="open_sek", difference="open_sek", currency=pl.lit(money.LEDGER_CURRENCY)
            ),
        )
    )


def _with_invoice_state(books: Books, subledger: Subledger) -> pl.DataFrame:
    """Payments with ``_state``: invoice_missing, invoice_cancelled or invoice_unbooked; null when the
    invoice is in order."""
    state = (
        pl.when(~pl.col("_held").fill_null(False))
        .then(pl.lit("invoice_missing"))
        .when(pl.col("_cancelled"))
        .then(pl.lit("invoice_cancelled"))
        .when(~pl.col("_invoice_booked"))
        .then(pl.lit("invoice_unbooked"))
    )
    facts = subledger.invoices_of(books).select(
        "company_id", "document_number", _cancelled="cancelled", _invoice_booked="booked", _held=pl.lit(True)
    )
    return (
        subledger.payments_of(books)
        .join(facts, on=("company_id", "document_number"), how="left")
        .with_columns(_state=state)
    )


def _about_payment(subledger: Subledger) -> dict[str, pl.Expr]:
    keys = [pl.format(f"{subledger.name} payment {{}}", "payment_number")]
    invoice = pl.concat_list(pl.format(f"{subledger.name} invoice {{}}", "document_number"))
    named = (
        pl.when(pl.col("document_number").is_not_null())
        .then(invoice)
        .otherwise(pl.lit([], dtype=pl.List(pl.String)))
    )
    return {
        "date": pl.col("posting_date"),
        "subject_kind": pl.lit(subledger.payment),
        "subject_key": pl.col("payment_number"),
        "expected": pl.lit(money.ZERO),
        "actual": pl.col("amount"),
        "difference": pl.col("amount"),
        "currency": pl.lit(money.LEDGER_CURRENCY),
        "evidence": pl.concat_list(pl.concat_list(keys), named),
    }


def _payment_text(subledger: Subledger) -> pl.Expr:
    return pl.format(
        f"{subledger.name.capitalize()} payment {{}} of {{}} on {{}}",
        "payment_number", money.amount_text(pl.col("amount")), "payment_date",
    )  # fmt: skip


def _without_usable_invoice(placed: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    settles = pl.when("booked").then(pl.lit("is booked but settles")).otherwise(pl.lit("will settle"))
    number = pl.col("document_number")
    why = (
        pl.when(number.is_null())
        .then(pl.lit("it names none"))
        .when(pl.col("_state") == "invoice_missing")
        .then(pl.format("invoice {}, which it names, does not exist", number))
        .when(pl.col("_state") == "invoice_cancelled")
        .then(pl.format("invoice {} is cancelled", number))
        .otherwise(pl.format("invoice {} is not booked", number))
    )
    return placed.filter(pl.col("_state").is_not_null()).with_columns(
        rule="_state",
        explanation=pl.format("{} {} no invoice: {}.", _payment_text(subledger), settles, why),
        **_about_payment(subledger),
    )


def _unbooked_too_long(placed: pl.DataFrame, settings: Settings, subledger: Subledger) -> pl.DataFrame:
    waited = (pl.lit(settings.as_of) - pl.col("payment_date")).dt.total_days()
    late = placed.filter(~pl.col("booked"), waited > settings.unbooked_payment_days)
    return late.with_columns(
        rule=pl.lit("unbooked_payment_overdue"),
        explanation=pl.format(
            "{} is still not booked after {}; the limit is {}.",
            _payment_text(subledger), counted(waited, "day", "days"), settings.unbooked_payment_days,
        ),
        **_about_payment(subledger),
    )  # fmt: skip


def _overpaid(open_now: pl.DataFrame) -> pl.DataFrame:
    """Invoices settled by more than their total, and credit notes refunded with more than theirs."""
    refunded_too_much = (pl.col("total") < 0) & (pl.col("open") > 0)
    return open_now.filter((~pl.col("is_credit_note") & (pl.col("open") < 0)) | refunded_too_much)


def _above_total(open_now: pl.DataFrame, subledger: Subledger) -> pl.DataFrame:
    """Invoices, by their own sign, with more open than they were booked with (``_opened``): payments or write-offs of
    the wrong sign. An öre a settlement may be rounding, where SEK are stated of another currency."""
    more = (pl.col("open") - pl.col("_opened")) * pl.when(pl.col("total") < 0).then(-1).otherwise(1)
    derived = pl.col("stated_currency") != pl.col("currency")
    rounding = money.from_ore(pl.when(derived).then(pl.col("settlements").cast(pl.Int64)).otherwise(0))
    return open_now.with_columns(_opened=(pl.col("total") - outside(subledger)).cast(MONEY)).filter(
        more > rounding
    )


def _small_residue(open_now: pl.DataFrame, limit: Decimal) -> pl.DataFrame:
    """Partly settled invoices with something left that is worth less than ``limit`` SEK at the invoice's rate."""
    return open_now.filter(pl.col("open") != 0, pl.col("open_sek").abs() < limit, pl.col("settlements") > 0)


def _overpayment() -> pl.Expr:
    return pl.format("is settled by {} more than its total of {}", _stated("open"), _stated("total"))


def _above() -> pl.Expr:
    more = money.amount_text((pl.col("open") - pl.col("_opened")).abs(), pl.col("stated_currency"))
    left, opened = (
        money.amount_text(pl.col(name), pl.col("stated_currency")) for name in ("open", "_opened")
    )
    return pl.format("has {} open, {} more than the {} it was booked with", left, more, opened)


def _residue() -> pl.Expr:
    """What is left in the stated currency, and its worth in SEK where that is another."""
    left, total = _stated("open"), _stated("total")
    worth = money.amount_text(pl.col("open_sek").abs())
    in_sek = pl.col("stated_currency") == money.LEDGER_CURRENCY
    return (
        pl.when(in_sek)
        .then(pl.format("has {} left open of its total of {}", left, total))
        .otherwise(pl.format("has {} left open, worth {}, of its total of {}", left, worth, total))
    )


def _stated(name: str) -> pl.Expr:
    amount = pl.col(name).abs() if name == "open" else pl.col(name)
    return money.amount_text(amount, pl.col("stated_currency"))


def _settled_by(subledger: Subledger, body: pl.Expr) -> pl.Expr:
    name = subledger.name.capitalize()
    return pl.format(f"{name} invoice {{}} {{}}; settled by {{}}.", "document_number", body, _named())


def _booked_against(subledger: Subledger, body: pl.Expr) -> pl.Expr:
    name = subledger.name.capitalize()
    return pl.format(f"{name} invoice {{}} {{}}; booked against it: {{}}.", "document_number", body, _named())


def _named() -> pl.Expr:
    return pl.col("settled_by").list.head(5).list.join(", ")


def _judged(invoices: pl.DataFrame, subledger: Subledger, rule: str, explanation: pl.Expr) -> pl.DataFrame:
    invoice = pl.format(f"{subledger.name} invoice {{}}", "document_number")
    return invoices.with_columns(
        rule=pl.lit(rule),
        expected=pl.lit(money.ZERO),
        actual="open",
        difference="open",
        explanation=explanation,
        evidence=pl.concat_list(pl.concat_list(invoice), "settled_by"),
        **about_invoice(subledger),
    )
