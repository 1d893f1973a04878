"""Files for other tools: complete, described, and the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import CliRunner

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout
from tieout.reports.tables_out import export_tables
from tieout.reports.workbook import control_totals, workbook_bytes
from tieout.snapshot import Snapshot


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_an_export_holds_every_row_and_says_so(snapshot: Snapshot, tmp_path: Path, form: str) -> None:
    export_tables(snapshot, tmp_path / "out", form, ("ledger", "recon"))
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert len(resources) >= 20
    for name, resource in resources.items():
        files = [tmp_path / "out" / path for path in resource["sha256"]]
        assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == list(
            resource["sha256"].values()
        )
        read = duckdb.sql(f"SELECT count(*) FROM read_{form}({[str(file) for file in files]})").fetchall()
        assert read[0][0] == snapshot.query(f"SELECT count(*) FROM {name}").item(), name
        assert [field["name"] for field in resource["schema"]["fields"]] == snapshot.query(
            f"FROM {name}"
        ).columns


def test_partitions_read_back_as_hive_partitions(snapshot: Snapshot, tmp_path: Path) -> None:
    export_tables(snapshot, tmp_path / "out", "parquet", ("ledger",))
    frame = pl.read_parquet(tmp_path / "out" / "ledger.voucher_rows" / "**" / "*.parquet")
    booked = frame.filter(pl.col("kind") == "row")["amount"].sum()
    assert booked == snapshot.query("SELECT sum(amount) FROM ledger.voucher_rows WHERE kind = 'row'").item()


@pytest.mark.parametrize("form", ["parquet", "csv", "xlsx"])
def test_the_same_snapshot_gives_the_same_bytes(snapshot: Snapshot, tmp_path: Path, form: str) -> None:
    contents = []
    for name in ("one", "two"):
        files = export_tables(snapshot, tmp_path / name, form, ("recon",))
        contents.append([(file.relative_to(tmp_path / name), file.read_bytes()) for file in files])
    assert contents[0] == contents[1]


def test_a_workbook_opens_and_totals_its_amounts() -> None:
    frame = pl.DataFrame({"account": ["1510", "2440"], "amount": [Decimal("12.10"), Decimal("-2.05")]})
    totals = control_totals({"items": frame})
    assert totals.rows() == [("items", 2, "amount", Decimal("10.05"))]
    data = workbook_bytes({"items": frame}, "Title")
    assert workbook_bytes({"items": frame}, "Title") == data
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        assert {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"} <= set(opened.namelist())


def test_export_refuses_a_folder_that_holds_something_else(company: CompanyDirectory, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", encoding="utf-8")
    arguments = ["export", "demo", "--directory", str(company.root), "--to", str(tmp_path / "mine")]
    result = CliRunner().invoke(tieout, arguments)
    assert result.exit_code == 2
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "keep me"


def test_query_answers_as_csv_and_refuses_to_write(company: CompanyDirectory) -> None:
    ask = ["query", "demo", "--directory", str(company.root), "--format", "csv"]
    answer = CliRunner().invoke(tieout, [*ask, "SELECT count(*) AS n FROM recon.runs"])
    assert answer.output == "n\n1\n"
    refused = CliRunner().invoke(tieout, [*ask, "DELETE FROM recon.runs"])
    assert refused.exit_code == 2
    assert "read-only" in refused.output
