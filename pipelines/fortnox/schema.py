"""The raw tables of schema ``fortnox``: every field of every surface, its column, its kind and what it
means.

Field sets are those of the official description of February 2026, which agrees with recorded answers
(reference/fortnox/fortnox_api.md sections 1 and 2); kinds follow section 8.1 (types that flip), unset
values 8.2. Amounts are as Fortnox states them: document sign (an invoice is positive, a credit note
negative), currency as said.

How surfaces are asked for belongs in ``endpoints.py``; what the figures mean together belongs in
``transforms``.
"""

# One field per line reads better than the formatter's layout.
# fmt: off
from __future__ import annotations

from typing import Final

from pipelines.fortnox.fields import (
    Field,
    Table,
    date,
    flag,
    money,
    number_text,
    rate,
    text,
    voucher_number,
    whole,
)
from pipelines.fortnox.schema_by_choice import BY_CHOICE_TABLES
from pipelines.fortnox.schema_invoice_rows import INVOICE_ROW_TABLES
from pipelines.fortnox.schema_voucher_details import VOUCHER_DETAIL_TABLES

YEAR: Final = text(
    "Year", "year", "Id of the financial year (not the calendar year, not chronological)", required=True
)


def _address(prefix: str = "", column: str = "", whose: str = "") -> tuple[Field, ...]:
    """City and zip code of an address."""
    return (
        text(f"{prefix}City", f"{column}city", f"City{whose}"),
        text(f"{prefix}ZipCode", f"{column}zip_code", f"Zip code{whose}"),
    )


COMPANY_INFORMATION: Final = Table("company_information", "company", ("database_number",), (
    text("DatabaseNumber", "database_number", "Fortnox's number of the company; the tenant id", required=True),
    text("CompanyName", "company_name", "Name of the company"),
    text("OrganizationNumber", "organization_number", "Organisation number, with hyphen; several Fortnox companies may carry one"),
    text("Address", "address", "Postal address"),
    *_address(),
    text("CountryCode", "country_code", "Country of the postal address, ISO 3166 alpha-2"),
    text("VisitAddress", "visit_address", "Visiting address"),
    *_address("Visit", "visit_", " of the visiting address"),
    text("VisitCountryCode", "visit_country_code", "Country of the visiting address, ISO 3166 alpha-2"),
))

COMPANY_SETTINGS: Final = Table("company_settings", "company", ("database_number",), (
    text("DatabaseNumber", "database_number", "Fortnox's number of the company; the tenant id", required=True),
    text("Name", "name", "Name of the company"),
    text("OrganizationNumber", "organization_number", "Organisation number, with hyphen"),
    text("VATNumber", "vat_number", "VAT registration number"),
    flag("TaxEnabled", "tax_enabled", "True when the company is approved for F-tax"),
    text("Domicile", "domicile", "Registered seat"),
    text("BG", "bg", "Bankgiro number"),
    text("PG", "pg", "Plusgiro number"),
    text("IBAN", "iban", "IBAN"),
    text("BIC", "bic", "BIC"),
    text("BranchCode", "branch_code", "Code of the line of business"),
    text("ContactFirstName", "contact_first_name", "First name of the contact person"),
    text("ContactLastName", "contact_last_name", "Last name of the contact person"),
    text("Email", "email", "E-mail address"),
    text("Phone1", "phone1", "Telephone, first"),
    text("Phone2", "phone2", "Telephone, second"),
    text("Fax", "fax", "Fax"),
    text("WWW", "www", "Web site"),
    text("Address", "address", "Postal address"),
    *_address(),
    text("Country", "country", "Country of the postal address, in words"),
    text("CountryCode", "country_code", "Country of the postal address, ISO 3166 alpha-2"),
    text("VisitName", "visit_name", "Name at the visiting address"),
    text("VisitAddress", "visit_address", "Visiting address"),
    *_address("Visit", "visit_", " of the visiting address"),
    text("VisitCountry", "visit_country", "Country of the visiting address, in words"),
    text("VisitCountryCode", "visit_country_code", "Country of the visiting address, ISO 3166 alpha-2"),
))

LOCKED_PERIOD: Final = Table("locked_period", "company", (), (
    date("EndDate", "end_date", "Vouchers dated up to and including this day cannot change; null when nothing is locked"),
))

