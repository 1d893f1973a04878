"""The history of every record, told from two nights' raw tables and nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.companies import CompanyDirectory
from pipelines.history import after_load, before_load, columns_out_of_sight
from pipelines.publish import publish
from pipelines.record_changes import CHANGES, RECORDS, OutOfSight, Sighting, State, write_changes
from pipelines.warehouse import Warehouse, open_warehouse
from tieout.descriptions import column_types, published_tables
from transforms.tables import HISTORY

Row = dict[str, Any]
Raw = Mapping[str, list[Row]]
#: (record_key, change, field, before, after) of one night
Event = tuple[str, str, str, str | None, str | None]

TYPES = {
    "balance": pl.Decimal(18, 2), "amount": pl.Decimal(18, 2), "balance_brought_forward": pl.Decimal(18, 2),
    "amount_currency": pl.Decimal(18, 2), "quantity": pl.Decimal(18, 6),
    "next_voucher_number": pl.Int64, "voucher_position": pl.Int64, "row_number": pl.Int64, "active": pl.Boolean,
    "detail_fetched": pl.Boolean, "booked": pl.Boolean,
    "due_date": pl.Date, "end_date": pl.Date, "voucher_date": pl.Date, "financial_year": pl.Date,
}  # fmt: skip


def frame(rows: list[Row], columns: list[str]) -> pl.DataFrame:
    named = ["company_id", *columns]
    return pl.DataFrame(
        [{"company_id": "acme", **row} for row in rows],
        schema={name: TYPES.get(name, pl.String) for name in named},
    )


@dataclass
class Nights:
    """Nights of a company whose raw tables are given by hand; each night is numbered from 1."""

    company: CompanyDirectory
    number: int = 0
    columns: dict[str, list[str]] = field(default_factory=dict)

    def sighting(self) -> Sighting:
        self.number += 1
        return Sighting(
            f"run{self.number}", f"2026-01-{self.number:02}T22:00:00Z", date(2026, 1, self.number)
        )

    def load(self, warehouse: Warehouse, raw: Raw) -> None:
        """Replace the raw tables given; the others stay. A table keeps the columns it once had."""
        frames = {}
        for table, rows in raw.items():
            known = self.columns.setdefault(table, [])
            known.extend(name for row in rows for name in row if name not in known)
            frames[table] = frame(rows, list(dict.fromkeys(known)))
        warehouse.write_tables(frames)

    def begin(self, raw: Raw) -> Sighting:
        """The first part of a night that ends before the comparison."""
        sighting = self.sighting()
        with open_warehouse(self.company.warehouse_file) as warehouse:
            before_load(warehouse, self.company, sighting)
            self.load(warehouse, raw)
        return sighting

    def compare(self, sighting: Sighting, unread: set[str], hidden: Mapping[str, set[str]]) -> None:
        with open_warehouse(self.company.warehouse_file) as warehouse:
            after_load(warehouse, self.company, sighting, unread=unread, out_of_sight=hidden)

    def publish(self, unread: set[str] | None = None) -> None:
        tables = [t for t in published_tables() if f"{t.schema}.{t.name}" not in (unread or set())]
        publish(self.company, tables, keep=2)

    def __call__(
        self, raw: Raw, *, unread: set[str] | None = None, hidden: Mapping[str, set[str]] | None = None
    ) -> list[Event]:
        """One whole night; returns what it noticed."""
        sighting = self.begin(raw)
        self.compare(sighting, unread or set(), hidden or {})
        self.publish(unread)
        return self.events(sighting.run_id)

    def events(self, run_id: str | None = None) -> list[Event]:
        with open_warehouse(self.company.warehouse_file) as warehouse:
            return warehouse.connection.execute(
                "SELECT record_key, change, field, before, after FROM history.changes"
                " WHERE run_id = coalesce(?, run_id) ORDER BY seen_at, table_name, record_key, field",
                [run_id],
            ).fetchall()


@pytest.fixture
def nights(company: CompanyDirectory) -> Nights:
    with company.exclusively():
        return Nights(company)


def invoices(**balances: str) -> dict[str, list[Row]]:
    return {
        "fortnox.customer_invoices": [
            {
                "document_number": number.removeprefix("no"),
                "balance": Decimal(balance),
                "due_date": date(2026, 2, 1),
            }
            for number, balance in balances.items()
        ]
    }


def test_the_first_night_is_where_the_history_begins(nights: Nights) -> None:
    assert nights(invoices(no1="10.00", no2="0.00")) == []
    assert nights(invoices(no1="10.00", no2="0.00")) == []


def test_a_changed_field_is_kept_with_the_values_before_and_after(nights: Nights) -> None:
    nights(invoices(no1="12500.00", no2="0.00"))
    assert nights(invoices(no1="0.00", no2="0.00")) == [("1", "changed", "balance", "12500.00", "0.00")]


def test_a_new_record_has_appeared(nights: Nights) -> None:
    nights(invoices(no1="10.00"))
    assert nights(invoices(no1="10.00", no2="7.00")) == [("2", "appeared", "", None, None)]


def test_a_vanished_record_is_kept_whole_and_one_that_comes_back_has_returned(nights: Nights) -> None:
    nights(invoices(no1="10.00", no2="7.00"))
    ((key, change, column, before, after),) = nights(invoices(no1="10.00"))
    assert (key, change, column, after) == ("2", "vanished", "", None)
    assert json.loads(before or "") == {"document_number": "2", "balance": "7.00", "due_date": "2026-02-01"}
    assert nights(invoices(no1="10.00", no2="8.00")) == [("2", "returned", "", None, None)]
    assert nights(invoices(no1="10.00")) == [
        ("2", "vanished", "", '{"document_number":"2","balance":"8.00","due_date":"2026-02-01"}', None)
    ]


def test_a_table_that_is_suddenly_empty_has_lost_every_record(nights: Nights) -> None:
    nights(invoices(no1="10.00", no2="7.00"))
    assert [event[:2] for event in nights(invoices())] == [("1", "vanished"), ("2", "vanished")]


def test_a_surface_not_read_tonight_loses_nothing_and_is_compared_with_when_it_was_last_read(
    nights: Nights,
) -> None:
    nights(invoices(no1="10.00", no2="7.00"))
    unread = {"fortnox.customer_invoices"}
    assert nights({}, unread=unread) == []
    assert nights({}, unread=unread) == []
    assert [event[:3] for event in nights(invoices(no1="9.00"))] == [
        ("1", "changed", "balance"),
        ("2", "vanished", ""),
    ]


def test_a_table_first_read_later_begins_then(nights: Nights) -> None:
    nights(invoices(no1="10.00"))
    empty = {"fortnox.suppliers": [], **invoices(no1="10.00")}
    nights.columns["fortnox.suppliers"] = ["supplier_number", "bg"]
    assert nights(empty, unread={"fortnox.suppliers"}) == [], (
        "a surface without licence leaves an empty table"
    )
    supplier = {"supplier_number": "7", "bg": "123-4567"}
    assert nights({"fortnox.suppliers": [supplier]}) == []
    assert nights({"fortnox.suppliers": [{**supplier, "bg": "999-9999"}]}) == [
        ("7", "changed", "bg", "123-4567", "999-9999")
    ]


def test_a_column_that_the_product_adds_has_changed_no_record(nights: Nights) -> None:
    nights(invoices(no1="10.00", no2="7.00"))
    (rows,) = invoices(no1="10.00", no2="6.00").values()
    with_ocr = {"fortnox.customer_invoices": [{**row, "ocr": f"ocr{row['document_number']}"} for row in rows]}
    assert nights(with_ocr) == [
        ("", "column", "ocr", None, None),
        ("2", "changed", "balance", "7.00", "6.00"),
    ]
    assert nights(with_ocr) == []


def test_a_field_that_fortnox_adds_has_changed_no_record_and_then_is_a_field_like_others(
    nights: Nights,
) -> None:
    def supplier(unknown: dict[str, str] | None) -> dict[str, list[Row]]:
        return {
            "fortnox.suppliers": [
                {"supplier_number": number, "unknown_fields": unknown and json.dumps(unknown)}
                for number in "12"
            ]
        }

    nights(supplier(None))
    assert nights(supplier({'Tag\'s "x"/~': "a"})) == [
        ("", "column", 'unknown_fields.Tag\'s "x"/~', None, None)
    ]
    assert nights(supplier({'Tag\'s "x"/~': "b"})) == [
        (number, "changed", 'unknown_fields.Tag\'s "x"/~', "a", "b") for number in "12"
    ]


def test_a_withheld_field_is_hidden_and_shown_again_not_changed(nights: Nights) -> None:
    def supplier(giro: str | None, name: str = "Bagarn") -> dict[str, list[Row]]:
        return {"fortnox.suppliers": [{"supplier_number": "7", "name": name, "bg": giro}]}

    withheld = columns_out_of_sight({"suppliers.BG": 1}, {})
    assert withheld == {"fortnox.suppliers": {"bg"}}
    nights(supplier(None), hidden=withheld)
    assert nights(supplier("1-1")) == [("7", "shown", "bg", None, "1-1")]
    assert nights(supplier(None, "Bagare"), hidden=withheld) == [
        ("7", "hidden", "bg", "1-1", None), ("7", "changed", "name", "Bagarn", "Bagare")
    ]  # fmt: skip
    assert nights(supplier(None, "Bagare")) == [], "nobody has seen it yet"
    assert nights(supplier("2-2", "Bagare")) == [("7", "shown", "bg", None, "2-2")]
    assert nights(supplier(None, "Bagare")) == [("7", "changed", "bg", "2-2", None)]


def test_a_payment_whose_detail_is_fetched_has_not_changed(nights: Nights) -> None:
    def payment(fetched: bool, in_currency: str | None, booked: bool = False) -> dict[str, list[Row]]:
        amount = in_currency and Decimal(in_currency)
        row = {"number": "5", "booked": booked, "amount_currency": amount, "detail_fetched": fetched}
        return {"fortnox.customer_payments": [row]}

    nights(payment(False, None))
    assert nights(payment(True, "9.50", booked=True)) == [
        ("5", "shown", "amount_currency", None, "9.50"),
        ("5", "changed", "booked", "false", "true"),
        ("5", "shown", "detail_fetched", "false", "true"),
    ]
    assert nights(payment(True, "9.40", booked=True)) == [("5", "changed", "amount_currency", "9.50", "9.40")]


def test_the_next_voucher_number_going_down_is_there_to_be_found(nights: Nights) -> None:
    def series(following: int | None) -> dict[str, list[Row]]:
        return {"fortnox.voucher_series": [{"year": "3", "code": "A", "next_voucher_number": following}]}

    nights(series(17))
    assert nights(series(15)) == [("3/A", "changed", "next_voucher_number", "17", "15")]
    assert nights(series(None)) == [("3/A", "hidden", "next_voucher_number", "15", None)], (
        "not asked of a locked year"
    )


def test_a_key_of_several_parts_is_told_apart_whatever_the_parts_hold(nights: Nights) -> None:
    def series(code: str, year: str) -> Row:
        return {"year": year, "code": code, "description": f"{year}{code}"}

    nights({"fortnox.voucher_series": [series("B/C", "A"), series("C", "A/B"), series("D", "A")]})
    gone = nights({"fortnox.voucher_series": [series("D", "A")]})
    assert [event[:2] for event in gone] == [(r"A/B\/C", "vanished"), (r"A\/B/C", "vanished")]


def test_a_table_of_one_record_is_named_after_the_company(nights: Nights) -> None:
    nights({"fortnox.locked_period": [{"end_date": date(2026, 1, 31)}]})
    assert nights({"fortnox.locked_period": [{"end_date": None}]}) == [
        ("acme", "changed", "end_date", "2026-01-31", None)
    ]


YEAR = date(2026, 1, 1)


def sie(*vouchers: tuple[str, str, list[tuple[str, str]]], file: str) -> dict[str, list[Row]]:
    """A year's SIE file of (number, text, [(account, amount)])."""
    heads, rows = [], []
    for position, (number, text, booked) in enumerate(vouchers, start=1):
        in_file = {"financial_year": YEAR, "file_id": file, "voucher_position": position}
        heads.append(
            {**in_file, "voucher_series": "A", "voucher_number": number, "voucher_date": YEAR, "text": text}
        )
        for row, (account, amount) in enumerate(booked, start=1):
            rows.append(
                {
                    **in_file,
                    "row_number": row,
                    "kind": "row",
                    "account_number": account,
                    "amount": Decimal(amount),
                }
            )
    return {
        "sie.files": [{"financial_year": YEAR, "file_id": file}],
        "sie.vouchers": heads,
        "sie.voucher_rows": rows,
    }


