"""The demo: a made-up company served by the emulator on loopback, and one ordinary night against it.

The only module of ``tieout`` that may start the emulator. The night itself is ``tieout.night``, unchanged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Console

from fortnox_emulator import Emulator
from pipelines.companies import CompanyDirectory
from pipelines.fortnox.client import ClientSettings
from tieout.night import Night, run_company
from tieout.progress import show_progress
from tieout.reports.terminal import show_run
from tieout.snapshot import open_snapshot
from tieout.sources import FortnoxSource
from transforms.settings import Settings

DEMO_COMPANY: Final = "demo"


def demo_night(directory: Path, *, seed: int, discrepancies: str, console: Console, quiet: bool) -> None:
    """Serve the demo company, run one night for it into ``directory`` and print the screen."""
    planted = discrepancies if discrepancies in {"all", "none"} else discrepancies.split(",")
    emulator = Emulator(seed=seed, discrepancies=planted)
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
        show_run(
            console, snapshot, end.loaded.surfaces, pointer=company.snapshot_pointer, report=company.report
        )