FINANCIAL_YEARS: Final = Table("financial_years", "financial year", ("id",), (
    text("Id", "id", "Id of the financial year (not the calendar year, not chronological)", required=True),
    date("FromDate", "from_date", "First day of the financial year", required=True),
    date("ToDate", "to_date", "Last day of the financial year", required=True),
    text("AccountingMethod", "accounting_method", "ACCRUAL (invoice method) or CASH"),
    text("AccountChartType", "account_chart_type", "Name of the chart of accounts the year was started with"),
))

ACCOUNTS: Final = Table("accounts", "financial year and account", ("year", "number"), (
    YEAR,
    text("Number", "number", "Account number", required=True),
    text("Description", "description", "Account name"),
    flag("Active", "active", "False when the account is not in use"),
    money("BalanceBroughtForward", "balance_brought_forward", "Opening balance of the year, SEK, debit positive"),
    text("SRU", "sru", "SRU code (field of the tax return)"),
    text("VATCode", "vat_code", "VAT code of the account"),
    text("CostCenter", "cost_center", "Default cost center"),
    text("CostCenterSettings", "cost_center_settings", "ALLOWED, MANDATORY or NOTALLOWED"),
    number_text("Project", "project", "Default project"),
    text("ProjectSettings", "project_settings", "ALLOWED, MANDATORY or NOTALLOWED"),
))

ACCOUNT_CHARTS: Final = Table("account_charts", "chart of accounts Fortnox offers", ("name",), (
    text("Name", "name", "Name of the chart of accounts", required=True),
))

PREDEFINED_VOUCHER_SERIES: Final = Table("predefined_voucher_series", "kind of document Fortnox has a series for", ("name",), (
    text("Name", "name", "The kind: INVOICE, INVOICEPAYMENT, SUPPLIERINVOICE, SUPPLIERPAYMENT and others", required=True),
    text("VoucherSeries", "voucher_series", "The series its vouchers are booked in"),
))

PREDEFINED_ACCOUNTS: Final = Table("predefined_accounts", "purpose Fortnox has an account for", ("name",), (
    text("Name", "name", "The purpose: CUSTCLAIM is the customer control account, SUPDEBT the supplier one", required=True),
    number_text("Account", "account", "The account used for it; null when none is set"),
))

VOUCHER_SERIES: Final = Table("voucher_series", "financial year and voucher series", ("year", "code"), (
    YEAR,
    text("Code", "code", "Voucher series", required=True),
    text("Description", "description", "What the series is for"),
    flag("Manual", "manual", "True when people may book in the series"),
    text("Approver/Id", "approver_id", "Id of the user who approves vouchers of the series"),
    text("Approver/Name", "approver_name", "Name of that user"),
    whole("NextVoucherNumber", "next_voucher_number", "Number the next voucher will get; null for locked years, of which it is not asked, and where Fortnox does not say", detail=True),
))

VOUCHERS: Final = Table("vouchers", "voucher (head only; the rows come from the SIE file)", ("year", "voucher_series", "voucher_number"), (
    YEAR,
    text("VoucherSeries", "voucher_series", "Voucher series", required=True),
    whole("VoucherNumber", "voucher_number", "Number within series and financial year", required=True),
    date("TransactionDate", "transaction_date", "Date the voucher is booked on"),
    text("Description", "description", "Voucher text"),
    text("ReferenceType", "reference_type", "What caused it: INVOICE, SUPPLIERINVOICE, INVOICEPAYMENT, SUPPLIERPAYMENT, MANUAL, CASHINVOICE, ACCRUAL"),
    number_text("ReferenceNumber", "reference_number", "Number of the document or payment that caused it"),
    text("Comments", "comments", "Comments on the voucher"),
    text("ApprovalState", "approval_state", "0 not for approval, 1 not ready, 2 not approved, 3 approved"),
))

