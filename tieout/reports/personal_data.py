"""Names of persons in what people are sent: pseudonyms instead, unless the operator decides otherwise (decision 0511).

A customer or supplier is taken for a person unless its organisation number is a legal entity's (third digit two or
more). Its name and number become its register number, which says nothing outside the company's own books; a SIE
signature becomes its rank of first use. What is masked where does not belong here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tieout.snapshot import Snapshot

KEEP: Final = "keep"
PSEUDONYMISE: Final = "pseudonymise"
_SHORTEST: Final = 3


@dataclass(frozen=True)
class Pseudonyms:
    """Text to replace, and by what. Initials are replaced in signature columns only; elsewhere they mean more."""

    names: Mapping[str, str] = field(default_factory=dict)
    signatures: Mapping[str, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """``text`` with every known name and personal number replaced."""
        if not self.names:
            return text
        alternatives = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{alternatives})(?!\w)", lambda found: self.names[found[0]], text)

    def everywhere(self, value: Any) -> Any:
        """``value`` with every text inside it masked: lists and objects are walked."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.everywhere(part) for part in value]
        if isinstance(value, dict):
            return {key: self.everywhere(part) for key, part in value.items()}
        return value


def pseudonyms_of(snapshot: Snapshot, personal_data: str) -> Pseudonyms:
    """The pseudonyms of a company's books; none when personal data is kept."""
    if personal_data == KEEP:
        return Pseudonyms()
    names: dict[str, str] = {}
    for party in ("customer", "supplier"):
        for number, name, identity in _persons(snapshot, party):
            for text in (name, identity):
                if text and len(text) >= _SHORTEST:
                    names[text] = f"{party}-{number}"
    signatures = {
        text: f"signature-{rank}" for rank, text in enumerate(_signatures(snapshot), start=1) if text.strip()
    }
    names |= {text: pseudonym for text, pseudonym in signatures.items() if " " in text.strip()}
    return Pseudonyms(names, signatures)


def is_legal_entity(corporate_id: str | None) -> bool:
    """True when the number cannot be a person's: a foreign VAT number, or third digit of ten two or more."""
    text = (corporate_id or "").strip().upper()
    digits = re.sub(r"\D", "", text)
    if re.match(r"[A-Z]{2}", text):
        return not text.startswith("SE") or (len(digits) == 12 and digits[2] >= "2")
    return len(digits) in {10, 12} and digits[-10:][2] >= "2"


def _persons(snapshot: Snapshot, party: str) -> list[tuple[str, str | None, str | None]]:
    """Number, every name and identity number of parties that may be persons."""
    rows = snapshot.query(
        f"""
        SELECT {party}_number, name, corporate_id, corporate_id FROM ledger.{party}s
        UNION
        SELECT i.counterparty_number, i.counterparty_name, p.corporate_id, NULL FROM ledger.{party}_invoices AS i
        LEFT JOIN ledger.{party}s AS p
               ON p.company_id = i.company_id AND p.{party}_number = i.counterparty_number
        ORDER BY ALL
        """  # noqa: S608 -- two known names
    ).rows()
    return [(number, name, shown) for number, name, identity, shown in rows if not is_legal_entity(identity)]


def _signatures(snapshot: Snapshot) -> list[str]:
    """Every signature of the SIE files, in order of first use."""
    if not snapshot.holds("sie.vouchers"):
        return []
    rows = snapshot.query(
        """
        SELECT signature FROM (
            SELECT signature, financial_year, line FROM sie.vouchers
            UNION ALL SELECT signature, financial_year, line FROM sie.voucher_rows)
        WHERE signature IS NOT NULL GROUP BY signature ORDER BY min((financial_year, line))
        """
    ).rows()
    return [signature for (signature,) in rows]
