"""Frames as worksheets: typed cells, a header that stays, and control totals first.

Excel holds numbers as doubles: amounts keep their öre up to thirteen figures before the comma. The same frames give the
same bytes. Which frames go into a workbook does not belong here.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl
import xlsxwriter

#: Creation date written into every workbook, so that the same content gives the same bytes.
_EPOCH: Final = dt.datetime(2000, 1, 1)  # noqa: DTZ001 -- a constant in a file format without time zones
_WIDEST: Final = 60
MOST_ROWS: Final = 1_048_575


def workbook_bytes(
    sheets: Mapping[str, pl.DataFrame], title: str, totals_name: str = "control totals"
) -> bytes:
    """An XLSX file with one sheet per frame, in order, and a first sheet that totals them."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, {"in_memory": True, "remove_timezone": True})
    workbook.set_properties({"title": title, "created": _EPOCH})
    formats = {
        "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "money": workbook.add_format({"num_format": "#,##0.00"}),
        "whole": workbook.add_format({"num_format": "0"}),
        "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "text": workbook.add_format({"num_format": "@"}),
    }
    for name, frame in {totals_name: control_totals(sheets), **sheets}.items():
        _write_sheet(workbook.add_worksheet(name[:31]), frame, formats)
    workbook.close()
    return target.getvalue()


def control_totals(sheets: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One row per sheet and amount column: rows and sum, to compare with what was imported."""
    rows: list[tuple[str, int, str | None, Any]] = []
    for name, frame in sheets.items():
        amounts = [column for column, dtype in frame.schema.items() if isinstance(dtype, pl.Decimal)]
        rows.extend((name, frame.height, column, frame[column].sum()) for column in amounts)
        if not amounts:
            rows.append((name, frame.height, None, None))
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "sheet": pl.String,
        "rows": pl.Int64,
        "column": pl.String,
        "total": pl.Decimal(38, 2),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _write_sheet(sheet: Any, frame: pl.DataFrame, formats: Mapping[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, frame.columns, formats["head"])
    for index, (name, values) in enumerate(zip(frame.columns, frame.iter_columns(), strict=True)):
        _write_column(sheet, index, values.head(MOST_ROWS).to_list(), formats)
        shown = max((len(str(value)) for value in values.head(200) if value is not None), default=0)
        sheet.set_column(index, index, min(_WIDEST, max(len(name), shown) + 2))
    sheet.autofilter(0, 0, max(frame.height, 1), max(frame.width - 1, 0))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_column(sheet: Any, index: int, values: Sequence[Any], formats: Mapping[str, Any]) -> None:
    for row, value in enumerate(values, start=1):
        if value is None:
            continue
        if isinstance(value, bool):
            sheet.write_boolean(row, index, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, index, value, formats["date"])
        elif isinstance(value, int):
            sheet.write_number(row, index, value, formats["whole"])
        elif isinstance(value, str):
            sheet.write_string(row, index, value, formats["text"])
        else:
            sheet.write_number(row, index, value, formats["money"])
