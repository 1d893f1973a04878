"""A company's decisions about findings: ``decisions.jsonl`` beside its snapshots, one JSON object a line, oldest first.

Kept outside the warehouse, because what people decided cannot be pulled again. The file is replaced whole, so it is
never half written; earlier lines stay byte for byte as they were. What a decision makes of a finding does not belong
here, that is ``transforms.decisions``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipelines.companies import CompanyDirectory
from pipelines.whole_file import write_whole
from tieout.snapshot import Snapshot, open_snapshot
from transforms.decisions import ACCEPT, ACTIONS, AMOUNTS, NOTE, said_hash
from transforms.tables import FINDING_DECISIONS, ContractBroken

_ABOUT: Final = (
    "finding_id",
    "check",
    "rule",
    "subject_kind",
    "subject_key",
    "severity",
    *AMOUNTS,
    "currency",
)
_SHORTEST_PREFIX: Final = 4


class DecisionsDamaged(Exception):
    """A line of decisions.jsonl is not a decision. Nothing was touched; restore the file from a backup. Exit code 4."""

    exit: Final = 4


class NotDecided(Exception):
    """The decision cannot be made: no such finding, several, or something is left out. Exit code 2."""

    exit: Final = 2


@dataclass(frozen=True)
class Decision:
    """What somebody wants to say about the finding whose id begins with ``finding``. ``owner`` "" means nobody."""

    action: str
    finding: str
    by: str
    at: str
    comment: str | None = None
    owner: str | None = None


def read_decisions(company: CompanyDirectory) -> pl.DataFrame:
    """``recon.finding_decisions`` of the company; empty when nobody decided anything. Raises ``DecisionsDamaged``."""
    file = company.decisions_file
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows = [_row(line, company, file, position) for position, line in enumerate(lines, start=1)]
    return FINDING_DECISIONS.select(pl.DataFrame(rows, schema=FINDING_DECISIONS.dtypes))


def _row(line: str, company: CompanyDirectory, file: Path, position: int) -> dict[str, Any]:
    try:
        held = json.loads(line)
        row = {name: held.get(name) for name in FINDING_DECISIONS.dtypes}
        row |= {"company_id": company.company_id, "position": position}
        row |= {name: None if row[name] is None else Decimal(row[name]) for name in AMOUNTS}
        FINDING_DECISIONS.check(pl.DataFrame([row], schema=FINDING_DECISIONS.dtypes))
        usable = row["action"] in ACTIONS
    except (
        ValueError,
        TypeError,
        AttributeError,
        InvalidOperation,
        ContractBroken,
        pl.exceptions.PolarsError,
    ):
        usable = False
    if not usable:
        raise DecisionsDamaged(
            f"{file}, line {position}: not a decision about a finding; restore the file from a backup, or take"
            " the line out if it was added by hand"
        )
    return row


def decide(company: CompanyDirectory, decision: Decision) -> dict[str, Any]:
    """Add the decision and return the finding it is about, as the latest snapshot has it.

    Raises ``NotDecided``, ``DecisionsDamaged``, ``NoSnapshot``, and ``CompanyBusy`` while a run is under way.
    """
    _refuse_half_a_decision(decision)
    with open_snapshot(company.snapshot_pointer):
        pass  # a company without a snapshot is told so before its folders are made
    with company.exclusively(), open_snapshot(company.snapshot_pointer) as snapshot:
        read_decisions(company)
        finding = _finding(snapshot, decision)
        line = {
            "action": decision.action,
            "decided_at": decision.at,
            "decided_by": decision.by,
            "owner": decision.owner,
            "comment": decision.comment,
            **{name: finding[name] for name in _ABOUT},
            "said_hash": said_hash(finding["explanation"]),
            "evidence_hash": said_hash(finding["evidence"]),
            "run_id": snapshot.latest_run()["run_id"],
        }
        _add(company.decisions_file, json.dumps(line, ensure_ascii=False, default=str))
    return finding


def _refuse_half_a_decision(decision: Decision) -> None:
    if decision.action in {ACCEPT, NOTE} and not (decision.comment or "").strip():
        raise NotDecided(f"--{decision.action}: say why with --comment")
    if decision.action == "assign" and decision.owner is None:
        raise NotDecided('--assign: say to whom with --owner; --owner "" is nobody')


def _finding(snapshot: Snapshot, decision: Decision) -> dict[str, Any]:
    """The one finding whose id begins so; an acceptance needs one that stands."""
    prefix = decision.finding.lower()
    found = snapshot.query(
        "FROM recon.findings WHERE starts_with(finding_id, ?) ORDER BY finding_id", [prefix]
    )
    if len(prefix) < _SHORTEST_PREFIX or found.is_empty():
        raise NotDecided(
            f"{decision.finding}: no finding's id begins so (at least {_SHORTEST_PREFIX} characters);"
            " `tieout findings` lists them"
        )
    if found.height > 1:
        listed = ", ".join(f"{row['finding_id']} ({row['check']})" for row in found.head(5).to_dicts())
        raise NotDecided(
            f"{decision.finding}: {found.height} findings' ids begin so: {listed}; give more of it"
        )
    finding = found.row(0, named=True)
    if decision.action == ACCEPT and finding["resolved_at"] is not None:
        raise NotDecided(
            f"{finding['finding_id']}: resolved on {finding['resolved_at']}, there is nothing to accept"
        )
    return finding


def _add(file: Path, line: str) -> None:
    """``file`` with one more line."""
    before = file.read_bytes() if file.exists() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_whole(file, before + line.encode("utf-8") + b"\n")
