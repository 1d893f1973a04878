"""Nights that ask only for what changed end with what a night that reads everything brings, whatever happens."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fortnox_emulator import Emulator, Fault, Switches
from fortnox_emulator.model import Row, Side
from fortnox_emulator.posting import book_payment, book_voucher, new_payment
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import ENDPOINTS, Choice
from pipelines.fortnox.errors import Incomplete, UnexpectedResponse
from pipelines.fortnox.marks import Thrift
from pipelines.fortnox.tokens import ClientCredentials
from pipelines.load import LoadResult, load_fortnox
from pipelines.surfaces import SilentProgress
from pipelines.warehouse import open_warehouse

pytestmark = pytest.mark.slow

#: Pages so short that a small company's lists are long; a first full reading is the only one.
PAGE_SIZE: Final = 20
SEED: Final = 4
DAY: Final = date(2025, 4, 22)
THRIFT: Final = Thrift(full_every_days=1000)
#: In CI a few; longer runs are in decision 0210.
NIGHTS: Final = int(os.environ.get("TIEOUT_PROOF_NIGHTS", "3"))
KILLS: Final = int(os.environ.get("TIEOUT_PROOF_KILLS", "1"))
#: Tables of listings that are read when they are due only, so that tonight's may be of another night.
SELDOM: Final = {f"fortnox.{table}" for row in ENDPOINTS if row.seldom for table in row.tables}
#: What a SIE file fetched on another day says of that day.
OF_THE_DAY: Final = ("file_id", "generated_date")


@dataclass
class Firm:
    """A company of fifteen months, the first twelve locked, and the warehouses it is loaded into."""

    emulator: Emulator
    url: str
    root: Path

    def load(self, name: str = "acme", **options: Any) -> LoadResult:
        """One night into the warehouse ``name``."""
        settings = ClientSettings(
            api_url=self.url,
            token_url=f"{self.url}/oauth-v1/token",
            window_requests=10**6,
            page_size=PAGE_SIZE,
        )
        credentials = ClientCredentials(
            settings.token_url, self.emulator.client_id, self.emulator.client_secret, self.emulator.tenant_id
        )
        company = CompanyDirectory(self.root, name)
        with (
            company.exclusively(),
            FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None) as client,
        ):
            return load_fortnox(
                company, client, progress=SilentProgress(), clock=lambda: 0.0, **{"thrift": THRIFT, **options}
            )

    def content(self, name: str) -> dict[str, pl.DataFrame]:
        """The raw tables, without marks, listings read seldom, the company's name and the day a file was made."""
        with open_warehouse(CompanyDirectory(self.root, name).warehouse_file) as warehouse:
            tables = warehouse.read_tables(["fortnox", "sie"])
        for table in SELDOM | {"fortnox.readings"}:
            del tables[table]
        tables = {
            table: frame.drop("company_id", *OF_THE_DAY, strict=False) for table, frame in tables.items()
        }
        return {table: frame.sort(frame.columns) for table, frame in tables.items()}

    def assert_true(self) -> None:
        """The warehouse holds, row for row, what one that reads everything for the first time holds."""
        fresh = f"fresh{len(list(self.root.iterdir()))}"
        self.load(fresh)
        expected, found = self.content(fresh), self.content("acme")
        assert len(expected) > 20
        assert found.keys() == expected.keys()
        for table, frame in expected.items():
            assert_frame_equal(found[table], frame)


