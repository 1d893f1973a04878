"""Findings keep their identity from night to night: first and last seen, resolved, reopened."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from transforms.findings import carry_over, finding_id, identify, weighed
from transforms.reconciliation import NO_DRAFTS, drafts
from transforms.tables import CHANGES, FINDINGS, PERIODS

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 6, d) for d in (15, 16, 17))


def _night(
    as_of: dt.date, *subjects: str, check: str = ("ar_tie_out"), difference: str = "1.00"
) -> pl.DataFrame:
    made = pl.DataFrame(
        [
            {"company_id": "c", "rule": "movement", "subject_kind": "control_account", "subject_key": subject,
             "difference": difference, "explanation": "because", "evidence": ['voucher "B/17"', subject]}
            for subject in subjects
        ],
        schema_overrides={"evidence": pl.List(pl.String)},
    )  # fmt: skip
    made = made.with_columns(pl.col("difference").str.to_decimal(scale=2)) if subjects else NO_DRAFTS
    return identify(weighed(drafts(made), check=check, severity="B"), as_of=as_of, periods=PERIODS.empty())


@pytest.fixture
def one_night() -> pl.DataFrame:
    return carry_over(None, _night(MONDAY, "1510/2026-03"), as_of=MONDAY, run_id="run-1")


def _life(findings: pl.DataFrame, subject: str) -> dict[str, Any]:
    return findings.filter(subject_key=subject).to_dicts()[0]


def test_identity_is_stable_and_depends_on_every_part_of_the_key() -> None:
    key = ("demo", "ar_tie_out", "movement", "control_account", "1510/2026-03")
    assert len(finding_id(*key)) == 16
    assert finding_id(*key) == finding_id(*key)
    assert (
        len({finding_id(*(*key[:i], key[i] + ("x"), *key[i + 1 :])) for i in range(5)} | {finding_id(*key)})
        == 6
    )


def test_new_finding_is_first_and_last_seen_tonight(one_night: pl.DataFrame) -> None:
    row = _life(one_night, "1510/2026-03")
    assert (row[("first_seen")], row["last_seen"], row["resolved_at"], row["reopened"]) == (
        MONDAY,
        MONDAY,
        None,
        0,
    )
    assert (row["run_id"], row["evidence"]) == ("run-1", '["voucher \\"B/17\\"","1510/2026-03"]')


def test_same_night_twice_changes_nothing(one_night: pl.DataFrame) -> None:
    again = carry_over(one_night, _night(MONDAY, "1510/2026-03"), as_of=MONDAY, run_id="run-2")
    assert_frame_equal(again, one_night)


def test_standing_finding_keeps_its_first_night(one_night: pl.DataFrame) -> None:
    row = _life(
        carry_over(one_night, _night(TUESDAY, ("1510/2026-03")), as_of=TUESDAY, run_id="run-2"),
        "1510/2026-03",
    )
    assert (row["first_seen"], row["last_seen"], row["run_id"]) == (MONDAY, TUESDAY, "run-2")


def test_finding_no_longer_made_is_resolved_and_stays(one_night: pl.DataFrame) -> None:
    resolved = carry_over(one_night, _night(TUESDAY), as_of=TUESDAY, run_id="run-2")
    row = _life(resolved, "1510/2026-03")
    assert (row["last_seen"], row["resolved_at"]) == (MONDAY, TUESDAY)
    assert row["resolved_by"] == "not found again in the run of 2026-06-16"
    assert_frame_equal(carry_over(resolved, _night(WEDNESDAY), as_of=WEDNESDAY, run_id="run-3"), resolved)


def test_resolved_finding_that_comes_back_is_reopened(one_night: pl.DataFrame) -> None:
    resolved = carry_over(one_night, _night(TUESDAY), as_of=TUESDAY, run_id="run-2")
    back = carry_over(resolved, _night(WEDNESDAY, "1510/2026-03"), as_of=WEDNESDAY, run_id="run-3")
    row = _life(back, "1510/2026-03")
    assert (row[("first_seen")], row["resolved_at"], row["resolved_by"], row["reopened"]) == (
        MONDAY,
        None,
        None,
        1,
    )
    assert_frame_equal(
        carry_over(back, _night(WEDNESDAY, "1510/2026-03"), as_of=WEDNESDAY, run_id="run-4"), back
    )


def test_check_that_was_not_run_resolves_nothing(one_night: pl.DataFrame) -> None:
    after = carry_over(one_night, _night(TUESDAY), as_of=TUESDAY, run_id="run-2", not_run=("ar_tie_out",))
    assert_frame_equal(after, one_night)


def test_order_of_rows_does_not_matter(one_night: pl.DataFrame) -> None:
    current = _night(TUESDAY, "1510/2026-03", "1510/2026-04", "1510/2026-05")
    previous = carry_over(one_night, _night(MONDAY, "a", "b", "1510/2026-03"), as_of=MONDAY, run_id="run-1")
    expected = carry_over(previous, current, as_of=TUESDAY, run_id="run-2")
    assert_frame_equal(carry_over(previous[::-1], current[::-1], as_of=TUESDAY, run_id="run-2"), expected)
    FINDINGS.check(expected)


def _changed(*rows: tuple[str, str, str, str, str | None, str | None], run_id: str = "run-2") -> pl.DataFrame:
    """``history.changes`` of a run: (table, key, change, field, before, after)."""
    return pl.DataFrame(
        [
            {"company_id": "c", "run_id": run_id, "seen_at": "t", "as_of": TUESDAY}
            | dict(zip(("table_name", "record_key", "change", "field", "before", "after"), row, strict=True))
            for row in rows
        ],
        schema=CHANGES.dtypes,
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [("sie.vouchers", "2026-01-01/M/7", "vanished", "", "{}", None)],
            ": voucher 2026-01-01/M/7 vanished",
        ),
        (
            [
                ("fortnox.customer_invoices", "1023", "changed", "balance", "100.00", "0.00"),
                ("fortnox.customer_invoices", "1023", "changed", "customer_name", "Anna", "Bo"),
                ("fortnox.customer_invoices", "1023", "changed", "final_pay_date", None, "2026-06-16"),
            ],
            ": customer invoice 1023 changed"
            " (balance 100.00 -> 0.00, customer_name, final_pay_date none -> 2026-06-16)",
        ),
        ([("sie.vouchers", "2026-01-01/M/8", "vanished", "", "{}", None)], ""),
        ([("fortnox.customers", "1023", "vanished", "", "{}", None)], ""),
    ],
)
def test_a_resolution_names_the_records_it_rested_on_that_changed(rows: list[Any], said: str) -> None:
    """A name is never repeated, and what the finding did not rest on is left out."""
    found = _night(MONDAY, "1510/2026-03").with_columns(
        evidence=pl.lit('["voucher 2026-01-01/M/7","customer invoice 1023"]')
    )
    first = carry_over(None, found, as_of=MONDAY, run_id="run-1")
    after = carry_over(first, _night(TUESDAY), as_of=TUESDAY, run_id="run-2", changes=_changed(*rows))
    assert _life(after, "1510/2026-03")["resolved_by"] == f"not found again in the run of 2026-06-16{said}"
    later = _changed(*rows, run_id="run-3")
    assert_frame_equal(
        carry_over(after, _night(WEDNESDAY), as_of=WEDNESDAY, run_id="run-3", changes=later), after
    )
