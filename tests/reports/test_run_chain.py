"""The hash chain of runs: what was changed, removed or forked is named."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from tieout.run_chain import broken_links, chained, newest_hash
from transforms.tables import RUNS

DAY = dt.date(2026, 9, 30)


def run_row(number: int) -> dict[str, object]:
    values: dict[str, object] = {}
    for column in RUNS.columns:
        if column.optional:
            continue
        values[column.name] = {pl.Int64: 0, pl.Date: DAY}.get(column.dtype, "")  # type: ignore[call-overload]
    return values | {
        "run_id": f"run-{number}",
        "finished_at": f"2026-10-0{number}T04:00:00Z",
        "blocking": number,
    }


@pytest.fixture
def runs() -> pl.DataFrame:
    held = RUNS.empty()
    for number in (1, 2, 3):
        row = pl.DataFrame([chained(run_row(number), held)], schema=RUNS.dtypes)
        held = RUNS.select(pl.concat([held, row]))
    return held


def test_an_untouched_chain_holds(runs: pl.DataFrame) -> None:
    assert broken_links(runs) == []
    assert broken_links(runs.reverse()) == []
    assert runs["previous_hash"].null_count() == 1
    assert newest_hash(runs) == runs.filter(run_id="run-3")["run_hash"].item()


def test_a_changed_row_is_named(runs: pl.DataFrame) -> None:
    changed = runs.with_columns(blocking=pl.when(pl.col("run_id") == "run-2").then(0).otherwise("blocking"))
    assert broken_links(changed) == ["run run-2 of 2026-09-30: its row was changed after the run"]


def test_a_removed_run_is_missed_by_the_one_after_it(runs: pl.DataFrame) -> None:
    (said,) = broken_links(runs.filter(pl.col("run_id") != "run-2"))
    assert said == "run run-3 of 2026-09-30: the run before it is missing or was changed"
    assert broken_links(runs.filter(pl.col("run_id") != "run-1"))


def test_a_fork_is_named(runs: pl.DataFrame) -> None:
    forged = chained(run_row(4), runs.filter(pl.col("run_id") != "run-3"))
    forked = pl.concat([runs, pl.DataFrame([forged], schema=RUNS.dtypes)])
    assert any("two runs follow the same run" in sentence for sentence in broken_links(forked))


def test_runs_from_before_the_chain_are_not_judged(runs: pl.DataFrame) -> None:
    old = pl.DataFrame([{**run_row(0), "previous_hash": None, "run_hash": None}], schema=RUNS.dtypes)
    assert broken_links(pl.concat([old, runs])) == []
    assert newest_hash(old) is None


def test_a_column_added_later_changes_no_hash(runs: pl.DataFrame) -> None:
    assert broken_links(runs.with_columns(added_later=pl.lit(None, dtype=pl.String))) == []