@pytest.fixture(scope="session")
def once_loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the first load of the firm on its usual day leaves behind. Copied, never used in place."""
    root = tmp_path_factory.mktemp("firm") / "books"
    emulator = Emulator(seed=SEED, today=DAY, switches=Switches(rate_limit=False))
    with emulator.serving() as server:
        Firm(emulator, server.base_url, root).load()
    return root


@pytest.fixture
def open_firm(tmp_path: Path) -> Iterator[Callable[..., Firm]]:
    with ExitStack() as stack:

        def opened(today: date = DAY, **switches: Any) -> Firm:
            emulator = Emulator(seed=SEED, today=today, switches=Switches(rate_limit=False, **switches))
            return Firm(emulator, stack.enter_context(emulator.serving()).base_url, tmp_path / "books")

        yield opened


@pytest.fixture
def settled_firm(open_firm: Callable[..., Firm], once_loaded: Path) -> Callable[..., Firm]:
    """The firm on its usual day, loaded once. No switch given here changes what a first load is answered."""

    def settled(**switches: Any) -> Firm:
        firm = open_firm(**switches)
        shutil.copytree(once_loaded, firm.root, symlinks=True)
        return firm

    return settled


def ways(result: LoadResult) -> dict[str, set[str]]:
    """How each surface was read."""
    return {surface.surface: {listing.way for listing in surface.listings} for surface in result.surfaces}


# what happens to books between two nights


def edit_a_locked_row(firm: Firm) -> None:
    """A posting in the locked year moves to another account; no count and no list shows it."""
    books = firm.emulator.books
    first = books.years[0].year_id
    voucher = next(
        v for v in books.vouchers.values() if v.key.year_id == first and v.reference_type == "MANUAL"
    )
    voucher.rows[0].account = 6991 if voucher.rows[0].account != 6991 else 6110


def delete_and_add_a_voucher(firm: Firm) -> None:
    """One manual voucher goes, another comes: the total stays."""
    books = firm.emulator.books
    manual = [
        v.key for v in books.vouchers.values() if books.is_open(v.day) and v.text.startswith("Bankavgifter")
    ]
    for key in manual[:1]:
        books.delete_voucher(key)
        books.files = [file for file in books.files if file.voucher != key]
    rows = [Row(6110, 125_00), Row(1930, -125_00)]
    book_voucher(books, "A", books.today, "Kuvert", rows, registered=books.today)


def delete_a_document_and_a_payment(firm: Firm) -> None:
    """Whatever came last on the suppliers' side and was not booked; else nothing."""
    books = firm.emulator.books
    for document in list(books.documents[Side.SUPPLIER].values()):
        if not document.booked and not books.payments_on(Side.SUPPLIER, document.number, booked_only=False):
            del books.documents[Side.SUPPLIER][document.number]
            books.files = [file for file in books.files if file.document != document.number]
            for plans in books.agenda.values():
                plans[:] = [plan for plan in plans if plan.subject != document.number]
            return


def deactivate_a_customer(firm: Firm) -> None:
    """A customer moves from the one list to the other."""
    books = firm.emulator.books
    customers = books.parties[Side.CUSTOMER]
    number, customer = next((n, c) for n, c in customers.items() if c.active)
    customers[number] = replace(customer, active=False, modified=books.stamp(books.today, "deactivated"))


def change_an_invoice(firm: Firm, moment: datetime) -> None:
    """An invoice gets another cost center, at ``moment`` by Swedish clocks."""
    invoices = firm.emulator.books.documents[Side.CUSTOMER].values()
    invoice = next(invoice for invoice in invoices if invoice.cost_center == "")
    invoice.cost_center, invoice.modified = "KON", moment.replace(tzinfo=None)


ACTS: Final = (
    edit_a_locked_row, delete_and_add_a_voucher, delete_a_document_and_a_payment, deactivate_a_customer,
)  # fmt: skip
TROUBLE: Final = (
    "duplicate_row",
    "drop_row",
    "server_error",
    "reset",
    "truncated",
    "changed_page",
    "empty_page",
)


def test_nights_of_everything_end_with_the_truth(settled_firm: Callable[..., Firm]) -> None:
    firm, random = settled_firm(), Random(7)
    asked = set()
    for night in range(NIGHTS):
        firm.emulator.advance(random.randint(1, 3))
        ACTS[night % len(ACTS)](firm)
        place = random.choice(("/3/invoices", "/3/vouchers", "/3/invoicepayments", "/3/sie", "/3/customers"))
        firm.emulator.add_fault(Fault(random.choice(TROUBLE), place, after=random.randint(0, 2)))
        result = firm.load()
        asked |= set().union(*ways(result).values())
        firm.emulator.clear_faults()
        if night % 10 == 9 or night == NIGHTS - 1:
            firm.load()
            firm.assert_true()
    assert asked == {"full", "changes", "counted", "unmoved", "verified", "held"}


def test_a_locked_row_that_is_edited_makes_its_year_be_read_the_same_night(
    settled_firm: Callable[..., Firm],
) -> None:
    firm = settled_firm()
    quiet = ways(firm.load())
    assert quiet["sie"] == {"verified", "full"}
    assert "unmoved" in quiet["vouchers"] & quiet["accounts"]
    assert "counted" in quiet["voucher_files"], "no SIE file tells of attachments"
    edit_a_locked_row(firm)
    noticed = ways(firm.load())
    assert noticed["sie"] == {"full"}
    assert "unmoved" not in noticed["vouchers"] | noticed["accounts"]
    firm.assert_true()


