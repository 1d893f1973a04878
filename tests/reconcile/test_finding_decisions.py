"""What decisions make of findings: an acceptance holds for the figures it was given for, and for no others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tieout.reports.words import SWEDISH
from transforms.decisions import decided, said_hash
from transforms.findings import carry_over, finding_id, identify, weighed
from transforms.reconciliation import NO_DRAFTS, drafts
from transforms.reconciliations import reconcile
from transforms.settings import Settings
from transforms.tables import FINDING_DECISIONS, PERIODS
from transforms.wording import ASKED_ABOUT

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 6, d) for d in (15, 16, 17))
SUBJECT = "1510/2026-03"
ID = finding_id("c", "ar_tie_out", "movement", "control_account", SUBJECT)


def _found(day: dt.date, difference: str | None, severity: str = "B") -> pl.DataFrame:
    """What the checks find on a day: a difference on 1510 in March, or nothing."""
    if difference is None:
        made = NO_DRAFTS
    else:
        made = pl.DataFrame(
            [
                {
                    "company_id": "c",
                    "rule": "movement",
                    "subject_kind": "control_account",
                    "subject_key": SUBJECT,
                    "expected": Decimal("0.00"),
                    "actual": Decimal(difference),
                    "difference": Decimal(difference),
                    "currency": "SEK",
                    "explanation": "because",
                }
            ]
        )
    return _identified(drafts(made), "ar_tie_out", day, severity)


def _identified(made: pl.DataFrame, check: str, day: dt.date = MONDAY, severity: str = "B") -> pl.DataFrame:
    return identify(weighed(made, check=check, severity=severity), as_of=day, periods=PERIODS.empty())


def _decisions(*made: dict[str, Any]) -> pl.DataFrame:
    """Decisions about the finding in their order, at 100 kronor unless they say otherwise."""
    usual = {
        "company_id": "c", "finding_id": ID, "decided_at": "2026-06-15T08:00:00Z", "decided_by": "anna",
        "check": "ar_tie_out", "rule": "movement", "subject_kind": "control_account", "subject_key": SUBJECT,
        "severity": "B", "expected": Decimal("0.00"), "actual": Decimal("100.00"), "difference": Decimal("100.00"),
        "currency": "SEK", "run_id": "r", "owner": None, "comment": None,
    }  # fmt: skip
    rows = [usual | {"position": position} | one for position, one in enumerate(made, start=1)]
    return FINDING_DECISIONS.select(pl.DataFrame(rows, schema=FINDING_DECISIONS.dtypes))


ACCEPTED = {"action": "accept", "comment": "settled in court"}


def _row(findings: pl.DataFrame) -> dict[str, Any]:
    return findings.to_dicts()[0]


@pytest.mark.parametrize(
    ("difference", "severity", "status", "moved"),
    [
        ("100.00", "B", "accepted", None),
        ("100.01", "B", "suspended", "actual was 100.00 SEK, is 100.01 SEK, difference was 100.00 SEK, is 100.01 SEK"),
        ("100.00", "W", "suspended", "severity was B, is W"),
        ("0.01", "B", "suspended", "actual was 100.00 SEK, is 0.01 SEK, difference was 100.00 SEK, is 0.01 SEK"),
    ],
)  # fmt: skip
def test_an_acceptance_holds_for_its_figures(
    difference: str, severity: str, status: str, moved: str | None
) -> None:
    row = _row(
        carry_over(
            None,
            _found(MONDAY, difference, severity),
            as_of=MONDAY,
            run_id="1",
            decisions=_decisions(ACCEPTED),
        )
    )
    assert (row["status"], row["comment"], row["decided_by"]) == (status, "settled in court", "anna")
    assert row["moved"] == (moved and f"accepted by anna on 2026-06-15; since then {moved}")


def test_figures_that_return_are_accepted_again_and_a_resolved_finding_keeps_its_decision() -> None:
    said, findings, statuses = _decisions(ACCEPTED), None, []
    days = ((MONDAY, "100.00"), (TUESDAY, "150.00"), (WEDNESDAY, None), (dt.date(2026, 6, 18), "100.00"))
    for day, difference in days:
        findings = carry_over(findings, _found(day, difference), as_of=day, run_id=str(day), decisions=said)
        statuses.append(_row(findings)["status"])
    assert statuses == ["accepted", "suspended", "resolved", "accepted"]
    assert (_row(findings)["reopened"], _row(findings)["comment"]) == (1, "settled in court")


def test_a_restated_voucher_that_changes_again_is_no_longer_accepted_although_its_debits_stand() -> None:
    said = "Voucher A/2 changed: it was 5010 80.00; now 5020 80.00."
    about = {
        "check": "restatements",
        "rule": "changed",
        "subject_kind": "voucher",
        "subject_key": "2026-01-01/A/2",
    }
    finding = finding_id("c", *about.values())
    figures = {"expected": Decimal("80.00"), "actual": Decimal("80.00"), "difference": Decimal("0.00")}
    accepted = _decisions(ACCEPTED | about | figures | {"finding_id": finding, "said_hash": said_hash(said)})

    def status(explanation: str, decisions: pl.DataFrame = accepted) -> tuple[str, str | None]:
        row = {"company_id": "c", "currency": "SEK", "explanation": explanation} | about | figures
        made = _identified(drafts(pl.DataFrame([row])), "restatements")
        told = _row(carry_over(None, made, as_of=MONDAY, run_id="1", decisions=decisions))
        return told["status"], told["moved"]

    assert status(said) == ("accepted", None)
    again = said.replace("5020", "7010")
    assert status(again) == (
        "suspended",
        "accepted by anna on 2026-06-15; since then the voucher changed again",
    )
    before = accepted.with_columns(said_hash=pl.lit(None, dtype=pl.String))
    assert status(again, before) == ("accepted", None), "a line from before the hash holds for its figures"


@pytest.fixture
def june(new_books: Callable[[], Any]) -> Callable[..., Any]:
    """Books of a running month: a manual voucher on the customers' control account, and so many ordinary sales."""

    def made(sales: int, **manual: tuple[str, str]) -> Any:
        given = new_books().year("2026-01-01", "2026-12-31")
        for name, (account, amount) in manual.items():
            given.voucher(f"M/{name[1:]}", "2026-06-10", **{account: amount, "a3740": f"-{amount}"})
        for number in range(1, sales + 1):
            given.voucher(f"A/{number}", "2026-06-12", a1510="1250.00", a3001="-1250.00")
            given.invoice("customer", str(number), "2026-06-12", "1250.00", f"A/{number}")
        return given.books()

    return made


