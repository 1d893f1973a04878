"""What must be found in the supplier register, by the rules of ``docs/checks.md``.

What does not belong here: documents beside their vouchers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from fortnox_emulator.books import Books
from fortnox_emulator.findings import Finding
from fortnox_emulator.model import Side

_RECENT_DAYS = 30


def register_findings(books: Books) -> Iterator[Finding]:
    """Bankgiro numbers of several active suppliers, and invoices of inactive ones. Other accounts are all different."""
    owners: dict[str, list[str]] = defaultdict(list)
    suppliers = books.parties[Side.SUPPLIER].values()
    for party in suppliers:
        if party.active and party.giro:
            owners["".join(sign for sign in party.giro if sign.isdigit())].append(party.number)
    for giro, numbers in owners.items():
        if len(numbers) > 1:
            yield Finding("register_changes", "shared_account", "W", "bank_account", f"bankgiro/{giro}", None)
    since = books.today - timedelta(days=_RECENT_DAYS)
    for party in suppliers:
        used = [
            document.total
            for document in books.documents[Side.SUPPLIER].values()
            if document.party == party.number
            and not document.cancelled
            and (books.balance(document) or document.day >= since)
        ]
        if used and not party.active:
            yield Finding("register_changes", "inactive_used", "W", "supplier", party.number, sum(used))
