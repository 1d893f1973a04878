"""Loading a company from the API: exact, whole, repeatable, and repaired after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from fortnox_emulator import Emulator, Fault
from pipelines.companies import CompanyDirectory
from pipelines.fortnox import schema
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoints import ENDPOINTS, Choice
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import WITHIN_BUDGET, Budget
from pipelines.fortnox.errors import FortnoxError, Incomplete, ServerTrouble
from pipelines.fortnox.listings import TABLE
from pipelines.fortnox.marks import Thrift
from pipelines.held import held_rows
from pipelines.load import LoadFailed, LoadResult
from pipelines.plan import plan_by_counting, plan_from_last_load
from pipelines.surfaces import LEFT_OUT
from pipelines.warehouse import WarehouseHeld

pytestmark = pytest.mark.slow

Load = Callable[..., LoadResult]
Content = Callable[[], dict[str, pl.DataFrame]]
First = Any  #: conftest's FirstLoad: the company as its first load left it


def assert_same(found: dict[str, pl.DataFrame], expected: dict[str, pl.DataFrame]) -> None:
    assert found.keys() == expected.keys()
    for name, frame in expected.items():
        assert_frame_equal(found[name], frame)


def nothing_but(*surfaces: str) -> Choice:
    """So that a load is short."""
    return Choice(without=frozenset(row.name for row in ENDPOINTS) - {*surfaces})


#: With what decides which payments are asked for.
PAYMENTS = nothing_but(
    "locked_period", "financial_years", "vouchers", "customer_payments", "supplier_payments"
)


def undated(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Without what depends on the day of the load: a SIE file's own date, and the archive, which is listed seldom."""
    of_the_day = ("file_id", "generated_date")
    return {
        name: frame.drop(of_the_day, strict=False).sort(pl.all()) if name.startswith("sie.") else frame
        for name, frame in tables.items()
        if name != "fortnox.archive_files"
    }


def raw_rows(client: FortnoxClient, emulator: Emulator, path: str, wrapper: str) -> list[Any]:
    """A listing fetched by hand, as a second witness."""
    base = client.settings.api_url
    token = httpx.post(
        client.settings.token_url,
        data={"grant_type": "client_credentials"},
        auth=(emulator.client_id, emulator.client_secret),
        headers={"TenantId": emulator.tenant_id},
    ).json()["access_token"]
    answer = httpx.get(
        f"{base}/3/{path}", params={"limit": 500}, headers={"Authorization": f"Bearer {token}"}
    )
    rows = json.loads(answer.text, parse_float=Decimal)[wrapper]
    assert isinstance(rows, list)
    return rows


def test_what_the_api_says_is_in_the_warehouse_to_the_ore(
    first: First, content: Content, client: FortnoxClient, emulator: Emulator
) -> None:
    tables = content()
    for path, wrapper, table in (
        ("invoices", "Invoices", "fortnox.customer_invoices"),
        ("supplierinvoices", "SupplierInvoices", "fortnox.supplier_invoices"),
    ):
        rows = raw_rows(client, emulator, path, wrapper)
        assert tables[table].height == len(rows)
        for field, column in (("Total", "total"), ("Balance", "balance")):
            assert tables[table][column].sum() == sum(Decimal(str(row[field])) for row in rows)
    named = sum(
        len(row["Vouchers"]) for row in raw_rows(client, emulator, "supplierinvoices", "SupplierInvoices")
    )
    assert tables["fortnox.supplier_invoice_vouchers"].height == named


def test_every_table_has_exactly_its_columns_and_types(load: Load, content: Content) -> None:
    result = load(
        choice=Choice(also=frozenset(row.name for row in BY_CHOICE)), budget=Budget(invoices=10, vouchers=10)
    )
    tables = content()
    for table in schema.TABLES:
        frame = tables[f"fortnox.{table.name}"]
        assert frame.columns == ["company_id", *(field.column for field in table.fields), "unknown_fields"]
        assert frame["unknown_fields"].null_count() == frame.height
        assert set(frame["company_id"]) <= {"acme"}
        assert frame.select(pl.struct(table.primary_key).is_duplicated().any()).item() is False
        for field in table.fields:
            if field.kind.value == "money":
                assert frame.schema[field.column] == pl.Decimal(18, 2)
    assert (result.unknown_fields, result.missing_fields) == ({}, {})


