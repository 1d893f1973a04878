"""JSON Schemas of what the commands print with ``--format json``, made from the tables' contracts.

``python -m tieout.docs`` writes them to ``docs/schemas``; a test compares them, another holds the commands to them. The
report and the notice, which are no rows of a table, have schemas of their own beside their code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from transforms.tables import BRIDGES, CHANGES, FINDINGS, TIE_OUTS, Column

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
MONEY: Final = {"type": "string", "pattern": r"^-?\d+\.\d\d$"}
DAY: Final = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}
TYPES: Final = (
    (pl.String, {"type": "string"}),
    (pl.Int64, {"type": "integer"}),
    (pl.Boolean, {"type": "boolean"}),
)


def findings_schema() -> str:
    """What ``tieout findings --format json`` prints."""
    return _document(
        "tieout findings", f"Standing findings, one object per {FINDINGS.grain}.", _row(FINDINGS.columns)
    )


def changes_schema() -> str:
    """What ``tieout changes --format json`` prints."""
    return _document("tieout changes", f"One object per {CHANGES.grain}.", _row(CHANGES.columns))


def tie_out_schema() -> str:
    """What ``tieout tie-out --format json`` prints."""
    keys = {"type": "array", "items": {"type": "string"}, "description": "Keys of vouchers and documents"}
    terms = _row(
        column
        for column in BRIDGES.columns
        if column.name not in {"company_id", "subledger", "control_account"}
    )
    terms["properties"]["evidence"] = keys
    first_day = Column(
        "first_day", pl.Date, "Day they first parted, up to as_of; null when they never did", optional=True
    )
    wanted = ("subledger", "control_account", "as_of", "subledger_balance", "ledger_balance", "difference")
    account = _row([*(column for column in TIE_OUTS.columns if column.name in wanted), first_day])
    account["properties"]["terms"] = {
        "type": "array",
        "items": terms,
        "description": "They sum to the difference",
    }
    account["required"].append("terms")
    return _document("tieout tie-out", "One object per control account at the end of the day.", account)


SCHEMAS: Final = {"findings": findings_schema, "changes": changes_schema, "tie-out": tie_out_schema}


def _document(title: str, description: str, row: dict[str, Any]) -> str:
    schema = {"$schema": DRAFT, "title": title, "description": description, "type": "array", "items": row}
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _row(columns: Iterable[Column]) -> dict[str, Any]:
    """An object with exactly these columns, null where the contract allows it."""
    properties = {column.name: {**_value(column), "description": column.meaning} for column in columns}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }


def _value(column: Column) -> dict[str, Any]:
    known = next((schema for dtype, schema in TYPES if column.dtype == dtype), None)
    value: dict[str, Any] = known or (DAY if column.dtype == pl.Date else MONEY)
    return {**value, "type": [value["type"], "null"]} if column.optional else value
