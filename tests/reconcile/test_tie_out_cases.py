"""Tie-outs: the subledger beside its control account at every month end, and what each month contributed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.findings import carry_over
from transforms.reconciliations import reconcile
from transforms.reconciliations.ap_tie_out import AP_TIE_OUT
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT


@pytest.fixture
def sold_and_paid(given: Any) -> Any:
    """One sale in February, paid in two parts in March and May."""
    given.voucher("A/1", "2026-02-10", a1510="1250.00", a2611="-250.00", a3001="-1000.00")
    given.voucher("B/1", "2026-03-05", a1510="-500.00", a1930="500.00")
    given.voucher("B/2", "2026-05-06", a1510="-750.00", a1930="750.00")
    given.invoice("customer", "1001", "2026-02-10", "1250.00", "A/1")
    given.payment("customer", "1", "1001", "2026-03-05", "500.00", "B/1")
    return given.payment("customer", "2", "1001", "2026-05-06", "750.00", "B/2")


def _balances(result: Any) -> dict[str, tuple[str, str]]:
    rows = result.tables["recon.tie_outs"].select("period", "ledger_balance", "subledger_balance")
    return {period: (str(ledger), str(sub)) for period, ledger, sub in rows.iter_rows()}


def test_clean_books_tie_out_at_every_month_end_and_today(sold_and_paid: Any, settings: Any) -> None:
    result = AR_TIE_OUT.reconcile(sold_and_paid.books(), settings)
    assert result.findings.is_empty()
    assert _balances(result) == {
        "opening": ("0.00", "0.00"),
        "2026-01": ("0.00", "0.00"),
        "2026-02": ("1250.00", "1250.00"),
        "2026-03": ("750.00", "750.00"),
        "2026-04": ("750.00", "750.00"),
        "2026-05": ("0.00", "0.00"),
        "2026-06": ("0.00", "0.00"),
    }
    assert result.tables["recon.tie_outs"]["point"].to_list() == ["opening", *["month_end"] * 5, "today"]


def test_manual_voucher_on_the_control_account_is_found_in_its_month(
    sold_and_paid: Any, settings: Any, found: Any
) -> None:
    sold_and_paid.voucher("M/7", "2026-04-20", a1510="300.00", a3740="-300.00")
    result = AR_TIE_OUT.reconcile(sold_and_paid.books(), settings)
    assert found(result.findings) == [("movement", "1510/2026-04", "-300.00")]
    assert result.findings["explanation"].to_list() == [
        "Account 1510 in 2026-04: the ledger moves by 300.00 SEK and the customer subledger by 0.00 SEK, "
        "300.00 SEK less (debit positive). Where it arose: voucher M/7 of 2026-04-20 books 300.00 SEK "
        "and no document names it (a manual voucher on the control account)."
    ]
    assert result.findings["evidence"].to_list() == [["voucher 2026-01-01/M/7"]]
    later = result.tables["recon.tie_outs"].filter(period="2026-05")
    assert [str(later.item(0, c)) for c in ("difference", "arisen")] == ["-300.00", "0.00"]


def test_voucher_that_books_another_amount_than_its_invoice(given: Any, settings: Any, found: Any) -> None:
    given.voucher("A/1", "2026-02-10", a1510="1205.00", a3001="-1205.00")
    given.invoice("customer", "1001", "2026-02-10", "1250.00", "A/1")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [("movement", "1510/2026-02", "45.00")]
    assert (
        "voucher A/1 of 2026-02-10 books 1205.00 SEK where customer invoice 1001 says 1250.00 SEK"
        in (result.findings["explanation"][0])
    )


def test_document_without_voucher_falls_on_its_own_date(given: Any, settings: Any, found: Any) -> None:
    given.invoice(("supplier"), "77", "2026-03-31", "800.00").invoice(
        "supplier", "78", "2026-04-01", "5.00", "K/9"
    )
    result = AP_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [
        ("movement", "2440/2026-03", "-800.00"),
        ("movement", "2440/2026-04", "-5.00"),
    ]
    told = " ".join(result.findings.sort("subject_key")["explanation"])
    assert "supplier invoice 77 of 2026-03-31 (-800.00 SEK) names no voucher" in told
    assert "supplier invoice 78 of 2026-04-01 (-5.00 SEK) names voucher K/9, which books nothing" in told


def test_struck_rows_are_history_and_never_counted(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-10", {"1510": "9.00"}, a1510="1250.00", a3001="-1250.00")
    given.invoice("customer", "1001", "2026-02-10", "1250.00", "A/1")
    assert AR_TIE_OUT.reconcile(given.books(), settings).findings.is_empty()


def test_posting_date_is_the_vouchers_not_the_documents(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-02", a1510="1250.00", a3001="-1250.00")
    given.invoice("customer", "1001", "2026-02-28", "1250.00", "A/1")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert _balances(result)["2026-02"] == ("0.00", "0.00")


def test_opening_balance_is_compared_with_items_open_before_the_first_year(
    given: Any, settings: Any, found: Any
) -> None:
    given.balance("2026-01-01", "opening_balance", "1510", "900.00")
    given.invoice("customer", "900", "2025-11-11", "1000.00")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [("movement", "1510/opening", "100.00")]
    assert result.findings.select("expected", "actual").row(0) == (Decimal("900.00"), Decimal("1000.00"))


def test_entries_after_the_runs_date_are_outside(given: Any, settings: Any) -> None:
    given.voucher(("M/1"), "2026-06-16", a1510="1.00", a3740="-1.00").invoice(
        "customer", "1", "2026-06-16", "5.00"
    )
    assert AR_TIE_OUT.reconcile(given.books(), settings).findings.is_empty()


def test_run_date_on_a_month_end_makes_one_point(given: Any, settings: Any, found: Any) -> None:
    given.voucher("M/1", "2026-04-30", a1510="1.00", a3740="-1.00")
    result = AR_TIE_OUT.reconcile(given.books(), replace(settings, as_of=dt.date(2026, 4, 30)))
    assert result.tables["recon.tie_outs"]["point"].to_list() == ["opening", *["month_end"] * 3, "today"]
    assert found(result.findings) == [("movement", "1510/2026-04", "-1.00")]


def test_booked_payment_on_no_invoice_still_reduces_the_control_account(given: Any, settings: Any) -> None:
    given.voucher("B/1", "2026-03-05", a1510="-500.00", a1930="500.00")
    given.payment("customer", "1", "404", "2026-03-05", "500.00", "B/1")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    items = result.tables["recon.open_items"].select("document_number", "amount").rows()
    assert items == [("payment:1", Decimal("-500.00"))]


def test_difference_within_the_accounts_tolerance_is_no_finding(
    given: Any, settings: Any, found: Any
) -> None:
    given.voucher("M/1", "2026-02-01", a1510="0.50", a3740="-0.50")
    given.voucher("M/2", "2026-03-01", a1510="0.51", a3740="-0.51")
    tolerant = replace(settings, tolerance={"1510": Decimal("0.50")})
    assert found(AR_TIE_OUT.reconcile(given.books(), tolerant).findings) == [
        (("movement"), "1510/2026-03", "-0.51")
    ]


def test_a_tolerance_hides_no_sum_of_small_differences(given: Any, settings: Any, found: Any) -> None:
    """0.30 a month is let pass; twice is 0.60 and more than the tolerance. A month of its own finding is not in it."""
    given.voucher("M/1", "2026-02-01", a1510="0.30", a3740="-0.30")
    given.voucher("M/2", "2026-03-01", a1510="9.00", a3740="-9.00")
    given.voucher("M/3", "2026-04-01", a1510="0.20", a3740="-0.20")
    tolerant = replace(settings, tolerance={"1510": Decimal("0.50")})
    month = ("movement", "1510/2026-03", "-9.00")
    assert found(AR_TIE_OUT.reconcile(given.books(), tolerant).findings) == [month]
    given.voucher("M/4", "2026-05-01", a1510="0.10", a3740="-0.10")
    result = AR_TIE_OUT.reconcile(given.books(), tolerant)
    assert sorted(found(result.findings)) == [("accumulated", "1510", "-0.60"), month]
    row = result.findings.filter(pl.col("rule") == "accumulated").row(0, named=True)
    assert row["explanation"] == (
        "Account 1510: the customer subledger differs within the tolerance of 0.50 SEK in each of 3 months until "
        "2026-05-31, but by -0.60 SEK in all (debit positive)."
    )
    assert row["evidence"] == [f"voucher 2026-01-01/M/{number}" for number in (1, 3, 4)]
    assert (row["date"], row["expected"], row["actual"]) == (
        dt.date(2026, 5, 31),
        Decimal("0.60"),
        Decimal("0.00"),
    )


def test_small_differences_that_cancel_are_no_finding(given: Any, settings: Any) -> None:
    given.voucher("M/1", "2026-02-01", a1510="0.50", a3740="-0.50")
    given.voucher("M/2", "2026-03-01", a1510="-0.50", a3740="0.50")
    tolerant = replace(settings, tolerance={"1510": Decimal("0.50")})
    assert AR_TIE_OUT.reconcile(given.books(), tolerant).findings.is_empty()


def test_each_control_account_is_tied_out_by_itself(given: Any, settings: Any, found: Any) -> None:
    """An invoice booked on 1511 by a company that uses both; its payment booked on 1510 by mistake."""
    given.controls.append(("customer", "1511"))
    given.voucher("A/1", "2026-02-10", a1511="100.00", a3001="-100.00")
    given.voucher("B/1", "2026-02-20", a1510="-100.00", a1930="100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1", account="1511")
    given.payment("customer", "1", "1", "2026-02-20", "100.00", "B/1", account="1511")
    assert found(AR_TIE_OUT.reconcile(given.books(), settings).findings) == [
        ("movement", "1510/2026-02", "100.00"),
        ("movement", "1511/2026-02", "-100.00"),
    ]


def test_broken_year_has_its_own_months(empty_books: Any, settings: Any, found: Any) -> None:
    given = empty_books.year("2025-05-01", "2026-04-30").year("2026-05-01", "2027-04-30")
    given.voucher("M/1", "2025-12-31", a1510="10.00", a3740="-10.00")
    given.voucher("M/2", "2026-05-01", a1510="20.00", a3740="-20.00")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [
        ("movement", "1510/2025-12", "-10.00"),
        ("movement", "1510/2026-05", "-20.00"),
    ]
    years = result.tables["recon.tie_outs"].filter(period="2026-05")["financial_year"].to_list()
    assert years == [dt.date(2026, 5, 1)]


def test_cash_method_is_compared_at_the_end_of_the_year_only(
    empty_books: Any, settings: Any, found: Any
) -> None:
    """During the year nothing stands on 1510; at its end the unpaid invoices are booked in one voucher."""
    given = empty_books.year(("2025-01-01"), "2025-12-31", method="cash").year(
        "2026-01-01", "2026-12-31", method="cash"
    )
    given.invoice("customer", "1", "2025-10-01", "400.00").invoice("customer", "2", "2026-02-01", "70.00")
    given.voucher("M/1", "2025-12-31", a1510="390.00", a3001="-390.00")
    given.locked_until = "2025-12-31"
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [("movement", "1510/2025-12", "10.00")]
    assert result.tables["recon.tie_outs"]["period"].to_list() == ["opening", "2025-12"]
    assert result.remarks == (
        "2025-01-01: cash method, compared at the end of the year only, once it is locked or seven months past",
        "2026-01-01: cash method, compared at the end of the year only, once it is locked or seven months past",
    )


@pytest.mark.parametrize(("night", "compared"), [("2026-08-02", False), ("2026-08-03", True)])
def test_cash_method_year_that_nobody_locked_is_compared_when_its_accounts_were_due(
    empty_books: Any, settings: Any, found: Any, night: str, compared: bool
) -> None:
    """Seven months after its end; until then the unpaid invoices need not be booked yet."""
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash").year("2026-01-01", "2026-12-31")
    given.invoice("customer", "1", "2025-10-01", "400.00")
    outcome = AR_TIE_OUT.reconcile(given.books(), replace(settings, as_of=dt.date.fromisoformat(night)))
    december = [("movement", "1510/2025-12", "400.00")]
    assert found(outcome.findings) == (december if compared else []), "nor is the accrual year after it"


def test_a_difference_behind_a_cash_year_that_opens_again_stands_until_it_is_compared_again(
    empty_books: Any, settings: Any
) -> None:
    """March differs; then the lock moves back into the cash year before, and nothing of either year is compared."""
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash").year("2026-01-01", "2026-12-31")
    given.voucher("M/1", "2026-03-10", a1510="5000.00", a3001="-5000.00")
    findings = None

    def night(day: str, locked_until: str, books: Any = given) -> tuple[pl.DataFrame, Any]:
        books.locked_until, as_of = locked_until, dt.date.fromisoformat(day)
        outcome = reconcile(books.books(), replace(settings, as_of=as_of))
        life = {name: getattr(outcome, name) for name in ("not_run", "halves", "not_judged", "resolutions")}
        after = carry_over(findings, outcome.findings, as_of=as_of, run_id=day, **life)
        return after.filter(pl.col("check").is_in(["ar_tie_out", "ar_divergence"])), outcome

    findings, _ = night("2026-05-20", "2025-12-31")
    march = set(findings.select("subject_key", "difference", "resolved_at").rows())
    assert march == {("1510/2026-03", Decimal("-5000.00"), None), ("1510", Decimal("-5000.00"), None)}

    findings, outcome = night("2026-05-21", "2025-11-30")
    assert set(findings.select("subject_key", "difference", "resolved_at").rows()) == march
    assert set(findings["last_seen"]) == {dt.date(2026, 5, 20)}
    assert outcome.remarks["ar_tie_out"] == (
        "2025-01-01: cash method, compared at the end of the year only, once it is locked or seven months past",
        "2026-01-01: not tied out until the cash-method year before it is locked or seven months past",
    )

    given.voucher("M/2", "2026-03-11", a1510="-5000.00", a3001="5000.00")
    findings, _ = night("2026-05-22", "2025-12-31")
    assert set(findings.filter(check="ar_tie_out")["resolved_at"]) == {dt.date(2026, 5, 22)}


def test_what_a_year_was_opened_with_stands_while_a_later_year_is_not_held(
    new_books: Any, settings: Any
) -> None:
    """100.00 nobody owes was brought into 2024; then the vouchers of 2025 are lost, and only 2026 is compared."""

    def three(*, held: bool) -> Any:
        given = new_books().year("2024-01-01", "2024-12-31")
        given.year("2025-01-01", "2025-12-31", has_vouchers=held).year("2026-01-01", "2026-12-31")
        given.balance("2024-01-01", "opening_balance", "1510", "100.00")
        given.voucher("A/1", "2024-06-05", a1510="-100.00", a1930="100.00")
        return given.invoice("customer", "1", "2026-02-01", "10.00").books()

    findings = None
    for run, held in (("1", True), ("2", False)):
        outcome = reconcile(three(held=held), settings)
        life = {name: getattr(outcome, name) for name in ("not_run", "halves", "not_judged", "resolutions")}
        findings = carry_over(findings, outcome.findings, as_of=settings.as_of, run_id=run, **life)
        told = findings.filter(pl.col("resolved_at").is_null(), check="ar_tie_out")
        of_2024 = told.filter(pl.col("financial_year") == dt.date(2024, 1, 1)).sort("subject_key")
        assert of_2024["subject_key"].to_list() == ["1510/2024-06", "1510/opening"], run


def test_years_before_a_gap_are_named_not_compared(empty_books: Any, settings: Any) -> None:
    given = empty_books.year("2024-01-01", "2024-12-31").year("2025-01-01", "2025-12-31", has_vouchers=False)
    given.year("2026-01-01", "2026-12-31").voucher("M/1", "2024-03-01", a1510="1.00", a3740="-1.00")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert [remark[:10] for remark in result.remarks] == ["2024-01-01", "2025-01-01"]
    assert result.not_judged.years == {dt.date(2024, 1, 1), dt.date(2025, 1, 1)}


@pytest.mark.parametrize(
    ("locked", "status"),
    [
        (None, ("provisional")),
        ("2026-02-27", "partially_locked"),
        ("2026-02-28", "final"),
        ("2026-03-31", "final"),
    ],
)
def test_period_status_follows_the_lock(given: Any, settings: Any, locked: str | None, status: str) -> None:
    given.locked_until = locked
    tie_outs = AR_TIE_OUT.reconcile(given.books(), settings).tables["recon.tie_outs"]
    assert tie_outs.filter(period="2026-02")["period_status"].to_list() == [status]


def _years_that_meet_within_march(books: Any) -> Any:
    """The first year ends on 15 March; both halves of the month differ, by 10 and by 20 kronor."""
    given = books.year("2025-03-16", "2026-03-15").year("2026-03-16", "2027-03-15")
    given.voucher("M/1", "2026-03-10", a1510="10.00", a3740="-10.00")
    return given.voucher("M/2", "2026-03-20", a1510="20.00", a3740="-20.00")


def test_years_that_meet_within_a_month_are_told_apart(empty_books: Any, settings: Any, found: Any) -> None:
    given = _years_that_meet_within_march(empty_books)
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [
        ("movement", "1510/2026-03", "-10.00"),
        ("movement", "1510/2026-03-16", "-20.00"),
    ]
    march = (
        result.tables["recon.tie_outs"]
        .filter(point="month_end")
        .filter(pl.col("period").str.starts_with("2026-03"))
    )
    assert march.select("period", "as_of", "financial_year").rows() == [
        ("2026-03", dt.date(2026, 3, 15), dt.date(2025, 3, 16)),
        ("2026-03-16", dt.date(2026, 3, 31), dt.date(2026, 3, 16)),
    ]


def test_every_check_runs_on_years_that_meet_within_a_month(empty_books: Any, settings: Any) -> None:
    given = _years_that_meet_within_march(empty_books)
    given.locked_until = "2026-03-20"
    given.month("2025-03-16", "1510", "2026-03", "11.00").month("2026-03-16", "1510", "2026-03", "21.00")
    findings = reconcile(given.books(), settings).findings
    assert findings["finding_id"].is_unique().all()
    ours = findings.filter(check="balance_roll_forward", rule="period_balance", account_number="1510")
    assert ours.height == 2


def _file_under_another_date(given: Any, name: str, date: str) -> None:
    """The voucher keeps its financial year; the file dates it outside."""
    for row in [given.vouchers[name], *given.rows]:
        if (row["voucher_series"], row["voucher_number"]) == tuple(name.split("/")):
            row["voucher_date"] = dt.date.fromisoformat(date)


@pytest.mark.parametrize(("filed", "counted"), [("2025-11-30", "2026-01-01"), ("2027-01-05", "2026-12-31")])
def test_voucher_dated_outside_its_year_counts_on_the_years_nearest_day(
    given: Any, settings: Any, found: Any, filed: str, counted: str
) -> None:
    given.voucher("M/1", "2026-02-01", a1510="10.00", a3740="-10.00")
    _file_under_another_date(given, "M/1", filed)
    run = replace(settings, as_of=dt.date(2027, 3, 1))
    result = AR_TIE_OUT.reconcile(given.books(), run)
    assert found(result.findings) == [("movement", f"1510/{counted[:7]}", "-10.00")]
    days = AR_DIVERGENCE.reconcile(given.books(), run).tables["recon.divergences"]
    assert [str(day) for day in days["date"]] == [counted]
    bridge = result.tables["recon.bridges"]
    assert [str(day) for day in bridge["date"]] == [counted]
    assert bridge["explanation"][0].startswith(f"Voucher M/1 of {filed} books 10.00 SEK"), "its own date"


def test_invoice_booked_by_a_voucher_dated_before_its_year_still_ties(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-01", a1510="10.00", a3001="-10.00")
    _file_under_another_date(given, "A/1", "2025-11-30")
    given.invoice("customer", "1", "2026-01-01", "10.00", "A/1")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert _balances(result)["opening"] == ("0.00", "0.00")


def test_year_without_a_stated_method_is_said_to_be_taken_for_accrual(
    empty_books: Any, settings: Any
) -> None:
    given = empty_books.year("2026-01-01", "2026-12-31", method=None)
    assert AR_TIE_OUT.reconcile(given.books(), settings).remarks == (
        "2026-01-01: no source states the accounting method, compared as an accrual year",
    )
