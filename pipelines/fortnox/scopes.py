"""What to ask a company's consent for, and which of its licences each scope rests on.

Fortnox has no read-only scope: every one of these lets its holder write too, so reading only is this client's own doing
(``endpoints.py``). Source: reference/fortnox/fortnox_api.md section 5.

Asking for the consent belongs in ``consent.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from pipelines.fortnox.endpoints import EVERY_NIGHT, Choice

#: scope -> the Fortnox licences any one of which covers it; a scope that is not here needs none of its own.
LICENCES: Final[Mapping[str, str]] = MappingProxyType({
    "bookkeeping": "Bokföring or Kundfaktura",
    "invoice": "Order or Kundfaktura",
    "customer": "Order or Kundfaktura",
    "article": "Order or Kundfaktura",
    "supplier": "Bokföring",
    "supplierinvoice": "Bokföring",
    "payment": "Bokföring, Order or Kundfaktura",
    "project": "Bokföring, Order or Kundfaktura",
    "costcenter": "Bokföring, Order or Kundfaktura",
    "currency": "Bokföring, Order or Kundfaktura",
    "connectfile": "Bokföring, Anläggning or Arkivplats",
    "assets": "Anläggning",
    "order": "Order",
    "offer": "Order",
    "price": "Order or Kundfaktura",
    "print": "Order or Kundfaktura",
})  # fmt: skip


def scopes_for(choice: Choice = EVERY_NIGHT) -> tuple[str, ...]:
    """The scopes of the chosen surfaces, in the endpoint table's order.

    Company information is always asked for: it says which company has answered. What is read on demand has no scope of
    its own.
    """
    return tuple(dict.fromkeys(["companyinformation", *(endpoint.scope for endpoint in choice.rows)]))
