"""Integer öre: the only money the emulator knows. One hundredth of a currency unit, debit positive.

What does not belong here: anything about accounts, documents or JSON.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_WHOLE = Decimal(1)


def as_decimal(amount: int) -> Decimal:
    """Öre as a Decimal with two decimals: 1250 -> 12.50."""
    return Decimal(amount).scaleb(-2)


def round_half_up(value: Decimal) -> int:
    """Nearest whole number, halves away from zero, as Swedish invoices round."""
    return int(value.quantize(_WHOLE, ROUND_HALF_UP))


def in_sek(amount: int, rate: Decimal, unit: int) -> int:
    """Document-currency öre to SEK öre at a rate quoted per ``unit`` of the currency."""
    return round_half_up(Decimal(amount) * rate / unit)


def in_currency(amount: int, rate: Decimal, unit: int) -> int:
    """SEK öre to document-currency öre: the inverse of ``in_sek``, exact while a unit is worth over 1 SEK."""
    return round_half_up(Decimal(amount) / rate * unit)


def share(amount: int, percent: int) -> int:
    """``percent`` per cent of an amount, rounded to the öre."""
    return round_half_up(Decimal(amount) * percent / 100)


def whole_kronor(amount: int) -> int:
    """The amount rounded to whole kronor, still in öre (öresavrundning)."""
    return round_half_up(Decimal(amount) / 100) * 100
