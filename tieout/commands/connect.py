"""``tieout connect COMPANY``: a consent in the browser, proven, and what to write in the configuration."""

from __future__ import annotations

import os
import sys
import webbrowser
from concurrent.futures import Future
from pathlib import Path
from typing import Final

import click
from cryptography.fernet import Fernet
from rich.console import Console

from pipelines.fortnox.consent import Mode
from pipelines.fortnox.errors import NoConsent
from tieout.callback_server import is_loopback, waiting_for_callback
from tieout.commands.options import config_option, make_console
from tieout.connecting import Connection, Connector, connector_of
from tieout.settings import SettingsError, TieoutSettings, read_settings

MODES: Final[tuple[Mode, ...]] = ("service", "refresh")


@click.command()
@click.argument("company", required=False)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default=None,
    help="service: a service account, nothing to keep or lose. refresh: a refresh token, kept encrypted."
    "  [default: `connection` in the configuration]",
)
@click.option("--no-browser", is_flag=True, help="Print the address to open instead of opening it.")
@click.option(
    "--callback-url",
    metavar="URL",
    help="Instead of waiting: the address a browser on another machine ended at; - reads it from standard input.",
)
@click.option(
    "--timeout", type=click.IntRange(0, 3600), default=300, show_default=True, help="Seconds to wait."
)
@click.option("--make-key", is_flag=True, help="Print a new key for fortnox.token_key and stop.")
@config_option
def connect(
    company: str | None,
    mode: Mode | None,
    no_browser: bool,
    callback_url: str | None,
    timeout: int,
    make_key: bool,
    config: Path,
) -> None:
    """Let COMPANY's system administrator consent in the browser, and prove that the connection works.

    Asks for the scopes of the surfaces the configuration does not leave out. On success it prints the company's name,
    organisation number and tenant, and what to write in the configuration. Exit code 0 when connected, 3 when the
    consent was not given or Fortnox is in trouble, 4 when the configuration needs work; nothing is stored then.
    """
    if make_key:
        click.echo(Fernet.generate_key().decode())
        return
    if company is None:
        raise click.UsageError("which company? tieout connect COMPANY")
    settings, console = read_settings(config), make_console()
    connector = connector_of(settings, company, mode, os.environ)
    if callback_url is not None:
        pasted = sys.stdin.readline() if callback_url == "-" else callback_url
        connection = connector.settle_url(pasted)
    else:
        connection = _ask(connector, console, timeout, open_browser=not no_browser)
    _show(settings, connection, console)


def _ask(connector: Connector, console: Console, timeout: int, *, open_browser: bool) -> Connection:
    """Send the user to Fortnox and wait for what comes back."""
    request, address = connector.request, connector.address()
    pasting = f"`tieout connect {request.company} --mode {request.mode} --callback-url -`"
    if not is_loopback(request.redirect_uri):
        raise SettingsError(
            f"fortnox.redirect_uri: no server here can receive {request.redirect_uri}. Open this address, consent, and"
            f" give the address the browser ends at to {pasting}:\n{address}"
        )
    with waiting_for_callback(request.redirect_uri, connector.settle) as outcome:
        console.print(f"Scopes: {' '.join(request.scopes)}", soft_wrap=True)
        console.print("Open this address as a system administrator of the company:\n")
        click.echo(f"{address}\n")
        console.print(
            f"Waiting at {request.redirect_uri} for {timeout} seconds. From a browser on another machine, give the"
            f" address it ends at to {pasting}.",
            soft_wrap=True,
        )
        if open_browser:
            webbrowser.open(address)
        return _wait(outcome, request.company, timeout)


def _wait(outcome: Future[Connection], company: str, timeout: int) -> Connection:
    """The connection, once the answer has come and been dealt with: one that came in time is waited for."""
    try:
        return outcome.result(timeout)
    except TimeoutError:
        if not outcome.cancel():
            return outcome.result()
        raise NoConsent(
            f"{company}: no answer within {timeout} seconds; nothing was stored, connect again."
        ) from None


def _show(settings: TieoutSettings, connection: Connection, console: Console) -> None:
    """What was connected, and the lines the configuration still lacks."""
    company = settings.company(connection.company)
    console.print(f"\n[green]Connected.[/] {connection}", soft_wrap=True)
    if connection.mode == "refresh":
        console.print("The refresh token is kept encrypted; a night at least every 45 days keeps it alive.")
    lines = []
    if company.tenant_id is None:
        lines.append(f'tenant_id = "{connection.tenant_id}"')
    if company.connection != connection.mode:
        lines.append(f'connection = "{connection.mode}"')
    if lines:
        click.echo("\n".join([f"Write in {settings.path}:\n", f"[companies.{connection.company}]", *lines]))
    console.print(f"Next: tieout doctor {connection.company}")
