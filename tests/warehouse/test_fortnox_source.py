"""The dlt source on its own: configured by dlt, without Tieout's warehouse, to destinations of dlt's."""

from __future__ import annotations

import textwrap
from pathlib import Path

import dlt
import duckdb
import pytest
from cryptography.fernet import Fernet
from dlt.common.configuration.exceptions import ConfigFieldMissingException

from fortnox_emulator import Emulator
from pipelines.fortnox import fortnox_source, source
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.errors import SetupError
from pipelines.fortnox.token_store import TokenStore

SURFACES = ("locked_period", "suppliers", "supplier_invoices")


@pytest.fixture(autouse=True)
def configured_by_dlt(
    emulator: Emulator, client: FortnoxClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    values = {
        "SOURCES__FORTNOX__CLIENT_ID": emulator.client_id,
        "SOURCES__FORTNOX__CLIENT_SECRET": emulator.client_secret,
        "SOURCES__FORTNOX__TENANT_ID": emulator.tenant_id,
        "SOURCES__FORTNOX__API_URL": client.settings.api_url,
        "SOURCES__FORTNOX__TOKEN_URL": client.settings.token_url,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def test_it_takes_its_secrets_from_dlt_and_loads_several_companies_side_by_side(tmp_path: Path) -> None:
    pipeline = dlt.pipeline(
        "mine", pipelines_dir=str(tmp_path / "dlt"), dataset_name="raw",
        destination=dlt.destinations.duckdb(str(tmp_path / "mine.duckdb")),
    )  # fmt: skip
    for company in ("acme", "o'brien", "acme"):
        pipeline.run(fortnox_source(company_id=company, surfaces=SURFACES))
    with duckdb.connect(str(tmp_path / "mine.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "SELECT company_id, count(*), count(DISTINCT supplier_number) FROM raw.suppliers GROUP BY 1 ORDER BY 1"
        ).fetchall()
        kind = connection.execute(
            "SELECT data_type FROM duckdb_columns() WHERE table_name = 'supplier_invoices' "
            "AND schema_name = 'raw' AND column_name = 'balance'"
        ).fetchall()
    assert [row[0] for row in found] == ["acme", "o'brien"]
    assert len({row[1:] for row in found}) == 1
    assert found[0][1] == found[0][2] > 0
    assert kind == [("DECIMAL(18,2)",)]


def test_the_example_of_the_docstring_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    example = (source.__doc__ or "").split("::\n\n")[1].split("\n\n``client_id``")[0]
    exec(textwrap.dedent(example), {})
    with duckdb.connect(str(tmp_path / "books.duckdb"), read_only=True) as connection:
        ((invoices, rows),) = connection.execute(
            "SELECT count(DISTINCT document_number), count(*) FROM fortnox.customer_invoice_rows"
        ).fetchall()
        ((listed,),) = connection.execute("SELECT count(*) FROM fortnox.customer_invoices").fetchall()
    assert invoices == 20 < listed
    assert rows >= invoices


def test_a_refresh_token_is_used_and_renewed_where_it_is_kept(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__FORTNOX__TENANT_ID")
    store = TokenStore(tmp_path / "consent", Fernet.generate_key().decode())
    store.write(first := emulator.tokens.refresh_token())
    kept = {"refresh_token_file": str(store.path), "token_key": store.key}
    (lock,) = fortnox_source(company_id="acme", surfaces=["locked_period"], **kept)
    assert lock["company_id"] == "acme"
    assert store.read() not in {None, first}
    for half in ({}, {"token_key": store.key}, {"refresh_token_file": str(store.path), "tenant_id": "1"}):
        with pytest.raises(SetupError, match="needs tenant_id of a company"):
            fortnox_source(company_id="acme", **half)


def test_another_destination_is_another_word(tmp_path: Path) -> None:
    pipeline = dlt.pipeline(
        "files", pipelines_dir=str(tmp_path / "dlt"), dataset_name="raw",
        destination=dlt.destinations.filesystem(bucket_url=str(tmp_path / "lake")),
    )  # fmt: skip
    pipeline.run(fortnox_source(company_id="acme", surfaces=SURFACES), loader_file_format="parquet")
    (file,) = (tmp_path / "lake" / "raw" / "supplier_invoices").glob("*.parquet")
    with duckdb.connect() as connection:
        ((rows, kind),) = connection.execute(
            "SELECT count(*), any_value(typeof(balance)) FROM read_parquet(?)", [str(file)]
        ).fetchall()
    assert rows > 0
    assert kind == "DECIMAL(18,2)"


def test_the_sources_resources_are_the_tables_and_only_they_are_selected() -> None:
    source = fortnox_source(company_id="acme")
    assert set(source.selected_resources) == {
        "company_information", "locked_period", "financial_years", "accounts", "predefined_accounts",
        "voucher_series", "vouchers", "customer_invoices", "customer_payments", "customer_write_offs",
        "supplier_invoices", "supplier_invoice_vouchers", "supplier_payments", "supplier_write_offs",
        "customers", "suppliers",
        "company_settings", "account_charts", "predefined_voucher_series", "cost_centers", "projects", "articles",
        "currencies", "assets", "voucher_files", "supplier_invoice_files",
        "archive_files", "inbox_files",
    }  # fmt: skip


def test_a_missing_secret_is_named_by_dlt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCES__FORTNOX__CLIENT_SECRET")
    with pytest.raises(ConfigFieldMissingException, match="client_secret"):
        fortnox_source(company_id="acme")
