"""One night of the demo company, run once; every report, export and pack is made from its folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from fortnox_emulator import Emulator, Switches
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from pipelines.surfaces import SilentProgress
from tieout.night import Night, run_company
from tieout.snapshot import Snapshot, open_snapshot
from tieout.sources import FortnoxSource
from transforms.settings import Settings


@dataclass
class NoWaiting:
    """Real time plus every second that was slept; waiting costs nothing."""

    slept: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def _after_one_night(
    directory: CompanyDirectory, discrepancies: str | list[str], **chosen: object
) -> CompanyDirectory:
    emulator = Emulator(switches=Switches(rate_limit=False), discrepancies=discrepancies)
    clock = NoWaiting()
    with emulator.serving() as server:
        source = FortnoxSource(
            emulator.client_id,
            emulator.client_secret,
            emulator.tenant_id,
            ClientSettings(api_url=server.base_url, token_url=f"{server.base_url}/oauth-v1/token"),
            clock=clock,
            sleep=clock.sleep,
        )
        settings = Settings(company_id="demo", as_of=emulator.today, **chosen)
        run_company(directory, source, settings, Night(), SilentProgress())
    return directory


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> CompanyDirectory:
    """The folder of a company after one night with every planted error."""
    return _after_one_night(CompanyDirectory(tmp_path_factory.mktemp("books"), "demo"), "all")


@pytest.fixture(scope="session")
def night_with() -> Callable[..., CompanyDirectory]:
    """One night into a folder of one's own, with the errors named and perhaps some of a company's own settings."""
    return _after_one_night


@pytest.fixture
def snapshot(company: CompanyDirectory) -> Iterator[Snapshot]:
    with open_snapshot(company.snapshot_pointer) as opened:
        yield opened


@pytest.fixture
def dated_outside(company: CompanyDirectory, tmp_path: Path) -> Iterator[Snapshot]:
    """The snapshot as if every voucher of December 2025 were dated 5 January, in the year it is filed in."""
    file = tmp_path / "snapshot.duckdb"
    shutil.copy(company.snapshot_pointer, file)
    file.chmod(0o644)
    with duckdb.connect(str(file)) as connection:
        for table in ("ledger.voucher_rows", "ledger.vouchers"):
            connection.execute(
                f"UPDATE {table} SET voucher_date = DATE '2026-01-05'"
                " WHERE voucher_date BETWEEN DATE '2025-12-01' AND DATE '2025-12-31'"
            )
        connection.execute(
            "UPDATE ledger.subledger_entries SET posting_date = DATE '2025-12-31' WHERE voucher_key IN"
            " (SELECT voucher_key FROM ledger.vouchers WHERE voucher_date > DATE '2025-12-31'"
            "  AND financial_year < DATE '2026-01-01')"
        )
    with open_snapshot(file) as opened:
        yield opened