@pytest.mark.parametrize(
    ("evening", "switches", "way"),
    [
        (date(2025, 3, 29), {"clock_ahead": -3 * 3600}, "changes"),
        (date(2025, 10, 25), {"clock_ahead": 4.5 * 3600, "lastmodified_by_day": True}, "changes"),
        (date(2025, 4, 22), {"says_time": False}, "full"),
    ],
    ids=["into summer time", "out of it and by the day", "no clock"],
)
def test_a_night_over_midnight_misses_nothing_whatever_clock_and_filter_are_like(
    open_firm: Callable[..., Firm], evening: date, switches: dict[str, Any], way: str
) -> None:
    """A day passes between two pages, and an invoice changes in the very second the reading began."""
    firm = open_firm(evening, **switches)
    began = firm.emulator.now
    firm.emulator.add_fault(Fault("changed_page", "/3/vouchers", after=1))
    firm.load()
    assert firm.emulator.now - began == timedelta(days=1), "by the clock on the wall"
    change_an_invoice(firm, began)
    shutil.rmtree(CompanyDirectory(firm.root, "acme").pipelines_directory)
    assert ways(firm.load())["customer_invoices"] == {way}
    firm.assert_true()


def test_a_payment_brings_its_invoice_though_the_invoice_does_not_count_as_modified(
    settled_firm: Callable[..., Firm],
) -> None:
    """That a payment moves its invoice's lastmodified is unconfirmed; its balance it does move."""
    blind = frozenset({"invoices", "supplierinvoices"})
    firm = settled_firm(lastmodified_blind=blind)
    books = firm.emulator.books
    quiet = ways(firm.load())
    assert quiet["customer_invoices"] == quiet["supplier_invoices"] == {"changes"}
    for side in Side:
        waiting = next(
            document
            for document in books.documents[side].values()
            if document.booked and not document.cancelled and books.currency_left(document) > 0
        )
        mode = books.profile.scheme.mode(side)
        left = books.currency_left(waiting)
        payment = new_payment(books, waiting, books.today, left, mode=mode, registered=books.today)
        book_payment(books, payment, registered=books.today)
    paid = ways(firm.load())
    assert paid["customer_invoices"] == paid["supplier_invoices"] == {"full"}
    firm.assert_true()


def test_one_attachment_for_another_on_an_early_page_is_seen_within_full_every_days(
    settled_firm: Callable[..., Firm],
) -> None:
    """Total and last page stay as they were, so that nothing moves on the six nights in between."""
    firm, week = settled_firm(), Thrift(full_every_days=7)
    attachments = Choice(
        without=frozenset(row.name for row in ENDPOINTS) - {"locked_period", "supplier_invoice_files"}
    )
    books = firm.emulator.books
    attached = [file for file in books.files if file.document]
    assert len(attached) > 2 * PAGE_SIZE, "longer than what is read in full every night"

    def held() -> set[str]:
        file = CompanyDirectory(firm.root, "acme").warehouse_file
        with duckdb.connect(str(file), read_only=True) as warehouse:
            rows = warehouse.execute("SELECT file_id FROM fortnox.supplier_invoice_files").fetchall()
        return {file_id for (file_id,) in rows}

    before, old = held(), attached[0]
    new = replace(old, file_id="00000000" + old.file_id[8:])
    books.files[books.files.index(old)] = new
    for day in range(1, 7):
        firm.emulator.switches.clock_ahead = day * 86_400
        assert ways(firm.load(thrift=week, choice=attachments))["supplier_invoice_files"] == {"counted"}
        assert held() == before
    firm.emulator.switches.clock_ahead = 7 * 86_400
    assert ways(firm.load(thrift=week, choice=attachments))["supplier_invoice_files"] == {"full"}
    assert held() == before - {old.file_id} | {new.file_id}


@pytest.mark.parametrize("touched", [False, True], ids=["documents as they were", "documents modified"])
def test_documents_follow_a_customer_and_a_supplier_to_their_new_numbers(
    settled_firm: Callable[..., Firm], touched: bool
) -> None:
    """Also the payments whose detail, fetched once, says whose invoice they are on."""
    firm = settled_firm(renumbering_touches_documents=touched)
    books = firm.emulator.books
    abroad = {
        side: next(
            doc.party for doc in books.documents[side].values() if doc.currency != "SEK" and doc.booked
        )
        for side in Side
    }
    assert ways(firm.load())["customer_invoices"] == {"changes"}
    for side, number in abroad.items():
        firm.emulator.renumber(side.value, number, "9301")
    assert ways(firm.load())["customer_invoices"] == {"changes" if touched else "full"}
    raw = firm.content("acme")
    for side, number in abroad.items():
        register, named = f"fortnox.{side.value}s", f"invoice_{side.value}_number"
        numbers = set(raw[register][f"{side.value}_number"])
        assert (number in numbers, "9301" in numbers) == (False, True)
        assert number not in set(raw[f"fortnox.{side.value}_invoices"][f"{side.value}_number"])
        payments = set(raw[f"fortnox.{side.value}_payments"][named])
        assert (number in payments, "9301" in payments) == (False, True)
    firm.assert_true()
    assert ways(firm.load())["customer_invoices"] == {"changes"}, "once"


