"""Days on which offices in Sweden are closed: Saturdays, Sundays, public holidays and the eves that count as such.

Computed, not looked up: the law has not moved a day since 2005, when 6 June replaced Whit Monday. What a day off
means for a voucher does not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import polars as pl

_SATURDAY: Final = 6
_FIXED: Final = ((1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31))
#: Days after Easter Sunday: Good Friday, Easter Monday, Ascension Day.
_BY_EASTER: Final = (-2, 1, 39)
_FRIDAY: Final = 4


def easter_sunday(year: int) -> dt.date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, ch. 8)."""
    century, in_century = divmod(year, 100)
    golden = year % 19
    correction = (8 * century + 13) // 25
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    moon -= (golden + 11 * moon) // 319
    weekday = (2 * (century % 4) + 2 * (in_century // 4) - in_century % 4 - moon + 32) % 7
    month = (moon + weekday + 90) // 25
    return dt.date(year, month, (moon + weekday + month + 19) % 32)


def holidays(year: int) -> frozenset[dt.date]:
    """Weekdays of a year that are off, and fixed holidays whatever their weekday.

    Lag (1989:253) om allmänna helgdagar; midsummer, Christmas and New Year's Eve by semesterlagen 3 a §.
    """
    easter = easter_sunday(year)
    nineteenth = dt.date(year, 6, 19)
    midsummer_eve = nineteenth + dt.timedelta(days=(_FRIDAY - nineteenth.weekday()) % 7)
    fixed = (dt.date(year, month, day) for month, day in _FIXED)
    moving = (easter + dt.timedelta(days=days) for days in _BY_EASTER)
    return frozenset((*fixed, *moving, midsummer_eve))


def is_day_off(day: pl.Expr, years: Iterable[int]) -> pl.Expr:
    """True for days off in the given years; null for no day."""
    closed = [one for year in years for one in sorted(holidays(year))]
    return (day.dt.weekday() >= _SATURDAY) | day.is_in(closed)
