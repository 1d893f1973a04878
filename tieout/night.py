"""The night's recipe for one company: load, compare, read, reconcile, write, publish.

Nothing after *load* touches the network; nothing but *publish* is visible to analysts. A failure or a kill anywhere
leaves the snapshot of the night before in place. How surfaces are fetched, what is reconciled and how a snapshot is
made do not belong here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final, Protocol

import duckdb
import pendulum
import polars as pl

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import WITHIN_BUDGET
from pipelines.history import after_load, before_load, columns_out_of_sight
from pipelines.history_reading import noticed
from pipelines.publish import Published, publish
from pipelines.record_changes import Sighting
from pipelines.sie.schema import TABLES as SIE_TABLES
from pipelines.surfaces import LEFT_OUT, LoadProgress, LoadResult
from pipelines.warehouse import Warehouse, damaged, needing_room, open_warehouse, reads_whole, rotten
from tieout import __version__
from tieout.completeness import certificate
from tieout.decisions import read_decisions
from tieout.descriptions import published_tables, published_views
from tieout.reports.web_page import ReportOptions, write_report
from tieout.run_chain import chained
from tieout.snapshot import NoSnapshot, SnapshotDamaged, open_snapshot
from transforms.books import Books
from transforms.decisions import ACCEPTED, newly_suspended
from transforms.finality import MEMORY_TABLES, Memory
from transforms.findings import carry_over
from transforms.materiality import material
from transforms.reconciliations import Outcome, documentation, reconcile
from transforms.settings import Settings
from transforms.staging import stage
from transforms.staging_history import watched
from transforms.tables import CHANGES, COMPLETENESS, FINDING_DECISIONS, FINDINGS, REJECTED_ROWS, RUNS, Table

SWEDEN: Final = "Europe/Stockholm"
RAW_SCHEMAS: Final = ("fortnox", "sie")
#: Surfaces the reconciliations are made from; the other registers may be missing without making a night incomplete.
RECONCILED_FROM: Final = frozenset(
    {
        "company_information", "locked_period", "financial_years", "accounts", "predefined_accounts", "voucher_series",
        "vouchers", "customer_invoices", "customer_payments", "supplier_invoices", "supplier_payments", "customers",
        "suppliers", "sie",
    }
)  # fmt: skip
BLOCKED: Final = 1
INCOMPLETE: Final = 3


class EarlierThanBefore(Exception):
    """A night as of an earlier day than the last one would rewrite when findings were first and last seen."""

    exit: Final = 2


class MemoryLost(Exception):
    """Neither the warehouse nor the last snapshot tells what was final: a night would begin anew and replace both."""

    exit: Final = 4


class Source(Protocol):
    """Where a company's books come from: the Fortnox API, or SIE files."""

    @property
    def mode(self) -> str:
        """``fortnox`` or ``sie``, as ``recon.runs`` states it."""

    def load(self, company: CompanyDirectory, progress: LoadProgress) -> LoadResult:
        """Bring the company's raw tables in its warehouse up to date. Raises what its room's errors say."""


def _no_checkpoint(step: str) -> None:
    """Nothing happens between the steps of an ordinary night."""


@dataclass(frozen=True)
class Night:
    """One night's circumstances: the clock, how many snapshots are kept, and what a test hears between steps."""

    now: Callable[[], pendulum.DateTime] = pendulum.now
    keep_snapshots: int = 3
    report: ReportOptions = field(default_factory=ReportOptions)
    checkpoint: Callable[[str], None] = _no_checkpoint

    def today(self) -> date:
        """Today's civil date in Sweden."""
        moment = self.now().in_timezone(SWEDEN)
        return date(moment.year, moment.month, moment.day)

    def timestamp(self) -> str:
        """This moment in UTC, ISO 8601."""
        return self.now().in_timezone("UTC").to_iso8601_string()


@dataclass(frozen=True)
class Reconciled:
    """How a night ended. ``suspended`` are the ids of findings whose acceptance stopped holding in it."""

    company: CompanyDirectory
    loaded: LoadResult
    published: Published
    run: Mapping[str, Any]
    suspended: frozenset[str] = frozenset()

    @property
    def incomplete(self) -> bool:
        """True when something the reconciliations need was not seen: a surface not read, a row not usable.

        What the company is configured to live without is not missed.
        """
        missed = {surface.surface for surface in self.loaded.unread if surface.status != LEFT_OUT}
        return bool(missed & RECONCILED_FROM or self.run["rows_rejected"])

    @property
    def exit_code(self) -> int:
        """3 when the night is incomplete, 1 when something blocks "reconciled", else 0.

        Incomplete comes first: findings of a night that did not see everything may be its own making.
        """
        if self.incomplete:
            return INCOMPLETE
        return BLOCKED if self.run["blocking"] else 0


