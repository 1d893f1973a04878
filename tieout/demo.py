"""The demo: a made-up company served by the emulator on loopback, and one ordinary night against it.

The only module of ``tieout`` that may start the emulator. The night itself is ``tieout.night``, unchanged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console

from fortnox_emulator import Emulator
from fortnox_emulator.discrepancies import REGISTRY
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from tieout.night import Night, run_company
from tieout.progress import show_progress
from tieout.reports.terminal import show_run
from tieout.snapshot import open_snapshot
from tieout.sources import FortnoxSource
from transforms.settings import Settings

DEMO_COMPANY: Final = "demo"
#: What "few" plants: one error of each kind a reader can follow from tie-out to voucher.
FEW: Final = (
    "ar_manual_voucher",
    "ar_payment_voucher_amount",
    "ap_invoice_voucher_deleted",
    "ap_api_balance",
    "ar_overpayment",
)


class UnknownDiscrepancy(Exception):
    """An id the emulator does not know how to plant."""

    exit: Final = 2


def demo_night(directory: Path, *, seed: int, discrepancies: str, console: Console, quiet: bool) -> None:
    """Serve the demo company, run one night for it into ``directory`` and print the screen."""
    emulator = Emulator(seed=seed, discrepancies=planted_by(discrepancies))
    company = CompanyDirectory(directory, DEMO_COMPANY)
    if not quiet:
        console.print(f"A made-up company, served on this machine; its books stand at {emulator.today}.\n")
    with emulator.serving() as server, show_progress(console, quiet=quiet) as progress:
        source = FortnoxSource(
            emulator.client_id,
            emulator.client_secret,
            emulator.tenant_id,
            ClientSettings(api_url=server.base_url, token_url=f"{server.base_url}/oauth-v1/token"),
        )
        settings = Settings(company_id=DEMO_COMPANY, as_of=emulator.today)
        end = run_company(company, source, settings, Night(), progress)
    with open_snapshot(company.snapshot_pointer) as snapshot:
        show_run(console, snapshot, end.loaded, pointer=company.snapshot_pointer, report=company.report)


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