CUSTOMER_INVOICES: Final = Table("customer_invoices", "customer invoice or credit note", ("document_number",), (
    text("DocumentNumber", "document_number", "Number of the invoice in Fortnox", required=True),
    text("InvoiceType", "invoice_type", "INVOICE, AGREEMENTINVOICE, INTRESTINVOICE (sic), SUMMARYINVOICE or CASHINVOICE"),
    text("CustomerNumber", "customer_number", "Customer"),
    text("CustomerName", "customer_name", "Name of the customer as on the invoice"),
    date("InvoiceDate", "invoice_date", "Date of the invoice"),
    date("DueDate", "due_date", "Date it falls due"),
    date("FinalPayDate", "final_pay_date", "Date it was fully paid; null until then"),
    money("Total", "total", "Total including VAT and rounding, in the invoice's currency; negative on a credit note"),
    money("Balance", "balance", "What remains to be paid, in the invoice's currency; 0 on a cancelled invoice"),
    text("Currency", "currency", "Currency of the invoice, ISO 4217"),
    rate("CurrencyRate", "currency_rate", "SEK per currency_unit of the currency"),
    rate("CurrencyUnit", "currency_unit", "How many units of the currency the rate is for"),
    flag("Booked", "booked", "True when the invoice is in the ledger"),
    flag("Cancelled", "cancelled", "True when the invoice is cancelled; it keeps its total"),
    voucher_number("VoucherNumber", "voucher_number", "Number of the voucher that booked it; null until booked"),
    text("VoucherSeries", "voucher_series", "Series of that voucher"),
    number_text("VoucherYear", "voucher_year", "Financial-year id of that voucher"),
    text("OCR", "ocr", "Payment reference (OCR number)"),
    text("ExternalInvoiceReference1", "external_invoice_reference1", "Free reference 1"),
    text("ExternalInvoiceReference2", "external_invoice_reference2", "Free reference 2"),
    text("CostCenter", "cost_center", "Cost center of the invoice"),
    number_text("Project", "project", "Project of the invoice"),
    text("TermsOfPayment", "terms_of_payment", "Terms of payment, usually days"),
    text("WayOfDelivery", "way_of_delivery", "Way of delivery"),
    flag("Sent", "sent", "True when the invoice was sent or printed"),
    flag("NoxFinans", "nox_finans", "True when the invoice is handled by the Fortnox factoring service"),
))


def _payment(name: str, invoice: str, *only_here: Field) -> Table:
    """A payment table; both subledgers have the same fields but for ``only_here``."""
    return Table(name, f"payment on a {invoice}", ("number",), (
        text("Number", "number", "Number of the payment", required=True),
        number_text("InvoiceNumber", "invoice_number", f"The {invoice} it settles"),
        date("PaymentDate", "payment_date", "Date of the payment"),
        money("Amount", "amount", "Amount paid, SEK, document sign"),
        text("Currency", "currency", "Currency of the invoice, ISO 4217"),
        rate("CurrencyRate", "currency_rate", "SEK per currency_unit at the payment"),
        rate("CurrencyUnit", "currency_unit", "How many units of the currency the rate is for"),
        flag("Booked", "booked", "False while the payment is only registered; it then settles nothing"),
        text("Source", "source", "How it was registered: manual or direct"),
        flag("WriteOffExist", "write_off_exist", "True when the payment carries write-offs"),
        money("AmountCurrency", "amount_currency", "Amount in the currency of the invoice; null when the detail was not fetched", detail=True),
        text("ModeOfPayment", "mode_of_payment", "Mode of payment; null when the detail was not fetched", detail=True),
        voucher_number("VoucherNumber", "voucher_number", "Number of the voucher that booked it; null when unbooked or the detail was not fetched", detail=True),
        text("VoucherSeries", "voucher_series", "Series of that voucher", detail=True),
        number_text("VoucherYear", "voucher_year", "Financial-year id of that voucher", detail=True),
        text("InvoiceOCR", "invoice_ocr", "Payment reference of the invoice", detail=True),
        date("InvoiceDueDate", "invoice_due_date", "Due date of the invoice", detail=True),
        money("InvoiceTotal", "invoice_total", "Total of the invoice", detail=True),
        *only_here,
        flag(None, "detail_fetched", "True when the payment's detail was fetched, tonight or since it was booked: where it has write-offs, a foreign currency or no voucher that names it", required=True),
    ), nested=frozenset({"WriteOffs"}))