def test_an_accepted_difference_outlives_ordinary_bookings_of_its_month(june: Callable[..., Any]) -> None:
    """Both sides of June move by 1250.00 every night; what was accepted, M/7 with 300.00, stands as it was."""

    def night(day: dt.date, books: Any, findings: Any = None, decisions: Any = None) -> pl.DataFrame:
        made = reconcile(books, Settings("testbolaget", day)).findings
        tie_out = made.filter(pl.col("check") == "ar_tie_out")
        return carry_over(findings, tie_out, as_of=day, run_id=str(day), decisions=decisions)

    seven = {"m7": ("a1510", "300.00")}
    first = night(MONDAY, june(1, **seven))
    row = _row(first)
    assert (row["subject_key"], row["difference"]) == (SUBJECT.replace("03", "06"), Decimal("-300.00"))
    line = ACCEPTED | {name: row[name] for name in row if name in FINDING_DECISIONS.dtypes and row[name]}
    line |= {"said_hash": said_hash(row["explanation"]), "evidence_hash": said_hash(row["evidence"])}
    accepted = _decisions(line | ACCEPTED | {"decided_by": "anna", "decided_at": "2026-06-15T08:00:00Z"})
    accepted = accepted.with_columns(company_id=pl.lit("testbolaget"))

    def told(day: dt.date, books: Any, decisions: pl.DataFrame = accepted) -> tuple[str, str | None]:
        after = _row(night(day, books, first, decisions))
        return after["status"], after["moved"]

    assert told(TUESDAY, june(2, **seven)) == ("accepted", None)
    assert told(WEDNESDAY, june(9, **seven)) == ("accepted", None)
    status, moved = told(TUESDAY, june(1, m7=("a1510", "310.00")))
    assert status == "suspended"
    assert moved is not None
    assert "difference was -300.00 SEK, is -310.00 SEK" in moved
    other = {"m8": ("a1510", "300.00")}
    from_other = "accepted by anna on 2026-06-15; since then it arises from other records"
    assert told(TUESDAY, june(1, **other)) == ("suspended", from_other)
    assert SWEDISH.said(from_other) == "godtagen av anna 2026-06-15; sedan dess den uppstår av andra poster"
    older = accepted.with_columns(evidence_hash=pl.lit(None, dtype=pl.String))
    assert told(TUESDAY, june(2, **other), older) == ("accepted", None), "a line from before the hash"


def test_two_sides_that_move_together_suspend_any_other_finding() -> None:
    about = {
        "check": "voucher_balance",
        "rule": "r",
        "subject_kind": "voucher",
        "subject_key": "2026-01-01/A/2",
    }
    accepted = _decisions(ACCEPTED | about | {"finding_id": finding_id("c", *about.values())})
    figures = {"expected": Decimal("1.00"), "actual": Decimal("101.00"), "difference": Decimal("100.00")}
    row = {"company_id": "c", "currency": "SEK", "explanation": "x"} | about | figures
    made = _identified(drafts(pl.DataFrame([row])), "voucher_balance")
    row = _row(carry_over(None, made, as_of=MONDAY, run_id="1", decisions=accepted))
    assert row["status"] == "suspended"


