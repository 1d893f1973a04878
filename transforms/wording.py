"""Numbers in sentences: one day, two days.

Amounts belong in ``money.py``, whole sentences where they are said.
"""

from __future__ import annotations

from typing import Final

import polars as pl

ASKED_ABOUT: Final = "Asked about each by itself, Fortnox says {}."
"""The last sentence of a finding about vouchers: what Fortnox answered so far. It grows with every night that asks."""


def count_of(number: int, one: str, many: str) -> str:
    """``1 day`` or ``3 days``."""
    return f"{number} {one if number == 1 else many}"


def counted(number: pl.Expr, one: str, many: str) -> pl.Expr:
    """``1 day`` or ``3 days``, row by row."""
    return pl.format("{} {}", number, pl.when(number == 1).then(pl.lit(one)).otherwise(pl.lit(many)))
