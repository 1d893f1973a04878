"""Which payments without an invoice fit several open invoices equally well, by the rules of ``docs/checks.md``.

Plain Python: every set of open invoices and payments is tried. What does not belong here: payments with one clear
invoice, about which nothing is found.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import TypeVar

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, Payment, Side, Voucher
from fortnox_emulator.witness_subledger import REFERENCES, Entry, entries, keeps, settles, tax_account
from fortnox_emulator.witness_vouchers import voucher_name

_EARLY, _LATE = 10, 120
_MOST = 20  # open invoices or payments among which sums are tried
_SHORTEST_NAME = 4


@dataclass(frozen=True)
class Mover:
    """A payment nobody knows the invoice of: the subject of a finding, what it moves the account by, and its text.

    ``meant`` are the numbers of the open documents each word of the text may mean, words that mean none left out.
    """

    subject: tuple[str, str]
    account: int
    day: date
    amount: int
    text: str
    meant: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Open:
    """A document with something open on a control account, SEK debit positive."""

    document: Document
    account: int
    left: int

    @property
    def key(self) -> tuple[str, int]:
        return self.document.number, self.account


Candidate = tuple[tuple[Mover, ...], tuple[Open, ...]]
Part = TypeVar("Part")


def ambiguous_findings(books: Books) -> Iterator[Finding]:
    """One finding per payment that shares a candidate's invoice, or has two candidates, under one rule."""
    for side in Side:
        if keeps(books, side):
            everything = list(entries(books, side))
            movers = [*_vouchers(books, side, everything), *_payments(books, side, everything)]
            opened = _open(books, side, everything)
            heard = [replace(mover, meant=_meant(mover, opened)) for mover in movers]
            for mover in _undecided(books, heard, opened):
                yield Finding("matching", "ambiguous", "I", *mover.subject, None)


def _undecided(books: Books, movers: list[Mover], opened: list[Open]) -> set[Mover]:
    """What a candidate claims, chosen or not, no later rule sees."""
    undecided: set[Mover] = set()
    for rule in (_by_reference, _by_party, _one_to_many, _many_to_one):
        found = list(rule(books, movers, opened))
        of_mover = Counter(mover for candidate in found for mover in candidate[0])
        of_open = Counter(one.key for candidate in found for one in candidate[1])
        for paying, paid in found:
            if any(of_mover[one] > 1 for one in paying) or any(of_open[one.key] > 1 for one in paid):
                undecided |= set(paying)
        movers = [one for one in movers if one not in of_mover]
        opened = [one for one in opened if one.key not in of_open]
    return undecided


# -- what there is to match --------------------------------------------------------------------------------------


def _vouchers(books: Books, side: Side, everything: list[Entry]) -> Iterator[Mover]:
    """Vouchers on a control account that no document names and that name none."""
    named = {entry.voucher.key for entry in everything if entry.voucher}
    accounts = [*books.profile.controls(side), *tax_account(books, side)]
    for key, voucher in books.vouchers.items():
        listed = key not in books.discords.unlisted
        if key in named or key in books.discords.unexported or books.is_cash(voucher.day):
            continue
        if listed and voucher.reference_type in REFERENCES[side]:
            continue
        for account in accounts:
            if amount := voucher.on_account(account):
                subject = ("voucher_account", f"{voucher_name(books, key)}/{account}")
                yield Mover(subject, account, voucher.day, amount, _text(voucher))


def _payments(books: Books, side: Side, everything: list[Entry]) -> Iterator[Mover]:
    """Booked payments of invoices nobody holds."""
    for entry in everything:
        if isinstance(entry.item, Payment) and entry.item.document not in books.documents[side]:
            heading = entry.voucher.text if entry.voucher else ""
            yield Mover(
                entry.subject,
                entry.account,
                entry.posting_day,
                entry.amount,
                f"{entry.item.document} {heading}".lower(),
            )


def _text(voucher: Voucher) -> str:
    return " ".join([voucher.text, *(row.text for row in voucher.live_rows)]).lower()


