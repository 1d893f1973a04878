"""Surfaces nothing is booked from: offers, terms, units, and the lists this company does not use.

What does not belong here: documents of the subledgers and registers the books refer to.
"""

from __future__ import annotations

from datetime import timedelta

from fortnox_emulator.model import Party, Side
from fortnox_emulator.resources import Context, Resource
from fortnox_emulator.selections import parties_of
from fortnox_emulator.views import settings
from fortnox_emulator.views.shapes import JsonObject, amount, iso, url

_CODES = {
    "termsofpayments": ("settings", "TermsOfPayments", (("10", "10 dagar"), ("30", "30 dagar"))),
    "units": ("settings", "Units", (("st", "styck"), ("tim", "timmar"), ("förp", "förpackning"))),
    "modesofpayments": ("settings", "ModesOfPayments", (("BG", "Bankgiro"), ("PG", "Plusgiro"))),
    "pricelists": ("price", "PriceLists", (("A", "Prislista A"), ("B", "Prislista B"))),
    "termsofdeliveries": ("settings", "TermsOfDeliveries", (("FVL", "Fritt vårt lager"),)),
}
#: §2.9: one whole answer without MetaInformation.
_WITHOUT_META = frozenset({"termsofdeliveries", "labels", "printtemplates"})
_NEVER_USED = {
    "orders": ("order", "Orders"),
    "contracts": ("invoice", "Contracts"),
    "contracttemplates": ("invoice", "ContractTemplates"),
    "contractaccruals": ("invoice", "ContractAccruals"),
    "invoiceaccruals": ("invoice", "InvoiceAccruals"),
    "supplierinvoiceaccruals": ("supplierinvoice", "SupplierInvoiceAccruals"),
    "wayofdeliveries": ("settings", "WayOfDeliveries"),
    "labels": ("settings", "Labels"),
    "printtemplates": ("print", "PrintTemplates"),
    "articlefileconnections": ("connectfile", "ArticleFileConnections"),
    "articleurlconnections": ("article", "ArticleUrlConnections"),
    "assetfileconnections": ("connectfile", "AssetFileConnections"),
    "assets": ("assets", "Assets"),
    "assets/types": ("assets", "Types"),
    "taxreductions": ("invoice", "TaxReductions"),
}


def _empty(name: str) -> Resource:
    """A surface this company does not use: an empty list."""
    scope, wrapper = _NEVER_USED[name]
    return Resource(
        name,
        scope,
        wrapper,
        lambda _c, _q: [],
        lambda _c, record: {"@url": str(record)},
        has_meta=name not in _WITHOUT_META,
    )


def _code_list(name: str) -> Resource:
    scope, wrapper, pairs = _CODES[name]
    return Resource(
        name,
        scope,
        wrapper,
        lambda _c, _q: pairs,
        lambda _c, pair: settings.code_item(name, *pair),
        paged=False,
        has_meta=name not in _WITHOUT_META,
    )


def _offer(context: Context, numbered: tuple[int, Party]) -> JsonObject:
    """One offer to a customer, a week apart, 1250.50 more each time."""
    number, party = numbered
    return {
        "@url": url("offers", number),
        "Cancelled": number % 5 == 0,
        "Currency": "SEK",
        "CustomerName": party.name,
        "CustomerNumber": party.number,
        "DocumentNumber": str(number),
        "OfferDate": iso(context.books.today - timedelta(weeks=number)),
        "Project": "",
        "Sent": True,
        "Total": amount(number * 125_050),
    }


_OFFERS = Resource(
    "offers",
    "offer",
    "Offers",
    lambda c, q: list(enumerate(parties_of(Side.CUSTOMER)(c, q)[:7], start=1)),
    _offer,
)

SMALL_SURFACES = (_OFFERS, *map(_code_list, _CODES), *map(_empty, _NEVER_USED))
