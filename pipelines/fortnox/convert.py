"""One record of a Fortnox answer -> one row of a raw table: strict about values, complete about fields.

Types flip between endpoints, between list and detail, and against the specification
(reference/fortnox/fortnox_api.md section 8.1), so every number is read from number or string, every id
becomes text. A value that cannot be read is refused by name and place; it never becomes zero or null. A
field nobody knows, a field that is missing and a field the user may not see are counted in ``Notes``,
never silently dropped.

Which fields a table has belongs in ``schema.py``.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from pipelines.fortnox.errors import UnexpectedResponse
from pipelines.fortnox.fields import NOTHING, UNKNOWN_FIELDS, Field, Kind, Table

Value = str | int | bool | Decimal | dt.date | None
Row = dict[str, Value]
Record = Mapping[str, Any]

NO_RIGHT: Final = "API_NORIGHT"
NUMERAL: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
CENT: Final = Decimal("0.01")
MILLIONTH: Final = Decimal("0.000001")
LARGEST: Final = {Kind.MONEY: Decimal(10) ** 16, Kind.RATE: Decimal(10) ** 12}
ABSENT: Final = object()


class Notes:
    """What conversion noticed, counted per field: ``(kind, "table.Field") -> times``.

    Kinds: ``unknown`` (kept as JSON in the row), ``missing`` (a promised field did not come),
    ``no_right`` (``API_NORIGHT``; stored as null), ``rounded`` (more decimals than the column holds).
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()

    def add(self, kind: str, table: Table, name: str) -> None:
        self.counts[kind, f"{table.name}.{name}"] += 1

    def of(self, kind: str) -> dict[str, int]:
        """Times per ``table.Field`` of one kind, sorted by field."""
        return {field: times for (noted, field), times in sorted(self.counts.items()) if noted == kind}


def convert(table: Table, record: Record, notes: Notes, added: Mapping[str, Value], *, detail: bool) -> Row:
    """``record`` as a row of ``table`` with every column present; fields nobody knows go to ``unknown_fields``.

    ``added`` are the columns the extraction knows itself (``company_id`` and fields without a Fortnox
    name). ``detail`` says whether the record includes the detail answer, so that its fields count as
    promised. Raises ``UnexpectedResponse`` naming table, key and field.
    """
    row: Row = {"company_id": added["company_id"]}
    for field in table.fields:
        if not field.path:
            row[field.column] = added[field.column]
            continue
        raw = record.get(field.path[0], ABSENT) if len(field.path) == 1 else _reach(table, field, record)
        if raw is ABSENT and (detail or not field.detail):
            notes.add("missing", table, field.name or "")
        row[field.column] = _value(table, field, raw, record, notes)
    unknown = {name: record[name] for name in sorted(record.keys() - table.known)}
    for name in unknown:
        notes.add("unknown", table, name)
    row[UNKNOWN_FIELDS.column] = _json(unknown) if unknown else None
    return row


def key_of(table: Table, record: Record) -> tuple[str, ...]:
    """What tells ``record`` apart among the rows of ``table``, as text: the same as of the row it becomes."""
    fields = {field.column: field for field in table.fields}
    return tuple(
        str(_value(table, fields[column], _reach(table, fields[column], record), record, Notes()))
        for column in table.key
    )


def with_detail_of(table: Table, row: Row, held: Mapping[str, Value]) -> Row:
    """``row`` of a list answer with what only a detail answer carries, from the row ``held`` since an earlier load."""
    detail = {field.column: held[field.column] for field in table.fields if field.detail}
    unknown = {**_object(held[UNKNOWN_FIELDS.column]), **_object(row[UNKNOWN_FIELDS.column])}
    return {**row, **detail, UNKNOWN_FIELDS.column: _json(unknown) if unknown else None}


def _json(fields: Mapping[str, Any]) -> str:
    """Canonical JSON; a figure becomes text, because a reader's number may not hold it."""
    return json.dumps(fields, default=str, ensure_ascii=False, sort_keys=True)


def _object(text: Value) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(str(text)) if text else {}
    return found


