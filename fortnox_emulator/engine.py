"""The company and everything the API in front of it remembers: books, tokens, limit, faults, traffic, truth.

Thread-safe: a server answers on its own thread while a test plants, advances and counts on another. What does not
belong here: HTTP (app, server) and accounting (books, posting, witness).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from datetime import time as day_time
from threading import RLock
from zoneinfo import ZoneInfo

from fortnox_emulator.activity import simulate_until
from fortnox_emulator.answers import SURFACES
from fortnox_emulator.books import Books
from fortnox_emulator.clock import ShiftedClock
from fortnox_emulator.company_profile import CompanyProfile
from fortnox_emulator.discrepancies import Planted, chosen_ids, plant
from fortnox_emulator.faults import Fault, FaultScript
from fortnox_emulator.founding import demo_books, found_books
from fortnox_emulator.limiter import SlidingWindow
from fortnox_emulator.model import Side
from fortnox_emulator.oauth import ALL_SCOPES, TokenOffice
from fortnox_emulator.renumbering import renumber
from fortnox_emulator.resources import Context
from fortnox_emulator.switches import Switches
from fortnox_emulator.traffic import Traffic
from fortnox_emulator.witness import expected_findings

DEFAULT_TODAY = date(2026, 9, 30)
EVENING = day_time(22)
SWEDEN = ZoneInfo("Europe/Stockholm")


def refuse_unknown(switches: Mapping[str, object]) -> None:
    """Raise ``ValueError`` where a switch, or what one names, does not exist: it would switch nothing."""
    named = {item.name: item.metadata["names"] for item in fields(Switches)}
    if unknown := switches.keys() - named.keys():
        raise ValueError(f"unknown switches: {', '.join(sorted(unknown))}")
    for name, values in switches.items():
        if not named[name] or values is None:
            continue
        if isinstance(values, str) or not isinstance(values, Iterable):
            raise ValueError(f"{name}: not a list of names")
        known = frozenset(ALL_SCOPES) if named[name] == "scope" else SURFACES
        if strange := sorted({_owner(value, named[name]) for value in values} - known):
            raise ValueError(
                f"{name}: no such thing as {', '.join(strange)}; known: {', '.join(sorted(known))}"
            )


def _owner(value: object, names: str) -> str:
    """The surface of a field, and anything else as it is."""
    return str(value).partition(".")[0] if names == "field" else str(value)


class Engine:
    """A Fortnox company and the API in front of it. The same arguments give the same bytes."""

    def __init__(
        self,
        seed: int = 1,
        discrepancies: str | Sequence[str] = "none",
        today: date = DEFAULT_TODAY,
        nights: int = 0,
        switches: Switches | None = None,
        profile: CompanyProfile | None = None,
        clock: Callable[[], float] = time.monotonic,
        books: Books | None = None,
    ) -> None:
        """``books`` are books founded before, instead of founding them from profile, seed and today."""
        self.seed = seed
        self.switches = switches or Switches()
        refuse_unknown(vars(self.switches))
        self.clock = ShiftedClock(clock)
        self.lock = RLock()
        self.traffic = Traffic()
        self.script = FaultScript()
        self.tenant_id = str(1_200_000 + seed)
        self.client_id = "emulator-client"
        self.client_secret = f"emulator-secret-{seed}"
        self.tokens = TokenOffice(
            *(self.client_id, self.client_secret, self.tenant_id, self.clock),
            self._granted(),
            self.switches.consent,
        )
        self.limiter = SlidingWindow(
            self.clock,
            self.switches.limit_requests,
            self.switches.limit_window,
            count_rejected=self.switches.rejected_requests_count,
        )
        self.books = books or (found_books(profile, seed, today) if profile else demo_books(seed, today))
        self.planted: list[Planted] = []
        self.advance(nights)
        for name in chosen_ids(discrepancies, self.books):
            self.plant(name)

    @property
    def today(self) -> date:
        """The day the books stand at; moves with ``advance``."""
        return self.books.today

    @property
    def now(self) -> datetime:
        """The company's time: its office has closed for the day."""
        return datetime.combine(self.today, EVENING, SWEDEN)

    def context(self) -> Context:
        """What the answers are rendered from."""
        return Context(self.books, self.switches, self.tenant_id)

    def advance(self, nights: int = 1) -> None:
        """Let days pass in the company: new documents, payments, edits, strikes, deletions, the lock moving."""
        with self.lock:
            simulate_until(self.books, self.books.today + timedelta(days=nights))

    def pass_time(self, seconds: float) -> None:
        """Let seconds pass on the wall clock: tokens age, the rate-limit window empties. The books stand still."""
        self.clock.pass_time(seconds)

    def add_fault(self, fault: Fault) -> None:
        """Append to the fault script; earlier faults strike first."""
        with self.lock:
            self.script.faults.append(fault)

    def set_switches(self, values: Mapping[str, object]) -> None:
        """Change switches by name while serving; lists become sets. The limit's size is fixed at the start.

        Raises ``ValueError`` for a switch, or a surface or scope named in one, that does not exist.
        """
        refuse_unknown(values)
        with self.lock:
            for name, value in values.items():
                setattr(self.switches, name, frozenset(value) if isinstance(value, list) else value)
            if "consent" in values:
                self.tokens.consent = self.switches.consent
            if "granted_scopes" in values:
                self.tokens.scopes = self._granted()

    def _granted(self) -> frozenset[str]:
        """The scopes tokens have from now on."""
        granted = self.switches.granted_scopes
        return frozenset(ALL_SCOPES if granted is None else granted)

    def clear_faults(self) -> None:
        with self.lock:
            self.script.faults.clear()

    def plant(self, name: str) -> Planted:
        """Break the books in one of the registered ways, now."""
        with self.lock:
            planted = plant(self.books, self.seed, name)
            self.planted.append(planted)
            return planted

    def renumber(self, side: str, number: str, to: str) -> None:
        """Give a ``customer`` or ``supplier`` another number; its documents carry it from now on."""
        with self.lock:
            renumber(
                self.books,
                Side(side),
                number,
                to,
                touches_documents=self.switches.renumbering_touches_documents,
            )

    def truth(self) -> dict[str, object]:
        """What must be found today: per discrepancy as planted, and in all as the books stand."""
        with self.lock:
            return {
                "seed": self.seed,
                "today": self.today.isoformat(),
                "discrepancies": [planted.as_json() for planted in self.planted],
                "findings": [finding.as_json() for finding in expected_findings(self.books)],
            }

    def stats(self) -> dict[str, object]:
        """Requests by path, total, refusals for the rate limit, violations, faults that struck."""
        with self.lock:
            return self.traffic.summary(self.switches.limit_window)
