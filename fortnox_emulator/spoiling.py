"""Applying a fault to a good answer.

What does not belong here: faults of the connection itself (app) and when a fault strikes (faults).
"""

from __future__ import annotations

from fortnox_emulator.answers import Answer
from fortnox_emulator.faults import Fault
from fortnox_emulator.query import NO_PERMISSION

_HTML = b"<html><head><title>Fortnox</title></head><body><h1>Tekniskt underh\xc3\xa5ll</h1></body></html>"


_LIST_FAULTS = {"wrong_type", "duplicate_row", "drop_row", "empty_page", "missing_wrapper"}


def _error(message: str, code: int, status: int) -> Answer:
    return Answer({"ErrorInformation": {"error": 1, "message": message, "code": code}}, status)


def spoil(answer: Answer, fault: Fault | None) -> Answer:
    """The answer as the fault leaves it; faults of the connection and of time leave it whole."""
    if fault is None:
        return answer
    replaced = {
        "server_error": _error("Ett systemfel har inträffat.", 1000003, fault.status),
        "forbidden": _error("Har inte behörighet för scope.", NO_PERMISSION, 403),
        "unauthorized": Answer({"message": "unauthorized"}, 401),
        "rate_limited": Answer({"message": "Too Many Requests"}, 429),
        "redirect": Answer(b"", 302, headers={"location": "http://127.0.0.1:9/3/elsewhere"}),
        "html": Answer(_HTML, answer.status),
        "garbage": Answer(b"\x00\xff{not json", answer.status),
    }
    if fault.kind in replaced:
        return replaced[fault.kind]
    if fault.kind == "half_body":
        whole = answer.encoded()
        return Answer(whole[: len(whole) // 2], answer.status, answer.content_type, answer.headers)
    return _spoil_list(answer, fault.kind)


def _spoil_list(answer: Answer, kind: str) -> Answer:
    """Change the one list an answer holds; answers without a list stay as they are."""
    if kind not in _LIST_FAULTS or not isinstance(answer.body, dict):
        return answer
    body = dict(answer.body)
    name = next((key for key, value in body.items() if isinstance(value, list)), None)
    if kind == "missing_wrapper":
        return Answer({"Unexpected": []}, answer.status)
    if name is None:
        return answer
    rows = body[name]
    assert isinstance(rows, list)  # noqa: S101 - narrows the type; the line above made sure
    changes = {
        "duplicate_row": rows[:1] + rows,
        "drop_row": rows[:-1],
        "empty_page": [],
        "wrong_type": [_wrong(row) for row in rows[:1]] + rows[1:],
    }
    body[name] = changes[kind]
    return Answer(body, answer.status)


def _wrong(row: dict[str, object]) -> dict[str, object]:
    """Every number becomes an object, which no reader can take for a number."""
    numbers = {
        key
        for key, value in row.items()
        if not isinstance(value, (str, bool, list, dict)) and value is not None
    }
    amounts = {key for key in row if key in {"Total", "Balance", "Amount"}}
    return {key: {"value": "abc"} if key in numbers | amounts else value for key, value in row.items()}
