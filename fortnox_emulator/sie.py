"""SIE types 1 to 4 as Fortnox 3.60.16 writes them: code page 437, CRLF, no line end after the last line.

Record order, blanks and the shape of each line follow measured exports. What does not belong here: reading SIE, and
any figure the books do not state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from fortnox_emulator.books import Books
from fortnox_emulator.model import FinancialYear, Row, RowState, Voucher

PROGRAM = '"Fortnox" 3.60.16'
_WITHOUT_CONTROLS = dict.fromkeys(range(ord(" ")), " ")


def export_sie(
    books: Books,
    company_number: str,
    year: FinancialYear,
    sie_type: int,
    vouchers: Sequence[Voucher] | None = None,
) -> bytes:
    """The whole file. ``vouchers`` narrows a type-4 file to a selection; the balances stay those of the year."""
    lines = [
        *_header(books, company_number, year, sie_type),
        "",
        *_accounts(books),
        *_dimensions(books, sie_type),
        "",
    ]
    lines += _balances(books, year, sie_type)
    if sie_type == 4:
        lines.append("")
        for voucher in books.vouchers_of(year.year_id) if vouchers is None else vouchers:
            if voucher.key not in books.discords.unexported:
                lines += [*_voucher(voucher)] * (1 + (voucher.key in books.discords.doubled))
    return "\r\n".join(lines).encode("cp437", "replace")


def quoted(text: str) -> str:
    """A field in quotes; a quote inside is escaped, control characters become blanks."""
    return '"' + text.translate(_WITHOUT_CONTROLS).replace('"', '\\"') + '"'


def amount_text(ore: int) -> str:
    """At most two decimals, no trailing zeros: 12559, 12.5, -0.07."""
    kronor, rest = divmod(abs(ore), 100)
    decimals = f".{rest:02}".rstrip("0") if rest else ""
    return f"{'-' if ore < 0 else ''}{kronor}{decimals}"


def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def _header(books: Books, company_number: str, year: FinancialYear, sie_type: int) -> Iterator[str]:
    profile = books.profile
    before = books.year_before(year)
    yield "#FLAGGA 0"
    yield "#FORMAT PC8"
    yield f"#SIETYP {sie_type}"
    yield f"#PROGRAM {PROGRAM}"
    yield f"#GEN {_day(books.today)}"
    yield f"#FNR {company_number}"
    yield f"#FNAMN {quoted(profile.name)}"
    address = (profile.signature, profile.address, f"{profile.zip_code} {profile.city}", profile.phone)
    yield "#ADRESS " + " ".join(quoted(part) for part in address) + " "
    yield f"#RAR 0 {_day(year.first)} {_day(year.last)}"
    if before:
        yield f"#RAR -1 {_day(before.first)} {_day(before.last)}"
    yield f"#ORGNR {profile.corporate_id}"
    yield f"#OMFATTN {_day(min(books.today, year.last))}"
    yield "#KPTYP EUBAS97"


def _accounts(books: Books) -> Iterator[str]:
    for account in books.profile.accounts.values():
        yield f"#KONTO {account.number} {quoted(account.name)}"
        yield f"#SRU {account.number} {account.sru}"


def _dimensions(books: Books, sie_type: int) -> Iterator[str]:
    if sie_type >= 3:
        yield '#DIM 1 "Kostnadsställe"'
        yield '#DIM 6 "Projekt"'
        for code, description in books.profile.cost_centers:
            yield f"#OBJEKT 1 {quoted(code)} {quoted(description)}"
        for code, description in books.profile.projects:
            yield f"#OBJEKT 6 {quoted(code)} {quoted(description)}"


def _balances(books: Books, year: FinancialYear, sie_type: int) -> Iterator[str]:
    """#IB/#UB, #PSALDO and #RES, this year (0) before the one before (-1)."""
    numbered = [(0, year)]
    if before := books.year_before(year):
        numbered.append((-1, before))
    yield from _sheet(books, year, 0)
    if sie_type >= 2:
        for number, one in numbered:
            for (account, month), moved in sorted(books.periods(one).items()):
                if moved:
                    yield f"#PSALDO {number} {month} {account} {{}} {amount_text(moved)} 0"
    yield from _results(books, year, 0)
    for number, one in numbered[1:]:
        yield from _sheet(books, one, number)
        yield from _results(books, one, number)


def _sheet(books: Books, year: FinancialYear, number: int) -> Iterator[str]:
    opening, closing = books.opening(year), books.closing(year)
    for account in sorted(opening.keys() | closing.keys()):
        yield f"#IB {number} {account} {amount_text(opening.get(account, 0))} 0"
        yield f"#UB {number} {account} {amount_text(closing.get(account, 0))} 0"


def _results(books: Books, year: FinancialYear, number: int) -> Iterator[str]:
    for account, total in sorted(books.result(year).items()):
        yield f"#RES {number} {account} {amount_text(total)} 0"


def _voucher(voucher: Voucher) -> Iterator[str]:
    key = voucher.key
    yield f"#VER {key.series} {key.number} {_day(voucher.day)} {quoted(voucher.text)} {_day(voucher.registered)}"
    yield "{"
    for row in voucher.rows:
        yield from _row(row)
    yield "}"


def _row(row: Row) -> Iterator[str]:
    """A struck row as #BTRANS; an added one as #RTRANS with its twin #TRANS, which alone counts."""
    fields = f'{row.account} {_objects(row)} {amount_text(row.amount)} "" {quoted(row.text)} 0'
    if row.state is RowState.STRUCK:
        yield f"#BTRANS {fields} {quoted(row.signature)}"
        return
    if row.state is RowState.ADDED:
        yield f"#RTRANS {fields} {quoted(row.signature)}"
    yield f"#TRANS {fields}"


def _objects(row: Row) -> str:
    parts = []
    if row.cost_center:
        parts.append(f"1 {quoted(row.cost_center)}")
    if row.project:
        parts.append(f"6 {quoted(row.project)}")
    return "{" + " ".join(parts) + "}"
