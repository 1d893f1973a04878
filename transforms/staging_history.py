"""Staging of the history: what every run noticed of every record, in the words the warehouse already keeps it in.

Foreign names end in the raw tables, whose column names the history quotes. What a change means for the books does
not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.intake import Intake, Surface
from transforms.tables import CHANGES

HISTORY: Final = Surface(
    CHANGES.qualified_name,
    CHANGES.key,
    {column.name: (column.name, column.dtype) for column in CHANGES.columns},
    required=tuple(column.name for column in CHANGES.columns if not column.optional),
)


def changes(intake: Intake) -> pl.DataFrame:
    """``history.changes``, oldest first within a table; empty where nothing was compared yet."""
    return CHANGES.select(intake.take(HISTORY))
