"""Reading query strings the way the API does: paging, contains-search, dates, lastmodified.

Bad values raise ``Refused``, which carries the Fortnox code. What does not belong here: which parameters a resource
takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from fortnox_emulator.switches import Switches

Item = TypeVar("Item")

INVALID_FILTER = 2000587
INVALID_PARAMETER = 2000588
NO_PERMISSION = 2000663


class Refused(Exception):
    """An error answer: HTTP status, Fortnox code, message in Swedish as the API has it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def invalid_parameter(name: str) -> Refused:
    return Refused(400, INVALID_PARAMETER, f"Ogiltig parameter i anropet ({name}).")


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for; ``first`` is a zero-based position."""

    number: int
    size: int
    first: int


def read_page(query: dict[str, str], switches: Switches, resource: str) -> Page:
    """limit (default 100, capped), page (from 1), offset (from 0, only without page)."""
    cap = 100 if resource in switches.capped_at_100 else switches.largest_page_size
    size = min(_whole(query, "limit", switches.default_page_size, 1), cap)
    number = _whole(query, "page", 1, 1)
    if "offset" in query and "page" not in query:
        first = _whole(query, "offset", 0, 0)
        return Page(first // size + 1, size, first)
    return Page(number, size, (number - 1) * size)


def cut(items: Sequence[Item], page: Page, switches: Switches) -> tuple[dict[str, object], Sequence[Item]]:
    """(MetaInformation, the page's items). An empty list has zero pages and stands on page one."""
    total = len(items)
    pages = -(-total // page.size)
    if page.first >= total > 0 and switches.page_past_end == "error":
        raise invalid_parameter("page")
    current = page.number if total else 1
    meta: dict[str, object] = {"@TotalResources": total, "@TotalPages": pages, "@CurrentPage": current}
    return meta, items[page.first : page.first + page.size]


def _whole(query: dict[str, str], name: str, default: int, least: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise invalid_parameter(name)
    return int(text)


def read_date(query: dict[str, str], name: str) -> date | None:
    """A YYYY-MM-DD parameter; None when absent."""
    if name not in query:
        return None
    try:
        return date.fromisoformat(query[name])
    except ValueError:
        raise invalid_parameter(name) from None


def read_modified(query: dict[str, str], *, by_day: bool) -> datetime | None:
    """``lastmodified``: Swedish wall-clock time, "YYYY-MM-DD HH:MM[:SS]" or a date; inclusive."""
    if "lastmodified" not in query:
        return None
    try:
        moment = datetime.fromisoformat(query["lastmodified"].strip())
    except ValueError:
        raise invalid_parameter("lastmodified") from None
    if moment.tzinfo is not None:
        raise invalid_parameter("lastmodified")
    return moment.replace(hour=0, minute=0, second=0) if by_day else moment


def contains(haystack: str, needle: str) -> bool:
    """Case-insensitive contains, as the API's ILIKE %x%: "1" also finds "10" and "21"."""
    return needle.casefold() in haystack.casefold()
