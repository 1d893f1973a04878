"""`tieout fetch`: one record as the API has it, one file whole or not at all, and nothing but reading."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from fortnox_emulator import Fault
from fortnox_emulator.model import RowState, Side
from tieout.reports.record import show_record

FILE_ID = "0a1b2c3d-0000-4000-8000-000000000001"


@pytest.fixture
def connected(user):
    user.emulator.tokens.consent = True
    user.configure('tenant_id = "1200003"')
    return user


def fetched(connected, *arguments: str):
    code, out, err = connected.run("fetch", "acme", *arguments, "--format", "json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_a_voucher_with_its_rows_struck_ones_too(connected) -> None:
    books = connected.emulator.books
    voucher = next(
        one for one in books.vouchers.values() if any(row.state is RowState.STRUCK for row in one.rows)
    )
    year, key = books.year(voucher.key.year_id), f"{voucher.key.series}/{voucher.key.number}"
    record = fetched(connected, "voucher", key, "--year", str(year.year_id))
    assert [
        (row["Account"], Decimal(row["Debit"]) - Decimal(row["Credit"]), row["Removed"])
        for row in record["VoucherRows"]
    ] == [(row.account, Decimal(row.amount).scaleb(-2), row.state is RowState.STRUCK) for row in voucher.rows]
    assert record == fetched(connected, "voucher", key, "--year", str(year.first))
    code, out, _ = connected.run("fetch", "acme", "voucher", key, "--year", str(year.year_id))
    assert code == 0
    assert "TransactionDate" in out
    assert "VoucherRows" in out


@pytest.mark.parametrize(
    ("text", "first"),
    [("2", "2026-01-01"), ("2025-01-01", "2025-01-01"), ("2025", "2025-01-01"), ("2023", "2023-07-01"),
     ("2024", "2023-07-01")],
    ids=["id", "first day", "begins in it", "begins within it", "no other year has days of it"],
)  # fmt: skip
def test_a_financial_year_is_named_as_people_name_it(connected, text: str, first: str) -> None:
    """The first year of the company has eighteen months: from July 2023 to the end of 2024."""
    years = {str(year.first): str(year.year_id) for year in connected.emulator.books.years}
    assert str(fetched(connected, "account", "1510", "--year", text)["Year"]) == years[first]


@pytest.mark.parametrize(
    ("kind", "side", "name", "party"),
    [
        ("invoice", Side.CUSTOMER, "DocumentNumber", "CustomerNumber"),
        ("supplier-invoice", Side.SUPPLIER, "GivenNumber", "SupplierNumber"),
    ],
)
def test_an_invoice_as_given_with_amounts_that_are_never_floats(
    connected, kind: str, side: Side, name: str, party: str
) -> None:
    document = next(one for one in connected.emulator.books.documents[side].values() if one.total % 100)
    record = fetched(connected, kind, str(document.number))
    assert (record[name], record[party]) == (str(document.number), str(document.party))
    assert record["Total"] == str(Decimal(document.total).scaleb(-2).normalize())


@pytest.mark.parametrize("side", list(Side))
def test_a_payment_and_a_party_whose_number_has_small_letters(connected, side: Side) -> None:
    books = connected.emulator.books
    payment = next(iter(books.payments[side].values()))
    record = fetched(connected, f"{side.value}-payment", str(payment.number))
    assert [str(record[name]) for name in ("Number", "InvoiceNumber")] == [
        str(payment.number),
        payment.document,
    ]
    party = books.parties[side].popitem()[1]
    renamed = replace(party, number="kund17b")
    books.parties[side][renamed.number] = renamed
    assert fetched(connected, side.value, "kund17b")["Name"] == party.name


def test_an_account_of_a_year(connected) -> None:
    record = fetched(connected, "account", "1930", "--year", "1")
    assert (record["Number"], record["Year"]) == (1930, 1)


def test_a_table_shows_what_says_something_and_no_terminal_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        {"Account": 1930, "Debit": Decimal("0.10"), "CostCenter": ""},
        {"Account": 3001, "Removed": False},
    ]
    record = {
        "@url": "x",
        "Name": "Å\x1b[2J[bold]",
        "Note": None,
        "Sent": False,
        "Mail": {"To": "a@b"},
        "Rows": rows,
    }
    show_record(Console(width=80), record)
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "Name Å\N{REPLACEMENT CHARACTER}[2J[bold]",
        "Sent false",
        "Mail.To a@b",
        "",
        "Rows",
        "Account Debit Removed",
        "1930 0.10",
        "3001 false",
        "",
        "1 empty fields; --format json shows them",
    ]


def test_one_archived_file_and_its_digest(connected, tmp_path: Path) -> None:
    file = connected.emulator.books.files[0]
    path = tmp_path / "receipt.pdf"
    code, out, err = connected.run("fetch", "acme", "file", file.file_id, "--to", str(path))
    assert (code, err) == (0, "")
    assert out == f"{hashlib.sha256(file.content).hexdigest()}  {path}  {len(file.content):,} bytes\n"
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (file.content, 0o600)
    path.write_bytes(b"mine")
    code, _, err = connected.run("fetch", "acme", "file", file.file_id, "--to", str(path))
    assert (code, "exists; --force replaces it" in err, path.read_bytes()) == (2, True, b"mine")
    assert connected.run("fetch", "acme", "file", file.file_id, "--to", str(path), "--force")[0] == 0
    assert path.read_bytes() == file.content


def test_a_file_that_only_the_query_finds(connected, tmp_path: Path) -> None:
    file = connected.emulator.books.files[0]
    connected.emulator.set_switches({"archive_by_query_only": True})
    path = tmp_path / "receipt.pdf"
    assert connected.run("fetch", "acme", "file", file.file_id, "--to", str(path))[0] == 0
    assert path.read_bytes() == file.content


@pytest.mark.parametrize("sie_type", ["1", "2", "3", "4"])
def test_a_sie_file_of_each_type(connected, tmp_path: Path, sie_type: str) -> None:
    path = tmp_path / "books.se"
    assert connected.run("fetch", "acme", "sie", "--type", sie_type, "--year", "1", "--to", str(path))[0] == 0
    text = path.read_bytes().decode("cp437")
    assert f"#SIETYP {sie_type}\r\n" in text
    assert ("#VER" in text) == (sie_type == "4")


@pytest.mark.parametrize("kind", ["truncated", "reset", "server_error"])
def test_a_download_that_breaks_leaves_no_file(connected, tmp_path: Path, kind: str) -> None:
    connected.emulator.add_fault(Fault(kind, "/3/archive", times=None))
    file = connected.emulator.books.files[0]
    code, out, err = connected.run(
        "fetch", "acme", "file", file.file_id, "--to", str(tmp_path / "receipt.pdf")
    )
    assert (code, out, err.count("\n")) == (3, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["tieout.toml"]


WRONG = {
    "no such voucher": (["voucher", "A/99999", "--year", "1"], 4, "voucher A/99999: Fortnox has none (404)"),
    "no such file": (["file", FILE_ID, "--to", "x.pdf"], 4, "Fortnox has none (404)"),
    "a voucher without series": (["voucher", "17", "--year", "1"], 4, "write it as in A/17"),
    "an address that acts": (["invoice", "17/email"], 4, "write it as in 1042"),
    "no file id": (["file", "../invoices/1/print", "--to", "x.pdf"], 4, "archive_files of schema fortnox have them"),
    "which year": (["account", "1510"], 4, "which financial year? --year takes an id, a first day or"),
    "no such year": (["sie", "--year", "1999", "--to", "x.se"], 4, '"1999" is not one financial year'),
    "no key": (["invoice"], 2, "which invoice?"),
    "a key too many": (["sie", "4", "--to", "x.se"], 2, "no key"),
    "nowhere to write": (["sie"], 2, "where to write it?"),
    "nothing to write": (["invoice", "1", "--to", "x.se"], 2, "--to goes with file and sie"),
    "no such folder": (["sie", "--to", "nowhere/x.se"], 2, "nowhere is not a folder"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_cannot_be_fetched_is_one_message(connected, name: str) -> None:
    arguments, exit_code, says = WRONG[name]
    before = len(connected.emulator.traffic.records)
    code, out, err = connected.run("fetch", "acme", *arguments)
    assert (code, out, says in err) == (exit_code, "", True), err
    assert connected.emulator.stats()["violations"] == []
    assert (len(connected.emulator.traffic.records) == before) == (exit_code == 2)
    assert not list(connected.folder.glob("x.*"))


def test_an_answer_about_another_record_is_not_shown(connected, monkeypatch: pytest.MonkeyPatch) -> None:
    """A voucher asked for without its year would answer for the current one."""
    handle = httpx.HTTPTransport.handle_request

    def forgetting(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/3/vouchers/"):
            request.url = request.url.copy_with(query=None)
        return handle(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", forgetting)
    code, out, err = connected.run("fetch", "acme", "voucher", "A/1", "--year", "1")
    assert (code, out) == (3, "")
    assert "answered about another" in err
