"""`python -m sie_parser`: what it prints, what it leaves behind, how it fails."""

from __future__ import annotations

import errno
import gc
import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.csv
import pytest

import sie_parser
import sie_parser.conversion
from sie_parser.__main__ import main
from sie_parser.columns import SCHEMAS

DATA = Path(__file__).parents[2] / "data/sie"
BOOKS = DATA / "valid/corrections.se"
BROKEN = DATA / "invalid/amounts-refused.se"


def test_summary_as_json_names_the_agreed_facts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(BOOKS), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["bytes"] == BOOKS.stat().st_size
    assert (summary["charset"], summary["sie_type"]) == ("cp437", "4")
    assert summary["program"] == "Handwritten"
    assert summary["records"] == {
        "#BTRANS": 1, "#FLAGGA": 1, "#FNAMN": 1, "#FORMAT": 1, "#GEN": 1, "#PROGRAM": 1, "#RAR": 1, "#RTRANS": 1,
        "#SIETYP": 1, "#TRANS": 2, "#VER": 1,
    }  # fmt: skip
    assert summary["trans_sum_by_account"] == {"1930": "-100.00", "5020": "100.00"}
    assert (summary["unbalanced"], summary["empty_vouchers"]) == (0, 0)
    assert (summary["ksumma_declared"], summary["ksumma_computed"]) == (None, None)
    assert summary["problems"] == []


def test_summary_of_a_broken_file_lists_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(BROKEN), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    first = summary["problems"][0]
    assert {k: first[k] for k in ("code", "line", "column", "label")} == {
        "code": "SIE_AMOUNT", "line": 10, "column": 16, "label": "#TRANS",
    }  # fmt: skip
    assert summary["unbalanced"] == 1


def test_summary_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(BROKEN)]) == 0
    shown = capsys.readouterr().out
    assert "company   Övningsbolaget AB" in shown
    assert "charset   cp437: 2 letters å ä ö Å Ä Ö é ü as code page 437, 0 as Latin-1" in shown
    assert "error     SIE_AMOUNT: 5" in shown


