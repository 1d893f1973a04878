"""The SIE file, read by a few lines written here, says what the books say."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal

import pytest

from fortnox_emulator.books import Books
from fortnox_emulator.model import FinancialYear, RowState
from fortnox_emulator.sie import export_sie

FIELD = re.compile(r'"(?:\\.|[^"])*"|\{[^}]*\}|\S+')


@pytest.fixture(scope="module", params=[3, 1, 2], ids=["extended year", "closed year", "open year"])
def year(request: pytest.FixtureRequest, books: Books) -> FinancialYear:
    found = books.year(request.param)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def lines(books: Books, year: FinancialYear) -> list[list[str]]:
    text = export_sie(books, "1200001", year, 4).decode("cp437")
    return [FIELD.findall(line) for line in text.split("\r\n")]


def ore(text: str) -> int:
    return int(Decimal(text) * 100)


def records(lines: list[list[str]], label: str) -> list[list[str]]:
    return [line[1:] for line in lines if line and line[0] == label]


def trans_by_account(lines: list[list[str]]) -> dict[int, int]:
    totals: dict[int, int] = defaultdict(int)
    for account, _, amount, *_ in records(lines, "#TRANS"):
        totals[int(account)] += ore(amount)
    return totals


def test_the_bytes_are_cp437_with_crlf_and_no_last_line_end(books: Books, year: FinancialYear) -> None:
    data = export_sie(books, "1200001", year, 4)
    assert data.startswith(b"#FLAGGA 0\r\n#FORMAT PC8\r\n#SIETYP 4\r\n")
    assert b"\x8f" not in data.split(b"\r\n")[4]
    assert "Måleri i Östersund".encode("cp437") in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert not data.endswith(b"\n")
    assert b"?" not in data.replace(b"\r\n", b""), "nothing in the company's texts lies outside code page 437"


def test_opening_plus_transactions_is_closing(lines: list[list[str]]) -> None:
    moved = trans_by_account(lines)
    opening = {
        int(account): ore(amount) for number, account, amount, _ in records(lines, "#IB") if number == "0"
    }
    closing = {
        int(account): ore(amount) for number, account, amount, _ in records(lines, "#UB") if number == "0"
    }
    assert opening.keys() == closing.keys()
    for account, amount in closing.items():
        assert amount == opening[account] + moved.get(account, 0)


def test_results_and_periods_are_sums_of_transactions(lines: list[list[str]]) -> None:
    moved = trans_by_account(lines)
    results = {
        int(account): ore(amount) for number, account, amount, _ in records(lines, "#RES") if number == "0"
    }
    assert results == {account: total for account, total in moved.items() if account >= 3000}
    months: dict[int, int] = defaultdict(int)
    for number, _month, account, _objects, amount, _quantity in records(lines, "#PSALDO"):
        if number == "0":
            months[int(account)] += ore(amount)
    assert months == {account: total for account, total in moved.items() if account in months}


def test_every_voucher_balances_on_trans_alone(lines: list[list[str]]) -> None:
    total = count = 0
    for line in lines:
        if line and line[0] == "#VER":
            total, count = 0, count + 1
        elif line and line[0] == "#TRANS":
            total += ore(line[3])
        elif line == ["}"]:
            assert total == 0
    assert count > 300


def test_an_added_row_is_followed_by_its_twin_and_a_struck_one_is_signed(books: Books) -> None:
    text = "\r\n".join(export_sie(books, "1200001", year, 4).decode("cp437") for year in books.years)
    lines = text.split("\r\n")
    added = [position for position, line in enumerate(lines) if line.startswith("#RTRANS")]
    assert added
    for position in added:
        assert lines[position + 1] == "#TRANS" + lines[position].removeprefix("#RTRANS").removesuffix(
            ' "Märta Nordvik"'
        )
    struck = sum(row.state is RowState.STRUCK for voucher in books.vouchers.values() for row in voucher.rows)
    assert (
        sum(line.startswith("#BTRANS") and line.endswith('"Märta Nordvik"') for line in lines) == struck > 0
    )


def test_years_before_and_dimensions_are_there(books: Books) -> None:
    first, second = (export_sie(books, "1", books.years[n], 4).decode("cp437") for n in (0, 1))
    assert "#RAR -1" not in first
    assert "#RAR -1 20230701 20241231" in second
    assert "#UB -1 1510" in second
    assert '#DIM 1 "Kostnadsställe"' in second
    assert '{1 "MÅL" 6 "P1"}' in second


@pytest.mark.parametrize(
    ("sie_type", "has", "lacks"), [(1, "#RES", "#PSALDO"), (2, "#PSALDO", "#DIM"), (3, "#DIM", "#VER")]
)
def test_lower_types_leave_out_what_they_must(books: Books, sie_type: int, has: str, lacks: str) -> None:
    text = export_sie(books, "1", books.years[1], sie_type).decode("cp437")
    assert f"\r\n{has} " in text
    assert f"\r\n{lacks} " not in text
    assert f"#SIETYP {sie_type}" in text


def test_amounts_have_no_trailing_zeros(lines: list[list[str]]) -> None:
    amounts = [line[3] for line in lines if line and line[0] == "#TRANS"]
    assert all(re.fullmatch(r"-?\d+(\.\d?[1-9])?", amount) for amount in amounts)
    assert "-0" not in amounts
