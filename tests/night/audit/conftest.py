"""The way from emulated books to findings without a socket and without a warehouse.

The emulator's answers go through the real client, conversion, SIE reader and reconciliations. The whole way is in
``test_night.py``.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from decimal import Decimal
from functools import cache

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
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoint import Shape
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS
from pipelines.fortnox.extraction import Answer, Extraction
from pipelines.fortnox.fields import COMPANY_ID, Kind, Table
from pipelines.fortnox.marks import Tonight
from pipelines.fortnox.resources import CHILDREN, TABLE, own_row
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.fortnox.voucher_details import SURFACE, Doubt, ask
from pipelines.sie.schema import TABLES
from pipelines.surfaces import SilentProgress, SurfaceLog
from transforms.finality import Memory
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings
from transforms.staging import stage

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


INFORMATIVE = ["missing_documents", "subsequent_settlement", "journal_profile"]


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


def raw_tables(books: Books, **switches: bool) -> dict[str, pl.DataFrame]:
    """What a load would leave in the warehouse."""
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
        extraction = Extraction(client, "acme", log)
        api = dict(_api_tables(extraction))
        if doubted := _doubted(books):
            answers = ask(client, doubted, Tonight())
            api |= {f"fortnox.{name}": _rows(TABLE[name], answers, extraction) for name in SURFACE.tables}
        files = {
            str(year["Id"]): client.content(BY_NAME["sie"], financialyear=str(year["Id"]))
            for year in extraction.years()
        }
    return api | _sie_tables(files)


def _api_tables(extraction: Extraction) -> Iterator[tuple[str, pl.DataFrame]]:
    for endpoint in ENDPOINTS:
        if endpoint.shape is Shape.BYTES:
            continue
        answers = [answer for chunk in extraction.chunks(endpoint, {}) for answer in chunk.answers]
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
    own = {"company_id": "acme", "file_id": year_id, "financial_year": stream.header.financial_year}
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
class Auditor:
    """Reconciles books and gives the findings of the witnessed checks as the emulator states findings."""

    witnessed: list[str]

    def outcome(self, books: Books, memory: Memory | None = None, **switches: bool) -> Outcome:
        """``memory`` is what the night before left; ``switches`` are the emulator's."""
        settings = settings_of(books)
        return reconcile(stage(raw_tables(books, **switches), settings), settings, memory)

    def outcome_of_sie_files(self, books: Books) -> Outcome:
        """With nothing but the SIE files of all years."""
        settings = Settings(company_id="acme", as_of=books.today)
        files = {name: frame for name, frame in raw_tables(books).items() if name.startswith("sie.")}
        return reconcile(stage(files, settings), settings)

    def findings(self, books: Books) -> set[tuple[object, ...]]:
        return self.stated(self.outcome(books))

    def stated(self, outcome: Outcome) -> set[tuple[object, ...]]:
        found = outcome.findings
        return self._rows(
            found.filter(pl.col("severity").is_in(["B", "W"]), pl.col("check").is_in(self.witnessed))
        )

    def informative(self, outcome: Outcome) -> set[tuple[object, ...]]:
        """The findings of the checks that only inform."""
        return self._rows(outcome.findings.filter(pl.col("check").is_in(INFORMATIVE)))

    def _rows(self, rows: pl.DataFrame) -> set[tuple[object, ...]]:
        return set(
            rows.select("check", "rule", "severity", "subject_kind", "subject_key", "difference").iter_rows()
        )

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
