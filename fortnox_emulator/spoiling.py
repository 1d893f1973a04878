"""Applying a fault to a good answer.

What does not belong here: faults of the connection itself (app) and when a fault strikes (faults).
"""

from __future__ import annotations

from fortnox_emulator.answers import Answer
from fortnox_emulator.faults import Fault
from fortnox_emulator.query import NO_PERMISSION

_HTML = b"<html><head><title>Fortnox</title></head><body><h1>Tekniskt underh\xc3\xa5ll</h1></body></html>"


def spoil(answer: Answer, fault: Fault | None) -> Answer:
    """The answer as the fault leaves it; faults about other things leave it whole."""
    match fault.kind if fault else None:
        case "server_error":
            status = fault.status if fault else 500
            body: dict[str, object] = {"error": 1, "message": "Ett systemfel har inträffat.", "code": 1000003}
            return Answer({"ErrorInformation": body}, status)
        case "forbidden":
            body = {"error": 1, "message": "Har inte behörighet för scope.", "code": NO_PERMISSION}
            return Answer({"ErrorInformation": body}, 403)
        case "unauthorized":
            return Answer({"message": "unauthorized"}, 401)
        case "rate_limited":
            return Answer({"message": "Too Many Requests"}, 429)
        case "redirect":
            return Answer(b"", 302, headers={"location": "http://127.0.0.1:9/3/elsewhere"})
        case "html":
            return Answer(_HTML, answer.status)
        case "garbage":
            return Answer(b"\x00\xff{not json", answer.status)
        case "wrong_type" | "duplicate_row" | "drop_row" | "empty_page" | "missing_wrapper" as kind:
            return _spoil_list(answer, kind)
    return answer


def _spoil_list(answer: Answer, kind: str) -> Answer:
    """Change the one list an answer holds; answers without a list stay as they are."""
    if not isinstance(answer.body, dict):
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
