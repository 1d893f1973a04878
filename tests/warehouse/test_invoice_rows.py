"""Rows of invoices: newest first, within the budget of a night, and never of an invoice as it no longer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from fortnox_emulator import Emulator, Switches
from fortnox_emulator.model import Document, Side
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints import ENDPOINTS, Choice
from pipelines.fortnox.endpoints_by_record import Budget
from pipelines.fortnox.marks import Thrift
from pipelines.load import LoadResult
from pipelines.warehouse import open_warehouse
from tieout.completeness import certificate

DETAILS = {Side.CUSTOMER: "customer_invoice_details", Side.SUPPLIER: "supplier_invoice_details"}
#: Nothing but the lists the rows belong to, so that a night is short.
INVOICES_ONLY = Choice(without=frozenset(row.name for row in ENDPOINTS if "invoices" not in row.name))
#: Fewer than the invoices of one side, so that both sides wait.
BUDGET = 7


@dataclass
class Firm:
    """An emulated company and the warehouse its nights load."""

    emulator: Emulator
    company: CompanyDirectory
    load: Callable[..., LoadResult]

    def night(self, budget: int, **options: Any) -> tuple[LoadResult, list[tuple[Side, str]]]:
        """One load, and the invoices the emulator was asked for in it, in order."""
        before = len(self.emulator.traffic.records)
        loaded = self.load(budget=Budget(invoices=budget), choice=INVOICES_ONLY, **options)
        asked = [record.path.split("/") for record in self.emulator.traffic.records[before:]]
        sides = {"invoices": Side.CUSTOMER, "supplierinvoices": Side.SUPPLIER}
        return loaded, [(sides[at[2]], at[3]) for at in asked if len(at) == 4 and at[2] in sides]

    def frames(self) -> dict[str, pl.DataFrame]:
        with open_warehouse(self.company.warehouse_file) as warehouse:
            return warehouse.read_tables(["fortnox", "sie"])

    def held(self) -> set[tuple[Side, str]]:
        """The invoices whose rows are held; every one that has rows is among them."""
        frames = self.frames()
        found = set()
        for side, table in DETAILS.items():
            key = "document_number" if side is Side.CUSTOMER else "given_number"
            numbers = set(frames[f"fortnox.{table}"][key])
            assert set(frames[f"fortnox.{table.replace('details', 'rows')}"][key]) == numbers
            found |= {(side, number) for number in numbers}
        return found

    def newest(self) -> list[tuple[Side, str]]:
        """Booked invoices of both sides, the newest first."""
        booked = [
            d for documents in self.emulator.books.documents.values() for d in documents.values() if d.booked
        ]
        ordered = sorted(booked, key=lambda d: (d.day, int(d.number)), reverse=True)
        return [(d.side, d.number) for d in ordered]

    def days(self, invoices: list[tuple[Side, str]]) -> list[Any]:
        return sorted(self.document(*invoice).day for invoice in invoices)

    def document(self, side: Side, number: str) -> Document:
        return next(d for d in self.emulator.books.documents[side].values() if d.number == number)


@pytest.fixture
def emulator() -> Emulator:
    """A company of three months, so that a night is short."""
    return Emulator(seed=4, today=date(2024, 3, 22), switches=Switches(rate_limit=False))


@pytest.fixture
def firm(emulator: Emulator, company: CompanyDirectory, load: Callable[..., LoadResult]) -> Firm:
    return Firm(emulator, company, load)


def test_each_night_reads_the_newest_that_wait_and_keeps_what_it_has(firm: Firm) -> None:
    loaded, none = firm.night(0)
    assert none == [], "off by default"
    assert not [name for name in firm.frames() if "invoice_rows" in name or "invoice_details" in name]
    assert not [surface for surface in loaded.surfaces if "invoice_rows" in surface.surface]
    _, first = firm.night(BUDGET)
    loaded, second = firm.night(BUDGET)
    newest = firm.newest()
    assert len(first) == len(second) == BUDGET, "by the emulator's own count"
    assert firm.days(first) == firm.days(newest[:BUDGET])
    assert firm.days(second) == firm.days(newest[BUDGET : 2 * BUDGET])
    assert firm.held() == {*first, *second}
    rows = [
        r for r in certificate("acme", loaded, firm.frames()).to_dicts() if "invoice_rows" in r["surface"]
    ]
    assert {row["verdict"] for row in rows} == {"complete"}
    assert sum(row["rows_stated"] for row in rows) == len(newest)
    assert sum(row["rows_held"] for row in rows) == 2 * BUDGET
    assert all("without rows; raise invoice_details_per_night" in row["why"] for row in rows)


def test_when_all_are_read_nothing_waits_and_rows_add_up(firm: Firm) -> None:
    firm.night(10_000)
    loaded, asked = firm.night(10_000, full=True)
    assert asked == []
    changes, asked = firm.night(10_000, thrift=Thrift(full_every_days=1000, whole_pages=0))
    assert asked == [], "an invoice held from an earlier night is told as one that is listed"
    ways = {surface.surface: [listing.way for listing in surface.listings] for surface in changes.surfaces}
    assert ways["customer_invoices"] == ways["supplier_invoices"] == ["changes"]
    frames = firm.frames()
    assert firm.held() == set(firm.newest())
    rows = certificate("acme", loaded, frames).filter(pl.col("surface").str.ends_with("invoice_rows"))
    assert rows["why"].to_list() == [None, None]
    table = frames["fortnox.customer_invoice_rows"]
    sums = dict(table.group_by("document_number").agg(pl.col("total").sum()).iter_rows())
    for side, number in firm.newest():
        if side is Side.CUSTOMER:
            net = sum(line.net for line in firm.document(side, number).lines)
            assert sums[number] == Decimal(net) / 100
    postings = (
        frames["fortnox.supplier_invoice_rows"]
        .group_by("given_number")
        .agg(pl.col("debit").sum() - pl.col("credit").sum())
    )
    assert set(postings["debit"]) == {Decimal(0)}, "a posting balances"


def test_rows_of_a_changed_or_vanished_invoice_go_and_a_sent_one_is_not_asked_again(firm: Firm) -> None:
    firm.night(4 * BUDGET)
    before = firm.held()
    mine = [number for side, number in firm.newest() if (side, number) in before and side is Side.CUSTOMER]
    newer, sent, gone, older = (firm.document(Side.CUSTOMER, number) for number in mine[:4])
    newer.cost_center = older.cost_center = "C9"
    sent.sent = not sent.sent
    del firm.emulator.books.documents[Side.CUSTOMER][gone.number]
    assert firm.night(1)[1] == [(Side.CUSTOMER, newer.number)]
    assert firm.held() == before - {(Side.CUSTOMER, gone.number), (Side.CUSTOMER, older.number)}
    rows = firm.frames()["fortnox.customer_invoice_rows"]
    assert set(rows.filter(pl.col("document_number") == newer.number)["cost_center"]) == {"C9"}


def test_rows_of_a_load_that_was_cut_off_are_read_again(firm: Firm) -> None:
    firm.night(BUDGET)
    with duckdb.connect(str(firm.company.warehouse_file)) as connection:
        connection.execute("UPDATE fortnox.customer_invoice_rows SET _dlt_load_id = 'cut off'")
        connection.execute("UPDATE fortnox.supplier_invoice_rows SET _dlt_load_id = 'cut off'")
    _, again = firm.night(BUDGET)
    assert firm.days(again) == firm.days(firm.newest()[:BUDGET])
    assert firm.held() == set(again)
