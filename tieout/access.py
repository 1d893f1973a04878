"""Asking a configured company's Fortnox anything at all: credentials, client, and how each surface can be reached.

This is where settings, the clock and the environment meet the client, which takes all three as arguments. Loading
belongs in ``sources.py``: who only asks does not wait for dlt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.endpoints import BY_NAME, EVERY_NIGHT, Choice
from pipelines.fortnox.errors import NotLicensed, SetupError
from pipelines.fortnox.refresh_tokens import RefreshTokenCredentials
from pipelines.fortnox.token_store import TokenStore
from pipelines.fortnox.tokens import ClientCredentials, Credentials
from tieout.settings import FortnoxSettings, SettingsError, TieoutSettings


@dataclass(frozen=True)
class FortnoxAccess:
    """The API, as one company's client sees it; ``tokens`` holds its consent where that is not a service account's."""

    client_id: str
    client_secret: str
    tenant_id: str
    settings: ClientSettings
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    tokens: TokenStore | None = None
    company_id: str = "COMPANY"

    def connect(self) -> FortnoxClient:
        """A client for this company; nothing is sent yet."""
        return FortnoxClient(self._credentials(), self.settings, clock=self.clock, sleep=self.sleep)

    def _credentials(self) -> Credentials:
        integration = (self.settings.token_url, self.client_id, self.client_secret)
        if self.tokens is None:
            return ClientCredentials(*integration, self.tenant_id)
        return RefreshTokenCredentials(*integration, self.tokens, self.company_id)

    def test_connection(self, choice: Choice = EVERY_NIGHT) -> Iterator[Reach]:
        """How each surface of ``choice`` can be reached; one request each, nothing kept but a renewed token."""
        with self.connect() as client:
            self.refuse_other_tenant(client)
            for endpoint in choice.rows:
                refusal = _refusal(client, endpoint)
                consented = None if client.scopes is None else endpoint.scope in client.scopes
                yield Reach(endpoint.name, endpoint.scope, refusal, consented)

    def refuse_other_tenant(self, client: FortnoxClient) -> None:
        """Raise ``SetupError`` when the token opens another company's books than the configured tenant's."""
        answering = str(client.one(BY_NAME["company_information"]).get("DatabaseNumber"))
        if answering != self.tenant_id:
            raise SetupError(
                f"companyinformation: the token is for tenant {answering}, not {self.tenant_id}; nothing was"
                " loaded, correct tenant_id in the configuration"
            )


@dataclass(frozen=True)
class Reach:
    """Whether a surface can be read: ``refusal`` is None when it can, else why not.

    ``consented`` says whether the token covers the surface's ``scope``, None where Fortnox does not say.
    """

    surface: str
    scope: str
    refusal: str | None
    consented: bool | None


def _refusal(client: FortnoxClient, endpoint: Endpoint) -> str | None:
    try:
        if endpoint.shape in {Shape.OBJECT, Shape.FOLDER}:
            client.one(endpoint)
        elif endpoint.shape is Shape.BYTES:
            client.content(endpoint)
        else:
            client.count(endpoint, **endpoint.variants[0])
    except NotLicensed as refusal:
        return str(refusal)
    return None


def fortnox_access_of(settings: TieoutSettings, name: str, environment: Mapping[str, str]) -> FortnoxAccess:
    """Access to the configured company ``name``, its secrets resolved. Raises ``SettingsError``."""
    company = settings.company(name)
    if settings.fortnox is None:
        raise SettingsError(f"{settings.path}: no [fortnox] section; tieout.example.toml shows one")
    if company.tenant_id is None:
        raise SettingsError(
            f"{settings.path}: companies.{name}: tenant_id is missing (Fortnox's DatabaseNumber);"
            f" `tieout connect {name}` says which it is"
        )
    return FortnoxAccess(
        settings.fortnox.client_id.resolve("fortnox.client_id", environment),
        settings.fortnox.client_secret.resolve("fortnox.client_secret", environment),
        company.tenant_id,
        client_settings(settings.fortnox),
        tokens=token_store_of(settings, name, environment) if company.connection == "refresh" else None,
        company_id=name,
    )


def token_store_of(settings: TieoutSettings, name: str, environment: Mapping[str, str]) -> TokenStore:
    """Where the refresh token of company ``name`` is kept. Raises ``SettingsError`` or ``SetupError`` without a key."""
    key = settings.fortnox.token_key if settings.fortnox else None
    if key is None:
        raise SettingsError(
            f"{settings.path}: fortnox.token_key is missing: refresh tokens are kept encrypted; refer to a key with"
            ' { env = "NAME" }, and `tieout connect --make-key` makes one'
        )
    store = TokenStore(
        CompanyDirectory(settings.root, name).consent, key.resolve("fortnox.token_key", environment)
    )
    store.check_key()
    return store


def client_settings(fortnox: FortnoxSettings) -> ClientSettings:
    """The configuration's connection settings in the client's terms."""
    return ClientSettings(
        api_url=fortnox.api_url,
        token_url=fortnox.token_url,
        timeout=fortnox.timeout_seconds,
        request_seconds=fortnox.request_seconds,
        retry_attempts=fortnox.retry_attempts,
        retry_max_wait=fortnox.retry_max_wait_seconds,
    )