def test_what_is_dropped_is_named_and_the_next_night_repairs(settled_firm: Callable[..., Firm]) -> None:
    firm = settled_firm()
    for fault, error, named in (
        (Fault("drop_row", "/3/invoices", times=None), Incomplete, "invoices"),
        (Fault("empty_page", "/3/supplierinvoices", times=None, after=1), Incomplete, "supplierinvoices"),
        (Fault("garbage", "/3/sie", times=None, after=1), UnexpectedResponse, "sie/4"),
    ):
        firm.emulator.advance()
        firm.emulator.add_fault(fault)
        with pytest.raises(error, match=named) as caught:
            firm.load()
        assert caught.value.exit == 3
        firm.emulator.clear_faults()
    firm.load()
    firm.assert_true()


# killed anywhere


def test_a_load_cut_off_between_two_tables_leaves_nothing_that_is_told_from_the_first(
    settled_firm: Callable[..., Firm],
) -> None:
    """The vouchers are of the killed load; the next numbers of their series, and the marks, of the one before."""
    firm = settled_firm()
    file = str(CompanyDirectory(firm.root, "acme").warehouse_file)
    older = ("readings", "voucher_series")
    with duckdb.connect(file) as warehouse:
        for table in older:
            warehouse.execute(f"CREATE TABLE main.{table} AS FROM fortnox.{table}")
    delete_and_add_a_voucher(firm)
    firm.load()
    with duckdb.connect(file) as warehouse:
        for table in older:
            warehouse.execute(f"DELETE FROM fortnox.{table}")
            warehouse.execute(f"INSERT INTO fortnox.{table} BY NAME FROM main.{table}")
            warehouse.execute(f"DROP TABLE main.{table}")
        warehouse.execute(
            "DELETE FROM fortnox._dlt_loads WHERE load_id = (SELECT max(load_id) FROM fortnox._dlt_loads)"
        )
    firm.load()
    firm.assert_true()


KILLED: Final = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from dlt.destinations.impl.duckdb.duck import DuckDbClient
    from dlt.destinations.impl.duckdb.sql_client import DuckDbSqlClient
    from pipelines.companies import CompanyDirectory
    from pipelines.fortnox.client import ClientSettings, FortnoxClient
    from pipelines.fortnox.marks import Thrift
    from pipelines.fortnox.tokens import ClientCredentials
    from pipelines.load import load_fortnox

    root, base, client_id, secret, tenant, last, page_size = sys.argv[1:]
    ticks = 0

    def tick(*_):
        global ticks
        ticks += 1
        if ticks == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    class Progress:
        started = advanced = finished = tick

    def ticking(owner, name):
        done = getattr(owner, name)
        def step(*arguments, **options):
            tick()
            return done(*arguments, **options)
        setattr(owner, name, step)

    ticking(DuckDbClient, "complete_load")
    ticking(DuckDbSqlClient, "execute_many")
    ticking(DuckDbSqlClient, "execute_sql")
    settings = ClientSettings(api_url=base, token_url=base + "/oauth-v1/token", window_requests=1_000_000,
                              page_size=int(page_size))
    credentials = ClientCredentials(settings.token_url, client_id, secret, tenant)
    company = CompanyDirectory(Path(root), "acme")
    with company.exclusively():
        with FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None) as client:
            load_fortnox(company, client, progress=Progress(), clock=lambda: 0.0, thrift=Thrift(1000))
    print(ticks)
    """
)


def killed(firm: Firm, tick: int) -> subprocess.CompletedProcess[str]:
    """A night that is killed at its ``tick``-th step; 0 lets it come to its end."""
    return subprocess.run(
        [
            sys.executable, "-c", KILLED, str(firm.root), firm.url, firm.emulator.client_id,
            firm.emulator.client_secret, firm.emulator.tenant_id, str(tick), str(PAGE_SIZE),
        ],
        check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_nights_killed_anywhere_lose_and_double_nothing(settled_firm: Callable[..., Firm]) -> None:
    firm, random = settled_firm(), Random(11)
    firm.emulator.advance()
    steps = int(killed(firm, 0).stdout)
    assert steps > 60
    ended = []
    for night in range(1, KILLS + 1):
        firm.emulator.advance()
        ended.append(killed(firm, random.randint(1, steps)).returncode)
        if random.random() < 0.3:
            for file in CompanyDirectory(firm.root, "acme").pipelines_directory.rglob("*"):
                if file.is_file():
                    file.unlink()
        if night % 10 == 0 or night == KILLS:
            firm.load()
            firm.assert_true()
    assert set(ended) <= {-signal.SIGKILL, 0}, "a night of fewer steps may come to its end"
    assert ended.count(-signal.SIGKILL) > KILLS * 0.8
