"""From a GET path and query to the API's answer: lists, details, SIE, files. No network, no authentication.

``Refused`` leaves here for the caller to render. What does not belong here: limits, faults, tokens, headers of the
transport.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from fortnox_emulator.json_text import dumps
from fortnox_emulator.model import FinancialYear, Voucher
from fortnox_emulator.query import (
    INVALID_FILTER,
    NO_PERMISSION,
    Refused,
    contains,
    cut,
    invalid_parameter,
    read_date,
    read_modified,
    read_page,
)
from fortnox_emulator.resources import Context, Query, Record, Resource
from fortnox_emulator.selections import year_asked
from fortnox_emulator.sie import export_sie
from fortnox_emulator.surfaces import RESOURCES, SINGLES
from fortnox_emulator.views.folders import ROOT, folder_listing
from fortnox_emulator.views.shapes import JsonObject

_SINGLES = {single.name: single for single in SINGLES}
_BYTES_SCOPES = {"sie": "bookkeeping", "archive": "archive", "inbox": "inbox"}
#: Everything that is served, by the path below /3/.
SURFACES = frozenset({*RESOURCES, *_SINGLES, *_BYTES_SCOPES})


@dataclass
class Answer:
    """``body`` is the JSON object before it is written, or bytes as they are."""

    body: JsonObject | bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else dumps(self.body).encode("ascii")


def error_answer(refused: Refused) -> Answer:
    """Lower-case keys, but capitalised ones on 404: as recorded."""
    values = (1, refused.message, refused.code)
    names = ("Error", "Message", "Code") if refused.status == 404 else ("error", "message", "code")
    return Answer({"ErrorInformation": dict(zip(names, values, strict=True))}, refused.status)


def no_such_route() -> Answer:
    return Answer({"message": "No such route"}, 404)


def surface_of(path: str) -> tuple[str, str]:
    """(surface name, rest of the path) for a path below /3/: "vouchers/A/17" -> ("vouchers", "A/17")."""
    path = path.strip("/")
    if path in _SINGLES or path in RESOURCES:
        return path, ""
    name, _, rest = path.partition("/")
    return name, rest


def scope_of(surface: str) -> str | None:
    """The scope a surface needs; None when there is no such surface."""
    if surface in _SINGLES:
        return _SINGLES[surface].scope
    if surface in RESOURCES:
        return RESOURCES[surface].scope
    return _BYTES_SCOPES.get(surface)


def answer_get(context: Context, path: str, query: Query, scopes: frozenset[str]) -> Answer:
    """The answer to an authenticated GET below /3/. Raises ``Refused`` for the API's own errors."""
    surface, rest = surface_of(path)
    scope = scope_of(surface)
    if scope is None or surface in context.switches.no_such_route:
        return no_such_route()
    if scope not in scopes or surface in context.switches.licence_missing:
        raise Refused(context.switches.licence_status, NO_PERMISSION, "Har inte behörighet för scope.")
    if surface in _SINGLES:
        single = _SINGLES[surface]
        return Answer({single.wrapper: single.view(context)})
    if surface == "sie":
        return _sie(context, rest, query)
    if surface in {"archive", "inbox"}:
        return _folder(context, surface, rest, query)
    resource = RESOURCES[surface]
    if surface == "vouchers" and (rest == "sublist" or rest.startswith("sublist/")):
        series = rest.partition("/")[2]
        return _list(context, resource, query | ({"voucherseries": series} if series else {}))
    return _detail(context, resource, unquote(rest), query) if rest else _list(context, resource, query)


# -- lists -----------------------------------------------------------------------------------------------------------


def _list(context: Context, resource: Resource, query: Query) -> Answer:
    """One page; surfaces that ignore paging answer with everything, and some of those without meta."""
    asked = query if resource.paged else {}
    page = read_page(asked, context.switches, resource.name)
    records = _sorted(context, resource, query, _selected(context, resource, query))
    meta, shown = cut(records, page, context.switches)
    if not resource.paged:
        shown = records
    items = _without_rights(context, resource, [resource.item(context, record) for record in shown])
    head: JsonObject = {"MetaInformation": meta} if resource.has_meta else {}
    return Answer(head | {resource.wrapper: items})


def _selected(context: Context, resource: Resource, query: Query) -> Sequence[Record]:
    """The records every parameter lets through; several parameters all apply."""
    for name in resource.rejects & query.keys():
        raise invalid_parameter(name)
    records = list(resource.records(context, query))
    chosen = query.get("filter")
    if chosen is not None:
        if chosen not in resource.filters:
            raise Refused(400, INVALID_FILTER, "Ett ogiltigt filter har använts.")
        records = [record for record in records if resource.filters[chosen](context, record)]
    elif resource.default_filter:
        records = [record for record in records if resource.default_filter(context, record)]
    for name in resource.search.keys() & query.keys():
        records = [
            record for record in records if contains(resource.search[name](context, record), query[name])
        ]
    return _modified_since(context, resource, query, _between(context, resource, query, records))


