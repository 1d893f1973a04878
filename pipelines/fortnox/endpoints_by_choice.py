"""The rows of the endpoint table that are read of companies that name them (``also``).

Nothing is reconciled from them. What is documented and left out, and why: decision 0217. What is read every night
belongs in ``endpoints.py``.
"""

from __future__ import annotations

from typing import Final

from pipelines.fortnox.endpoint import Endpoint, Shape


def _register(
    name: str, path: str, wrapper: str, scope: str, key: str, sentence: str, shape: Shape = Shape.PAGES,
    *, lastmodified: bool = False,
) -> Endpoint:  # fmt: skip
    """A listing with one table of its own name, whose rows one field tells apart, or several divided by a slash."""
    fields = tuple(key.split("/"))
    return Endpoint(
        name, path, wrapper, shape, scope, sentence, (name,), key=fields, lastmodified=lastmodified
    )


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
