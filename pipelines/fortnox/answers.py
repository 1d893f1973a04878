"""One HTTP answer of Fortnox -> its data, or the error that says what to do.

The content type is never trusted (JSON comes under ``text/html`` and HTML under ``application/json``),
error keys come in two casings, and numbers become ``Decimal`` straight from the text of the answer
(reference/fortnox/fortnox_api.md section 6). Sending and retrying belong in ``client.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

import httpx

from pipelines.fortnox.convert import Record
from pipelines.fortnox.endpoint import Endpoint
from pipelines.fortnox.errors import (
    HttpError,
    NetworkTrouble,
    NotConnected,
    NotLicensed,
    RateLimited,
    Rejected,
    ServerTrouble,
    UnexpectedResponse,
)

FOLDER: Final = b'{"Folder":'
SYSTEM_FAULT: Final = 1000003
INVALID_PARAMETER: Final = 2000588
NO_LICENCE: Final = frozenset({2000663, 2001101, 2001103})
NO_LICENCE_WORDS: Final = ("behörighet", "licens", "permission", "license", "licence")


@dataclass(frozen=True)
class Meta:
    """MetaInformation of a page: rows and pages of the whole listing, and which page this is."""

    total: int
    pages: int
    current: int


@dataclass(frozen=True)
class Page:
    """One answer of a listing; ``meta`` is None where the endpoint sends none."""

    records: Sequence[Record]
    meta: Meta | None


def read_object(endpoint: Endpoint, wrapper: str, response: httpx.Response) -> Record:
    """The object under ``wrapper``."""
    return _object(_wrapped(endpoint, wrapper, _json(endpoint, response)), f"{endpoint.path}/{wrapper}")


def read_page(endpoint: Endpoint, response: httpx.Response) -> Page:
    """The rows under the endpoint's wrapper, with what the answer says about the whole listing."""
    document = _json(endpoint, response)
    rows = _wrapped(endpoint, endpoint.wrapper, document)
    if not isinstance(rows, list):
        _unexpected(f"{endpoint.path}/{endpoint.wrapper}", "something other than a list")
    records = [_object(row, f"{endpoint.path}/{endpoint.wrapper}/{at}") for at, row in enumerate(rows)]
    meta = document.get("MetaInformation")
    return Page(records, None if meta is None else _meta(endpoint, meta))


def read_bytes(endpoint: Endpoint, response: httpx.Response) -> bytes:
    """The body as it came; never decoded here."""
    if not response.content:
        _unexpected(endpoint.path, "an empty body")
    if "content-disposition" not in response.headers and response.content.startswith(FOLDER):
        _unexpected(endpoint.path, "a folder's listing where a file is expected")
    return response.content


def _json(endpoint: Endpoint, response: httpx.Response) -> dict[str, Any]:
    """The body as a JSON object. One that begins well and then breaks off is a cut-off answer, worth a
    retry.
    """
    try:
        document = json.loads(response.content, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        if response.content.lstrip()[:1] == b"{":
            raise NetworkTrouble(f"{endpoint.path}: the answer was cut off; run again.") from None
        _unexpected(endpoint.path, "something that is not JSON")
    return _object(document, endpoint.path)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _wrapped(endpoint: Endpoint, wrapper: str, document: dict[str, Any]) -> Any:
    if wrapper not in document:
        _unexpected(endpoint.path, f"no {wrapper}")
    return document[wrapper]


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _unexpected(path, "something other than an object")
    return value


def _meta(endpoint: Endpoint, meta: Any) -> Meta:
    try:
        total, pages, current = (int(meta[key]) for key in ("@TotalResources", "@TotalPages", "@CurrentPage"))
    except (KeyError, TypeError, ValueError):
        _unexpected(f"{endpoint.path}/MetaInformation", "paging figures that cannot be read")
    return Meta(total, pages, current)


def _unexpected(path: str, found: str) -> NoReturn:
    raise UnexpectedResponse(
        f"{path}: Fortnox answered with {found}; nothing of this run was kept, run again and report it "
        "if it stays so.",
        path=path,
    ) from None


def raise_for_status(endpoint: Endpoint, response: httpx.Response) -> None:
    """Nothing for a 200, else the error of the tree in ``errors.py``."""
    status = response.status_code
    if status == 200:
        return
    if 300 <= status < 400:
        _unexpected(endpoint.path, f"a redirect to another address ({status}), which is never followed")
    raise _error(endpoint, status, response)


def _error(endpoint: Endpoint, status: int, response: httpx.Response) -> HttpError | NotConnected:
    code, message = _information(response)
    where = f"{endpoint.path} ({status}{f', code {code}' if code else ''})"
    if status == 429:
        return RateLimited(
            f"{where}: Fortnox asks us to slow down and kept doing so; run again in a minute.",
            retry_after=_retry_after(response),
        )
    if status >= 500 or code == SYSTEM_FAULT:
        return ServerTrouble(f"{where}: Fortnox has trouble of its own; run again later.", status=status)
    if status == 401:
        return NotConnected(
            f"{where}: Fortnox refuses a token it has just given; the consent was revoked, so a system administrator "
            "must connect the company again."
        )
    if status == 403 or code in NO_LICENCE or (status == 400 and _speaks_of_licence(message)):
        return NotLicensed(
            f"{where}: the company's licence or its consent does not cover {endpoint.scope!r}; add the licence, "
            "or give consent again with that scope.",
            status=status, scope=endpoint.scope, fortnox_code=code,
        )  # fmt: skip
    if "no such route" in message:
        return Rejected(f"{where}: Fortnox has no such address for this company.", status=status)
    return Rejected(
        f"{where}: Fortnox refuses the request; look the code up at fortnox.se/developer.",
        status=status, fortnox_code=code,
    )  # fmt: skip


def _information(response: httpx.Response) -> tuple[int | None, str]:
    """Fortnox's error code and message (lower case), from either casing of ErrorInformation or none."""
    try:
        document = json.loads(response.content)
        inner = _folded(document).get("errorinformation", document)
        fields = _folded(inner)
        code = fields.get("code")
        return (int(str(code)) if str(code).isdigit() else None), str(fields.get("message", "")).lower()
    except (ValueError, RecursionError, AttributeError):
        return None, ""


def _folded(document: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in document.items()}


def _speaks_of_licence(message: str) -> bool:
    return any(word in message for word in NO_LICENCE_WORDS)


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
