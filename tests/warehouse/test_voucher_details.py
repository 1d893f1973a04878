"""Vouchers on which the voucher list and the SIE file differ are asked about singly, within the night's budget."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import duckdb
import polars as pl
import pytest

from fortnox_emulator import Emulator, Switches
from fortnox_emulator.model import Voucher
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints import ENDPOINTS, Choice
from pipelines.fortnox.endpoints_by_record import Budget
from pipelines.fortnox.marks import Tonight
from pipelines.fortnox.voucher_details import Doubt, HeldAnswer, Standing
from pipelines.load import LoadResult
from pipelines.plan import plan_from_last_load
from pipelines.warehouse import open_warehouse
from tieout.completeness import certificate

#: Nothing but the two witnesses, and the lock whose answer says what day it is, so that a night is short.
WITNESSES_ONLY: Final = Choice(
    without=frozenset(row.name for row in ENDPOINTS) - {"locked_period", "financial_years", "vouchers", "sie"}
)
DISCORDS: Final = ("voucher_unlisted", "voucher_unexported", "voucher_other_day", "voucher_other_text")


@dataclass
class Firm:
    """An emulated company and the warehouse its nights load."""

    emulator: Emulator
    company: CompanyDirectory
    load: Callable[..., LoadResult]

    def night(self, budget: int, **options: Any) -> tuple[LoadResult, list[str]]:
        """One load, and the vouchers the emulator was asked for in it."""
        before = len(self.emulator.traffic.records)
        loaded = self.load(budget=Budget(vouchers=budget), choice=WITNESSES_ONLY, **options)
        paths = [record.path for record in self.emulator.traffic.records[before:]]
        return loaded, [
            path.removeprefix("/3/vouchers/") for path in paths if path.startswith("/3/vouchers/")
        ]

    def frames(self) -> dict[str, pl.DataFrame]:
        with open_warehouse(self.company.warehouse_file) as warehouse:
            return warehouse.read_tables(["fortnox", "sie"])

    def held(self) -> dict[str, dict[str, Any]]:
        """The answers held, by series/number."""
        rows = self.frames()["fortnox.voucher_details"].to_dicts()
        return {f"{row['voucher_series']}/{row['voucher_number']}": row for row in rows}

    def vouchers(self, names: Collection[str]) -> dict[str, Voucher]:
        """What the emulator has booked under each series/number."""
        booked = self.emulator.books.vouchers.values()
        named = {f"{voucher.key.series}/{voucher.key.number}": voucher for voucher in booked}
        return {name: named[name] for name in names}

    def doubted(self) -> dict[str, str]:
        """series/number of the vouchers the emulator's books say the two differ on, with who has them."""
        discords = self.emulator.books.discords
        known = [(key, "sie") for key in discords.unlisted] + [(key, "list") for key in discords.unexported]
        known += [(key, "both") for key in (*discords.days, *discords.texts)]
        return {f"{key.series}/{key.number}": known_to for key, known_to in known}


@pytest.fixture
def emulator() -> Emulator:
    """A company of three months."""
    return Emulator(seed=4, today=date(2024, 3, 22), switches=Switches(rate_limit=False))


@pytest.fixture
def firm(emulator: Emulator, company: CompanyDirectory, load: Callable[..., LoadResult]) -> Firm:
    return Firm(emulator, company, load)


def test_vouchers_in_doubt_are_asked_about_until_the_witnesses_agree(firm: Firm) -> None:
    for discord in DISCORDS:
        firm.emulator.plant(discord)
    doubted, discords = firm.doubted(), firm.emulator.books.discords
    assert len(doubted) == len(DISCORDS)
    loaded, first = firm.night(3)
    (row,) = certificate("acme", loaded, firm.frames()).filter(surface="voucher_details").to_dicts()
    assert (row["verdict"], row["rows_stated"], row["rows_held"]) == ("complete", 4, 3)
    assert row["why"] == "1 doubted voucher not asked about; raise voucher_details_per_night"

    (planned,) = plan_from_last_load(firm.company, Choice(), Budget(vouchers=25)).surfaces[-1:]
    assert (planned.surface, planned.requests) == ("voucher_details", 4)

    _, second = firm.night(3)
    assert (len(first), len(second)) == (3, 1)
    assert {*first, *second} == doubted.keys()
    held, rows = firm.held(), firm.frames()["fortnox.voucher_detail_rows"]
    assert {name: answer["known_to"] for name, answer in held.items()} == doubted
    for name, voucher in firm.vouchers(doubted).items():
        assert held[name]["found"]
        assert (held[name]["transaction_date"], held[name]["description"]) == (voucher.day, voucher.text)
        mine = rows.filter(voucher_series=voucher.key.series, voucher_number=voucher.key.number)
        booked = [int((row["debit"] - row["credit"]) * 100) for row in mine.sort("position").to_dicts()]
        assert booked == [row.amount for row in voucher.rows]

    discords.texts.clear()
    assert firm.night(3)[1] == [], "what was answered is not asked about again"
    assert firm.held().keys() == firm.doubted().keys()
    assert len(firm.held()) == 3, "and an answer goes with its doubt"

    discords.unexported.clear()
    discords.days.clear()
    firm.emulator.switches.voucher_as_listed = True
    with duckdb.connect(str(firm.company.warehouse_file)) as connection:
        connection.execute("UPDATE fortnox.voucher_details SET _dlt_load_id = 'cut off'")
    (unlisted,) = firm.doubted()
    assert firm.night(3)[1] == [unlisted], "answers of a load that was cut off are asked for again"
    answer = firm.held()
    assert (answer.keys(), answer[unlisted]["found"]) == ({unlisted}, False), (
        "that there is none is an answer"
    )
    assert firm.frames()["fortnox.voucher_detail_rows"].is_empty()


def doubt(number: str, said: str = "said") -> Doubt:
    return Doubt("1", "A", number, "both", said)


def test_new_doubts_come_before_answers_due_again_and_what_cannot_be_asked_waits() -> None:
    """A/1 is answered, A/2 was answered long ago, A/3 and A/4 are new, A/5 says other than it did, A/6 is settled."""
    long_ago, lately = HeldAnswer("said", date(2026, 1, 1)), HeldAnswer("said", date(2026, 3, 1))
    held = {("1", "A", number): lately for number in "156"} | {("1", "A", "2"): long_ago}
    tonight = Tonight(began=datetime(2026, 3, 2, tzinfo=UTC))
    doubts = [doubt("1"), doubt("2"), doubt("3"), doubt("4"), doubt("5", "other"), doubt("8b")]
    standing = Standing.of(doubts, held, 4, tonight)
    assert [one.number for one in standing.asked] == ["3", "4", "5", "2"]
    assert {number for *_, number in standing.staying} == {"1"}
    assert {number for *_, number in standing.going} == {"2", "5", "6"}
    tight = Standing.of(doubts, held, 1, tonight)
    assert [one.number for one in tight.asked] == ["3"]
    assert {number for *_, number in tight.staying} == {"1", "2"}, (
        "an answer stays until its turn comes again"
    )
    assert not tight.quiet
    assert Standing.of([doubt("1")], {("1", "A", "1"): lately}, 4, tonight).quiet
