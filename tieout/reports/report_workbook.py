"""The report as a workbook: the lists of its content as sheets, control totals first, cells typed.

What the sheets hold is decided in ``content``, how a sheet is written in ``workbook``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from tieout.reports.content import listed_tables
from tieout.reports.workbook import workbook_bytes

_MONEY: Final = re.compile(r"-?[0-9]+\.[0-9]{2}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def report_workbook(content: Mapping[str, Any]) -> bytes:
    """The XLSX file. The same content gives the same bytes."""
    sheets = {name: _frame(rows) for name, rows in listed_tables(content) if rows}
    return workbook_bytes(sheets, f"{content['company']['name']}, {content['as_of']}")


def _frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([_column(name, [row[name] for row in rows]) for name in rows[0]])


def _column(name: str, values: list[Any]) -> pl.Series:
    """One column with the type its texts have throughout: money, date, yes or no, whole number, else text."""
    present = [value for value in values if value is not None]
    texts = [value for value in present if isinstance(value, str)]
    if present and len(texts) == len(present):
        if all(_MONEY.fullmatch(text) for text in texts):
            amounts = [None if value is None else Decimal(value) for value in values]
            return pl.Series(name, amounts, dtype=pl.Decimal(18, 2))
        if all(_DATE.fullmatch(text) for text in texts):
            return pl.Series(
                name,
                [None if value is None else dt.date.fromisoformat(value) for value in values],
                dtype=pl.Date,
            )
    if any(isinstance(value, list) for value in present):
        return pl.Series(name, ["; ".join(value) for value in values], dtype=pl.String)
    if present and all(isinstance(value, bool) for value in present):
        return pl.Series(name, values, dtype=pl.Boolean)
    return pl.Series(name, values, dtype=pl.Int64 if present and not texts else pl.String)
