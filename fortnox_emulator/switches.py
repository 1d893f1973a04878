"""Where the evidence about Fortnox is silent or split, both behaviours are a switch here.

Section numbers refer to the API reference the emulator was written against. What does not belong here: faults that
happen a number of times (faults) and anything about the company's books.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Switches:
    """Behaviour of the emulated API. The defaults are the best-supported reading of the reference."""

    # §4 rate limits: 25 per sliding 5 s and (client, tenant). Retry-After and the 429 body are unconfirmed.
    rate_limit: bool = True
    limit_requests: int = 25
    limit_window: float = 5.0
    retry_after: bool = False
    rate_limit_body: bool = True
    rejected_requests_count: bool = False

    # §3 paging: what a page after the last answers, and endpoints stuck at 100 rows a page.
    page_past_end: str = "empty"  # or "error"
    default_page_size: int = 100
    largest_page_size: int = 500
    capped_at_100: frozenset[str] = frozenset()

    # §3 lastmodified may be honoured by the day only; resources named here accept it and filter nothing.
    lastmodified_by_day: bool = False
    lastmodified_ignored: frozenset[str] = frozenset({"expenses"})

    # §2.9 what the unfiltered customer list shows; §2.4 whether voucherseries takes financialyear.
    default_customers: str = "active"  # or "all"
    voucherseries_by_year: bool = True

    # §6 licences, rights and routes. Licences are missing per resource name, e.g. "supplierinvoices".
    licence_missing: frozenset[str] = frozenset()
    licence_status: int = 403  # or 400
    no_right: frozenset[str] = field(
        default_factory=frozenset
    )  # "invoices.Total": the field reads API_NORIGHT
    no_such_route: frozenset[str] = frozenset()

    # §5 token endpoint.
    granted_scopes: frozenset[str] | None = None  # None: all
    consent: bool = True  # False: client credentials are refused, as before consent with account_type=service

    # Seconds every answer takes, for throughput tests.
    latency: float = 0.0
