"""Findings keep their identity from night to night: first and last seen, resolved, reopened."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tieout.reports.words import SWEDISH
from transforms.findings import carry_over, finding_id, identify, weighed
from transforms.reconciliation import NO_DRAFTS, drafts
from transforms.tables import CHANGES, FINDING_DECISIONS, FINDINGS, PERIODS

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


def _of_voucher(as_of: dt.date, *rules: str, check: str = "restatements") -> pl.DataFrame:
    """What a night finds of one voucher, by rule."""
    rows = [
        {"company_id": "c", "rule": rule, "subject_kind": "voucher", "subject_key": "2026-01-01/A/2",
         "explanation": "because", "evidence": ["voucher 2026-01-01/A/2"]}
        for rule in rules
    ]  # fmt: skip
    made = drafts(pl.DataFrame(rows)) if rows else NO_DRAFTS
    return identify(weighed(made, check=check, severity="B"), as_of=as_of, periods=PERIODS.empty())


def _id(rule: str) -> str:
    return finding_id("c", "restatements", rule, "voucher", "2026-01-01/A/2")


@pytest.mark.parametrize(
    ("monday", "tuesday", "gone", "said"),
    [
        (["changed"], ["vanished"], "changed", f"not found again; found instead: vanished (finding {_id('vanished')})"),
        (["changed"], ["appeared", "vanished"], "changed",
         f"not found again; found instead: appeared (finding {_id('appeared')}), vanished (finding {_id('vanished')})"),
        (["changed", "vanished"], ["vanished"], "changed",
         f"not found again; still found: vanished (finding {_id('vanished')})"),
        (["changed"], [], "changed", "it is as it was"),
    ],
    ids=["changed, then deleted", "two new rules", "the other stood already", "nothing is found of it"],
)  # fmt: skip
def test_a_finding_whose_subject_is_told_under_another_rule_is_not_said_to_be_mended(
    monday: list[str], tuesday: list[str], gone: str, said: str
) -> None:
    """The text of the check says what an agreement is; here is none, and the reader is led to what is found now."""
    means = {"restatements": "it is as it was"}
    first = carry_over(None, _of_voucher(MONDAY, *monday), as_of=MONDAY, run_id="run-1")
    noticed = _changed(("sie.vouchers", "2026-01-01/A/2", "vanished", "", "{}", None))
    found = _of_voucher(TUESDAY, *tuesday)
    after = carry_over(first, found, as_of=TUESDAY, run_id="run-2", resolutions=means, changes=noticed)
    row = after.filter(finding_id=_id(gone)).to_dicts()[0]
    because = " in the run of 2026-06-16: voucher 2026-01-01/A/2 vanished"
    assert (row["resolved_at"], row["resolved_by"]) == (TUESDAY, said + because)
    if "finding" in said:
        in_swedish = SWEDISH.said(said) or ""
        assert in_swedish.startswith("hittades inte igen; ")
        assert f"vanished (avvikelse {_id('vanished')})" in in_swedish


def test_another_check_about_the_same_subject_leaves_the_reason_as_it_is() -> None:
    first = carry_over(None, _of_voucher(MONDAY, "changed"), as_of=MONDAY, run_id="run-1")
    other = _of_voucher(TUESDAY, "unbalanced", check="voucher_balance")
    after = carry_over(
        first, other, as_of=TUESDAY, run_id="run-2", resolutions={"restatements": "it is as it was"}
    )
    row = after.filter(finding_id=_id("changed")).to_dicts()[0]
    assert row["resolved_by"] == "it is as it was in the run of 2026-06-16"


def test_a_finding_under_another_rule_needs_a_decision_of_its_own() -> None:
    accepted = FINDING_DECISIONS.select(
        pl.DataFrame(
            [
                {"company_id": "c", "finding_id": _id("changed"), "position": 1, "action": "accept",
                 "check": "restatements", "rule": "changed", "subject_kind": "voucher",
                 "subject_key": "2026-01-01/A/2", "severity": "B", "decided_by": "anna",
                 "decided_at": "2026-06-15T08:00:00Z", "comment": "known", "run_id": "run-1"}
            ],
            schema=FINDING_DECISIONS.dtypes,
        )
    )  # fmt: skip
    first = carry_over(None, _of_voucher(MONDAY, "changed"), as_of=MONDAY, run_id="run-1", decisions=accepted)
    after = carry_over(
        first, _of_voucher(TUESDAY, "vanished"), as_of=TUESDAY, run_id="run-2", decisions=accepted
    )
    assert dict(after.select("rule", "status").rows()) == {"changed": "resolved", "vanished": "open"}


def test_a_reason_once_given_stays_when_the_other_rule_is_mended_too() -> None:
    first = carry_over(None, _of_voucher(MONDAY, "changed"), as_of=MONDAY, run_id="run-1")
    second = carry_over(first, _of_voucher(TUESDAY, "vanished"), as_of=TUESDAY, run_id="run-2")
    third = carry_over(second, _of_voucher(WEDNESDAY), as_of=WEDNESDAY, run_id="run-3")
    told = dict(third.select("rule", "resolved_by").rows())
    assert told == {
        "changed": f"not found again; found instead: vanished (finding {_id('vanished')}) in the run of 2026-06-16",
        "vanished": "not found again in the run of 2026-06-17",
    }


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
