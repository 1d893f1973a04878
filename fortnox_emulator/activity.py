"""One day in the company: what is invoiced, booked, paid, credited, cancelled and corrected.

The history before ``today`` and the nights after it are the same simulation, one call per day, decided by seed and
day alone. Records a planted discrepancy rests on are left alone. What does not belong here: how a posting looks
(posting) and the recurring bookkeeping nobody decides about (routine).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from fortnox_emulator.books import Books, Plan
from fortnox_emulator.model import (
    Document,
    FileConnection,
    FinancialYear,
    Line,
    Party,
    Payment,
    Row,
    RowState,
    Side,
    Voucher,
    VoucherKey,
    WriteOff,
)
from fortnox_emulator.money import share, whole_kronor
from fortnox_emulator.posting import (
    NETTING_ACCOUNT,
    ROUNDING_ACCOUNT,
    book_document,
    book_payment,
    book_voucher,
    books_party,
    new_document,
    new_payment,
    set_lines,
)
from fortnox_emulator.profile import CompanyProfile, Work
from fortnox_emulator.routine import run_routine

BANK_FEE_ACCOUNT = 6570
BANK = {Side.CUSTOMER: ("BG", 1920), Side.SUPPLIER: ("LB", 1930)}
NETTING = ("KVITT", NETTING_ACCOUNT)

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
    random = Random(f"{books.seed}:day:{day}")  # noqa: S311 - simulation, not security
    open_year(books, day)
    for plan in books.agenda.pop(day, []):
        _ACTS[plan.kind](books, plan, day, random)
    if day.weekday() < 5:
        _sell(books, day, random)
        _buy(books, day, random)
        _petty_cash(books, day, random)
        _correct(books, day, random)
    run_routine(books, day)


def open_year(books: Books, day: date) -> None:
    """Open the next calendar year when the last one has ended; its id is the next free number."""
    last = max(books.years, key=lambda year: year.last)
    if day <= last.last:
        return
    new_id = max(year.year_id for year in books.years) + 1
    books.years.append(FinancialYear(new_id, last.last + timedelta(days=1), date(last.last.year + 1, 12, 31)))


def opening_documents(books: Books, profile: CompanyProfile) -> None:
    """Documents open when the company moved to Fortnox: booked in the old system, so without a voucher here."""
    for item in profile.opening_items:
        parties = profile.customers if item.side is Side.CUSTOMER else profile.suppliers
        party = next(party for party in parties if party.number == item.party)
        account = 3001 if item.side is Side.CUSTOMER else party.cost_account
        lines = [Line(account, "Ingående post", item.total * 4 // 5, 25)]
        document = new_document(
            books, item.side, item.number, party, item.day, item.day + timedelta(days=30), lines
        )
        document.booked = True
        document.reference = f"G-{item.number}" if item.side is Side.SUPPLIER else ""
        books.documents[item.side][item.number] = document
        due = max(document.due, books.years[0].first) + timedelta(days=len(item.number))
        _plan(books, due, "pay", document)


# -- new documents -------------------------------------------------------------------------------------------------


def _sell(books: Books, day: date, random: Random) -> None:
    for _ in range(random.choices((0, 1, 2), (62, 32, 6))[0]):
        party = random.choice([party for party in books.profile.customers if party.active])
        number = str(max(int(number) for number in books.documents[Side.CUSTOMER]) + 1)
        due = day + timedelta(days=party.terms)
        document = new_document(
            books, Side.CUSTOMER, number, party, day, due, _sale_lines(books.profile.work, party, random)
        )
        document.cost_center = random.choice(("", "MÅL", "SNI"))
        document.project = random.choice(("", "", "P1", "P2"))
        books.documents[Side.CUSTOMER][number] = document
        _plan_booking(books, document, day, random)


def _buy(books: Books, day: date, random: Random) -> None:
    rent_day = day.day <= 7 and day.weekday() == 1
    parties = [party for party in books.profile.suppliers if party.active]
    buys = [random.choice(parties[1:])] if random.random() < 0.2 else []
    for party in [parties[0]] * rent_day + buys:
        number = str(max(int(number) for number in books.documents[Side.SUPPLIER]) + 1)
        issued = max(day - timedelta(days=random.randint(0, 3)), books.year_of(day).first)
        document = new_document(
            books,
            Side.SUPPLIER,
            number,
            party,
            issued,
            issued + timedelta(days=party.terms),
            _cost_lines(party, random),
        )
        document.reference = random.choice(
            (f"{issued.year}/A-{random.randint(100, 999)}", str(random.randint(10000, 99999)))
        )
        document.ocr = str(random.randint(10**8, 10**9)) if party.currency == "SEK" else ""
        document.cost_center = "KON" if party.cost_account in {5010, 6110, 6540} else ""
        document.modified = books.stamp(day, f"supplier:{number}")
        books.documents[Side.SUPPLIER][number] = document
        if random.random() < 0.85:
            attach_file(books, f"faktura-{number}.pdf", document=number)
        _plan_booking(books, document, day, random)


def _sale_lines(work: Sequence[Work], party: Party, random: Random) -> list[Line]:
    lines = []
    for _ in range(random.randint(1, 3)):
        position = random.randrange(len(work))
        sold = work[position]
        text, vat = sold.text, sold.vat_percent
        quantity = random.choice((1, 1, 2, 3, 8))
        net = random.randint(sold.low, sold.high) * 100 * quantity // 2 + random.choice((0, 0, 50, 25, 7))
        account = {25: 3001, 12: 3002, 6: 3003}[vat]
        if party.country != "SE":
            account, vat, net = (3105 if party.country == "US" else 3108), 0, net // 9 + 1999
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


def _plan_booking(books: Books, document: Document, day: date, random: Random) -> None:
    """Most documents are booked the day they come in; the rest wait, and some are cancelled or stay drafts."""
    if random.random() < 0.78:
        _book(books, document, day, random)
        return
    later = day + timedelta(days=random.randint(1, 9))
    becomes = random.choices(("book", "cancel", ""), (76, 16, 8))[0]
    if becomes:
        _plan(books, later, becomes, document)
    if random.random() < 0.4 and later > day + timedelta(days=1):
        _plan(books, day + timedelta(days=1), "edit", document)


# -- what becomes of them ------------------------------------------------------------------------------------------


def _plan(books: Books, day: date, kind: str, document: Document, note: str = "") -> None:
    books.agenda[max(day, books.today + timedelta(days=1))].append(
        Plan(kind, document.side, document.number, note)
    )


def _book(books: Books, document: Document, day: date, random: Random) -> None:
    book_document(books, document, registered=day)
    foreign = document.currency != "SEK"
    outcomes = {
        "pay": 62,
        "late": 13,
        "partial": 8,
        "rounding": 0 if foreign else 6,
        "fee": 9 if foreign else 1,
    }
    outcomes |= {"refund": 0 if foreign else 3, "credit": 3, "part_credit": 0 if foreign else 3, "never": 2}
    fate = random.choices(list(outcomes), list(outcomes.values()))[0]
    due = document.due + timedelta(days=random.randint(-4, 2))
    if fate == "credit":
        _plan(books, day + timedelta(days=random.randint(2, 9)), "credit", document, "100")
    elif fate == "part_credit":
        _plan(books, day + timedelta(days=random.randint(2, 9)), "credit", document, "20")
        _plan(books, due + timedelta(days=14), "pay", document)
    elif fate == "late":
        _plan(books, due + timedelta(days=random.randint(10, 60)), "pay", document)
    elif fate == "partial":
        _plan(books, due, "pay", document, "part")
        _plan(books, due + timedelta(days=random.randint(8, 40)), "pay", document)
    elif fate != "never":
        _plan(books, due, "pay", document, "" if fate == "pay" else fate)


def _book_later(books: Books, plan: Plan, day: date, random: Random) -> None:
    document = books.documents[plan.side][plan.subject]
    if not (document.booked or document.cancelled or books.is_touched("document", (plan.side, plan.subject))):
        _book(books, document, day, random)


def _cancel(books: Books, plan: Plan, day: date, random: Random) -> None:
    document = books.documents[plan.side][plan.subject]
    if not (document.booked or books.is_touched("document", (plan.side, plan.subject))):
        document.cancelled = True
        document.modified = books.stamp(day, f"cancel:{plan.subject}")


def _edit(books: Books, plan: Plan, day: date, random: Random) -> None:
    """Change an open, unbooked document: one line's amount and the due date."""
    document = books.documents[plan.side][plan.subject]
    if document.booked or document.cancelled or books.is_touched("document", (plan.side, plan.subject)):
        return
    first, *others = document.lines
    changed = replace(first, net=first.net + random.randint(1, 40) * 2500)
    set_lines(document, [changed, *others], rounds=books_party(books, document).rounds)
    document.due += timedelta(days=random.randint(0, 5))
    document.modified = books.stamp(day, f"edit:{plan.subject}")


