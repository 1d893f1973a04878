"""A company's tables as files: Parquet or CSV, partitioned by company and year, or one workbook.

Beside them stands ``datapackage.json`` (Frictionless Data Package v1): columns with types and meanings, keys, sizes and
SHA-256. Reports belong in their own modules.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipelines.publish import PublishedTable
from pipelines.warehouse import sql_text
from tieout import __version__
from tieout.descriptions import published_tables
from tieout.reports.workbook import workbook_bytes
from tieout.snapshot import Snapshot

PARTITIONS: Final = ("company_id", "financial_year")
MEDIA_TYPES: Final = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FIELD_TYPES: Final = {"VARCHAR": "string", "DATE": "date", "BIGINT": "integer", "BOOLEAN": "boolean"}


def export_tables(snapshot: Snapshot, target: Path, form: str, schemas: tuple[str, ...]) -> list[Path]:
    """Write every table of ``schemas`` below ``target`` (emptied first) and describe them; returns the files."""
    staging = target.with_name(f".{target.name}.building")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    tables = [table for table in published_tables() if table.schema in schemas and _held(snapshot, table)]
    if form == "xlsx":
        frames = {f"{t.schema}.{t.name}": _rows(snapshot, t) for t in tables}
        (staging / "tables.xlsx").write_bytes(
            workbook_bytes(frames, str(snapshot.latest_run()["company_name"]))
        )
    else:
        for table in tables:
            _copy(snapshot, table, staging, form)
    _describe(snapshot, staging, tables, form)
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
    return sorted(path for path in target.rglob("*") if path.is_file())


def _held(snapshot: Snapshot, table: PublishedTable) -> bool:
    found = snapshot.query(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?",
        [table.schema, table.name],
    )
    return bool(found.item())


def _rows(snapshot: Snapshot, table: PublishedTable) -> pl.DataFrame:
    return snapshot.query(f'FROM "{table.schema}"."{table.name}"')


def _copy(snapshot: Snapshot, table: PublishedTable, staging: Path, form: str) -> None:
    """One table as one file per company and year, or one file where it has no year."""
    folder = staging / f"{table.schema}.{table.name}"
    rows = _rows(snapshot, table)
    keys = [
        key for key in PARTITIONS if key in rows.columns and rows.height
    ]  # no rows, no partitions: still a file
    partitions = f", PARTITION_BY ({', '.join(keys)}), WRITE_PARTITION_COLUMNS true" if keys else ""
    to = folder if keys else folder / f"data_0.{form}"
    if not keys:
        folder.mkdir()
    duckdb_format = "PARQUET, COMPRESSION zstd" if form == "parquet" else "CSV, HEADER"
    snapshot.connection.execute("SET threads = 1")  # one file per partition, rows in stored order
    snapshot.connection.execute(
        f'COPY "{table.schema}"."{table.name}" TO {sql_text(to)} (FORMAT {duckdb_format}{partitions})'
    )


def _describe(snapshot: Snapshot, staging: Path, tables: list[PublishedTable], form: str) -> None:
    run = snapshot.latest_run()
    resources = (
        [_resource("tables", sorted(staging.glob("*.xlsx")), staging, form)]
        if form == "xlsx"
        else [_table_resource(snapshot, table, staging, form) for table in tables]
    )
    package = {
        "profile": "data-package",
        "name": str(run["company_id"]),
        "title": f"{run['company_name']}: books and reconciliations as of {run['as_of']}",
        "version": str(run["run_id"]),
        "created": str(run["finished_at"]),
        "sources": [{"title": f"Tieout {__version__}, {snapshot.path.name}"}],
        "resources": [resource for resource in resources if resource["path"]],
    }
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    (staging / "datapackage.json").write_text(text, encoding="utf-8")


def _table_resource(snapshot: Snapshot, table: PublishedTable, staging: Path, form: str) -> dict[str, Any]:
    name = f"{table.schema}.{table.name}"
    resource = _resource(name, sorted((staging / name).rglob(f"*.{form}")), staging, form)
    described = snapshot.query(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?"
        " ORDER BY column_index",
        [table.schema, table.name],
    )
    resource["description"] = table.comment
    resource["schema"] = {
        "fields": [
            {
                "name": column,
                "type": _FIELD_TYPES.get(dtype, "number"),
                "description": table.columns.get(column, ""),
            }
            for column, dtype in described.rows()
        ],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }
    return resource


def _resource(name: str, files: list[Path], root: Path, form: str) -> dict[str, Any]:
    paths = [str(path.relative_to(root)) for path in files]
    return {
        "name": name,
        "path": paths[0] if len(paths) == 1 else paths,
        "profile": "data-resource" if form == "xlsx" else "tabular-data-resource",
        "format": form,
        "mediatype": MEDIA_TYPES[form],
        "encoding": "utf-8",
        "bytes": sum(path.stat().st_size for path in files),
        "sha256": {
            str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
        },
    }
