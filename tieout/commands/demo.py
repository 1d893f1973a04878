"""``tieout demo``: one night for an embedded company, against the emulator on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tieout.commands.options import make_console, quiet_option
from tieout.demo import KINDS, Made, demo_night

DEMO_DIRECTORY = Path("data/var/demo")


@click.command()
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEMO_DIRECTORY,
    show_default=True,
    help="Where to put the demo company's folder.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed makes another company.")
@click.option(
    "--discrepancies",
    default="few",
    show_default=True,
    help="Errors planted in the books: few (of them those the kind of company can have), all, none, or ids separated by"
    " commas (python -m fortnox_emulator --list-discrepancies lists them).",
)
@click.option(
    "--archetype",
    type=click.Choice(KINDS),
    default="demo",
    show_default=True,
    help="The kind of company: cash method, broken year, ROT, … (docs/emulator.md says what each is).",
)
@quiet_option
def demo(directory: Path, seed: int, discrepancies: str, archetype: str, quiet: bool) -> None:
    """Run one night for an embedded demo company and print what it found.

    The company is made up and answers on this machine only; nothing is sent anywhere. Its books carry planted errors,
    so that there is something to find. Exit code 0: the demo worked, whatever it found.
    """
    console = make_console()
    made = Made(seed, discrepancies, archetype)
    demo_night(directory.resolve(), made, console=console, quiet=quiet)
    sys.exit(0)