def test_the_sie_files_are_loaded_per_year_and_kept_as_received(
    first: First, content: Content, company: CompanyDirectory
) -> None:
    files = content()["sie.files"]
    assert set(files["financial_year_id"]) == set(content()["fortnox.financial_years"]["id"])
    stored = {path.stem for path in company.sie_directory.glob("*.se")}
    assert stored == set(files["file_id"])
    rows = content()["sie.voucher_rows"].filter(pl.col("kind") == "row")
    assert rows["amount"].sum() == 0


def test_loading_the_same_night_twice_changes_nothing(first: First, load: Load, content: Content) -> None:
    held = content()
    second_result = load()
    assert_same(content(), held)
    for before, after in zip(first.result.surfaces, second_result.surfaces, strict=True):
        assert sum(part.exist for part in after.listings) == sum(part.exist for part in before.listings)


def test_the_next_night_is_as_if_loaded_for_the_first_time(
    first: First, load: Load, content: Content, emulator: Emulator, company: CompanyDirectory
) -> None:
    before = content()
    emulator.advance(5)
    load()
    after = content()
    assert after["fortnox.vouchers"].height > before["fortnox.vouchers"].height
    for file in company.work.rglob("*"):
        if file.is_file() and file.name != "lock":
            file.unlink()
    load()
    assert_same(undated(content()), undated(after))


@pytest.fixture
def asked(load: Load, client: FortnoxClient) -> Callable[..., tuple[int, int]]:
    """Load and say how many requests that took: all of them, and those for payments."""

    def run(**options: Any) -> tuple[int, int]:
        before = client.requests
        load(**options)
        return asked_for({name: count - before.get(name, 0) for name, count in client.requests.items()})

    return run


def asked_for(requests: dict[str, int]) -> tuple[int, int]:
    """All requests, and those for payments."""
    return sum(requests.values()), requests["customer_payments"] + requests["supplier_payments"]


def test_payment_details_are_fetched_once_and_survive_a_lost_dlt_directory(
    first: First, asked: Callable[..., tuple[int, int]], content: Content, company: CompanyDirectory
) -> None:
    assert asked_for(first.requests)[1] > 50
    held = content()
    for file in company.pipelines_directory.rglob("*"):
        if file.is_file():
            file.unlink()
    requests, for_payments = asked(choice=PAYMENTS)
    assert for_payments == 2
    assert requests < 50
    assert_same(content(), held)


def test_payment_details_of_a_load_that_was_cut_off_are_fetched_again(
    first: First, asked: Callable[..., tuple[int, int]], content: Content, company: CompanyDirectory
) -> None:
    all_of_them = asked_for(first.requests)[1]
    expected = content()
    with duckdb.connect(str(company.warehouse_file)) as connection:
        connection.execute("UPDATE fortnox.customer_write_offs SET _dlt_load_id = 'older'")
        connection.execute("DELETE FROM fortnox.supplier_write_offs")
    written_off = sum(
        expected[f"fortnox.{table}"]["payment_number"].n_unique()
        for table in ("customer_write_offs", "supplier_write_offs")
    )
    assert asked(choice=PAYMENTS)[1] == 2 + written_off > 2
    with duckdb.connect(str(company.warehouse_file)) as connection:
        connection.execute("UPDATE fortnox._dlt_loads SET status = 1")
    assert asked(choice=PAYMENTS)[1] == all_of_them
    assert asked(choice=PAYMENTS, full=True)[1] == all_of_them
    assert_same(content(), expected)


