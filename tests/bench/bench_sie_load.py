"""How long `pipelines.sie` takes to load a SIE file through dlt, beside DuckDB given the same tables without dlt.

    .venv/bin/python tests/bench/bench_sie_load.py [--megabytes 50] [--rounds 3] [--folder data/var/bench]

Both read the file anew, put company, file and year in front, and fill a DuckDB file with the same row groups: dlt a
warehouse of its own, with all it keeps there, DuckDB one transaction. Each loads the year into nothing and then once
more. They take turns in one process after a small file; the median counts.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
from bench_sie import generate

import sie_parser
from pipelines.companies import CompanyDirectory
from pipelines.sie import SieFile, sie_file, sie_source
from pipelines.sie.schema import TABLES
from pipelines.sie.source import loaded_tables
from pipelines.warehouse_pipeline import run

COMPANY = "bench"


def through_dlt(file: SieFile, folder: Path) -> None:
    """The load as `tieout sie` does it."""
    run(CompanyDirectory(folder, COMPANY), sie_source([file], COMPANY))


def directly(file: SieFile, folder: Path) -> None:
    """The same tables, deleted and inserted in one transaction."""
    with duckdb.connect(str(folder / "direct.duckdb")) as connection:
        for table in TABLES:
            connection.register("loaded", table.arrow.empty_table())
            connection.execute(f'CREATE TABLE IF NOT EXISTS "{table.name}" AS FROM loaded')
        connection.begin()
        for table in TABLES:
            connection.execute(f'DELETE FROM "{table.name}" WHERE financial_year = ?', [file.financial_year])
        for name, rows in loaded_tables(file, COMPANY):
            connection.register("loaded", rows)
            connection.execute(f'INSERT INTO "{name}" FROM loaded')
        connection.commit()


CONTENDERS: dict[str, Callable[[SieFile, Path], None]] = {
    "pipelines.sie through dlt": through_dlt,
    "DuckDB directly": directly,
}


def measure(name: str, path: Path, folder: Path) -> Iterator[tuple[float, float]]:
    """Wall and CPU seconds of the first load into a new folder, then of loading the year again."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for _ in range(2):
        started, worked = time.perf_counter(), time.process_time()
        CONTENDERS[name](sie_file(path), folder)
        yield time.perf_counter() - started, time.process_time() - worked


def main() -> None:
    """Run both in turn and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[2] / "data/var/bench")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    small, large = asked.folder / "warm-up.se", asked.folder / f"{asked.megabytes}mb.se"
    for path, megabytes in ((small, 2), (large, asked.megabytes)):
        if not path.exists():
            generate(path, megabytes)
    sie_parser.prepare()
    work = asked.folder / "load"
    runs: dict[str, list[Any]] = {name: [] for name in CONTENDERS}
    for name in CONTENDERS:
        list(measure(name, small, work))
    for _ in range(asked.rounds):
        for name, results in runs.items():
            results.append(list(measure(name, large, work)))
    shutil.rmtree(work)
    print(f"\n### {large.name} into DuckDB, medians of {asked.rounds} runs\n")
    for load, title in enumerate(("first load", "the same year again")):
        for kind, unit in enumerate(("seconds", "CPU seconds")):
            dlt, direct = (statistics.median(r[load][kind] for r in runs[name]) for name in CONTENDERS)
            print(
                f"- {title}, {unit}: {dlt:.2f} through dlt, {direct:.2f} directly: {dlt / direct:.2f} (wanted 1.4)"
            )


if __name__ == "__main__":
    main()
