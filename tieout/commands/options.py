"""Options that several subcommands share."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

import click
import polars as pl
from rich.console import Console

from tieout.reports.personal_data import KEEP, PSEUDONYMISE
from tieout.settings import DEFAULT_FILE, TieoutSettings, read_settings

LOG_WIDTH: Final = 140
TABLE: Final = "table"
JSON: Final = "json"
CSV: Final = "csv"

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
format_option = click.option(
    "--format", "form", type=click.Choice([TABLE, JSON, CSV]), default=TABLE, show_default=True
)
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress; only the result.")


def print_rows(frame: pl.DataFrame, form: str) -> None:
    """All rows on standard output as ``CSV`` or ``JSON``."""
    if form == CSV:
        sys.stdout.write(frame.write_csv())
    else:
        click.echo(as_json(frame.to_dicts()))


def as_json(value: object) -> str:
    """Readable JSON; amounts and days as text, exactly."""
    return json.dumps(value, default=str, ensure_ascii=False, indent=2)


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
