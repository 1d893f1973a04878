"""Vouchers the two witnesses of the ledger differ on, asked for by themselves: the third word on each.

The voucher list has no rows and the SIE file no references; where they disagree on a voucher, Fortnox's own answer
about that voucher is one request. Only so many are asked for a night, the newest first; a held answer stays while both
witnesses say what they said when it was asked for, and is asked for again now and then.

Which vouchers are doubted is read in ``pipelines/voucher_doubts.py``; who is right belongs to the reconciliations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.convert import Value
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import Rejected, UnexpectedResponse
from pipelines.fortnox.extraction import Answer
from pipelines.fortnox.marks import Key, Mark, Tonight
from pipelines.fortnox.overlap import overlapped

SURFACE: Final = BY_NAME["voucher_details"]
#: Who has a doubted voucher.
LIST: Final = "list"
SIE: Final = "sie"
BOTH: Final = "both"


@dataclass(frozen=True)
class Doubt:
    """A voucher the voucher list and the SIE file differ on; ``said`` is the SHA-256 of what both say of it."""

    year: str
    series: str
    number: str
    known_to: str
    said: str

    @property
    def key(self) -> Key:
        """As the warehouse holds it."""
        return self.year, self.series, self.number

    @property
    def can_be_asked(self) -> bool:
        """Whether series and number are of a form that can stand in a path."""
        return SURFACE.has_detail(f"{self.series}/{self.number}")


@dataclass(frozen=True)
class HeldAnswer:
    """An answer an earlier load left: what the witnesses said when it was asked for, and the Swedish date."""

    said: str
    asked_on: date | None


@dataclass(frozen=True)
class Standing:
    """Tonight's doubts: those to ask about, and the keys of held answers that stay or go."""

    doubts: Sequence[Doubt]
    asked: Sequence[Doubt]
    staying: frozenset[Key]
    going: frozenset[Key]

    @staticmethod
    def of(
        doubts: Sequence[Doubt], held: Mapping[Key, HeldAnswer], budget: int, tonight: Tonight
    ) -> Standing:
        """At most ``budget`` of ``doubts`` are asked about: first those without an answer, then those due again."""
        known = {doubt.key for doubt in doubts if doubt.key in held and held[doubt.key].said == doubt.said}
        unknown = [doubt for doubt in doubts if doubt.key not in known and doubt.can_be_asked]
        due = [doubt for doubt in doubts if doubt.key in known and _due(held[doubt.key], tonight)]
        asked = [*unknown, *due][:budget]
        staying = frozenset(known - {doubt.key for doubt in asked})
        return Standing(doubts, asked, staying, frozenset(held.keys() - staying))

    @property
    def quiet(self) -> bool:
        """Whether everything stays as it is held."""
        return not self.asked and not self.going


def _due(held: HeldAnswer, tonight: Tonight) -> bool:
    return tonight.due(None if held.asked_on is None else Mark("", held.asked_on, 0))


def ask(client: FortnoxClient, doubts: Sequence[Doubt], tonight: Tonight) -> list[Answer]:
    """What Fortnox says of each doubted voucher itself; a voucher it does not have is an answer too."""
    return list(overlapped(partial(_asked, client, tonight), doubts, client.settings.in_flight))


def _asked(client: FortnoxClient, tonight: Tonight, doubt: Doubt) -> Answer:
    added: dict[str, Value] = {
        "year": doubt.year, "voucher_series": doubt.series, "voucher_number": int(doubt.number),
        "known_to": doubt.known_to, "witness_fingerprint": doubt.said, "asked_on": tonight.today,
    }  # fmt: skip
    key = f"{doubt.series}/{doubt.number}"
    try:
        voucher = client.detail(SURFACE, key, **{SURFACE.year_parameter: doubt.year})
    except Rejected as refusal:
        if refusal.status != 404:
            raise
        named = {"Year": doubt.year, "VoucherSeries": doubt.series, "VoucherNumber": doubt.number}
        return Answer(named, {**added, "found": False})
    if tuple(str(voucher.get(name)) for name in ("Year", "VoucherSeries", "VoucherNumber")) != doubt.key:
        raise UnexpectedResponse(
            f"{SURFACE.path}/{key}: Fortnox answered with another voucher; nothing was kept, run again.",
            path=f"{SURFACE.path}/VoucherNumber",
        )
    return Answer(voucher, {**added, "found": True}, detailed=True)
