"""The endpoint table: every read surface of Fortnox that Tieout can ask for, one row each.

The client can express nothing but these rows, so this table is the whole of what can be read, and
read-only holds by construction. Adding a surface is adding a row here, its table in ``schema.py`` and its
resource in ``resources.py``. ``ENDPOINTS`` are asked every night, ``BY_CHOICE`` of companies that name them (``also``), ``WITHIN_BUDGET``
one request per invoice, as many a night as the company allows, ``ON_DEMAND`` only when somebody wants to see one record or file (``tieout fetch``).

Sources per row: reference/fortnox/fortnox_api.md section 2. What the fields mean belongs in ``schema.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

#: What may stand for a placeholder of a path. Capitals and digits never spell an address that acts.
NUMBER: Final = r"[0-9]+"
REGISTER_NUMBER: Final = r"[A-Z0-9][A-Z0-9-]{0,49}"
PLACEHOLDERS: Final = {
    "{Code}": r"[A-Z0-9]{1,10}",
    "{CustomerNumber}": REGISTER_NUMBER,
    "{SupplierNumber}": REGISTER_NUMBER,
    "{InboxFolder}": r"inbox_[a-z]{1,2}|root",
    "{Type}": r"[1-4]",
    "{FileId}": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
}
API_ROOT: Final = "/3/"


class Shape(Enum):
    """How an endpoint answers."""

    OBJECT = "object"  # one object under the wrapper
    PAGES = "pages"  # a list with MetaInformation, cut in pages
    WHOLE = "whole"  # a list in one answer, without MetaInformation (section 2.9)
    FOLDER = "folder"  # one object with files and folders, each folder another one below the path
    BYTES = "bytes"  # not JSON
    DETAIL = "detail"  # one object, only below the path
    FILE = "file"  # not JSON, only below the path


@dataclass(frozen=True)
class Endpoint:
    """One read surface.

    ``key`` names the fields that tell rows of a listing apart. ``detail`` is the path below the listing,
    its placeholders digits or capitals only, so that no path that acts (``…/email``, ``…/print``) can be formed.
    A ``per_year`` surface is asked for once per financial year, its id in ``year_parameter``; its rows say the
    year in ``year_field``. ``variants`` are the queries whose answers together make the surface. ``tables`` are the tables of
    ``schema.py`` it fills.

    ``lastmodified`` says that the listing can be asked for what changed since a moment (section 3) and that nothing in it
    moves without an edit, as the balances of accounts do; ``fixed`` that its rows come and go and are never edited;
    ``seldom`` that nothing is reconciled from it and a listing now and then does.
    """

    name: str
    path: str
    wrapper: str
    shape: Shape
    scope: str
    sentence: str
    tables: tuple[str, ...]
    key: tuple[str, ...] = ()
    detail: str | None = None
    detail_wrapper: str = ""
    per_year: bool = False
    year_parameter: str = "financialyear"
    year_field: str = "Year"
    lastmodified: bool = False
    fixed: bool = False
    seldom: bool = False
    parameters: frozenset[str] = frozenset()
    variants: tuple[dict[str, str], ...] = field(default=({},), hash=False)

    @property
    def paths(self) -> tuple[re.Pattern[str], ...]:
        """Patterns of every URL path this row allows."""
        below = [] if self.detail is None else [f"{self.path}/{self.detail}"]
        own = below if self.shape in {Shape.DETAIL, Shape.FILE} else [self.path, *below]
        return tuple(re.compile(API_ROOT + re.sub(r"\{\w+\}", _placeholder, path)) for path in own)

    def has_detail(self, key: str) -> bool:
        """Whether what is at ``key`` below the path can be asked for."""
        return (
            self.detail is not None and self.paths[-1].fullmatch(f"{API_ROOT}{self.path}/{key}") is not None
        )

    @property
    def queries(self) -> frozenset[str]:
        """Every query parameter this row allows."""
        paging = {"limit", "page"} if self.shape is Shape.PAGES else set()
        year = {self.year_parameter} if self.per_year else set()
        changes = {"lastmodified"} if self.lastmodified else set()
        return (
            self.parameters
            | paging
            | year
            | changes
            | {name for variant in self.variants for name in variant}
        )


def _placeholder(found: re.Match[str]) -> str:
    return PLACEHOLDERS.get(found[0], NUMBER)


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


def _register(
    name: str, path: str, wrapper: str, scope: str, key: str, sentence: str, shape: Shape = Shape.PAGES,
    *, lastmodified: bool = False,
) -> Endpoint:  # fmt: skip
    """A listing with one table of its own name, whose rows one field tells apart, or several divided by a slash."""
    fields = tuple(key.split("/"))
    return Endpoint(
        name, path, wrapper, shape, scope, sentence, (name,), key=fields, lastmodified=lastmodified
    )


#: Read of the companies that name them; nothing is reconciled from them. What is documented and left out, and why:
#: decision 0217.
BY_CHOICE: Final[tuple[Endpoint, ...]] = (
    _register("offers", "offers", "Offers", "offer", "DocumentNumber", "Every offer.", lastmodified=True),
    _register("orders", "orders", "Orders", "order", "DocumentNumber", "Every order.", lastmodified=True),
    _register(
        "contracts", "contracts", "Contracts", "invoice", "DocumentNumber",
        "The contracts invoices are made from.", lastmodified=True,
    ),
    _register(
        "contract_templates", "contracttemplates", "ContractTemplates", "invoice", "TemplateNumber",
        "What contracts are made from.",
    ),
    _register(
        "contract_accruals", "contractaccruals", "ContractAccruals", "invoice", "DocumentNumber",
        "How the invoices of a contract are spread over months.",
    ),
    _register(
        "customer_invoice_accruals", "invoiceaccruals", "InvoiceAccruals", "invoice", "InvoiceNumber",
        "How a customer invoice is spread over months.",
    ),
    _register(
        "supplier_invoice_accruals", "supplierinvoiceaccruals", "SupplierInvoiceAccruals", "supplierinvoice",
        "SupplierInvoiceNumber", "How a supplier invoice is spread over months.",
    ),
    _register(
        "terms_of_payment", "termsofpayments", "TermsOfPayments", "settings", "Code", "The terms of payment."
    ),
    _register(
        "terms_of_delivery", "termsofdeliveries", "TermsOfDeliveries", "settings", "Code",
        "The terms of delivery.", Shape.WHOLE,
    ),
    _register(
        "ways_of_delivery", "wayofdeliveries", "WayOfDeliveries", "settings", "Code", "The ways of delivery."
    ),
    _register(
        "modes_of_payment", "modesofpayments", "ModesOfPayments", "settings", "Code",
        "The ways money comes in, with their accounts.",
    ),
    _register("units", "units", "Units", "settings", "Code", "The units articles are sold in."),
    _register("labels", "labels", "Labels", "settings", "Id", "The labels documents can have.", Shape.WHOLE),
    _register("price_lists", "pricelists", "PriceLists", "price", "Code", "The price lists."),
    _register(
        "print_templates", "printtemplates", "PrintTemplates", "print", "Template",
        "The forms documents are printed on.", Shape.WHOLE,
    ),
    _register(
        "article_files", "articlefileconnections", "ArticleFileConnections", "connectfile",
        "ArticleNumber/FileId", "Which file is attached to which article.",
    ),
    _register(
        "article_addresses", "articleurlconnections", "ArticleUrlConnections", "article", "Id",
        "Which web address belongs to which article.",
    ),
    _register(
        "asset_files", "assetfileconnections", "AssetFileConnections", "connectfile", "AssetId/FileId",
        "Which file is attached to which fixed asset.",
    ),
    _register(
        "asset_types", "assets/types", "Types", "assets", "Id",
        "The kinds of fixed assets, with the accounts they are booked on.",
    ),
)  # fmt: skip

#: Read of the companies that set a number of requests a night for it (decision 0216).
WITHIN_BUDGET: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        "customer_invoice_rows",
        "invoices",
        "",
        Shape.DETAIL,
        "invoice",
        "The rows of booked customer invoices, with articles, accounts and VAT.",
        ("customer_invoice_details", "customer_invoice_rows"),
        key=("DocumentNumber",),
        detail="{Number}",
        detail_wrapper="Invoice",
    ),
    Endpoint(
        "supplier_invoice_rows",
        "supplierinvoices",
        "",
        Shape.DETAIL,
        "supplierinvoice",
        "The rows of booked supplier invoices, with accounts, cost centers and projects.",
        ("supplier_invoice_details", "supplier_invoice_rows"),
        key=("GivenNumber",),
        detail="{Number}",
        detail_wrapper="SupplierInvoice",
    ),
)

ON_DEMAND: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        "voucher",
        "vouchers",
        "",
        Shape.DETAIL,
        "bookkeeping",
        "One voucher of a financial year with its rows, struck ones too.",
        (),
        key=("VoucherSeries", "VoucherNumber"),
        detail="{Code}/{Number}",
        detail_wrapper="Voucher",
        per_year=True,
    ),
    Endpoint(
        "account",
        "accounts",
        "",
        Shape.DETAIL,
        "bookkeeping",
        "One account of a financial year with its balances.",
        (),
        key=("Number",),
        detail="{Number}",
        detail_wrapper="Account",
        per_year=True,
    ),
    Endpoint(
        "customer_invoice",
        "invoices",
        "",
        Shape.DETAIL,
        "invoice",
        "One customer invoice with its rows and VAT.",
        (),
        key=("DocumentNumber",),
        detail="{Number}",
        detail_wrapper="Invoice",
    ),
    Endpoint(
        "supplier_invoice",
        "supplierinvoices",
        "",
        Shape.DETAIL,
        "supplierinvoice",
        "One supplier invoice with the rows of its posting.",
        (),
        key=("GivenNumber",),
        detail="{Number}",
        detail_wrapper="SupplierInvoice",
    ),
    Endpoint(
        "customer_payment",
        "invoicepayments",
        "",
        Shape.DETAIL,
        "payment",
        "One payment on a customer invoice with its write-offs.",
        (),
        key=("Number",),
        detail="{Number}",
        detail_wrapper="InvoicePayment",
    ),
    Endpoint(
        "supplier_payment",
        "supplierinvoicepayments",
        "",
        Shape.DETAIL,
        "payment",
        "One payment on a supplier invoice with its write-offs.",
        (),
        key=("Number",),
        detail="{Number}",
        detail_wrapper="SupplierInvoicePayment",
    ),
    Endpoint(
        "customer",
        "customers",
        "",
        Shape.DETAIL,
        "customer",
        "One customer with everything the register holds.",
        (),
        key=("CustomerNumber",),
        detail="{CustomerNumber}",
        detail_wrapper="Customer",
    ),
    Endpoint(
        "supplier",
        "suppliers",
        "",
        Shape.DETAIL,
        "supplier",
        "One supplier with everything the register holds.",
        (),
        key=("SupplierNumber",),
        detail="{SupplierNumber}",
        detail_wrapper="Supplier",
    ),
    Endpoint(
        "archive_file",
        "archive",
        "",
        Shape.BYTES,
        "archive",
        "The bytes of one file in the archive, such as the receipt attached to a voucher.",
        (),
        detail="{FileId}",
        parameters=frozenset({"fileid"}),  # some files are found by this only (section 2.10)
    ),
    Endpoint(
        "sie_of_type",
        "sie",
        "",
        Shape.FILE,
        "bookkeeping",
        "The SIE file of a financial year in type 1 (balances), 2 (with periods), 3 (with objects) or 4 (with vouchers).",
        (),
        detail="{Type}",
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
