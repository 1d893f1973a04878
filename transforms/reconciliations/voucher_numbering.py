"""Voucher numbers run without gap or repetition in every series of every year, up to the next one.

Whether the two witnesses hold the same vouchers does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from transforms.books import Books
from transforms.periods import period_name
from transforms.reconciliation import Reconciliation, Result, together
from transforms.settings import Settings
from transforms.staging_fortnox import VOUCHER_SERIES
from transforms.voucher_keys import voucher_name

_SERIES: Final = ["company_id", "financial_year", "voucher_series"]


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per run of missing numbers, per voucher whose number another has, and per series cut off at its end."""
    numbered = books.vouchers.select(
        *_SERIES, "voucher_key", "voucher_date", "occurrence", "in_api",
        _number=pl.col("voucher_number").str.to_integer(strict=False, dtype=pl.Int64),
    )  # fmt: skip
    ends = _ends(numbered, books.voucher_series)
    return Result(
        together(
            _gaps(numbered.filter(pl.col("_number").is_not_null())),
            _repeated(numbered),
            _cut_off(ends),
            _lower(books),
        ),
        remarks=tuple(_not_judged(numbered, ends, books.why_not(["voucher_series"]))),
    )


def _not_judged(numbered: pl.DataFrame, ends: pl.DataFrame, no_series: str | None) -> Iterator[str]:
    if unnumbered := numbered["_number"].null_count():
        yield f"vouchers without a number, not judged: {unnumbered}"
    if no_series:
        yield f"the ends of the series were not judged: {no_series}"
    elif unknown := ends["next_voucher_number"].null_count():
        yield f"series whose next number is not known (locked years are not asked), ends not judged: {unknown}"


