"""One dlt pipeline run into a company's warehouse file: settings, pending packages, failures, checks afterwards.

Settings are given to dlt by a provider of ours for the time of the run, in place of the environment and of the
``.dlt`` folders it would look at, so a run is the same wherever it is started from (reference/dlt.md section 9).

What is loaded belongs to the sources; the order of the loads to ``load.py``.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.dictionary import DictionaryProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.exceptions import DltException
from dlt.common.storages import NormalizeStorage
from dlt.extract import DltSource
from dlt.pipeline import trace
from dlt.pipeline.exceptions import PipelineStepFailed

from pipelines.companies import CompanyDirectory
from pipelines.warehouse import (
    DLT_PREFIX,
    WarehouseDamaged,
    WarehouseHeld,
    disk_full,
    kept_open,
    kept_open_to_write,
    no_room,
)
from pipelines.warehouse_destination import warehouse

SETTINGS: Final[Mapping[str, Any]] = {
    "enable_runtime_trace": False,
    "extract": {"next_item_mode": "fifo", "workers": 1},
    "normalize": {"workers": 1, "parquet_normalizer": {"add_dlt_load_id": True}},
    "load": {"workers": 4, "truncate_staging_dataset": True, "delete_completed_jobs": True},
}
DECIMALS: Final = frozenset({"DECIMAL(18,2)", "DECIMAL(18,6)"})


class LoadFailed(Exception):
    """The warehouse could not be written, or holds what it must not; the snapshot is the old one."""

    exit: Final = 3


def run(company: CompanyDirectory, source: DltSource) -> dict[str, int]:
    """Load ``source`` into the schema of its name; returns rows per table.

    The steps of dlt's own ``run``, one by one, because the file is kept open to read during one of them, in which the
    source reads what is held, and to write before and after, where dlt opens and closes it a dozen times. A package an
    earlier run left behind is dropped. Raises what the source raised, ``LoadFailed``, or as ``connect`` does.
    """
    with dlt_settings():
        pipeline = _pipeline(company, source.name)
        _drop_pending(pipeline)
        try:
            with kept_open_to_write(company.warehouse_file):
                pipeline.sync_destination()
            with kept_open(company.warehouse_file):
                pipeline.extract(source)
            counts = pipeline.normalize().row_counts
            with kept_open_to_write(company.warehouse_file) as connection:
                pipeline.load()
                _check(connection, source.name)
        except (PipelineStepFailed, WarehouseHeld, WarehouseDamaged) as failure:
            _drop_pending(pipeline)
            if isinstance(failure, PipelineStepFailed):
                raise _reason(failure, company) from failure
            raise
    return {table: rows for table, rows in counts.items() if not table.startswith(DLT_PREFIX)}


def drop_pending(company: CompanyDirectory, schema: str) -> None:
    """Drop what a killed run left behind, so that what is held is what was loaded."""
    with dlt_settings():
        _drop_pending(_pipeline(company, schema))


@contextmanager
def dlt_settings() -> Iterator[None]:
    """Give dlt our settings and nothing else while the body runs, and let it report to nobody and print nothing.

    Telemetry is on and the level of its log is set since dlt was imported, and neither setting is asked again: what is
    taken away are its listeners and its voice. What goes wrong is raised, and its texts quote data.
    """
    provider = DictionaryProvider()
    providers = Container()[PluggableRunContext].providers
    before, listeners = providers.providers, trace.TRACKING_MODULES
    providers.providers, trace.TRACKING_MODULES = [provider], []
    log = logging.getLogger("dlt")
    log.addFilter(_silent)
    try:
        with provider.values(dict(SETTINGS)):
            yield
    finally:
        providers.providers, trace.TRACKING_MODULES = before, listeners
        log.removeFilter(_silent)


def _silent(_record: logging.LogRecord) -> bool:
    return False


def _pipeline(company: CompanyDirectory, schema: str) -> dlt.Pipeline:
    return dlt.pipeline(
        f"{schema}_{company.company_id}",
        pipelines_dir=str(company.pipelines_directory),
        dataset_name=schema,
        destination=warehouse(
            str(company.warehouse_file),
            preferred_loader_file_format="parquet",
            replace_strategy="insert-from-staging",
        ),
    )


def _drop_pending(pipeline: dlt.Pipeline) -> None:
    """Drop what a killed run left behind: dlt would otherwise load that and ignore the new data.

    Finishing it instead can stage a file twice, when the kill fell between the warehouse's commit and dlt's note of it,
    and rows by scope have no key that would show it. Rows of an extraction that never ended are no package yet, and dlt
    keeps its note of every load that did: both would be kept for ever.
    """
    if pipeline.has_pending_data:
        pipeline.abort_packages()
    places = Path(pipeline.working_dir)
    for left in (*places.glob("normalize/*/"), *places.glob("load/loaded/*/")):
        if left.name != NormalizeStorage.EXTRACTED_FOLDER:
            shutil.rmtree(left)


def _reason(failure: PipelineStepFailed, company: CompanyDirectory) -> BaseException:
    """What the source raised inside dlt; a ``LoadFailed`` when the failure is dlt's or the warehouse's own.

    The message of the latter names the step and the kind of error only, because dlt quotes data in its messages.
    """
    if no_room(str(failure.exception)):
        return disk_full(company.folder)
    reason: BaseException | None = failure.exception
    while isinstance(reason, DltException):
        reason = reason.__cause__ or reason.__context__
    if reason is None or isinstance(reason, duckdb.Error):
        kind = type(reason or failure.exception).__name__
        return LoadFailed(
            f"The warehouse could not be written ({failure.step}: {kind}): close any program that holds the work file "
            "and run again."
        )
    return reason


def _check(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """No column of a second type, and every decimal at the scale of money or of rates (traps 7 and 8)."""
    columns = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = ?", [schema]
    ).fetchall()
    for table, column, kind in columns:
        if "__v_" in column or (kind.startswith("DECIMAL") and kind not in DECIMALS):
            raise LoadFailed(f"{schema}.{table}.{column} came out as {kind}: report this as a defect.")
