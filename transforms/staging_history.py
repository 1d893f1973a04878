"""Staging of the history: what runs noticed of records, in the words the warehouse already keeps it in.

Foreign names end in the raw tables, whose column names the history quotes. What a change means for the books does not
belong here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import polars as pl

from transforms.intake import Intake, Surface
from transforms.settings import Settings
from transforms.staging_fortnox import BANK_ACCOUNTS, SUPPLIERS, VOUCHER_SERIES
from transforms.tables import CHANGES

HISTORY: Final = Surface(
    CHANGES.qualified_name,
    CHANGES.key,
    {column.name: (column.name, column.dtype) for column in CHANGES.columns},
    required=tuple(column.name for column in CHANGES.columns if not column.optional),
)


@dataclass(frozen=True)
class Watched:
    """Changed fields of a raw table that a check looks back at.

    Those of runs as of ``since`` or later, all without it; with ``from_highest`` only, of each record, the latest
    change away from the highest value, a whole number, and every change to a lower one.
    """

    table: str
    fields: tuple[str, ...]
    since: dt.date | None = None
    from_highest: bool = False


def watched(settings: Settings) -> tuple[Watched, ...]:
    """What the checks need of earlier runs' changes, and nothing else: the history grows with every night."""
    number, _ = VOUCHER_SERIES.fields["next_voucher_number"]
    return (
        Watched(SUPPLIERS, tuple(BANK_ACCOUNTS), since=account_changes_since(settings)),
        Watched(VOUCHER_SERIES.name, (number,), from_highest=True),
    )


def account_changes_since(settings: Settings) -> dt.date:
    """From which run on a changed bank account of a supplier is recent."""
    return settings.as_of - dt.timedelta(days=settings.account_change_days)


def changes(intake: Intake) -> pl.DataFrame:
    """``history.changes`` as far as it was read, oldest first within a table; empty where nothing was compared yet."""
    return CHANGES.select(intake.take(HISTORY))
