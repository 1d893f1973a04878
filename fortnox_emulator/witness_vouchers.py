"""What must be found about vouchers: those of documents, their dates, numbers, corrections, and manual ones.

The rules are those of ``docs/checks.md``, worked out here from the books alone. What does not belong here: balances
and payments (witness).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Document, RowState, Side, Voucher, VoucherKey
from fortnox_emulator.witness_subledger import Entry, by_reference, entries, keeps, ledger_amount, tax_account


def voucher_findings(books: Books) -> Iterator[Finding]:
    """Findings of the checks on vouchers, in no order."""
    everything = [entry for side in Side for entry in entries(books, side)]
    yield from _document_vouchers(books, everything)
    yield from _cut_off(everything)
    yield from _manual(books)
    yield from _corrections(books)
    yield from _numbering(books)


def voucher_name(books: Books, key: VoucherKey) -> str:
    """A voucher's subject key: first day of its financial year, series, number."""
    year = next(year for year in books.years if year.year_id == key.year_id)
    return f"{year.first}/{key.series}/{key.number}"


# -- documents and their vouchers --------------------------------------------------------------------------------


def _document_vouchers(books: Books, everything: list[Entry]) -> Iterator[Finding]:
    """Only documents posted in a loaded year under the accrual method: elsewhere there are no vouchers to ask for."""
    covered = [entry for entry in everything if _has_voucher(books, entry)]
    references = by_reference(books)
    for entry in covered:
        if entry.voucher is None:
            yield from _about(entry, "voucher_missing", -entry.amount)
        else:
            yield from _second_vouchers(entry, references.get(entry.reference, []))
    yield from _amounts(books, covered)
    yield from _references(covered)


def _has_voucher(books: Books, entry: Entry) -> bool:
    return any(year.holds(entry.posting_day) and year.accounting_method != "CASH" for year in books.years)


def _about(entry: Entry, rule: str, difference: int | None) -> Iterator[Finding]:
    """A finding about a document; one of zero kronor has nothing to differ by."""
    if difference != 0:
        kind, number = entry.subject
        yield Finding(f"{entry.kind}_vouchers", rule, "B", kind, number, difference)


def _second_vouchers(entry: Entry, claiming: list[Voucher]) -> Iterator[Finding]:
    again = sum(voucher.on_account(entry.account) for voucher in claiming if voucher is not entry.voucher)
    yield from _about(entry, "counted_twice", again)


def _sharing(covered: list[Entry]) -> dict[tuple[VoucherKey, int], list[Entry]]:
    """Voucher and control account -> the documents it books there, in the order of their names."""
    shared: dict[tuple[VoucherKey, int], list[Entry]] = defaultdict(list)
    for entry in sorted(covered, key=lambda one: one.subject):
        if entry.voucher:
            shared[entry.voucher.key, entry.account].append(entry)
    return shared


def _amounts(books: Books, covered: list[Entry]) -> Iterator[Finding]:
    """A voucher against the sum of what it books; reported on the first invoice and the first payment, of one that it
    parts between two accounts on the first of them."""
    told = set()
    for (key, account), booked in sorted(_sharing(covered).items(), key=lambda one: one[0][1]):
        difference = books.vouchers[key].on_account(account) - sum(entry.amount for entry in booked)
        firsts = {entry.kind: entry for entry in reversed(booked)}
        for first in firsts.values():
            if difference and first.subject not in told:
                told.add(first.subject)
                yield from _about(first, "amount_differs", difference)


def _references(covered: list[Entry]) -> Iterator[Finding]:
    """A voucher that says something else caused it; of several documents it can name only one by number."""
    for booked in _sharing(covered).values():
        for entry in booked:
            assert entry.voucher is not None, "only entries with a voucher are shared"  # noqa: S101 - narrows
            stated = (entry.voucher.reference_type, entry.voucher.reference_number)
            same = stated == entry.reference if len(booked) == 1 else stated[0] == entry.reference[0]
            if not same:
                yield from _about(entry, "reference_differs", None)


def _cut_off(everything: list[Entry]) -> Iterator[Finding]:
    """Document and voucher in different months; the amount is the document's own, at its own rate."""
    for entry in everything:
        if not _in_one_month(entry):
            kind, number = entry.subject
            yield Finding("cut_off", f"{entry.kind}_period", "W", kind, number, _own_amount(entry))


def other_day_findings(books: Books) -> Iterator[Finding]:
    """Document and voucher on different days of one month, which only informs."""
    for entry in (entry for side in Side for entry in entries(books, side)):
        if entry.item.day != entry.posting_day and _in_one_month(entry):
            kind, number = entry.subject
            yield Finding("cut_off", f"{entry.kind}_day", "I", kind, number, _own_amount(entry))


def _in_one_month(entry: Entry) -> bool:
    return entry.item.day.replace(day=1) == entry.posting_day.replace(day=1)


def _own_amount(entry: Entry) -> int:
    sign = 1 if entry.item.side is Side.CUSTOMER else -1
    return sign * ledger_amount(entry.item) if isinstance(entry.item, Document) else -sign * entry.item.amount


# -- the ledger by itself ----------------------------------------------------------------------------------------


def _on_control_accounts(books: Books) -> Iterator[tuple[Voucher, int, str]]:
    """(voucher, control account, subject key) of every pair there could be."""
    kept = [side for side in Side if keeps(books, side)]
    accounts = [
        account for side in kept for account in (*books.profile.controls(side), *tax_account(books, side))
    ]
    for key, voucher in books.vouchers.items():
        for account in accounts:
            if any(row.account == account for row in voucher.rows):
                yield voucher, account, f"{voucher_name(books, key)}/{account}"


def _manual(books: Books) -> Iterator[Finding]:
    for voucher, account, subject in _on_control_accounts(books):
        moved = voucher.on_account(account)
        cash = books.year_of(voucher.day).accounting_method == "CASH"
        if voucher.reference_type == "MANUAL" and moved and not cash:
            yield Finding("manual_control_vouchers", "manual_voucher", "W", "voucher_account", subject, moved)


def _corrections(books: Books) -> Iterator[Finding]:
    """Rows struck from or added to a control account: what was added less what was struck."""
    weights = {RowState.STRUCK: -1, RowState.ADDED: 1}
    for voucher, account, subject in _on_control_accounts(books):
        changed = [row for row in voucher.rows if row.account == account and row.state in weights]
        if changed:
            difference = sum(weights[row.state] * row.amount for row in changed)
            yield Finding("corrections", "control_account_row", "W", "voucher_account", subject, difference)


def _numbering(books: Books) -> Iterator[Finding]:
    """Runs of numbers from 1 to the highest of a series that no voucher has."""
    held: dict[tuple[int, str], set[int]] = defaultdict(set)
    for key in books.vouchers:
        held[key.year_id, key.series].add(key.number)
    for (year_id, series), numbers in held.items():
        before = 0
        for number in sorted(numbers):
            if number > before + 1:
                name = voucher_name(books, VoucherKey(year_id, series, before + 1))
                run = name if number == before + 2 else f"{name}-{number - 1}"
                yield Finding("voucher_numbering", "gap", "B", "voucher_number", run, None)
            before = number
