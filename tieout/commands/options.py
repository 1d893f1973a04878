"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
from rich.console import Console

from tieout.reports.personal_data import KEEP, PSEUDONYMISE
from tieout.settings import DEFAULT_FILE, TieoutSettings, read_settings

LOG_WIDTH: Final = 140

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help="Configuration file.",
)
directory_option = click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where the companies' folders are; instead of the configuration's directory.",
)
personal_data_option = click.option(
    "--personal-data",
    type=click.Choice([PSEUDONYMISE, KEEP]),
    default=None,
    help="What becomes of the names of persons; instead of the configuration's personal_data.",
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress; only the result.")


def make_console() -> Console:
    """Standard output: as wide as the terminal, or wide enough for logs and mails where there is none."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=LOG_WIDTH)


def settings_or_defaults(config: Path) -> TieoutSettings:
    """What the configuration says; the defaults where none was named and there is none."""
    return TieoutSettings() if config == DEFAULT_FILE and not config.exists() else read_settings(config)


def results_root(config: Path, directory: Path | None) -> Path:
    """The folder that holds the companies: ``--directory``, else what the configuration says, else its default."""
    return settings_or_defaults(config).root if directory is None else directory.resolve()


def chosen_companies(settings: TieoutSettings, names: tuple[str, ...]) -> list[str]:
    """The named companies, each known to the configuration; all of them when none is named."""
    for name in names:
        settings.company(name)
    return list(names) or sorted(settings.companies)
