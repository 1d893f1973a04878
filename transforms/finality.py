"""What earlier runs saw as final, and what has become of it: the memory behind ``restatements`` and ``lock_history``.

The first run that sees a period final remembers its vouchers (``recon.final_vouchers``) and sums
(``recon.final_periods``); they are never written again, so a change stays a change until it is undone. Everything is
a function of tonight's frames and the memory handed in. What is reported, and how bad it is, does not belong here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from typing import Final

import polars as pl

from transforms import money
from transforms.lock_observations import observed
from transforms.periods import FINAL, RESTATED, UNLOCKED, day_in_year
from transforms.tables import (
    DAY,
    ENGINE,
    FINAL_OPENINGS,
    FINAL_PERIODS,
    FINAL_VOUCHERS,
    LOCK_HISTORY,
    MONEY,
    PERIODS,
    TEXT,
    VOUCHERS,
    WHOLE,
    Table,
)

FRAMES: Final = ("financial_years", "periods", "vouchers", "voucher_rows")
PERIOD: Final = ["company_id", "financial_year", "period"]
VOUCHER: Final = ["company_id", "voucher_key"]
SUM: Final = [*PERIOD, "voucher_series", "account_number"]
CHANGED, VANISHED, APPEARED = "changed", "vanished", "appeared"
_FIELD, _ROW, _VOUCHER = "\x1f", "\x1e", "\x1d"


@dataclass(frozen=True)
class Memory:
    """What earlier runs left: the tables of schema ``recon`` that only ever grow."""

    final_periods: pl.DataFrame = field(default_factory=FINAL_PERIODS.empty)
    final_vouchers: pl.DataFrame = field(default_factory=FINAL_VOUCHERS.empty)
    lock_history: pl.DataFrame = field(default_factory=LOCK_HISTORY.empty)
    final_openings: pl.DataFrame = field(default_factory=FINAL_OPENINGS.empty)

    def by_qualified_name(self) -> dict[str, pl.DataFrame]:
        """The tables by qualified name, ready to be published."""
        return {table.qualified_name: table.select(getattr(self, table.name)) for table in MEMORY_TABLES}


MEMORY_TABLES: Final[tuple[Table, ...]] = (FINAL_PERIODS, FINAL_VOUCHERS, LOCK_HISTORY, FINAL_OPENINGS)

CHANGE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "company_id": TEXT,
    "financial_year": DAY,
    "period": DAY,
    "voucher_key": TEXT,
    "voucher_series": TEXT,
    "voucher_number": TEXT,
    "voucher_date": DAY,
    "change": TEXT,
    "before_date": DAY,
    "before_text": TEXT,
    "before_booked": TEXT,
    "before_debit": MONEY,
    "after_date": DAY,
    "after_text": TEXT,
    "after_booked": TEXT,
    "after_debit": MONEY,
    "came_into": DAY,
    "first_final": DAY,
}
"""Columns of ``Finality.changes``: one row per voucher of a final period that is not as it was; null on the side where
it does not exist. ``came_into`` is the period it changes by standing in it: a final one that was stamped without it as
it is now."""
OPENING_CHANGE: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "company_id": TEXT,
    "financial_year": DAY,
    "account_number": TEXT,
    "expected": MONEY,
    "actual": MONEY,
    "difference": MONEY,
    "first_final": DAY,
    "period": DAY,
}
"""Columns of ``Finality.openings``: one row per account whose opening balance is not as it was, SEK, debit positive.
``period`` is the first of its year that was seen final."""
NO_CONTENTS: Final = FINAL_VOUCHERS.empty().drop("first_final")
NO_SUMS: Final = FINAL_PERIODS.empty().drop("first_final")


@dataclass(frozen=True)
class Finality:
    """Tonight beside the memory.

    ``changes`` has the columns of ``CHANGE`` without vouchers of closing series that merely appeared; those are
    ``closing``. ``remembered`` is what the next run must know. ``not_compared`` are years with final periods whose
    vouchers are not at hand. ``openings`` has the columns of ``OPENING_CHANGE``; ``openings_new`` are years whose
    opening balances no earlier run remembered, ``openings_not_stated`` remembered ones whose file states none tonight.
    """

    periods: pl.DataFrame
    remembered: Memory = field(default_factory=Memory)
    changes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGE))
    closing: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGE))
    not_compared: tuple[dt.date, ...] = ()
    openings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OPENING_CHANGE))
    openings_new: tuple[dt.date, ...] = ()
    openings_not_stated: tuple[dt.date, ...] = ()


def finality(
    frames: dict[str, pl.DataFrame], memory: Memory, seen_on: dt.date, closing_series: tuple[str, ...] = ()
) -> Finality:
    """Tonight's ``FRAMES`` beside ``memory``; ``seen_on`` is the day they were seen (``day_seen``)."""
    loaded = frames["financial_years"].filter("has_vouchers").select("company_id", "financial_year")
    stamped = memory.final_periods.filter(pl.col("account_number") == "").select(*PERIOD, "first_final")
    fresh = (
        frames["periods"]
        .filter(pl.col("status") == FINAL)
        .join(loaded, on=["company_id", "financial_year"], how="semi")
        .join(stamped, on=PERIOD, how="anti")
        .select(PERIOD)
    )
    known = memory.final_vouchers.join(loaded, on=["company_id", "financial_year"], how="semi")
    placed = _placed(frames["vouchers"].lazy(), frames["financial_years"].lazy())
    now = _tonight(placed, frames["voucher_rows"], known, stamped, fresh)
    every = _changes(known, now.watched, stamped)
    changes = every.unique(VOUCHER, keep="first", maintain_order=True)
    exempt = (pl.col("change") == APPEARED) & pl.col("voucher_series").is_in(list(closing_series))
    late = now.watched.join(changes.filter(exempt), on=VOUCHER, how="semi")
    absent = stamped.join(loaded, on=["company_id", "financial_year"], how="anti")
    first_final = pl.lit(seen_on, dtype=DAY)
    return Finality(
        periods=_with_history(frames["periods"], stamped, every.filter(~exempt)),
        remembered=Memory(
            pl.concat([memory.final_periods, now.sums.with_columns(first_final=first_final)]),
            pl.concat(
                [
                    memory.final_vouchers,
                    *(seen.with_columns(first_final=first_final) for seen in (now.fresh, late)),
                ]
            ),
            observed(memory.lock_history, frames["periods"], seen_on),
            memory.final_openings,
        ),
        changes=changes.filter(~exempt),
        closing=changes.filter(exempt),
        not_compared=tuple(absent["financial_year"].unique().sort()),
    )


