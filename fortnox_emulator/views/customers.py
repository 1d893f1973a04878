"""Customers, their invoices and their payments.

What does not belong here: suppliers, whose endpoints disagree with these on nearly every type.
"""

from __future__ import annotations

from fortnox_emulator.books import Books
from fortnox_emulator.model import Document, Line, Party, Payment
from fortnox_emulator.views.shapes import JsonObject, amount, iso, rate_text, url, voucher_fields, words

_CUSTOMER_BLANKS = words(
    """Email EmailInvoice EmailInvoiceBCC EmailInvoiceCC EmailOffer EmailOfferBCC EmailOfferCC EmailOrder
    EmailOrderBCC EmailOrderCC InvoiceRemark OurReference Project TermsOfDelivery VATNumber
    WayOfDelivery WWW YourReference"""
)
_CUSTOMER_NULLS = words(
    """Address2 Comments CostCenter DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry
    DeliveryCountryCode DeliveryFax DeliveryName DeliveryPhone1 DeliveryPhone2 DeliveryZipCode
    ExternalReference Fax GLN GLNDelivery InvoiceAdministrationFee InvoiceDiscount InvoiceFreight Phone1
    Phone2 SalesAccount VisitingAddress VisitingCity VisitingCountry VisitingCountryCode VisitingZipCode"""
)
_INVOICE_BLANKS = words(
    """Address2 Comments DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry DeliveryName
    DeliveryZipCode ExternalInvoiceReference1 ExternalInvoiceReference2 InvoicePeriodEnd
    InvoicePeriodStart OurReference PaymentWay Phone1 Phone2 Remarks TermsOfDelivery WayOfDelivery
    YourOrderNumber YourReference"""
)
_INVOICE_ZEROS = words(
    """AdministrationFee AdministrationFeeVAT BasisTaxReduction ContributionPercent ContributionValue
    Freight FreightVAT Reminders TimeBasisReference"""
)


def customer_item(party: Party) -> JsonObject:
    """Ten fields, no Active; unset is ""."""
    return {
        "@url": url("customers", party.number),
        "Address1": party.address,
        "Address2": "",
        "City": party.city,
        "CustomerNumber": party.number,
        "Email": "",
        "Name": party.name,
        "OrganisationNumber": party.corporate_id,
        "Phone": "",
        "ZipCode": party.zip_code,
    }


def customer_detail(party: Party) -> JsonObject:
    """Sixty-four fields; unset is null, or "" where the recording has it."""
    swedish = party.country == "SE"
    vat_type = "SEVAT" if swedish else ("EXPORT" if party.country == "US" else "EUREVERSEDVAT")
    templates = dict.fromkeys(("Order", "Offer", "Invoice", "CashInvoice"), "DEFAULTTEMPLATE")
    return (
        {"@url": url("customers", party.number), "Address1": party.address, "City": party.city}
        | dict.fromkeys(_CUSTOMER_NULLS)
        | dict.fromkeys(_CUSTOMER_BLANKS, "")
        | {
            "Country": "Sverige" if swedish else party.country,
            "CountryCode": party.country,
            "Currency": party.currency,
            "Active": party.active,
            "CustomerNumber": party.number,
            "DefaultDeliveryTypes": {"Invoice": "PRINT", "Order": "PRINT", "Offer": "PRINT"},
            "DefaultTemplates": templates,
            "Name": party.name,
            "OrganisationNumber": party.corporate_id,
            "PriceList": "A",
            "ShowPriceVATIncluded": False,
            "TermsOfPayment": str(party.terms),
            "Type": "PRIVATE" if party.private else "COMPANY",
            "VATType": vat_type,
            "ZipCode": party.zip_code,
        }
    )


def invoice_item(books: Books, document: Document, party: Party) -> JsonObject:
    """The 27 fields of the list, CurrencyRate as text."""
    return (
        {
            "@url": url("invoices", document.number),
            "Balance": amount(books.balance(document)),
            "Booked": document.booked,
            "Cancelled": document.cancelled,
            "CostCenter": document.cost_center,
            "Currency": document.currency,
            "CurrencyRate": rate_text(document.rate),
            "CurrencyUnit": document.unit,
            "CustomerName": party.name,
            "CustomerNumber": document.party,
            "DocumentNumber": document.number,
            "DueDate": iso(document.due),
            "ExternalInvoiceReference1": "",
            "ExternalInvoiceReference2": "",
            "InvoiceDate": iso(document.day),
            "InvoiceType": "INVOICE",
            "NoxFinans": False,
            "OCR": document.ocr,
        }
        | voucher_fields(document.voucher)
        | {
            "WayOfDelivery": "",
            "TermsOfPayment": str(party.terms),
            "Project": document.project,
            "Sent": document.sent,
            "Total": amount(document.total),
            "FinalPayDate": iso(books.final_pay_day(document)),
        }
    )


