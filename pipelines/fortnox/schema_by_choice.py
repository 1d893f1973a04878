"""The raw tables of the surfaces a company can choose beside those of every night.

Fields are those of lists in the official description and of recorded answers (reference/fortnox/endpoint_fields.json,
openapi-2026-04.json); one that only some companies' lists carry is marked as the detail's, so that its absence is
nothing to report. Which surfaces there are belongs in ``endpoints.py``, those of every night in ``schema.py``.
"""

# One field per line reads better than the formatter's layout.
# fmt: off
from __future__ import annotations

from typing import Final

from pipelines.fortnox.fields import Field, Table, date, flag, money, number_text, text, whole

_CUSTOMER: Final = (
    text("CustomerNumber", "customer_number", "The customer"),
    text("CustomerName", "customer_name", "Name of the customer"),
)
_DOCUMENT: Final = (
    text("DocumentNumber", "document_number", "Number of the document", required=True),
    *_CUSTOMER,
    text("Currency", "currency", "Currency of the amounts, ISO 4217"),
    money("Total", "total", "Total with VAT, in the document's currency"),
)
_SENT: Final = (
    flag("Cancelled", "cancelled", "True when the document is cancelled"),
    flag("Sent", "sent", "True when the document was sent or printed"),
    number_text("Project", "project", "Project of the document"),
)
_CODE: Final = (
    text("Code", "code", "The code", required=True),
    text("Description", "description", "What the code stands for"),
)
_ENGLISH: Final = text("DescriptionEnglish", "description_english", "What the code stands for, in English", detail=True)


def _accrual(number: str, column: str, whose: str, account: Field) -> tuple[Field, ...]:
    """The fields every kind of accrual has."""
    return (
        text(number, column, whose, required=True),
        text("Description", "description", "What is spread"),
        text("Period", "period", "How long one part is: MONTHLY, QUARTERLY, …"),
        whole("Times", "times", "Over how many parts it is spread"),
        money("Total", "total", "What is spread, SEK"),
        flag("VATIncluded", "vat_included", "True when the amounts are with VAT", detail=True),
        account,
        text("AccrualAccount", "accrual_account", "Account that holds what is yet to come"),
        date("StartDate", "start_date", "First day it is spread over", detail=True),
        date("EndDate", "end_date", "Last day it is spread over", detail=True),
    )


_COST: Final = text("CostAccount", "cost_account", "Account the parts are booked on")
_REVENUE: Final = text("RevenueAccount", "revenue_account", "Account the parts are booked on")

