"""Exact money arithmetic on polars columns: whole öre in 128-bit integers, rounding half away from zero.

polars casts decimals half to even and its decimal division keeps the scale of the dividend, so products and
quotients with a currency rate are computed here on integers and nowhere else. No floats. Rules about *which*
amount to convert do not belong here; they are in ``subledger.py``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import polars as pl

from transforms.tables import MONEY, RATE

ZERO: Final = Decimal("0.00")
LEDGER_CURRENCY: Final = "SEK"


def ore(amount: pl.Expr) -> pl.Expr:
    """A money column as whole öre (Int128)."""
    return amount.cast(MONEY).to_physical().cast(pl.Int128)


def from_ore(whole: pl.Expr) -> pl.Expr:
    """Whole öre as a money column; exact, fails when it does not fit eighteen digits."""
    return (whole.cast(pl.Decimal(38, 2)) * pl.lit(Decimal("0.01"), dtype=pl.Decimal(38, 2))).cast(MONEY)


def _micro(rate: pl.Expr) -> pl.Expr:
    return rate.cast(RATE).to_physical().cast(pl.Int128)


def _divide_half_up(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Integer quotient rounded half away from zero; the denominator is positive."""
    return (2 * numerator.abs() + denominator) // (2 * denominator) * numerator.sign()


def times_rate(amount: pl.Expr, rate: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """SEK for a foreign amount: ``amount * rate / unit``, rounded half up to öre."""
    return from_ore(_divide_half_up(ore(amount) * _micro(rate), _micro(unit)))


def divided_by_rate(amount: pl.Expr, rate: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Foreign amount for SEK: ``amount * unit / rate``, rounded half up to hundredths."""
    return from_ore(_divide_half_up(ore(amount) * _micro(unit), _micro(rate)))


def is_below_one_ore(amount: pl.Expr, rate: pl.Expr, unit: pl.Expr) -> pl.Expr:
    """True when a foreign amount, either sign, is worth less than 0.01 SEK."""
    return ore(amount).abs() * _micro(rate) < _micro(unit)


def total(amount: pl.Expr) -> pl.Expr:
    """Sum of a money column; 0.00 for no rows."""
    return amount.sum().cast(MONEY)


def or_zero(amount: pl.Expr) -> pl.Expr:
    """The amount, 0.00 where there is none."""
    return amount.fill_null(pl.lit(ZERO, dtype=MONEY)).cast(MONEY)


def amount_text(amount: pl.Expr, currency: pl.Expr | str = LEDGER_CURRENCY) -> pl.Expr:
    """``1234.50 SEK``: how explanations write an amount."""
    unit = pl.lit(currency) if isinstance(currency, str) else currency
    return pl.format("{} {}", amount.cast(MONEY).cast(pl.String), unit)