@dataclass(frozen=True)
class _Tonight:
    """Final vouchers as they are tonight, without ``first_final``.

    ``watched`` are those a memory is about, ``fresh`` those of periods no run saw final before, ``sums`` the new rows
    of ``recon.final_periods``.
    """

    watched: pl.DataFrame
    fresh: pl.DataFrame
    sums: pl.DataFrame


def _tonight(
    placed: pl.LazyFrame,
    voucher_rows: pl.DataFrame,
    known: pl.DataFrame,
    stamped: pl.DataFrame,
    fresh: pl.DataFrame,
) -> _Tonight:
    """The three, one financial year after another: the canonical text of all rows at once would be the run's peak of
    memory."""
    remembered = known.lazy().select(VOUCHER)
    final = pl.concat([stamped.select(PERIOD), fresh]).lazy()
    watched, seen, sums = [NO_CONTENTS], [NO_CONTENTS], [NO_SUMS]
    years = placed.select(pl.col("financial_year").unique()).collect(engine=ENGINE)["financial_year"]
    for year in pl.concat([years, fresh["financial_year"]]).unique().sort():
        of_year = pl.col("financial_year") == year
        in_final = placed.filter(of_year).join(final, on=PERIOD, how="semi")
        elsewhere = placed.filter(of_year).join(final, on=PERIOD, how="anti")
        held = pl.concat([in_final, elsewhere.join(remembered, on=VOUCHER, how="semi")]).collect(
            engine=ENGINE
        )
        held = held.with_row_index("_voucher")
        rows = _rows(voucher_rows.lazy().filter(of_year), held)
        contents = _contents(held, rows)
        seen.append(contents.join(fresh, on=PERIOD, how="semi"))
        moved_here = seen[-1].lazy().join(remembered, on=VOUCHER, how="semi").collect(engine=ENGINE)
        watched += [contents.join(fresh, on=PERIOD, how="anti"), moved_here]
        sums.append(_sums(_sums_by_account(held, rows, fresh), seen[-1], fresh.filter(of_year)))
    return _Tonight(pl.concat(watched), pl.concat(seen), pl.concat(sums))


