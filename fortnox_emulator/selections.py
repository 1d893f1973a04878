"""Which records each surface is about, before parameters narrow them: years, accounts, documents, parties.

What does not belong here: rendering, and parameters that mean the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from fortnox_emulator.model import Document, FinancialYear, Party, Payment, Side, Voucher
from fortnox_emulator.query import invalid_parameter, read_date
from fortnox_emulator.resources import Context, Query, Record
from fortnox_emulator.scheme import PostingScheme
from fortnox_emulator.views.settings import AccountOfYear


def year_asked(context: Context, query: Query) -> FinancialYear:
    """``financialyear`` is an id, ``financialyeardate`` a day in the year; without either, the current year."""
    if "financialyear" in query:
        text = query["financialyear"]
        year = context.books.year(int(text)) if text.isascii() and text.isdigit() else None
        if year is None:
            raise invalid_parameter("financialyear")
        return year
    day = read_date(query, "financialyeardate") or context.books.today
    return context.books.year_of(day)


def all_years(context: Context, query: Query) -> Sequence[FinancialYear]:
    day = read_date(query, "date" if "date" in query else "Date")
    years = sorted(context.books.years, key=lambda year: year.year_id)
    return [year for year in years if day is None or year.holds(day)]


def accounts_of_year(context: Context, query: Query) -> Sequence[AccountOfYear]:
    books, year = context.books, year_asked(context, query)
    opening, closing = books.opening(year), books.closing(year)
    closed = books.locked_until is not None and year.last <= books.locked_until
    moved = books.movement(year.year_id)
    return [
        AccountOfYear(
            year,
            account,
            opening.get(number, 0) + books.discords.opening.get((year.year_id, number), 0),
            (closing.get(number, 0) if number < 3000 else moved.get(number, 0)) if closed else None,
        )
        for number, account in books.profile.accounts.items()
    ]


def series_of_year(context: Context, query: Query) -> Sequence[Record]:
    year = year_asked(context, query if context.switches.voucherseries_by_year else {})
    return [(year, series) for series in context.books.profile.series]


def predefined_series(scheme: PostingScheme) -> Sequence[Record]:
    """(voucher type, its default series) as the settings name them."""
    invoices, payments = scheme.invoice_series, scheme.paying_series
    return [
        ("INVOICE", invoices[Side.CUSTOMER][0]),
        ("INVOICEPAYMENT", payments[Side.CUSTOMER][0]),
        ("SUPPLIERINVOICE", invoices[Side.SUPPLIER][0]),
        ("SUPPLIERPAYMENT", payments[Side.SUPPLIER][0]),
    ]


def booked_in_year(context: Context, query: Query) -> Sequence[Voucher]:
    """The vouchers that can be asked for by themselves, also those the list leaves out."""
    if context.switches.voucher_as_listed:
        return vouchers_of_year(context, query)
    return list(context.books.vouchers_of(year_asked(context, query).year_id))


def vouchers_of_year(context: Context, query: Query) -> Sequence[Voucher]:
    vouchers = context.books.vouchers_of(year_asked(context, query).year_id)
    return [voucher for voucher in vouchers if voucher.key not in context.books.discords.unlisted]


# -- documents, payments, parties --------------------------------------------------------------------------------------


def documents_of(side: Side) -> Callable[[Context, Query], Sequence[Document]]:
    return lambda context, _query: sorted(
        context.books.documents[side].values(), key=lambda doc: int(doc.number)
    )


def as_stated(context: Context, document: Document) -> Document:
    """The document as the API tells of it: unbooked until it is paid, under the cash method; its balance perhaps
    without Skatteverket's share."""
    books = context.books
    if document.tax_reduction and not context.switches.balance_with_tax_reduction and document.booked:
        paid_out = sum(
            payment.amount
            for payment in books.payments_on(document.side, document.number)
            if payment.from_tax_office
        )
        return replace(document, balance_error=document.balance_error - document.tax_reduction + paid_out)
    waits = context.switches.cash_invoices_unbooked and books.is_cash(document.day)
    if waits and document.booked and not books.payments_on(document.side, document.number):
        return replace(document, booked=False)
    return document


def payments_of(side: Side) -> Callable[[Context, Query], Sequence[Payment]]:
    """By payment date, as the API orders them."""
    return lambda context, _query: sorted(
        context.books.payments[side].values(), key=lambda pay: (pay.day, pay.number)
    )


def parties_of(side: Side) -> Callable[[Context, Query], Sequence[Party]]:
    def records(context: Context, _query: Query) -> Sequence[Party]:
        return list(context.books.parties[side].values())

    return records


def party_named(context: Context, side: Side, number: str) -> Party:
    return context.books.parties[side][number]


def document_of(context: Context, payment: Payment) -> tuple[Document | None, Party | None]:
    document = context.books.documents[payment.side].get(payment.document)
    return document, party_named(context, payment.side, document.party) if document else None


def _live(document: Document) -> bool:
    return document.booked and not document.cancelled


DOCUMENT_FILTERS: dict[str, Callable[[Context, Document], bool]] = {
    "cancelled": lambda _c, doc: doc.cancelled,
    "fullypaid": lambda c, doc: _live(doc) and c.books.balance(doc) == 0,
    "unpaid": lambda c, doc: _live(doc) and c.books.balance(doc) != 0,
    "unpaidoverdue": lambda c, doc: _live(doc) and c.books.balance(doc) != 0 and doc.due < c.books.today,
    "unbooked": lambda _c, doc: not doc.booked and not doc.cancelled,
}
NEVER: Callable[[Context, Document], bool] = lambda _c, _doc: False  # noqa: E731 - a table entry


def _final_day(context: Context, document: Document) -> date | None:
    return context.books.final_pay_day(document)


DOCUMENT_DATES: dict[str, Callable[[Context, Document], date | None]] = {
    "fromdate": lambda _c, doc: doc.day,
    "todate": lambda _c, doc: doc.day,
    "fromfinalpaydate": _final_day,
    "tofinalpaydate": _final_day,
}


def file_party(context: Context, number: str) -> Party | None:
    document = context.books.documents[Side.SUPPLIER].get(number)
    return party_named(context, Side.SUPPLIER, document.party) if document else None
