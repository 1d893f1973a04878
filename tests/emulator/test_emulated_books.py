"""The clean company keeps proper books: every identity an accountant would check, by arithmetic done here."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import demo_profile
from fortnox_emulator.founding import found_books
from fortnox_emulator.model import Document, RowState, Side
from fortnox_emulator.money import in_sek
from fortnox_emulator.witness import expected_findings


def rows(books: Books) -> list[tuple[int, date, int, int]]:
    """(year id, voucher date, account, öre) of every row that counts."""
    return [
        (key.year_id, voucher.day, row.account, row.amount)
        for key, voucher in books.vouchers.items()
        for row in voucher.rows
        if row.state is not RowState.STRUCK
    ]


def test_every_voucher_balances(books: Books) -> None:
    for key, voucher in books.vouchers.items():
        assert sum(row.amount for row in voucher.rows if row.state is not RowState.STRUCK) == 0, key


def test_opening_balances_sum_to_zero_and_roll_forward(books: Books) -> None:
    years = sorted(books.years, key=lambda year: year.first)
    for year in years:
        moved: dict[int, int] = defaultdict(int)
        for year_id, _, account, amount in rows(books):
            if year_id == year.year_id and account < 3000:
                moved[account] += amount
        opening = books.opening(year)
        assert sum(opening.values()) == 0
        for account, closing in books.closing(year).items():
            assert closing == opening.get(account, 0) + moved[account], (year.first, account)
    for before, after in pairwise(years):
        assert books.closing(before) == books.opening(after)


def test_ended_years_are_closed_by_booking_their_result(books: Books) -> None:
    for year in books.years:
        if year.last < books.today:
            assert sum(books.result(year).values()) == 0, "8999 takes the year's result"


def test_voucher_numbers_have_no_gaps_and_dates_lie_in_their_year(books: Books) -> None:
    for year in books.years:
        numbers: dict[str, list[int]] = defaultdict(list)
        for voucher in books.vouchers_of(year.year_id):
            numbers[voucher.key.series].append(voucher.key.number)
            assert year.first <= voucher.day <= year.last
            assert voucher.registered >= voucher.day
        for series, used in numbers.items():
            assert used == list(range(1, len(used) + 1)), series


@pytest.mark.parametrize("side", list(Side))
def test_subledger_equals_control_account_at_every_month_end(books: Books, side: Side) -> None:
    """Receivables and payables as of a day, from documents and payments alone, against the ledger."""
    account = {Side.CUSTOMER: 1510, Side.SUPPLIER: 2440}[side]
    sign = 1 if side is Side.CUSTOMER else -1
    first = min(year.first for year in books.years)
    opening = books.opening(next(year for year in books.years if year.first == first))
    day = first - timedelta(days=1)
    while day <= books.today:
        ledger = opening[account] + sum(
            amount for _, when, number, amount in rows(books) if number == account and when <= day
        )
        subledger = 0
        for document in books.documents[side].values():
            if document.booked and not document.cancelled and document.day <= day:
                effects = [
                    effect
                    for number, effect in books.effects(document).items()
                    if books.payments[side][number].day <= day
                ]
                subledger += document.ledger_total - sum(effects)
        assert sign * subledger == ledger, day
        day = (day + timedelta(days=40)).replace(day=1) - timedelta(days=1)
    assert day > books.today


def test_the_last_payment_takes_what_is_left_on_the_control_account(books: Books) -> None:
    foreign = [
        document
        for document in books.documents[Side.CUSTOMER].values()
        if document.currency != "SEK" and document.booked and books.final_pay_day(document)
    ]
    assert len(foreign) >= 20
    for document in foreign:
        effects = books.effects(document)
        assert (
            sum(effects.values())
            == document.ledger_total
            == in_sek(document.total, document.rate, document.unit)
        )


def test_a_foreign_payment_books_its_exchange_difference_in_the_same_voucher(books: Books) -> None:
    differences = set()
    for side in Side:
        for payment in books.payments[side].values():
            if payment.currency != "SEK" and payment.booked and payment.mode != "KVITT":
                voucher = books.vouchers[payment.voucher]  # type: ignore[index]  # booked payments name their voucher
                differences |= {row.account for row in voucher.rows} & {3960, 7960}
    assert differences == {3960, 7960}, "both gains and losses occur"


def test_the_company_has_everything_the_checks_must_cope_with(books: Books) -> None:
    def some(side: Side, what: str, test: object) -> None:
        found = [doc for doc in books.documents[side].values() if test(doc)]  # type: ignore[operator]  # a predicate
        assert found, f"{side.value}: no {what}"

    def partly_paid(document: Document) -> bool:
        return len(books.payments_on(document.side, document.number)) > 1

    for side in Side:
        some(side, "credit note", lambda doc: doc.credit)
        some(side, "cancelled document", lambda doc: doc.cancelled)
        some(side, "unbooked document", lambda doc: not doc.booked and not doc.cancelled)
        some(side, "open document", lambda doc: doc.booked and books.balance(doc) != 0)
        some(side, "partial payment", partly_paid)
        some(side, "foreign document", lambda doc: doc.currency == "EUR")
        some(side, "document from before the first year", lambda doc: doc.day < books.years[0].first)
        write_offs = {item.account for pay in books.payments[side].values() for item in pay.write_offs}
        assert write_offs == {3740, 6570}
        assert any(pay.amount < 0 and pay.mode != "KVITT" for pay in books.payments[side].values()), (
            "a refund"
        )
    assert any(doc.unit == 100 for doc in books.documents[Side.CUSTOMER].values()), "a rate quoted per 100"
    states = {row.state for voucher in books.vouchers.values() for row in voucher.rows}
    assert states == set(RowState)
    assert any(voucher.rows and not voucher.live_rows for voucher in books.vouchers.values()), (
        "a voucher struck whole"
    )
    assert {"A", "B", "C", "D", "E", "L", "M"} <= {key.series for key in books.vouchers}
    assert books.locked_until == date(2026, 6, 30)
    assert [year.year_id for year in books.years] == [3, 1, 2]


def own_numbers(books: Books) -> list[tuple[str, str]]:
    """(supplier, the supplier's own invoice number) of every supplier invoice."""
    return [(document.party, document.reference) for document in books.documents[Side.SUPPLIER].values()]


def test_no_supplier_uses_an_invoice_number_twice(books: Books) -> None:
    numbers = own_numbers(books)
    assert all(reference for _, reference in numbers)
    assert len(set(numbers)) == len(numbers) > 100


@pytest.mark.parametrize("seed", [2, 3, 5, 8])
def test_other_seeds_are_clean_too(seed: int) -> None:
    books = found_books(demo_profile(), seed, date(2026, 9, 30))
    assert expected_findings(books) == []
    assert len(set(own_numbers(books))) == len(own_numbers(books))


def test_an_earlier_day_has_fewer_years() -> None:
    books = found_books(demo_profile(), 1, date(2024, 5, 31))
    assert [year.year_id for year in books.years] == [3]
    assert expected_findings(books) == []
