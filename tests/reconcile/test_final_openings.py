"""What a final year opens with is remembered: an opening balance that changed without a voucher is a restatement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from transforms.finality import MEMORY_TABLES, Memory
from transforms.findings import carry_over
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings
from transforms.tables import FINAL_OPENINGS

BANK = ("opening_balance", "2025-01-01/1930")
EQUITY = ("opening_balance", "2025-01-01/2081")


@dataclass
class Nights:
    """One run a day, each beside what the one before left."""

    as_of: dt.date = dt.date(2026, 6, 15)
    memory: Memory = field(default_factory=Memory)
    findings: pl.DataFrame | None = None
    outcome: Outcome | None = None

    def run(self, books: Any) -> list[tuple[str, str]]:
        """Tonight's open restatements as (rule, subject)."""
        settings = Settings("testbolaget", self.as_of)
        self.outcome = reconcile(books, settings, self.memory)
        self.findings = carry_over(
            self.findings,
            self.outcome.findings,
            as_of=self.as_of,
            run_id=f"run {self.as_of}",
            not_run=self.outcome.not_run,
            resolutions=self.outcome.resolutions,
        )
        self.memory = Memory(**{t.name: self.outcome.tables[t.qualified_name] for t in MEMORY_TABLES})
        self.as_of += dt.timedelta(days=1)
        return self.restated.select("rule", "subject_key").rows()

    @property
    def restated(self) -> pl.DataFrame:
        assert self.findings is not None
        is_open = pl.col("resolved_at").is_null() & (pl.col("check") == "restatements")
        return self.findings.filter(is_open).sort("subject_key")

    def remarks(self) -> tuple[str, ...]:
        assert self.outcome is not None
        return tuple(self.outcome.remarks.get("restatements", ()))

    def status(self, period: str) -> str:
        assert self.outcome is not None
        periods = self.outcome.tables["recon.periods"]
        of_period = periods.filter(pl.col("period") == dt.date.fromisoformat(period))
        return str(of_period["status"].item())


@pytest.fixture
def nights(only_what_is_remembered: None) -> Nights:
    return Nights()


@pytest.fixture
def books(new_books: Callable[[], Any]) -> Callable[..., Any]:
    """Two years, locked to March of the second. The first opens with 100 in the bank, of which 80 of rent go; the
    second opens with what the first closed with. Arguments say what differs."""

    def made(
        bank: str = "100.00",
        rent: str = "80.00",
        second: str | None = None,
        locked: str | None = "2026-03-31",
        late: str = "",
        stated: bool = True,
    ) -> Any:
        given = new_books().year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
        given.locked_until = locked
        given.voucher("A/1", "2025-02-05", a5010=rent, a1930=f"-{rent}")
        if late:
            given.voucher("Å/1", "2025-12-31", a8999=late, a1930=f"-{late}")
        closed = f"{Decimal(bank) - Decimal(rent) - Decimal(late or 0)}"
        if stated:
            given.balance("2025-01-01", "opening_balance", "1930", bank)
            given.balance("2025-01-01", "opening_balance", "2081", f"-{bank}")
            given.balance("2025-01-01", "result_balance", "5010", rent)
            given.balance("2026-01-01", "opening_balance", "1930", second or closed)
            given.balance("2026-01-01", "opening_balance", "2081", f"-{bank}")
        return given.books()

    return made


def test_an_opening_balance_that_changed_is_one_restatement_per_account_until_it_is_undone(
    nights: Nights, books: Any
) -> None:
    """Bank and equity of the first year held: no voucher and no other check would say anything."""
    assert nights.run(books()) == []
    assert nights.run(books(bank="150.00")) == [BANK, EQUITY]
    assert nights.restated["explanation"][0] == (
        "Account 1930 opens the year from 2025-01-01 differently although 2025-01 was final on 2026-06-15: "
        "the opening balance was 100.00 SEK; now 150.00 SEK (debit positive)."
    )
    figures = nights.restated.select(pl.col("expected", "actual", "difference").cast(pl.String))
    assert figures.rows() == [("100.00", "150.00", "50.00"), ("-100.00", "-150.00", "-50.00")]
    assert (nights.status("2025-01-01"), nights.status("2025-02-01")) == ("restated", "final")
    assert nights.run(books(bank="150.00")) == [BANK, EQUITY], "it stays until undone"
    assert nights.run(books()) == []
    assert nights.status("2025-01-01") == "final"
    assert nights.findings is not None
    assert set(nights.findings.filter(pl.col("check") == "restatements")["resolved_by"]) == {
        "it is again as it was when its period was first seen final in the run of 2026-06-18"
    }