def test_a_sie_voucher_is_one_record_with_its_rows_wherever_it_stands_in_the_file(nights: Nights) -> None:
    sale = ("2", "Sale", [("1510", "100.00"), ("3001", "-100.00")])
    nights(sie(("1", "Rent", [("5010", "5.00")]), sale, file="x"))
    larger = ("2", "Sale", [("1510", "120.00"), ("3001", "-120.00")])
    ((key, change, column, before, after),) = nights(sie(larger, ("1", "Rent", [("5010", "5.00")]), file="y"))
    assert (key, change, column) == ("2026-01-01/A/2", "changed", "rows")
    assert [(row["account_number"], row["amount"]) for row in json.loads(before or "")] == sale[2]
    assert [(row["account_number"], row["amount"]) for row in json.loads(after or "")] == larger[2]


def test_vouchers_appear_and_vanish_with_their_rows(nights: Nights) -> None:
    rent = ("1", "Rent", [("5010", "5.00")])
    nights(sie(rent, ("1", "Again", []), file="x"))
    appeared, vanished = sorted(nights(sie(("3", "New", []), rent, file="y")), key=lambda event: event[1])
    assert appeared == ("2026-01-01/A/3", "appeared", "", None, None)
    assert vanished[:3] == ("2026-01-01/A/1#2", "vanished", "")
    assert json.loads(vanished[3] or "")["text"] == "Again"


