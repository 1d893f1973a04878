"""What a row of the endpoint table is: a path, how it answers, what may be asked of it and what may stand below it.

The rows belong in ``endpoints.py`` and its siblings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

#: What may stand for a placeholder of a path. Neither capitals nor anything with a digit spell an address that acts.
NUMBER: Final = r"[0-9]+"
REGISTER_NUMBER: Final = r"(?=[A-Z0-9-]+$|[^/]*[0-9])[A-Za-z0-9][A-Za-z0-9-]{0,49}"
PLACEHOLDERS: Final = {
    "{Code}": r"[A-Z0-9]{1,10}",
    "{CustomerNumber}": REGISTER_NUMBER,
    "{SupplierNumber}": REGISTER_NUMBER,
    "{InboxFolder}": r"inbox_[a-z]{1,2}|root",
    "{Type}": r"[1-4]",
    "{FileId}": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}
API_ROOT: Final = "/3/"


class Shape(Enum):
    """How an endpoint answers."""

    OBJECT = "object"  # one object under the wrapper
    PAGES = "pages"  # a list with MetaInformation, cut in pages
    WHOLE = "whole"  # a list in one answer, without MetaInformation (section 2.9)
    FOLDER = "folder"  # one object with files and folders, each folder another one below the path
    BYTES = "bytes"  # not JSON
    DETAIL = "detail"  # one object, only below the path
    FILE = "file"  # not JSON, only below the path


@dataclass(frozen=True)
class Endpoint:
    """One read surface.

    ``key`` names the fields that tell rows of a listing apart. ``detail`` is the path below the listing,
    its placeholders never lower-case letters alone, so that no path that acts (``…/email``, ``…/print``) can be formed.
    A ``per_year`` surface is asked for once per financial year, its id in ``year_parameter``; its rows say the
    year in ``year_field``. ``variants`` are the queries whose answers together make the surface. ``tables`` are
    the tables of ``schema.py`` it fills.

    ``lastmodified`` says that the listing can be asked for what changed since a moment (section 3) and that nothing
    in it moves without an edit, as the balances of accounts do; ``fixed`` that its rows come and go and are never
    edited; ``seldom`` that nothing is reconciled from it and a listing now and then does.
    """

    name: str
    path: str
    wrapper: str
    shape: Shape
    scope: str
    sentence: str
    tables: tuple[str, ...]
    key: tuple[str, ...] = ()
    detail: str | None = None
    detail_wrapper: str = ""
    per_year: bool = False
    year_parameter: str = "financialyear"
    year_field: str = "Year"
    lastmodified: bool = False
    fixed: bool = False
    seldom: bool = False
    parameters: frozenset[str] = frozenset()
    variants: tuple[dict[str, str], ...] = field(default=({},), hash=False)

    @property
    def paths(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of every URL path this row allows."""
        below = [] if self.detail is None else [f"{self.path}/{self.detail}"]
        own = below if self.shape in {Shape.DETAIL, Shape.FILE} else [self.path, *below]
        return tuple(re.compile(API_ROOT + re.sub(r"\{\w+\}", _placeholder, path)) for path in own)

    def has_detail(self, key: str) -> bool:
        """Whether what is at ``key`` below the path can be asked for."""
        return (
            self.detail is not None and self.paths[-1].fullmatch(f"{API_ROOT}{self.path}/{key}") is not None
        )

    @property
    def queries(self) -> frozenset[str]:
        """Every query parameter this row allows."""
        paging = {"limit", "page"} if self.shape is Shape.PAGES else set()
        year = {self.year_parameter} if self.per_year else set()
        changes = {"lastmodified"} if self.lastmodified else set()
        return (
            self.parameters
            | paging
            | year
            | changes
            | {name for variant in self.variants for name in variant}
        )


def _placeholder(found: re.Match[str]) -> str:
    return PLACEHOLDERS.get(found[0], NUMBER)
