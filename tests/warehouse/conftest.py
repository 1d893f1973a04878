"""A company's directory, and loads of it from an emulated Fortnox on a clock that does not wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


@pytest.fixture
def company(tmp_path: Path) -> CompanyDirectory:
    return CompanyDirectory(tmp_path / "books", "acme")


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(seed=5, switches=Switches(rate_limit=False))


@pytest.fixture
def client(emulator: Emulator) -> Iterator[FortnoxClient]:
    with ExitStack() as stack:
        server = stack.enter_context(emulator.serving())
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
        yield stack.enter_context(
            FortnoxClient(credentials, settings, clock=lambda: float(next(clock)), sleep=lambda _: None)
        )


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