def _ends(numbered: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Every series with its highest number, 0 for none, and the number Fortnox would give next."""
    highest = numbered.group_by(_SERIES).agg(
        _highest=pl.col("_number").max(), date=pl.col("voucher_date").max()
    )
    known = series.select(*_SERIES, "next_voucher_number")
    return known.join(highest, on=_SERIES, how="left").with_columns(pl.col("_highest").fill_null(0))


def _lower(books: Books) -> pl.DataFrame:
    """Series whose next number is lower than an earlier run saw it: the vouchers in between were deleted."""
    years = books.financial_years.select("company_id", "financial_year", _id="financial_year_id")
    seen = (
        books.changes.filter(
            pl.col("table_name") == VOUCHER_SERIES.name,
            pl.col("field") == VOUCHER_SERIES.fields["next_voucher_number"][0],
            pl.col("change") == "changed",
        )
        .with_columns(
            _id=pl.col("record_key").str.split("/").list.first(),
            voucher_series=pl.col("record_key").str.split("/").list.last(),
            _before=pl.col("before").str.to_integer(strict=False),
            _after=pl.col("after").str.to_integer(strict=False),
        )
        .join(years, on=["company_id", "_id"])
        .filter(pl.col("_before").is_not_null())
        .sort("_before", "seen_at")
        .group_by(_SERIES)
        .agg(
            _highest_next=pl.col("_before").last(),
            date=pl.col("as_of").last(),
            _falls=_fall().filter(
                pl.col("_after") < pl.col("_before"), pl.col("seen_at") >= pl.col("seen_at").last()
            ),
        )
    )
    lower = books.voucher_series.join(seen, on=_SERIES).filter(
        pl.col("next_voucher_number") < pl.col("_highest_next")
    )
    about = _about_series("went_down")
    return lower.with_columns(
        **about | {"evidence": about["evidence"].list.concat(pl.col("_falls").list.unique().list.sort())},
        explanation=pl.format(
            "Series {} in the year from {}: expected the next number to be {} or more, as before the run of {}, "
            "found {}.",
            "voucher_series", "financial_year", "_highest_next", "date", "next_voucher_number",
        ),
    )  # fmt: skip


def _fall() -> pl.Expr:
    """What every fall since the highest number is known by: bookings raise the number again, and it stands."""
    return pl.format("next number {} after {} in the run of {}", "_after", "_before", "as_of")


def _about_series(rule: str) -> dict[str, pl.Expr]:
    """What the drafts about a whole series share."""
    return {
        "rule": pl.lit(rule),
        "subject_kind": pl.lit("voucher_series"),
        "subject_key": pl.format("{}/{}", pl.col("financial_year").dt.to_string("iso"), "voucher_series"),
        "evidence": pl.concat_list(pl.format("voucher series {}", "voucher_series")),
    }


def _cut_off(ends: pl.DataFrame) -> pl.DataFrame:
    """Series that go on after the highest number any witness holds."""
    following, last = pl.col("_highest") + 1, pl.col("next_voucher_number") - 1
    lacking = (
        pl.when(following == last).then(pl.format("{}", last)).otherwise(pl.format("{}-{}", following, last))
    )
    return ends.filter(last >= following).with_columns(
        **_about_series("end_missing"),
        date=pl.coalesce("date", "financial_year"),
        explanation=pl.format(
            "Series {} in the year from {}: expected vouchers up to {}, the number before the next, found {} as the "
            "highest: {} missing at the end.",
            "voucher_series", "financial_year", last, "_highest", lacking,
        ),
    )  # fmt: skip


def _gaps(numbered: pl.DataFrame) -> pl.DataFrame:
    """Runs of numbers no witness holds, up to the highest of the series.

    Fortnox starts every series at 1; a file of another program may go on from the year before, so there the lowest
    number held is the start.
    """
    start = pl.when(pl.col("in_api").any().over("company_id")).then(0).otherwise(pl.col("_number") - 1)
    before = pl.coalesce(pl.col("_number").shift(1).over(_SERIES), start)
    gaps = (
        numbered.sort(*_SERIES, "_number", "occurrence")
        .with_columns(_first=before + 1, _last=pl.col("_number") - 1)
        .filter(pl.col("_first") <= pl.col("_last"))
    )
    one = pl.col("_first") == pl.col("_last")
    run = pl.when(one).then(pl.format("{}", "_first")).otherwise(pl.format("{}-{}", "_first", "_last"))
    how_many = pl.col("_last") - pl.col("_first") + 1
    verb = pl.when(one).then(pl.lit("number {} is missing")).otherwise(pl.lit("numbers {} are missing"))
    return gaps.with_columns(
        date="voucher_date",
        period=period_name(pl.col("voucher_date")),
        rule=pl.lit("gap"),
        subject_kind=pl.lit("voucher_number"),
        subject_key=pl.format(
            "{}/{}/{}", pl.col("financial_year").dt.to_string("iso"), "voucher_series", run
        ),
        voucher_number=run,
        explanation=pl.format(
            "Series {} in the year from {}: {} ({} in all) before voucher {} of {}.",
            "voucher_series",
            "financial_year",
            verb.str.replace("{}", run, literal=True),
            how_many,
            voucher_name(),
            "voucher_date",
        ),
        evidence=pl.concat_list(pl.format("voucher {}", "voucher_key")),
    )


def _repeated(numbered: pl.DataFrame) -> pl.DataFrame:
    """Vouchers with a series and number an earlier voucher of the same file has."""
    original = pl.col("voucher_key").str.replace(r"#\d+$", "")
    return numbered.filter(pl.col("occurrence") > 1, pl.col("_number").is_not_null()).with_columns(
        date="voucher_date",
        period=period_name(pl.col("voucher_date")),
        rule=pl.lit("repeated"),
        subject_kind=pl.lit("voucher"),
        subject_key="voucher_key",
        explanation=pl.format(
            "Voucher {} of {} carries a number that another voucher of the year has already.",
            voucher_name(),
            "voucher_date",
        ),
        evidence=pl.concat_list(pl.format("voucher {}", original), pl.format("voucher {}", "voucher_key")),
    )


VOUCHER_NUMBERING = Reconciliation(
    id="voucher_numbering",
    question="Do voucher numbers run from 1 to the next one without gap or repetition in every series and year?",
    rationale=(
        "Numbers are what makes a missing voucher visible: a gap is a voucher that was deleted, not exported or never "
        "made."
    ),
    source="BFL 5 kap. 6-7 §; BFNAR 2013:2 (verifikationsnummer); checks.md §3",
    grain="run of missing numbers; voucher with a repeated number; series with its end missing",
    inputs=("ledger.vouchers", "ledger.voucher_series", "history.changes"),
    rules={
        "gap": (
            "Every number up to the highest of the series is held by the SIE file or by the API's voucher list: from 1 "
            "in Fortnox, from the lowest held where only a SIE file is known."
        ),
        "repeated": "No two vouchers of a file share series and number.",
        "end_missing": (
            "The highest number of a series is the one before the number Fortnox would give next, or higher where a "
            "voucher came while the night was reading. Judged where the API states the next number."
        ),
        "went_down": (
            "The next number of a series is not lower than any earlier run saw it: Fortnox gives the number of a "
            "deleted "
            "last voucher again. It stands until the series has passed the number; `history.changes` keeps it."
        ),
    },
    tolerance="none",
    severity="B",
    blind_spots=(
        "A voucher deleted from the end of a series whose number was given again before the next run. A file "
        "exported with a selection "
        "shows what it leaves out as gaps."
    ),
    needs=("vouchers",),
    apply=_reconcile,
    resolution="the numbers are held once each, or others are told missing in their place",
)
