"""``tieout doctor``: what works, what does not, and what to do about it, before the night does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.errors import FortnoxError
from tieout.commands.options import chosen_companies, config_option, make_console
from tieout.settings import SettingsError, TieoutSettings, read_settings
from tieout.sources import fortnox_source_of

BAD_CONFIGURATION: Final = 4
FORTNOX_SAYS_NO: Final = 3
LIVE_WITHOUT: Final = (
    'grant the scope or licence; or add "{surface}" to companies.{name}.without: its checks are then not made,'
    " and the night counts as complete without it"
)


@dataclass(frozen=True)
class Diagnosis:
    """One thing looked at. ``advice`` is empty when it is well."""

    subject: str
    finding: str
    advice: str = ""
    exit_code: int = BAD_CONFIGURATION


@click.command()
@click.argument("companies", nargs=-1, metavar="[COMPANY ...]")
@config_option
def doctor(companies: tuple[str, ...], config: Path) -> None:
    """Check configuration, secrets, folders, connection and permissions of each COMPANY.

    Asks Fortnox for a token and for one row of each surface, and writes nothing. Exit code 0 when all is well, 4
    when the configuration needs work, 3 when Fortnox does.
    """
    console = make_console()
    settings = read_settings(config)
    console.print(f"[green]ok[/]    configuration: {config}, {len(settings.companies)} companies")
    names = chosen_companies(settings, companies)
    if not names:
        raise SettingsError(f"{config}: no companies; add [companies.NAME] with its tenant_id")
    worst = 0
    for name in names:
        console.print(f"\n[bold]{name}[/]")
        worst = max(worst, _show(console, _examine(settings, name)))
    sys.exit(worst)


def _show(console: Console, examination: Iterator[Diagnosis]) -> int:
    """Print the diagnoses as they come; returns the exit code they amount to."""
    worst = 0
    try:
        for diagnosis in examination:
            mark = "[red]bad[/]" if diagnosis.advice else "[green]ok[/] "
            console.print(f"{mark}   {diagnosis.subject}: {diagnosis.finding}")
            if diagnosis.advice:
                console.print(f"      {diagnosis.advice}")
                worst = max(worst, diagnosis.exit_code)
    except (SettingsError, FortnoxError) as error:
        console.print(f"[red]bad[/]   {error}")
        worst = max(worst, error.exit)
    return worst


def _examine(settings: TieoutSettings, name: str) -> Iterator[Diagnosis]:
    yield _folder(settings, name)
    source = fortnox_source_of(settings, name, os.environ)
    yield Diagnosis("secrets", "client id and client secret are set")
    for surface, why in source.test_connection():
        if why is None:
            yield Diagnosis(surface, "readable")
        else:
            advice = LIVE_WITHOUT.format(name=name, surface=surface)
            yield Diagnosis(surface, why, advice, FORTNOX_SAYS_NO)


def _folder(settings: TieoutSettings, name: str) -> Diagnosis:
    folder = CompanyDirectory(settings.root, name).folder
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK):
        return Diagnosis("folder", str(folder))
    return Diagnosis(
        "folder", f"{existing} is not writable", "change its owner, or `directory` in the configuration"
    )
