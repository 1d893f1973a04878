"""Materiality: which findings a reader looks at first. It changes that one column of a finding and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings as limited
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.decisions import newly_suspended
from transforms.findings import carry_over, identify, weighed
from transforms.materiality import material
from transforms.reconciliation import NO_DRAFTS, drafts
from transforms.reconciliations import reconcile
from transforms.settings import Settings
from transforms.tables import FINDING_DECISIONS, FINDINGS, PERIODS

MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 6, d) for d in (15, 16, 17))
Finding = tuple[str, str | None, str | None, str | None]


def _settings(company: str | None = None, **accounts: str) -> Settings:
    """Materiality of the company, and of accounts written ``k1510="500.00"``."""
    return Settings(
        company_id="c",
        as_of=MONDAY,
        materiality=None if company is None else Decimal(company),
        account_materiality={name.removeprefix("k"): Decimal(amount) for name, amount in accounts.items()},
    )


def _made(*found: Finding) -> pl.DataFrame:
    """Drafts from (subject, account, difference, currency)."""
    rows = [
        {
            "company_id": "c",
            "rule": "movement",
            "subject_kind": "control_account",
            "subject_key": subject,
            "account_number": account,
            "difference": None if difference is None else Decimal(difference),
            "currency": currency,
            "explanation": "because",
        }
        for subject, account, difference, currency in found
    ]
    return drafts(pl.DataFrame(rows)) if rows else NO_DRAFTS


def _night(*found: Finding, day: dt.date = MONDAY) -> pl.DataFrame:
    made = weighed(_made(*found), check="ar_tie_out", severity="B")
    return identify(made, as_of=day, periods=PERIODS.empty())


def _after(settings: Settings, *found: Finding, **more: Any) -> pl.DataFrame:
    chosen = {"previous": None, "as_of": MONDAY, "run_id": "run-1"} | more
    previous = chosen.pop("previous")
    current = _night(*found, day=chosen["as_of"])
    return carry_over(previous, current, material=material(settings), **chosen)


def _said(findings: pl.DataFrame) -> dict[str, bool | None]:
    return dict(findings.select("subject_key", "material").iter_rows())


@pytest.mark.parametrize(
    ("difference", "is_material"),
    [
        ("1000.00", True),
        ("999.99", False),
        ("1000.01", True),
        ("-1000.00", True),
        ("-999.99", False),
        ("0.01", False),
    ],
)
def test_a_difference_of_the_materiality_or_more_is_material_too_much_or_too_little(
    difference: str, is_material: bool
) -> None:
    after = _after(_settings("1000.00"), ("1510/2026-03", "1510", difference, "SEK"))
    assert _said(after) == {"1510/2026-03": is_material}


def test_the_materiality_of_the_account_comes_before_the_companys() -> None:
    found = (
        ("receivables", "1510", "500.00", "SEK"),
        ("payables", "2440", "500.00", "SEK"),
        ("bank", "1930", "5000.00", "SEK"),
        ("no account", None, "5000.00", "SEK"),
    )
    settings = _settings("1000.00", k1510="500.00", k1930="10000.00")
    assert _said(_after(settings, *found)) == {
        "receivables": True,
        "payables": False,
        "bank": False,
        "no account": True,
    }


def test_where_only_an_account_has_one_the_others_are_not_judged() -> None:
    found = (("receivables", "1510", "500.00", "SEK"), ("payables", "2440", "9999999.00", "SEK"))
    assert _said(_after(_settings(k1510="500.00"), *found)) == {"receivables": True, "payables": None}


def test_without_a_materiality_nothing_is_said() -> None:
    assert _said(_after(_settings(), ("1510/2026-03", "1510", "9999999.00", "SEK"))) == {"1510/2026-03": None}


def test_a_finding_without_a_difference_in_sek_is_neither_material_nor_immaterial() -> None:
    """A missing voucher number has no amount; an invoice in euro has one in euro."""
    found = (
        ("missing number", None, None, "SEK"),
        ("euro", "1510", "5000.00", "EUR"),
        ("no currency", "1510", "5000.00", None),
    )
    assert set(_said(_after(_settings("1.00", k1510="1.00"), *found)).values()) == {None}


def test_a_materiality_of_zero_makes_every_difference_material() -> None:
    assert _said(_after(_settings("0.00"), ("a", "1510", "0.00", "SEK"))) == {"a": True}


def test_a_resolved_finding_keeps_what_it_said_last() -> None:
    large = ("1510/2026-03", "1510", "1000.00", "SEK")
    first = _after(_settings("1000.00"), large)
    resolved = _after(_settings("5000.00"), previous=first, as_of=TUESDAY, run_id="run-2")
    assert _said(resolved) == {"1510/2026-03": True}
    later = _after(_settings(), previous=resolved, as_of=WEDNESDAY, run_id="run-3")
    assert_frame_equal(later, resolved)
    back = _after(_settings("5000.00"), large, previous=resolved, as_of=WEDNESDAY, run_id="run-3")
    assert _said(back) == {"1510/2026-03": False}


def test_a_standing_finding_of_a_check_that_was_not_run_is_judged_by_tonights_materiality() -> None:
    """Its figures stay as they were; the materiality beside them is the one the run states."""
    first = _after(_settings("1000.00"), ("1510/2026-03", "1510", "1000.00", "SEK"))
    silent = {"previous": first, "as_of": TUESDAY, "run_id": "run-2", "not_run": ("ar_tie_out",)}
    assert _said(_after(_settings("5000.00"), **silent)) == {"1510/2026-03": False}
    assert_frame_equal(_after(_settings("1000.00"), **silent), first)


def test_findings_of_a_night_before_there_was_materiality_are_judged_by_the_next() -> None:
    found = ("1510/2026-03", "1510", "1000.00", "SEK")
    before = _after(_settings(), found)
    assert _said(_after(_settings("1000.00"), found, previous=before, run_id="run-2")) == {
        "1510/2026-03": True
    }


def test_another_materiality_makes_no_finding_new_and_suspends_no_acceptance() -> None:
    """The run that last changed the row stays: what is new tonight, and told, is told of the books."""
    found = ("1510/2026-03", "1510", "1000.00", "SEK")
    first = _after(_settings("1000.00"), found)
    accepted = _decision(first)
    stands = _after(_settings("1000.00"), found, previous=first, run_id="run-2", decisions=accepted)
    raised = _after(_settings("5000.00"), found, previous=stands, run_id="run-3", decisions=accepted)
    assert (raised["status"].item(), raised["run_id"].item()) == ("accepted", "run-1")
    assert newly_suspended(stands, raised) == frozenset()
    assert_frame_equal(raised.drop("material"), stands.drop("material"))


def _decision(findings: pl.DataFrame) -> pl.DataFrame:
    """Somebody accepted the finding as it stands."""
    (row,) = findings.to_dicts()
    made = {name: row[name] for name in row if name in FINDING_DECISIONS.dtypes}
    made |= {"position": 1, "action": "accept", "decided_at": "2026-06-15T08:00:00Z", "decided_by": "anna"}
    return FINDING_DECISIONS.select(
        pl.DataFrame([made | {"said_hash": None, "evidence_hash": None}], schema=FINDING_DECISIONS.dtypes)
    )


AMOUNTS = st.one_of(st.none(), st.decimals("-2000", "2000", places=2, allow_nan=False))
LIMITS = st.decimals("0", "2000", places=2, allow_nan=False)
ACCOUNTS = st.sampled_from(["1510", "2440", None])
FOUND = st.lists(st.tuples(ACCOUNTS, AMOUNTS, st.sampled_from(["SEK", "EUR", None])), max_size=5)


@limited(deadline=None, derandomize=True)
@drawn(
    FOUND,
    FOUND,
    st.one_of(st.none(), LIMITS),
    st.dictionaries(st.sampled_from(["1510", "2440"]), LIMITS),
    st.booleans(),
)
def test_whatever_the_materiality_only_its_column_differs(
    monday: list[Any], tuesday: list[Any], company: Decimal | None, accounts: dict[str, Decimal], silent: bool
) -> None:
    def two_nights(settings: Settings) -> pl.DataFrame:
        one, two = (
            [
                (str(place), account, None if amount is None else str(amount), currency)
                for place, (account, amount, currency) in enumerate(found)
            ]
            for found in (monday, tuesday)
        )
        first = _after(settings, *one)
        not_run = ("ar_tie_out",) if silent else ()
        return _after(settings, *two, previous=first, as_of=TUESDAY, run_id="run-2", not_run=not_run)

    without = two_nights(_settings())
    judged = two_nights(
        Settings(company_id="c", as_of=MONDAY, materiality=company, account_materiality=accounts)
    )
    FINDINGS.check(judged)
    assert_frame_equal(judged.drop("material"), without.drop("material"))
    for row in judged.iter_rows(named=True):
        limit = accounts.get(row["account_number"], company)
        speaks = limit is not None and row["difference"] is not None and row["currency"] == "SEK"
        assert row["material"] is (abs(row["difference"]) >= limit if speaks else None)


def test_a_materiality_hides_nothing_of_what_the_reconciliations_find(given: Any, settings: Any) -> None:
    """Unlike a tolerance: a difference of 0.40 below a materiality of a million is found, and blocks."""
    given.voucher("M/1", "2026-02-01", a1510="0.40", a3740="-0.40")
    high = replace(settings, materiality=Decimal("1000000.00"), account_materiality={"1510": Decimal("0.00")})
    without, judged = (reconcile(given.books(), chosen) for chosen in (settings, high))
    assert ("ar_tie_out", "B", Decimal("-0.40")) in judged.findings.select(
        "check", "severity", "difference"
    ).rows()
    assert_frame_equal(judged.findings, without.findings)
    for name, table in without.tables.items():
        assert_frame_equal(judged.tables[name], table)


def test_a_difference_of_an_invoice_in_euro_is_not_judged_in_kronor(given: Any, settings: Any) -> None:
    """The open balance of an invoice in euro is compared in euro: materiality, in SEK, is no word about it."""
    given.voucher("A/1", "2026-02-10", a1510="1100.00", a3001="-1100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1", balance="90.00", currency="EUR", rate="11")
    found = reconcile(given.books(), settings).findings
    after = carry_over(
        None,
        found,
        as_of=settings.as_of,
        run_id="run-1",
        material=material(replace(settings, materiality=Decimal("1.00"))),
    )
    (row,) = after.filter(pl.col("check") == "ar_open_balance").to_dicts()
    assert (row["difference"], row["currency"], row["material"]) == (Decimal("10.00"), "EUR", None)
