"""Surfaces of both subledgers: invoices, payments, customers, suppliers.

What does not belong here: the ledger and the small registers.
"""

from __future__ import annotations

from fortnox_emulator.model import Side
from fortnox_emulator.resources import Resource
from fortnox_emulator.selections import (
    DOCUMENT_DATES,
    DOCUMENT_FILTERS,
    NEVER,
    as_stated,
    document_of,
    documents_of,
    parties_of,
    party_named,
    payments_of,
)
from fortnox_emulator.views import customers, suppliers

DOCUMENT_SURFACES = (
    Resource(
        "invoices",
        "invoice",
        "Invoices",
        documents_of(Side.CUSTOMER),
        lambda c, doc: customers.invoice_item(
            c.books, as_stated(c, doc), party_named(c, doc.side, doc.party)
        ),
        "Invoice",
        lambda c, doc: customers.invoice_detail(
            c.books, as_stated(c, doc), party_named(c, doc.side, doc.party)
        ),
        key=lambda doc: str(doc.number),
        not_found=(2000434, "Kan inte hitta fakturan."),
        filters=DOCUMENT_FILTERS,
        search={
            "customernumber": lambda _c, doc: doc.party,
            "customername": lambda c, doc: party_named(c, doc.side, doc.party).name,
            "documentnumber": lambda _c, doc: doc.number,
            "ocr": lambda _c, doc: doc.ocr,
            "costcenter": lambda _c, doc: doc.cost_center,
            "project": lambda _c, doc: doc.project,
            "currency": lambda _c, doc: doc.currency,
            "credit": lambda _c, doc: "true" if doc.credit else "false",
        },
        dates=DOCUMENT_DATES,
        modified=lambda doc: doc.modified,
        sorts={
            "documentnumber": lambda _c, doc: int(doc.number),
            "customernumber": lambda _c, doc: doc.party,
            "customername": lambda c, doc: party_named(c, doc.side, doc.party).name,
            "invoicedate": lambda _c, doc: doc.day,
            "ocr": lambda _c, doc: doc.ocr,
            "total": lambda _c, doc: doc.total,
        },
    ),
    Resource(
        "invoicepayments",
        "payment",
        "InvoicePayments",
        payments_of(Side.CUSTOMER),
        lambda _c, pay: customers.payment_item(pay),
        "InvoicePayment",
        lambda c, pay: customers.payment_detail(pay, *document_of(c, pay)),
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
        documents_of(Side.SUPPLIER),
        lambda c, doc: suppliers.supplier_invoice_item(
            c.books, as_stated(c, doc), party_named(c, doc.side, doc.party)
        ),
        "SupplierInvoice",
        lambda c, doc: suppliers.supplier_invoice_detail(
            c.books, as_stated(c, doc), party_named(c, doc.side, doc.party)
        ),
        key=lambda doc: str(doc.number),
        not_found=(2000588, "Kan inte hitta leverantörsfakturan."),
        filters=DOCUMENT_FILTERS | {"pendingpayment": NEVER, "authorizepending": NEVER},
        search={
            "suppliernumber": lambda _c, doc: doc.party,
            "suppliername": lambda c, doc: party_named(c, doc.side, doc.party).name,
            "invoicenumber": lambda _c, doc: doc.reference,
            "ocr": lambda _c, doc: doc.ocr,
            "costcenter": lambda _c, doc: doc.cost_center,
            "project": lambda _c, doc: doc.project,
        },
        dates=DOCUMENT_DATES,
        modified=lambda doc: doc.modified,
    ),
    Resource(
        "supplierinvoicepayments",
        "payment",
        "SupplierInvoicePayments",
        payments_of(Side.SUPPLIER),
        lambda _c, pay: suppliers.supplier_payment_item(pay),
        "SupplierInvoicePayment",
        lambda c, pay: suppliers.supplier_payment_detail(pay, *document_of(c, pay)),
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
        parties_of(Side.CUSTOMER),
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
        parties_of(Side.SUPPLIER),
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
)