def test_a_register_that_holds_a_key_twice_loses_no_change(nights: Nights) -> None:
    twice = [{"supplier_number": "7", "name": name} for name in ("A", "B")]
    nights({"fortnox.suppliers": twice})
    assert nights({"fortnox.suppliers": [twice[0], {**twice[1], "name": "C"}]}) == [
        ("7#2", "changed", "name", "B", "C")
    ]


RUNNER = """
import os, signal, sys
from datetime import date
from decimal import Decimal
from pathlib import Path
import polars as pl
from pipelines import history
from pipelines.companies import CompanyDirectory
from pipelines.record_changes import Sighting
from pipelines.warehouse import open_warehouse
root, step = sys.argv[1:]
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
if step == "within the comparison":
    history._take_up = die
company, sighting = CompanyDirectory(Path(root), "acme"), Sighting("killed", "2026-01-02T23:00:00Z", date(2026, 1, 1))
with open_warehouse(company.warehouse_file) as warehouse:
    history.before_load(warehouse, company, sighting)
    if step == "before the load":
        die()
    held = warehouse.read_table("fortnox.customer_invoices")
    changed = held.with_columns(balance=pl.lit(Decimal("2.00"), pl.Decimal(18, 2)))
    warehouse.write_tables({"fortnox.customer_invoices": changed})
    if step == "before the comparison":
        die()
    history.after_load(warehouse, company, sighting, unread=(), out_of_sight={})
    die()
"""


