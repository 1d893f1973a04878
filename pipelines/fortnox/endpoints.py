"""The endpoint table: every read surface of Fortnox that Tieout can ask for, one row each.

The client can express nothing but these rows, so this table is the whole of what can be read, and read-only holds by
construction. Adding a surface is adding a row here, its table in ``schema.py`` and its resource in ``resources.py``.
``ENDPOINTS`` are asked every night, in this order: registers and payments before the invoices that change with them
(``cross_references.py``). The table goes on in ``endpoints_by_choice.py``, of companies that name them
(``also``), and in ``endpoints_by_record.py``, one request per record.

Sources per row: reference/fortnox/fortnox_api.md section 2. What the fields mean belongs in ``schema.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.fortnox.endpoint import Endpoint, Shape
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import ON_DEMAND, WITHIN_BUDGET

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        "company_information",
        "companyinformation",
        "CompanyInformation",
        Shape.OBJECT,
        "companyinformation",
        "Name, organisation number and address of the company.",
        ("company_information",),
    ),
    Endpoint(
        "company_settings",
        "settings/company",
        "CompanySettings",
        Shape.OBJECT,
        "settings",
        "What the company has set about itself: VAT number, giro numbers, contact.",
        ("company_settings",),
        seldom=True,
    ),
    Endpoint(
        "locked_period",
        "settings/lockedperiod",
        "LockedPeriod",
        Shape.OBJECT,
        "settings",
        "The day up to which the books are locked.",
        ("locked_period",),
    ),
    Endpoint(
        "financial_years",
        "financialyears",
        "FinancialYears",
        Shape.PAGES,
        "bookkeeping",
        "The company's financial years.",
        ("financial_years",),
        key=("Id",),
    ),
    Endpoint(
        "accounts",
        "accounts",
        "Accounts",
        Shape.PAGES,
        "bookkeeping",
        "The chart of accounts of each financial year, with opening balances.",
        ("accounts",),
        key=("Number",),
        per_year=True,
    ),
    Endpoint(
        "account_charts",
        "accountcharts",
        "AccountCharts",
        Shape.WHOLE,
        "bookkeeping",
        "The charts of accounts Fortnox offers.",
        ("account_charts",),
        key=("Name",),
        seldom=True,
    ),
    Endpoint(
        "predefined_accounts",
        "predefinedaccounts",
        "PreDefinedAccounts",
        Shape.WHOLE,
        "settings",
        "Which account Fortnox books on for each purpose; names the control accounts.",
        ("predefined_accounts",),
        key=("Name",),
    ),
    Endpoint(
        "predefined_voucher_series",
        "predefinedvoucherseries",
        "PreDefinedVoucherSeriesCollection",
        Shape.WHOLE,
        "settings",
        "Which voucher series Fortnox books each kind of document in.",
        ("predefined_voucher_series",),
        key=("Name",),
        seldom=True,
    ),
    Endpoint(
        "customers",
        "customers",
        "Customers",
        Shape.PAGES,
        "customer",
        "The customer register, active and inactive.",
        ("customers",),
        key=("CustomerNumber",),
        lastmodified=True,
        variants=({"filter": "active"}, {"filter": "inactive"}),
    ),
    Endpoint(
        "suppliers",
        "suppliers",
        "Suppliers",
        Shape.PAGES,
        "supplier",
        "The supplier register, active and inactive.",
        ("suppliers",),
        key=("SupplierNumber",),
        lastmodified=True,
    ),
    Endpoint(
        "vouchers",
        "vouchers",
        "Vouchers",
        Shape.PAGES,
        "bookkeeping",
        "The head of every voucher: date, text and what caused it. The rows come from the SIE file.",
        ("vouchers",),
        key=("VoucherSeries", "VoucherNumber"),
        per_year=True,
        lastmodified=True,
    ),
    Endpoint(
        "voucher_series",
        "voucherseries",
        "VoucherSeriesCollection",
        Shape.PAGES,
        "bookkeeping",
        "The voucher series of each financial year, with the next number of those that are open.",
        ("voucher_series",),
        key=("Year", "Code"),
        detail="{Code}",
        detail_wrapper="VoucherSeries",
        per_year=True,
    ),
    Endpoint(
        "customer_payments",
        "invoicepayments",
        "InvoicePayments",
        Shape.PAGES,
        "payment",
        "Every payment on a customer invoice, with its write-offs.",
        ("customer_payments", "customer_write_offs"),
        key=("Number",),
        detail="{Number}",
        detail_wrapper="InvoicePayment",
        lastmodified=True,
    ),
    Endpoint(
        "customer_invoices",
        "invoices",
        "Invoices",
        Shape.PAGES,
        "invoice",
        "Every customer invoice and credit note.",
        ("customer_invoices",),
        key=("DocumentNumber",),
        lastmodified=True,
    ),
    Endpoint(
        "supplier_payments",
        "supplierinvoicepayments",
        "SupplierInvoicePayments",
        Shape.PAGES,
        "payment",
        "Every payment on a supplier invoice, with its write-offs.",
        ("supplier_payments", "supplier_write_offs"),
        key=("Number",),
        detail="{Number}",
        detail_wrapper="SupplierInvoicePayment",
        lastmodified=True,
    ),
    Endpoint(
        "supplier_invoices",
        "supplierinvoices",
        "SupplierInvoices",
        Shape.PAGES,
        "supplierinvoice",
        "Every supplier invoice and credit note, with the vouchers it names.",
        ("supplier_invoices", "supplier_invoice_vouchers"),
        key=("GivenNumber",),
        lastmodified=True,
    ),
    Endpoint(
        "cost_centers",
        "costcenters",
        "CostCenters",
        Shape.PAGES,
        "costcenter",
        "The cost centers.",
        ("cost_centers",),
        key=("Code",),
    ),
    Endpoint(
        "projects",
        "projects",
        "Projects",
        Shape.PAGES,
        "project",
        "The projects.",
        ("projects",),
        key=("ProjectNumber",),
    ),
    Endpoint(
        "articles",
        "articles",
        "Articles",
        Shape.PAGES,
        "article",
        "The article register, active and inactive.",
        ("articles",),
        key=("ArticleNumber",),
        lastmodified=True,
        variants=({"filter": "active"}, {"filter": "inactive"}),
        seldom=True,
    ),
    Endpoint(
        "currencies",
        "currencies",
        "Currencies",
        Shape.PAGES,
        "currency",
        "The currencies in use, with today's rates.",
        ("currencies",),
        key=("Code",),
    ),
    Endpoint(
        "assets",
        "assets",
        "Assets",
        Shape.PAGES,
        "assets",
        "The register of fixed assets.",
        ("assets",),
        key=("Id",),
        lastmodified=True,
        seldom=True,
    ),
    Endpoint(
        "voucher_files",
        "voucherfileconnections",
        "VoucherFileConnections",
        Shape.PAGES,
        "connectfile",
        "Which file is attached to which voucher; the file itself stays in Fortnox's archive.",
        ("voucher_files",),
        key=("VoucherYear", "VoucherSeries", "VoucherNumber", "FileId"),
        per_year=True,
        year_parameter="voucheryear",
        year_field="VoucherYear",
        fixed=True,
    ),
    Endpoint(
        "supplier_invoice_files",
        "supplierinvoicefileconnections",
        "SupplierInvoiceFileConnections",
        Shape.PAGES,
        "connectfile",
        "Which file is attached to which supplier invoice.",
        ("supplier_invoice_files",),
        key=("SupplierInvoiceNumber", "FileId"),
        fixed=True,
    ),
    Endpoint(
        "archive_files",
        "archive",
        "Folder",
        Shape.FOLDER,
        "archive",
        "Which files are in the archive, folder by folder; the files themselves stay there.",
        ("archive_files",),
        key=("Id",),
        detail="{FileId}",
        detail_wrapper="Folder",
        seldom=True,
    ),
    Endpoint(
        "inbox_files",
        "inbox",
        "Folder",
        Shape.FOLDER,
        "inbox",
        "Which files wait in the inbox to be booked.",
        ("inbox_files",),
        key=("Id",),
        detail="{InboxFolder}",
        detail_wrapper="Folder",
        seldom=True,
    ),
    Endpoint(
        "sie",
        "sie/4",
        "",
        Shape.BYTES,
        "bookkeeping",
        "The SIE type 4 file of each financial year: balances and every voucher with its rows.",
        (),
        per_year=True,
    ),
)

BY_NAME: Final[dict[str, Endpoint]] = {
    endpoint.name: endpoint for endpoint in (*ENDPOINTS, *BY_CHOICE, *WITHIN_BUDGET, *ON_DEMAND)
}


@dataclass(frozen=True)
class Choice:
    """What a company reads: the surfaces of every night, ``without`` those it has no licence for, ``also`` others."""

    without: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()

    @property
    def rows(self) -> tuple[Endpoint, ...]:
        """The rows of the table to read, in its order."""
        return (
            *(row for row in ENDPOINTS if row.name not in self.without),
            *(row for row in BY_CHOICE if row.name in self.also),
        )


EVERY_NIGHT: Final = Choice()


def allows(method: str, path: str) -> bool:
    """True when ``method`` and URL ``path`` can be asked of the API host: a GET of a row of the table."""
    return method == "GET" and any(
        pattern.fullmatch(path) for row in BY_NAME.values() for pattern in row.paths
    )
