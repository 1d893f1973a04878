"""`tieout sie`: files in, the same snapshot and the ledger's checks out, whatever the files are like."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tieout.cli import main

SAMPLES = Path(__file__).parents[2] / ".." / "shared" / "reference" / "sie" / "samples"
HEAD = '#FLAGGA 0\r\n#FORMAT PC8\r\n#SIETYP 4\r\n#PROGRAM "Test" 1.0\r\n#GEN 20260930\r\n#FNAMN "Åkes Måleri AB"\r\n'
BOOKS = (
    HEAD
    + '#ORGNR 556000-1234\r\n#RAR 0 20260101 20261231\r\n#KONTO 1930 "Bank"\r\n#KONTO 3001 "Försäljning"\r\n'
    + "#IB 0 1930 1000\r\n#UB 0 1930 1200\r\n#RES 0 3001 -200\r\n"
    + '#VER A 1 20260115 "Försäljning"\r\n{\r\n#TRANS 1930 {} 200\r\n#TRANS 3001 {} -200\r\n}\r\n'
)


@pytest.fixture
def sie(tmp_path: Path, capfd):
    def run(
        *texts: str | Path, names: tuple[str, ...] = (), options: tuple[str, ...] = ()
    ) -> tuple[int, str, str]:
        paths = []
        for number, text in enumerate(texts):
            if isinstance(text, Path):
                paths.append(str(text))
                continue
            path = tmp_path / (names[number] if names else f"{number}.se")
            path.write_bytes(text.encode("cp437"))
            paths.append(str(path))
        capfd.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["sie", *paths, "--directory", str(tmp_path / "books"), "--quiet", *options])
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    return run


def opened(tmp_path: Path, company: str) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str((tmp_path / "books" / company / "snapshot.duckdb").resolve()), read_only=True)


def test_a_bank_row_struck_is_told_of_a_ledger_alone(sie, tmp_path: Path) -> None:
    struck = BOOKS.replace("#TRANS 1930 {} 200", '#BTRANS 1930 {} 150 "" "" 0 "ED"\r\n#TRANS 1930 {} 200')
    code, out, _ = sie(struck)
    assert (code, "NOTHING BLOCKS in what was checked" in out) == (0, True)
    with opened(tmp_path, "556000-1234") as snapshot:
        told = snapshot.execute(
            """SELECT rule, severity, subject_key FROM recon.findings WHERE "check" = 'corrections'"""
        ).fetchall()
        ((remarks, not_run),) = snapshot.execute("SELECT remarks, not_run FROM recon.runs").fetchall()
    assert told == [("bank_account_row", "I", "2026-01-01/A/1/1930")]
    assert "corrections" not in json.loads(not_run)
    assert json.loads(remarks)["corrections"][0].startswith(
        "neither side was judged: no customer control account"
    )


def test_a_file_becomes_a_snapshot_with_ledger_checks_and_says_what_it_cannot_check(
    sie, tmp_path: Path
) -> None:
    code, out, err = sie(BOOKS)
    assert (code, err) == (0, "")
    assert "Åkes Måleri AB" in out
    assert "NOTHING BLOCKS in what was checked" in out
    with opened(tmp_path, "556000-1234") as snapshot:
        assert snapshot.execute(
            "SELECT count(*), sum(amount)::VARCHAR FROM ledger.voucher_rows"
        ).fetchone() == (2, "0.00")
        (not_run,) = snapshot.execute("SELECT not_run FROM recon.runs").fetchone() or ("{}",)
    assert {"ar_tie_out", "ap_payments"} <= json.loads(not_run).keys()
    assert not {"voucher_balance", "balance_roll_forward"} & json.loads(not_run).keys()


def test_a_ledger_that_does_not_add_up_is_found(sie, tmp_path: Path) -> None:
    code, out, _ = sie(BOOKS.replace("#UB 0 1930 1200", "#UB 0 1930 1300"))
    assert code == 1
    assert "balance_roll_forward  2026-01-01/1930" in out


def test_what_is_configured_counts_for_files_too(sie, tmp_path: Path) -> None:
    """What stands for all companies, and of the one it is about what it says itself."""
    config = tmp_path / "tieout.toml"
    config.write_text(
        '[reconciliation]\nregistration_days = 7\nmateriality = "50.00"\n'
        '[companies.556000-1234.reconciliation]\nmateriality = "100.00"\n'
    )
    sie(BOOKS.replace("#UB 0 1930 1200", "#UB 0 1930 1299.99"), options=("--config", str(config)))
    with opened(tmp_path, "556000-1234") as snapshot:
        (used,) = snapshot.execute("SELECT settings FROM recon.runs").fetchone() or ("{}",)
        found = snapshot.execute(
            """SELECT difference::VARCHAR, material FROM recon.findings WHERE severity = 'B'"""
        ).fetchall()
    assert (json.loads(used)["registration_days"], json.loads(used)["materiality"]) == (7, "100.00")
    assert found == [("99.99", False)]


def test_a_broken_file_is_named_and_the_others_load(sie, tmp_path: Path) -> None:
    code, _, err = sie(BOOKS, "rubbish\x00" * 50, names=("good.se", "bad.se"))
    assert code == 4
    (line,) = err.splitlines()
    assert "bad.se" in line
    assert "SIE_NOT_SIE" in line
    with opened(tmp_path, "556000-1234") as snapshot:
        assert snapshot.execute("SELECT count(*) FROM sie.vouchers").fetchone() == (1,)


def test_an_amount_that_cannot_be_read_is_an_error_with_its_line_and_never_zero(sie, tmp_path: Path) -> None:
    code, _, err = sie(BOOKS.replace("#TRANS 1930 {} 200\r", "#TRANS 1930 {} 2oo\r"))
    assert code == 4
    assert "0.se, line 16, #TRANS: amount: not an amount" in err
    with opened(tmp_path, "556000-1234") as snapshot:
        assert snapshot.execute("SELECT count(*) FROM recon.rejected_rows").fetchone() == (1,)
        assert snapshot.execute("SELECT amount::VARCHAR FROM ledger.voucher_rows").fetchall() == [
            ("-200.00",)
        ]


def test_of_two_files_for_a_year_the_one_that_says_more_is_loaded_and_the_other_named(
    sie, tmp_path: Path
) -> None:
    balances = BOOKS.split("#VER")[0].replace("#SIETYP 4", "#SIETYP 1")
    _, _, err = sie(balances, BOOKS, names=("balances.se", "vouchers.se"))
    assert "not loaded: balances.se: vouchers.se says more about 2026-01-01" in err
    with opened(tmp_path, "556000-1234") as snapshot:
        assert snapshot.execute("SELECT file_name FROM sie.files").fetchall() == [("vouchers.se",)]


def test_years_add_up_over_calls_and_the_bytes_are_kept(sie, tmp_path: Path) -> None:
    sie(BOOKS)
    sie(BOOKS.replace("2026", "2025"))
    with opened(tmp_path, "556000-1234") as snapshot:
        assert snapshot.execute("SELECT count(*) FROM ledger.financial_years").fetchone() == (2,)
        ids = {row[0] for row in snapshot.execute("SELECT file_id FROM sie.files").fetchall()}
    kept = {path.stem for path in (tmp_path / "books" / "556000-1234" / "sie").glob("*.se")}
    assert kept == ids


@pytest.mark.slow
def test_every_real_file_gives_a_snapshot(sie, tmp_path: Path) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not here: the real SIE files are not part of the repository")
    files = sorted((SAMPLES / "real").iterdir())
    assert len(files) > 30
    code, _, err = sie(*files)
    lost = [line for line in err.splitlines() if line.startswith("tieout: ")]
    assert all("bl0001-typ4i.si, line 7, #RAR" in line for line in lost), lost
    assert code == 4, "that file's #RAR names no year: a value is lost, and said"
    snapshots = list((tmp_path / "books").glob("*/snapshot.duckdb"))
    assert len(snapshots) >= 10
    loaded = 0
    for pointer in snapshots:
        with duckdb.connect(str(pointer.resolve()), read_only=True) as snapshot:
            loaded += (snapshot.execute("SELECT count(*) FROM sie.files").fetchone() or (0,))[0]
            counts = snapshot.execute(
                "SELECT (SELECT count(*) FROM sie.accounts) + (SELECT count(*) FROM sie.vouchers),"
                " (SELECT count(*) FROM recon.rejected_rows)"
            ).fetchone()
        assert counts is not None
        assert counts[0] > 0
        assert counts[1] == 0
    assert loaded >= 15


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["fortnox-bokforing-2.0.0__sie4.se", "visma-compact-6.00__sie1.se", "visma-lon-100-2012.1__lon.si"],
)
def test_real_files_load_one_at_a_time(sie, tmp_path: Path, name: str) -> None:
    if not SAMPLES.exists():
        pytest.skip("../shared is not here: the real SIE files are not part of the repository")
    code, out, _ = sie(SAMPLES / "real" / name)
    assert code in {0, 1}
    assert "sie" in out
