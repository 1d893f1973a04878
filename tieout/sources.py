"""Where a night's books come from: the Fortnox API of a configured company, or SIE files.

How a company's Fortnox is asked belongs in ``access.py``, how surfaces are read in the pipelines.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.endpoints import EVERY_NIGHT, Choice
from pipelines.fortnox.endpoints_by_record import USUAL_BUDGET, Budget
from pipelines.fortnox.marks import THRIFT, Thrift
from pipelines.load import load_fortnox, load_sie
from pipelines.sie import SieFile
from pipelines.surfaces import LoadProgress, LoadResult
from tieout.access import FortnoxAccess, fortnox_access_of
from tieout.settings import TieoutSettings


@dataclass(frozen=True)
class FortnoxSource(FortnoxAccess):
    """The API as the night reads it: ``full`` reads everything anew, ``choice`` says which
    surfaces, ``thrift`` what of them may be left unread, ``budget`` how many records are asked for one by one.
    """

    full: bool = False
    thrift: Thrift = THRIFT
    choice: Choice = EVERY_NIGHT
    budget: Budget = USUAL_BUDGET
    mode: Final = "fortnox"

    def load(self, company: CompanyDirectory, progress: LoadProgress) -> LoadResult:
        """Load every surface, once the answering company is known to be the configured one."""
        with self.connect() as client:
            self.refuse_other_tenant(client)
            return load_fortnox(
                company,
                client,
                progress=progress,
                clock=self.clock,
                full=self.full,
                thrift=self.thrift,
                choice=self.choice,
                budget=self.budget,
            )


@dataclass(frozen=True)
class SieSource:
    """SIE files of one company, one per financial year."""

    files: tuple[SieFile, ...]
    clock: Callable[[], float] = time.monotonic
    mode: Final = "sie"

    def load(self, company: CompanyDirectory, progress: LoadProgress) -> LoadResult:
        """Load the files; years not given stay as they are."""
        return load_sie(company, self.files, progress=progress, clock=self.clock)


def fortnox_source_of(
    settings: TieoutSettings, name: str, environment: Mapping[str, str], *, full: bool = False
) -> FortnoxSource:
    """The source of the configured company ``name``, its secrets resolved. Raises ``SettingsError``."""
    access = fortnox_access_of(settings, name, environment)
    fortnox = settings.fortnox
    thrift = Thrift(fortnox.full_every_days, fortnox.verify_locked_years_every) if fortnox else THRIFT
    company = settings.company(name)
    return FortnoxSource(
        **vars(access),
        full=full,
        thrift=thrift,
        choice=company.choice,
        budget=company.budget,
    )
