"""A record as the API gives it, as tables a person can read: its fields, then one table per list of rows.

What is empty is counted, not shown. Which record it is does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

Record = Mapping[str, Any]


def show_record(console: Console, record: Record) -> None:
    """Print every field that says something, in the API's order and words."""
    fields, lists, empty = Table(box=None, pad_edge=False, show_header=False), [], 0
    fields.add_column(style="dim")
    fields.add_column(overflow="fold")
    for name, value in flattened(record):
        if isinstance(value, Sequence) and not isinstance(value, str) and value:
            lists.append((name, value))
        elif is_empty(value):
            empty += 1
        else:
            fields.add_row(name, shown(value))
    console.print(fields)
    for name, rows in lists:
        console.print(f"\n{name}")
        console.print(_rows(rows))
    if empty:
        console.print(f"\n{empty} empty fields; --format json shows them", style="dim")


def flattened(record: Record, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields with those of objects within as ``Object.Field``; Fortnox's own addresses (``@url``) left out."""
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from flattened(value, f"{prefix}{name}.")
        elif not name.startswith("@"):
            yield f"{prefix}{name}", value


def is_empty(value: Any) -> bool:
    """Whether a value says nothing. Zero and false say something."""
    return value is None or (isinstance(value, str | list) and not value)


def shown(value: Any) -> Text:
    """A value as text, control characters replaced: the terminal is not Fortnox's to steer."""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return Text(
        "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    )


def _rows(rows: Sequence[Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    records = [dict(flattened(row)) if isinstance(row, Mapping) else {"value": row} for row in rows]
    names = dict.fromkeys(name for row in records for name, value in row.items() if not is_empty(value))
    for name in names:
        table.add_column(name, overflow="fold")
    for row in records:
        table.add_row(*(Text() if is_empty(row.get(name)) else shown(row[name]) for name in names))
    return table
