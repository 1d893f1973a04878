"""The first day of divergence, and every day after it on which the difference changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.reconciliations.ap_divergence import AP_DIVERGENCE
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE


def test_books_that_agree_never_part(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-02-10", a1510="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-10", "100.00", "A/1")
    result = AR_DIVERGENCE.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert result.tables["recon.divergences"].is_empty()


def test_first_day_and_every_change_after_it(given: Any, settings: Any, found: Any) -> None:
    given.voucher("M/1", "2026-02-10", a1510="30.00", a3740="-30.00")
    given.voucher("M/2", "2026-02-12", a1510="5.00", a3740="-5.00")
    given.voucher("M/3", "2026-04-01", a1510="-35.00", a3740="35.00")
    result = AR_DIVERGENCE.reconcile(given.books(), settings)
    assert found(result.findings) == [("first_day", "1510", "-30.00")]
    assert result.findings["explanation"][0].endswith(
        "The difference changed on 2 later days and is now 0.00 SEK."
    )
    days = result.tables["recon.divergences"].select("date", "arisen", "difference", "causes").rows()
    assert [(str(day), str(arisen), str(gap)) for day, arisen, gap, _ in days] == [
        ("2026-02-10", "-30.00", "-30.00"),
        ("2026-02-12", "-5.00", "-35.00"),
        ("2026-04-01", "35.00", "0.00"),
    ]
    assert json.loads(days[0][3]) == ["manual_voucher"]


def test_terms_of_one_day_that_cancel_are_no_divergence(given: Any, settings: Any) -> None:
    given.voucher(("M/1"), "2026-02-10", a1510="30.00", a3740="-30.00").voucher(
        "M/2", "2026-02-10", a1510="-30.00", a3740="30.00"
    )
    assert AR_DIVERGENCE.reconcile(given.books(), settings).findings.is_empty()


def test_difference_brought_in_stands_on_the_day_before_the_first_year(given: Any, settings: Any) -> None:
    given.balance("2026-01-01", "opening_balance", "2440", "-900.00")
    days = AP_DIVERGENCE.reconcile(given.books(), settings).tables["recon.divergences"]
    assert days["date"].to_list() == [dt.date(2025, 12, 31)]


def test_cash_year_parts_at_its_end(empty_books: Any, settings: Any) -> None:
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash")
    given.invoice("customer", "1", "2025-10-01", "400.00").voucher(
        "M/1", "2025-12-31", a1510="390.00", a3001="-390.00"
    )
    given.locked_until = "2025-12-31"
    days = AR_DIVERGENCE.reconcile(given.books(), settings).tables["recon.divergences"]
    assert [(str(day), str(arisen)) for day, arisen in days.select(("date"), "arisen").iter_rows()] == [
        ("2025-12-31", "10.00")
    ]


@pytest.mark.parametrize(("check", "side"), [(AR_DIVERGENCE, "customer"), (AP_DIVERGENCE, "supplier")])
def test_planted_difference_is_dated_on_its_day_for_each_day_of_a_year(
    new_books: Callable[[], Any], settings: Any, check: Any, side: str
) -> None:
    """One control account per day: sound all year but for a voucher of that day, and one nine days later."""
    days = {str(1000 + offset): dt.date(2026, 1, 1) + dt.timedelta(days=offset) for offset in range(365)}
    given, last = new_books().year("2026-01-01", "2026-12-31"), dt.date(2026, 12, 31)
    for account, day in days.items():
        given.voucher(f"M/{account}", str(day), **{f"a{account}": "1.00", "a3740": "-1.00"})
        later = day + dt.timedelta(days=9)
        if later <= last:
            given.voucher(f"N/{account}", str(later), **{f"a{account}": "2.00", "a3740": "-2.00"})
    books = given.books()
    accounts = pl.DataFrame({"account_number": list(days)}).join(
        books.control_accounts.filter(pl.col("subledger") == side).drop("account_number"), how="cross"
    )
    books = replace(books, control_accounts=accounts.select(books.control_accounts.columns))
    result = check.reconcile(books, replace(settings, as_of=last))
    told = result.tables["recon.divergences"].sort("date").group_by("control_account").first()
    assert dict(told.select("control_account", "date").iter_rows()) == days
    assert set(told["arisen"]) == {Decimal("-1.00")}
    firsts = result.findings.filter(pl.col("rule") == "first_day").select("subject_key", "explanation")
    assert {
        key: f" subledger on {day}, by -1.00 SEK: " in text
        for (key, text), day in zip(firsts.sort("subject_key").iter_rows(), days.values(), strict=True)
    } == dict.fromkeys(days, True)