def _pay(books: Books, plan: Plan, day: date, random: Random) -> None:
    """Pay a booked document; ``note`` says how: in part, with a write-off, too much with the excess sent back."""
    document = books.documents[plan.side][plan.subject]
    pending = [p for p in books.payments_on(plan.side, plan.subject, booked_only=False) if not p.booked]
    left = books.currency_left(document)
    if left <= 0 or books.is_touched("document", (plan.side, plan.subject)):
        return
    if pending:
        _plan(books, day + timedelta(days=1), "pay", document, plan.note)
        return
    amount, write_offs = _amount_to_pay(document, left, plan.note, random)
    bank = BANK[plan.side]
    payment = new_payment(books, document, day, amount, mode=bank, registered=day, write_offs=write_offs)
    if plan.note == "refund":
        book_payment(books, payment, registered=day)
        refund = new_payment(books, document, day, left - amount, mode=bank, registered=day)
        book_payment(books, refund, registered=day)
    elif random.random() < 0.88:
        book_payment(books, payment, registered=day)
    else:
        later = day + timedelta(days=random.randint(1, 4))
        books.agenda[later].append(Plan("book_payment", plan.side, str(payment.number)))


def _amount_to_pay(document: Document, left: int, note: str, random: Random) -> tuple[int, list[WriteOff]]:
    """(amount in document currency, write-offs): the two never leave a residue under one unit of currency."""
    if note == "part" and left > 1000_00:
        return whole_kronor(share(left, random.randint(30, 70))), []
    if note == "rounding" and left % 100:
        paid = whole_kronor(left)
        return paid, [WriteOff(ROUNDING_ACCOUNT, left - paid, "Öresavrundning")]
    if note == "fee" and left > 500_00:
        fee = random.choice((15_00, 25_00, 40_00))
        return left - fee, [WriteOff(BANK_FEE_ACCOUNT, fee, "Bankavgift")]
    if note == "refund":
        return left + random.randint(1, 20) * 50_00, []
    return left, []


