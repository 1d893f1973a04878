"""``tieout doctor``: what works, what does not, and what to do about it, before the night does."""

from __future__ import annotations

import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.markup import escape

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.errors import FortnoxError
from pipelines.fortnox.scopes import LICENCES
from pipelines.fortnox.token_store import REFRESH_TOKEN_DAYS
from tieout.access import FortnoxAccess, Reach, fortnox_access_of
from tieout.commands.options import chosen_companies, config_option, make_console
from tieout.settings import SettingsError, TieoutSettings, read_settings
from transforms.wording import count_of

BAD_CONFIGURATION: Final = 4
FORTNOX_SAYS_NO: Final = 3
LIVE_WITHOUT: Final = (
    "or add {surfaces} to companies.{name}.without: the checks that need it are then not made, and the night counts as"
    " complete without"
)
NOT_CHOOSE: Final = "or take {surfaces} out of companies.{name}.also"
CHOSEN: Final = frozenset(row.name for row in BY_CHOICE)
DAY: Final = 86_400


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

    Asks Fortnox for a token and for one row of each surface that is not left out, says what each missing scope or
    licence costs, and keeps nothing but a renewed refresh token. Exit code 0 when all is well, 4 when the configuration
    needs work, 3 when Fortnox does.
    """
    console = make_console()
    settings = read_settings(config)
    known = count_of(len(settings.companies), "company", "companies")
    console.print(f"[green]ok[/]    configuration: {config}, {known}")
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
            console.print(f"{mark}   {diagnosis.subject}: {escape(diagnosis.finding)}", soft_wrap=True)
            if diagnosis.advice:
                console.print(f"      {diagnosis.advice}", markup=False, soft_wrap=True)
                worst = max(worst, diagnosis.exit_code)
    except (SettingsError, FortnoxError) as error:
        console.print(f"[red]bad[/]   {escape(str(error))}", soft_wrap=True)
        worst = max(worst, error.exit)
    return worst


def _examine(settings: TieoutSettings, name: str) -> Iterator[Diagnosis]:
    yield _folder(settings, name)
    source = fortnox_access_of(settings, name, os.environ)
    yield Diagnosis("secrets", "client id and client secret are set")
    yield _connection(source, time.time())
    choice = settings.company(name).choice
    refused: dict[str, list[Reach]] = defaultdict(list)
    for reach in source.test_connection(choice):
        if reach.refusal is None:
            yield Diagnosis(reach.surface, "readable")
        else:
            refused[reach.scope].append(reach)
    for surface in settings.company(name).without:
        yield Diagnosis(surface, "left out by the configuration")
    for scope, reaches in refused.items():
        yield _missing(name, scope, reaches)


def _connection(source: FortnoxAccess, now: float) -> Diagnosis:
    """How the company stays connected, and for how long."""
    if source.tokens is None:
        return Diagnosis("connection", "service account; there is no token to lose")
    again = f"connect the company: tieout connect {source.company_id}"
    sealed_at = source.tokens.sealed_at()
    if sealed_at is None:
        return Diagnosis("connection", "refresh token; none is stored", again, FORTNOX_SAYS_NO)
    age = int(now - sealed_at) // DAY
    left = REFRESH_TOKEN_DAYS - age
    if left <= 0:
        return Diagnosis(
            "connection", f"refresh token {age} days old; it has expired", again, FORTNOX_SAYS_NO
        )
    return Diagnosis(
        "connection", f"refresh token {age} days old; expires in {left} days unless a run renews it"
    )


def _missing(name: str, scope: str, reaches: list[Reach]) -> Diagnosis:
    """What a scope that is not to be had costs, and what to do about it."""
    surfaces = [reach.surface for reach in reaches]
    if reaches[0].consented is False:
        lacking, advice = "not consented to", f"connect again, which asks for it: tieout connect {name}; "
    else:
        licences = LICENCES.get(scope, "a licence for it")
        lacking, advice = "refused", f"the company's licence does not cover it: it takes {licences}; "
    instead = [
        way.format(name=name, surfaces=", ".join(f'"{surface}"' for surface in meant))
        for way, meant in (
            (LIVE_WITHOUT, [surface for surface in surfaces if surface not in CHOSEN]),
            (NOT_CHOOSE, [surface for surface in surfaces if surface in CHOSEN]),
        )
        if meant
    ]
    return Diagnosis(
        f"scope {scope}",
        f"{lacking}; costs {', '.join(surfaces)} ({reaches[0].refusal})",
        advice + "; ".join(instead),
        FORTNOX_SAYS_NO,
    )


def _folder(settings: TieoutSettings, name: str) -> Diagnosis:
    folder = CompanyDirectory(settings.root, name).folder
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK):
        return Diagnosis("folder", str(folder))
    return Diagnosis(
        "folder", f"{existing} is not writable", "change its owner, or `directory` in the configuration"
    )
