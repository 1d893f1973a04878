"""What to ask a company's consent for, and which of its licences each scope rests on.

Fortnox has no read-only scope: every one of these lets its holder write too, so reading only is this client's own doing
(``endpoints.py``). Source: reference/fortnox/fortnox_api.md section 5.

Asking for the consent belongs in ``consent.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from pipelines.fortnox.endpoints import ENDPOINTS, ON_DEMAND

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
})  # fmt: skip


def scopes_for(without: Collection[str] = ()) -> tuple[str, ...]:
    """The scopes of every surface but those named in ``without``, in the endpoint table's order.

    Company information is always asked for: it says which company has answered. What is read on demand asks for a
    scope of its own only where no surface of the night could have one.
    """
    nightly = {endpoint.scope for endpoint in ENDPOINTS}
    rows = [*ENDPOINTS, *(endpoint for endpoint in ON_DEMAND if endpoint.scope not in nightly)]
    asked = [endpoint.scope for endpoint in rows if endpoint.name not in without]
    return tuple(dict.fromkeys(["companyinformation", *asked]))
