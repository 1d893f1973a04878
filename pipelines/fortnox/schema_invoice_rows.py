"""The tables of what only the detail of an invoice tells: its rows, and its VAT.

Sources: reference/fortnox/fortnox_api.md section 2.5 and the OpenAPI file. The invoices themselves belong in
``schema.py``.
"""

from __future__ import annotations

from typing import Final

from pipelines.fortnox.fields import Table, flag, money, number_text, rate, text, whole

# fmt: off

LIST_FINGERPRINT: Final = text(None, "list_fingerprint", "What the invoice's list entry was when its rows were fetched (SHA-256), without what payment or sending moves", required=True)

CUSTOMER_INVOICE_DETAILS: Final = Table("customer_invoice_details", "booked customer invoice whose rows are held, as its list entry is today", ("document_number",), (
    text("DocumentNumber", "document_number", "Number of the invoice in Fortnox", required=True),
    LIST_FINGERPRINT,
    money("Net", "net", "Total before VAT and rounding, in the invoice's currency"),
    money("TotalVAT", "total_vat", "VAT, in the invoice's currency"),
    money("RoundOff", "round_off", "Rounding, in the invoice's currency"),
    flag("VATIncluded", "vat_included", "True when the prices of the rows include VAT"),
    flag("HouseWork", "house_work", "True when the invoice has work with tax reduction (ROT, RUT, green technology)"),
    money("TaxReduction", "tax_reduction", "Skatteverket's share as Fortnox states it, perhaps in whole kronor; null without one"),
    money("TotalToPay", "total_to_pay", "What the customer pays of the total, in the invoice's currency; the rest is Skatteverket's"),
))
CUSTOMER_INVOICE_ROWS: Final = Table("customer_invoice_rows", "row of a booked customer invoice, text rows too", ("document_number", "position"), (
    text(None, "document_number", "The customer invoice", required=True),
    whole(None, "position", "Order within the invoice, from 1", required=True),
    text("RowId", "row_id", "Fortnox's id of the row"),
    number_text("AccountNumber", "account_number", "Account the row is booked on; null on a text row"),
    text("ArticleNumber", "article_number", "Article"),
    text("Description", "description", "What was sold, or the text of a text row"),
    rate("DeliveredQuantity", "delivered_quantity", "Quantity"),
    text("Unit", "unit", "Unit of the quantity"),
    rate("Price", "price", "Price of one, in the invoice's currency; includes VAT when the invoice's prices do"),
    rate("PriceExcludingVAT", "price_excluding_vat", "Price of one without VAT, in the invoice's currency"),
    rate("Discount", "discount", "Discount, as discount_type says"),
    text("DiscountType", "discount_type", "AMOUNT or PERCENT"),
    money("Total", "total", "Total of the row after discount, in the invoice's currency; includes VAT when the invoice's prices do"),
    rate("TotalExcludingVAT", "total_excluding_vat", "Total of the row without VAT, in the invoice's currency"),
    rate("VAT", "vat_percent", "VAT in percent"),
    text("VATCode", "vat_code", "VAT code"),
    text("CostCenter", "cost_center", "Cost center"),
    number_text("Project", "project", "Project"),
    rate("Cost", "cost", "Cost of one, SEK"),
    rate("ContributionPercent", "contribution_percent", "Contribution margin in percent"),
    rate("ContributionValue", "contribution_value", "Contribution margin"),
    flag("HouseWork", "house_work", "True when the row is house work with tax reduction"),
    rate("HouseWorkHoursToReport", "house_work_hours", "Hours of house work"),
    text("HouseWorkType", "house_work_type", "Kind of house work"),
    text("StockPointCode", "stock_point_code", "Stock point"),
))

SUPPLIER_INVOICE_DETAILS: Final = Table("supplier_invoice_details", "booked supplier invoice whose rows are held, as its list entry is today", ("given_number",), (
    text("GivenNumber", "given_number", "Number of the invoice in Fortnox", required=True),
    LIST_FINGERPRINT,
    money("VAT", "vat", "VAT as entered, in the invoice's currency"),
    money("RoundOffValue", "round_off", "Rounding, in the invoice's currency"),
    text("VATType", "vat_type", "NORMAL, EUINTERNAL or REVERSE"),
))
SUPPLIER_INVOICE_ROWS: Final = Table("supplier_invoice_rows", "row of a booked supplier invoice: a line of its posting, the payable and the VAT too", ("given_number", "position"), (
    text(None, "given_number", "The supplier invoice", required=True),
    whole(None, "position", "Order within the invoice, from 1", required=True),
    number_text("Account", "account", "Account the row is booked on"),
    text("AccountDescription", "account_description", "Name of the account"),
    text("Code", "code", "What the row is: TOT the payable, VAT the input VAT, ROV rounding, PRE an account the user chose"),
    text("ArticleNumber", "article_number", "Article"),
    text("ItemDescription", "item_description", "Name of the article"),
    rate("Quantity", "quantity", "Quantity"),
    text("Unit", "unit", "Unit of the quantity"),
    rate("Price", "price", "Price of one"),
    money("Debit", "debit", "Debit, SEK"),
    money("Credit", "credit", "Credit, SEK"),
    money("DebitCurrency", "debit_currency", "Debit in the invoice's currency"),
    money("CreditCurrency", "credit_currency", "Credit in the invoice's currency"),
    money("Total", "total", "Total of the row as Fortnox gives it"),
    text("CostCenter", "cost_center", "Cost center"),
    number_text("Project", "project", "Project"),
    text("TransactionInformation", "transaction_information", "Free text on the row"),
    text("StockPointCode", "stock_point_code", "Stock point"),
    text("StockLocationCode", "stock_location_code", "Stock location"),
))

# fmt: on

INVOICE_ROW_TABLES: Final = (
    CUSTOMER_INVOICE_DETAILS,
    CUSTOMER_INVOICE_ROWS,
    SUPPLIER_INVOICE_DETAILS,
    SUPPLIER_INVOICE_ROWS,
)