@pytest.mark.parametrize(
    "step", ["before the load", "before the comparison", "within the comparison", "before publishing"]
)
def test_a_night_killed_anywhere_loses_no_change_and_doubles_none(nights: Nights, step: str) -> None:
    nights(invoices(no1="0.00"))
    nights(invoices(no1="1.00"))
    arguments = [sys.executable, "-c", RUNNER, str(nights.company.root), step]
    assert subprocess.run(arguments, check=False).returncode == -signal.SIGKILL

    nights(invoices(no1="3.00"))

    steps = ["0.00", "1.00", "3.00"] if step == "before the load" else ["0.00", "1.00", "2.00", "3.00"]
    assert nights.events() == [("1", "changed", "balance", *pair) for pair in pairwise(steps)]


def test_a_night_that_fails_after_one_without_the_surface_loses_no_change_and_doubles_none(
    nights: Nights,
) -> None:
    """The state to compare with is not in the snapshot here: it was set aside in the warehouse."""
    nights(invoices(no1="1.00"))
    nights({}, unread={"fortnox.customer_invoices"})
    nights.begin(invoices(no1="2.00"))
    nights.begin(invoices(no1="3.00"))
    nights(invoices(no1="4.00"))
    pairs = [("1.00", "2.00"), ("2.00", "3.00"), ("3.00", "4.00")]
    assert nights.events() == [("1", "changed", "balance", *pair) for pair in pairs]


def test_a_lost_warehouse_keeps_its_history_through_the_snapshot(nights: Nights) -> None:
    nights(invoices(no1="1.00"))
    nights(invoices(no1="2.00"))
    nights.company.warehouse_file.unlink()
    assert nights(invoices(no1="3.00")) == [("1", "changed", "balance", "2.00", "3.00")]
    assert len(nights.events()) == 2


@pytest.mark.parametrize("ruined", [True, False])
def test_a_snapshot_that_is_gone_or_ruined_costs_no_change(nights: Nights, ruined: bool) -> None:
    nights(invoices(no1="1.00"))
    nights.company.snapshot_pointer.unlink()
    if ruined:
        nights.company.snapshot_pointer.write_bytes(b"no database" * 1000)
    assert nights(invoices(no1="2.00")) == [("1", "changed", "balance", "1.00", "2.00")]


