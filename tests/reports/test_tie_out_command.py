"""`tieout tie-out`: any day, in three forms, against sums made in SQL over the snapshot."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout
from tieout.snapshot import Snapshot, open_snapshot

LEDGER = """
SELECT coalesce((SELECT sum(amount) FROM ledger.account_balances
                 WHERE account_number = $1 AND witness = 'sie' AND year_number = 0 AND kind = 'opening_balance'
                   AND financial_year = (SELECT min(financial_year) FROM ledger.financial_years WHERE has_vouchers)), 0)
     + coalesce((SELECT sum(amount) FROM ledger.voucher_rows
                 WHERE account_number = $1 AND kind = 'row' AND voucher_date <= $2::DATE), 0)
"""
SUBLEDGER = """
SELECT coalesce(sum(amount), 0) FROM ledger.subledger_entries WHERE control_account = $1 AND posting_date <= $2::DATE
"""


@pytest.fixture(scope="module")
def asked(company: CompanyDirectory) -> Callable[..., Result]:
    where = ("tie-out", company.company_id, "--directory", str(company.root))
    return lambda *arguments: CliRunner().invoke(tieout, [*where, *arguments])


@pytest.mark.parametrize("day", ["2023-06-30", "2024-02-29", "2025-08-17", "2026-09-29", "2026-09-30"])
def test_both_sides_of_any_day_are_those_of_the_snapshots_rows(
    asked: Callable[..., Result], snapshot: Snapshot, day: str
) -> None:
    stated = json.loads(asked("--as-of", day, "--format", "json").output)
    assert [one["control_account"] for one in stated] == ["1510", "2440"]
    for one in stated:
        account = [one["control_account"], day]
        assert Decimal(one["ledger_balance"]) == snapshot.query(LEDGER, account).item()
        assert Decimal(one["subledger_balance"]) == snapshot.query(SUBLEDGER, account).item()
        difference = Decimal(one["subledger_balance"]) - Decimal(one["ledger_balance"])
        assert Decimal(one["difference"]) == difference
        assert sum((Decimal(term["difference"]) for term in one["terms"]), Decimal(0)) == difference
        assert all(term["date"] <= day for term in one["terms"])
        assert all(term["evidence"] or term["term"] == "opening" for term in one["terms"])


def test_the_runs_day_is_asked_about_unless_another_is(
    asked: Callable[..., Result], snapshot: Snapshot
) -> None:
    (one,) = json.loads(asked("--account", "1510", "--format", "json").output)
    stored = snapshot.tie_outs_today().filter(control_account="1510").row(0, named=True)
    assert (one["as_of"], one["difference"]) == (str(stored["as_of"]), str(stored["difference"]))
    bridge = snapshot.query("FROM recon.bridges WHERE control_account = '1510'")
    assert sorted(term["term"] for term in one["terms"]) == sorted(bridge["term"])


def test_days_the_night_could_not_compare_are_named(company: CompanyDirectory, tmp_path: Path) -> None:
    """A snapshot whose last tie-out is of an earlier day, as behind a cash-method year that is not closed."""
    copied = CompanyDirectory(tmp_path, company.company_id)
    shutil.copytree(company.folder, copied.folder, symlinks=True)
    snapshot = copied.snapshot_pointer.resolve()
    snapshot.chmod(0o644)
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("DELETE FROM recon.tie_outs WHERE as_of > '2025-12-31'")
    told = CliRunner().invoke(tieout, ["tie-out", company.company_id, "--directory", str(tmp_path)])
    screen = " ".join(told.output.split())
    assert "1510 (customer) as of 2025-12-31" in screen
    assert (
        "Not compared: the days after 2025-12-31 until the run's own, 2026-09-30: a financial year under"
        in screen
    )


def test_csv_has_a_row_per_term_and_the_table_the_same_figures(asked: Callable[..., Result]) -> None:
    rows = list(csv.DictReader(io.StringIO(asked("--account", "2440", "--format", "csv").output)))
    assert sum(Decimal(row["term_difference"]) for row in rows) == Decimal(rows[0]["difference"])
    screen = asked("--account", "2440").output
    assert f"2440 (supplier) as of {rows[0]['as_of']}, first parted on {rows[0]['first_day']}" in screen
    assert f"{Decimal(rows[0]['difference']):,.2f}" in screen


def test_the_settings_are_those_of_the_run(
    night_with: Callable[..., CompanyDirectory], tmp_path: Path
) -> None:
    """A company that puts nothing together across days: the voucher a month late is not called a cut-off."""
    company = night_with(CompanyDirectory(tmp_path, "demo"), ["ar_invoice_other_month"], unlinked_days=0)
    told = CliRunner().invoke(tieout, ["tie-out", "demo", "--directory", str(tmp_path), "--format", "json"])
    causes = [term["cause"] for one in json.loads(told.output) for term in one["terms"]]
    with open_snapshot(company.snapshot_pointer) as snapshot:
        stored = snapshot.query("SELECT cause FROM recon.bridges")["cause"].to_list()
    assert sorted(causes) == sorted(stored) == ["manual_voucher", "voucher_missing"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as-of", "2020-01-01"), "2020-01-01: the books are compared from 2023-06-30 to 2026-09-30"),
        (("--as-of", "2027-01-01"), "2027-01-01: the books are compared from 2023-06-30 to 2026-09-30"),
        (("--account", "1930"), "1930: no control account that is compared; those are 1510, 2440"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(
    asked: Callable[..., Result], arguments: tuple[str, ...], message: str
) -> None:
    ended = asked(*arguments)
    assert (str(ended.exception), getattr(ended.exception, "exit", None)) == (message, 4)
