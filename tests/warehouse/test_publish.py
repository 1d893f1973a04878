"""Publishing: readers see the old snapshot or the new one, never half of either, whatever dies when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.companies import CompanyBusy, CompanyDirectory
from pipelines.publish import UNDESCRIBED, PublishedTable, publish
from pipelines.warehouse import open_warehouse

INVOICES = PublishedTable(
    "ledger",
    "customer_invoices",
    "One row per customer's invoice",
    {"document_number": "Number of the document", "total": "Total, SEK"},
    ("document_number",),
)
PAYMENTS = PublishedTable("ledger", "customer_payments", "One row per payment", {}, ("payment_number",))
STEPS = ("built", "sealed", "swapped", "pruned")


def invoices(*totals: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "document_number": [str(number) for number in range(len(totals), 0, -1)],
            "total": [Decimal(total) for total in totals],
            "invoice_date": [date(2026, 1, 31)] * len(totals),
            "_dlt_load_id": ["x"] * len(totals),
        },
        schema_overrides={"total": pl.Decimal(18, 2)},
    )


def fill(company: CompanyDirectory, *totals: str) -> None:
    with open_warehouse(company.warehouse_file) as warehouse:
        warehouse.write_tables({"ledger.customer_invoices": invoices(*totals)})


def read(company: CompanyDirectory) -> list[tuple[str, Decimal]]:
    with duckdb.connect(str(company.snapshot_pointer.resolve()), read_only=True) as connection:
        return connection.execute("SELECT document_number, total FROM ledger.customer_invoices").fetchall()


@pytest.fixture
def company(tmp_path: Path) -> CompanyDirectory:
    directory = CompanyDirectory(tmp_path, "acme")
    with directory.exclusively():
        fill(directory, "100.00", "-25.50")
    return directory


def test_a_snapshot_holds_the_rows_in_key_order_with_exact_money_and_nothing_of_dlt(
    company: CompanyDirectory,
) -> None:
    published = publish(company, [INVOICES, PAYMENTS], keep=3)

    assert published.number == 1
    assert read(company) == [("1", Decimal("-25.50")), ("2", Decimal("100.00"))]
    with duckdb.connect(str(company.snapshot_pointer.resolve()), read_only=True) as connection:
        columns = dict(
            connection.execute("SELECT column_name, data_type FROM information_schema.columns").fetchall()
        )
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert columns == {"document_number": "VARCHAR", "total": "DECIMAL(18,2)", "invoice_date": "DATE"}
    assert tables == [("customer_invoices",)], "a table that was not loaded must not appear as an empty one"


def test_every_table_and_column_carries_a_comment(company: CompanyDirectory) -> None:
    publish(company, [INVOICES], keep=3)
    with duckdb.connect(str(company.snapshot_pointer.resolve()), read_only=True) as connection:
        assert connection.execute("SELECT comment FROM duckdb_tables() WHERE NOT internal").fetchall() == [
            ("One row per customer's invoice",)
        ]
        assert dict(
            connection.execute(
                "SELECT column_name, comment FROM duckdb_columns() WHERE NOT internal"
            ).fetchall()
        ) == {
            "document_number": "Number of the document",
            "total": "Total, SEK",
            "invoice_date": UNDESCRIBED,
        }


def test_a_reader_keeps_its_snapshot_and_gets_the_next_by_reconnecting(company: CompanyDirectory) -> None:
    publish(company, [INVOICES], keep=1)
    with duckdb.connect(str(company.snapshot_pointer.resolve()), read_only=True) as reader:
        fill(company, "1.00")
        publish(company, [INVOICES], keep=1)
        held = reader.execute("SELECT count(*) FROM ledger.customer_invoices").fetchone()
        assert held == (2,), "the file it opened is gone from the folder, not from under it"
    assert read(company) == [("1", Decimal("1.00"))]


def test_snapshots_are_read_only_numbered_and_pruned_to_the_newest(company: CompanyDirectory) -> None:
    for _ in range(5):
        publish(company, [INVOICES], keep=2)
    names = sorted(path.name for path in company.snapshots.iterdir())
    assert names == ["snapshot-4.duckdb", "snapshot-5.duckdb"]
    assert company.snapshot_pointer.readlink() == Path("snapshots/snapshot-5.duckdb")
    assert company.snapshot_pointer.stat().st_mode & 0o777 == 0o444


PUBLISHER = """
import os, signal, sys
from pathlib import Path
from pipelines.companies import CompanyDirectory
from pipelines.publish import PublishedTable, publish
table = PublishedTable("ledger", "customer_invoices", "Invoices", {}, ("document_number",))
step = sys.argv[2]
def die(done):
    if done == step:
        os.kill(os.getpid(), signal.SIGKILL)
publish(CompanyDirectory(Path(sys.argv[1]), "acme"), [table], keep=1, checkpoint=die)
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_publisher_killed_after_any_step_leaves_a_whole_snapshot_and_the_next_one_repairs(
    company: CompanyDirectory, step: str
) -> None:
    publish(company, [INVOICES], keep=1)
    fill(company, "7.00")

    killed = subprocess.run([sys.executable, "-c", PUBLISHER, str(company.root), step], check=False)

    assert killed.returncode == -signal.SIGKILL
    old, new = [("1", Decimal("-25.50")), ("2", Decimal("100.00"))], [("1", Decimal("7.00"))]
    assert read(company) == (new if step in {"swapped", "pruned"} else old)
    publish(company, [INVOICES], keep=1)
    assert read(company) == new
    assert len(list(company.snapshots.iterdir())) == 1
    assert {path.name for path in company.folder.iterdir()} == {"snapshot.duckdb", "snapshots", "sie", "work"}


@pytest.mark.slow
def test_readers_in_other_processes_never_see_a_torn_snapshot() -> None:
    """Six readers while ten snapshots are published and older ones pruned; by hand with more, see the script."""
    script = Path(__file__).resolve().parents[1] / "bench" / "prove_readers.py"
    proof = subprocess.run(
        [sys.executable, str(script), "6", "10"], check=False, capture_output=True, text=True
    )
    assert proof.returncode == 0, proof.stdout + proof.stderr


def test_one_run_at_a_time_holds_a_company(tmp_path: Path) -> None:
    directory = CompanyDirectory(tmp_path, "acme")
    with (
        directory.exclusively(),
        pytest.raises(CompanyBusy, match=rf"acme: another run \(process {os.getpid()}\)"),
        directory.exclusively(),
    ):
        pass
    with directory.exclusively():
        pass


def test_writing_tables_is_all_or_nothing(company: CompanyDirectory) -> None:
    no_such_name = "a dot.too.many"
    with open_warehouse(company.warehouse_file) as warehouse:
        with pytest.raises(ValueError, match="not schema"):
            warehouse.write_tables(
                {"ledger.customer_invoices": invoices("9.99"), no_such_name: invoices("1.00")}
            )
        held = warehouse.read_table("ledger.customer_invoices")
        assert held is not None
        assert held["total"].to_list() == [Decimal("100.00"), Decimal("-25.50")]


def test_reading_keeps_money_exact_and_leaves_out_dlt(company: CompanyDirectory) -> None:
    with open_warehouse(company.warehouse_file) as warehouse:
        (name, frame), *rest = warehouse.read_tables(["ledger", "recon"]).items()
    assert (name, rest) == ("ledger.customer_invoices", [])
    assert frame.schema["total"] == pl.Decimal(18, 2)
    assert "_dlt_load_id" not in frame.columns