CUSTOMER_PAYMENTS: Final = _payment(
    "customer_payments",
    "customer invoice (document number)",
    number_text(
        "ModeOfPaymentAccount",
        "mode_of_payment_account",
        "Account of the mode of payment; null when the detail was not fetched",
        detail=True,
    ),
    text("InvoiceCustomerNumber", "invoice_customer_number", "Customer of the invoice", detail=True),
    text("InvoiceCustomerName", "invoice_customer_name", "Name of the customer on the invoice", detail=True),
    text(
        "ExternalInvoiceReference1",
        "external_invoice_reference1",
        "Free reference 1 of the invoice",
        detail=True,
    ),
    text(
        "ExternalInvoiceReference2",
        "external_invoice_reference2",
        "Free reference 2 of the invoice",
        detail=True,
    ),
)
SUPPLIER_PAYMENTS: Final = _payment(
    "supplier_payments",
    "supplier invoice (given number)",
    text("InvoiceSupplierNumber", "invoice_supplier_number", "Supplier of the invoice", detail=True),
    text("InvoiceSupplierName", "invoice_supplier_name", "Name of the supplier on the invoice", detail=True),
    text("Information", "information", "Message to the supplier", detail=True),
)


def _write_offs(name: str, payment: str) -> Table:
    """Write-offs of a kind of payment."""
    return Table(name, f"write-off of a {payment}", ("payment_number", "position"), (
        text(None, "payment_number", f"The {payment}", required=True),
        whole(None, "position", "Order within the payment, from 1", required=True),
        number_text("AccountNumber", "account_number", "Account the write-off is booked on"),
        money("Amount", "amount", "Amount in the currency of the invoice; positive settles the invoice further"),
        text("Currency", "currency", "Currency of the amount, ISO 4217"),
        text("Description", "description", "Why"),
        text("CostCenter", "cost_center", "Cost center"),
        number_text("Project", "project", "Project"),
        text("TransactionInformation", "transaction_information", "Free text on the voucher row"),
    ))


CUSTOMER_WRITE_OFFS: Final = _write_offs("customer_write_offs", "customer payment")
SUPPLIER_WRITE_OFFS: Final = _write_offs("supplier_write_offs", "supplier payment")

SUPPLIER_INVOICES: Final = Table("supplier_invoices", "supplier invoice or credit note", ("given_number",), (
    text("GivenNumber", "given_number", "Number of the invoice in Fortnox", required=True),
    text("InvoiceNumber", "invoice_number", "The supplier's own number, free text"),
    text("SupplierNumber", "supplier_number", "Supplier"),
    text("SupplierName", "supplier_name", "Name of the supplier"),
    date("InvoiceDate", "invoice_date", "Date of the invoice"),
    date("DueDate", "due_date", "Date it falls due"),
    date("FinalPayDate", "final_pay_date", "Date it was fully paid; null until then"),
    money("Total", "total", "Total including VAT and rounding, SEK; negative on a credit note"),
    money("Balance", "balance", "What remains to be paid, SEK"),
    text("Currency", "currency", "Currency of the invoice, ISO 4217 (total and balance are SEK all the same)"),
    rate("CurrencyRate", "currency_rate", "SEK per currency_unit of the currency"),
    rate("CurrencyUnit", "currency_unit", "How many units of the currency the rate is for"),
    flag("Booked", "booked", "True when the invoice is in the ledger"),
    flag("Cancel", "cancelled", "True when the invoice is cancelled"),
    flag("Credit", "credit", "True on a credit note"),
    text("AuthorizerName", "authorizer_name", "Who authorises the invoice"),
    text("CostCenter", "cost_center", "Cost center of the invoice"),
    number_text("Project", "project", "Project of the invoice"),
    text("ExternalInvoiceNumber", "external_invoice_number", "Number in an outside system"),
    text("ExternalInvoiceSeries", "external_invoice_series", "Series in an outside system"),
), nested=frozenset({"Vouchers", "Cancelled"}))  # the list's Cancelled is null or absent beside Cancel (section 0, 6)

SUPPLIER_INVOICE_VOUCHERS: Final = Table("supplier_invoice_vouchers", "voucher a supplier invoice names", ("given_number", "position"), (
    text(None, "given_number", "The supplier invoice", required=True),
    whole(None, "position", "Order within the invoice, from 1", required=True),
    text("Series", "voucher_series", "Series of the voucher"),
    voucher_number("Number", "voucher_number", "Number of the voucher"),
    number_text("Year", "year", "Financial-year id of the voucher"),
    text("ReferenceType", "reference_type", "What the voucher books, for example SUPPLIERINVOICE"),
))

