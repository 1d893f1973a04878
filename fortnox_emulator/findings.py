"""A finding as the emulator states it: one disagreement, by the names of the findings table.

What does not belong here: working out what must be found (witness) and planting it (discrepancies).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fortnox_emulator.model import Side

PREFIX = {Side.CUSTOMER: "ar", Side.SUPPLIER: "ap"}


@dataclass(frozen=True, order=True)
class Finding:
    """One disagreement, named as the findings table names it. ``difference`` in öre, None where there is none."""

    check: str
    rule: str
    severity: str
    subject_kind: str
    subject_key: str
    difference: int | None

    def as_json(self) -> dict[str, str | None]:
        difference = None if self.difference is None else f"{Decimal(self.difference).scaleb(-2):.2f}"
        return {
            "check": self.check,
            "rule": self.rule,
            "severity": self.severity,
            "subject_kind": self.subject_kind,
            "subject_key": self.subject_key,
            "difference": difference,
        }
