"""Loading one company: every surface of Fortnox and the SIE file of each year, into its private warehouse.

Nothing here is visible to analysts until the warehouse is published. The caller holds the company's lock, decides
which surfaces it cannot do without, and says what time it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Notes
from pipelines.fortnox.endpoints import BY_NAME, EVERY_NIGHT, Choice
from pipelines.fortnox.endpoints_by_record import NOTHING_SINGLY, Budget
from pipelines.fortnox.errors import NotLicensed, UnexpectedResponse
from pipelines.fortnox.extraction import Extraction
from pipelines.fortnox.marks import THRIFT, Thrift, Tonight
from pipelines.fortnox.source import fortnox_extraction
from pipelines.held import WarehouseBooks, held_books, held_payment_details, held_rows
from pipelines.locked_years import LockedYears
from pipelines.sie import SieFile, UnplacedFile, keep_bytes, sie_file
from pipelines.sie.source import sie_source
from pipelines.surfaces import LoadProgress, LoadResult, Reading, SurfaceLog, SurfaceResult
from pipelines.voucher_answers import VoucherAnswers
from pipelines.warehouse import kept_open
from pipelines.warehouse_pipeline import LoadFailed, drop_pending, run
from sie_parser import SieError

__all__ = [
    "LoadFailed",
    "LoadProgress",
    "LoadResult",
    "SurfaceResult",
    "load_fortnox",
    "load_sie",
]

SIE: Final = BY_NAME["sie"]
FORTNOX: Final = "fortnox"


def load_fortnox(
    company: CompanyDirectory,
    client: FortnoxClient,
    *,
    progress: LoadProgress,
    clock: Callable[[], float],
    full: bool = False,
    thrift: Thrift = THRIFT,
    choice: Choice = EVERY_NIGHT,
    budget: Budget = NOTHING_SINGLY,
) -> LoadResult:
    """Bring every surface and the SIE file of every financial year up to date from the API.

    ``choice`` says which surfaces are read, ``thrift`` how much of them may be left unread because it has not moved,
    ``budget`` how many records may be asked for one by one.
    ``full`` reads everything anew but for the rows of invoices, payment details included, and accepts that a list
    which had rows is empty now.
    Raises ``FortnoxError``, ``LoadFailed``, ``WarehouseHeld`` or ``WarehouseDamaged``; a surface the company is not
    licensed for is a status.
    """
    drop_pending(company, FORTNOX)
    with kept_open(company.warehouse_file):
        books = WarehouseBooks(company, {}) if full else held_books(company)
        log = SurfaceLog(progress, clock, lambda surface: client.requests.get(surface, 0), held_rows(company))
        details = {} if full else held_payment_details(company)
    extraction = Extraction(
        client,
        company.company_id,
        log,
        accept_empty=full,
        held=details,
        books=books,
        choice=choice,
        invoice_details=budget.invoices,
    )
    extraction.locked_until()
    sie_wanted = SIE.name not in choice.without
    years = LockedYears(company, client, extraction, books, Tonight(client.server_time, thrift=thrift))
    extraction.begin(years.verify() if sie_wanted else years.tonight, years.marks())
    answers = VoucherAnswers(company, extraction, budget.vouchers, anew=full)
    run(company, fortnox_extraction(extraction, answers.emptied))
    with log.reading(SIE.name) as reading:
        try:
            extraction.refuse_left_out(SIE)
            files = list(_files(company, client, extraction, years, reading))
        except NotLicensed as refusal:
            reading.not_licensed = str(refusal)
            reading.left_out = not sie_wanted
        else:
            _load_files(company, files, log, reading)
    answers.load()
    return _result(log, extraction.notes)


def _files(
    company: CompanyDirectory,
    client: FortnoxClient,
    extraction: Extraction,
    years: LockedYears,
    reading: Reading,
) -> Iterator[SieFile]:
    """The SIE file of each year that may have moved, kept as received."""
    for year in extraction.years():
        identity = str(year.get("Id"))
        if identity not in years.ways:
            content = years.fetched.get(identity) or client.content(SIE, financialyear=identity)
            yield _year_file(company, content, identity)
        reading.add(years.count(identity))


def load_sie(
    company: CompanyDirectory,
    files: Sequence[SieFile],
    *,
    progress: LoadProgress,
    clock: Callable[[], float],
) -> LoadResult:
    """Load SIE files of one company, at most one per financial year; years not given stay as they are.

    Raises ``SieError`` or ``UnplacedFile`` when a file turns out broken beyond its head, and ``LoadFailed``.
    """
    log = SurfaceLog(progress, clock, lambda _: 0, held_rows(company))
    with log.reading(SIE.name) as reading:
        for file in files:
            keep_bytes(file, company.sie_directory)
        _load_files(company, files, log, reading)
    return _result(log, Notes())


def _year_file(company: CompanyDirectory, content: bytes, year: str) -> SieFile:
    """The SIE file of one financial year, kept as received."""
    try:
        file = sie_file(content, name=f"fortnox-{year}.se", financial_year_id=year)
    except (SieError, UnplacedFile) as broken:
        raise UnexpectedResponse(
            f"{SIE.path}: Fortnox gave no readable SIE file for financial year {year}; nothing was kept, run again.",
            path=f"{SIE.path}/{year}",
        ) from broken
    keep_bytes(file, company.sie_directory)
    return file


def _load_files(
    company: CompanyDirectory, files: Sequence[SieFile], log: SurfaceLog, reading: Reading
) -> None:
    counts = run(company, sie_source(files, company.company_id)) if files else {}
    reading.rows = sum(counts.values())
    log.progress.advanced(SIE.name, reading.rows)


def _result(log: SurfaceLog, notes: Notes) -> LoadResult:
    return LoadResult(
        tuple(log.results.values()),
        unknown_fields=notes.of("unknown"),
        missing_fields=notes.of("missing"),
        no_right=notes.of("no_right"),
        rounded=notes.of("rounded"),
    )
