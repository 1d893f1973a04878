"""One night, end to end: a real emulator on loopback, real files, and a clock whose sleeping takes no time."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import duckdb
import pytest

from fortnox_emulator import Emulator, Switches
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from pipelines.surfaces import SilentProgress
from tieout.night import Night, Reconciled, run_company
from tieout.sources import FortnoxSource
from transforms.settings import Settings

COMPANY = "acme"


#: The checks the emulator works out for itself.
WITNESSED = [
    *(f"{side}_{check}" for side in ("ar", "ap") for check in ("open_balance", "tie_out", "payments")),
    "credit_notes",
    "invoice_vouchers",
    "payment_vouchers",
    "cut_off",
    "ap_duplicates",
    "ar_duplicates",
    "manual_control_vouchers",
    "register_changes",
    "corrections",
    "voucher_balance",
    "voucher_numbering",
    "balance_roll_forward",
    "ledger_witnesses",
    "extraction_completeness",
]


@dataclass
class SleeplessClock:
    """Real time, plus every second that was slept: waiting is counted and costs nothing."""

    slept: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@dataclass
class Bureau:
    """An emulated company and the directory its nights end up in."""

    emulator: Emulator
    base_url: str
    root: Path
    clock: SleeplessClock = field(default_factory=SleeplessClock)

    @property
    def company(self) -> CompanyDirectory:
        return CompanyDirectory(self.root, COMPANY)

    @property
    def source(self) -> FortnoxSource:
        return FortnoxSource(
            self.emulator.client_id,
            self.emulator.client_secret,
            self.emulator.tenant_id,
            ClientSettings(
                api_url=self.base_url,
                token_url=f"{self.base_url}/oauth-v1/token",
                timeout=5.0,
                retry_attempts=3,
            ),
            clock=self.clock,
            sleep=self.clock.sleep,
        )

    def night(
        self,
        night: Night | None = None,
        source: FortnoxSource | None = None,
        settings: Settings | None = None,
    ) -> Reconciled:
        """Run tonight's night, as of the day the emulated books stand at."""
        settings = settings or Settings(company_id=COMPANY, as_of=self.emulator.today)
        return run_company(self.company, source or self.source, settings, night or Night(), SilentProgress())

    def impatient_source(self, **changes: object) -> FortnoxSource:
        """A source with other connection settings."""
        return replace(self.source, settings=replace(self.source.settings, **changes))

    def snapshot(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.company.snapshot_pointer.resolve()), read_only=True)

    def contents(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every published table, in the order they are stored."""
        with self.snapshot() as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            return {
                f"{schema}.{table}": connection.execute(f'FROM "{schema}"."{table}"').fetchall()
                for schema, table in tables
            }

    def findings(self) -> set[tuple[str, ...]]:
        """The open B and W findings of the witnessed checks, as the emulator's truth states them."""
        with self.snapshot() as connection:
            rows = connection.execute(
                'SELECT "check", rule, severity, subject_kind, subject_key, difference::VARCHAR FROM recon.findings'
                " WHERE resolved_at IS NULL AND severity IN ('B', 'W') AND list_contains($1::VARCHAR[], \"check\")",
                [WITNESSED],
            ).fetchall()
        return {tuple(row) for row in rows}

    def truth(self) -> set[tuple[str, ...]]:
        """What the emulator says must be found."""
        columns = ("check", "rule", "severity", "subject_kind", "subject_key", "difference")
        found = self.emulator.truth()["findings"]
        assert isinstance(found, list)
        return {tuple(finding[column] for column in columns) for finding in found}


@pytest.fixture(scope="session")
def witnessed() -> list[str]:
    """The checks the emulator works out for itself."""
    return WITNESSED


@dataclass
class Ended:
    """A night of the session that many tests look at. Its folder may be copied; nothing of it is changed."""

    bureau: Bureau
    end: Reconciled


@contextmanager
def opened(root: Path, **arguments: object) -> Iterator[Bureau]:
    """A bureau in a directory of its own. ``arguments`` are the emulator's."""
    arguments.setdefault("switches", Switches(rate_limit=False))
    emulator = Emulator(**arguments)
    with emulator.serving() as server:
        yield Bureau(emulator, server.base_url, root)


@pytest.fixture
def open_bureau(tmp_path: Path) -> Callable[..., AbstractContextManager[Bureau]]:
    return partial(opened, tmp_path / "books")


@pytest.fixture(scope="session")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Ended]:
    """One night of a company of one's own."""

    def ended(**arguments: object) -> Ended:
        with opened(tmp_path_factory.mktemp("night") / "books", **arguments) as bureau:
            return Ended(bureau, bureau.night())

    return ended


@pytest.fixture
def bureau(open_bureau) -> Iterator[Bureau]:
    """The clean company, before its first night."""
    with open_bureau() as opened:
        yield opened


@pytest.fixture(scope="session")
def first_night(one_night) -> Ended:
    """The clean company's first night."""
    return one_night()


@pytest.fixture(scope="session")
def night_of_errors(one_night) -> Callable[[int], Ended]:
    """The first night of the company of a seed, with every error planted."""
    return cache(lambda seed: one_night(seed=seed, discrepancies="all"))


@pytest.fixture(scope="session")
def withheld_night(one_night) -> Ended:
    """The first night of a company whose user may not see every field, and that lacks a licence no check needs."""
    no_right = frozenset({"invoices.Balance", "articles.StockValue"})
    return one_night(
        switches=Switches(rate_limit=False, no_right=no_right, licence_missing=frozenset({"assets"}))
    )


@pytest.fixture
def settled(bureau: Bureau, first_night: Ended) -> Bureau:
    """The clean company, the morning after its first night."""
    shutil.copytree(first_night.bureau.root, bureau.root, symlinks=True)
    return bureau
