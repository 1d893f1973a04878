"""Checks a general ledger alone can answer: vouchers balance, balances roll forward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from transforms.findings import carry_over
from transforms.reconciliations import reconcile
from transforms.reconciliations.balance_roll_forward import BALANCE_ROLL_FORWARD
from transforms.reconciliations.voucher_balance import VOUCHER_BALANCE


def test_balanced_voucher_is_silent(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-10", {"1510": "9.00"}, a1510="1250.00", a2611="-250.00", a3001="-1000.00")
    assert VOUCHER_BALANCE.reconcile(given.books(), settings).findings.is_empty()


@pytest.mark.parametrize("amount", ["0.01", "-92.70"])
def test_unbalanced_voucher_is_found_to_the_ore(given: Any, settings: Any, found: Any, amount: str) -> None:
    given.voucher("A/1", "2026-02-10", a1510="100.00", a3001="-100.00", a3740=amount)
    result = VOUCHER_BALANCE.reconcile(given.books(), settings)
    assert found(result.findings) == [("unbalanced", "2026-01-01/A/1", amount)]
    assert f"{amount.lstrip('-')} SEK too much" in result.findings["explanation"][0]


@pytest.fixture
def stated(given: Any) -> Any:
    """A year with every balance stated: 1510 opens with 100, a sale of 50 in March, all agreeing."""
    given.voucher("A/1", "2026-03-10", a1510="50.00", a3001="-50.00")
    given.balance("2026-01-01", "opening_balance", "1510", "100.00")
    given.balance("2026-01-01", "closing_balance", "1510", "150.00")
    given.balance("2026-01-01", "result_balance", "3001", "-50.00")
    given.month("2026-01-01", "1510", "2026-03", "50.00").month("2026-01-01", "3001", "2026-03", "-50.00")
    return given


def test_agreeing_balances_are_silent(stated: Any, settings: Any) -> None:
    result = BALANCE_ROLL_FORWARD.reconcile(stated.books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == ()


def test_a_voucher_the_balances_do_not_know(stated: Any, settings: Any, found: Any) -> None:
    """It shows on every balance of its accounts: closing or result, and the month."""
    stated.voucher("A/2", "2026-04-01", a1510="1.00", a3001="-1.00")
    assert found(BALANCE_ROLL_FORWARD.reconcile(stated.books(), settings).findings) == [
        ("closing_balance", "2026-01-01/1510", "-1.00"),
        ("period_balance", "2026-01-01/1510/2026-04", "-1.00"),
        ("period_balance", "2026-01-01/3001/2026-04", "1.00"),
        ("result_balance", "2026-01-01/3001", "1.00"),
    ]


def test_account_the_file_leaves_out_counts_as_nothing(stated: Any, settings: Any, found: Any) -> None:
    stated.voucher("A/2", "2026-03-11", a1930="7.00", a3001="-7.00")
    findings = found(BALANCE_ROLL_FORWARD.reconcile(stated.books(), settings).findings)
    assert ("closing_balance", "2026-01-01/1930", "-7.00") in findings


def test_year_opens_with_what_the_year_before_closed_with(
    empty_books: Any, settings: Any, found: Any
) -> None:
    given = empty_books.year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    given.balance(("2025-01-01"), "opening_balance", "1510", "80.00").balance(
        "2025-01-01", "closing_balance", "1510", "80.00"
    )
    given.balance(("2026-01-01"), "opening_balance", "1510", "81.00").balance(
        "2026-01-01", "closing_balance", "1510", "81.00"
    )
    result = BALANCE_ROLL_FORWARD.reconcile(given.books(), settings)
    assert found(result.findings) == [("opening_balance", "2026-01-01/1510", "1.00")]
    assert result.findings["explanation"][0] == (
        "Account 1510: the year before closed with 80.00 SEK, the year from 2026-01-01 opens with 81.00 SEK: "
        "1.00 SEK too much (debit positive)."
    )


@pytest.mark.parametrize(
    "lost", ["the vouchers of 2025", "the closing balances of 2025", "the balances of 2026"]
)
def test_what_cannot_be_compared_tonight_stands_as_it_was_found(
    new_books: Callable[[], Any], settings: Any, only: Callable[..., None], lost: str
) -> None:
    """2026 opens with 81.00 where 2025 closed with 80.00, and 2025 closed with 80.00 where it has 79.00. The next night
    has less to go by; the one after has everything again, and it is put right."""

    def night(opens: str, books_2025: str, *, lacking: str = "") -> Any:
        given = new_books().year("2025-01-01", "2025-12-31", has_vouchers=lacking != "the vouchers of 2025")
        given.year("2026-01-01", "2026-12-31")
        if lacking != "the vouchers of 2025":
            given.voucher("A/1", "2025-03-01", a1510=books_2025, a3001=f"-{books_2025}")
        if lacking != "the closing balances of 2025":
            given.balance("2025-01-01", "closing_balance", "1510", "80.00")
        if lacking != "the balances of 2026":
            given.balance("2026-01-01", "opening_balance", "1510", opens)
        return reconcile(given.books(), settings)

    only("balance_roll_forward")
    findings, open_ones = None, []
    for run, outcome in enumerate(
        [night("81.00", "79.00"), night("81.00", "79.00", lacking=lost), night("80.00", "80.00")]
    ):
        life = {name: getattr(outcome, name) for name in ("not_run", "halves", "not_judged", "resolutions")}
        findings = carry_over(findings, outcome.findings, as_of=settings.as_of, run_id=str(run), **life)
        told = findings.filter(pl.col("resolved_at").is_null(), check="balance_roll_forward").sort("rule")
        open_ones.append([rule for rule in told["rule"] if rule != "result_balance"])
    stands = ["closing_balance", "opening_balance"]
    assert open_ones == [stands, stands, []]


def test_file_of_one_year_is_compared_with_its_own_look_back(given: Any, settings: Any, found: Any) -> None:
    given.balance("2026-01-01", "closing_balance", "1930", "10.00", year_number=-1)
    given.balance("2026-01-01", "opening_balance", "1930", "12.00")
    given.balance("2026-01-01", "closing_balance", "1930", "12.00")
    assert found(BALANCE_ROLL_FORWARD.reconcile(given.books(), settings).findings) == [
        ("opening_balance", "2026-01-01/1930", "2.00")
    ]


def test_year_without_stated_balances_is_remarked_not_reported(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-10", a1510="50.00", a3001="-50.00")
    result = BALANCE_ROLL_FORWARD.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == (
        "2026-01-01: the file states no closing balances, they were not compared",
        "2026-01-01: the file states no result balances, they were not compared",
    )
