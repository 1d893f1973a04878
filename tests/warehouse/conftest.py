"""A company's directory, and loads of it from an emulated Fortnox on a clock that does not wait."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from fortnox_emulator import Emulator, Switches
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.load import LoadResult, load_fortnox
from pipelines.surfaces import SilentProgress
from pipelines.warehouse import open_warehouse

SEED = 5


@pytest.fixture
def company(tmp_path: Path) -> CompanyDirectory:
    return CompanyDirectory(tmp_path / "books", "acme")


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(seed=SEED, switches=Switches(rate_limit=False))


@contextmanager
def client_of(emulator: Emulator) -> Iterator[FortnoxClient]:
    """A client of the emulator, on a clock that does not wait."""
    with emulator.serving() as server:
        settings = ClientSettings(
            api_url=server.base_url,
            token_url=f"{server.base_url}/oauth-v1/token",
            timeout=5.0,
            window_requests=1_000_000,
        )
        credentials = ClientCredentials(
            settings.token_url, emulator.client_id, emulator.client_secret, emulator.tenant_id
        )
        clock = iter(range(10**9))
        with FortnoxClient(
            credentials, settings, clock=lambda: float(next(clock)), sleep=lambda _: None
        ) as client:
            yield client


@pytest.fixture
def client(emulator: Emulator) -> Iterator[FortnoxClient]:
    with client_of(emulator) as opened:
        yield opened


@dataclass
class FirstLoad:
    """A company's first load: what it said, was asked for and heard, and the directory it left behind."""

    root: Path
    result: LoadResult
    requests: dict[str, int]
    heard: list[tuple[str, str]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)


class Listener:
    """Progress that remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.rows: dict[str, int] = {}

    def started(self, surface: str, expected_rows: int | None) -> None:
        self.heard.append(("started", surface))

    def advanced(self, surface: str, more: int) -> None:
        self.rows[surface] = self.rows.get(surface, 0) + more

    def finished(self, surface: str, status: str) -> None:
        self.heard.append((status, surface))


@pytest.fixture(scope="session")
def once_loaded(tmp_path_factory: pytest.TempPathFactory) -> FirstLoad:
    """The company's first load, made once. Copied, never used in place."""
    root, listener = tmp_path_factory.mktemp("first") / "books", Listener()
    company = CompanyDirectory(root, "acme")
    emulator = Emulator(seed=SEED, switches=Switches(rate_limit=False))
    with client_of(emulator) as client, company.exclusively():
        result = load_fortnox(company, client, progress=listener, clock=lambda: 0.0)
    return FirstLoad(root, result, dict(client.requests), listener.heard, listener.rows)


@pytest.fixture
def first(company: CompanyDirectory, once_loaded: FirstLoad) -> FirstLoad:
    """The company as its first load left it, in a directory of one's own."""
    shutil.copytree(once_loaded.root, company.root, symlinks=True)
    return once_loaded


@pytest.fixture
def load(company: CompanyDirectory, client: FortnoxClient) -> Callable[..., LoadResult]:
    def run(**options: Any) -> LoadResult:
        with company.exclusively():
            return load_fortnox(company, client, progress=SilentProgress(), clock=lambda: 0.0, **options)

    return run


@pytest.fixture
def content(company: CompanyDirectory) -> Callable[[], dict[str, pl.DataFrame]]:
    """Every raw table but how its listings were last read, its rows in one order."""

    def read() -> dict[str, pl.DataFrame]:
        with open_warehouse(company.warehouse_file) as warehouse:
            tables = warehouse.read_tables(["fortnox", "sie"])
        assert len(tables) > 20
        del tables["fortnox.readings"]
        return {name: frame.sort(frame.columns) for name, frame in tables.items()}

    return read
