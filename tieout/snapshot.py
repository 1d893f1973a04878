"""Reading a published snapshot: the only door reports and commands use to a company's results.

Opening is read-only and never blocks the nightly run. Writing does not belong here; see ``pipelines.publish``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from pipelines.companies import CompanyDirectory
from sie_parser.problems import ERROR, PROBLEM_KINDS
from tieout.views.analysis import COUNTS_ON
from transforms.books import CONFORMED, Books
from transforms.decisions import OPEN
from transforms.tables import CATALOGUE, CHANGES, FINDINGS, RUNS, Table

_LACKING_SHOWN: Final = 3
SEVERITY_ORDER: Final = "CASE severity WHEN 'B' THEN 1 WHEN 'W' THEN 2 ELSE 3 END"


class NoSnapshot(Exception):
    """The company has no published snapshot yet. Exit code 4."""

    exit: Final = 4


class SnapshotDamaged(Exception):
    """The last snapshot cannot be read any more, and tonight's books are compared with it. Exit code 4."""

    exit: Final = 4


class OlderSnapshot(Exception):
    """The snapshot is of an earlier version and lacks what is asked; the next run makes a whole one. Exit code 4."""

    exit: Final = 4


@dataclass(frozen=True)
class Snapshot:
    """One open snapshot. Frames come back with money as Decimal(18, 2) and dates as Date."""

    path: Path
    connection: duckdb.DuckDBPyConnection

    def query(self, sql: str, parameters: Sequence[object] = ()) -> pl.DataFrame:
        """The rows of ``sql`` as a frame; parameters are bound, never pasted. Raises ``OlderSnapshot`` where it names
        what a snapshot of this version holds and this one does not."""
        try:
            frame: pl.DataFrame = self.connection.sql(sql, params=list(parameters)).pl()
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            if lacking := self.lacking():
                raise self._older(lacking) from error
            raise
        return frame

    def rows_of(self, table: Table, clauses: str = "", parameters: Sequence[object] = ()) -> pl.DataFrame:
        """Rows of a table with all its columns: optional ones the snapshot does not know yet are null. Raises
        ``OlderSnapshot`` where a required one is not there."""
        frame = self.query(f"FROM {table.qualified_name} {clauses}", parameters)
        absent = [column for column in table.columns if column.name not in frame.columns]
        if not all(column.optional for column in absent):
            raise self._older(self.lacking())
        return frame.with_columns(pl.lit(None, column.dtype).alias(column.name) for column in absent)

    def lacking(self) -> list[str]:
        """Tables and columns this version publishes and the snapshot does not have; empty unless it is an older one."""
        columns = "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns()"
        held = set(self.connection.execute(columns).fetchall())
        tables = {table for table, _ in held}
        return [name for name in CATALOGUE if name not in tables] + [
            f"{name}.{column}"
            for name, table in CATALOGUE.items()
            if name in tables
            for column in table.dtypes
            if (name, column) not in held
        ]

    def _older(self, lacking: Sequence[str]) -> OlderSnapshot:
        more = f" and {len(lacking) - _LACKING_SHOWN} more" if len(lacking) > _LACKING_SHOWN else ""
        named = ", ".join(lacking[:_LACKING_SHOWN]) + more
        return OlderSnapshot(
            f"{self.path}: written by an earlier version of Tieout, without {named};"
            " run the night again (`tieout run`)"
        )

    def holds(self, qualified_name: str) -> bool:
        """Whether the snapshot has the table: one of a surface that was not read is not there."""
        schema, table = qualified_name.split(".")
        found = self.query(
            "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?", [schema, table]
        )
        return found.height > 0

    def latest_run(self) -> dict[str, object]:
        """The row of ``recon.runs`` that published this snapshot."""
        return self.rows_of(RUNS, "ORDER BY finished_at DESC LIMIT 1").row(0, named=True)

    def runs(self) -> pl.DataFrame:
        """Every run the snapshot knows of."""
        return self.rows_of(RUNS)

    def not_run(self) -> dict[str, str]:
        """Reconciliations the latest run could not make, and why."""
        reasons: dict[str, str] = json.loads(str(self.latest_run()["not_run"]))
        return reasons

    def has_materiality(self) -> bool:
        """Whether the latest run was told what is material, of the company or of an account."""
        used = json.loads(str(self.latest_run()["settings"]))
        return used.get("materiality") is not None or bool(used.get("account_materiality"))

    def remarks(self) -> dict[str, list[str]]:
        """What the latest run's reconciliations could not reach."""
        said: dict[str, list[str]] = json.loads(str(self.latest_run()["remarks"]))
        return said

    def rejected(self, limit: int) -> list[tuple[str, str, str]]:
        """The first ``limit`` raw rows that could not be used: (surface, key, reason)."""
        rows = self.query(
            "SELECT surface, key, reason FROM recon.rejected_rows ORDER BY ALL LIMIT ?", [limit]
        )
        return [(surface, key, reason) for surface, key, reason in rows.iter_rows()]

    def sie_errors(self) -> list[str]:
        """What could not be read in the loaded SIE files: ``file, line: message (code)``, in file order."""
        if not self.holds("sie.problems"):
            return []
        rows = self.query(
            """
            SELECT file_name, p.line, p.label, p.message, p.code
            FROM sie.problems AS p JOIN sie.files USING (company_id, financial_year, file_id)
            WHERE list_contains(?::VARCHAR[], p.code) ORDER BY file_name, p.line, p."column"
            """,
            [[code for code, kind in PROBLEM_KINDS.items() if kind.severity == ERROR]],
        )
        return [
            f"{file}, line {line}, {label}: {message} ({code})"
            for file, line, label, message, code in rows.rows()
        ]

    def refuse_entries_dated_otherwise(self) -> None:
        """Raise ``OlderSnapshot`` where an entry counts on another day than its voucher: an earlier version dated what
        vouchers outside their financial year book by the voucher alone, and sums for a day would be wrong."""
        other = self.query(
            "SELECT voucher_key FROM ledger.subledger_entries JOIN ledger.vouchers USING (company_id, voucher_key)"  # noqa: S608
            " JOIN ledger.financial_years USING (company_id, financial_year)"
            f" WHERE voucher_date NOT BETWEEN financial_year AND end_date AND posting_date <> {COUNTS_ON} LIMIT 1"
        )
        if other.height:
            raise OlderSnapshot(
                f"{self.path}: written by an earlier version of Tieout, which dated entries of vouchers outside their"
                f" financial year otherwise ({other.item()}); run the night again (`tieout run`)"
            )

    def books(self) -> Books:
        """The conformed tables, as the run that published them left them, but for the history of records. Raises
        ``OlderSnapshot`` where they are dated otherwise than now."""
        self.refuse_entries_dated_otherwise()
        held = {table: self.rows_of(table) for table in CONFORMED if table is not CHANGES}
        return Books.of({table.name: table.select(frame) for table, frame in held.items()})

    def findings(self, severities: Sequence[str] = (), checks: Sequence[str] = ()) -> pl.DataFrame:
        """Findings that stand, accepted ones too, worst first, then by amount: the order in which somebody should look
        at them."""
        return self.rows_of(
            FINDINGS,
            f"""
            WHERE resolved_at IS NULL
              AND (len(?::VARCHAR[]) = 0 OR list_contains(?::VARCHAR[], severity))
              AND (len(?::VARCHAR[]) = 0 OR list_contains(?::VARCHAR[], "check"))
            ORDER BY {SEVERITY_ORDER}, abs(difference) DESC NULLS LAST, "check", rule, subject_key
            """,
            [list(severities)] * 2 + [list(checks)] * 2,
        ).with_columns(pl.col("status").fill_null(OPEN))

    def tie_outs_today(self) -> pl.DataFrame:
        """One row per control account at the last day it was compared (the run's, within the loaded years), with the
        first date its difference arose."""
        return self.query(
            """
            SELECT t.*, d.first_date
            FROM recon.tie_outs AS t
            LEFT JOIN (
                SELECT control_account, min(as_of) AS first_date
                FROM recon.tie_outs WHERE arisen <> 0 GROUP BY control_account
            ) AS d USING (control_account)
            QUALIFY row_number() OVER (PARTITION BY t.control_account ORDER BY t.as_of DESC) = 1
            ORDER BY t.subledger, t.control_account
            """
        )

    def periods(self) -> pl.DataFrame:
        """Every period with its status, oldest first."""
        return self.query("FROM recon.periods ORDER BY financial_year, period")

    def open_item_totals(self) -> pl.DataFrame:
        """One row per subledger and control account: documents open, amount open and overdue, SEK debit positive."""
        return self.query(
            """
            SELECT subledger, control_account, count(*) AS documents, sum(amount)::DECIMAL(18, 2) AS amount,
                   coalesce(sum(amount) FILTER (days_overdue > 0), 0)::DECIMAL(18, 2) AS overdue
            FROM recon.open_items GROUP BY ALL ORDER BY ALL
            """
        )


def snapshot_as_of(company: CompanyDirectory, day: date) -> Path:
    """The newest kept snapshot of the company reconciled as of ``day``. Raises ``NoSnapshot`` naming the days held."""
    held: dict[str, Path] = {}
    for path in sorted(company.snapshots.glob("snapshot-*.duckdb"), key=lambda path: path.stat().st_mtime_ns):
        with open_snapshot(path) as snapshot:
            held[str(snapshot.latest_run()["as_of"])] = path
    if day.isoformat() not in held:
        days = ", ".join(sorted(held)) or "none"
        raise NoSnapshot(
            f"{company.folder}: no kept snapshot was reconciled as of {day}; held: {days}."
            " keep_snapshots in tieout.toml keeps more"
        )
    return held[day.isoformat()]


@contextmanager
def open_snapshot(path: Path) -> Iterator[Snapshot]:
    """Open the snapshot behind the pointer ``path``. Raises ``NoSnapshot`` when there is none."""
    if not path.exists():
        raise NoSnapshot(f"{path}: no snapshot yet; the first `tieout run` makes it")
    resolved = path.resolve()
    connection = duckdb.connect(str(resolved), read_only=True)
    try:
        yield Snapshot(resolved, connection)
    finally:
        connection.close()