def run_company(
    company: CompanyDirectory, source: Source, settings: Settings, night: Night, progress: LoadProgress
) -> Reconciled:
    """One night for one company.

    Raises ``CompanyBusy`` when another run holds it, ``EarlierThanBefore`` when a later day is reconciled already,
    ``MemoryLost`` when what earlier nights concluded cannot be read, ``SnapshotDamaged`` or ``WarehouseDamaged`` when
    a file is not what was written, and what the source raises.
    """
    with company.exclusively(), needing_room(company.folder), _whole_files(company):
        sighting = _sighting(settings, night.timestamp())
        decisions = read_decisions(company)
        with open_warehouse(company.warehouse_file) as warehouse:
            _recall(warehouse, company)
            _refuse_going_back(_previous(warehouse, RUNS), settings)
            before_load(warehouse, company, sighting)
            night.checkpoint("opened")
        loaded = source.load(company, progress)
        night.checkpoint("loaded")
        unread = _tables_not_read(loaded)
        with open_warehouse(company.warehouse_file) as warehouse:
            hidden = columns_out_of_sight(loaded.no_right, loaded.missing_fields)
            after_load(warehouse, company, sighting, unread=unread, out_of_sight=hidden)
            night.checkpoint("compared")
            raw = _raw_tables(warehouse, unread) | _noticed(warehouse, sighting, settings)
            certified = certificate(company.company_id, loaded, raw)
            books = stage(raw, settings)
            if source.mode == "fortnox":
                books = books.beside(certified)
            memory = Memory(**{table.name: _previous(warehouse, table) for table in MEMORY_TABLES})
            outcome = reconcile(books, settings, memory)
            run = {
                **_circumstances(settings, loaded, source.mode, sighting, night.timestamp()),
                **_conclusions(raw, books, outcome),
            }
            before = _previous(warehouse, FINDINGS)
            found = carry_over(
                before,
                outcome.findings,
                as_of=settings.as_of,
                run_id=sighting.run_id,
                not_run=outcome.not_run,
                halves=outcome.halves,
                not_judged=outcome.not_judged,
                resolutions=outcome.resolutions,
                decisions=decisions,
                changes=raw[CHANGES.qualified_name],
                material=material(settings),
            )
            run |= _open_counts(found)
            _write(
                warehouse,
                {
                    **books.by_qualified_name(),
                    **outcome.tables,
                    COMPLETENESS.qualified_name: certified,
                    FINDINGS.qualified_name: found,
                    FINDING_DECISIONS.qualified_name: decisions,
                    REJECTED_ROWS.qualified_name: REJECTED_ROWS.select(books.rejected.unique()),
                },
                run,
            )
        night.checkpoint("written")
        tables = [t for t in published_tables() if f"{t.schema}.{t.name}" not in unread]
        published = publish(
            company, tables, published_views(), keep=night.keep_snapshots, checkpoint=night.checkpoint
        )
        with open_snapshot(company.snapshot_pointer) as snapshot:
            write_report(snapshot, company.report, night.report)
        night.checkpoint("reported")
        return Reconciled(company, loaded, published, run, newly_suspended(before, found))


@contextmanager
def _whole_files(company: CompanyDirectory) -> Iterator[None]:
    """Work on the company's files. Raises ``SnapshotDamaged`` or ``WarehouseDamaged`` where a disk lost part of one."""
    try:
        yield
    except duckdb.Error as error:
        if not rotten(str(error)):
            raise
        pointer = company.snapshot_pointer
        if pointer.exists() and not reads_whole(pointer.resolve()):
            raise SnapshotDamaged(
                f"{pointer.resolve()}: damaged, so that what changed since cannot be told from it; put it back from a"
                f" backup, or remove {pointer} to go on without those changes, and run again"
            ) from None
        raise damaged(company.warehouse_file) from None


def _recall(warehouse: Warehouse, company: CompanyDirectory) -> None:
    """What earlier nights concluded, as the last snapshot has it, where the warehouse that knew it was lost.

    A snapshot that cannot be read ends the night: one that begins anew would find no restatement, and in
    ``keep_snapshots`` nights remove the last snapshot that knows better.
    """
    pointer = company.snapshot_pointer
    if warehouse.read_table(RUNS.qualified_name) is not None or not (
        pointer.exists() or pointer.is_symlink()
    ):
        return
    try:
        with open_snapshot(pointer) as snapshot:
            known = [table.qualified_name for table in (RUNS, FINDINGS, *MEMORY_TABLES)]
            concluded = {name: snapshot.query(f"FROM {name}") for name in known if snapshot.holds(name)}
    except (duckdb.Error, NoSnapshot):
        raise _memory_lost(company) from None
    warehouse.write_tables(concluded)


def _memory_lost(company: CompanyDirectory) -> MemoryLost:
    pointer, last = company.snapshot_pointer, company.snapshot_pointer.resolve()
    older = sorted(path.name for path in company.snapshots.glob("snapshot-*.duckdb") if path != last)
    kept = f", or point {pointer} at one that is kept ({', '.join(older)})" if older else ""
    return MemoryLost(
        f"{last}: cannot be read, and without a warehouse only it knows the earlier runs and what was final;"
        f" put it or {company.warehouse_file} back from a backup{kept},"
        f" or remove {pointer} to begin anew, without what was final"
    )


