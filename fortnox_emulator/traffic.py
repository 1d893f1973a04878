"""What the server has been asked: counts per surface, refusals, and every request in order.

What does not belong here: deciding anything about a request.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RequestRecord:
    """One request as answered. ``at`` is the emulator's clock, seconds."""

    at: float
    method: str
    path: str
    query: str
    status: int


@dataclass
class Traffic:
    """``violations`` are requests a read-only client must never send."""

    records: list[RequestRecord] = field(default_factory=list)
    by_path: Counter[str] = field(default_factory=Counter)
    rate_limited: int = 0
    violations: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def note(self, record: RequestRecord, template: str) -> None:
        self.records.append(record)
        self.by_path[template] += 1
        self.rate_limited += record.status == 429

    def summary(self, window: float) -> dict[str, object]:
        """For the control plane: totals, per path, and the busiest ``window`` seconds seen."""
        api = [record for record in self.records if record.path.startswith("/3")]
        return {
            "total": len(api),
            "tokens": len(self.records) - len(api),
            "paths": dict(sorted(self.by_path.items())),
            "rate_limited": self.rate_limited,
            "violations": list(self.violations),
            "faults": dict(self.faults),
            "busiest_window": busiest(sorted(record.at for record in api if record.status != 429), window),
        }


def busiest(times: list[float], window: float) -> int:
    """The most moments that fall within any ``window`` seconds."""
    most = first = 0
    for last, moment in enumerate(times):
        while times[first] <= moment - window:
            first += 1
        most = max(most, last - first + 1)
    return most
