"""The report a controller opens: one self-contained HTML file, made from a published snapshot.

No script, no external request; it prints. Layout is in ``report.html.j2``; figures that are not in the snapshot do not
belong here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import jinja2

from tieout.reports.terminal import SEVERITIES, money, verdict
from tieout.snapshot import Snapshot

_ENVIRONMENT: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("tieout.reports", "."),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_report(snapshot: Snapshot) -> str:
    """The report's HTML. The same snapshot gives the same text."""
    run = snapshot.latest_run()
    findings = snapshot.findings()
    return _ENVIRONMENT.get_template("report.html.j2").render(
        run=run,
        verdict=verdict(run)[0],
        reconciled=not run["blocking"],
        tie_outs=snapshot.tie_outs_today().to_dicts(),
        arisen=snapshot.query(
            "FROM recon.tie_outs WHERE arisen <> 0 ORDER BY control_account, as_of"
        ).to_dicts(),
        groups=[
            (word, findings.filter(findings["severity"] == letter).to_dicts())
            for letter, (word, _) in SEVERITIES.items()
            if letter in findings["severity"]
        ],
        periods=snapshot.periods().to_dicts(),
        open_items=snapshot.open_item_totals().to_dicts(),
        not_run=snapshot.not_run(),
        money=money,
        snapshot_name=snapshot.path.name,
    )


def write_report(snapshot: Snapshot, target: Path) -> Path:
    """Write the report to ``target``, whole or not at all."""
    temporary = target.with_name(f".{target.name}.tmp")
    temporary.write_text(render_report(snapshot), encoding="utf-8")
    temporary.replace(target)
    return target