CUSTOMERS: Final = Table("customers", "customer", ("customer_number",), (
    text("CustomerNumber", "customer_number", "Customer number, free text", required=True),
    text("Name", "name", "Name"),
    text("OrganisationNumber", "organisation_number", "Organisation number, or personal identity number of a private person"),
    text("Address1", "address1", "Address, first line"),
    text("Address2", "address2", "Address, second line"),
    *_address(),
    text("Email", "email", "E-mail address"),
    text("Phone", "phone", "Telephone"),
    flag(None, "active", "Which of the two lists held the customer: filter=active or filter=inactive", required=True),
))

SUPPLIERS: Final = Table("suppliers", "supplier", ("supplier_number",), (
    text("SupplierNumber", "supplier_number", "Supplier number, free text", required=True),
    text("Name", "name", "Name"),
    text("OrganisationNumber", "organisation_number", "Organisation number"),
    flag("Active", "active", "False when the supplier is no longer used"),
    text("Address1", "address1", "Address, first line"),
    text("Address2", "address2", "Address, second line"),
    *_address(),
    text("CountryCode", "country_code", "Country, ISO 3166 alpha-2"),
    text("Email", "email", "E-mail address"),
    text("Phone", "phone", "Telephone"),
    text("BG", "bg", "Bankgiro number"),
    text("PG", "pg", "Plusgiro number"),
    text("IBAN", "iban", "IBAN"),
    text("BIC", "bic", "BIC"),
    text("BankAccountNumber", "bank_account_number", "Bank account"),
    text("Currency", "currency", "Currency of the supplier, ISO 4217"),
    text("CostCenter", "cost_center", "Default cost center"),
    number_text("Project", "project", "Default project"),
    number_text("PreDefinedAccount", "predefined_account", "Default account"),
    text("TermsOfPayment", "terms_of_payment", "Terms of payment, usually days"),
    flag("DisablePaymentFile", "disable_payment_file", "True when the supplier is left out of payment files"),
))

COST_CENTERS: Final = Table("cost_centers", "cost center", ("code",), (
    text("Code", "code", "Cost center", required=True),
    text("Description", "description", "Name of the cost center"),
    text("Note", "note", "Free note"),
    flag("Active", "active", "False when the cost center is no longer used"),
))

PROJECTS: Final = Table("projects", "project", ("project_number",), (
    text("ProjectNumber", "project_number", "Project number, free text", required=True),
    text("Description", "description", "Name of the project"),
    text("ProjectLeader", "project_leader", "Who leads the project"),
    text("Status", "status", "NOTSTARTED, ONGOING or COMPLETED"),
    date("StartDate", "start_date", "First day of the project; null when none is set"),
    date("EndDate", "end_date", "Last day of the project; null when none is set"),
))

ARTICLES: Final = Table("articles", "article", ("article_number",), (
    text("ArticleNumber", "article_number", "Article number, free text", required=True),
    text("Description", "description", "Name of the article"),
    text("Unit", "unit", "Unit it is sold in"),
    rate("SalesPrice", "sales_price", "Sales price per unit in the standard price list, SEK without VAT; null in a list that does not say"),
    rate("PurchasePrice", "purchase_price", "Purchase price per unit, SEK without VAT"),
    rate("VAT", "vat_percent", "VAT in percent; null in a list that does not say"),
    text("EAN", "ean", "EAN bar code"),
    rate("QuantityInStock", "quantity_in_stock", "Quantity in stock"),
    rate("ReservedQuantity", "reserved_quantity", "Quantity reserved by orders"),
    rate("DisposableQuantity", "disposable_quantity", "Quantity in stock and not reserved"),
    rate("StockValue", "stock_value", "Value of the stock, SEK"),
    text("StockPlace", "stock_place", "Where it is kept"),
    flag("Housework", "housework", "True when it counts as housework (ROT, RUT)"),
    flag("WebshopArticle", "webshop_article", "True when it is sold in the web shop"),
    flag(None, "active", "Which of the two lists held the article: filter=active or filter=inactive", required=True),
))

