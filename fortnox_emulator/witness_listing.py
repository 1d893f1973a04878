"""What must be found where the API's voucher list, accounts and series say other than the SIE export, and where
something it lists cannot be asked for.

What does not belong here: whether either is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Voucher
from fortnox_emulator.witness_vouchers import voucher_name

CHECK = "ledger_witnesses"


def listing_findings(books: Books) -> Iterator[Finding]:
    """Findings of ledger_witnesses, one per series, month and rule, of the ends of series, of a voucher the file has
    twice, and of what was not read."""
    firsts = {year.year_id: year.first for year in books.years}
    found = {
        (rule, f"{firsts[voucher.key.year_id]}/{voucher.key.series}/{voucher.day:%Y-%m}")
        for voucher in books.vouchers.values()
        for rule in _rules(books, voucher)
    }
    for rule, key in found:
        yield Finding(CHECK, rule, "B", "voucher_series_period", key, None)
    for (year_id, account), lie in books.discords.opening.items():
        if lie:
            yield Finding(CHECK, "opening_balance", "B", "account", f"{firsts[year_id]}/{account}", -lie)
    yield from _ends(books)
    for twice in books.discords.doubled:
        yield Finding(
            "voucher_numbering", "repeated", "B", "voucher", f"{voucher_name(books, twice)}#2", None
        )
    if books.discords.folders:
        yield Finding("extraction_completeness", "pages_missing", "B", "surface", "archive_files/all", None)


def _rules(books: Books, voucher: Voucher) -> Iterator[str]:
    """What differs about one voucher; one that only one of the two has cannot differ otherwise.

    Its rows are seen only where something else made Fortnox be asked about the voucher by itself.
    """
    key, discords = voucher.key, books.discords
    listed, exported = key not in discords.unlisted, key not in discords.unexported
    if listed and not exported:
        yield "missing_in_sie"
    if exported and not listed:
        yield "missing_in_list"
    if exported and discords.amounts.get(key) and (not listed or key in {*discords.days, *discords.texts}):
        yield "rows_differ"
    if listed and exported:
        if discords.days.get(key, voucher.day) != voucher.day:
            yield "date_differs"
        if discords.texts.get(key, voucher.text) != voucher.text:
            yield "text_differs"


def _ends(books: Books) -> Iterator[Finding]:
    """Series of open years whose next number is past the one after the highest."""
    highest: dict[tuple[int, str], int] = defaultdict(int)
    for key in books.vouchers:
        highest[key.year_id, key.series] = max(highest[key.year_id, key.series], key.number)
    for year in books.years:
        if books.locked_until is not None and year.last <= books.locked_until:
            continue
        for series in books.profile.series:
            pair = (year.year_id, series.code)
            stated = books.next_number(*pair) + books.discords.next_numbers.get(pair, 0)
            if stated > highest[pair] + 1:
                subject = f"{year.first}/{series.code}"
                yield Finding("voucher_numbering", "end_missing", "B", "voucher_series", subject, None)
