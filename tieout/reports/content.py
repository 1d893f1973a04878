"""What a report says, as plain values: the one source of its HTML, JSON and XLSX (``report.schema.json`` describes it).

Money is text with two decimals and dates are ISO, so that JSON loses nothing. Every figure is in the snapshot or a sum
over it. How it looks, and in which language, does not belong here.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from tieout.reports.finality_content import lock_history, restatements
from tieout.reports.personal_data import Pseudonyms
from tieout.snapshot import Snapshot
from transforms.decisions import ACCEPTED
from transforms.reconciliations import RECONCILIATIONS

SCHEMA: Final = "tieout-report/2"
_RUN_FIELDS: Final = ("run_id", "started_at", "finished_at", "mode", "tieout_version", "rules_version", "requests",
                      "rows_loaded", "rows_rejected")  # fmt: skip


def report_content(snapshot: Snapshot, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """Everything the report says about the snapshot's run."""
    run = snapshot.latest_run()
    findings = content_rows(snapshot.findings())
    for finding in findings:
        finding["evidence"] = json.loads(finding["evidence"])
    content = {
        "schema": SCHEMA,
        "company": {"id": run["company_id"], "name": run["company_name"]},
        "as_of": _plain(run["as_of"]),
        "run": {
            **{name: _plain(run[name]) for name in _RUN_FIELDS},
            "settings": json.loads(str(run["settings"])),
        },
        "verdict": _verdict(snapshot, run)
        | {"material": _material(findings) if snapshot.has_materiality() else None},
        "tie_outs": [_tie_out(snapshot, row) for row in snapshot.tie_outs_today().iter_rows(named=True)],
        "findings": findings,
        "changes": content_rows(snapshot.query("FROM views.findings_since_last_night"))
        if _is_later_run(snapshot)
        else [],
        "periods": _periods(snapshot),
        "lock_history": content_rows(lock_history(snapshot)),
        "restatements": content_rows(restatements(snapshot)),
        "open_items": {
            "totals": content_rows(snapshot.open_item_totals()),
            "ageing": content_rows(snapshot.query("FROM views.ageing")),
        },
        "completeness": _completeness(snapshot),
        "checks": _checks(snapshot),
        "not_checked": [{"check": check, "reason": why} for check, why in sorted(snapshot.not_run().items())],
        "remarks": [
            {"check": check, "remark": remark}
            for check, remarks in sorted(json.loads(str(run["remarks"])).items())
            for remark in remarks
        ],
        "sie_errors": snapshot.sie_errors(),
    }
    masked: dict[str, Any] = pseudonyms.everywhere(content)
    masked["company"] = content["company"]  # whose books these are is the subject, not somebody in them
    return masked


def _verdict(snapshot: Snapshot, run: Mapping[str, Any]) -> dict[str, Any]:
    not_made = len(snapshot.not_run())
    locked = snapshot.query("SELECT max(end_date) FROM recon.periods WHERE status = 'final'").item(0, 0)
    return {
        "reconciled": not (run["blocking"] or run["rows_rejected"] or not_made),
        "rows_rejected": run["rows_rejected"],
        "not_made": not_made,
        "blocking": run["blocking"],
        "warnings": run["warnings"],
        "informative": run["informative"],
        "accepted": run.get("accepted") or 0,
        "final_through": _plain(locked),
    }


