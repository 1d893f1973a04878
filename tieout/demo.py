"""The demo: a made-up company served by the emulator on loopback, and one ordinary night against it.

The only module of ``tieout`` that may start the emulator. The night itself is ``tieout.night``, unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from fortnox_emulator import Emulator
from fortnox_emulator.archetypes import ARCHETYPES
from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import REGISTRY, plantable
from fortnox_emulator.model import Side
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from tieout.night import Night, run_company
from tieout.progress import show_progress
from tieout.reports.terminal import show_run
from tieout.snapshot import open_snapshot
from tieout.sources import FortnoxSource
from transforms.settings import Settings

DEMO_COMPANY: Final = "demo"
KINDS: Final = tuple(ARCHETYPES)
#: What "few" plants: one error of each kind a reader can follow from tie-out to voucher.
FEW: Final = (
    "ar_manual_voucher",
    "ar_payment_voucher_amount",
    "ap_invoice_voucher_deleted",
    "ap_api_balance",
    "ar_overpayment",
)


class UnknownDiscrepancy(Exception):
    """An id the emulator does not know how to plant, or not in a company of this kind."""

    exit: Final = 2


@dataclass(frozen=True)
class Made:
    """How the company is made up: its seed, what is planted (few, all, none or ids), and its kind."""

    seed: int
    discrepancies: str
    archetype: str = DEMO_COMPANY

    def emulator(self) -> Emulator:
        """The company, planted. Raises ``UnknownDiscrepancy`` where it cannot have what was asked for."""
        wanted = planted_by(self.discrepancies)
        emulator = Emulator(seed=self.seed, profile=ARCHETYPES[self.archetype].profile())
        for name in self._possible(wanted, emulator.books):
            emulator.plant(name)
        return emulator

    @property
    def company(self) -> str:
        """Its name, and its folder's: a company of each kind, so that no kind goes on with the books of another."""
        return self.archetype

    def _possible(self, wanted: str | list[str], books: Books) -> list[str]:
        """``wanted`` in a company of this kind, in register order; of few and all, what it cannot have is left out."""
        can = plantable(books)
        if isinstance(wanted, str):
            return can if wanted == "all" else []
        if self.discrepancies != "few" and (not_here := sorted(set(wanted) - set(can))):
            raise UnknownDiscrepancy(
                f"--discrepancies: {', '.join(not_here)} cannot be in a company of kind {self.archetype};"
                " docs/emulator.md says what each kind can have"
            )
        return [name for name in can if name in wanted]


def demo_night(directory: Path, made: Made, *, console: Console, quiet: bool) -> None:
    """Serve the made-up company, run one night for it into ``directory`` and print the screen."""
    emulator = made.emulator()
    company = CompanyDirectory(directory, made.company)
    if not quiet:
        console.print(f"A made-up company, served on this machine; its books stand at {emulator.today}.\n")
    with emulator.serving() as server, show_progress(console, quiet=quiet) as progress:
        source = FortnoxSource(
            emulator.client_id,
            emulator.client_secret,
            emulator.tenant_id,
            ClientSettings(api_url=server.base_url, token_url=f"{server.base_url}/oauth-v1/token"),
        )
        settings = _settings_of(emulator, made.company)
        end = run_company(company, source, settings, Night(), progress)
    with open_snapshot(company.snapshot_pointer) as snapshot:
        show_run(console, snapshot, end.loaded, pointer=company.snapshot_pointer, report=company.report)


def _settings_of(emulator: Emulator, company: str) -> Settings:
    """The company's settings: the control accounts Fortnox has no predefined account for are named."""
    customer, supplier = (
        tuple(str(account) for account in emulator.books.profile.controls(side)[1:]) for side in Side
    )
    return Settings(
        company_id=company,
        as_of=emulator.today,
        customer_control_accounts=customer,
        supplier_control_accounts=supplier,
    )


def planted_by(chosen: str) -> str | list[str]:
    """What the emulator shall plant for few, all, none, or ids separated by commas. Raises ``UnknownDiscrepancy``."""
    if chosen in {"all", "none"}:
        return chosen
    ids = list(FEW) if chosen == "few" else [name.strip() for name in chosen.split(",")]
    if unknown := sorted(set(ids) - REGISTRY.keys()):
        raise UnknownDiscrepancy(
            f"--discrepancies: unknown: {', '.join(unknown)};"
            " `python -m fortnox_emulator --list-discrepancies` lists what there is"
        )
    return ids
