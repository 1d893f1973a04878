"""Changes of records as a person reads them: counts per table, then one line per record.

Values stay as the history holds them; amounts get their thousands separators. Which changes are shown does not belong
here.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import polars as pl
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipelines.record_changes import CHANGES
from tieout.descriptions import column_types
from tieout.reports.terminal import money

RECORDS_SHOWN: Final = 20
COUNTED: Final = ("appeared", "changed", "vanished", "returned")
NOTHING: Final = "–"
AMOUNT: Final = "DECIMAL(18,2)"
#: Names of tables that end in s and are no plural.
SINGULAR: Final = ("series", "settings")


def changes_blocks(changes: pl.DataFrame) -> Iterator[RenderableType]:
    """The counts, then each table's records, of rows of ``history.changes`` sorted by table and record."""
    if changes.is_empty():
        return
    yield _counts(changes)
    types = column_types()
    for (table,), rows in changes.group_by("table_name", maintain_order=True):
        yield Text(f"\n{table}", style="bold")
        records = list(rows.group_by("record_key", maintain_order=True))
        for (key,), events in records[:RECORDS_SHOWN]:
            told = "; ".join(_event(event, str(table), types) for event in events.iter_rows(named=True))
            yield Text(f"  {_subject(str(table), str(key))}: {told}")
        more = len(records) - RECORDS_SHOWN
        if more > 0:
            yield Text(f"  … and {more:,} more records; --format csv gives all", style="dim")


def _counts(changes: pl.DataFrame) -> RenderableType:
    """Records per table and kind of change; a record counts once per kind."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("table")
    for name in (*COUNTED, "other"):
        table.add_column(name, justify="right")
    kinds = changes.select("table_name", "record_key", "change").unique()
    for name in sorted(set(kinds["table_name"])):
        counts = Counter(kinds.filter(pl.col("table_name") == name)["change"].to_list())
        others = sum(counts[change] for change in CHANGES if change not in COUNTED)
        figures = [*(counts[change] for change in COUNTED), others]
        table.add_row(escape(name), *(f"{figure:,}" if figure else "" for figure in figures))
    return table


def _subject(table: str, key: str) -> str:
    """``customer invoice 1023``; the table itself where no record is meant."""
    name = table.split(".")[1]
    if not key:
        return "all records"
    if name.endswith("ies") and not name.endswith(SINGULAR):
        name = name.removesuffix("ies") + "y"
    elif not name.endswith(SINGULAR):
        name = name.removesuffix("s")
    return f"{name.replace('_', ' ')} {key}"


def _event(event: dict[str, Any], table: str, types: dict[tuple[str, str], str]) -> str:
    change, field, before, after = (event[name] for name in ("change", "field", "before", "after"))
    if change == "column":
        return f"{field} is kept from now on"
    if change == "gap":
        return CHANGES["gap"]
    if not field:
        return str(change)
    if field == "rows":
        return _rows(before, after)
    amount = types.get((table, field)) == AMOUNT
    values = f"{_value(before, amount)} → {_value(after, amount)}"
    return f"{field} {values}" if change == "changed" else f"{field} {values} ({change})"


def _value(text: str | None, amount: bool) -> str:
    if text is None:
        return NOTHING
    return money(Decimal(text)) if amount else text


def _rows(before: str | None, after: str | None) -> str:
    """The rows of a voucher that only one side has."""
    was, now = (Counter(_row(row) for row in json.loads(rows or "[]")) for rows in (before, after))
    gone, come = (was - now).elements(), (now - was).elements()
    told = ", ".join([*(f"- {row}" for row in gone), *(f"+ {row}" for row in come)])
    return f"rows {told or 'in another order'}"


def _row(row: dict[str, str | None]) -> str:
    """``1510 100.00``, then what else the row says."""
    kind = "" if row.get("kind") == "row" else f"{row.get('kind')} "
    said = [
        f"{name} {value}"
        for name, value in row.items()
        if value and name not in {"kind", "account_number", "amount"}
    ]
    told = f" ({', '.join(said)})" if said else ""
    return f"{kind}{row.get('account_number')} {_value(row.get('amount'), amount=True)}{told}"
