"""Writing SIE: what is written reads back the same, and what cannot be is refused."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sie_parser
from sie_parser import model

DATA = Path(__file__).parents[2] / "data/sie"
HEAD = [
    model.Flag(0, 0),
    model.Program(0, "Tieout", "1"),
    model.Format(0, "PC8"),
    model.Generated(0, date(2025, 1, 31), ""),
    model.FileType(0, "4"),
    model.CompanyName(0, "Övningsbolaget AB"),
]
TEXT = st.text(st.characters(codec="cp437", exclude_characters="\n\r"), max_size=12).filter(
    lambda text: not text.endswith("\\")
)
AMOUNT = st.decimals(-(10**15), 10**15, places=2)
DAY = st.dates(date(1900, 1, 1), date(2100, 12, 31))
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple)


def written(records: list[model.Record], **options: object) -> bytes:
    target = io.BytesIO()
    sie_parser.write(records, target, **options)  # type: ignore[arg-type]  # options of write, passed through
    return target.getvalue()


def test_import_file_is_written_as_an_accountant_expects() -> None:
    voucher = model.Voucher(0, 1, "L", "", date(2025, 1, 31), 'Löner "januari"', None, "")
    rows = [
        model.VoucherRow(0, "row", 1, 1, "7010", (("1", "01"),), Decimal("100.50"), None, "", None, ""),
        model.VoucherRow(0, "row", 1, 2, "1930", (), Decimal("-100.5"), None, "ut", Decimal(2), ""),
    ]
    assert written([*HEAD, voucher, *rows]).decode("cp437").split("\r\n") == [
        "#FLAGGA 0",
        "#PROGRAM Tieout 1",
        "#FORMAT PC8",
        "#GEN 20250131",
        "#SIETYP 4",
        '#FNAMN "Övningsbolaget AB"',
        '#VER L "" 20250131 "Löner \\"januari\\""',
        "{",
        "#TRANS 7010 {1 01} 100.50",
        '#TRANS 1930 {} -100.5 "" ut 2',
        "}",
        "",
    ]


@settings(max_examples=150, derandomize=True, deadline=None)
@given(TEXT, TEXT, DAY, TEXT, PAIRS, AMOUNT, TEXT, st.none() | AMOUNT)
def test_any_voucher_reads_back_the_same(
    series: str,
    number: str,
    day: date,
    text: str,
    objects: tuple[tuple[str, str], ...],
    amount: Decimal,
    signature: str,
    quantity: Decimal | None,
) -> None:
    voucher = model.Voucher(0, 1, series, number, day, text, day, signature)
    row = model.VoucherRow(0, "row", 1, 1, "1930", objects, amount, day, text, None, signature)
    other = model.Balance(0, "closing_balance", 0, "1930", amount, None)
    records = [*HEAD, voucher, row, other, model.Remark(0, "åäö" * 40)]
    assert list(sie_parser.records(written(records))) == records


@pytest.mark.parametrize("file", sorted((DATA / "valid").glob("*.se")), ids=lambda p: p.stem)
def test_valid_cases_read_back_the_same(file: Path) -> None:
    stream = sie_parser.records(file)
    records = list(stream)
    assert list(sie_parser.records(written(records, charset=stream.header.charset))) == records


def test_checksum_is_renewed() -> None:
    records = [HEAD[0], model.Checksum(0, None), *HEAD[1:], model.Checksum(0, 0)]
    assert sie_parser.tables(written(records)).header.ksumma == "wrong"
    assert sie_parser.tables(written(records, renew_checksum=True)).header.ksumma == "valid"


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (model.Remark(0, "snow ☃"), "SIE_WRITE_CHARACTER"),
        (model.Remark(0, "two\nlines"), "SIE_WRITE_FIELD"),
        (model.VoucherRow(0, "row", 7, 1, "1930", (), Decimal(1), None, "", None, ""), "SIE_WRITE_VALUE"),
    ],
)
def test_what_cannot_be_written_is_refused(record: model.Record, code: str, tmp_path: Path) -> None:
    target = tmp_path / "out.se"
    with pytest.raises(sie_parser.SieError) as caught:
        sie_parser.write([*HEAD, record], target)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []  # complete or not at all


def test_text_ending_in_a_backslash_survives() -> None:
    records = [model.ProgramCompanyId(0, "C:\\DIR\\"), model.ProgramCompanyId(0, "C:\\MY DIR\\")]
    assert list(sie_parser.records(written(records))) == records
