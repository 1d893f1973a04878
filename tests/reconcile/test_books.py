"""``Books.of``: whatever columns it holds once, the tables stay what they were."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars.testing.parametric import column, dataframes

from transforms.books import CONFORMED, Books
from transforms.tables import VOUCHER_ROWS, Table

_FEW: Any = {pl.String: st.sampled_from(["", "a", "åäö"]), pl.Boolean: st.booleans()}


def _frames(table: Table) -> st.SearchStrategy[pl.DataFrame]:
    """Frames of a table's columns in which many say the same in every row; the key is unique by its first text."""
    columns = [
        column(one.name, dtype=one.dtype, allow_null=one.optional, strategy=_FEW.get(one.dtype))
        for one in table.columns
    ]
    unique = next(name for name in table.key if table.dtypes[name] == pl.String)
    numbered = pl.int_range(pl.len()).cast(pl.String)
    return dataframes(columns, max_size=4).map(lambda frame: frame.with_columns(numbered.alias(unique)))


@settings(max_examples=60)
@given(data=st.data())
def test_a_table_with_columns_of_one_value_comes_out_as_it_was(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(CONFORMED))
    frame = data.draw(_frames(table))
    held = Books.of({table.name: frame}).frame(table)
    assert_frame_equal(held, frame)
    assert held.to_arrow().equals(frame.to_arrow())
    assert_frame_equal(
        held.lazy().group_by(table.key, maintain_order=True).len().collect(),
        frame.lazy().group_by(table.key, maintain_order=True).len().collect(),
    )


def test_what_all_rows_say_takes_no_room_by_the_row() -> None:
    row = dict.fromkeys(VOUCHER_ROWS.dtypes) | {
        "company_id": "acme",
        "financial_year": dt.date(2026, 1, 1),
        "voucher_series": "B",
        "voucher_number": "1",
        "occurrence": 1,
        "kind": "row",
        "voucher_key": "2026-01-01/B/1",
        "voucher_date": dt.date(2026, 1, 2),
        "account_number": "1510",
        "amount": Decimal("1.25"),
        "period_status": "final",
    }
    many = pl.DataFrame([row | {"row_number": number} for number in range(1000)], schema=VOUCHER_ROWS.dtypes)
    held = Books.of({"voucher_rows": many}).voucher_rows
    assert_frame_equal(held, many)
    assert held.drop("row_number").estimated_size() < 200 < many.drop("row_number").estimated_size()
    assert held.select("row_number").estimated_size() == many.select("row_number").estimated_size()
