"""JSON as Fortnox writes it: ASCII, slashes escaped, decimals exact.

``Decimal`` becomes a number without trailing zeros (1250.00 -> 1250, 12.50 -> 12.5), straight from its digits and
never through a float. What does not belong here: which fields an answer has.
"""

from __future__ import annotations

from decimal import Decimal
from json.encoder import encode_basestring_ascii as _quoted

_WORDS = {None: "null", True: "true", False: "false"}


def number_text(value: Decimal) -> str:
    """Plain digits, at most the decimals needed, no exponent, no negative zero."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def dumps(value: object) -> str:
    """Serialise dicts, lists, strings, numbers, booleans and None."""
    return _text(value).replace("/", "\\/")  # a slash stands nowhere but in a string


def _text(value: object) -> str:
    """``value`` with bare slashes. What answers are full of comes first."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Decimal):
        return number_text(value)
    if value is None or value is True or value is False:
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quoted(str(key))}:{_text(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    raise TypeError(f"{type(value).__name__} has no place in an answer")
