"""Vouchers that came into a locked period after it was locked.

Whether a voucher that was there before has changed does not belong here; that is ``restatements``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.finality import APPEARED
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of

_VOUCHER: Final = ["company_id", "voucher_key"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per voucher registered while its date was locked, or first seen in a period that was final already."""
    closing = pl.col("voucher_series").is_in(list(settings.closing_series))
    late = _late(books)
    return Result(
        drafts(
            late.filter(~closing).with_columns(
                date="voucher_date",
                period=period_name(pl.col("voucher_date")),
                subject_kind=pl.lit("voucher"),
                subject_key="voucher_key",
                currency=pl.lit(money.LEDGER_CURRENCY),
                explanation=_explanation(),
                evidence=pl.concat_list(
                    pl.format("voucher {}", "voucher_key"), pl.format("locked since {}", "since")
                ),
            )
        ),
        remarks=_remark(late.filter(closing).height),
    )


def _remark(exempt: int) -> tuple[str, ...]:
    """Closing series may be booked in locked periods: said, not reported."""
    vouchers = count_of(exempt, "voucher", "vouchers")
    return (f"{vouchers} of closing series came into locked periods",) if exempt else ()


def _late(books: Books) -> pl.DataFrame:
    """Late vouchers with the rule that says so; a registration date says more than first sight."""
    columns = [*_VOUCHER, "financial_year", "voucher_series", "voucher_number", "voucher_date"]
    registered = (
        books.vouchers.filter(pl.col("registration_date") > pl.col("voucher_date"))
        .join(books.finality.remembered.lock_history.drop("position", "move"), on="company_id")
        .filter(
            pl.col("voucher_date") <= pl.col("locked_until"),
            pl.col("registration_date") > pl.col("first_observed"),
            pl.col("registration_date") <= pl.col("last_observed"),
        )
        .group_by(columns)
        .agg(registration_date=pl.col("registration_date").first(), since=pl.col("first_observed").min())
        .with_columns(rule=pl.lit("registered"))
    )
    seen = (
        pl.concat([books.finality.changes, books.finality.closing])
        .filter(pl.col("change") == APPEARED)
        .join(registered, on=_VOUCHER, how="anti")
        .select(*columns, since="first_final", rule=pl.lit("first_seen"))
    )
    return pl.concat([registered, seen], how="diagonal")


def _explanation() -> pl.Expr:
    name = pl.format("Voucher {} of {}", voucher_name(), "voucher_date")
    return (
        pl.when(pl.col("rule") == "registered")
        .then(
            pl.format(
                "{} was registered on {}, when its date was locked: a run saw the lock on {}.",
                name,
                "registration_date",
                "since",
            )
        )
        .otherwise(pl.format("{} was not there when its period was first seen final on {}.", name, "since"))
    )


LOCKED_PERIOD_ENTRIES = Reconciliation(
    id="locked_period_entries",
    question="Did a voucher come into a locked period after it was locked?",
    rationale="A locked period cannot take vouchers: one that came in late went round the lock.",
    source="SIE 4C ch. 5.10 (regdatum); Fortnox, Inställningar: Låst period; checks.md §3",
    grain="voucher",
    inputs=("ledger.vouchers", "recon.lock_history", "recon.final_vouchers"),
    rules={
        "registered": (
            "No voucher carries a registration date (SIE regdatum) from a day on which its own date was locked, as "
            "runs before and on or after that day observed the lock."
        ),
        "first_seen": "No voucher is first seen in a period that an earlier run saw final.",
    },
    tolerance="none; vouchers of `closing_series` are counted in a remark",
    severity="B",
    blind_spots=(
        "Vouchers that went round the lock before the first run that saw it. A voucher registered on the very day the "
        "lock was first observed: which came first is not known."
    ),
    needs=("vouchers", "locked_period"),
    apply=_reconcile,
    resolution="the voucher no longer stands in the locked period",
)
