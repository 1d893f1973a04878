"""Field text -> value: amounts, quantities, dates, periods, whole numbers. Exact, or refused with a problem
code.

Source: SIE 4B 5.5-5.9. Amounts are `Decimal` with at most two decimals and 16 digits before the point,
quantities with at most six decimals and 12 digits, as in the tables. What is outside that is None and a code;
nothing becomes zero. Which field has which kind does not belong here (`items.py`).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

AMOUNT_LIMIT = Decimal(10) ** 16
QUANTITY_LIMIT = Decimal(10) ** 12

_AMOUNT = re.compile(r"-?[0-9]+(?:\.[0-9]{1,2})?")
_NUMBER = re.compile(r"-?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{8}")
_PERIOD = re.compile(r"[0-9]{6}")
_SURELY_NARROW = 16  # characters that cannot be too many digits, whatever they are
_EXCESS_DIGITS = 40  # no amount in any currency; keeps Decimal exact and cheap

#: A value, or None with the code of the problem ("" = the file gives no value).
Parsed = tuple[Decimal | None, str]


@lru_cache(maxsize=4096)
def amount(text: str) -> Parsed:
    """An amount: `-?digits[.d[d]]`; comma, a bare leading point and surplus zeros are read and reported."""
    if _AMOUNT.fullmatch(text) and len(text) <= _SURELY_NARROW:
        return _positive_zero(Decimal(text)), ""
    return _number(text, "SIE_AMOUNT", AMOUNT_LIMIT, 2)


@lru_cache(maxsize=1024)
def quantity(text: str) -> Parsed:
    """A quantity: as an amount, with up to six decimals."""
    return _number(text, "SIE_QUANTITY", QUANTITY_LIMIT, 6)


def _number(text: str, code: str, limit: Decimal, decimals: int) -> Parsed:
    """A number in any form that leaves no doubt about its value."""
    if not text.strip(" \t"):
        return None, ""
    if not _NUMBER.fullmatch(text) or len(text) > _EXCESS_DIGITS:
        return None, code if len(text) <= _EXCESS_DIGITS or code != "SIE_AMOUNT" else _long_number(text)
    whole, _, fraction = text.replace(",", ".").partition(".")
    if fraction[decimals:].strip("0"):
        return None, "SIE_AMOUNT_DECIMALS" if code == "SIE_AMOUNT" else code
    value = Decimal(f"{whole}.{fraction[:decimals]}")  # surplus zeros would not fit a column of 18 digits
    if abs(value) >= limit:
        return None, "SIE_AMOUNT_WIDE" if code == "SIE_AMOUNT" else code
    usual = _PLAIN_NUMBER.fullmatch(text) and len(fraction) <= decimals
    return _positive_zero(value), "" if usual else code + "_FORM"


def _long_number(text: str) -> str:
    """Which code an amount of absurd length gets."""
    return "SIE_AMOUNT_WIDE" if _NUMBER.fullmatch(text) else "SIE_AMOUNT"


def _positive_zero(value: Decimal) -> Decimal:
    """-0 is 0: the two are written by programs without meaning."""
    return value or abs(value)


@lru_cache(maxsize=4096)
def day(text: str) -> tuple[date | None, str]:
    """A date `YYYYMMDD` that exists in the calendar."""
    if text == "00000000":
        return None, "SIE_DATE_ZERO"
    if not text.strip(" \t"):
        return None, ""
    if not _DATE.fullmatch(text):
        return None, "SIE_DATE"
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])), ""
    except ValueError:
        return None, "SIE_DATE"


@lru_cache(maxsize=1024)
def period(text: str) -> tuple[date | None, str]:
    """A month `YYYYMM`, as its first day."""
    if not _PERIOD.fullmatch(text):
        return None, "SIE_PERIOD"
    first, code = day(text + "01")
    return first, "SIE_PERIOD" if code else ""


def integer(text: str) -> tuple[int | None, str]:
    """A whole number of at most 18 digits."""
    return (int(text), "") if _INTEGER.fullmatch(text) else (None, "SIE_INTEGER")
