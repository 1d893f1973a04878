"""A customer or supplier gets another number, and every document follows.

That a register's number can be changed is known from Fortnox's own interface; whether the documents count as modified
is not recorded, so it is a switch. What does not belong here: anything else that is edited (activity).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fortnox_emulator.books import Books
from fortnox_emulator.model import Party, Side


def renumber(books: Books, side: Side, number: str, to: str, *, touches_documents: bool) -> None:
    """Give the party ``number`` the number ``to``, today. Raises ``ValueError`` when that cannot be."""
    parties = books.parties[side]
    if number not in parties or to in parties or not to.isdigit():
        raise ValueError(f"{side.value} {number} cannot become {to}")
    moment = books.stamp(books.today, f"renumbered:{side.value}:{number}:{to}")
    books.parties[side] = {
        renamed.number: renamed
        for renamed in (_renamed(party, number, to, moment) for party in parties.values())
    }
    for document in books.documents[side].values():
        if document.party == number:
            document.party = to
            document.modified = moment if touches_documents else document.modified
    items = books.profile.opening_items
    books.profile = replace(
        books.profile,
        opening_items=tuple(
            replace(item, party=to) if (item.side, item.party) == (side, number) else item for item in items
        ),
    )


def _renamed(party: Party, number: str, to: str, moment: datetime) -> Party:
    return replace(party, number=to, modified=moment) if party.number == number else party
