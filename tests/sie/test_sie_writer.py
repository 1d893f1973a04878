"""Writing SIE: what is written reads back the same, and what cannot be is refused."""

from __future__ import annotations

import io
from dataclasses import replace
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


VOUCHER = model.Voucher(0, 1, "A", "1", date(2025, 1, 31), "", None, "")
MONTH = model.PeriodBalance(0, "period_balance", 0, date(2025, 2, 1), "1930", (), Decimal(1), None)
ROW = model.VoucherRow(0, "row", 1, 1, "1930", (), Decimal("1.00"), None, "", None, "")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (model.Remark(0, "snow ☃"), "SIE_WRITE_CHARACTER"),
        (model.Remark(0, "two\nlines"), "SIE_WRITE_FIELD"),
        (replace(ROW, voucher_position=7), "SIE_WRITE_ROW"),
        (replace(ROW, amount=Decimal("1.005")), "SIE_WRITE_FIELD"),
        (replace(ROW, amount=Decimal(10**16)), "SIE_WRITE_FIELD"),
        (replace(ROW, amount=Decimal("NaN")), "SIE_WRITE_FIELD"),
        (replace(ROW, quantity=Decimal("1.1234567")), "SIE_WRITE_FIELD"),
        (replace(ROW, objects=(("1", "2", "3"),)), "SIE_WRITE_FIELD"),
        (replace(ROW, text=None), "SIE_WRITE_FIELD"),
        (replace(MONTH, period=date(2025, 2, 15)), "SIE_WRITE_FIELD"),
        (model.Generated(0, "2025-01-31", ""), "SIE_WRITE_FIELD"),
        (model.StrayLine(0, "two\nlines"), "SIE_WRITE_FIELD"),
        (model.StrayLine(0, "#TRANS 1930 {} 1"), "SIE_WRITE_FIELD"),
        (model.StrayLine(0, "}"), "SIE_WRITE_FIELD"),
        (model.UnknownItem(0, "#TRANS", ("1930", (), "1")), "SIE_WRITE_FIELD"),
        (model.UnknownItem(0, "EGEN", ("1",)), "SIE_WRITE_FIELD"),
        (model.UnknownItem(0, "#EGEN", ("1",), True), "SIE_WRITE_FIELD"),
    ],
    ids=["character", "line end", "another voucher's row", "three decimals", "too wide", "no number", "quantity",
         "objects", "no text", "day for a month", "text for a date", "two lines", "an item as a line", "a brace",
         "a known label", "no label", "outside its voucher"],
)  # fmt: skip
def test_what_cannot_be_written_is_refused(record: model.Record, code: str, tmp_path: Path) -> None:
    """Never altered, never something the reader would read differently."""
    target = tmp_path / "out.se"
    in_voucher = [VOUCHER] if isinstance(record, model.VoucherRow) else []
    with pytest.raises(sie_parser.SieError) as caught:
        sie_parser.write([*HEAD, *in_voucher, record], target)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []  # complete or not at all


@pytest.mark.parametrize("wrong", ["a line", replace(ROW, amount=100.5), replace(ROW, kind="books")])
def test_what_is_no_record_is_a_programming_error(wrong: model.Record) -> None:
    with pytest.raises(TypeError):
        written([*HEAD, VOUCHER, wrong])


def test_a_refusal_names_the_value() -> None:
    with pytest.raises(
        sie_parser.SieError, match=r"^line 9, #TRANS: amount: a record that would be read back differently"
    ):
        written([*HEAD, VOUCHER, replace(ROW, amount=Decimal("1.005"))])


def test_vouchers_are_numbered_by_their_place_in_the_new_file() -> None:
    """A part of a file may be written: every row still stands under its own voucher."""
    vouchers = [replace(VOUCHER, voucher_position=n, voucher_number=str(n)) for n in (0, 3, 3)]
    parts = [
        r
        for v in vouchers
        for r in (v, replace(ROW, voucher_position=v.voucher_position, text=v.voucher_number))
    ]
    back = [
        r
        for r in sie_parser.records(written([*HEAD, *parts]))
        if isinstance(r, model.Voucher | model.VoucherRow)
    ]
    assert [r.voucher_position for r in back] == [1, 1, 2, 2, 3, 3]
    assert [r.text for r in back if isinstance(r, model.VoucherRow)] == ["0", "3", "3"]


@pytest.mark.parametrize(
    ("text", "charset", "code"),
    [
        ("snow ☃", "latin-1", "SIE_WRITE_CHARACTER"),
        ("\ud800", "utf-8", "SIE_WRITE_CHARACTER"),
        ("Σ", "cp437", "SIE_WRITE_CHARSET"),
        ("señor", "latin-1", "SIE_WRITE_CHARSET"),
    ],
)
def test_letters_that_would_be_read_as_others_are_refused(
    text: str, charset: str, code: str, tmp_path: Path
) -> None:
    """The reader goes by the bytes of the whole file: a lone Greek letter would come back as an ä."""
    plain = [record for record in HEAD if not isinstance(record, model.CompanyName)]
    with pytest.raises(sie_parser.SieError) as caught:
        sie_parser.write([*plain, model.Remark(0, text)], tmp_path / "out.se", charset=charset)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("charset", ["cp437", "latin-1", "utf-8"])
def test_every_character_set_reads_back(charset: str) -> None:
    assert list(sie_parser.records(written(HEAD, charset=charset))) == HEAD
    assert list(sie_parser.records(written(HEAD[:5], charset=charset))) == HEAD[:5]


def test_an_unknown_character_set_is_named() -> None:
    with pytest.raises(ValueError, match="cp437, latin-1 or utf-8"):
        written(HEAD, charset="cp850")


def test_writing_touches_nothing_beside_its_target(tmp_path: Path) -> None:
    (tmp_path / "out.se.part").write_text("mine", encoding="ascii")
    sie_parser.write(HEAD, tmp_path / "out.se")
    assert {p.name for p in tmp_path.iterdir()} == {"out.se", "out.se.part"}
    assert (tmp_path / "out.se.part").read_text(encoding="ascii") == "mine"


def test_text_ending_in_a_backslash_survives() -> None:
    records = [model.ProgramCompanyId(0, "C:\\DIR\\"), model.ProgramCompanyId(0, "C:\\MY DIR\\")]
    assert list(sie_parser.records(written(records))) == records