@pytest.mark.parametrize("file", ["not-sie.se", "empty.se", "no-such-file.se"])
def test_unreadable_files_end_with_4_and_one_line(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(DATA / "invalid" / file)]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{file}: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_convert_gives_every_table(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "books"
    for _ in range(2):  # an earlier result is replaced
        assert main(["convert", str(BOOKS), "--to", kind, str(target)]) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["books"]
    assert "voucher_rows                4" in capsys.readouterr().out
    assert rows_of(target, kind) == [
        ("row", "1930", Decimal("-100.00")),
        ("removed", "5010", Decimal("90.00")),
        ("added", "5020", Decimal("100.00")),
        ("row", "5020", Decimal("100.00")),
    ]


def rows_of(target: Path, kind: str) -> list[tuple[object, ...]]:
    """Kind, account and amount of the converted voucher rows."""
    columns = "kind, account_number, amount"
    if kind == "duckdb":
        with duckdb.connect(str(target), read_only=True) as connection:
            assert {name for (name,) in connection.sql("SHOW TABLES").fetchall()} == set(SCHEMAS)
            return connection.sql(f"SELECT {columns} FROM voucher_rows ORDER BY line").fetchall()
    assert {p.stem for p in target.iterdir()} == set(SCHEMAS)
    if kind == "parquet":
        return pl.read_parquet(target / "voucher_rows.parquet").select(*columns.split(", ")).rows()
    types = pyarrow.csv.ConvertOptions(column_types=SCHEMAS["voucher_rows"])
    table = pyarrow.csv.read_csv(target / "voucher_rows.csv", convert_options=types)
    return [tuple(row.values()) for row in table.select(columns.split(", ")).to_pylist()]


def test_convert_leaves_foreign_folders_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keep = tmp_path / "thesis.txt"
    keep.write_text("mine", encoding="ascii")
    assert main(["convert", str(BOOKS), "--to", "csv", str(tmp_path)]) == 4
    assert keep.read_text(encoding="ascii") == "mine"
    said = f"the folder {tmp_path.name} holds something else: name another target, or remove it first"
    assert said in capsys.readouterr().err


def test_convert_replaces_no_file_but_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The SIE file itself, a text and another's database stay as they are."""
    books, text, theirs = tmp_path / "books.se", tmp_path / "thesis.txt", tmp_path / "warehouse.duckdb"
    books.write_bytes(BOOKS.read_bytes())
    text.write_text("mine", encoding="ascii")
    with duckdb.connect(str(theirs)) as connection:
        connection.execute("CREATE TABLE vouchers AS SELECT 1 AS mine")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for kind, target in (("duckdb", books), ("duckdb", text), ("csv", text), ("duckdb", theirs)):
        assert main(["convert", str(books), "--to", kind, str(target)]) == 4
        said = f"books.se: the file {target.name} holds something else: name another target, or remove it first\n"
        assert capsys.readouterr().err == said
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_stands_beside_the_target_stays(tmp_path: Path) -> None:
    """Neither a folder nor a file is in the way of what is not yet complete."""
    for name in ("books.part", "books.tmp"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("mine", encoding="ascii")
    for kind in ("csv", "duckdb"):
        assert main(["convert", str(BOOKS), "--to", kind, str(tmp_path / f"books-{kind}")]) == 0
        assert main(["convert", str(BOOKS), "--to", kind, str(tmp_path / "books")]) == (
            0 if kind == "csv" else 4
        )
    assert {p.name for p in tmp_path.iterdir()} == {
        "books",
        "books-csv",
        "books-duckdb",
        "books.part",
        "books.tmp",
    }
    for name in ("books.part", "books.tmp"):
        assert (tmp_path / name / "thesis.txt").read_text(encoding="ascii") == "mine"


def test_a_target_may_be_given_as_text_and_a_kind_must_be_known(tmp_path: Path) -> None:
    rows = sie_parser.convert(BOOKS, "parquet", str(tmp_path / "books"))
    assert rows["voucher_rows"] == 4
    with pytest.raises(ValueError, match="parquet, csv or duckdb"):
        sie_parser.convert(BOOKS, "excel", tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["books"]


def test_a_target_that_is_a_link_is_replaced_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "books").symlink_to(tmp_path / "disk" / "books")
    for _ in range(2):
        sie_parser.convert(BOOKS, "csv", tmp_path / "books")
    assert (tmp_path / "books").is_symlink()
    assert (tmp_path / "disk" / "books" / "voucher_rows.csv").exists()


@pytest.mark.parametrize("kind", ["csv", "duckdb"])
def test_a_folder_that_is_not_there_is_named(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(BOOKS), "--to", kind, str(tmp_path / "no" / "books")]) == 4
    assert capsys.readouterr().err == f"{BOOKS.name}: there is no folder {tmp_path / 'no'} to write to\n"


@pytest.mark.parametrize("kind", ["csv", "duckdb"])
def test_a_folder_that_takes_nothing_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    assert main(["convert", str(BOOKS), "--to", kind, str(tmp_path / "books")]) == 4
    said = f"nothing can be written to the folder {tmp_path}: Permission denied\n"
    assert capsys.readouterr().err == f"{BOOKS.name}: {said}"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(BOOKS)]) == 0
    of_the_file = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(BOOKS.read_bytes()))))
    assert main(["summary", "-"]) == 0
    assert capsys.readouterr().out == of_the_file


