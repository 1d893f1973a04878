"""Night after night the company lives on, and its books stay clean."""

from __future__ import annotations

from datetime import date

import pytest

from fortnox_emulator import Emulator
from fortnox_emulator.model import RowState, Side
from fortnox_emulator.witness import expected_findings


def test_sixty_clean_nights_with_everything_happening() -> None:
    emulator = Emulator(seed=1)
    books = emulator.books
    vouchers, unbooked, struck, deleted = len(books.vouchers), 0, 0, 0
    for night in range(60):
        before = {key: [row.state for row in voucher.rows] for key, voucher in books.vouchers.items()}
        emulator.advance()
        assert night % 4 or expected_findings(books) == [], emulator.today
        deleted += len(before.keys() - books.vouchers.keys())
        struck += sum(
            RowState.STRUCK in {row.state for row in books.vouchers[key].rows}
            and RowState.STRUCK not in states
            for key, states in before.items()
            if key in books.vouchers
        )
        unbooked += any(
            not doc.booked and not doc.cancelled for doc in books.documents[Side.CUSTOMER].values()
        )
    assert emulator.today == date(2026, 11, 29)
    assert len(books.vouchers) > vouchers + 50
    assert unbooked
    assert struck
    assert deleted
    assert books.locked_until == date(2026, 8, 31)
    parties = [party for side in Side for party in books.parties[side].values()]
    assert any(party.modified.date() > date(2026, 9, 30) for party in parties), "somebody moved"


def test_nights_before_serving_are_the_same_as_nights_after() -> None:
    late, early = Emulator(nights=9), Emulator()
    early.advance(4)
    early.advance(5)
    assert late.books.vouchers == early.books.vouchers
    assert late.books.documents == early.books.documents


def test_documents_carry_the_new_number_of_their_customer_and_nothing_else_moves() -> None:
    emulator = Emulator()
    books = emulator.books
    mine = [doc.number for doc in books.documents[Side.CUSTOMER].values() if doc.party == "3"]
    modified = [doc.modified for doc in books.documents[Side.CUSTOMER].values()]
    opening, order = books.opening(books.years[0]), list(books.parties[Side.CUSTOMER])
    emulator.renumber("customer", "3", "903")
    assert list(books.parties[Side.CUSTOMER]) == ["903" if number == "3" else number for number in order]
    assert [doc.number for doc in books.documents[Side.CUSTOMER].values() if doc.party == "903"] == mine
    assert [doc.modified for doc in books.documents[Side.CUSTOMER].values()] == modified
    assert books.opening(books.years[0]) == opening
    assert expected_findings(books) == []
    for number, to in (("3", "904"), ("903", "1"), ("1", "A1")):
        with pytest.raises(ValueError, match="cannot become"):
            emulator.renumber("customer", number, to)


@pytest.mark.slow
def test_a_new_year_opens_and_the_old_one_is_closed() -> None:
    emulator = Emulator(nights=200)
    books = emulator.books
    assert [year.year_id for year in books.years] == [3, 1, 2, 4]
    assert books.current_year.first == date(2027, 1, 1)
    ended = books.year(2)
    assert ended is not None
    assert sum(books.result(ended).values()) == 0
    assert expected_findings(books) == []


def test_modified_documents_show_up_under_lastmodified_only_after_the_night() -> None:
    emulator = Emulator()
    latest = max(doc.modified for doc in emulator.books.documents[Side.CUSTOMER].values())
    assert latest.date() <= emulator.today
    emulator.advance(5)
    changed = [doc for doc in emulator.books.documents[Side.CUSTOMER].values() if doc.modified > latest]
    assert changed
