"""Fortnox as a dlt source, to any dlt destination, with or without the rest of Tieout.

::

    import dlt
    from pipelines.fortnox import fortnox_source

    pipeline = dlt.pipeline("books", destination="duckdb", dataset_name="fortnox")
    pipeline.run(fortnox_source(company_id="acme", surfaces=["customer_invoices"], invoice_details=20))

``client_id``, ``client_secret`` and ``tenant_id`` come from dlt's own configuration, section
``[sources.fortnox]`` of ``secrets.toml`` or ``SOURCES__FORTNOX__CLIENT_ID`` and so on; so do ``refresh_token_file`` and
``token_key`` of a company that consented with a refresh token (``tieout connect`` writes the file).

The nightly run of Tieout is in ``pipelines.load``; nothing about warehouses belongs here.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import dlt
from dlt.extract import DltResource

from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import SetupError
from pipelines.fortnox.extraction import Chunk, Extraction
from pipelines.fortnox.refresh_tokens import RefreshTokenCredentials
from pipelines.fortnox.resources import invoice_row_resources, readings, record_resources, resources
from pipelines.fortnox.token_store import TokenStore
from pipelines.fortnox.tokens import ClientCredentials, Credentials
from pipelines.surfaces import SilentProgress, SurfaceLog

DEFAULTS = ClientSettings()


@dlt.source(name="fortnox", section="fortnox", max_table_nesting=0)
def fortnox_source(
    company_id: str,
    client_id: str = dlt.secrets.value,
    client_secret: str = dlt.secrets.value,
    tenant_id: str | None = None,
    refresh_token_file: str | None = None,
    token_key: str | None = None,
    api_url: str = DEFAULTS.api_url,
    token_url: str = DEFAULTS.token_url,
    financial_years: Sequence[str] | None = None,
    surfaces: Sequence[str] | None = None,
    invoice_details: int = 0,
) -> Iterable[DltResource]:
    """Every surface of one company, and the rows of its newest invoices.

    Args:
        company_id: what the company is called in the ``company_id`` column of every table.
        client_id: the integration's client id.
        client_secret: the integration's client secret.
        tenant_id: Fortnox's DatabaseNumber of the company, when it has consented to a service account.
        refresh_token_file: where its refresh token is kept encrypted, when it has consented with one instead; every
            renewal replaces the file.
        token_key: the Fernet key that opens that file.
        api_url: where the API is; https, or http on loopback.
        token_url: where tokens are given.
        financial_years: ids of the financial years to read; None means all.
        surfaces: names of rows of the endpoint table; None means all that are read every night.
        invoice_details: how many booked invoices are asked for their rows, the newest first, one request each. Their
            list must be among ``surfaces``. Nothing is held from an earlier run: each replaces the rows of the last.

    Raises ``SetupError`` when neither way of being authorised is complete.
    """
    settings = ClientSettings(api_url=api_url, token_url=token_url)
    credentials = _credentials(
        company_id, (token_url, client_id, client_secret), tenant_id, refresh_token_file, token_key
    )
    client = FortnoxClient(credentials, settings, clock=time.monotonic, sleep=time.sleep)
    log = SurfaceLog(SilentProgress(), time.monotonic, lambda surface: client.requests.get(surface, 0))
    years = None if financial_years is None else frozenset(financial_years)
    extraction = Extraction(client, company_id, log, years, invoice_details=invoice_details)
    return [*resources(extraction, surfaces), *invoice_row_resources(extraction, surfaces)]


def _credentials(
    company_id: str,
    integration: tuple[str, str, str],
    tenant_id: str | None,
    refresh_token_file: str | None,
    token_key: str | None,
) -> Credentials:
    """A refresh token's when a file of one is named, else a service account's."""
    if refresh_token_file and token_key:
        store = TokenStore(Path(refresh_token_file), token_key)
        return RefreshTokenCredentials(*integration, store, company_id)
    if tenant_id and not refresh_token_file:
        return ClientCredentials(*integration, tenant_id)
    raise SetupError(
        "fortnox_source needs tenant_id of a company with a service account, or refresh_token_file and token_key;"
        " set them in dlt's configuration, section sources.fortnox."
    )


@dlt.source(name="fortnox", section="fortnox", max_table_nesting=0)
def fortnox_extraction(extraction: Extraction, emptied: Collection[str] = ()) -> Iterable[DltResource]:
    """The same source over an extraction the caller has set up, with its own client, clock and progress.

    Leaves a mark of every listing, by which the next load asks for what changed. The tables of the surfaces
    ``emptied``, which are read later, are made or emptied.
    """
    return [
        *resources(extraction),
        *invoice_row_resources(extraction),
        *(
            part
            for name in emptied
            for part in record_resources(BY_NAME[name], extraction, [Chunk([], first=True)])
        ),
        readings(extraction),
    ]


@dlt.source(name="fortnox", section="fortnox", max_table_nesting=0)
def fortnox_records(
    endpoint: Endpoint, extraction: Extraction, chunks: Iterable[Chunk]
) -> Iterable[DltResource]:
    """The same source with one surface only, whose ``chunks`` are known already."""
    return list(record_resources(endpoint, extraction, chunks))
