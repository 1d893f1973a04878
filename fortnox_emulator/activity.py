"""One day in the company: what comes in, what is sold, what is typed in by hand and what is corrected.

The history before ``today`` and the nights after it are the same simulation, one call per day, decided by seed and
day alone. Records a planted discrepancy rests on are left alone. What does not belong here: what
becomes of documents (settling), how a posting looks (posting), and bookkeeping that recurs by calendar (routine).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from fortnox_emulator.books import Books, Plan
from fortnox_emulator.chance import chance
from fortnox_emulator.company_profile import CompanyProfile
from fortnox_emulator.model import (
    FileConnection,
    FinancialYear,
    Line,
    Party,
    Row,
    RowState,
    Side,
    Voucher,
    VoucherKey,
)
from fortnox_emulator.money import share
from fortnox_emulator.posting import book_voucher, new_document
from fortnox_emulator.routine import run_routine
from fortnox_emulator.settling import Workday, carry_out, plan_booking

_PETTY = (
    ("Kaffe och fika, Ica Nära", 6071, 85, 640),
    ("Kontorsmateriel, pennor & pärmar", 6110, 120, 1900),
    ("Parkering och bränsle", 5611, 90, 1300),
    ("Tågbiljett Östersund-Stockholm", 5810, 395, 2100),
    ("Programlicens, månad", 5420, 99, 890),
)


def simulate_until(books: Books, last: date) -> None:
    """Run every day after ``books.today`` up to and including ``last``."""
    while books.today < last:
        books.today += timedelta(days=1)
        simulate_day(books, books.today)


def simulate_day(books: Books, day: date) -> None:
    """Everything that happens on one day, in the order an office would do it."""
    workday = Workday(books, day, chance(books.seed, "day", day))
    open_year(books, day)
    for plan in books.agenda.pop(day, []):
        carry_out(workday, plan)
    if day.weekday() < 5:
        _sell(workday)
        _buy(workday)
        _petty_cash(workday)
        _correct(workday)
        _edit_party(workday)
    run_routine(books, day)


def open_year(books: Books, day: date) -> None:
    """Open a year of twelve months when the last one has ended; its id is the next free number."""
    last = max(books.years, key=lambda year: year.last)
    if day <= last.last:
        return
    new_id = max(year.year_id for year in books.years) + 1
    first = last.last + timedelta(days=1)
    end = first.replace(year=first.year + 1) - timedelta(days=1)
    books.years.append(FinancialYear(new_id, first, end, last.accounting_method))


def opening_documents(books: Books, profile: CompanyProfile) -> None:
    """Documents open when the company moved to Fortnox: booked in the old system, so without a voucher here."""
    for item in profile.opening_items:
        party = books.parties[item.side][item.party]
        account = profile.scheme.revenue[25] if item.side is Side.CUSTOMER else party.cost_account
        lines = [Line(account, "Ingående post", item.total * 4 // 5, 25)]
        document = new_document(
            books, item.side, item.number, party, item.day, item.day + timedelta(days=30), lines
        )
        document.booked = True
        document.reference = f"G-{item.number}" if item.side is Side.SUPPLIER else ""
        books.documents[item.side][item.number] = document
        due = max(document.due, books.years[0].first) + timedelta(days=len(item.number))
        books.agenda[due].append(Plan("pay", item.side, item.number))


# -- new documents -------------------------------------------------------------------------------------------------


def _sell(workday: Workday) -> None:
    books, day, random = workday.books, workday.day, workday.random
    for _ in range(random.choices((0, 1, 2), (62, 32, 6))[0]):
        party = random.choice([party for party in books.parties[Side.CUSTOMER].values() if party.active])
        lines = _sale_lines(books.profile, party, random)
        due = day + timedelta(days=party.terms)
        number = books.next_document(Side.CUSTOMER)
        document = new_document(books, Side.CUSTOMER, number, party, day, due, lines)
        document.cost_center = random.choice(("", "MÅL", "SNI"))
        document.project = random.choice(("", "", "P1", "P2"))
        books.documents[Side.CUSTOMER][number] = document
        plan_booking(workday, document)


def _buy(workday: Workday) -> None:
    """The rent on the first Tuesday of the month, and now and then something else."""
    books, day, random = workday.books, workday.day, workday.random
    if not books.parties[Side.SUPPLIER]:
        return
    landlord, *others = [party for party in books.parties[Side.SUPPLIER].values() if party.active]
    if day.day <= 7 and day.weekday() == 1:
        _receive(workday, landlord)
    if random.random() < 0.22:
        _receive(workday, random.choice(others))


def _receive(workday: Workday, party: Party) -> None:
    """A supplier's invoice arrives, dated up to three days ago, usually with a scan."""
    books, day, random = workday.books, workday.day, workday.random
    issued = max(day - timedelta(days=random.randint(0, 3)), books.year_of(day).first)
    due = issued + timedelta(days=party.terms)
    number = books.next_document(Side.SUPPLIER)
    document = new_document(books, Side.SUPPLIER, number, party, issued, due, _cost_lines(party, random))
    document.reference = _unused_reference(books, party, issued.year, random)
    document.ocr = str(random.randint(10**8, 10**9)) if party.currency == "SEK" else ""
    document.cost_center = "KON" if party.cost_account in {5010, 6110, 6540} else ""
    document.modified = books.stamp(day, f"supplier:{number}")
    books.documents[Side.SUPPLIER][number] = document
    if random.random() < 0.85:
        attach_file(books, f"faktura-{number}.pdf", document=number)
    plan_booking(workday, document)


