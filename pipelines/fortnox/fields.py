"""What one field of a Fortnox answer is: its name there, its column here, its kind and meaning.

The kinds are the only value types the warehouse knows. Each has one dlt column hint, made fresh on every
call because dlt writes into the hint it is given (reference/dlt.md section 0, trap 6).

Which fields a table has belongs in ``schema.py``, how a value is read in ``convert.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # dlt takes a second to import and only its type is needed
    from dlt.common.schema.typing import TColumnSchema


NOTHING: Final = frozenset({""})
NOTHING_OR_ZERO: Final = frozenset({"", "0"})


class Kind(Enum):
    """The value types of the warehouse."""

    TEXT = "text"
    MONEY = "money"
    RATE = "rate"
    DATE = "date"
    FLAG = "flag"
    WHOLE = "whole"

    __hash__ = object.__hash__  # an Enum's own is worked out anew for every value of every record


@dataclass(frozen=True)
class Field:
    """One field of a table.

    ``name`` is Fortnox's key; ``"Approver/Id"`` reaches into a nested object; ``None`` marks a column the
    extraction adds itself. ``blanks`` are the values that mean "not set" here besides null. ``detail``
    marks fields only the detail answer carries.
    """

    name: str | None
    column: str
    kind: Kind
    meaning: str
    blanks: frozenset[str] = NOTHING
    required: bool = False
    detail: bool = False

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The keys that lead to the value in the answer."""
        return tuple(self.name.split("/")) if self.name else ()

    def hint(self) -> TColumnSchema:
        """A fresh dlt column hint: name, type, precision, nullability and description."""
        column: TColumnSchema = {
            "name": self.column,
            "description": self.meaning,
            "nullable": not self.required,
        }
        match self.kind:
            case Kind.MONEY:
                column |= {"data_type": "decimal", "precision": 18, "scale": 2}
            case Kind.RATE:
                column |= {"data_type": "decimal", "precision": 18, "scale": 6}
            case Kind.DATE:
                column |= {"data_type": "date"}
            case Kind.FLAG:
                column |= {"data_type": "bool"}
            case Kind.WHOLE:
                column |= {"data_type": "bigint"}
            case Kind.TEXT:
                column |= {"data_type": "text"}
        return column


@dataclass(frozen=True)
class Table:
    """One raw table of schema ``fortnox``: one row per ``grain``, unique by company and ``key`` (columns).

    ``nested`` are keys of the answer that are known and do not become a column of this table.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    nested: frozenset[str] = frozenset()

    @property
    def primary_key(self) -> tuple[str, ...]:
        return ("company_id", *self.key)

    @cached_property
    def known(self) -> frozenset[str]:
        """Every key of the answer this table accounts for; ``@url`` is an address, not data."""
        return self.nested | {field.path[0] for field in self.fields if field.path} | {"@url"}

    @property
    def all_fields(self) -> tuple[Field, ...]:
        """The fields of the table between the two every table has."""
        return (COMPANY_ID, *self.fields, UNKNOWN_FIELDS)

    def columns(self) -> dict[str, TColumnSchema]:
        """Fresh dlt hints of all columns, ``company_id`` first."""
        return {field.column: field.hint() for field in self.all_fields}

    def column_comments(self) -> Iterator[tuple[str, str]]:
        """(column, meaning) of all columns, for the snapshot's comments."""
        return ((field.column, field.meaning) for field in self.all_fields)


def text(
    name: str | None, column: str, meaning: str, *, required: bool = False, detail: bool = False
) -> Field:
    """A text that is kept as it came; ``""`` is unset."""
    return Field(name, column, Kind.TEXT, meaning, NOTHING, required, detail)


def number_text(
    name: str, column: str, meaning: str, *, required: bool = False, detail: bool = False
) -> Field:
    """A number that names something, kept as text; ``""`` and ``"0"`` are unset."""
    return Field(name, column, Kind.TEXT, meaning, NOTHING_OR_ZERO, required, detail)


def voucher_number(
    name: str, column: str, meaning: str, *, required: bool = False, detail: bool = False
) -> Field:
    """The number of a voucher; ``""`` and ``0`` are unset."""
    return Field(name, column, Kind.WHOLE, meaning, NOTHING_OR_ZERO, required, detail)


def whole(
    name: str | None, column: str, meaning: str, *, required: bool = False, detail: bool = False
) -> Field:
    """A whole number."""
    return Field(name, column, Kind.WHOLE, meaning, NOTHING, required, detail)


def money(name: str, column: str, meaning: str, *, required: bool = False, detail: bool = False) -> Field:
    """An amount, DECIMAL(18, 2); the meaning says in which currency."""
    return Field(name, column, Kind.MONEY, meaning, NOTHING, required, detail)


def rate(name: str, column: str, meaning: str, *, required: bool = False, detail: bool = False) -> Field:
    """An exchange rate, a quantity, a price for one or a percentage, DECIMAL(18, 6)."""
    return Field(name, column, Kind.RATE, meaning, NOTHING, required, detail)


def date(name: str, column: str, meaning: str, *, required: bool = False, detail: bool = False) -> Field:
    """A Swedish civil date."""
    return Field(name, column, Kind.DATE, meaning, NOTHING, required, detail)


def flag(
    name: str | None, column: str, meaning: str, *, required: bool = False, detail: bool = False
) -> Field:
    """A yes or no."""
    return Field(name, column, Kind.FLAG, meaning, NOTHING, required, detail)


COMPANY_ID: Final = text(
    None, "company_id", "The company, by the name it has in the configuration", required=True
)
UNKNOWN_FIELDS: Final = text(
    None,
    "unknown_fields",
    "Fields of the record Tieout does not know, as a JSON object with figures as text; null when there are none",
)
