"""Telling somebody after a night, when there is something to tell: a command or a webhook gets one JSON notice.

What there is to tell: blocking findings that are new, came back or whose acceptance stopped holding, a final period
that changed, a night that did not end, or one that could not see what the night before saw. Otherwise nothing is sent,
unless ``when`` is ``always``. A notice that cannot be delivered is one line on standard error and changes nothing else.
Settings are read in ``tieout.settings``; persons have pseudonyms as in a report.
"""

from __future__ import annotations

import json
import logging
import subprocess
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tieout.reports.content import SCHEMA as REPORT_SCHEMA
from tieout.reports.content import report_content
from tieout.reports.personal_data import pseudonyms_of
from tieout.snapshot import Snapshot

SCHEMA: Final = "tieout-notice/1"
ALWAYS: Final = "always"
TROUBLE: Final = "trouble"
NEWS_SHOWN: Final = 20
TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True)
class NotifyOptions:
    """Whom to tell: a command that reads the notice from standard input, a webhook it is posted to, or both.

    ``folder`` is where the command is run.
    """

    command: tuple[str, ...] = ()
    webhook: str | None = None
    when: str = TROUBLE
    folder: Path = Path()


def notice_of_night(
    snapshot: Snapshot, personal_data: str, *, incomplete: bool, suspended: Collection[str] = ()
) -> dict[str, Any]:
    """What is new since the run before. ``reasons`` is empty when all is quiet.

    ``incomplete`` says that the night did not see everything it should; checks the run before made and this one did
    not make it incomplete as well. ``suspended`` are the ids of findings whose acceptance stopped holding.
    """
    content = report_content(snapshot, pseudonyms_of(snapshot, personal_data))
    known = {
        (row["check"], row["rule"], row["subject_kind"], row["subject_key"]) for row in content["changes"]
    }
    first_night = snapshot.query("SELECT count(*) = 1 FROM recon.runs").item()
    news = [
        finding
        for finding in content["findings"]
        if finding["severity"] == "B"
        and (
            first_night
            or finding["finding_id"] in suspended
            or (finding["check"], finding["rule"], finding["subject_kind"], finding["subject_key"]) in known
        )
    ]
    restated = [finding for finding in news if finding["check"] == "restatements"]
    reasons = {
        "new_blocking_findings": bool(news),
        "restatement": bool(restated),
        "incomplete": incomplete or bool(content["sie_errors"]) or _checks_less(snapshot),
    }
    return {
        "schema": SCHEMA,
        "company": content["company"],
        "as_of": content["as_of"],
        "run_id": content["run"]["run_id"],
        "verdict": content["verdict"],
        "reasons": [reason for reason, holds in reasons.items() if holds],
        "findings": news[:NEWS_SHOWN],
        "more_findings": max(len(news) - NEWS_SHOWN, 0),
        "not_checked": content["not_checked"],
        "report_schema": REPORT_SCHEMA,
        "failure": None,
    }


def _checks_less(snapshot: Snapshot) -> bool:
    """Whether the latest run could not make a check that the run before made."""
    runs = snapshot.query("SELECT not_run FROM recon.runs ORDER BY finished_at DESC LIMIT 2")
    not_made = [json.loads(text).keys() for text in runs["not_run"]]
    return len(not_made) == 2 and bool(not_made[0] - not_made[1])


def notice_of_failure(company_id: str, message: str) -> dict[str, Any]:
    """A night that did not end; the snapshot is the one of the night before."""
    return {
        "schema": SCHEMA,
        "company": {"id": company_id, "name": None},
        "as_of": None,
        "run_id": None,
        "verdict": None,
        "reasons": ["failed"],
        "findings": [],
        "more_findings": 0,
        "not_checked": [],
        "report_schema": REPORT_SCHEMA,
        "failure": message,
    }


def notify(
    options: NotifyOptions,
    notice: dict[str, Any],
    *,
    run: Callable[..., Any] = subprocess.run,
    post: Callable[..., httpx.Response] | None = None,
) -> list[str]:
    """Deliver ``notice`` where there is cause to; returns one sentence for each delivery that failed."""
    if not notice["reasons"] and options.when != ALWAYS:
        return []
    data = (json.dumps(notice, ensure_ascii=False) + "\n").encode("utf-8")
    deliveries: Sequence[Callable[[], str | None]] = (
        lambda: _to_command(options, data, run),
        lambda: _to_webhook(options.webhook, data, post or _post),
    )
    return [failure for deliver in deliveries if (failure := deliver()) is not None]


def _to_command(options: NotifyOptions, data: bytes, run: Callable[..., Any]) -> str | None:
    command, cwd = options.command, options.folder
    if not command:
        return None
    try:
        ended = run(
            list(command), input=data, cwd=cwd, timeout=TIMEOUT_SECONDS, check=False, capture_output=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"notify.command {command[0]}: {type(error).__name__}"
    return None if ended.returncode == 0 else f"notify.command {command[0]}: ended with {ended.returncode}"


def _post(webhook: str, **options: Any) -> httpx.Response:
    """The head of the answer: its body says nothing anybody reads, and could come for ever."""
    with _unlogged(), httpx.stream("POST", webhook, **options) as answer:
        return answer


@contextmanager
def _unlogged() -> Iterator[None]:
    """httpx logs every address it asks; this one is a secret."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_nothing)
    try:
        yield
    finally:
        logger.removeFilter(_nothing)


def _nothing(_: logging.LogRecord) -> bool:
    return False


def _to_webhook(webhook: str | None, data: bytes, post: Callable[..., httpx.Response]) -> str | None:
    """The address may hold a secret, so a failure names the host only."""
    if webhook is None:
        return None
    try:
        host = httpx.URL(webhook).host
    except httpx.InvalidURL:
        return "notify.webhook: its address cannot be read; correct it where it is kept"
    try:
        answer = post(
            webhook, content=data, headers={"content-type": "application/json"}, timeout=TIMEOUT_SECONDS
        )
    except (httpx.HTTPError, ValueError) as error:  # a host no name server can be asked for is a ValueError
        return f"notify.webhook {host}: {type(error).__name__}"
    return None if answer.is_success else f"notify.webhook {host}: answered {answer.status_code}"
