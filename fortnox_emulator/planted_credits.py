"""Discrepancies of credit notes: left open, larger than anything invoiced, of the wrong sign.

Books and ledger agree about all of them. What does not belong here: how credit notes are booked and settled.
"""

from __future__ import annotations

from dataclasses import replace

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, Line, Party, Side
from fortnox_emulator.money import share
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_document, new_document


def left_open(planter: Planter, side: Side) -> list[Finding]:
    """A credit note on part of a paid invoice was never settled against anything."""
    day = planter.open_day(61, 75)
    original = planter.paid_or_open(side, lambda document: document.day <= day)
    party = planter.books.parties[side][original.party]
    line = replace(original.lines[0], net=-share(original.lines[0].net, 40))
    note = _book(planter, new_document(planter.books, side, _next(planter, side), party, day, day, [line]))
    return [_finding(note, "unmatched", note.total)]


def above_original(planter: Planter, side: Side) -> list[Finding]:
    """A credit note to a counterparty that was never invoiced."""
    books, day = planter.books, planter.open_day(3, 20)
    like = planter.choose(party for party in books.parties[side].values() if party.active)
    stranger = _stranger(planter, like)
    books.parties[side][stranger.number] = stranger
    account = books.profile.scheme.revenue[25] if side is Side.CUSTOMER else 5410
    line = Line(account, "Återbetalning", -planter.amount(), 0)
    note = _book(planter, new_document(books, side, _next(planter, side), stranger, day, day, [line]))
    return [_finding(note, "above_original", note.total)]


def wrong_sign(planter: Planter) -> list[Finding]:
    """A supplier invoice is marked as a credit note."""
    document = planter.new_booked(Side.SUPPLIER, planter.open_day(3))
    document.credit = True
    return [_finding(document, "wrong_sign", 2 * document.total)]


def _stranger(planter: Planter, like: Party) -> Party:
    """A new counterparty in EUR, so that no other discrepancy, all of which are in SEK, takes it."""
    number = str(max(int(one) for one in planter.books.parties[like.side]) + 1)
    return replace(
        like, number=number, name="Nyland Handels GmbH", corporate_id=f"DE{990_000_000 + int(number)}",
        currency="EUR", country="DE", giro="", control_account=0, rounds=False, private=False,
    )  # fmt: skip


def _next(planter: Planter, side: Side) -> str:
    return planter.books.next_document(side)


def _book(planter: Planter, note: Document) -> Document:
    note.credit = True
    note.reference = f"KX-{note.number}" if note.side is Side.SUPPLIER else ""
    planter.books.documents[note.side][note.number] = note
    book_document(planter.books, note, registered=note.day)
    planter.touch(note)
    return note


def _finding(note: Document, rule: str, difference: int) -> Finding:
    return Finding("credit_notes", rule, "W", f"{note.side.value}_invoice", note.number, difference)
