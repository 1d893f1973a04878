"""A whole night: what is found is what was planted, twice is once, and a kill anywhere costs nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fortnox_emulator.archetypes import ARCHETYPES
from pipelines.fortnox.endpoints_by_record import Budget
from pipelines.warehouse import WarehouseDamaged, WarehouseHeld

#: Every step of publishing is killed in tests/warehouse/test_publish.py too; here the ones that tell nights apart.
#: In their order: surfaces by their name, then steps. From "swapped" on the snapshot is tonight's.
MOMENTS = {
    "accounts": "longer",
    "supplier_invoices": "always",
    "sie": "always",
    "loaded": "longer",
    "compared": "always",
    "written": "always",
    "built": "always",
    "swapped": "always",
    "reported": "longer",
}
#: "longer" ones find a night as another moment does: as little asked for, as much loaded, or nothing left to do.
KILLS = [moment for moment, when in MOMENTS.items() if when == "always" or "TIEOUT_PROOF_KILLS" in os.environ]


def test_the_clean_company_has_no_finding_to_block_or_explain(first_night) -> None:
    bureau, end = first_night.bureau, first_night.end
    assert bureau.findings() == set() == bureau.truth()
    assert (end.run["blocking"], end.run["warnings"], end.exit_code) == (0, 0, 0), (
        "of any check, witnessed or not"
    )
    with bureau.snapshot() as snapshot:
        tie_outs = snapshot.execute("SELECT count(*), sum(abs(difference)) FROM recon.tie_outs").fetchone()
    assert tie_outs is not None
    assert tie_outs[0] > 70, "two control accounts at every month end of three years"
    assert tie_outs[1] == Decimal(0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_planted_errors_are_found_and_nothing_else(night_of_errors, seed: int) -> None:
    bureau, end = night_of_errors(seed).bureau, night_of_errors(seed).end
    assert len(bureau.truth()) > 40
    assert bureau.findings() == bureau.truth()
    assert end.exit_code == 1


def test_a_share_of_an_invoice_booked_wrongly_is_found_where_rows_are_read(open_bureau) -> None:
    with open_bureau(profile=ARCHETYPES["house_work"].profile()) as bureau:
        bureau.emulator.plant("ar_share_wrong")
        bureau.night(source=replace(bureau.source, budget=Budget(invoices=5_000)))
        assert len(bureau.truth()) == 3
        assert bureau.findings() == bureau.truth()


def test_the_same_night_twice_changes_no_row_outside_runs(night_of_errors, tmp_path: Path) -> None:
    once = night_of_errors(1).bureau
    first = once.contents()
    shutil.copytree(once.root, tmp_path / "books", symlinks=True)
    with once.emulator.serving() as server:
        again = replace(once, base_url=server.base_url, root=tmp_path / "books")
        again.night()
        second = again.contents()
    assert first.keys() == second.keys()
    changed = [table for table in first if first[table] != second[table]]
    assert changed == ["recon.completeness", "recon.runs"], "the second time it asks for less"
    assert len(second["recon.runs"]) == 2


def test_a_finding_lives_from_night_to_night(settled) -> None:
    settled.emulator.plant("ar_api_balance")
    settled.night()
    (finding,) = settled.findings()
    planted_on = settled.emulator.today
    settled.emulator.advance()
    settled.night()
    with settled.snapshot() as snapshot:
        rows = snapshot.execute("SELECT first_seen, last_seen, resolved_at FROM recon.findings").fetchall()
    assert finding[0] == "ar_open_balance"
    assert (planted_on, settled.emulator.today, None) in rows


RUNNER = """
import os, signal, sys
from datetime import date
from pathlib import Path
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from pipelines.surfaces import SilentProgress
from tieout.night import Night, run_company
from tieout.sources import FortnoxSource
from transforms.settings import Settings
root, url, tenant, secret, as_of, step = sys.argv[1:]
def die(done):
    if done == step:
        os.kill(os.getpid(), signal.SIGKILL)
class Progress(SilentProgress):
    def finished(self, surface, status):
        die(surface)
source = FortnoxSource("emulator-client", secret, tenant,
                       ClientSettings(api_url=url, token_url=url + "/oauth-v1/token"), sleep=lambda seconds: None)
run_company(CompanyDirectory(Path(root), "acme"), source,
            Settings(company_id="acme", as_of=date.fromisoformat(as_of)), Night(checkpoint=die), Progress())
"""


def killed_at(bureau, step: str) -> int:
    arguments = [
        str(bureau.root), bureau.base_url, bureau.emulator.tenant_id, bureau.emulator.client_secret,
        bureau.emulator.today.isoformat(), step,
    ]  # fmt: skip
    return subprocess.run([sys.executable, "-c", RUNNER, *arguments], check=False).returncode


@pytest.mark.slow
def test_a_night_killed_anywhere_leaves_a_whole_snapshot_and_the_next_repairs(settled) -> None:
    """Every night goes past the moment at which the one before it was killed, over what that one left behind."""
    before = settled.contents()
    settled.emulator.plant("ar_api_balance")
    for moment in KILLS:
        assert killed_at(settled, moment) == -signal.SIGKILL
        if moment in {"swapped", "reported"}:
            assert settled.findings() == settled.truth() != set(), moment
        else:
            assert settled.contents() == before, moment

    settled.night()
    assert settled.findings() == settled.truth()
    leftovers = [path.name for path in settled.company.snapshots.iterdir() if path.name.startswith(".")]
    assert leftovers == []


def test_a_warehouse_held_by_another_process_is_one_clear_error(settled) -> None:
    holder = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(settled.company.warehouse_file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(WarehouseHeld, match=rf"process {process.pid} has the warehouse open; close it"):
            settled.night()
        process.communicate()
    settled.night()


def test_a_damaged_warehouse_says_what_to_do_and_the_snapshot_stands(settled) -> None:
    before = settled.contents()
    settled.company.warehouse_file.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseDamaged, match="move it away and run again"):
        settled.night()
    assert settled.contents() == before
    settled.company.warehouse_file.unlink()
    settled.night()
    assert settled.findings() == set()


def test_of_payments_that_two_vouchers_name_their_own_detail_is_asked(night_of_errors) -> None:
    bureau = night_of_errors(1).bureau
    assert "ap_payment_booked_twice" in [planted.discrepancy.id for planted in bureau.emulator.planted]
    with bureau.snapshot() as snapshot:
        asked = snapshot.execute(
            "SELECT number, detail_fetched FROM fortnox.supplier_payments WHERE number IN ("
            " SELECT reference_number FROM fortnox.vouchers WHERE reference_type = 'SUPPLIERPAYMENT'"
            " GROUP BY reference_number HAVING count(*) > 1)"
        ).fetchall()
    assert asked
    assert {detail for _, detail in asked} == {True}