def test_a_year_that_only_follows_the_year_before_is_told_there(nights: Nights, books: Any) -> None:
    nights.run(books())
    assert nights.run(books(rent="90.00")) == [("changed", "2025-01-01/A/1")]
    assert nights.status("2026-01-01") == "final"


def test_a_closing_voucher_booked_late_is_no_restatement_of_the_next_years_opening(
    nights: Nights, books: Any
) -> None:
    nights.run(books())
    assert nights.run(books(late="5.00")) == [("appeared", "2025-01-01/Å/1")]


@pytest.mark.parametrize(
    ("second", "rent", "expected"),
    [
        ("21.00", "80.00", [("opening_balance", "2026-01-01/1930")]),
        ("20.00", "90.00", [("changed", "2025-01-01/A/1")]),
        ("11.00", "90.00", [("changed", "2025-01-01/A/1"), ("opening_balance", "2026-01-01/1930")]),
    ],
    ids=["the year before stands", "the opening stands", "they change by different amounts"],
)
def test_a_later_year_that_opens_otherwise_than_the_year_before_closes(
    nights: Nights, books: Any, second: str, rent: str, expected: list[Any]
) -> None:
    nights.run(books())
    assert nights.run(books(second=second, rent=rent)) == expected


def test_a_change_made_while_the_books_were_open_again_is_told(nights: Nights, books: Any) -> None:
    nights.run(books())
    assert nights.run(books(bank="150.00", locked=None)) == [BANK, EQUITY]


@pytest.mark.parametrize("locked", [None, "2025-01-30"], ids=["nothing locked", "the first month in part"])
def test_what_a_year_without_a_final_month_opens_with_may_change(
    nights: Nights, books: Any, locked: str | None
) -> None:
    nights.run(books(locked=locked))
    assert nights.run(books(bank="150.00", locked=locked)) == []
    assert nights.memory.final_openings.is_empty()


def test_an_account_that_came_into_a_year_that_opened_with_nothing(nights: Nights, new_books: Any) -> None:
    def opened(*accounts: str) -> Any:
        given = new_books().year("2026-01-01", "2026-12-31")
        given.locked_until = "2026-03-31"
        given.voucher("A/1", "2026-02-05", a5010="80.00", a1930="-80.00")
        given.balance("2026-01-01", "result_balance", "5010", "80.00")
        for account in accounts:
            given.balance("2026-01-01", "opening_balance", account, "7.00")
        return given.books()

    nights.run(opened())
    assert nights.run(opened("1930")) == [("opening_balance", "2026-01-01/1930")]


def test_a_memory_without_opening_balances_compares_none_and_says_so_once(nights: Nights, books: Any) -> None:
    """A warehouse of an older version: the first night remembers, the next compares."""
    nights.run(books())
    nights.memory = replace(nights.memory, final_openings=FINAL_OPENINGS.empty())
    assert nights.run(books(bank="150.00")) == []
    assert nights.remarks() == tuple(
        f"{year}-01-01: opening balances not compared, earlier runs that saw a final period did not remember them"
        for year in (2025, 2026)
    )
    assert nights.run(books(bank="150.00")) == []
    assert nights.remarks() == ()
    assert nights.run(books(bank="160.00")) == [BANK, EQUITY]


def test_a_file_that_states_no_balances_is_no_evidence(nights: Nights, books: Any) -> None:
    nights.run(books())
    assert nights.run(books(stated=False)) == []
    assert nights.remarks() == tuple(
        f"{year}-01-01: opening balances not compared, the file states no balances" for year in (2025, 2026)
    )
    assert nights.run(books(bank="150.00")) == [BANK, EQUITY]


def test_the_year_before_that_is_no_longer_held_explains_nothing(nights: Nights, books: Any) -> None:
    def without_first(made: Any) -> Any:
        first = pl.col("financial_year") == dt.date(2025, 1, 1)
        names = ("financial_years", "vouchers", "voucher_rows", "account_balances", "periods")
        return replace(made, **{name: getattr(made, name).filter(~first) for name in names})

    nights.run(books())
    assert nights.run(without_first(books())) == []
    assert nights.run(without_first(books(rent="90.00"))) == [("opening_balance", "2026-01-01/1930")]