CURRENCIES: Final = Table("currencies", "currency in use", ("code",), (
    text("Code", "code", "Currency, ISO 4217", required=True),
    text("Description", "description", "Name of the currency"),
    rate("BuyRate", "buy_rate", "SEK paid per unit of the currency"),
    rate("SellRate", "sell_rate", "SEK got per unit of the currency"),
    rate("Unit", "unit", "How many units of the currency the rates are for"),
    date("Date", "rate_date", "Day the rates are of"),
    flag("IsAutomatic", "is_automatic", "True when Fortnox keeps the rates up to date"),
))

ASSETS: Final = Table("assets", "fixed asset", ("id",), (
    text("Id", "id", "Fortnox's internal id of the asset", required=True),
    text("Number", "number", "Number of the asset"),
    text("Description", "description", "What the asset is"),
    text("Type", "type", "Asset type, in words"),
    text("TypeId", "type_id", "Id of the asset type"),
    text("Status", "status", "Status, in words"),
    text("StatusId", "status_id", "Id of the status"),
    date("AcquisitionDate", "acquisition_date", "Day it was acquired"),
    money("AcquisitionValue", "acquisition_value", "Value when acquired, SEK"),
    date("DepreciatedTo", "depreciated_to", "Day up to which it is depreciated"),
    date("DepreciationFinal", "depreciation_final", "Day it will be fully depreciated"),
))

VOUCHER_FILES: Final = Table("voucher_files", "file attached to a voucher", ("voucher_year", "voucher_series", "voucher_number", "file_id"), (
    text("VoucherYear", "voucher_year", "Financial-year id of the voucher", required=True),
    text("VoucherSeries", "voucher_series", "Series of the voucher", required=True),
    whole("VoucherNumber", "voucher_number", "Number of the voucher within series and financial year", required=True),
    text("FileId", "file_id", "Id of the file in Fortnox's archive", required=True),
    text("Name", "file_name", "Name of the file"),
    text("VoucherDescription", "voucher_description", "Text of the voucher"),
))

SUPPLIER_INVOICE_FILES: Final = Table("supplier_invoice_files", "file attached to a supplier invoice", ("given_number", "file_id"), (
    text("SupplierInvoiceNumber", "given_number", "The supplier invoice", required=True),
    text("FileId", "file_id", "Id of the file in Fortnox's archive", required=True),
    text("Name", "file_name", "Name of the file"),
    text("SupplierName", "supplier_name", "Name of the supplier"),
))

def _files(name: str, grain: str) -> Table:
    """A table of the files of a place, whose folders are walked."""
    return Table(name, grain, ("id",), (
        text("Id", "id", "Fortnox's id of the file", required=True),
        text("ArchiveFileId", "archive_file_id", "Id of the file in the archive, which the bytes are asked by"),
        text("Name", "file_name", "Name of the file"),
        text("Path", "path", "Path as Fortnox states it"),
        whole("Size", "size", "Bytes"),
        text("Comments", "comments", "Free note"),
        text("FolderId", "folder_id", "Id of the folder the file was listed in", required=True),
        text("FolderName", "folder_name", "Name of that folder"),
    ))


ARCHIVE_FILES: Final = _files("archive_files", "file in the archive")
INBOX_FILES: Final = _files("inbox_files", "file in the inbox")

TABLES: Final[tuple[Table, ...]] = (
    COMPANY_INFORMATION,
    COMPANY_SETTINGS,
    LOCKED_PERIOD,
    FINANCIAL_YEARS,
    ACCOUNTS,
    ACCOUNT_CHARTS,
    PREDEFINED_ACCOUNTS,
    PREDEFINED_VOUCHER_SERIES,
    VOUCHER_SERIES,
    VOUCHERS,
    CUSTOMER_INVOICES,
    CUSTOMER_PAYMENTS,
    CUSTOMER_WRITE_OFFS,
    SUPPLIER_INVOICES,
    SUPPLIER_INVOICE_VOUCHERS,
    SUPPLIER_PAYMENTS,
    SUPPLIER_WRITE_OFFS,
    CUSTOMERS,
    SUPPLIERS,
    COST_CENTERS,
    PROJECTS,
    ARTICLES,
    CURRENCIES,
    ASSETS,
    VOUCHER_FILES,
    SUPPLIER_INVOICE_FILES,
    ARCHIVE_FILES,
    INBOX_FILES,
    *VOUCHER_DETAIL_TABLES,
    *INVOICE_ROW_TABLES,
    *BY_CHOICE_TABLES,
)
