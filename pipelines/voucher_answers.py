"""Loading Fortnox's own word on the vouchers its two witnesses differ on, once both are in the warehouse.

Which vouchers those are is read in ``voucher_doubts.py``; how Fortnox is asked belongs in
``fortnox/voucher_details.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.extraction import Answer, Chunk, Extraction
from pipelines.fortnox.listings import TABLE
from pipelines.fortnox.marks import Key
from pipelines.fortnox.source import fortnox_records
from pipelines.fortnox.voucher_details import SURFACE, HeldAnswer, Standing, ask
from pipelines.surfaces import CHANGES, COMPLETE, ListingCount, Reading
from pipelines.voucher_doubts import doubts, held_answers
from pipelines.warehouse_pipeline import run

WITNESSES: Final = ("vouchers", "sie")


@dataclass
class VoucherAnswers:
    """The answers about doubted vouchers of one company, for one night, at most ``budget`` requests.

    ``anew`` asks about every one again. Made before the night's first load, because a table that load makes or
    empties holds nothing.
    """

    company: CompanyDirectory
    extraction: Extraction
    budget: int
    anew: bool = False
    _held: Mapping[Key, HeldAnswer] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        if self.budget and not self.anew:
            self._held = held_answers(self.company)

    @property
    def emptied(self) -> Sequence[str]:
        """The surface, when its tables are to be made or emptied before they are filled."""
        return [SURFACE.name] if self.budget and self._held is None else []

    def load(self) -> None:
        """Ask about vouchers doubted tonight, and leave the warehouse with the answers about those and no other.

        Without one of the witnesses there is nothing to compare, and nothing is said of the surface.
        """
        log, tonight = self.extraction.log, self.extraction.reader.tonight
        if not self.budget or any(log.results[witness].status != COMPLETE for witness in WITNESSES):
            return
        with log.reading(SURFACE.name) as reading:
            standing = Standing.of(doubts(self.company), self._held or {}, self.budget, tonight)
            answers = ask(self.extraction.client, standing.asked, tonight)
            _count(reading, standing)
            log.progress.advanced(SURFACE.name, len(answers))
            if not standing.quiet:
                run(self.company, fortnox_records(SURFACE, self.extraction, self._chunks(standing, answers)))

    def _chunks(self, standing: Standing, answers: Sequence[Answer]) -> Iterator[Chunk]:
        yield Chunk(answers, first=True)
        for year in sorted({year for year, *_ in standing.staying}):
            for name in SURFACE.tables:
                for rows in self.extraction.books.rows(SURFACE, TABLE[name], year, standing.going):
                    yield Chunk([], first=False, held={name: rows})


def _count(reading: Reading, standing: Standing) -> None:
    """Vouchers, not rows: how many are doubted, how many were asked about, of how many the answer stays."""
    came = len(standing.asked)
    reading.rows = came
    reading.add(
        ListingCount("", came, len(standing.doubts), came, came, CHANGES, None, kept=len(standing.staying))
    )
