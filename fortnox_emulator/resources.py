"""The table of read surfaces: path, wrappers, scope, parameters and how records are selected and rendered.

Adding a surface is adding a row here and a view. What does not belong here: HTTP, paging arithmetic and limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from fortnox_emulator.books import Books
from fortnox_emulator.switches import Switches
from fortnox_emulator.views.shapes import JsonObject

# Records of different classes travel through one table; each row's functions agree among themselves on the class.
Record = Any
Query = dict[str, str]


@dataclass(frozen=True)
class Context:
    """What a selection may depend on."""

    books: Books
    switches: Switches
    tenant_id: str


@dataclass(frozen=True)
class Resource:
    """One list surface. ``key`` gives the text a detail path ends in; ``singly`` are the records that have a detail,
    where the list errs about them.
    """

    name: str
    scope: str
    wrapper: str
    records: Callable[[Context, Query], Sequence[Record]]
    item: Callable[[Context, Record], JsonObject]
    detail_wrapper: str = ""
    detail: Callable[[Context, Record], JsonObject] | None = None
    key: Callable[[Record], str] = str
    singly: Callable[[Context, Query], Sequence[Record]] | None = None
    not_found: tuple[int, str] = (2000588, "Kan inte hitta objektet.")
    paged: bool = True
    has_meta: bool = True
    filters: Mapping[str, Callable[[Context, Record], bool]] = field(default_factory=dict)
    default_filter: Callable[[Context, Record], bool] | None = None
    search: Mapping[str, Callable[[Context, Record], str]] = field(default_factory=dict)
    dates: Mapping[str, Callable[[Context, Record], date | None]] = field(default_factory=dict)
    modified: Callable[[Record], datetime] | None = None
    rejects: frozenset[str] = frozenset()
    sorts: Mapping[str, Callable[[Context, Record], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Single:
    """A surface that is one object."""

    name: str
    scope: str
    wrapper: str
    view: Callable[[Context], JsonObject]