def _refuse_going_back(runs: pl.DataFrame, settings: Settings) -> None:
    latest = runs["as_of"].max()
    if isinstance(latest, date) and settings.as_of < latest:
        raise EarlierThanBefore(
            f"{settings.company_id}: already reconciled as of {latest}, so not again as of {settings.as_of};"
            " the snapshot's views answer for earlier days"
        )


def _sighting(settings: Settings, started_at: str) -> Sighting:
    """This night's look at the company; its run is named after the moment it began."""
    run_id = hashlib.sha256(f"{settings.company_id} {started_at}".encode()).hexdigest()[:16]
    return Sighting(run_id, started_at, settings.as_of)


def _tables_not_read(loaded: LoadResult) -> set[str]:
    """Raw tables whose surface could not be read this time: neither zero rows nor last week's are tonight's truth."""
    not_chosen = {row.name for row in (*BY_CHOICE, *WITHIN_BUDGET)} - {
        surface.surface for surface in loaded.surfaces
    }
    unread = {surface.surface for surface in loaded.unread} | not_chosen
    of_sie = {f"sie.{table.name}" for table in SIE_TABLES} if "sie" in unread else set()
    return of_sie | {f"fortnox.{table}" for name in unread & BY_NAME.keys() for table in BY_NAME[name].tables}


def _raw_tables(warehouse: Warehouse, unread: set[str]) -> dict[str, pl.DataFrame]:
    """Every raw table tonight's reading brought up to date."""
    read = warehouse.read_tables(RAW_SCHEMAS)
    return {name: frame for name, frame in read.items() if name not in unread}


def _noticed(warehouse: Warehouse, sighting: Sighting, settings: Settings) -> dict[str, pl.DataFrame]:
    """What tonight and earlier nights noticed of the records, as far as the checks look back."""
    changes = noticed(warehouse, sighting.run_id, watched(settings))
    return {CHANGES.qualified_name: CHANGES.empty() if changes is None else CHANGES.select(changes)}


def _circumstances(
    settings: Settings, loaded: LoadResult, mode: str, sighting: Sighting, finished_at: str
) -> dict[str, Any]:
    """The part of a row of ``recon.runs`` that is known before anything is concluded."""
    used = {key: value for key, value in asdict(settings).items() if key not in {"company_id", "as_of"}}
    used_text = json.dumps(used, default=str, sort_keys=True)
    return {
        "run_id": sighting.run_id,
        "company_id": settings.company_id,
        "as_of": settings.as_of,
        "started_at": sighting.seen_at,
        "finished_at": finished_at,
        "mode": mode,
        "tieout_version": __version__,
        "rules_version": hashlib.sha256(f"{documentation()}\n{used_text}".encode()).hexdigest()[:12],
        "settings": used_text,
        "requests": loaded.requests,
        "rows_loaded": sum(surface.rows for surface in loaded.surfaces),
    }


def _conclusions(raw: Mapping[str, pl.DataFrame], books: Books, outcome: Outcome) -> dict[str, Any]:
    """The part that says what could be concluded, and what could not."""
    return {
        "company_name": _company_name(raw),
        "rows_rejected": books.rejected.height,
        "not_run": json.dumps(dict(outcome.not_run), sort_keys=True),
        "remarks": json.dumps({check: list(said) for check, said in outcome.remarks.items()}, sort_keys=True),
    }


def _company_name(raw: Mapping[str, pl.DataFrame]) -> str:
    """The name the API or else the newest SIE file gives; empty when neither does."""
    if (information := raw.get("fortnox.company_information")) is not None and information.height:
        return str(information.item(0, "company_name"))
    if (files := raw.get("sie.files")) is not None and files.height:
        return str(files.sort("financial_year").item(-1, "company_name") or "")
    return ""


def _write(warehouse: Warehouse, tables: Mapping[str, pl.DataFrame], run: Mapping[str, Any]) -> None:
    """Everything the night concluded, and its row of ``recon.runs``, in one transaction."""
    runs = _previous(warehouse, RUNS)
    row = pl.DataFrame([chained(run, runs)], schema=RUNS.dtypes)
    warehouse.write_tables({**tables, RUNS.qualified_name: RUNS.select(pl.concat([runs, row]))})


def _previous(warehouse: Warehouse, table: Table) -> pl.DataFrame:
    """The table as the run before left it; empty on a company's first night."""
    held = warehouse.read_table(table.qualified_name)
    if held is None:
        return table.empty()
    later = [c.name for c in table.columns if c.optional and c.name not in held.columns]
    return table.select(held.with_columns(pl.lit(None).alias(name) for name in later))


def _open_counts(findings: pl.DataFrame) -> dict[str, int]:
    """What stands, by severity; accepted findings are counted apart and judge nothing."""
    standing = findings.filter(pl.col("resolved_at").is_null())
    accepted = standing.filter(pl.col("status") == ACCEPTED)
    severities = standing.filter(pl.col("status") != ACCEPTED)["severity"]
    return {
        name: int((severities == letter).sum())
        for name, letter in (("blocking", "B"), ("warnings", "W"), ("informative", "I"))
    } | {"accepted": accepted.height}
