"""The rows of the table: every surface the emulator serves as JSON.

Lists that reject ``lastmodified`` do so with 2000588; those without a word about it ignore it. What does not belong
here: SIE and files, whose answers are bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import chain

from fortnox_emulator.model import Document, FinancialYear, Party, Payment, Side, Voucher
from fortnox_emulator.query import invalid_parameter, read_date
from fortnox_emulator.resources import Context, Query, Record, Resource, Single
from fortnox_emulator.views import customers, settings, suppliers, vouchers

SINGLES = (
    Single(
        "companyinformation",
        "companyinformation",
        "CompanyInformation",
        lambda c: settings.company_information(c.books, c.tenant_id),
    ),
    Single(
        "settings/company",
        "settings",
        "CompanySettings",
        lambda c: settings.company_settings(c.books, c.tenant_id),
    ),
    Single("settings/lockedperiod", "settings", "LockedPeriod", lambda c: settings.locked_period(c.books)),
    Single("me", "profile", "Me", lambda c: settings.me(c.books)),
)


# -- years and what hangs on them ------------------------------------------------------------------------------------


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


def _years(context: Context, query: Query) -> Sequence[FinancialYear]:
    day = read_date(query, "date" if "date" in query else "Date")
    years = sorted(context.books.years, key=lambda year: year.year_id)
    return [year for year in years if day is None or year.holds(day)]


def _accounts(context: Context, query: Query) -> Sequence[settings.AccountOfYear]:
    books, year = context.books, year_asked(context, query)
    opening, closing = books.opening(year), books.closing(year)
    closed = books.locked_until is not None and year.last <= books.locked_until
    moved = books.movement(year.year_id)
    return [
        settings.AccountOfYear(
            year,
            account,
            opening.get(number, 0),
            (closing.get(number, 0) if number < 3000 else moved.get(number, 0)) if closed else None,
        )
        for number, account in books.profile.accounts.items()
    ]


def _series(context: Context, query: Query) -> Sequence[Record]:
    year = year_asked(context, query if context.switches.voucherseries_by_year else {})
    return [(year, series) for series in context.books.profile.series]


def _vouchers(context: Context, query: Query) -> Sequence[Voucher]:
    return context.books.vouchers_of(year_asked(context, query).year_id)


# -- documents, payments, parties --------------------------------------------------------------------------------------


def _documents(side: Side) -> Callable[[Context, Query], Sequence[Document]]:
    return lambda context, _query: sorted(
        context.books.documents[side].values(), key=lambda doc: int(doc.number)
    )


def _payments(side: Side) -> Callable[[Context, Query], Sequence[Payment]]:
    """By payment date, as the API orders them."""
    return lambda context, _query: sorted(
        context.books.payments[side].values(), key=lambda pay: (pay.day, pay.number)
    )


def _parties(side: Side) -> Callable[[Context, Query], Sequence[Party]]:
    def records(context: Context, _query: Query) -> Sequence[Party]:
        profile = context.books.profile
        return profile.customers if side is Side.CUSTOMER else profile.suppliers

    return records


def _party(context: Context, side: Side, number: str) -> Party:
    return next(party for party in _parties(side)(context, {}) if party.number == number)


def _document_of(context: Context, payment: Payment) -> tuple[Document | None, Party | None]:
    document = context.books.documents[payment.side].get(payment.document)
    return document, _party(context, payment.side, document.party) if document else None


def _live(document: Document) -> bool:
    return document.booked and not document.cancelled


_DOCUMENT_FILTERS: dict[str, Callable[[Context, Document], bool]] = {
    "cancelled": lambda _c, doc: doc.cancelled,
    "fullypaid": lambda c, doc: _live(doc) and c.books.balance(doc) == 0,
    "unpaid": lambda c, doc: _live(doc) and c.books.balance(doc) != 0,
    "unpaidoverdue": lambda c, doc: _live(doc) and c.books.balance(doc) != 0 and doc.due < c.books.today,
    "unbooked": lambda _c, doc: not doc.booked and not doc.cancelled,
}
_NEVER: Callable[[Context, Document], bool] = lambda _c, _doc: False  # noqa: E731 - a table entry


def _final_day(context: Context, document: Document) -> date | None:
    return context.books.final_pay_day(document)


_DOCUMENT_DATES: dict[str, Callable[[Context, Document], date | None]] = {
    "fromdate": lambda _c, doc: doc.day,
    "todate": lambda _c, doc: doc.day,
    "fromfinalpaydate": _final_day,
    "tofinalpaydate": _final_day,
}

_RESOURCES = (
    Resource(
        "financialyears",
        "bookkeeping",
        "FinancialYears",
        _years,
        lambda _c, year: settings.financial_year(year),
        "FinancialYear",
        lambda _c, year: settings.financial_year(year),
        key=lambda year: str(year.year_id),
        sorts={
            "id": lambda _c, year: year.year_id,
            "fromdate": lambda _c, year: year.first,
            "todate": lambda _c, year: year.last,
        },
    ),
    Resource(
        "accounts",
        "bookkeeping",
        "Accounts",
        _accounts,
        lambda _c, entry: settings.account_item(entry),
        "Account",
        lambda _c, entry: settings.account_detail(entry),
        key=lambda entry: str(entry.account.number),
        not_found=(2000423, "Kan inte hitta kontot."),
        search={"sru": lambda _c, entry: str(entry.account.sru)},
        sorts={"number": lambda _c, entry: entry.account.number},
    ),
    Resource(
        "accountcharts",
        "bookkeeping",
        "AccountCharts",
        lambda _c, _q: ["Bas 2024", "Bas 2025", "K1 Mini"],
        lambda _c, name: {"Name": name},
        paged=False,
        has_meta=False,
    ),
    Resource(
        "predefinedaccounts",
        "settings",
        "PreDefinedAccounts",
        lambda c, _q: list(c.books.profile.predefined.items()),
        lambda _c, pair: settings.predefined_account(*pair),
        "PreDefinedAccount",
        lambda _c, pair: settings.predefined_account(*pair),
        key=lambda pair: str(pair[0]),
        paged=False,
        has_meta=False,
    ),
    Resource(
        "predefinedvoucherseries",
        "settings",
        "PreDefinedVoucherSeriesCollection",
        lambda _c, _q: [
            ("INVOICE", "B"),
            ("INVOICEPAYMENT", "C"),
            ("SUPPLIERINVOICE", "D"),
            ("SUPPLIERPAYMENT", "E"),
        ],
        lambda _c, pair: settings.predefined_series(*pair),
        "PreDefinedVoucherSeries",
        lambda _c, pair: settings.predefined_series(*pair),
        key=lambda pair: str(pair[0]),
        paged=False,
        has_meta=False,
    ),
    Resource(
        "voucherseries",
        "bookkeeping",
        "VoucherSeriesCollection",
        _series,
        lambda _c, pair: settings.voucher_series(*pair),
        "VoucherSeries",
        lambda c, pair: settings.voucher_series_detail(c.books, *pair),
        key=lambda pair: str(pair[1].code),
    ),
    Resource(
        "vouchers",
        "bookkeeping",
        "Vouchers",
        _vouchers,
        lambda _c, voucher: vouchers.voucher_item(voucher),
        "Voucher",
        lambda c, voucher: vouchers.voucher_detail(c.books, voucher),
        key=lambda voucher: f"{voucher.key.series}/{voucher.key.number}",
        not_found=(2000588, "Kan inte hitta verifikationen."),
        search={"voucherseries": lambda _c, voucher: voucher.key.series},
        dates={"fromdate": lambda _c, voucher: voucher.day, "todate": lambda _c, voucher: voucher.day},
        modified=lambda voucher: voucher.modified,
        sorts={
            "vouchernumber": lambda _c, voucher: voucher.key.number,
            "voucherseries": lambda _c, voucher: voucher.key.series,
            "referencenumber": lambda _c, voucher: voucher.reference_number,
        },
    ),
    Resource(
        "invoices",
        "invoice",
        "Invoices",
        _documents(Side.CUSTOMER),
        lambda c, doc: customers.invoice_item(c.books, doc, _party(c, doc.side, doc.party)),
        "Invoice",
        lambda c, doc: customers.invoice_detail(c.books, doc, _party(c, doc.side, doc.party)),
        key=lambda doc: str(doc.number),
        not_found=(2000434, "Kan inte hitta fakturan."),
        filters=_DOCUMENT_FILTERS,
        search={
            "customernumber": lambda _c, doc: doc.party,
            "customername": lambda c, doc: _party(c, doc.side, doc.party).name,
            "documentnumber": lambda _c, doc: doc.number,
            "ocr": lambda _c, doc: doc.ocr,
            "costcenter": lambda _c, doc: doc.cost_center,
            "project": lambda _c, doc: doc.project,
            "currency": lambda _c, doc: doc.currency,
            "credit": lambda _c, doc: "true" if doc.credit else "false",
        },
        dates=_DOCUMENT_DATES,
        modified=lambda doc: doc.modified,
        sorts={
            "documentnumber": lambda _c, doc: int(doc.number),
            "customernumber": lambda _c, doc: doc.party,
            "customername": lambda c, doc: _party(c, doc.side, doc.party).name,
            "invoicedate": lambda _c, doc: doc.day,
            "ocr": lambda _c, doc: doc.ocr,
            "total": lambda _c, doc: doc.total,
        },
    ),
    Resource(
        "invoicepayments",
        "payment",
        "InvoicePayments",
        _payments(Side.CUSTOMER),
        lambda _c, pay: customers.payment_item(pay),
        "InvoicePayment",
        lambda c, pay: customers.payment_detail(c.books, pay, *_document_of(c, pay)),
        key=lambda pay: str(pay.number),
        not_found=(2000588, "Kan inte hitta betalningen."),
        search={"invoicenumber": lambda _c, pay: pay.document},
        modified=lambda pay: pay.modified,
        rejects=frozenset({"fromdate", "todate"}),
        sorts={"paymentdate": lambda _c, pay: (pay.day, pay.number)},
    ),
    Resource(
        "supplierinvoices",
        "supplierinvoice",
        "SupplierInvoices",
        _documents(Side.SUPPLIER),
        lambda c, doc: suppliers.supplier_invoice_item(c.books, doc, _party(c, doc.side, doc.party)),
        "SupplierInvoice",
        lambda c, doc: suppliers.supplier_invoice_detail(c.books, doc, _party(c, doc.side, doc.party)),
        key=lambda doc: str(doc.number),
        not_found=(2000588, "Kan inte hitta leverantörsfakturan."),
        filters=_DOCUMENT_FILTERS | {"pendingpayment": _NEVER, "authorizepending": _NEVER},
        search={
            "suppliernumber": lambda _c, doc: doc.party,
            "suppliername": lambda c, doc: _party(c, doc.side, doc.party).name,
            "invoicenumber": lambda _c, doc: doc.reference,
            "ocr": lambda _c, doc: doc.ocr,
            "costcenter": lambda _c, doc: doc.cost_center,
            "project": lambda _c, doc: doc.project,
        },
        dates=_DOCUMENT_DATES,
        modified=lambda doc: doc.modified,
    ),
    Resource(
        "supplierinvoicepayments",
        "payment",
        "SupplierInvoicePayments",
        _payments(Side.SUPPLIER),
        lambda _c, pay: suppliers.supplier_payment_item(pay),
        "SupplierInvoicePayment",
        lambda c, pay: suppliers.supplier_payment_detail(pay, *_document_of(c, pay)),
        key=lambda pay: str(pay.number),
        not_found=(2000588, "Kan inte hitta betalningen."),
        search={"invoicenumber": lambda _c, pay: pay.document},
        modified=lambda pay: pay.modified,
        rejects=frozenset({"fromdate", "todate"}),
    ),
    Resource(
        "customers",
        "customer",
        "Customers",
        _parties(Side.CUSTOMER),
        lambda _c, party: customers.customer_item(party),
        "Customer",
        lambda _c, party: customers.customer_detail(party),
        key=lambda party: str(party.number),
        not_found=(2000433, "Kan inte hitta kunden."),
        filters={"active": lambda _c, party: party.active, "inactive": lambda _c, party: not party.active},
        default_filter=lambda c, party: party.active or c.switches.default_customers == "all",
        search={
            "customernumber": lambda _c, party: party.number,
            "name": lambda _c, party: party.name,
            "city": lambda _c, party: party.city,
            "zipcode": lambda _c, party: party.zip_code,
            "organisationnumber": lambda _c, party: party.corporate_id,
        },
        modified=lambda party: party.modified,
        sorts={"customernumber": lambda _c, party: party.number, "name": lambda _c, party: party.name},
    ),
    Resource(
        "suppliers",
        "supplier",
        "Suppliers",
        _parties(Side.SUPPLIER),
        lambda _c, party: suppliers.supplier_item(party),
        "Supplier",
        lambda _c, party: suppliers.supplier_detail(party),
        key=lambda party: str(party.number),
        not_found=(2000588, "Kan inte hitta leverantören."),
        search={
            "suppliernumber": lambda _c, party: party.number,
            "name": lambda _c, party: party.name,
            "city": lambda _c, party: party.city,
            "zipcode": lambda _c, party: party.zip_code,
            "organisationnumber": lambda _c, party: party.corporate_id,
        },
        modified=lambda party: party.modified,
    ),
    Resource(
        "costcenters",
        "costcenter",
        "CostCenters",
        lambda c, _q: c.books.profile.cost_centers,
        lambda _c, pair: settings.cost_center(*pair),
        "CostCenter",
        lambda _c, pair: settings.cost_center(*pair),
        key=lambda pair: str(pair[0]),
    ),
    Resource(
        "projects",
        "project",
        "Projects",
        lambda c, _q: c.books.profile.projects,
        lambda _c, pair: settings.project_item(*pair),
        "Project",
        lambda _c, pair: settings.project_detail(*pair),
        key=lambda pair: str(pair[0]),
        not_found=(2001161, "Kan inte hitta projektet."),
        search={"description": lambda _c, pair: str(pair[1])},
    ),
    Resource(
        "articles",
        "article",
        "Articles",
        lambda c, _q: list(enumerate(c.books.profile.work, start=1)),
        lambda _c, pair: settings.article_item(str(pair[0]), pair[1].text),
        "Article",
        lambda _c, pair: settings.article_detail(str(pair[0]), pair[1].text, pair[1].vat_percent),
        key=lambda pair: str(pair[0]),
        not_found=(2000428, "Kan inte hitta artikeln."),
        search={"description": lambda _c, pair: str(pair[1].text)},
        filters={"active": lambda _c, _pair: True, "inactive": lambda _c, _pair: False},
    ),
    Resource(
        "currencies",
        "currency",
        "Currencies",
        lambda c, _q: sorted(c.books.profile.foreign_rates),
        lambda c, code: settings.currency(c.books, code),
        "Currency",
        lambda c, code: settings.currency(c.books, code),
        rejects=frozenset({"lastmodified"}),
    ),
    Resource(
        "voucherfileconnections",
        "connectfile",
        "VoucherFileConnections",
        lambda c, _q: [file for file in c.books.files if file.voucher],
        lambda c, file: vouchers.voucher_file(c.books, file),
        "VoucherFileConnection",
        lambda c, file: vouchers.voucher_file(c.books, file),
        key=lambda file: str(file.file_id),
        search={
            "voucheryear": lambda _c, file: str(file.voucher.year_id),
            "voucherseries": lambda _c, file: str(file.voucher.series),
            "vouchernumber": lambda _c, file: str(file.voucher.number),
        },
    ),
    Resource(
        "supplierinvoicefileconnections",
        "connectfile",
        "SupplierInvoiceFileConnections",
        lambda c, _q: [file for file in c.books.files if file.document],
        lambda c, file: suppliers.supplier_invoice_file(file, _file_party(c, file.document)),
        "SupplierInvoiceFileConnection",
        lambda c, file: suppliers.supplier_invoice_file(file, _file_party(c, file.document)),
        key=lambda file: str(file.file_id),
        search={"supplierinvoicenumber": lambda _c, file: str(file.document)},
    ),
)


def _empty(name: str, scope: str, wrapper: str) -> Resource:
    """A surface this company does not use: an empty list with its meta."""
    return Resource(name, scope, wrapper, lambda _c, _q: [], lambda _c, record: {"@url": str(record)})


_CODES = {
    "termsofpayments": ("settings", "TermsOfPayments", (("10", "10 dagar"), ("30", "30 dagar"))),
    "units": ("settings", "Units", (("st", "styck"), ("tim", "timmar"), ("förp", "förpackning"))),
}


def _code_list(name: str) -> Resource:
    scope, wrapper, pairs = _CODES[name]
    return Resource(
        name,
        scope,
        wrapper,
        lambda _c, _q: pairs,
        lambda _c, pair: settings.code_item(name, *pair),
        paged=False,
    )


def _file_party(context: Context, number: str) -> Party | None:
    document = context.books.documents[Side.SUPPLIER].get(number)
    return _party(context, Side.SUPPLIER, document.party) if document else None


_UNUSED = (
    _empty("orders", "order", "Orders"),
    _empty("offers", "offer", "Offers"),
    _empty("contracts", "invoice", "Contracts"),
    _empty("assets", "assets", "Assets"),
    _empty("taxreductions", "invoice", "TaxReductions"),
)

RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in chain(_RESOURCES, _UNUSED, map(_code_list, _CODES))
}
