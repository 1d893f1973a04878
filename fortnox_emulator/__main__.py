"""Serve the emulator from the command line until interrupted.

What does not belong here: anything a test could want in process; that is ``Emulator``.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from threading import Event

import click

from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.discrepancies import REGISTRY, NotInThisCompany
from fortnox_emulator.emulator import Emulator


def _chosen(text: str) -> str | list[str]:
    return text if text in {"all", "none"} else [part.strip() for part in text.split(",") if part.strip()]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--port", default=0, show_default=True, help="Port on 127.0.0.1; 0 picks a free one.")
@click.option("--seed", default=1, show_default=True, help="The company is a function of the seed.")
@click.option(
    "--discrepancies", default="none", show_default=True, help="all, none, or ids separated by commas."
)
@click.option(
    "--archetype",
    type=click.Choice(list(ARCHETYPES)),
    default="demo",
    show_default=True,
    help="The kind of company.",
)
@click.option(
    "--truth", type=click.Path(dir_okay=False, path_type=Path), help="Write what must be found, as JSON."
)
@click.option("--nights", default=0, show_default=True, help="Nights of activity to apply before serving.")
@click.option("--list-discrepancies", is_flag=True, help="List what can be planted and stop.")
@click.option("--no-serve", is_flag=True, help="Write --truth and stop.")
def main(
    port: int,
    seed: int,
    discrepancies: str,
    archetype: str,
    truth: Path | None,
    nights: int,
    list_discrepancies: bool,
    no_serve: bool,
) -> None:
    """A stand-in for the Fortnox API with a seeded Swedish company behind it."""
    if list_discrepancies:
        for entry in REGISTRY.values():
            click.echo(f"{entry.id:36} {entry.description}")
        return
    try:
        profile = ARCHETYPES[archetype].profile()
        emulator = Emulator(seed=seed, discrepancies=_chosen(discrepancies), nights=nights, profile=profile)
    except KeyError as error:
        raise click.BadParameter(
            f"no such discrepancy: {error.args[0]}", param_hint="--discrepancies"
        ) from None
    except NotInThisCompany as error:
        raise click.BadParameter(
            f"{error} cannot be in a company of kind {archetype}", param_hint="--discrepancies"
        ) from None
    if truth:
        text = json.dumps(emulator.truth(), ensure_ascii=False, indent=1, sort_keys=True)
        truth.write_text(text + "\n", encoding="utf-8")
    if no_serve:
        return
    _serve(emulator, port)


def _serve(emulator: Emulator, port: int) -> None:
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with emulator.serving(port) as server:
        click.echo(f"base url       {server.base_url}")
        click.echo(f"client id      {emulator.client_id}")
        click.echo(f"client secret  {emulator.client_secret}")
        click.echo(f"tenant         {emulator.tenant_id}")
        click.echo(f"today          {emulator.today}")
        sys.stdout.flush()
        stop.wait()
    click.echo("stopped")


if __name__ == "__main__":
    main()