def _unused_reference(books: Books, party: Party, year: int, random: Random) -> str:
    """An invoice number of the supplier's own, which it has not used before."""
    used = {
        document.reference
        for document in books.documents[Side.SUPPLIER].values()
        if document.party == party.number
    }
    while True:
        series = (f"{year}/A-{random.randint(100, 999)}", str(random.randint(10_000, 99_999)))
        if (reference := random.choice(series)) not in used:
            return reference


def _sale_lines(profile: CompanyProfile, party: Party, random: Random) -> list[Line]:
    work, scheme = profile.work, profile.scheme
    lines = []
    for _ in range(random.randint(1, 3)):
        position = random.randrange(len(work))
        sold = work[position]
        text, vat = sold.text, sold.vat_percent
        quantity = random.choice((1, 1, 2, 3, 8))
        net = random.randint(sold.low, sold.high) * 100 * quantity // 2 + random.choice((0, 0, 50, 25, 7))
        account = scheme.revenue[vat]
        if party.country != "SE":
            account, vat, net = (
                (scheme.revenue_export if party.country == "US" else scheme.revenue_eu),
                0,
                net // 9 + 1999,
            )
        lines.append(Line(account, text, net, vat, str(position + 1), quantity))
    return lines


def _cost_lines(party: Party, random: Random) -> list[Line]:
    if party.cost_account == 5010:
        return [Line(5010, "Lokalhyra", 18_400_00, 25)]
    net = random.randint(300, 24000) * 100 + random.choice((0, 0, 40, 13, 99))
    if party.currency != "SEK":
        return [Line(party.cost_account, "Varor", net // 6, 0)]
    vat = 0 if party.cost_account == 6310 else 25
    return [Line(party.cost_account, "Enligt faktura", net, vat)]


# -- the rest of the office ----------------------------------------------------------------------------------------


def _petty_cash(workday: Workday) -> None:
    """Small purchases on the company card, typed in by hand; on some days the last one is deleted instead."""
    books, day, random = workday.books, workday.day, workday.random
    scheme = books.profile.scheme
    if random.random() < 0.06:
        _delete_last(books)
    elif random.random() < 0.3:
        text, account, low, high = random.choice(_PETTY)
        gross = random.randint(low * 100, high * 100)
        vat = gross - share(gross, 80)
        rows = [Row(account, gross - vat), Row(scheme.input_vat, vat), Row(scheme.bank, -gross)]
        voucher = book_voucher(books, scheme.manual_series, day, text, rows, registered=day)
        if random.random() < 0.7:
            attach_file(books, f"kvitto-{voucher.key.series}{voucher.key.number}.pdf", voucher=voucher.key)


def _delete_last(books: Books) -> None:
    """Delete the last manual voucher, which Fortnox allows; its number will be used again."""
    year = books.current_year.year_id
    voucher = max(
        (
            v
            for v in books.vouchers.values()
            if v.key.year_id == year and v.key.series == books.profile.scheme.manual_series
        ),
        key=_key,
        default=None,
    )
    if (
        voucher
        and books.is_open(voucher.day)
        and _is_petty(voucher)
        and not books.is_touched("voucher", voucher.key)
    ):
        books.delete_voucher(voucher.key)
        books.files = [file for file in books.files if file.voucher != voucher.key]


def attach_file(books: Books, name: str, *, voucher: VoucherKey | None = None, document: str = "") -> None:
    """Attach a scanned document; its id and bytes follow from the seed and the number of files."""
    digest = hashlib.sha256(f"{books.seed}:{name}:{len(books.files)}".encode()).hexdigest()
    file_id = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    content = f"%PDF-1.4\n% {name} {digest}\n%%EOF\n".encode()
    books.files.append(FileConnection(file_id, name, content, voucher, document))


def _edit_party(workday: Workday) -> None:
    """Now and then a customer or a supplier moves. A changed giro is an error somebody plants."""
    books, random = workday.books, workday.random
    if random.random() > 0.03:
        return
    side = random.choice(list(Side))
    if not books.parties[side]:
        return
    party = random.choice([party for party in books.parties[side].values() if party.active])
    changed = replace(party, address=f"Nya vägen {random.randint(1, 99)}")
    modified = books.stamp(workday.day, f"party:{party.number}")
    books.parties[side][party.number] = replace(changed, modified=modified)


def _correct(workday: Workday) -> None:
    """Now and then strike a row of a recent manual voucher and add the right one; rarely strike all rows."""
    books, day, random = workday.books, workday.day, workday.random
    if random.random() > 0.07:
        return
    recent = [
        voucher
        for voucher in books.vouchers.values()
        if voucher.key.series == books.profile.scheme.manual_series
        and day - timedelta(days=20) <= voucher.day
        and books.is_open(voucher.day)
        and _is_petty(voucher)
        and not books.is_touched("voucher", voucher.key)
        and all(row.state is RowState.LIVE for row in voucher.rows)
    ]
    if recent:
        strike(books, random.choice(recent), day, whole=random.random() < 0.15)


def strike(books: Books, voucher: Voucher, day: date, *, whole: bool) -> None:
    """Strike the cost row and add it on another account, or strike every row."""
    signature = books.profile.signature
    for row in voucher.rows if whole else voucher.rows[:1]:
        row.state, row.signature = RowState.STRUCK, signature
    if not whole:
        first = voucher.rows[0]
        account = books.profile.scheme.petty_correction
        voucher.rows.append(Row(account, first.amount, RowState.ADDED, signature=signature))
    voucher.modified = books.stamp(day, f"strike:{voucher.key}")


def _is_petty(voucher: Voucher) -> bool:
    return voucher.reference_type == "MANUAL" and any(voucher.text == text for text, *_ in _PETTY)


def _key(voucher: Voucher) -> int:
    return voucher.key.number
