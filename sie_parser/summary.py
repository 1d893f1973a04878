"""One SIE file in one page: what it is, what it holds, whether it adds up, what is wrong with it.

Grain: one summary per file; `to_json` is what `python -m sie_parser summary --json` prints. Loading the
file's contents anywhere does not belong here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sie_parser.header import Header
from sie_parser.identities import Difference, Ledger
from sie_parser.problems import PROBLEM_KINDS, Problem, render
from sie_parser.reader import records
from sie_parser.source import Source

_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """The facts of one file."""

    header: Header
    trans_sum_by_account: dict[str, Decimal]
    vouchers: int
    unbalanced: int
    empty_vouchers: int
    unreadable_rows: int
    differences: list[Difference]
    problems: list[Problem]


def summarise(source: Source) -> Summary:
    """Read a file with the exact reader and sum it up."""
    stream = records(source)
    ledger = Ledger()
    for record in stream:
        ledger.add(record)
    differences = ledger.finish()
    return Summary(
        header=stream.header,
        trans_sum_by_account=dict(sorted(ledger.movements.items())),
        vouchers=ledger.vouchers,
        unbalanced=len(ledger.unbalanced),
        empty_vouchers=ledger.empty_vouchers,
        unreadable_rows=ledger.unreadable_rows,
        differences=differences,
        problems=stream.problems,
    )


def to_json(summary: Summary) -> dict[str, Any]:
    """The summary as JSON values; amounts are decimal strings, dates ISO."""
    header = summary.header
    return {
        "bytes": header.bytes,
        "charset": header.charset,
        "charset_evidence": header.charset_evidence,
        "sie_type": header.sie_type,
        "program": header.program,
        "program_version": header.program_version,
        "company_name": header.company_name,
        "corporate_id": header.corporate_id,
        "currency": header.currency,
        "generated_date": _iso(header.generated_date),
        "years": {str(y.year_number): [_iso(y.start), _iso(y.end)] for y in header.years},
        "records": header.records,
        "trans_sum_by_account": {k: str(v) for k, v in summary.trans_sum_by_account.items()},
        "unbalanced": summary.unbalanced,
        "empty_vouchers": summary.empty_vouchers,
        "unreadable_trans": summary.unreadable_rows,
        "ksumma": header.ksumma,
        "ksumma_declared": header.ksumma_declared,
        "ksumma_computed": header.ksumma_computed,
        "differences": [
            {
                "identity": d.identity,
                "key": d.key,
                "line": d.line,
                "expected": str(d.expected),
                "actual": str(d.actual),
                "difference": str(d.difference),
            }
            for d in summary.differences
        ],
        "problems": [
            {
                "code": p.code,
                "severity": p.severity,
                "line": p.line,
                "column": p.column,
                "label": p.label,
                "message": p.message,
                "excerpt": p.excerpt,
            }
            for p in summary.problems
        ],
    }


def to_text(summary: Summary) -> str:
    """The summary for people."""
    header = summary.header
    years = (
        ", ".join(f"{y.year_number}: {_iso(y.start)} to {_iso(y.end)}" for y in header.years) or "not stated"
    )
    lines = [
        f"company   {header.company_name or 'not stated'} {header.corporate_id}".rstrip(),
        f"file      type {header.sie_type}, {header.bytes:,} bytes, {header.currency}",
        f"program   {header.program} {header.program_version}".rstrip(),
        f"charset   {header.charset}: {header.charset_evidence}",
        f"years     {years}",
        f"checksum  {header.ksumma}",
        "items     " + ", ".join(f"{label} {count}" for label, count in header.records.items()),
        f"vouchers  {summary.vouchers}, {summary.empty_vouchers} empty, {summary.unbalanced} unbalanced",
    ]
    lines += [f"  {account:<8} {total:>20,}" for account, total in summary.trans_sum_by_account.items()]
    return "\n".join(lines + _differences(summary) + _problems(summary)) + "\n"


def _differences(summary: Summary) -> list[str]:
    """The identities, each with its first differences."""
    if not summary.vouchers:
        return ["identities  nothing to compare: no vouchers"]
    lines = []
    for identity in ("voucher", "closing_balance", "result_balance", "period_balance"):
        found = [d for d in summary.differences if d.identity == identity]
        lines.append(f"identity  {identity}: {'holds' if not found else f'{len(found)} differ'}")
        lines += [
            f"  {d.key}: expected {d.expected}, found {d.actual}, line {d.line}" for d in found[:_SHOWN]
        ]
    return lines


def _problems(summary: Summary) -> list[str]:
    """The problems by code, each with its first places."""
    lines = []
    for code, count in Counter(p.code for p in summary.problems).items():
        lines.append(f"{PROBLEM_KINDS[code].severity:<9} {code}: {count}")
        lines += [f"  {render(p)}" for p in summary.problems if p.code == code][:_SHOWN]
    return lines or ["problems  none"]


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None
