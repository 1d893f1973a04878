"""JSON as Fortnox writes it: ASCII, slashes escaped, decimals exact.

``Decimal`` becomes a number without trailing zeros (1250.00 -> 1250, 12.50 -> 12.5), straight from its digits and
never through a float. What does not belong here: which fields an answer has.
"""

from __future__ import annotations

import json
from decimal import Decimal


def number_text(value: Decimal) -> str:
    """Plain digits, at most the decimals needed, no exponent, no negative zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def dumps(value: object) -> str:
    """Serialise dicts, lists, strings, numbers, booleans and None."""
    match value:
        case dict():
            return "{" + ",".join(f"{_string(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(dumps(item) for item in value) + "]"
        case Decimal():
            return number_text(value)
        case str():
            return _string(value)
        case None | bool() | int():
            return json.dumps(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _string(text: str) -> str:
    return json.dumps(text).replace("/", "\\/")