def test_a_snapshot_lost_in_the_middle_of_a_night_is_a_gap_that_is_told(nights: Nights) -> None:
    nights(invoices(no1="1.00"))
    sighting = nights.begin(invoices(no1="2.00"))
    nights.company.snapshot_pointer.unlink()
    nights.compare(sighting, set(), {})
    assert nights.events() == [("", "gap", "", None, None)]
    nights.publish()
    assert nights(invoices(no1="3.00")) == [("1", "changed", "balance", "2.00", "3.00")]


def test_the_history_s_tables_are_as_described_and_nothing_else_of_it_is_published(nights: Nights) -> None:
    nights(invoices(no1="1.00"))
    nights(invoices(no1="2.00"))
    with duckdb.connect(str(nights.company.snapshot_pointer.resolve()), read_only=True) as snapshot:
        columns = snapshot.execute(
            "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE schema_name = 'history' AND NOT internal"
        ).fetchall()
    names = {table.qualified_name for table in HISTORY}
    described = {key: dtype for key, dtype in column_types().items() if key[0] in names}
    assert {(table, column): dtype for table, column, dtype in columns} == described
    assert {change for _, change, *_ in nights.events()} <= set(CHANGES)


def test_a_night_without_changes_writes_nothing_of_the_history(nights: Nights) -> None:
    def history() -> list[list[tuple[object, ...]]]:
        with open_warehouse(nights.company.warehouse_file) as warehouse:
            return [
                warehouse.connection.execute(f"FROM history.{name}").fetchall()
                for name in ("tables", "changes")
            ]

    nights(invoices(no1="1.00"))
    nights(invoices(no1="2.00"))
    before = history()
    nights(invoices(no1="2.00"))
    assert history() == before


# -- the history leads back --------------------------------------------------------------------------------------

SUPPLIERS = next(records for records in RECORDS if records.table == "fortnox.suppliers")
COLUMNS = ["company_id", "supplier_number", "name", "active", "unknown_fields"]
SUPPLIER = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "", "A", "O'Hara \\ Å"]),
        "active": st.sampled_from([None, True, False]),
        "unknown_fields": st.sampled_from([None, '{"Tag": "x"}', '{"Tag": "y"}']),
    }
)
REGISTERS = st.lists(
    st.dictionaries(st.sampled_from(["1", "2", "3"]), SUPPLIER, max_size=3), min_size=2, max_size=5
)
Register = dict[str, dict[str, str | None]]


def undo(register: Register, events: list[Event]) -> Register:
    """The records before a night, from those after it and what the night noticed."""
    former = {key: dict(row) for key, row in register.items()}
    for key, change, column, before, _ in events:
        if change in {"appeared", "returned"}:
            del former[key]
        elif change == "vanished":
            former[key] = in_words(json.loads(before or ""))
        elif change == "column":
            for row in former.values():
                row[column] = None
        else:
            assert change == "changed"
            former[key][column] = before
    return former


def in_words(row: Row) -> dict[str, str | None]:
    """One record as the history words it: every value as text, the fields nobody described by their names."""
    texts = {
        name: value if value is None or isinstance(value, str) else str(value).lower()
        for name, value in row.items()
    }
    unknown = texts.pop("unknown_fields") or "{}"
    return {**texts, "unknown_fields.Tag": json.loads(unknown).get("Tag")}


@settings(max_examples=15, derandomize=True, deadline=None)
@given(registers=REGISTERS)
def test_undoing_the_changes_night_by_night_gives_the_rows_as_they_were(
    registers: list[dict[str, Row]],
) -> None:
    with duckdb.connect() as connection:
        warehouse = Warehouse(connection)
        warehouse.write_tables({table.qualified_name: table.empty() for table in HISTORY})
        noticed, was = [], None
        for number, register in enumerate(registers):
            rows = [{"supplier_number": key, **row} for key, row in register.items()]
            warehouse.write_tables({f"fortnox.suppliers_{number}": frame(rows, COLUMNS[1:])})
            table = {"fortnox.suppliers": f"fortnox.suppliers_{number}"}
            now = State(table, {"fortnox.suppliers": COLUMNS})
            if was is not None:
                sighting = Sighting(f"run{number}", f"{number}", date(2026, 1, 1))
                write_changes(connection, "acme", SUPPLIERS, (was, now), sighting, OutOfSight())
                noticed.append(
                    connection.execute(
                        "SELECT record_key, change, field, before, after FROM history.changes WHERE run_id = ?",
                        [sighting.run_id],
                    ).fetchall()
                )
            was = now
    expected = [
        {key: in_words({"supplier_number": key, **row}) for key, row in register.items()}
        for register in registers
    ]
    state = expected[-1]
    for former, events in zip(expected[-2::-1], noticed[::-1], strict=True):
        state = undo(state, events)
        assert state == former