def _open(books: Books, side: Side, everything: list[Entry]) -> list[Open]:
    left: dict[tuple[str, int], int] = defaultdict(int)
    for entry in everything:
        number = entry.item.document if isinstance(entry.item, Payment) else entry.item.number
        if settles(books.documents[side].get(number)):
            left[number, entry.account] += entry.amount
    documents = books.documents[side]
    return [Open(documents[number], account, amount) for (number, account), amount in left.items() if amount]


# -- what a text says --------------------------------------------------------------------------------------------


def _pays(mover: Mover, one: Open) -> bool:
    return mover.account == one.account and (mover.amount > 0) != (one.left > 0)


def _in_time(mover: Mover, one: Open) -> bool:
    return -_EARLY <= (mover.day - one.document.day).days <= _LATE


def _meant(mover: Mover, opened: list[Open]) -> tuple[frozenset[str], ...]:
    """The open documents that each word of the text is a number of, on whatever account."""
    called: dict[str, set[str]] = defaultdict(set)
    for one in opened:
        for name in (one.document.number, one.document.ocr.lower(), one.document.reference.lower()):
            called[name].add(one.document.number)
    words = dict.fromkeys(re.findall(r"[^\W_](?:[^\W_]|[/-])*", mover.text))
    return tuple(frozenset(called[word]) for word in words if word in called)


def _names(mover: Mover, one: Open) -> bool:
    """Whether a word of the text is a number of the document."""
    return any(one.document.number in numbers for numbers in mover.meant)


def _linked(books: Books, mover: Mover, one: Open) -> bool:
    """Whether the text names the document, or no document and its party within the window."""
    party = books.party_of(one.document).name.lower().strip()
    by_party = len(party) >= _SHORTEST_NAME and party in mover.text and _in_time(mover, one)
    return _pays(mover, one) and (_names(mover, one) or (by_party and not mover.meant))


def _as_said(paying: Iterable[Mover], paid: Iterable[Open]) -> bool:
    """Whether every document a text names is among those paid."""
    numbers = {one.document.number for one in paid}
    return all(numbers & meant for mover in paying for meant in mover.meant)


# -- the rules ---------------------------------------------------------------------------------------------------


def _by_reference(_books: Books, movers: list[Mover], opened: list[Open]) -> Iterator[Candidate]:
    for mover in movers:
        for one in opened:
            if mover.amount == -one.left and _pays(mover, one) and _names(mover, one):
                yield (mover,), (one,)


def _by_party(books: Books, movers: list[Mover], opened: list[Open]) -> Iterator[Candidate]:
    for mover in movers:
        for one in opened:
            if mover.amount == -one.left and _linked(books, mover, one):
                yield (mover,), (one,)


def _one_to_many(books: Books, movers: list[Mover], opened: list[Open]) -> Iterator[Candidate]:
    for mover in movers:
        asked = {one.document.party for one in opened if _linked(books, mover, one)}
        for party in asked:
            pool = [
                one
                for one in opened
                if one.document.party == party and _pays(mover, one) and _in_time(mover, one)
            ]
            for chosen in _sets(pool, -mover.amount, lambda one: one.left):
                if _as_said([mover], chosen):
                    yield (mover,), chosen


def _many_to_one(books: Books, movers: list[Mover], opened: list[Open]) -> Iterator[Candidate]:
    for one in opened:
        pool = [mover for mover in movers if _linked(books, mover, one)]
        for chosen in _sets(pool, -one.left, lambda mover: mover.amount):
            if _as_said(chosen, [one]):
                yield chosen, (one,)


def _sets(pool: Iterable[Part], target: int, amount: Callable[[Part], int]) -> Iterator[tuple[Part, ...]]:
    """Two, three or all of the pool that make the target; of a pool that is too large none is tried."""
    parts = list(pool)
    if len(parts) > _MOST:
        return
    sizes = {2, 3, len(parts)} - {0, 1}
    for size in sizes:
        for chosen in combinations(parts, size):
            if sum(map(amount, chosen)) == target:
                yield chosen
