"""Scripted trouble: what goes wrong, on which paths, after how many good answers, how many times.

Deterministic: faults are consulted in the order they were added and counted per request. What does not belong here:
lasting behaviour (switches) and how a fault is sent (app).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

KINDS = {
    "server_error": "an HTTP error with Fortnox's system exception; `status` says which (500)",
    "rate_limited": "a 429 although the limit was kept; `seconds` becomes Retry-After when set",
    "unauthorized": "a 401 as if the access token had just expired",
    "forbidden": "a 403 about missing permission for the scope",
    "html": "an HTML page under 200 and application/json",
    "garbage": "bytes that are no JSON under 200",
    "truncated": "headers and half the body, then the connection closes",
    "half_body": "the first half of the body, as if it were all of it",
    "reset": "the connection is reset before any answer",
    "slow": "the right answer, `seconds` late",
    "drip": "the right answer, its body byte by byte with `seconds` before each",
    "drip_head": "the same from the first byte of the headers on",
    "wrong_type": "the list's first row has an object where the key belongs and a word where an amount belongs",
    "missing_wrapper": "the answer lacks its wrapper key",
    "duplicate_row": "the first row of the list comes twice",
    "drop_row": "the last row of the list is left out, the totals are not",
    "empty_page": "the list comes back without rows, the totals stay",
    "changed_page": "a night passes in the books just before the answer",
    "redirect": "a 302 to another host",
}


#: Faults that bring the right answer, only later.
LATE = frozenset({"slow", "drip", "drip_head"})


@dataclass
class Fault:
    """``times`` answers on paths starting with ``path_prefix`` go wrong, once ``after`` of them have gone right.

    ``times`` None means for ever. Query strings are not part of the path.
    """

    kind: str
    path_prefix: str = "/3/"
    times: int | None = 1
    after: int = 0
    status: int = 500
    seconds: float = 0.0
    happened: int = field(default=0, compare=False)
    seen: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Fault:
        """From the control plane; unknown keys are refused by name."""
        known = {item.name for item in fields(cls)} - {"happened", "seen"}
        if unknown := set(values) - known:
            raise ValueError(f"unknown fault fields: {', '.join(sorted(unknown))}")
        return cls(**values)  # type: ignore[arg-type]  # the names were just checked; values are a test's own business

    def strikes(self, path: str) -> bool:
        """Whether this request is hit. Counts the request either way."""
        if not path.startswith(self.path_prefix):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.happened >= self.times):
            return False
        self.happened += 1
        return True


@dataclass
class FaultScript:
    faults: list[Fault] = field(default_factory=list)

    def next_for(self, path: str) -> Fault | None:
        """The fault that hits this request, the first added first; None when all is well."""
        return next((fault for fault in self.faults if fault.strikes(path)), None)
