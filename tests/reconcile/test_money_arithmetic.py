"""Conversion at a currency rate is exact decimal arithmetic, rounded half away from zero, for any size of
amount."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms import money
from transforms.tables import MONEY, RATE

AMOUNTS = st.decimals(min_value=Decimal("-999999999999.99"), max_value=Decimal("999999999999.99"), places=2)
RATES = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal("999.999999"), places=6)
UNITS = st.sampled_from([Decimal(1), Decimal(100), Decimal(1000)])
EXAMPLES = settings(max_examples=60, deadline=None, derandomize=True)


def _column(amounts: list[Decimal], rate: Decimal, unit: Decimal) -> pl.DataFrame:
    return pl.DataFrame(
        {"a": amounts, "r": [rate] * len(amounts), "u": [unit] * len(amounts)},
        schema={"a": MONEY, "r": RATE, "u": RATE},
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@EXAMPLES
@given(st.lists(AMOUNTS, min_size=1, max_size=20), RATES, UNITS)
def test_times_rate_is_pythons_decimal_half_up(amounts: list[Decimal], rate: Decimal, unit: Decimal) -> None:
    got = _column(amounts, rate, unit).select(money.times_rate(pl.col("a"), pl.col("r"), pl.col("u")))
    with localcontext(prec=60):
        assert got.to_series().to_list() == [_rounded(a * rate / unit) for a in amounts]


@EXAMPLES
@given(
    st.lists(st.decimals(min_value=-99999, max_value=99999, places=2), min_size=1, max_size=20),
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal(99), places=6),
    UNITS,
)
def test_divided_by_rate_is_pythons_decimal_half_up(
    amounts: list[Decimal], rate: Decimal, unit: Decimal
) -> None:
    got = _column(amounts, rate, unit).select(money.divided_by_rate(pl.col("a"), pl.col("r"), pl.col("u")))
    with localcontext(prec=60):
        assert got.to_series().to_list() == [_rounded(a * unit / rate) for a in amounts]


def test_halves_go_away_from_zero_where_polars_goes_to_even() -> None:
    frame = _column([Decimal("0.05"), Decimal("-0.05"), Decimal("0.15")], Decimal("0.5"), Decimal(1))
    got = frame.select(money.times_rate(pl.col("a"), pl.col("r"), pl.col("u"))).to_series().to_list()
    assert got == [Decimal("0.03"), Decimal("-0.03"), Decimal("0.08")]


def test_nothing_stays_nothing_and_sums_of_nothing_are_zero() -> None:
    frame = pl.DataFrame({"a": [None]}, schema={"a": MONEY})
    assert frame.select(money.times_rate(pl.col("a"), pl.lit(2, RATE), pl.lit(1, RATE))).item() is None
    assert frame.select(money.total(pl.col("a"))).item() == Decimal("0.00")
    assert frame.select(money.or_zero(pl.col("a"))).dtypes == [MONEY]


def test_amounts_are_told_with_two_decimals_and_currency() -> None:
    frame = pl.DataFrame({"a": [Decimal("1234.50"), Decimal("-0.05")]}, schema={"a": MONEY})
    assert frame.select(money.amount_text(pl.col("a"))).to_series().to_list() == ["1234.50 SEK", "-0.05 SEK"]
