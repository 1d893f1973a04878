"""The way from emulated books to findings without a socket and without a warehouse.

The emulator's answers go through the real client, conversion, SIE reader and reconciliations. The whole way is in
``test_night.py``.
"""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import httpx
import polars as pl
import pytest

import sie_parser
from fortnox_emulator.answers import answer_get
from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Side
from fortnox_emulator.oauth import ALL_SCOPES
from fortnox_emulator.resources import Context
from fortnox_emulator.switches import Switches
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoint import Shape
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS
from pipelines.fortnox.extraction import Answer, Extraction
from pipelines.fortnox.fields import COMPANY_ID, Kind, Table
from pipelines.fortnox.invoice_rows import LISTED_IN, InvoiceRows
from pipelines.fortnox.marks import Tonight
from pipelines.fortnox.resources import CHILDREN, TABLE, own_row
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.fortnox.voucher_details import SURFACE, Doubt, ask
from pipelines.history import after_load, before_load
from pipelines.record_changes import Sighting
from pipelines.sie.schema import TABLES
from pipelines.surfaces import ListingCount, LoadResult, SilentProgress, SurfaceLog
from pipelines.warehouse import open_warehouse
from tieout.completeness import certificate
from transforms.books import Books as StagedBooks
from transforms.finality import Memory
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings
from transforms.staging import stage
from transforms.tables import CHANGES

API = "https://api.fortnox.example"
TENANT = "1200001"
DTYPES = {
    Kind.TEXT: pl.String(),
    Kind.MONEY: pl.Decimal(18, 2),
    Kind.RATE: pl.Decimal(18, 6),
    Kind.DATE: pl.Date(),
    Kind.FLAG: pl.Boolean(),
    Kind.WHOLE: pl.Int64(),
}


INFORMATIVE = [
    "missing_documents", "subsequent_settlement", "journal_profile", "ar_divergence", "ap_divergence", "ageing",
    "registration_lag", "matching",
]  # fmt: skip


@dataclass
class InProcess(httpx.BaseTransport):
    """Books in place of a network."""

    context: Context

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600, "token_type": "bearer"})
        path = request.url.path.removeprefix("/3/")
        answer = answer_get(self.context, path, dict(request.url.params), ALL_SCOPES)
        return httpx.Response(
            answer.status, content=answer.encoded(), headers={"content-type": answer.content_type}
        )


@dataclass
class Loaded:
    """What a load would leave in the warehouse, and what it says of itself."""

    raw: dict[str, pl.DataFrame]
    result: LoadResult


def loaded(books: Books, *, details: bool = False, **switches: bool) -> Loaded:
    """With the rows of every invoice where ``details`` are asked for; ``switches`` are the emulator's."""
    ticks = iter(range(10**9))
    transport = InProcess(Context(books, Switches(rate_limit=False, **switches), TENANT))
    credentials = ClientCredentials(f"{API}/oauth-v1/token", "app", "secret", TENANT)
    settings = ClientSettings(
        api_url=API, token_url=f"{API}/oauth-v1/token", in_flight=1, window_requests=10**6
    )
    with FortnoxClient(
        credentials, settings, clock=lambda: float(next(ticks)), sleep=lambda _: None, transport=transport
    ) as client:
        log = SurfaceLog(SilentProgress(), lambda: 0.0, lambda _: 0)
        extraction = Extraction(client, "acme", log, invoice_details=10**6 if details else 0)
        api = dict(_api_tables(extraction))
        if doubted := _doubted(books):
            answers = ask(client, doubted, Tonight())
            api |= {f"fortnox.{name}": _rows(TABLE[name], answers, extraction) for name in SURFACE.tables}
        with log.reading("sie") as reading:
            years = [str(year["Id"]) for year in extraction.years()]
            files = {year: client.content(BY_NAME["sie"], financialyear=year) for year in years}
            for year in years:
                reading.add(ListingCount(year, 0, None, 0, None))
    nothing: dict[str, int] = {}
    result = LoadResult(tuple(log.results.values()), nothing, nothing, nothing, nothing)
    return Loaded(api | _sie_tables(files), result)


