"""Discrepancies in the supplier register: one bank account of two, one that changed, an inactive supplier that is used.

What does not belong here: documents and vouchers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Line, Side
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_document, new_document


def shared_account(planter: Planter) -> list[Finding]:
    """Two suppliers are paid on one bankgiro, written differently."""
    books = planter.books
    parties = books.parties[Side.SUPPLIER]
    paid_here = [party for party in parties.values() if party.active and party.giro]
    one, other = planter.random.sample(paid_here, 2)
    parties[other.number] = replace(other, giro=one.giro.replace("-", " "))
    key = f"bankgiro/{one.giro.replace('-', '')}"
    return [Finding("register_changes", "shared_account", "W", "bank_account", key, None)]


def account_changed(planter: Planter) -> list[Finding]:
    """A supplier's bankgiro was replaced, without any other sign."""
    books = planter.books
    parties = books.parties[Side.SUPPLIER]
    supplier = planter.choose(party for party in parties.values() if party.active and party.giro)
    giro = f"{planter.random.randint(9_000, 9_999)}-{planter.random.randint(1_000, 9_999)}"
    stamp = books.stamp(books.today, f"planted:giro:{supplier.number}")
    parties[supplier.number] = replace(supplier, giro=giro, modified=stamp)
    key = f"{supplier.number}/bankgiro"
    return [Finding("register_changes", "account_changed", "W", "supplier_account", key, None)]


def inactive_used(planter: Planter) -> list[Finding]:
    """A supplier that was closed has an invoice nobody has paid."""
    books = planter.books
    parties = books.parties[Side.SUPPLIER]
    pattern = next(party for party in parties.values() if party.active and party.currency == "SEK")
    last = max(int(number) for number in parties)
    closed = replace(
        pattern,
        number=str(last + 1),
        name="Nedlagda Firman AB",
        corporate_id="556999-0001",
        giro="",
        active=False,
    )
    parties[closed.number] = closed
    day, number = planter.open_day(3), books.next_document(Side.SUPPLIER)
    lines = [Line(5410, "Enligt faktura", planter.amount(), 25)]
    document = new_document(books, Side.SUPPLIER, number, closed, day, day + timedelta(days=30), lines)
    document.reference = f"X-{number}"
    books.documents[Side.SUPPLIER][number] = document
    book_document(books, document, registered=day)
    planter.touch(document)
    return [Finding("register_changes", "inactive_used", "W", "supplier", closed.number, document.total)]