def _book_payment(books: Books, plan: Plan, day: date, random: Random) -> None:
    payment = books.payments[plan.side].get(int(plan.subject))
    if payment and not payment.booked and not books.is_touched("payment", (plan.side, payment.number)):
        book_payment(books, payment, registered=day)


def _credit(books: Books, plan: Plan, day: date, random: Random) -> None:
    """Credit a document in whole or in part (``note`` per cent); it is settled against the original days later."""
    original = books.documents[plan.side][plan.subject]
    if books.payments_on(plan.side, plan.subject, booked_only=False) or books.is_touched(
        "document", (plan.side, plan.subject)
    ):
        return
    number = str(max(int(key) for key in books.documents[plan.side]) + 1)
    party = books_party(books, original)
    lines = [replace(line, net=-share(line.net, int(plan.note))) for line in original.lines]
    note = new_document(books, plan.side, number, party, day, day, lines)
    note.rate, note.unit = original.rate, original.unit
    set_lines(note, lines, rounds=party.rounds)
    note.credit, note.credits, original.credited_by = True, original.number, number
    note.reference = f"KR-{original.reference}" if original.reference else ""
    books.documents[plan.side][number] = note
    book_document(books, note, registered=day)
    _plan(books, day + timedelta(days=random.randint(1, 6)), "net", note)


def _net(books: Books, plan: Plan, day: date, random: Random) -> None:
    """Settle a credit note against its original: a negative payment on the one, a positive on the other."""
    note = books.documents[plan.side][plan.subject]
    original = books.documents[plan.side][note.credits]
    amount = min(-books.currency_left(note), books.currency_left(original))
    if (
        amount <= 0
        or {("document", (plan.side, number)) for number in (note.number, original.number)} & books.touched
    ):
        return
    payments: list[Payment] = []
    for document, signed in ((note, -amount), (original, amount)):
        payment = new_payment(books, document, day, signed, mode=NETTING, registered=day)
        # Netting moves no money: both halves stand at the invoice's own rate, so that nothing stays on the account.
        payment.rate, payment.unit = original.rate, original.unit
        payments.append(payment)
    for payment in payments:
        document = books.documents[plan.side][payment.document]
        payment.booked = True
        effect = books.effects(document)[payment.number]
        payment.booked, payment.amount = False, effect
        book_payment(books, payment, registered=day)


# -- the rest of the office ----------------------------------------------------------------------------------------


def _petty_cash(books: Books, day: date, random: Random) -> None:
    """Small purchases on the company card, typed in by hand; now and then the last one is deleted again."""
    if random.random() < 0.3:
        text, account, low, high = random.choice(_PETTY)
        gross = random.randint(low * 100, high * 100)
        vat = gross - share(gross, 80)
        rows = [Row(account, gross - vat), Row(2641, vat), Row(1930, -gross)]
        voucher = book_voucher(books, "A", day, text, rows, registered=day)
        if random.random() < 0.7:
            attach_file(books, f"kvitto-{voucher.key.series}{voucher.key.number}.pdf", voucher=voucher.key)
    if random.random() < 0.03:
        _delete_last(books)


def _delete_last(books: Books) -> None:
    """Delete the last manual voucher, which Fortnox allows; its number will be used again."""
    year = books.current_year.year_id
    voucher = max(
        (v for v in books.vouchers.values() if v.key.year_id == year and v.key.series == "A"),
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


def _correct(books: Books, day: date, random: Random) -> None:
    """Now and then strike a row of a recent manual voucher and add the right one; rarely strike all rows."""
    if random.random() > 0.04:
        return
    recent = [
        voucher
        for voucher in books.vouchers.values()
        if voucher.key.series == "A"
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
        account = 6540 if first.account != 6540 else 6110
        voucher.rows.append(Row(account, first.amount, RowState.ADDED, signature=signature))
    voucher.modified = books.stamp(day, f"strike:{voucher.key}")


def _is_petty(voucher: Voucher) -> bool:
    return voucher.reference_type == "MANUAL" and any(voucher.text == text for text, *_ in _PETTY)


def _key(voucher: Voucher) -> int:
    return voucher.key.number


_ACTS: dict[str, Callable[[Books, Plan, date, Random], None]] = {
    "book": _book_later,
    "cancel": _cancel,
    "edit": _edit,
    "pay": _pay,
    "book_payment": _book_payment,
    "credit": _credit,
    "net": _net,
}
