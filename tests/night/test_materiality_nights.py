"""A company says what is material: kept with the run, said of every finding, and nothing else of the night differs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import duckdb

from transforms.settings import Settings


def judged_by(bureau: Any, **limits: Any) -> Settings:
    return Settings(company_id="acme", as_of=bureau.emulator.today, **limits)


def rows_of(bureau: Any, table: str, *but: str) -> list[tuple[Any, ...]]:
    with bureau.snapshot() as connection:
        return connection.sql(f"SELECT * EXCLUDE ({', '.join(but)}) FROM {table} ORDER BY ALL").fetchall()


def words_on_account(bureau: Any) -> dict[str, list[bool | None]]:
    """Per check, what is said of the findings on 1510 that have a difference."""
    with bureau.snapshot() as connection:
        return dict(
            connection.execute(
                """SELECT "check", list(DISTINCT material) FROM recon.findings
                   WHERE account_number = '1510' AND difference IS NOT NULL GROUP BY ALL"""
            ).fetchall()
        )


def used_by_the_run(bureau: Any) -> dict[str, Any]:
    with bureau.snapshot() as connection:
        found = connection.execute("SELECT settings FROM recon.runs ORDER BY finished_at DESC").fetchone()
    used: dict[str, Any] = json.loads((found or ("{}",))[0])
    return used


def test_a_materiality_is_kept_with_the_run_and_changes_no_verdict(settled) -> None:
    """Raised above everything on the same day, no finding is new, none goes, and the night still blocks."""
    settled.emulator.plant("ar_manual_voucher")
    low = settled.night(settings=judged_by(settled, account_materiality={"1510": Decimal("0.01")}))
    assert words_on_account(settled)["ar_tie_out"] == [True]
    findings = rows_of(settled, "recon.findings", "material")
    assert used_by_the_run(settled)["account_materiality"] == {"1510": "0.01"}

    high = settled.night(settings=judged_by(settled, materiality=Decimal("999999999.00")))
    assert words_on_account(settled)["ar_tie_out"] == [False]
    assert used_by_the_run(settled)["materiality"] == "999999999.00"
    assert (low.exit_code, high.exit_code) == (1, 1)
    counts = ("blocking", "warnings", "informative", "accepted")
    assert [low.run[name] for name in counts] == [high.run[name] for name in counts]
    assert rows_of(settled, "recon.findings", "material") == findings
    with settled.snapshot() as connection:
        assert connection.sql("FROM views.findings_since_last_night").fetchall() == []


def test_the_warehouse_of_an_earlier_version_is_carried_on(settled) -> None:
    """Findings that never heard of materiality keep their first day and get a word tonight."""
    settled.emulator.plant("ar_manual_voucher")
    settled.night()
    before = rows_of(settled, "recon.findings", "material", "run_id")
    with duckdb.connect(str(settled.company.warehouse_file)) as warehouse:
        warehouse.execute("ALTER TABLE recon.findings DROP COLUMN material")
    settled.night(settings=judged_by(settled, materiality=Decimal("0.01")))
    assert rows_of(settled, "recon.findings", "material", "run_id") == before
    assert words_on_account(settled)["ar_tie_out"] == [True]
