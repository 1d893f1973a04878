"""SIE files through dlt into the warehouse: exact, complete, and replaced year by year."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

import sie_parser
from pipelines.sie import SieFile, UnplacedFile, keep_bytes, sie_file, sie_source, source
from pipelines.sie.schema import TABLES
from pipelines.warehouse_destination import warehouse

HEAD = '#FLAGGA 0\n#FORMAT PC8\n#SIETYP 4\n#PROGRAM "Test" 1.0\n#GEN 20260930\n#FNAMN "Åkes Måleri"\n'
YEAR_2026 = f"""{HEAD}#RAR 0 20260101 20261231
#KONTO 1510 "Kundfordringar"
#IB 0 1510 100.50
#UB 0 1510 300.50
#VER B 1 20260115 "Faktura 1"
{{
#TRANS 1510 {{}} 200
#TRANS 3001 {{1 "01"}} -200
}}
"""
EMPTY_2026 = f"{HEAD}#RAR 0 20260101 20261231\n"
YEAR_2025 = f'{HEAD}#RAR 0 20250101 20251231\n#KONTO 1930 "Bank"\n'


@pytest.fixture
def load(tmp_path: Path):
    def run(*texts: str, company: str = "acme", destination=warehouse) -> duckdb.DuckDBPyConnection:
        pipeline = dlt.pipeline(
            "sie_test",
            pipelines_dir=str(tmp_path / "dlt"),
            dataset_name="sie",
            destination=destination(str(tmp_path / "w.duckdb"), preferred_loader_file_format="parquet"),
        )
        files = [sie_file(text.encode("cp437"), name=f"{n}.se") for n, text in enumerate(texts)]
        pipeline.run(sie_source(files, company))
        return duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True)

    return run


def test_a_file_becomes_typed_rows_with_company_file_and_year_in_front(load) -> None:
    with load(YEAR_2026) as opened:
        rows = opened.execute(
            "SELECT company_id, financial_year, account_number, amount, objects FROM sie.voucher_rows"
            " ORDER BY row_number"
        ).fetchall()
        (file,) = opened.execute(
            "SELECT company_name, financial_year_source, file_name, financial_year_end, ksumma FROM sie.files"
        ).fetchall()
    assert rows == [
        ("acme", date(2026, 1, 1), "1510", Decimal("200.00"), None),
        ("acme", date(2026, 1, 1), "3001", Decimal("-200.00"), '[["1","01"]]'),
    ]
    assert file == ("Åkes Måleri", "rar", "0.se", date(2026, 12, 31), "absent")


@pytest.mark.parametrize("destination", [warehouse, dlt.destinations.duckdb])
def test_loading_a_year_again_replaces_it_also_where_the_new_file_is_empty(load, destination) -> None:
    load(YEAR_2026, YEAR_2025, destination=destination).close()
    with load(EMPTY_2026, destination=destination) as opened:
        counts = {
            table: opened.execute(f"SELECT count(*) FROM sie.{table}").fetchone()
            for table in ("vouchers", "voucher_rows", "balances", "accounts", "files")
        }
    assert counts == {
        "vouchers": (0,), "voucher_rows": (0,), "balances": (0,), "accounts": (1,), "files": (2,)
    }  # fmt: skip


def test_a_table_in_several_files_is_refused_and_keeps_its_rows(load, tmp_path: Path, monkeypatch) -> None:
    """Each file would delete what the other brought."""
    load(YEAR_2026).close()
    monkeypatch.setattr(source, "BATCH_ROWS", 1)
    monkeypatch.setenv("DATA_WRITER__BUFFER_MAX_ITEMS", "0")
    monkeypatch.setenv("DATA_WRITER__FILE_MAX_ITEMS", "1")
    with pytest.raises(PipelineStepFailed, match="its rows came in several files"):
        load(YEAR_2026.replace(" 200", " 300").replace("-200", "-300"))
    with duckdb.connect(str(tmp_path / "w.duckdb"), read_only=True) as opened:
        amounts = opened.execute("SELECT amount FROM sie.voucher_rows ORDER BY ALL").fetchall()
    assert amounts == [(Decimal(-200),), (Decimal(200),)]


def test_rows_are_gathered_to_row_groups_in_their_order(monkeypatch) -> None:
    monkeypatch.setattr(source, "BATCH_ROWS", 4)
    vouchers = "".join(
        f"#VER A {n} 20260101\n{{\n#TRANS {1000 + n} {{}} 1\n#TRANS 1 {{}} -1\n#BTRANS 1 {{}} 1\n}}\n"
        for n in range(5)
    )
    file = sie_file((EMPTY_2026 + vouchers).encode())
    batches = sie_parser.batches(file.open(), batch_rows=3)
    tables = [rows for name, rows in source._row_groups(batches) if name == "voucher_rows"]
    assert [rows.num_rows for rows in tables] == [4, 4, 4, 3]
    numbers = [account for rows in tables for account in rows["account_number"].to_pylist() if account != "1"]
    assert numbers == ["1000", "1001", "1002", "1003", "1004"]


def test_rows_of_long_texts_do_not_wait_for_a_whole_row_group(monkeypatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 2000)
    long = "".join(f'#VER A {n} 20260101\n{{\n#TRANS 1 {{}} {n} "" "{"x" * 1000}"\n}}\n' for n in range(1, 6))
    file = sie_file((EMPTY_2026 + long).encode())
    batches = sie_parser.batches(file.open(), batch_rows=1)
    tables = [rows for name, rows in source._row_groups(batches) if name == "voucher_rows"]
    assert [rows["amount"].to_pylist() for rows in tables] == [[1, 2], [3, 4], [5]]


def test_another_company_in_the_same_warehouse_is_left_alone(load) -> None:
    load(YEAR_2026, company="acme").close()
    with load(EMPTY_2026, company="o'brien") as opened:
        assert opened.execute("SELECT count(*) FROM sie.voucher_rows").fetchone() == (2,)


def test_columns_have_the_promised_types_whatever_the_file_holds(load) -> None:
    with load(EMPTY_2026) as opened:
        types = dict(
            opened.execute(
                "SELECT column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'sie' AND table_name = 'voucher_rows'"
            ).fetchall()
        )
    assert types["amount"] == "DECIMAL(18,2)"
    assert types["quantity"] == "DECIMAL(18,6)"
    assert types["row_date"] == "DATE"


def test_every_column_has_a_meaning() -> None:
    for table in TABLES:
        assert dict(table.column_comments()).keys() == set(table.arrow.names)


def test_a_file_without_a_year_is_placed_by_its_vouchers_and_says_so() -> None:
    text = f'{HEAD}#VER "" "" 20240229 "Lön"\n{{\n#TRANS 7010 {{}} 1\n#TRANS 1930 {{}} -1\n}}\n'
    file = sie_file(text.encode("cp437"))
    assert (file.financial_year, file.financial_year_end) == (date(2024, 1, 1), date(2024, 12, 31))
    assert file.year_source == "voucher_dates"


def test_a_file_that_cannot_be_placed_is_refused_with_advice() -> None:
    with pytest.raises(UnplacedFile, match=r"lon\.si: no #RAR 0, .* add #RAR 0"):
        sie_file(b'#FLAGGA 0\n#SIETYP 4\n#FNAMN "X"\n', name="lon.si")


def test_two_files_for_one_year_are_the_callers_choice() -> None:
    files = [sie_file(YEAR_2026.encode()), sie_file(EMPTY_2026.encode())]
    with pytest.raises(ValueError, match="two files for one financial year"):
        sie_source(files, "acme")


def test_bytes_are_kept_unaltered_under_their_hash(tmp_path: Path) -> None:
    file: SieFile = sie_file(YEAR_2026.encode("cp437"))
    kept = keep_bytes(file, tmp_path)
    assert kept.read_bytes() == YEAR_2026.encode("cp437")
    assert kept.name == f"{file.file_id}.se"
    assert kept.stat().st_mode & 0o777 == 0o444
    assert keep_bytes(file, tmp_path) == kept
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