def _between(context: Context, resource: Resource, query: Query, records: list[Record]) -> list[Record]:
    for name, day_of in resource.dates.items():
        limit = read_date(query, name)
        if limit is None:
            continue
        days = [(day_of(context, record), record) for record in records]
        later = name.startswith("from")
        records = [record for day, record in days if day and (day >= limit if later else day <= limit)]
    return records


def _modified_since(
    context: Context, resource: Resource, query: Query, records: list[Record]
) -> list[Record]:
    switches = context.switches
    since = read_modified(query, by_day=switches.lastmodified_by_day)
    if since is None:
        return records
    if resource.name in switches.lastmodified_rejected:
        raise invalid_parameter("lastmodified")
    if resource.name in switches.lastmodified_blind:
        return []
    if resource.modified is None or resource.name in switches.lastmodified_ignored:
        return records
    return [record for record in records if resource.modified(record) >= since]


def _sorted(
    context: Context, resource: Resource, query: Query, records: Sequence[Record]
) -> Sequence[Record]:
    name = query.get("sortby", "").lower()
    if name in resource.sorts:
        records = sorted(records, key=lambda record: resource.sorts[name](context, record))
    if query.get("sortorder", "").lower() in {"descending", "desc"} and name in resource.sorts:
        records = records[::-1]
    return records


def _without_rights(context: Context, resource: Resource, items: list[JsonObject]) -> list[JsonObject]:
    """Fields the user may not see read API_NORIGHT."""
    for name in context.switches.no_right:
        surface, _, field_name = name.partition(".")
        if surface == resource.name:
            items = [item | {field_name: "API_NORIGHT"} for item in items]
    return items


# -- details ---------------------------------------------------------------------------------------------------------


def _detail(context: Context, resource: Resource, key: str, query: Query) -> Answer:
    if resource.detail is None:
        return no_such_route()
    if resource.name == "vouchers" and "/" not in key:
        return no_such_route()
    records = (resource.singly or resource.records)(context, query)
    record = next((one for one in records if resource.key(one) == key), None)
    if record is None:
        code, message = resource.not_found
        raise Refused(404, code, message)
    item = resource.detail(context, record)
    return Answer({resource.detail_wrapper: _without_rights(context, resource, [item])[0]})


# -- bytes -----------------------------------------------------------------------------------------------------------


def _sie(context: Context, rest: str, query: Query) -> Answer:
    """SIE 1-4 of a year; half an interval is an error; ``selection`` and the interval narrow the vouchers."""
    if rest not in {"1", "2", "3", "4"}:
        raise invalid_parameter("type")
    year = year_asked(context, query)
    first, last = read_date(query, "fromdate"), read_date(query, "todate")
    if (first is None) != (last is None):
        raise invalid_parameter("fromdate" if first is None else "todate")
    vouchers: list[Voucher] | None = None
    if first and last:
        vouchers = [voucher for voucher in _year_vouchers(context, year) if first <= voucher.day <= last]
    if "selection" in query:
        chosen = _read_selection(query["selection"])
        vouchers = [
            voucher for voucher in vouchers or _year_vouchers(context, year) if _is_chosen(voucher, chosen)
        ]
    return Answer(
        export_sie(context.books, context.tenant_id, year, int(rest), vouchers),
        content_type="application/octet-stream",
    )


def _year_vouchers(context: Context, year: FinancialYear) -> list[Voucher]:
    return context.books.vouchers_of(year.year_id)


def _read_selection(text: str) -> list[tuple[str, int, int]]:
    """ "A,20,24;B,5,9" -> series, first and last number of each part."""
    parts = [part.split(",") for part in text.split(";")]
    if any(len(part) != 3 or not re.fullmatch(r"\d+,\d+", ",".join(part[1:])) for part in parts):
        raise invalid_parameter("selection")
    return [(series, int(first), int(last)) for series, first, last in parts]


def _is_chosen(voucher: Voucher, chosen: list[tuple[str, int, int]]) -> bool:
    return any(
        voucher.key.series == series and first <= voucher.key.number <= last for series, first, last in chosen
    )


def _folder(context: Context, surface: str, rest: str, query: Query) -> Answer:
    """A folder's listing, or one file's bytes by id or ``fileid``."""
    wanted = rest or query.get("fileid", "") or ROOT
    if folder := folder_listing(context.books, surface, wanted):
        return Answer({"Folder": folder})
    file = next((file for file in context.books.files if file.file_id == wanted), None)
    if file is None or surface == "inbox" or (rest and context.switches.archive_by_query_only):
        raise Refused(404, 2000588, "Kan inte hitta filen.")
    headers = {
        "content-transfer-encoding": "binary",
        "content-disposition": f'attachment; filename="{file.name}"',
    }
    return Answer(file.content, content_type="application/pdf", headers=headers)