def _api_tables(extraction: Extraction) -> Iterator[tuple[str, pl.DataFrame]]:
    surfaces = [(one, extraction.chunks(one, {})) for one in ENDPOINTS if one.shape is not Shape.BYTES]
    rows_of_invoices = InvoiceRows(extraction)
    if extraction.invoice_details:
        surfaces += [(BY_NAME[name], rows_of_invoices.chunks(BY_NAME[name])) for name in LISTED_IN]
    for endpoint, chunks in surfaces:
        answers = [answer for chunk in chunks for answer in chunk.answers]
        for table in (TABLE[name] for name in endpoint.tables):
            yield f"fortnox.{table.name}", _rows(table, answers, extraction)


def _rows(table: Table, answers: Iterable[Answer], extraction: Extraction) -> pl.DataFrame:
    rows_of = CHILDREN.get(table.name, own_row)
    rows = [row for one in answers for row in rows_of(table, one, "acme", extraction.notes)]
    return pl.DataFrame(
        rows, schema={field.column: DTYPES[field.kind] for field in (COMPANY_ID, *table.fields)}
    )


def _doubted(books: Books) -> list[Doubt]:
    """The vouchers list and file differ on, as the books themselves have it: no warehouse is there to compare in."""
    discords = books.discords
    keys = sorted({*discords.unlisted, *discords.unexported, *discords.days, *discords.texts})
    return [Doubt(str(key.year_id), key.series, str(key.number), "both", "said") for key in keys]


def _sie_tables(files: dict[str, bytes]) -> dict[str, pl.DataFrame]:
    years = [_sie_year(year_id, content) for year_id, content in files.items()]
    return {
        f"sie.{table.name}": pl.concat([
            pl.from_arrow(table.arrow.empty_table()),
            *(year[table.name].select(table.arrow.names) for year in years if table.name in year),
        ])
        for table in TABLES
    }  # fmt: skip


