"""Shared by the SIE tests: sample files where the workspace has them, the fast reader, comparing readers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sie_parser import on_demand
from sie_parser.columns import SCHEMAS, SieTables, collect
from sie_parser.loading import BatchStream
from sie_parser.source import Source, open_source

SAMPLES = Path(__file__).parents[2] / "../shared/reference/sie/samples"


@pytest.fixture(scope="session")
def sample_files() -> list[Path]:
    """Every SIE sample of the workspace."""
    files = sorted(p for p in SAMPLES.glob("*/*") if p.suffix.lower() in {".se", ".si"})
    if not files:
        pytest.skip("the shared sample files are not here")
    return files


@pytest.fixture(scope="session")
def fast_module():  # type: ignore[no-untyped-def]  # loaded on demand, so it has no static type
    """The fast reader's module, its kernel compiled."""
    if not on_demand.prepare():
        pytest.skip("numba cannot compile here")
    return on_demand._fast_module()


ReadBoth = Callable[..., tuple[SieTables, SieTables]]


@pytest.fixture(scope="session")
def read_both(fast_module) -> ReadBoth:  # type: ignore[no-untyped-def]  # see fast_module
    """Read a source with the exact reader alone, and with the fast reader in blocks of a given size."""

    def read(
        source: Source, block_size: int = 1 << 20, batch_rows: int = 1000
    ) -> tuple[SieTables, SieTables]:
        opened = open_source(source)
        exact = BatchStream(opened, batch_rows, None)
        slow_tables = collect(exact, lambda: exact.header)
        opened = open_source(source)
        fast = BatchStream(opened, batch_rows, fast_module.FastReader(opened.charset), block_size)
        return slow_tables, collect(fast, lambda: fast.header)

    return read


@pytest.fixture(scope="session")
def assert_same() -> Callable[[tuple[SieTables, SieTables]], None]:
    """Two readings are equal: header, every table, every value."""

    def check(both: tuple[SieTables, SieTables]) -> None:
        exact, fast = both
        assert fast.header == exact.header
        for table in SCHEMAS:
            assert getattr(fast, table).equals(getattr(exact, table)), table

    return check
