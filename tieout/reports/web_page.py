"""The report a controller opens: one self-contained HTML file, made from a published snapshot.

No script, no external request; it prints to A4 and follows the reader's light or dark setting. Layout is in
``report.html.j2`` and ``report.css``, figures in ``content``; neither belongs here.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from pipelines.whole_file import write_whole
from tieout.reports.charts import ageing_chart, bridge_chart, tie_out_chart
from tieout.reports.content import report_content
from tieout.reports.personal_data import PSEUDONYMISE, pseudonyms_of
from tieout.reports.words import ACTIONS, WORDS, Words, action_of
from tieout.snapshot import Snapshot

_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("tieout.reports", "."),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class ReportOptions:
    """Language, and whether persons keep their names."""

    language: str = "en"
    personal_data: str = PSEUDONYMISE


def render_report(content: Mapping[str, Any], options: ReportOptions) -> str:
    """The report's HTML. The same content gives the same text."""
    words = WORDS[options.language]
    grouped = [
        (action, [finding for finding in content["findings"] if action_of(finding["check"]) == action])
        for action, _ in ACTIONS
    ]
    return _ENVIRONMENT.get_template("report.html.j2").render(
        r=content,
        w=words,
        groups=[(action, rows) for action, rows in grouped if rows],
        ageing=_ageing(content),
        charts=_charts(content, words),
        witness_gaps=_witness_gaps(content),
        masked=options.personal_data == PSEUDONYMISE,
    )


def _ageing(content: Mapping[str, Any]) -> list[tuple[tuple[str, str | None], list[dict[str, Any]]]]:
    rows = content["open_items"]["ageing"]
    groups = itertools.groupby(rows, key=lambda row: (row["subledger"], row["control_account"]))
    return [(key, list(members)) for key, members in groups]


def _witness_gaps(content: Mapping[str, Any]) -> int:
    """Series whose vouchers the API and SIE do not hold alike; none where only one of them was asked."""
    rows = content["completeness"]["vouchers"]
    if not any(row["api"] for row in rows) or not any(row["sie"] for row in rows):
        return 0
    return sum(row["api"] != row["both"] or row["sie"] != row["both"] for row in rows)


def _charts(content: Mapping[str, Any], words: Words) -> dict[str | None, dict[str, Markup]]:
    """SVG by control account."""
    drawn: dict[str | None, dict[str, str]] = {}
    for tie in content["tie_outs"]:
        account = tie["control_account"]
        drawn[account] = {"course": tie_out_chart(tie, words, f"course-{account}")}
        if tie["bridge"]["terms"]:
            drawn[account]["bridge"] = bridge_chart(tie, words, f"bridge-{account}")
    for (_, owner), rows in _ageing(content):
        drawn.setdefault(owner, {})["ageing"] = ageing_chart(rows, words, f"ageing-{owner}")
    return {
        account: {name: Markup(svg) for name, svg in pictures.items()}  # noqa: S704 -- drawn here, texts escaped
        for account, pictures in drawn.items()
    }


def write_report(snapshot: Snapshot, target: Path, options: ReportOptions = ReportOptions()) -> Path:
    """Write the report to ``target``, whole or not at all."""
    content = report_content(snapshot, pseudonyms_of(snapshot, options.personal_data))
    write_whole(target, render_report(content, options).encode("utf-8"))
    return target
