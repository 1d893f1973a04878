"""One company's night as its operator meets it: trouble is one message, and whoever is configured is told.

What a night does belongs to ``tieout.night``, what a notice says to ``tieout.notify``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

from pipelines.companies import CompanyDirectory
from tieout.cli import failure_sentence, report_failure
from tieout.night import MemoryLost, Reconciled
from tieout.notify import NotifyOptions, notice_of_failure, notice_of_night, notify
from tieout.reports.terminal import show_run
from tieout.settings import SettingsError, TieoutSettings
from tieout.snapshot import SnapshotDamaged, open_snapshot


def told_night(
    company: CompanyDirectory, settings: TieoutSettings, console: Console, night: Callable[[], Reconciled]
) -> int:
    """Run ``night``, print its screen and deliver its notice; the exit code.

    Trouble is one message on standard error and a notice that the night failed; so is a defect of ours, after its
    traceback.
    """
    try:
        end = night()
        with open_snapshot(company.snapshot_pointer) as snapshot:
            show_run(console, snapshot, end.loaded, pointer=company.snapshot_pointer, report=company.report)
            notice = notice_of_night(
                snapshot, settings.report.personal_data, incomplete=end.incomplete, suspended=end.suspended
            )
    except Exception as error:
        code = report_failure(error, f"{company.company_id}: ", _kept(company, error))
        tell(settings, notice_of_failure(company.company_id, failure_sentence(error)))
        return code
    tell(settings, notice)
    return end.exit_code


def _kept(company: CompanyDirectory, error: Exception) -> str:
    """That readers still have a snapshot, where there is one and it is not what the message is about."""
    if isinstance(error, MemoryLost | SnapshotDamaged) or not company.snapshot_pointer.exists():
        return ""
    return "; the snapshot is the one of the night before"


def tell(settings: TieoutSettings, notice: dict[str, Any]) -> None:
    """Deliver a notice as [notify] says; a failed delivery is one line and changes no exit code."""
    whom, webhook = settings.notify, settings.notify.webhook
    try:
        address = webhook.resolve("notify.webhook", os.environ) if webhook else None
        undelivered = notify(NotifyOptions(whom.command, address, whom.when, settings.folder), notice)
    except SettingsError as error:
        undelivered = [str(error)]
    for sentence in undelivered:
        click.echo(f"tieout: {sentence}", err=True)
