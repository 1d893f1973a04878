"""Where the evidence about Fortnox is silent or split, both behaviours are a switch here.

Section numbers refer to the API reference the emulator was written against. What does not belong here: faults that
happen a number of times (faults) and anything about the company's books.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

Value = TypeVar("Value")

NOWHERE: frozenset[str] = frozenset()


def switch(default: Value, meaning: str, names: str = "") -> Value:
    """A field with its default, one sentence for ``docs/emulator.md``, and of what it holds ``names``, if of anything:
    ``surface``, ``field`` (as ``surface.Field``) or ``scope``.
    """
    return field(default=default, metadata={"meaning": meaning, "names": names})


@dataclass
class Switches:
    """Behaviour of the emulated API. The defaults are the best-supported reading of the reference."""

    # §4 rate limits. Retry-After and the 429 body are unconfirmed.
    rate_limit: bool = switch(True, "Requests above the limit are refused with 429.")
    limit_requests: int = switch(25, "How many requests a window takes, per client and tenant.")
    limit_window: float = switch(5.0, "Seconds of the sliding window.")
    retry_after: bool = switch(False, "A 429 says when to try again.")
    rate_limit_body: bool = switch(True, "A 429 has a body.")
    rejected_requests_count: bool = switch(False, "Refused requests use up the window as well.")

    # §3 paging.
    page_past_end: str = switch("empty", "What a page after the last answers: `empty` or `error`.")
    default_page_size: int = switch(100, "Rows of a page when none are asked for.")
    largest_page_size: int = switch(500, "The most rows a page can have.")
    capped_at_100: frozenset[str] = switch(NOWHERE, "Surfaces stuck at 100 rows a page.", "surface")

    # §3 lastmodified.
    lastmodified_by_day: bool = switch(False, "`lastmodified` is honoured by the day only.")
    lastmodified_rejected: frozenset[str] = switch(
        NOWHERE, "Further surfaces that refuse `lastmodified`, as `currencies` does.", "surface"
    )
    lastmodified_blind: frozenset[str] = switch(
        NOWHERE, "Surfaces that answer `lastmodified` with nothing, whatever changed.", "surface"
    )
    says_time: bool = switch(True, "Answers have a Date header: ten in the evening of the company's day.")
    clock_ahead: float = switch(
        0.0, "Seconds the Date header is ahead of the company's time; negative is behind."
    )
    lastmodified_ignored: frozenset[str] = switch(
        NOWHERE, "Surfaces that accept `lastmodified` and filter nothing.", "surface"
    )

    # Whether a customer's or supplier's new number counts as a change of their documents is not recorded.
    renumbering_touches_documents: bool = switch(
        False, "A new number of a customer or supplier shows their documents under `lastmodified`."
    )

    # §8.5: under the cash method an invoice is booked when it is paid; what Booked says until then is not recorded.
    cash_invoices_unbooked: bool = switch(
        True, "Under the cash method an invoice without payments calls itself unbooked."
    )

    # §8.5: the receivable of ROT and RUT is split; whether Balance is of the whole is not recorded.
    balance_with_tax_reduction: bool = switch(
        True, "Balance of an invoice with tax reduction contains Skatteverket's share."
    )

    # §2.9 and §2.4.
    default_customers: str = switch("active", "What the unfiltered customer list shows: `active` or `all`.")
    voucherseries_by_year: bool = switch(True, "`voucherseries` takes `financialyear`.")

    # §2.4: whether one voucher asked for by itself can say other than the list is not recorded.
    voucher_as_listed: bool = switch(
        False, "A voucher asked for by itself errs as the voucher list does; else it says what was booked."
    )

    # §6 licences, rights and routes.
    licence_missing: frozenset[str] = switch(NOWHERE, "Surfaces the company has no licence for.", "surface")
    licence_status: int = switch(403, "HTTP status of a missing licence: 403 or 400.")
    no_right: frozenset[str] = switch(NOWHERE, "Fields that read API_NORIGHT, as `invoices.Total`.", "field")
    no_such_route: frozenset[str] = switch(NOWHERE, "Surfaces that do not exist.", "surface")

    archive_by_query_only: bool = switch(
        False, "`archive/{id}` is 404 where `archive?fileid=` finds the file."
    )

    # §5 token endpoint.
    granted_scopes: frozenset[str] | None = switch(None, "Scopes of the token; None is all of them.", "scope")
    consent: bool = switch(True, "The company has consented to a service account.")
    consent_page: bool = switch(False, "The consent address shows a page to agree or refuse on, and waits.")
    user_agrees: bool = switch(True, "Without a page: what the user decides.")
    service_accounts: bool = switch(True, "The integration may ask for a service account.")
    redirect_uris: frozenset[str] | None = switch(None, "Registered redirect addresses; None takes any.")

    # For throughput tests.
    latency: float = switch(0.0, "Seconds every answer takes.")