def invoice_detail(books: Books, document: Document, party: Party) -> JsonObject:
    """The detail: CurrencyRate a number, Credit a word, unset references "0"."""
    reductions = f"{url('taxreductions')}?filter=invoices&referencenumber={document.number}"
    rows = [_invoice_row(document, position, line) for position, line in enumerate(document.lines)]
    return (
        {"@url": url("invoices", document.number), "@urlTaxReductionList": reductions}
        | invoice_item(books, document, party)
        | dict.fromkeys(_INVOICE_BLANKS, "")
        | dict.fromkeys(_INVOICE_ZEROS, 0)
        | dict.fromkeys(_INVOICE_REFERENCES, "0")
        | _INVOICE_SETTINGS
        | _invoice_amounts(document)
        | _invoice_party(party)
        | _house_work(document)
        | {
            "AccountingMethod": "CASH" if books.is_cash(document.day) else "ACCRUAL",
            "Credit": "true" if document.credit else "false",
            "CreditInvoiceReference": (document.credits or document.credited_by) or "0",
            "DeliveryDate": None,
            "EDIInformation": dict.fromkeys(_EDI) | {"EDIStatus": ""},
            "EmailInformation": dict.fromkeys(_EMAIL) | {"EmailAddressTo": "", "EmailBody": " "},
            "InvoiceRows": rows,
            "Labels": [],
            "LastRemindDate": None,
            "OutboundDate": iso(document.day),
        }
    )


def _invoice_amounts(document: Document) -> JsonObject:
    net = amount(sum(line.net for line in document.lines))
    return {
        "CurrencyRate": document.rate,
        "Gross": net,
        "Net": net,
        "RoundOff": amount(document.round_off),
        "TotalToPay": amount(document.total - document.tax_reduction),
        "TotalVAT": amount(document.vat),
    }


def _house_work(document: Document) -> JsonObject:
    """The tax reduction is in whole kronor."""
    reduced = document.tax_reduction > 0
    return {
        "HouseWork": reduced,
        "TaxReduction": document.tax_reduction // 100 if reduced else None,
        "TaxReductionType": "rot" if reduced else "none",
    }


def _invoice_party(party: Party) -> JsonObject:
    return {
        "Address1": party.address,
        "City": party.city,
        "Country": "Sverige" if party.country == "SE" else party.country,
        "EUQuarterlyReport": party.country not in {"SE", "US"},
        "OrganisationNumber": party.corporate_id,
        "ZipCode": party.zip_code,
    }


_INVOICE_REFERENCES = words(
    "ContractReference InvoiceReference OfferReference OrderReference InvoicePeriodReference"
)
_INVOICE_SETTINGS: JsonObject = {
    "Language": "SV",
    "NotCompleted": False,
    "PriceList": "A",
    "PrintTemplate": "st",
    "VATIncluded": False,
    "WarehouseReady": True,
}
_EDI = words(
    """EDIGlobalLocationNumber EDIGlobalLocationNumberDelivery EDIInvoiceExtra1 EDIInvoiceExtra2
    EDIOurElectronicReference EDIYourElectronicReference"""
)
_EMAIL = words("EmailAddressFrom EmailAddressCC EmailAddressBCC EmailSubject")


def _invoice_row(document: Document, position: int, line: Line) -> JsonObject:
    """VAT is a percentage, DeliveredQuantity text; the price is what one of the quantity costs, two decimals."""
    price = amount(line.net) / line.quantity
    return {
        "AccountNumber": line.account,
        "ArticleNumber": line.article,
        "ContributionPercent": "0",
        "ContributionValue": "0",
        "Cost": 0,
        "CostCenter": document.cost_center,
        "DeliveredQuantity": str(line.quantity),
        "Description": line.text,
        "Discount": 0,
        "DiscountType": "PERCENT",
        "HouseWork": False,
        "HouseWorkHoursToReport": None,
        "HouseWorkType": None,
        "Price": round(price, 2),
        "PriceExcludingVAT": round(price, 2),
        "Project": document.project,
        "RowId": position + 1,
        "StockPointCode": None,
        "Total": amount(line.net),
        "TotalExcludingVAT": amount(line.net),
        "Unit": "st",
        "VAT": line.vat_percent,
        "VATCode": None,
    }


def payment_item(payment: Payment, resource: str = "invoicepayments") -> JsonObject:
    """Number a number, InvoiceNumber text: the reverse of what the specification says. Alike on both sides."""
    return {
        "@url": url(resource, payment.number),
        "Amount": amount(payment.amount),
        "Booked": payment.booked,
        "Currency": payment.currency,
        "CurrencyRate": payment.rate,
        "CurrencyUnit": payment.unit,
        "InvoiceNumber": payment.document,
        "Number": payment.number,
        "PaymentDate": iso(payment.day),
        "Source": payment.source,
        "WriteOffExist": bool(payment.write_offs),
    }


def payment_detail(payment: Payment, document: Document | None, party: Party | None) -> JsonObject:
    item = {key: value for key, value in payment_item(payment).items() if key != "WriteOffExist"}
    return (
        item
        | {
            "AmountCurrency": amount(payment.currency_amount),
            "ExternalInvoiceReference1": "",
            "ExternalInvoiceReference2": "",
            "InvoiceCustomerName": party.name if party else "",
            "InvoiceCustomerNumber": party.number if party else "",
            "InvoiceDueDate": iso(document.due) if document else None,
            "InvoiceOCR": document.ocr if document else "",
            "InvoiceTotal": amount(document.total if document else 0),
            "ModeOfPayment": payment.mode,
            "ModeOfPaymentAccount": payment.mode_account,
        }
        | voucher_fields(payment.voucher)
        | {"WriteOffs": write_offs(payment)}
    )


def write_offs(payment: Payment) -> list[JsonObject]:
    return [
        {
            "AccountNumber": str(item.account),
            "Amount": amount(item.amount),
            "CostCenter": "",
            "Currency": payment.currency,
            "Description": item.text,
            "Project": "",
            "TransactionInformation": "",
        }
        for item in payment.write_offs
    ]