def _reach(table: Table, field: Field, record: Record) -> Any:
    """The value at the field's path; an object on the way that is unset or may not be seen is the value itself."""
    value: Any = record
    for key in field.path:
        if value in (None, "", NO_RIGHT):
            return value
        if not isinstance(value, Mapping):
            raise _refusal(table, field, record, f"{_named(value)} where an object is expected")
        if key not in value:
            return ABSENT
        value = value[key]
    return value


def _is_unset(field: Field, raw: Any) -> bool:
    if isinstance(raw, str):
        return raw in field.blanks
    if raw is ABSENT or raw is None:
        return True
    return field.blanks is not NOTHING and not isinstance(raw, bool) and str(raw) in field.blanks


def _value(table: Table, field: Field, raw: Any, record: Record, notes: Notes) -> Value:
    """``raw`` as the field's kind, or null when it is unset or may not be seen."""
    if _is_unset(field, raw):
        value: Value = None
    elif raw == NO_RIGHT:
        notes.add("no_right", table, field.name or "")
        value = None
    else:
        try:
            value = READERS[field.kind](raw)
        except ValueError as trouble:
            raise _refusal(table, field, record, f"{trouble}") from None
        if isinstance(value, Decimal):
            value = _fitted(table, field, value, record, notes)
    if value is None and field.required:
        raise _refusal(table, field, record, "nothing where a value is required")
    return value


def _fitted(table: Table, field: Field, value: Decimal, record: Record, notes: Notes) -> Decimal:
    """``value`` with the decimals of its column.

    An exchange rate is rounded to six decimals. Money is rounded only where the excess is float noise of
    the sender (below a millionth); an amount with a real third decimal is refused, because no rounding of
    it is known to be right.
    """
    step = CENT if field.kind is Kind.MONEY else MILLIONTH
    if abs(value) >= LARGEST[field.kind]:
        raise _refusal(table, field, record, "a number larger than the column holds")
    fitted = value.quantize(step, ROUND_HALF_UP)
    if fitted != value:
        if field.kind is Kind.MONEY and abs(fitted - value) >= MILLIONTH:
            raise _refusal(table, field, record, "an amount with more than two decimals")
        notes.add("rounded", table, field.name or "")
    return fitted


def _refusal(table: Table, field: Field, record: Record, found: str) -> UnexpectedResponse:
    """The error for a value that cannot be read, naming table, key and field but not the value."""
    names = {known.column: known.name for known in table.fields}
    keys = [str(record.get(names[column] or "", "?"))[:40] for column in table.key]
    path = "/".join([table.name, *keys, field.name or field.column])
    return UnexpectedResponse(
        f"{path}: Fortnox sent {found}; nothing of this run was kept, report the field if it stays so.",
        path=path,
    )


def _text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw)
    if isinstance(raw, Decimal) and raw == raw.to_integral_value():
        return str(int(raw))
    raise ValueError(f"{_named(raw)} where a text or an id is expected")


def _number(raw: Any) -> Decimal:
    if isinstance(raw, str) and NUMERAL.fullmatch(raw):
        return Decimal(raw)
    if isinstance(raw, Decimal) and raw.is_finite():
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw)
    raise ValueError(f"{_named(raw)} where a number is expected")


def _whole(raw: Any) -> int:
    number = _number(raw)
    if number != number.to_integral_value() or abs(number) >= 2**63:
        raise ValueError("a number with decimals where a whole number is expected")
    return int(number)


def _date(raw: Any) -> dt.date:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", raw):
        try:
            return dt.date.fromisoformat(raw)
        except ValueError:
            raise ValueError("a date that does not exist") from None
    raise ValueError(f"{_named(raw)} where a date is expected")


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in ("true", "false"):
        return bool(raw == "true")
    raise ValueError(f"{_named(raw)} where true or false is expected")


def _named(raw: Any) -> str:
    """What kind of JSON value ``raw`` is; the value itself may be private."""
    if isinstance(raw, bool):
        return "true or false"
    if isinstance(raw, (int, Decimal)):
        return "a number"
    if isinstance(raw, str):
        return "a text"
    return "a list" if isinstance(raw, list) else "an object"


READERS: Final[dict[Kind, Callable[[Any], Value]]] = {
    Kind.TEXT: _text,
    Kind.MONEY: _number,
    Kind.RATE: _number,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
    Kind.WHOLE: _whole,
}
