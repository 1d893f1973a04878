"""The rows of the endpoint table that are asked for record by record: within a night's budget, or on demand.

Every request brings one record or file. What is listed every night belongs in ``endpoints.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pipelines.fortnox.endpoint import Endpoint, Shape

#: One request per record, as many a night as the company says (decisions 0216 and 0218).
WITHIN_BUDGET: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        "voucher_details",
        "vouchers",
        "",
        Shape.DETAIL,
        "bookkeeping",
        "The vouchers on which the voucher list and the SIE file differ, as Fortnox gives each of them by itself.",
        ("voucher_details", "voucher_detail_rows"),
        key=("VoucherSeries", "VoucherNumber"),
        detail="{Code}/{Number}",
        detail_wrapper="Voucher",
        per_year=True,
    ),
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

#: Vouchers a night, unless the company says otherwise.
VOUCHER_DETAILS_PER_NIGHT: Final = 25


@dataclass(frozen=True)
class Budget:
    """How many records may be asked for one by one in a night.

    Booked invoices for their rows, customers' and suppliers' together, and vouchers on which the voucher list and the
    SIE file differ. Of 0 nothing is read and nothing said.
    """

    invoices: int = 0
    vouchers: int = 0


NOTHING_SINGLY: Final = Budget()
USUAL_BUDGET: Final = Budget(vouchers=VOUCHER_DETAILS_PER_NIGHT)

#: Asked for only when somebody wants to see one record or file (``tieout fetch``).
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
        "The SIE file of a financial year in type 1 (balances), 2 (with periods), 3 (with objects) or 4 (with "
        "vouchers).",
        (),
        detail="{Type}",
        per_year=True,
    ),
)