def _placed(vouchers: pl.LazyFrame, years: pl.LazyFrame) -> pl.LazyFrame:
    """Vouchers of the SIE files with the period they fall in; one dated outside its financial year with the nearest."""
    month = pl.max_horizontal(day_in_year().dt.truncate("1mo"), "financial_year")
    columns = [name for name in FINAL_VOUCHERS.dtypes if name in VOUCHERS.dtypes]
    ends = years.select("company_id", "financial_year", "end_date")
    return (
        vouchers.filter("in_sie")
        .join(ends, on=["company_id", "financial_year"], how="left")
        .select(*columns, period=month)
    )


def _rows(voucher_rows: pl.LazyFrame, held: pl.DataFrame) -> pl.DataFrame:
    """Rows of the held vouchers (``_voucher``), each with its canonical text, in the order of both."""
    parts = ["kind", "account_number", "amount", "objects", "text"]
    text = pl.concat_str(pl.col(parts).cast(pl.String).fill_null(""), separator=_FIELD)
    return (
        voucher_rows.select(*VOUCHER, "account_number", _row=text, _booked=_of_booked("amount"))
        .join(held.lazy().select(*VOUCHER, "_voucher"), on=VOUCHER)
        .drop(VOUCHER)
        .sort("_voucher", "_row")
        .collect(engine=ENGINE)
    )


def _of_booked(column: str) -> pl.Expr:
    """The column where the row is booked; struck and added rows are history."""
    return pl.when(pl.col("kind") == "row").then(column)


