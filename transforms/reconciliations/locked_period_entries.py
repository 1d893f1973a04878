"""Vouchers that came into a locked period after it was locked.

Whether a voucher that was there before has changed does not belong here; that is ``restatements``.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.finality import APPEARED, PERIOD
from transforms.lock_observations import locked_spells
from transforms.periods import period_name
from transforms.reconciliation import NotJudged, Reconciliation, Result, drafts
from transforms.settings import Settings
from transforms.voucher_keys import voucher_name
from transforms.wording import count_of

_VOUCHER: Final = ["company_id", "voucher_key"]
_COLUMNS: Final = [*_VOUCHER, "financial_year", "voucher_series", "voucher_number", "voucher_date"]


def _reconcile(books: Books, settings: Settings) -> Result:
    """A draft per voucher registered while its date was locked, or first seen in a period that was final all along."""
    closing = pl.col("voucher_series").is_in(list(settings.closing_series))
    registered, seen = _registered(books), _first_seen(books)
    late = _told(registered, seen)
    unloaded = books.financial_years.filter(~pl.col("has_vouchers"))["financial_year"]
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
        not_judged=NotJudged(years=frozenset(unloaded), subjects=_undecided(registered, seen)),
    )


def _remark(exempt: int) -> tuple[str, ...]:
    """Closing series may be booked in locked periods: said, not reported."""
    vouchers = count_of(exempt, "voucher", "vouchers")
    return (f"{vouchers} of closing series came into locked periods",) if exempt else ()


def _told(registered: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Late vouchers with the rule that says so; a registration date says more than first sight."""
    late = registered.filter("decided")
    first_seen = seen.filter("decided").join(late, on=_VOUCHER, how="anti")
    return pl.concat([late, first_seen], how="diagonal")


def _undecided(registered: pl.DataFrame, seen: pl.DataFrame) -> frozenset[str]:
    """Keys of vouchers that may have gone round a lock that has been away since: whether they did, a run of the time
    said. What it found stands as long as the voucher does."""
    either = pl.concat([frame.select("voucher_key", "decided") for frame in (registered, seen)])
    return frozenset(either.filter(~pl.col("decided"))["voucher_key"])


def _registered(books: Books) -> pl.DataFrame:
    """Vouchers registered within a spell for which their date was locked; ``decided`` unless that was on its last day
    and it has ended: the lock may have moved back first."""
    day = pl.col("registration_date")
    late = books.vouchers.filter(day > pl.col("voucher_date"))
    return (
        late.select(*_COLUMNS, "registration_date", date="voucher_date")
        .join(_spells(books, late.select("company_id", date="voucher_date")), on=["company_id", "date"])
        .filter(day > pl.col("since"), day <= pl.col("until"))
        .with_columns(decided=pl.col("standing") | (day < pl.col("until")))
        .select(*_COLUMNS, "registration_date", "since", "decided", rule=pl.lit("registered"))
    )


def _first_seen(books: Books) -> pl.DataFrame:
    """Vouchers new in a period that was final already; ``decided`` where their date has been locked ever since a run
    saw it so."""
    within = pl.max_horizontal("period", pl.min_horizontal("voucher_date", "end_date"))
    ends = books.periods.select(*PERIOD, "end_date")
    new = (
        pl.concat([books.finality.changes, books.finality.closing])
        .filter(pl.col("change") == APPEARED)
        .join(ends, on=PERIOD)
        .with_columns(date=within)
    )
    return (
        new.join(_spells(books, new.select("company_id", "date")), on=["company_id", "date"])
        .filter(pl.col("until") >= pl.col("first_final"))
        .sort(*_VOUCHER, "until")
        .unique(_VOUCHER, keep="first", maintain_order=True)
        .select(*_COLUMNS, since="first_final", decided="standing", rule=pl.lit("first_seen"))
    )


def _spells(books: Books, dates: pl.DataFrame) -> pl.DataFrame:
    return locked_spells(books.finality.remembered.lock_history, dates)


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
            "No voucher carries a registration date (SIE regdatum) from a day on which its own date was locked: runs "
            "before and after that day, or tonight, observed a lock that covers it, the same or another, and no run in "
            "between one that does not."
        ),
        "first_seen": (
            "No voucher is first seen in a period that an earlier run saw final, where the lock covered its date in "
            "every run since, tonight's included. One that came while the lock was back is a restatement only."
        ),
    },
    tolerance="none; vouchers of `closing_series` are counted in a remark",
    severity="B",
    blind_spots=(
        "Vouchers that went round the lock before the first run that saw it. A voucher registered on the very day the "
        "lock was first observed, or last observed before it moved back: which came first is not known. A lock moved "
        "back and forth again between two runs: a voucher that came meanwhile is taken for one that went round it. "
        "Once the lock has been back, vouchers of the months it opened that carry no later registration date; what a "
        "run found before stands."
    ),
    needs=("vouchers", "locked_period"),
    apply=_reconcile,
    resolution="the voucher no longer stands in the locked period",
)
