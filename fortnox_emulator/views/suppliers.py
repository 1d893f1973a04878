"""Suppliers, their invoices and their payments: amounts as text, Cancel in the list and Cancelled in the detail.

What does not belong here: customers.
"""

from __future__ import annotations

from fortnox_emulator.books import Books
from fortnox_emulator.model import Document, FileConnection, Party, Payment, Row
from fortnox_emulator.posting import supplier_rows
from fortnox_emulator.views.customers import payment_item, write_offs
from fortnox_emulator.views.shapes import (
    JsonObject,
    amount,
    amount_text,
    iso,
    rate_text,
    url,
    voucher_fields,
    words,
)

_SUPPLIER_BLANKS = words(
    """Bank BranchCode ClearingNumber Comments Fax OurCustomerNumber OurReference Phone1 Phone2 VATNumber
    VisitingAddress VisitingCity VisitingCountry VisitingCountryCode VisitingZipCode WWW WorkPlace
    YourReference"""
)


def supplier_item(party: Party) -> JsonObject:
    foreign = party.country != "SE"
    return {
        "@url": url("suppliers", party.number),
        "Active": party.active,
        "Address1": party.address,
        "Address2": "",
        "BG": party.giro,
        "BIC": f"BANK{party.country}22" if foreign else "",
        "BankAccountNumber": "",
        "City": party.city,
        "CostCenter": "",
        "CountryCode": party.country,
        "Currency": party.currency,
        "DisablePaymentFile": False,
        "Email": "",
        "IBAN": f"{party.country}8937040044053201{int(party.number):04d}" if foreign else "",
        "Name": party.name,
        "OrganisationNumber": party.corporate_id,
        "PG": "",
        "Phone": "",
        "PreDefinedAccount": str(party.cost_account),
        "Project": "",
        "SupplierNumber": party.number,
        "TermsOfPayment": str(party.terms),
        "ZipCode": party.zip_code,
    }


def supplier_detail(party: Party) -> JsonObject:
    item = {key: value for key, value in supplier_item(party).items() if key != "Phone"}
    country = {"Country": "Sverige" if party.country == "SE" else party.country}
    vat_type = {"VATType": "NORMAL" if party.country == "SE" else "EUINTERNAL"}
    return item | dict.fromkeys(_SUPPLIER_BLANKS, "") | country | vat_type


def supplier_invoice_item(books: Books, document: Document, party: Party) -> JsonObject:
    """The 22 fields of the list: SEK amounts as text, Cancel, and the booking voucher in Vouchers[]."""
    return {
        "@url": url("supplierinvoices", document.number),
        "AuthorizerName": "",
        "Balance": amount_text(books.balance(document)),
        "Booked": document.booked,
        "Cancel": document.cancelled,
        "CostCenter": document.cost_center,
        "Credit": document.credit,
        "Currency": document.currency,
        "CurrencyRate": rate_text(document.rate),
        "CurrencyUnit": document.unit,
        "DueDate": iso(document.due),
        "ExternalInvoiceNumber": "",
        "ExternalInvoiceSeries": "",
        "FinalPayDate": iso(books.final_pay_day(document)),
        "GivenNumber": document.number,
        "InvoiceDate": iso(document.day),
        "InvoiceNumber": document.reference,
        "Project": document.project,
        "SupplierName": party.name,
        "SupplierNumber": document.party,
        "Total": amount_text(document.total),
        "Vouchers": _vouchers(document),
    }


def _vouchers(document: Document) -> list[JsonObject]:
    if document.voucher is None:
        return []
    key = document.voucher
    return [
        {"Number": key.number, "ReferenceType": "SUPPLIERINVOICE", "Series": key.series, "Year": key.year_id}
    ]


def supplier_invoice_detail(books: Books, document: Document, party: Party) -> JsonObject:
    """Vouchers[] names the voucher; VoucherNumber and its kin stay null outside the answer to ``bookkeep``."""
    item = supplier_invoice_item(books, document, party)
    for name in ("AuthorizerName", "Cancel"):
        del item[name]
    return (
        item
        | {
            "AccountingMethod": "CASH" if books.is_cash(document.day) else "ACCRUAL",
            "AdministrationFee": "0",
            "Cancelled": document.cancelled,
            "Comments": "",
            "CreditReference": int(document.credits or document.credited_by or 0),
            "DisablePaymentFile": False,
            "Freight": "0",
            "OCR": document.ocr,
            "OurReference": "",
            "PaymentPending": False,
            "RoundOffValue": amount_text(document.round_off),
            "SalesType": "STOCK",
            "SupplierInvoiceRows": [
                _row(books, document, row) for row in supplier_rows(books, document) if row.amount
            ],
            "VAT": amount_text(document.vat),
            "VATType": "EUINTERNAL" if document.reverse_charge else "NORMAL",
            "YourReference": "",
        }
        | voucher_fields(None)
    )


def _row(books: Books, document: Document, row: Row) -> JsonObject:
    """The rows are the posting: TOT is the payable, VAT the input VAT, PRE an account the user chose."""
    scheme = books.profile.scheme
    code = {books.control_of(document): "TOT", scheme.input_vat: "VAT", scheme.rounding: "ROV"}.get(
        row.account, "PRE"
    )
    in_currency = amount(row.amount) * document.unit / document.rate
    account = books.profile.accounts.get(row.account)
    return {
        "Account": row.account,
        "AccountDescription": account.name if account else "",
        "ArticleNumber": "",
        "Code": code,
        "CostCenter": row.cost_center,
        "Credit": amount(max(-row.amount, 0)),
        "CreditCurrency": round(max(-in_currency, amount(0)), 2),
        "Debit": amount(max(row.amount, 0)),
        "DebitCurrency": round(max(in_currency, amount(0)), 2),
        "ItemDescription": "",
        "Price": 0,
        "Project": row.project,
        "Quantity": 0,
        "StockLocationCode": "",
        "StockPointCode": "",
        "Total": amount(row.amount),
        "TransactionInformation": row.text,
        "Unit": "",
    }


def supplier_payment_item(payment: Payment) -> JsonObject:
    return payment_item(payment, "supplierinvoicepayments")


def supplier_payment_detail(payment: Payment, document: Document | None, party: Party | None) -> JsonObject:
    item = {key: value for key, value in supplier_payment_item(payment).items() if key != "WriteOffExist"}
    return (
        item
        | {
            "AmountCurrency": amount(payment.currency_amount),
            "Information": "",
            "InvoiceDueDate": iso(document.due) if document else None,
            "InvoiceOCR": document.ocr if document else "",
            "InvoiceSupplierName": party.name if party else "",
            "InvoiceSupplierNumber": party.number if party else "",
            "InvoiceTotal": amount_text(document.total if document else 0),
            "ModeOfPayment": payment.mode,
        }
        | voucher_fields(payment.voucher)
        | {"WriteOffs": write_offs(payment)}
    )


def supplier_invoice_file(file: FileConnection, party: Party | None) -> JsonObject:
    return {
        "@url": url("supplierinvoicefileconnections", file.file_id),
        "FileId": file.file_id,
        "Name": file.name,
        "SupplierInvoiceNumber": file.document,
        "SupplierName": party.name if party else "",
    }
