"""What must be found about invoices that are one too many, by the rules of ``docs/checks.md``.

Plain Python over pairs of documents. What does not belong here: every other check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator
from itertools import pairwise
from statistics import median

from fortnox_emulator.books import Books
from fortnox_emulator.findings import PREFIX, Finding
from fortnox_emulator.model import Document, Side

Pair = tuple[Document, Document]

_WINDOW, _REMINDER_WINDOW = 10, 60
_FEES = range(50_00, 250_00 + 1)


def duplicate_findings(books: Books) -> Iterator[Finding]:
    """One finding per later document of a pair, under the first rule that speaks of it."""
    for side in Side:
        documents = sorted(books.documents[side].values(), key=lambda one: (one.day, int(one.number)))
        live = [document for document in documents if not document.cancelled and document.total]
        invoices = [document for document in live if document.total > 0]
        pairs: dict[str, tuple[str, Pair]] = {}
        for rule, pair in [*_numbers(invoices, side), *_suppliers(invoices, side), *_amounts(invoices)]:
            pairs.setdefault(pair[1].number, (rule, pair))
        notes = [document for document in live if document.total < 0]
        for rule, (_, later) in _uncredited(list(pairs.values()), notes):
            check, subject = f"{PREFIX[side]}_duplicates", f"{side.value}_invoice"
            yield Finding(check, rule, "W", subject, later.number, later.total)


def _number(document: Document) -> str:
    text = document.reference if document.side is Side.SUPPLIER else document.ocr
    return "".join(character for character in text.upper() if character.isalnum())


def _groups(keyed: Iterator[tuple[Hashable, Document]]) -> list[list[Document]]:
    groups: dict[Hashable, list[Document]] = defaultdict(list)
    for key, document in keyed:
        groups[key].append(document)
    return list(groups.values())


def _numbers(invoices: list[Document], side: Side) -> Iterator[tuple[str, Pair]]:
    alike = _groups(((one.party, one.currency, _number(one)), one) for one in invoices if _number(one))
    for group in alike:
        for pair in pairwise(group) if len(group) <= 3 else ():
            days = (pair[1].day - pair[0].day).days
            in_sek = side is Side.SUPPLIER or pair[1].currency == "SEK"
            if in_sek and pair[1].total - pair[0].total in _FEES and days <= _REMINDER_WINDOW:
                yield "reminder_fee", pair
            elif side is Side.SUPPLIER:
                yield "same_number", pair


def _suppliers(invoices: list[Document], side: Side) -> Iterator[tuple[str, Pair]]:
    if side is Side.SUPPLIER:
        for group in _groups(((_number(one), one.total), one) for one in invoices if len(_number(one)) > 2):
            for pair in pairwise(group):
                if pair[0].party != pair[1].party:
                    yield "two_suppliers", pair


def _amounts(invoices: list[Document]) -> Iterator[tuple[str, Pair]]:
    for group in _groups(((one.party, one.currency, one.total), one) for one in invoices):
        gaps = [(later.day - earlier.day).days for earlier, later in pairwise(group)]
        for gap, pair in zip(gaps, pairwise(group), strict=True):
            usual = len(gaps) >= 3 and 2 * gap >= median(gaps)
            if gap <= _WINDOW and not usual:
                yield "same_amount", pair


def _uncredited(pairs: list[tuple[str, Pair]], notes: list[Document]) -> Iterator[tuple[str, Pair]]:
    """Going back in time, a credit note of a document's amount takes away the pair it can have been meant for."""
    taken: dict[tuple[str, int], int] = defaultdict(int)
    latest_first = sorted(pairs, key=lambda one: (one[1][1].day, int(one[1][1].number)), reverse=True)
    for rule, pair in latest_first:
        about = {(document.party, document.total) for document in pair}
        credits_since = sum((note.party, -note.total) in about and note.day >= pair[0].day for note in notes)
        taken[pair[1].party, pair[1].total] += 1
        if credits_since < taken[pair[1].party, pair[1].total]:
            yield rule, pair