def test_a_field_nobody_described_is_kept_and_gets_its_column_once_it_is_described(
    load: Load, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = TABLE["projects"]
    status = next(field for field in described.fields if field.column == "status")
    monkeypatch.setitem(
        TABLE, "projects", replace(described, fields=tuple(f for f in described.fields if f is not status))
    )
    projects = nothing_but("projects")
    result = load(choice=projects)
    before = content()["fortnox.projects"]
    assert result.unknown_fields == {"projects.Status": before.height}
    assert set(before["unknown_fields"]) == {'{"Status": "ONGOING"}'}
    monkeypatch.setitem(TABLE, "projects", described)
    assert load(choice=projects).unknown_fields == {}
    after = content()["fortnox.projects"]
    assert set(after["status"]) == {"ONGOING"}
    assert after["unknown_fields"].null_count() == after.height == before.height


def test_rows_that_are_gone_at_fortnox_are_gone_here(
    first: First, load: Load, content: Content, company: CompanyDirectory
) -> None:
    expected = content()
    with duckdb.connect(str(company.warehouse_file)) as connection:
        connection.execute(
            "INSERT INTO fortnox.suppliers BY NAME "
            "SELECT * REPLACE ('gone' AS supplier_number, '0' AS _dlt_id) FROM fortnox.suppliers LIMIT 1"
        )
    load()
    assert_same(content(), expected)


def test_a_surface_without_licence_keeps_its_rows_and_says_so(
    first: First, load: Load, content: Content, emulator: Emulator
) -> None:
    before = content()
    emulator.switches.licence_missing = frozenset({"suppliers", "sie"})
    result = load()
    assert {surface.surface: surface.status for surface in result.unread} == {
        "suppliers": "not_licensed",
        "sie": "not_licensed",
    }
    assert_same(content(), before)


@pytest.mark.parametrize("status", [403, 400])
def test_a_surface_never_licensed_is_an_empty_table_with_a_status(
    load: Load, content: Content, emulator: Emulator, status: int
) -> None:
    emulator.set_switches({"licence_missing": ["suppliers"], "licence_status": status})
    result = load(choice=nothing_but("suppliers"))
    assert [one.surface for one in result.unread if one.status != LEFT_OUT] == ["suppliers"]
    assert content()["fortnox.suppliers"].height == 0


def test_a_field_the_user_may_not_see_is_null_and_counted(
    load: Load, content: Content, emulator: Emulator
) -> None:
    emulator.switches.no_right = frozenset({"invoices.Total"})
    result = load(choice=nothing_but("customer_invoices"))
    invoices = content()["fortnox.customer_invoices"]
    assert result.no_right == {"customer_invoices.Total": invoices.height}
    assert invoices["total"].null_count() == invoices.height


def unfinished(company: CompanyDirectory) -> list[Path]:
    """What was extracted and never loaded."""
    kept = {"extracted", ".version"}
    return [path for path in company.pipelines_directory.glob("*/normalize/**/*") if path.name not in kept]


def test_a_failed_night_is_an_error_and_the_next_one_repairs(
    first: First, load: Load, content: Content, emulator: Emulator, company: CompanyDirectory
) -> None:
    before = content()
    for fault, error in (
        (Fault("server_error", "/3/suppliers", times=None), ServerTrouble),
        (Fault("drop_row", "/3/vouchers", times=None), Incomplete),
        (Fault("garbage", "/3/sie", times=None), FortnoxError),
    ):
        emulator.add_fault(fault)
        with pytest.raises(error) as caught:
            load()
        assert caught.value.exit == 3
        assert_same(content(), before)
        assert not unfinished(company), "nothing of a night that failed is left behind"
        emulator.clear_faults()
    load()
    assert_same(content(), before)


@pytest.mark.parametrize("read_only", ["True", "False"], ids=["reader", "writer"])
def test_another_program_that_holds_the_work_file_is_one_clear_error(
    first: First, load: Load, company: CompanyDirectory, client: FortnoxClient, read_only: str
) -> None:
    held = subprocess.Popen(
        [
            sys.executable, "-c",
            f"import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only={read_only}); print('held', flush=True); "
            "input()",
            str(company.warehouse_file),
        ],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert held.stdout is not None
        assert held.stdout.readline() == b"held\n"
        with pytest.raises(WarehouseHeld, match=f"process {held.pid} has the warehouse open; close it"):
            load()
        assert sum(client.requests.values()) < 20, "before anything is fetched that could not be kept"
    finally:
        held.communicate(b"\n")


def test_a_table_that_cannot_take_its_rows_is_one_clear_error(
    first: First, load: Load, content: Content, company: CompanyDirectory
) -> None:
    """Somebody renamed a column of the work file by hand."""
    held = content()

    def rename(before: str, after: str) -> None:
        with duckdb.connect(str(company.warehouse_file)) as connection:
            connection.execute(f"ALTER TABLE fortnox.suppliers RENAME COLUMN {before} TO {after}")

    rename("city", "town")
    with pytest.raises(
        LoadFailed, match=r"^The warehouse could not be written \(load: \w+\): close any program"
    ):
        load(choice=nothing_but("suppliers"), full=True)
    rename("town", "city")
    load(choice=nothing_but("suppliers"), full=True)
    assert_same(content(), held)


KILLED = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from dlt.destinations.impl.duckdb.duck import DuckDbClient
    from pipelines.companies import CompanyDirectory
    from pipelines.fortnox.client import ClientSettings, FortnoxClient
    from pipelines.fortnox.tokens import ClientCredentials
    from pipelines.load import load_fortnox

    root, base, client_id, secret, tenant, moment = sys.argv[1:]

    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    class DyingProgress:
        def started(self, surface, expected_rows):
            if moment == f"before {surface}":
                die()
        def advanced(self, surface, rows):
            if moment == f"in {surface}":
                die()
        def finished(self, surface, status):
            pass

    finish = DuckDbClient.complete_load
    commits = 0

    def complete_load(self, load_id):
        global commits
        commits += 1
        if moment == f"before commit {commits}":
            die()
        finish(self, load_id)
        if moment == f"after commit {commits}":
            die()

    DuckDbClient.complete_load = complete_load
    settings = ClientSettings(api_url=base, token_url=base + "/oauth-v1/token", window_requests=1_000_000)
    credentials = ClientCredentials(settings.token_url, client_id, secret, tenant)
    company = CompanyDirectory(Path(root), "acme")
    with company.exclusively():
        with FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None) as client:
            load_fortnox(company, client, progress=DyingProgress(), clock=lambda: 0.0)
    """
)
MOMENTS = ["in vouchers", "before commit 1", "before sie", "before commit 2"]


def test_a_killed_load_is_repaired_by_the_next(
    first: First,
    load: Load,
    content: Content,
    emulator: Emulator,
    company: CompanyDirectory,
    client: FortnoxClient,
) -> None:
    """Every load goes past the moment at which the one before it was killed, over what that one left behind."""
    emulator.advance(3)
    arguments = [
        str(company.root), client.settings.api_url, emulator.client_id, emulator.client_secret, emulator.tenant_id
    ]  # fmt: skip
    for moment in MOMENTS:
        killed = subprocess.run([sys.executable, "-c", KILLED, *arguments, moment], check=False, timeout=120)
        assert killed.returncode == -signal.SIGKILL, moment
    load()
    repaired = content()
    assert not unfinished(company), "nor of those that were killed"
    load()
    assert_same(content(), repaired)
    for pipeline in company.pipelines_directory.iterdir():
        assert len([*pipeline.glob("load/*/*/")]) == 1, "the last load's note of itself, and no older one"
    assert repaired["fortnox.vouchers"].height == held_rows(company)["vouchers"]


def test_the_run_is_the_same_whatever_dlt_is_told_from_outside(
    load: Load, content: Content, company: CompanyDirectory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (elsewhere / ".dlt").mkdir(parents=True)
    home.mkdir()
    (elsewhere / ".dlt" / "config.toml").write_text('[normalize]\nloader_file_format = "insert_values"\n')
    monkeypatch.chdir(elsewhere)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SCHEMA__NAMING", "direct")
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(elsewhere / "other.duckdb"))
    told: list[object] = []
    monkeypatch.setattr("dlt.common.runtime.anon_tracker.before_send", told.append)
    load(choice=nothing_but("suppliers", "financial_years", "sie"))
    assert told == [], "dlt reports to nobody"
    assert list(company.work.rglob("*trace*")) == [], "nor keeps a record of its own of how it went"
    assert content()["fortnox.suppliers"].height > 0
    assert content()["sie.vouchers"].height > 0
    assert list(home.iterdir()) == []
    assert {path.name for path in elsewhere.iterdir()} == {".dlt"}


def test_a_first_load_is_planned_by_counting_only(company: CompanyDirectory) -> None:
    assert plan_from_last_load(company).requests is None


def test_the_plan_knows_what_the_load_will_ask(
    first: First, asked: Callable[..., tuple[int, int]], company: CompanyDirectory, client: FortnoxClient
) -> None:
    requests, _ = asked(thrift=Thrift(full_every_days=1))
    assert plan_from_last_load(company).requests == pytest.approx(requests, abs=3)
    before = sum(client.requests.values())
    counted = plan_by_counting(company, client)
    assert counted.requests == requests
    assert sum(client.requests.values()) - before < 40
    assert counted.minutes == pytest.approx(requests / 4.75 / 60, rel=0.01)
    singly = plan_from_last_load(company, budget=Budget(invoices=10, vouchers=5)).surfaces[-3:]
    assert [surface.surface for surface in singly] == [row.name for row in WITHIN_BUDGET]
    assert [surface.requests for surface in singly] == [5, 10, 0]


def test_progress_hears_of_every_surface(once_loaded: First) -> None:
    result = once_loaded.result
    order = [surface.surface for surface in result.surfaces]
    assert once_loaded.heard == [(what, surface) for surface in order for what in ("started", "complete")]
    assert once_loaded.rows == {surface.surface: surface.rows for surface in result.surfaces}
