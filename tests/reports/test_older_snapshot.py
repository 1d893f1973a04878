"""A snapshot of an earlier version: what it lacks is null or named with what to do, never a defect."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.companies import CompanyDirectory
from tieout.cli import report_failure, tieout
from tieout.snapshot import OlderSnapshot, open_snapshot

#: As the first published version had them: no decisions, no chain, no certificate, no memory of the lock.
BEFORE_DECISIONS = (
    *(
        f'ALTER TABLE recon.findings DROP COLUMN "{name}"'
        for name in (
            "status",
            "owner",
            "comment",
            "decided_by",
            "decided_at",
            "moved",
            "resolved_by",
            "material",
        )
    ),
    *(f'ALTER TABLE recon.runs DROP COLUMN "{name}"' for name in ("accepted", "previous_hash", "run_hash")),
    "DROP TABLE recon.finding_decisions",
)
WITHOUT_MEMORY = (
    "DROP TABLE recon.lock_history",
    "DROP TABLE recon.completeness",
    "DROP TABLE history.changes",
)

Aged = Callable[[Sequence[str]], CompanyDirectory]


@pytest.fixture
def aged(company: CompanyDirectory, tmp_path: Path) -> Aged:
    """The company's folder with a snapshot from which the statements took something away."""

    def age(statements: Sequence[str]) -> CompanyDirectory:
        older = CompanyDirectory(tmp_path / "books", "demo")
        shutil.copytree(company.sie_directory, older.sie_directory)
        older.snapshots.mkdir(parents=True, exist_ok=True)
        file = older.snapshots / "snapshot-1.duckdb"
        shutil.copy(company.snapshot_pointer, file)
        file.chmod(0o644)
        with duckdb.connect(str(file)) as connection:
            for statement in statements:
                connection.execute(statement)
        older.snapshot_pointer.symlink_to(file)
        return older

    return age


def invoked(older: CompanyDirectory, *arguments: str) -> Result:
    return CliRunner().invoke(tieout, [*arguments, "--directory", str(older.root)])


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "demo"),
        ("report", "demo", "--format", "xlsx", "--lang", "sv"),
        ("findings", "demo"),
        ("status",),
        ("tie-out", "demo", "--as-of", "2025-12-31"),
        ("query", "demo", "FROM recon.tie_outs LIMIT 1"),
    ],
)
def test_columns_added_since_are_null_and_every_command_works(aged: Aged, arguments: tuple[str, ...]) -> None:
    result = invoked(aged(BEFORE_DECISIONS), *arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in {0, 1}, result.output


def test_an_older_snapshot_says_what_it_said_before(aged: Aged, company: CompanyDirectory) -> None:
    def told(directory: CompanyDirectory) -> list[dict[str, object]]:
        listed = json.loads(invoked(directory, "findings", "demo", "--format", "json").output)
        return [{name: row[name] for name in row if name != "resolved_by"} for row in listed]

    assert told(aged(BEFORE_DECISIONS)) == told(company)


def test_a_chain_that_had_not_begun_is_not_judged(aged: Aged) -> None:
    result = invoked(aged(BEFORE_DECISIONS), "verify", "demo")
    assert (result.exit_code, result.output) == (0, "the chain holds: 0 runs, 1 from before the chain\n")


def test_pack_and_export_carry_what_is_there(aged: Aged, tmp_path: Path) -> None:
    older = aged(BEFORE_DECISIONS)
    packed = invoked(older, "pack", "demo", "--year", "2025", "--to", str(tmp_path / "packs"))
    assert packed.exit_code == 0, packed.output
    exported = invoked(older, "export", "demo", "--format", "csv", "--to", str(tmp_path / "tables"))
    assert exported.exit_code == 0, exported.output
    assert not (tmp_path / "tables" / "recon.finding_decisions").exists()


@pytest.mark.parametrize("command", [("tie-out", "demo"), ("pack", "demo", "--year", "2025")])
def test_entries_dated_by_a_voucher_outside_its_year_are_refused(
    aged: Aged, command: tuple[str, ...]
) -> None:
    """An earlier version let an entry count on its voucher's own day, whatever year holds the voucher."""
    older = aged(BEFORE_DECISIONS)
    with duckdb.connect(str(older.snapshot_pointer.resolve())) as connection:
        (key,) = connection.execute(
            "SELECT min(voucher_key) FROM ledger.subledger_entries WHERE voucher_key LIKE '2025-01-01/%'"
        ).fetchone() or ("",)
        for table, day in (("vouchers", "voucher_date"), ("subledger_entries", "posting_date")):
            connection.execute(f"UPDATE ledger.{table} SET {day} = '2026-01-03' WHERE voucher_key = ?", [key])
    refused = invoked(older, *command).exception
    assert isinstance(refused, OlderSnapshot)
    assert f"vouchers outside their financial year otherwise ({key}); run the night again" in str(refused)


@pytest.mark.parametrize(
    "arguments", [("report", "demo"), ("pack", "demo", "--year", "2025"), ("tie-out", "demo")]
)
def test_what_cannot_be_said_without_a_table_is_refused_in_one_sentence(
    aged: Aged, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    result = invoked(aged(WITHOUT_MEMORY), *arguments)
    assert isinstance(result.exception, OlderSnapshot)
    assert report_failure(result.exception) == 4
    said = capsys.readouterr().err
    assert said.endswith(
        "snapshot-1.duckdb: written by an earlier version of Tieout, without recon.lock_history, recon.completeness,"
        " history.changes; run the night again (`tieout run`)\n"
    )
    assert said.count("\n") == 1


def test_a_question_of_ones_own_hears_both_what_is_wrong_and_why(aged: Aged) -> None:
    result = invoked(aged(WITHOUT_MEMORY), "query", "demo", "FROM recon.lock_history")
    assert result.exit_code == 2
    assert "lock_history does not exist" in result.output
    assert "earlier version of Tieout" in result.output


def test_a_whole_snapshot_lacks_nothing(company: CompanyDirectory) -> None:
    with open_snapshot(company.snapshot_pointer) as snapshot:
        assert snapshot.lacking() == []
        with pytest.raises(duckdb.CatalogException):
            snapshot.query("FROM recon.no_such_table")