def run(*arguments: str, **options: Any) -> subprocess.Popen[bytes]:
    """`python -m sie_parser` in a process of its own."""
    command = [sys.executable, "-m", "sie_parser", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("how", [("summary", str(BOOKS)), ("summary", str(BOOKS), "--json")])
def test_a_reader_that_leaves_is_no_error(how: tuple[str, ...]) -> None:
    """As `head` does."""
    receiving, sending = os.pipe()
    os.close(receiving)
    process = run(*how, stdout=sending)
    os.close(sending)
    assert (process.communicate()[1], process.returncode) == (b"", 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        process = run("summary", str(BOOKS), stdout=full)
        assert process.communicate()[1] == b"standard output: No space left on device\n"
    assert process.returncode == 4


def test_a_terminal_of_few_letters_is_written_to() -> None:
    shown = {}
    for kind in ((), ("--json",)):
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        process = run("summary", str(BROKEN), *kind, stdout=subprocess.PIPE, env=environment)
        shown[kind], said = process.communicate()
        assert (said, process.returncode) == (b"", 0)
    assert b"\\xd6vningsbolaget AB" in shown[()]
    assert json.loads(shown["--json",])["company_name"] == "Övningsbolaget AB"


def test_an_interrupted_conversion_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sie_parser.conversion.DuckdbSink, "add", interrupt)
    assert main(["convert", str(BOOKS), "--to", "duckdb", str(tmp_path / "books.duckdb")]) == 130
    assert capsys.readouterr().err == f"{BOOKS.name}: interrupted\n"
    assert list(tmp_path.iterdir()) == []
    gc.collect()  # a file left open would be warned of, and a warning fails


def test_a_file_that_breaks_off_leaves_no_target(tmp_path: Path) -> None:
    target = tmp_path / "books.duckdb"
    assert main(["convert", str(DATA / "invalid/not-sie.se"), "--to", "duckdb", str(target)]) == 4
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_ends_with_2() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["convert", str(BOOKS), "--to", "excel", "x"])
    assert caught.value.code == 2


def test_tables_as_polars() -> None:
    rows = sie_parser.tables(BOOKS).polars("voucher_rows", pl.from_arrow)
    assert rows.filter(pl.col("kind") == "row")["amount"].sum() == 0


@pytest.mark.parametrize("room", [9_000, 13_000, 100_000])
def test_a_full_disk_ends_with_4_and_leaves_nothing(
    room: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], largest_file: Callable[[int], None]
) -> None:
    """DuckDB writes at the start, at the commit and when it closes: whichever fails, nothing half-written stays."""
    largest_file(room)
    assert main(["convert", str(BOOKS), "--to", "duckdb", str(tmp_path / "books.duckdb")]) == 4
    said = capsys.readouterr().err
    assert "File too large" in said
    assert said.endswith("; make room on the disk or convert to another one\n")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def largest_file() -> Iterator[Callable[[int], None]]:
    """Let no file grow beyond so many bytes, as a full disk does."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    signal.signal(signal.SIGXFSZ, before)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A file whose rows have texts of 300 kB."""
    rows = "".join(f'#TRANS 1910 {{}} {sign}10.00 20250105 "{"x" * 300_000}"\r\n' for sign in ("", "-"))
    head = '#FLAGGA 0\r\n#SIETYP 4\r\n#FNAMN "X"\r\n#RAR 0 20250101 20251231\r\n'
    path = tmp_path / "wide.se"
    path.write_text(head + "".join(f'#VER A {n} 20250105 ""\r\n{{\r\n{rows}}}\r\n' for n in range(40)))
    return path


def test_rows_of_long_texts_are_converted_whole(wide: Path, tmp_path: Path) -> None:
    target = tmp_path / "wide.duckdb"
    assert main(["convert", str(wide), "--to", "duckdb", str(target)]) == 0
    with duckdb.connect(str(target), read_only=True) as books:
        assert books.sql("SELECT count(*), min(length(text)) FROM voucher_rows").fetchall() == [(80, 300_000)]


def test_a_database_that_cannot_be_filled_ends_with_4_and_one_line(
    wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sie_parser.conversion, "_MEMORY", "8MB")
    monkeypatch.setattr(sie_parser.conversion, "_MEMORY_OF_WIDE_ROWS", "8MB")
    target = tmp_path / "wide.duckdb"
    assert main(["convert", str(wide), "--to", "duckdb", str(target)]) == 4
    said = capsys.readouterr().err
    assert "DuckDB: Out of Memory" in said
    assert said.endswith("DuckDB cannot hold texts this long: convert to parquet instead\n")
    assert len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["wide.se"]
