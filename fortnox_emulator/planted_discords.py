"""Discrepancies between the API's own word on the ledger and its SIE export, and series that lack their end.

What does not belong here: errors inside the ledger, about which both say the same.
"""

from __future__ import annotations

from datetime import timedelta

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Row, Voucher
from fortnox_emulator.planting import Planter
from fortnox_emulator.posting import book_voucher


def unlisted(planter: Planter) -> list[Finding]:
    """The voucher list leaves out a manual voucher that the SIE file has."""
    voucher = planter.manual_voucher()
    planter.books.discords.unlisted.add(voucher.key)
    return [_apart(planter, "missing_in_list", voucher)]


def unexported(planter: Planter) -> list[Finding]:
    """The list has a voucher without rows that the SIE file leaves out."""
    books = planter.books
    rows: list[Row] = []
    series, day = books.profile.scheme.manual_series, planter.open_day(1)
    voucher = book_voucher(books, series, day, "Utan rader", rows, registered=day)
    planter.touch(voucher)
    books.discords.unexported.add(voucher.key)
    return [_apart(planter, "missing_in_sie", voucher)]


def exported_twice(planter: Planter) -> list[Finding]:
    """The SIE file has a voucher without rows twice."""
    books = planter.books
    series, day = books.profile.scheme.manual_series, planter.open_day(1)
    voucher = book_voucher(books, series, day, "Utan rader", [], registered=day)
    planter.touch(voucher)
    books.discords.doubled.add(voucher.key)
    key = f"{planter.name(voucher.key)}#2"
    return [Finding("voucher_numbering", "repeated", "B", "voucher", key, None)]


def other_day(planter: Planter) -> list[Finding]:
    """The list dates a voucher a day later than the SIE file does."""
    voucher = planter.manual_voucher()
    planter.books.discords.days[voucher.key] = voucher.day + timedelta(days=1)
    return [_apart(planter, "date_differs", voucher)]


def other_text(planter: Planter) -> list[Finding]:
    """The list gives a voucher another text than the SIE file does."""
    voucher = planter.manual_voucher()
    planter.books.discords.texts[voucher.key] = f"{voucher.text} (rättad)"
    return [_apart(planter, "text_differs", voucher)]


def other_rows(planter: Planter) -> list[Finding]:
    """A voucher with another text in the list has other amounts, too, when it is asked for by itself."""
    voucher = planter.manual_voucher()
    planter.books.discords.texts[voucher.key] = f"{voucher.text} (omräknad)"
    planter.books.discords.amounts[voucher.key] = planter.amount()
    return [_apart(planter, "text_differs", voucher), _apart(planter, "rows_differ", voucher)]


def opening_balance(planter: Planter) -> list[Finding]:
    """The chart of accounts opens the last year with another balance than the SIE file."""
    books, amount = planter.books, planter.amount()
    year = max(books.years, key=lambda one: one.last)
    books.discords.opening[year.year_id, 1220] = amount
    return [Finding("ledger_witnesses", "opening_balance", "B", "account", f"{year.first}/1220", -amount)]


def end_missing(planter: Planter) -> list[Finding]:
    """The next number of the manual series is two past the last voucher anybody shows."""
    books, series = planter.books, planter.books.profile.scheme.manual_series
    year = books.current_year
    books.discords.next_numbers[year.year_id, series] = 2
    return [
        Finding("voucher_numbering", "end_missing", "B", "voucher_series", f"{year.first}/{series}", None)
    ]


def folder_unread(planter: Planter) -> list[Finding]:
    """The archive lists a folder by a word; no address ends in a word but those that act, so nobody asks for it."""
    planter.books.discords.folders["bokslut"] = "Bokslut"
    return [Finding("extraction_completeness", "pages_missing", "B", "surface", "archive_files/all", None)]


def _apart(planter: Planter, rule: str, voucher: Voucher) -> Finding:
    first, series, _ = planter.name(voucher.key).split("/")
    key = f"{first}/{series}/{voucher.day:%Y-%m}"
    return Finding("ledger_witnesses", rule, "B", "voucher_series_period", key, None)
