"""The key that names a voucher across tables, and what is read from it.

A key is ``2026-01-01/B/17``: first day of the financial year, series, number; ``#2`` and so on follows where a SIE file
holds a number more than once.
"""

from __future__ import annotations

from typing import Final

import polars as pl

_YEAR: Final = len("2026-01-01")


def voucher_key(year: str, series: str, number: str) -> pl.Expr:
    """``2026-01-01/B/17`` from the three columns that name a voucher; null when one of them is."""
    return pl.concat_str(pl.col(year).dt.to_string("iso"), series, number, separator="/")


def voucher_name(key: pl.Expr | None = None) -> pl.Expr:
    """``B/17``: a voucher as people name it, within its financial year. Of ``voucher_key`` where no key is given."""
    return (pl.col("voucher_key") if key is None else key).str.slice(_YEAR + 1)


def voucher_part(key: pl.Expr, part: int) -> pl.Expr:
    """Series (0) or number (1) of a voucher key; the occurrence after # is left out."""
    return voucher_name(key).str.split("/").list.get(part, null_on_oob=True).str.replace(r"#\d+$", "")


def financial_year_of(key: pl.Expr) -> pl.Expr:
    """The first day of the financial year that every key begins with."""
    return key.str.slice(0, _YEAR).str.to_date()