def _material(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings that count are material, by severity, and of how many materiality says nothing."""
    counting = [finding for finding in findings if finding["status"] != ACCEPTED]
    severities = Counter(finding["severity"] for finding in counting if finding["material"])
    return {
        "blocking": severities["B"],
        "warnings": severities["W"],
        "informative": severities["I"],
        "unmeasured": sum(finding["material"] is None for finding in counting),
    }


def _is_later_run(snapshot: Snapshot) -> bool:
    return bool(snapshot.query("SELECT count(*) > 1 FROM recon.runs").item())


def _tie_out(snapshot: Snapshot, today: Mapping[str, Any]) -> dict[str, Any]:
    """One control account: today's figures, its course, the days it parted and the bridge."""
    account = [today["control_account"]]
    points = snapshot.query(
        "SELECT as_of, point, period, period_status, subledger_balance, ledger_balance, difference, arisen"
        " FROM recon.tie_outs WHERE control_account = ? ORDER BY as_of",
        account,
    )
    days = snapshot.query(
        "SELECT date, arisen, difference, causes, explanation FROM recon.divergences WHERE control_account = ?"
        " ORDER BY date",
        account,
    )
    terms = snapshot.query(
        "SELECT term, date, kind, cause, ledger_amount, subledger_amount, difference, explanation, evidence"
        " FROM recon.bridges WHERE control_account = ? ORDER BY abs(difference) DESC, date, term",
        account,
    )
    causes = snapshot.query(
        "SELECT cause, count(*) AS terms, sum(difference)::DECIMAL(18, 2) AS difference FROM recon.bridges"
        " WHERE control_account = ? GROUP BY cause ORDER BY abs(sum(difference)) DESC, cause",
        account,
    )
    name = snapshot.query(
        "SELECT arg_max(name, financial_year) FROM ledger.accounts WHERE account_number = ?", account
    ).item()
    named = ("subledger", "control_account", "as_of", "subledger_balance", "ledger_balance", "difference")
    return {
        **{key: _plain(today[key]) for key in named},
        "account_name": name,
        "parted_on": days.item(0, "date").isoformat() if days.height else None,
        "points": content_rows(points),
        "days": [{**row, "causes": json.loads(row["causes"])} for row in content_rows(days)],
        "bridge": {
            "causes": content_rows(causes),
            "terms": [{**row, "evidence": json.loads(row["evidence"])} for row in content_rows(terms)],
        },
    }


def _periods(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every period with the blocking findings and warnings that stand in it."""
    return content_rows(
        snapshot.query(
            """
            SELECT p.financial_year, p.period, p.end_date, p.status,
                   count(f.finding_id) FILTER (f.severity = 'B') AS blocking,
                   count(f.finding_id) FILTER (f.severity = 'W') AS warnings
            FROM recon.periods AS p
            LEFT JOIN recon.findings AS f
                   ON f.company_id = p.company_id AND f.resolved_at IS NULL
                  AND f.period = strftime(p.period, '%Y-%m') AND f.financial_year = p.financial_year
            GROUP BY ALL ORDER BY ALL
            """
        )
    )


_SIE_FILES: Final = """
SELECT f.financial_year, f.financial_year_end, f.file_name, f.file_id AS sha256, f.bytes, f.ksumma,
       f.generated_date,
       (SELECT count(*) FROM sie.vouchers AS v WHERE v.file_id = f.file_id) AS vouchers,
       (SELECT count(*) FROM sie.voucher_rows AS r
        WHERE r.file_id = f.file_id AND kind = 'row') AS rows,
       (SELECT coalesce(sum(amount) FILTER (amount > 0), 0)::DECIMAL(18, 2) FROM sie.voucher_rows AS r
        WHERE r.file_id = f.file_id AND kind = 'row') AS debit
FROM sie.files AS f ORDER BY ALL
"""


_CERTIFICATE: Final = """
SELECT surface, part, financial_year, rows_stated, rows_fetched, rows_held, pages_expected, pages_fetched, witness,
       witness_rows, witness_missing, debits, verdict, why
FROM recon.completeness ORDER BY verdict = 'complete', surface, part
"""


def _completeness(snapshot: Snapshot) -> dict[str, Any]:
    """What was received, counted by witnesses that do not know of each other."""
    return {
        "certificate": content_rows(snapshot.query(_CERTIFICATE)),
        "vouchers": content_rows(
            snapshot.query(
                """
                SELECT financial_year, voucher_series, count(*) FILTER (in_api) AS api, count(*) FILTER (in_sie) AS sie,
                       count(*) FILTER (in_api AND in_sie) AS "both"
                FROM ledger.vouchers GROUP BY ALL ORDER BY ALL
                """
            )
        ),
        "sie_files": content_rows(snapshot.query(_SIE_FILES)) if snapshot.holds("sie.files") else [],
        "surfaces": [
            {"table": name, "rows": snapshot.query(f'SELECT count(*) FROM "{schema}"."{table}"').item()}  # noqa: S608 -- names come from the catalogue
            for schema, table, name in snapshot.query(
                "SELECT schema_name, table_name, schema_name || '.' || table_name FROM duckdb_tables()"
                " WHERE schema_name = 'fortnox' ORDER BY ALL"
            ).rows()
        ],
    }


def _checks(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Every reconciliation with how it ended: clean, findings or not run."""
    standing = dict(
        snapshot.query(
            'SELECT "check", count(*) FROM recon.findings WHERE resolved_at IS NULL GROUP BY ALL'
        ).rows()
    )
    not_run = snapshot.not_run()
    return [
        {
            "check": reconciliation.id,
            "question": reconciliation.question,
            "severity": reconciliation.severity,
            "findings": standing.get(reconciliation.id, 0),
            "outcome": "not_run"
            if reconciliation.id in not_run
            else "findings"
            if standing.get(reconciliation.id)
            else "clean",
            "blind_spots": reconciliation.blind_spots,
        }
        for reconciliation in RECONCILIATIONS
    ]


def content_rows(frame: Any) -> list[dict[str, Any]]:
    """A frame's rows as plain values: money as text with two decimals, dates as ISO text."""
    return [_plain_row(row) for row in frame.iter_rows(named=True)]


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def report_json(content: Mapping[str, Any]) -> str:
    """The content as JSON text, keys in their order, ending in a newline."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def listed_tables(content: Mapping[str, Any]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """The content's lists as flat tables, for a workbook."""
    ties = content["tie_outs"]
    yield "tie-outs", [_scalars(tie) for tie in ties]
    yield (
        "tie-outs by month",
        [{"control_account": t["control_account"], **p} for t in ties for p in t["points"]],
    )
    yield (
        "bridge",
        [{"control_account": t["control_account"], **p} for t in ties for p in t["bridge"]["terms"]],
    )
    yield "days parted", [{"control_account": t["control_account"], **p} for t in ties for p in t["days"]]
    yield "findings", content["findings"]
    yield "material findings", [finding for finding in content["findings"] if finding["material"]]
    yield "periods", content["periods"]
    yield "lock history", content["lock_history"]
    yield "restatements", content["restatements"]
    yield "ageing", content["open_items"]["ageing"]
    yield "certificate", content["completeness"]["certificate"]
    yield "vouchers by witness", content["completeness"]["vouchers"]
    yield "sie files", content["completeness"]["sie_files"]
    yield "checks", content["checks"]
    yield "not checked", content["not_checked"]


def _scalars(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not isinstance(value, list | dict)}