@cache
def _sie_year(year_id: str, content: bytes) -> dict[str, pl.DataFrame]:
    """The tables of one file. Most errors leave most years as they were, so these are worth remembering."""
    parts = defaultdict(list)
    stream = sie_parser.batches(io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    own = {"company_id": "acme", "file_id": digest, "financial_year": stream.header.financial_year}
    of_file = {
        "file_name": year_id,
        "financial_year_id": year_id,
        "financial_year_source": "rar",
        "financial_year_end": stream.header.financial_year_end,
    }
    for name, batch in stream:
        constants = own | (of_file if name == "files" else {})
        frame = pl.from_arrow(batch)
        parts[name].append(frame.with_columns(pl.lit(value).alias(key) for key, value in constants.items()))
    return {name: pl.concat(frames) for name, frames in parts.items()}


@dataclass
class History:
    """A warehouse in which each load is compared with the one before, as a night does it."""

    company: CompanyDirectory

    def changes_with(self, load: Loaded, as_of: date) -> pl.DataFrame:
        """What the nights noticed so far, this load's included."""
        sighting = Sighting(f"run of {as_of}", f"{as_of}T22:00:00Z", as_of)
        with open_warehouse(self.company.warehouse_file) as warehouse:
            before_load(warehouse, self.company, sighting)
            warehouse.write_tables(load.raw)
            after_load(warehouse, self.company, sighting, unread=(), out_of_sight={})
            return CHANGES.select(warehouse.read_table(CHANGES.qualified_name))


@dataclass
class Auditor:
    """Reconciles books and gives the findings of the witnessed checks as the emulator states findings."""

    witnessed: list[str]

    def outcome(
        self,
        books: Books,
        memory: Memory | None = None,
        *,
        settings: Settings | None = None,
        **switches: bool,
    ) -> Outcome:
        """``memory`` is what the night before left; ``switches`` are the emulator's."""
        return self.outcome_of(self.load(books, **switches), settings or settings_of(books), memory)

    def settings_of(self, books: Books) -> Settings:
        """The company's settings tonight."""
        return settings_of(books)

    def load(self, books: Books, *, details: bool = False, **switches: bool) -> Loaded:
        """What a load of these books leaves and says, with the rows of every invoice where ``details`` are read."""
        return loaded(books, details=details, **switches)

    def staged(self, books: Books) -> StagedBooks:
        """The conformed tables a night makes of these books."""
        return stage(self.load(books).raw, settings_of(books))

    def history(self, root: Path) -> History:
        """A history of records that begins with the first load it is shown."""
        company = CompanyDirectory(root, "acme")
        company.work.mkdir(parents=True, exist_ok=True)
        return History(company)

    def outcome_of(
        self,
        load: Loaded,
        settings: Settings,
        memory: Memory | None = None,
        changes: pl.DataFrame | None = None,
    ) -> Outcome:
        """``changes`` is the history of records, where nights before were compared."""
        raw = load.raw | ({} if changes is None else {CHANGES.qualified_name: changes})
        certified = certificate("acme", load.result, load.raw)
        return reconcile(stage(raw, settings).beside(certified), settings, memory)

    def outcome_of_sie_files(self, books: Books) -> Outcome:
        """With nothing but the SIE files of all years."""
        settings = Settings(company_id="acme", as_of=books.today)
        files = {name: frame for name, frame in loaded(books).raw.items() if name.startswith("sie.")}
        return reconcile(stage(files, settings), settings)

    def findings(self, books: Books) -> set[tuple[object, ...]]:
        return self.stated(self.outcome(books))

    def stated(self, outcome: Outcome) -> set[tuple[object, ...]]:
        found = outcome.findings
        return self._rows(
            found.filter(pl.col("severity").is_in(["B", "W"]), pl.col("check").is_in(self.witnessed))
        )

    def all_stated(self, outcome: Outcome) -> set[tuple[object, ...]]:
        """As ``stated``, of every check, witnessed or not."""
        return self._rows(outcome.findings.filter(pl.col("severity").is_in(["B", "W"])))

    def informative(self, outcome: Outcome) -> set[tuple[object, ...]]:
        """The findings of the checks that only inform, and of the rules of others that do."""
        of_check = pl.col("check").is_in(INFORMATIVE)
        of_rule = pl.col("check").is_in(["corrections", "cut_off"]) & (pl.col("severity") == "I")
        return self._rows(outcome.findings.filter(of_check | of_rule))

    def _rows(self, rows: pl.DataFrame) -> set[tuple[object, ...]]:
        return set(
            rows.select("check", "rule", "severity", "subject_kind", "subject_key", "difference").iter_rows()
        )

    def unexplained(self, outcome: Outcome) -> dict[str, tuple[Decimal, Decimal]]:
        """Control accounts whose bridge does not sum to their last difference, with both."""
        explained = self.explained(outcome)
        last = outcome.tables["recon.tie_outs"].sort("as_of").group_by("control_account").last()
        differences = dict(last.select("control_account", "difference").iter_rows())
        assert differences.keys() >= explained.keys()
        return {
            account: (explained.get(account, Decimal(0)), difference)
            for account, difference in differences.items()
            if explained.get(account, Decimal(0)) != difference
        }

    def explained(self, outcome: Outcome) -> dict[str, Decimal]:
        """What the terms of each control account's bridge sum to; nothing of one they cancel out on."""
        terms = outcome.tables["recon.bridges"].group_by("control_account").agg(pl.col("difference").sum())
        return dict(terms.filter(pl.col("difference") != 0).iter_rows())

    def in_kronor(self, findings: Iterable[Finding]) -> set[tuple[object, ...]]:
        """Findings as the emulator states them, with amounts in kronor."""
        return {
            (
                *astuple(finding)[:-1],
                None if finding.difference is None else Decimal(finding.difference).scaleb(-2),
            )
            for finding in findings
        }


def settings_of(books: Books) -> Settings:
    """The company's settings tonight: the control accounts Fortnox does not know of are named."""
    customer, supplier = (tuple(str(one) for one in books.profile.controls(side)[1:]) for side in Side)
    return Settings(
        company_id="acme",
        as_of=books.today,
        customer_control_accounts=customer,
        supplier_control_accounts=supplier,
    )


@pytest.fixture(scope="session")
def auditor(witnessed: list[str]) -> Auditor:
    return Auditor(witnessed)