def _contents(held: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """``recon.final_vouchers`` as the vouchers are tonight, without ``first_final``."""
    # Lists joined after the grouping: joining within it takes five times as long.
    by_voucher = (
        rows.lazy()
        .group_by("_voucher", maintain_order=True)
        .agg(
            "_row",
            _line=pl.concat_str("account_number", pl.col("_booked").cast(pl.String), separator=" "),
            debit=money.total(pl.col("_booked").clip(lower_bound=money.ZERO)),
        )
        .with_columns(pl.col("_row").list.join(_ROW), booked=pl.col("_line").list.join(", "))
        .collect(engine=ENGINE)
    )
    content = pl.concat_str(
        pl.col("voucher_date").dt.to_string("iso"),
        pl.col("text").fill_null(""),
        pl.col("_row").fill_null(""),
        separator=_ROW,
    )
    return (
        held.join(by_voucher, on="_voucher", how="left")
        .with_columns(
            content_hash=content.map_batches(_hashed, return_dtype=TEXT),
            booked=pl.col("booked").fill_null(""),
            debit=money.or_zero(pl.col("debit")),
        )
        .select(NO_CONTENTS.columns)
    )


def _hashed(texts: pl.Series) -> pl.Series:
    """32 hex digits of SHA-256 per text: polars' own hash may differ between its versions, a memory must not."""
    digests = [hashlib.sha256(text).digest() for text in texts.cast(pl.Binary)]
    return pl.Series(texts.name, digests, dtype=pl.Binary).bin.slice(0, 16).bin.encode("hex")


def _hash(name: str) -> pl.Expr:
    """A column of texts as their hashes; of no text as that of the empty one."""
    return pl.col(name).fill_null("").map_batches(_hashed, return_dtype=TEXT)


def _changes(known: pl.DataFrame, now: pl.DataFrame, stamped: pl.DataFrame) -> pl.DataFrame:
    """Remembered vouchers that differ or are gone, and those in a stamped period that no memory has; one row for each
    period a voucher is missing from, the earliest memory first."""
    if known.is_empty() and stamped.is_empty():
        return pl.DataFrame(schema=CHANGE)
    known, now = _differing(known, now, stamped)
    both = known.join(now, on=VOUCHER, how="full", suffix="_now", coalesce=True)
    first_final = stamped.select(
        *(pl.col(name).alias(f"{name}_now") for name in PERIOD[1:]), "company_id", _stamped="first_final"
    )
    before, after = pl.col("content_hash"), pl.col("content_hash_now")
    change = (
        pl.when(after.is_null())
        .then(pl.lit(VANISHED))
        .when(before.is_null() & pl.col("_stamped").is_not_null())
        .then(pl.lit(APPEARED))
        .when(before != after)
        .then(pl.lit(CHANGED))
    )
    either = ("financial_year", "period", "voucher_series", "voucher_number", "voucher_date")
    return (
        both.join(first_final, on=["company_id", "financial_year_now", "period_now"], how="left")
        .with_columns(
            *(pl.coalesce(name, f"{name}_now").alias(name) for name in either),
            change=change,
            before_date=pl.col("voucher_date"),
            after_date=pl.col("voucher_date_now"),
            came_into=pl.when("_entered").then("period_now"),
            first_final=pl.coalesce("first_final", "_stamped"),
            **{f"before_{name}": pl.col(name) for name in ("text", "booked", "debit")},
            **{f"after_{name}": pl.col(f"{name}_now") for name in ("text", "booked", "debit")},
        )
        .filter(pl.col("change").is_not_null())
        .select(*CHANGE)
        .sort(*VOUCHER, "first_final", "period")
    )


def _differing(
    known: pl.DataFrame, now: pl.DataFrame, stamped: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of both sides the vouchers the other does not have as they are; of tonight's only those a memory is about, and
    whether they stand in a stamped period that has no such voucher (``_entered``)."""
    hashed = [*VOUCHER, "content_hash"]
    was, is_ = known.lazy().select(hashed), now.lazy().select(*hashed, *PERIOD[1:])
    gone = was.join(is_, on=hashed, how="anti")
    entered = is_.join(was, on=hashed, how="anti").join(stamped.lazy(), on=PERIOD, how="semi")
    elsewhere = is_.join(entered, on=VOUCHER, how="anti").join(gone, on=VOUCHER, how="semi")
    before = known.lazy().join(gone, on=hashed, how="semi")
    after = now.lazy().join(
        pl.concat([entered.with_columns(_entered=True), elsewhere.with_columns(_entered=False)]).select(
            *VOUCHER, "_entered"
        ),
        on=VOUCHER,
    )
    return before.collect(engine=ENGINE), after.collect(engine=ENGINE)


def _sums_by_account(held: pl.DataFrame, rows: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Vouchers, amount and hash of the fresh periods per series and account."""
    placed = held.lazy().join(fresh.lazy(), on=PERIOD, how="semi")
    return (
        rows.lazy()
        .join(placed.select("_voucher", "voucher_key", *SUM[:-1]), on="_voucher")
        .with_columns(_part=pl.concat_str("voucher_key", "_row", separator=_FIELD))
        .group_by(SUM)
        .agg(
            vouchers=pl.col("_voucher").n_unique().cast(WHOLE),
            amount=money.total(pl.col("_booked")),
            content_hash=pl.col("_part").sort().str.join(_ROW),
        )
        .with_columns(_hash("content_hash"))
        .collect(engine=ENGINE)
    )


def _sums(by_account: pl.DataFrame, seen: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """New rows of ``recon.final_periods`` for the fresh periods of one year, without ``first_final``."""
    of_periods = seen.select(*PERIOD, "voucher_key", "content_hash")
    whole = (
        fresh.join(of_periods, on=PERIOD, how="left")
        .with_columns(_part=pl.concat_str("voucher_key", "content_hash", separator=_FIELD))
        .group_by(PERIOD)
        .agg(
            vouchers=pl.col("voucher_key").count().cast(WHOLE),
            content_hash=pl.col("_part").drop_nulls().sort().str.join(_VOUCHER),
        )
        .join(by_account.group_by(PERIOD).agg(amount=money.total(pl.col("amount"))), on=PERIOD, how="left")
        .with_columns(
            _hash("content_hash"),
            amount=money.or_zero(pl.col("amount")),
            voucher_series=pl.lit(""),
            account_number=pl.lit(""),
        )
    )
    return pl.concat([by_account.select(NO_SUMS.columns), whole.select(NO_SUMS.columns)])


def _with_history(periods: pl.DataFrame, stamped: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """``recon.periods`` with what only memory knows: restated and unlocked."""
    came_into = changes.filter(pl.col("came_into").is_not_null()).with_columns(period="came_into")
    moved = pl.concat([changes, came_into]).select(PERIOD).unique().with_columns(_changed=True)
    once_final = pl.col("first_final").is_not_null()
    return PERIODS.select(
        periods.join(stamped, on=PERIOD, how="left")
        .join(moved, on=PERIOD, how="left")
        .with_columns(
            status=pl.when("_changed")
            .then(pl.lit(RESTATED))
            .when(once_final & (pl.col("status") != FINAL))
            .then(pl.lit(UNLOCKED))
            .otherwise("status")
        )
    )
