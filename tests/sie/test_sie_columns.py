"""Batches: the agreed tables, bounded size, identities, and modules loaded only when needed."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import sie_parser
from sie_parser import model
from sie_parser.columns import SCHEMAS
from sie_parser.identities import Ledger
from sie_parser.loading import BatchStream
from sie_parser.source import open_source

DATA = Path(__file__).parents[2] / "data/sie"
HEAD = "#FLAGGA 0\n#FNAMN X\n#RAR 0 20250101 20251231\n"


def test_tables_hold_the_file() -> None:
    tables = sie_parser.tables(DATA / "valid/types-1-to-4-every-label.se")
    assert tables.accounts.to_pylist() == [
        {"account_number": "1930", "name": "Företagskonto", "account_type": "asset", "unit": "st",
         "sru_codes": "7281", "line": 19},
    ]  # fmt: skip
    assert tables.period_balances.to_pylist()[1] == {
        "kind": "period_budget", "year_number": 0, "period": date(2025, 12, 1), "account_number": "3010",
        "objects": '[["1","01"]]', "amount": Decimal("-13.00"), "quantity": Decimal("4.000000"), "line": 32,
    }  # fmt: skip
    assert tables.dimensions.to_pylist()[1]["parent_dimension"] == "1"
    assert tables.files.to_pylist()[0]["currency"] == "EUR"
    assert tables.files.to_pylist()[0]["financial_year_end"] == date(2025, 12, 31)


NUMBERS = st.from_regex(r"-?[0-9]{1,18}([.,][0-9]{0,8})?0{0,24}", fullmatch=True)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(NUMBERS, NUMBERS)
@example("12345678901234567", "0")
@example("9999999999999999." + "0" * 23, "999999999999." + "0" * 27)
def test_every_number_that_is_read_fits_its_column(amount: str, quantity: str) -> None:
    """What a record holds the tables hold, to the last digit; what is refused is NULL in both."""
    data = f'{HEAD}#VER A 1 20250101\n{{\n#TRANS 1930 {{}} {amount} "" "" {quantity}\n}}\n'.encode()
    *_, row = sie_parser.records(data)
    assert isinstance(row, model.VoucherRow)
    rows = sie_parser.tables(data).voucher_rows
    assert rows.select(["amount", "quantity"]).to_pylist() == [
        {"amount": row.amount, "quantity": row.quantity}
    ]


def test_left_out_text_is_null_but_names_are_not() -> None:
    tables = sie_parser.tables(DATA / "valid/voucher-identity-is-its-place.se")
    first = tables.vouchers.to_pylist()[0]
    assert (first["voucher_series"], first["voucher_number"], first["text"]) == ("", "", None)
    assert tables.voucher_rows["objects"].to_pylist() == [None]


def test_rows_outside_vouchers_are_kept_apart() -> None:
    tables = sie_parser.tables(DATA / "invalid/row-outside-voucher.se")
    assert tables.voucher_rows["voucher_position"].to_pylist() == [0]
    assert tables.problems["code"].to_pylist() == ["SIE_ROW_OUTSIDE_VOUCHER"]


def test_batches_are_bounded_and_in_file_order() -> None:
    text = HEAD + "".join(f"#VER A {n} 20250101\n{{\n#TRANS 1930 {{}} {n}\n}}\n" for n in range(1, 101))
    stream = BatchStream(open_source(text.encode()), 7, None, block_size=200)
    header = stream.header  # known before the first batch
    assert header.financial_year == date(2025, 1, 1)
    batches = list(stream)
    assert all(batch.data.num_rows <= 7 for batch in batches)
    assert all(batch.data.schema.equals(SCHEMAS[batch.table]) for batch in batches)
    rows = pa.Table.from_batches([b.data for b in batches if b.table == "voucher_rows"])
    assert rows["voucher_position"].to_pylist() == list(range(1, 101))
    assert batches[-1].table == "files"
    assert stream.header.records["#TRANS"] == 100


@pytest.mark.parametrize("rows", [0, -1])
def test_batches_without_rows_are_a_mistake(rows: int) -> None:
    with pytest.raises(ValueError, match="batch_rows"):
        sie_parser.batches(DATA / "valid/voucher.se", batch_rows=rows)


def test_batches_close_early() -> None:
    with sie_parser.batches(DATA / "valid/voucher.se") as stream:
        next(stream)
    assert list(stream) == []
    with sie_parser.records(DATA / "valid/voucher.se") as records:
        assert next(records).line == 1
    assert list(records) == []


def test_identities_find_what_does_not_add_up() -> None:
    text = HEAD + (
        "#IB 0 1930 100\n#UB 0 1930 160\n#IB 0 1510 5\n#RES 0 3010 -49\n#PSALDO 0 202501 1930 {} 50\n"
        "#PSALDO 0 202502 1930 {} 1\n#PSALDO 0 202501 1930 {1 2} 9\n"
        "#VER A 1 20250115\n{\n#TRANS 1930 {} 50.00 20250201\n#TRANS 3010 {} -50.00\n"
        "#RTRANS 3010 {} 7\n#TRANS 3010 {} 7\n"
        "#BTRANS 3010 {} 8\n}\n#VER A 2 20250215\n{\n}\n"
    )
    ledger = Ledger()
    for record in sie_parser.records(text.encode()):
        ledger.add(record)
    found = [(d.identity, d.key, d.expected, d.actual, d.difference) for d in ledger.finish()]
    assert found == [
        ("voucher", "1", 0, 7, 7),
        ("closing_balance", "1510", 5, 0, -5),
        ("closing_balance", "1930", 150, 160, 10),
        ("result_balance", "3010", -43, -49, -6),
        ("period_balance", "1930/2025-02", 0, 1, 1),
    ]
    assert ledger.empty_vouchers == 1


def test_importing_and_reading_records_loads_nothing_heavy() -> None:
    file = DATA / "valid/voucher.se"
    code = (
        "import sys, sie_parser;"
        f"list(sie_parser.records({str(file)!r}));"
        "print([m for m in ('pyarrow', 'numba', 'numpy', 'duckdb', 'polars') if m in sys.modules]);"
        f"sie_parser.tables({str(file)!r});"
        "print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "False"]