BY_CHOICE_TABLES: Final[tuple[Table, ...]] = (
    Table("offers", "offer", ("document_number",), (
        *_DOCUMENT,
        *_SENT,
        date("OfferDate", "offer_date", "Date of the offer"),
    )),
    Table("orders", "order", ("document_number",), (
        *_DOCUMENT,
        *_SENT,
        date("OrderDate", "order_date", "Date of the order"),
        date("DeliveryDate", "delivery_date", "Day of delivery; null when none is set"),
        text("OrderType", "order_type", "Kind of order", detail=True),
        text("ExternalInvoiceReference1", "external_invoice_reference1", "First reference of another system"),
        text("ExternalInvoiceReference2", "external_invoice_reference2", "Second reference of another system"),
    )),
    Table("contracts", "contract", ("document_number",), (
        *_DOCUMENT,
        text("Status", "status", "ACTIVE, INACTIVE or FINISHED"),
        flag("Continuous", "continuous", "True when the contract has no end"),
        whole("ContractLength", "contract_length", "Months the contract runs"),
        whole("Invoiceinterval", "invoice_interval", "Months between two invoices"),
        whole("InvoicesRemaining", "invoices_remaining", "Invoices still to be made"),
        date("LastInvoiceDate", "last_invoice_date", "Day of the last invoice"),
        date("PeriodStart", "period_start", "First day of the period to be invoiced"),
        date("PeriodEnd", "period_end", "Last day of the period to be invoiced"),
        text("TemplateNumber", "template_number", "Template the contract is made from"),
    )),
    Table("contract_templates", "template of contracts", ("template_number",), (
        text("TemplateNumber", "template_number", "Number of the template", required=True),
        text("TemplateName", "template_name", "Name of the template"),
        flag("Continuous", "continuous", "True when the contract has no end", detail=True),
        whole("ContractLength", "contract_length", "Months the contract runs"),
        whole("InvoiceInterval", "invoice_interval", "Months between two invoices"),
    )),
    Table("contract_accruals", "contract that is spread over months", ("document_number",),
        _accrual("DocumentNumber", "document_number", "The contract", _COST)),
    Table("customer_invoice_accruals", "customer invoice that is spread over months", ("invoice_number",),
        _accrual("InvoiceNumber", "invoice_number", "The customer invoice", _REVENUE)),
    Table("supplier_invoice_accruals", "supplier invoice that is spread over months", ("given_number",),
        _accrual("SupplierInvoiceNumber", "given_number", "The supplier invoice", _COST)),
    Table("terms_of_payment", "terms of payment", ("code",), _CODE),
    Table("terms_of_delivery", "terms of delivery", ("code",), (*_CODE, _ENGLISH)),
    Table("ways_of_delivery", "way of delivery", ("code",), (*_CODE, _ENGLISH)),
    Table("modes_of_payment", "mode of payment", ("code",), (
        *_CODE,
        text("AccountNumber", "account_number", "Account the payments are booked on"),
    )),
    Table("units", "unit", ("code",), (
        *_CODE,
        text("CodeEnglish", "code_english", "The code in English"),
    )),
    Table("labels", "label", ("id",), (
        text("Id", "id", "Fortnox's id of the label", required=True),
        text("Description", "description", "The label"),
    )),
    Table("price_lists", "price list", ("code",), (
        *_CODE,
        text("Comments", "comments", "Free note"),
        flag("PreSelected", "preselected", "True for the list used where none is chosen"),
    )),
    Table("print_templates", "form", ("template",), (
        text("Template", "template", "Code of the form", required=True),
        text("Name", "name", "Name of the form"),
    )),
    Table("article_files", "file attached to an article", ("article_number", "file_id"), (
        text("ArticleNumber", "article_number", "The article", required=True),
        text("FileId", "file_id", "Id of the file in Fortnox's archive", required=True),
    )),
    Table("article_addresses", "web address of an article", ("id",), (
        text("Id", "id", "Fortnox's id of the connection", required=True),
        text("ArticleNumber", "article_number", "The article"),
        text("URLConnection", "address", "The web address"),
    )),
    Table("asset_files", "file attached to a fixed asset", ("asset_id", "file_id"), (
        text("AssetId", "asset_id", "Fortnox's id of the asset", required=True),
        text("FileId", "file_id", "Id of the file in Fortnox's archive", required=True),
        text("Name", "file_name", "Name of the file", detail=True),
    )),
    Table("asset_types", "kind of fixed asset", ("id",), (
        text("Id", "id", "Fortnox's internal id of the kind", required=True),
        text("Number", "number", "Number of the kind"),
        text("Description", "description", "What the kind is"),
        text("Type", "type", "Fortnox's class of the kind"),
        flag("InUse", "in_use", "True when assets are of the kind"),
        text("Notes", "notes", "Free note"),
        number_text("AccountAsset", "asset_account", "Account of the asset"),
        number_text("AccountDepreciation", "depreciation_account", "Account of what it has been depreciated by"),
        number_text("AccountValueLoss", "value_loss_account", "Account of the depreciation of the year"),
        number_text("AccountWriteDown", "write_down_account", "Account of write-downs"),
        number_text("AccountWriteDownAck", "write_down_total_account", "Account of what it has been written down by"),
        number_text("AccountRevaluation", "revaluation_account", "Account of revaluations"),
        number_text("AccountSaleWin", "sale_gain_account", "Account of gains when it is sold"),
        number_text("AccountSaleLoss", "sale_loss_account", "Account of losses when it is sold"),
        number_text("AccountOffsetSale", "sale_account", "Account of the price it is sold for", detail=True),
    ), nested=frozenset({
        "AccountAssetId", "AccountDepreciationId", "AccountValueLossId", "AccountWriteDownId", "AccountWriteDownAckId",
        "AccountRevaluationId", "AccountSaleWinId", "AccountSaleLossId", "AccountOffsetSaleId",
    })),
)
