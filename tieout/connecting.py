"""Connecting a company: ask for the consent, exchange its code, prove what it opens, and keep what must be kept.

Nothing is stored before the answering company is known to be the configured one. Terminal and browser belong in
``tieout.commands.connect``.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from pipelines.fortnox.client import ClientSettings, FortnoxClient, checked_address
from pipelines.fortnox.consent import AuthorizationCode, ConsentRequest, Mode
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import NoConsent, NotConnected, SetupError, UnexpectedResponse
from pipelines.fortnox.scopes import scopes_for
from pipelines.fortnox.token_store import TokenStore
from pipelines.fortnox.tokens import ClientCredentials, Credentials
from tieout.access import client_settings, token_store_of
from tieout.settings import FortnoxSettings, SettingsError, TieoutSettings


@dataclass(frozen=True)
class Connection:
    """A company that answered: what it is called, its organisation number, its tenant, and how it stays connected."""

    company: str
    name: str
    corporate_id: str
    tenant_id: str
    mode: Mode

    def __str__(self) -> str:
        return f"{self.company} is {self.name}, {self.corporate_id}, tenant {self.tenant_id}."


@dataclass(frozen=True)
class Connector:
    """One company's way to a connection. ``store`` keeps the refresh token in mode refresh; ``tenant_id`` is what the
    configuration expects, None when it does not say yet.
    """

    request: ConsentRequest
    settings: ClientSettings
    tenant_id: str | None
    store: TokenStore | None
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    nonce: Callable[[], str] = secrets.token_hex

    def address(self) -> str:
        """Where the user consents."""
        return self.request.address(self.now(), self.nonce())

    def settle_url(self, url: str) -> Connection:
        """``settle`` for the address a browser ended at, as somebody copied it."""
        given, expected = _parts(url), urlsplit(self.request.redirect_uri)
        if given is None or given[:3] != expected[:3]:
            raise NoConsent(
                f"{self.request.company}: the pasted address is not {self.request.redirect_uri} with an answer; paste"
                " the whole address the browser ended at."
            )
        return self.settle(given.query)

    def settle(self, query: str) -> Connection:
        """Make Fortnox's answer a connection. Raises a ``FortnoxError``; nothing is stored then."""
        request = self.request
        code = request.code_in(query, self.now())
        exchange = AuthorizationCode(
            self.settings.token_url, request.client_id, request.client_secret, code, request.redirect_uri
        )
        connection = self._ask(exchange)
        if self.tenant_id not in {None, connection.tenant_id}:
            raise SetupError(
                f"{request.company}: the consent is for tenant {connection.tenant_id} ({connection.name}), not"
                f" {self.tenant_id}; nothing was stored. Consent as the right company, or correct tenant_id."
            )
        if self.store is None:
            self._prove_service_account(connection)
        else:
            self._keep(self.store, exchange.refresh_token)
        return connection

    def _ask(self, credentials: Credentials) -> Connection:
        """Which company the credentials open."""
        with FortnoxClient(credentials, self.settings, clock=self.clock, sleep=self.sleep) as client:
            information = client.one(BY_NAME["company_information"])
        name, corporate_id, tenant = (
            str(information.get(field) or "")
            for field in ("CompanyName", "OrganizationNumber", "DatabaseNumber")
        )
        if not tenant:
            raise UnexpectedResponse(
                "companyinformation: Fortnox does not say which company this is; nothing was stored.",
                path="companyinformation/DatabaseNumber",
            )
        return Connection(self.request.company, name, corporate_id, tenant, self.request.mode)

    def _prove_service_account(self, connection: Connection) -> None:
        """Raise unless client credentials alone open the company that consented."""
        request = self.request
        alone = ClientCredentials(
            self.settings.token_url, request.client_id, request.client_secret, connection.tenant_id
        )
        try:
            proven = self._ask(alone)
        except NotConnected as refusal:
            raise NoConsent(
                f"{request.company}: {connection.name} consented, but not to a service account ({refusal.code}); let a"
                " system administrator consent, or connect with --mode refresh."
            ) from None
        if proven.tenant_id != connection.tenant_id:
            raise SetupError(
                f"{request.company}: the service account opens tenant {proven.tenant_id}, not {connection.tenant_id}."
            )

    def _keep(self, store: TokenStore, refresh_token: str | None) -> None:
        if refresh_token is None:
            raise UnexpectedResponse(
                f"{self.request.company}: the token endpoint gave no refresh token; nothing was stored. Connect with"
                " --mode service.",
                path="token/refresh_token",
            )
        with store.exclusively():
            store.write(refresh_token)


def connector_of(
    settings: TieoutSettings, name: str, mode: Mode | None, environment: Mapping[str, str]
) -> Connector:
    """How to connect the configured company ``name``; ``mode`` overrides its own. Raises ``SettingsError``."""
    company = settings.company(name)
    if settings.fortnox is None:
        raise SettingsError(f"{settings.path}: no [fortnox] section; tieout.example.toml shows one")
    fortnox, chosen = settings.fortnox, mode or company.connection
    request = ConsentRequest(
        authorize_url=str(checked_address(fortnox.authorize_url)),
        client_id=fortnox.client_id.resolve("fortnox.client_id", environment),
        client_secret=fortnox.client_secret.resolve("fortnox.client_secret", environment),
        redirect_uri=_redirect_uri(fortnox),
        scopes=scopes_for(company.choice),
        company=name,
        mode=chosen,
    )
    return Connector(
        request,
        replace(client_settings(fortnox), retry_attempts=min(fortnox.retry_attempts, 3)),
        company.tenant_id,
        token_store_of(settings, name, environment) if chosen == "refresh" else None,
    )


def _parts(pasted: str) -> SplitResult | None:
    """The parts of what somebody pasted; None when it is no address."""
    try:
        pasted.encode()
        return urlsplit(pasted.strip())
    except ValueError:
        return None


def _redirect_uri(fortnox: FortnoxSettings) -> str:
    """Where the consent's code is sent: over https, or within this machine. Raises ``SettingsError``."""
    try:
        checked_address(fortnox.redirect_uri)
    except SetupError:
        raise SettingsError(
            "fortnox.redirect_uri: a consent's code can only be sent to an https address, or to http on 127.0.0.1"
            " with a port; write the one registered in the developer portal"
        ) from None
    return fortnox.redirect_uri