def test_a_balance_that_is_off_by_the_same_amount_stays_accepted_while_the_account_is_booked_on() -> None:
    about = {
        "check": "balance_roll_forward",
        "rule": "closing_balance",
        "subject_kind": "account",
        "subject_key": "2026-01-01/1930",
    }
    accepted = _decisions(ACCEPTED | about | {"finding_id": finding_id("c", *about.values())})

    def status(expected: str, difference: str) -> str:
        figures = {"expected": Decimal(expected), "difference": Decimal(difference)}
        figures["actual"] = figures["expected"] + figures["difference"]
        row = {"company_id": "c", "currency": "SEK", "explanation": "x"} | about | figures
        made = _identified(drafts(pl.DataFrame([row])), "balance_roll_forward")
        return str(_row(carry_over(None, made, as_of=MONDAY, run_id="1", decisions=accepted))["status"])

    assert status("-500.00", "100.00") == "accepted", "a bank payment was booked"
    assert status("0.00", "100.01") == "suspended"


def test_asking_fortnox_about_more_of_the_vouchers_suspends_nothing() -> None:
    about = {
        "check": "ledger_witnesses",
        "rule": "text_differs",
        "subject_kind": "voucher_series_period",
        "subject_key": "2026-01-01/A/2026-03",
    }
    said = 'Series A in 2026-03: expected the texts of the voucher list, found others (1): A/4 ("Hyra" there, "" here).'
    answer = "what the voucher list says: A/4"
    finding = {"finding_id": finding_id("c", *about.values()), "said_hash": said_hash(said)}
    accepted = _decisions(ACCEPTED | about | finding | dict.fromkeys(("expected", "actual", "difference")))

    def status(explanation: str) -> str:
        row = {"company_id": "c", "explanation": explanation} | about
        made = _identified(drafts(pl.DataFrame([row])), "ledger_witnesses")
        return str(_row(carry_over(None, made, as_of=MONDAY, run_id="1", decisions=accepted))["status"])

    assert status(f"{said} {ASKED_ABOUT.format(answer)}") == "accepted"
    other = said.replace("Hyra", "Lokalhyra")
    assert status(f"{other} {ASKED_ABOUT.format(answer)}") == "suspended"


def test_only_the_latest_acceptance_or_reopening_counts() -> None:
    now = carry_over(None, _found(MONDAY, "100.00"), as_of=MONDAY, run_id="1")
    steps = [
        (ACCEPTED, "accepted"),
        ({"action": "reopen"}, "open"),
        ({"action": "accept", "comment": "again", "difference": Decimal("99.00")}, "suspended"),
        ({"action": "accept", "comment": "as it is"}, "accepted"),
        ({"action": "note", "comment": "still fine"}, "accepted"),
    ]
    for count, (_, status) in enumerate(steps, start=1):
        row = _row(decided(now, _decisions(*(step for step, _ in steps[:count]))))
        assert row["status"] == status
    assert row["comment"] == "still fine"


def test_an_owner_stays_until_another_is_named_or_nobody() -> None:
    now = carry_over(None, _found(MONDAY, "100.00"), as_of=MONDAY, run_id="1")
    said = [
        {"action": "assign", "owner": "bo"},
        ACCEPTED,
        {"action": "assign", "owner": "", "decided_by": "cia"},
    ]
    owners = [_row(decided(now, _decisions(*said[:n])))["owner"] for n in (1, 2, 3)]
    assert owners == ["bo", "bo", None]


def test_a_finding_nobody_spoke_of_is_open_and_decisions_in_any_row_order_mean_the_same() -> None:
    now = carry_over(None, _found(MONDAY, "100.00"), as_of=MONDAY, run_id="1")
    row = _row(now)
    assert (row["status"], row["owner"], row["comment"], row["moved"]) == ("open", None, None, None)
    said = _decisions(ACCEPTED, {"action": "reopen"}, {"action": "assign", "owner": "bo"})
    assert_frame_equal(decided(now, said[::-1]), decided(now, said))


def test_a_decision_does_not_make_a_finding_look_changed_by_the_run() -> None:
    first = carry_over(None, _found(MONDAY, "100.00"), as_of=MONDAY, run_id="1")
    second = carry_over(
        first, _found(MONDAY, "100.00"), as_of=MONDAY, run_id="2", decisions=_decisions(ACCEPTED)
    )
    assert (_row(second)["run_id"], _row(second)["status"]) == ("1", "accepted")
