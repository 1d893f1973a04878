"""The warehouse as dlt's destination: DuckDB, with a shorter way for tables whose one file replaces a scope.

dlt's delete-insert writes every row twice, into a staging table and from there into the table. Where a table carries
the hint ``REPLACED_AT_ONCE``, one file is the whole scope, so its job deletes the scope and reads the file into the
table in one transaction. Doing that again changes nothing, so a killed job may simply run again. What is loaded does
not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.destination.client import FollowupJobRequest, LoadJob, RunnableLoadJob
from dlt.common.destination.exceptions import DestinationTerminalException
from dlt.common.destination.typing import PreparedTableSchema
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.schema.typing import TTableSchema
from dlt.common.storages.load_package import ParsedLoadJobFileName
from dlt.destinations.impl.duckdb.configuration import DuckDbClientConfiguration
from dlt.destinations.impl.duckdb.duck import DuckDbClient
from dlt.destinations.impl.duckdb.factory import duckdb
from dlt.destinations.sql_jobs import SqlMergeFollowupJob

#: Table hint: the table's scope comes in one file, whole.
REPLACED_AT_ONCE: Final = "x-replaced-at-once"


def _at_once(table: TTableSchema | PreparedTableSchema) -> bool:
    return bool(table.get(REPLACED_AT_ONCE))


class _ReplaceScopeJob(RunnableLoadJob):
    """One file into its table, in place of the rows of the scope."""

    _job_client: DuckDbClient

    def run(self) -> None:
        """Delete and insert in one transaction. Raises ``DestinationTerminalException`` for a second file."""
        if len(_files_of_table(Path(self._file_path))) != 1:
            raise DestinationTerminalException(
                f"{self.load_table_name}: its rows came in several files, and each would replace the others"
            )
        client = self._job_client.sql_client
        table = client.make_qualified_table_name(self.load_table_name)
        _, scope = SqlMergeFollowupJob.get_merge_conditions(self._load_table, client)
        with client.begin_transaction():
            client.execute_sql(f"DELETE FROM {table} WHERE {scope}")  # noqa: S608 -- the scope is ours
            client.execute_sql(f"INSERT INTO {table} BY NAME SELECT * FROM read_parquet(%s)", self._file_path)  # noqa: S608


def _files_of_table(file: Path) -> set[str]:
    """The ids of all files of a file's table in its load package, whatever state they are in."""
    table = ParsedLoadJobFileName.parse(file.name).table_name
    jobs = (ParsedLoadJobFileName.parse(job.name) for job in file.parents[1].glob("*_jobs/*.parquet"))
    return {job.file_id for job in jobs if job.table_name == table}


class WarehouseClient(DuckDbClient):
    """dlt's client for DuckDB, which leaves out staging where a table is replaced at once."""

    def should_load_data_to_staging_dataset(self, table_name: str) -> bool:
        """Not where the table is replaced at once."""
        return not _at_once(
            self.schema.get_table(table_name)
        ) and super().should_load_data_to_staging_dataset(table_name)

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        """The job of one file."""
        if _at_once(table) and ParsedLoadJobFileName.parse(file_path).file_format == "parquet":
            return _ReplaceScopeJob(file_path)
        return super().create_load_job(table, file_path, load_id, restore)

    def _create_merge_followup_jobs(
        self, table_chain: Sequence[PreparedTableSchema]
    ) -> list[FollowupJobRequest]:
        return [] if _at_once(table_chain[0]) else super()._create_merge_followup_jobs(table_chain)


class warehouse(duckdb):  # noqa: N801  dlt's own factories are named so
    """The destination of a warehouse file: ``warehouse(path, ...)``."""

    @property
    def client_class(self) -> Any:
        """What dlt talks to the database with."""
        return WarehouseClient

    def capabilities(
        self, config: DuckDbClientConfiguration | None = None, naming: NamingConvention | None = None
    ) -> DestinationCapabilitiesContext:
        """What DuckDB can do, which no configuration changes: dlt would resolve one each of the many times it asks."""
        return super().capabilities(self.spec() if config is None else config, naming)
