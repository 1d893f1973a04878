"""What an evidence pack holds: report, reconciliations, the rows behind them, SIE files, and how to redo one by hand.

::

    README.md LASMIG.md          what this is and how to re-perform one tie-out with a spreadsheet
    report/                      report.html, report.sv.html, report.json, report.xlsx
    tie_outs/                    one folder per control account: subledger.csv, ledger.csv, bridge.csv, tie_out.json
    tables/                      findings with their history, tie-outs, bridges, periods, runs and the books of the
                                 year, each as CSV and Parquet
    sie/                         SIE files of the year, as received (or masked, decision 0511)
    checks.md run.json completeness.json

Everything comes from one snapshot and the company's raw SIE files; the same inputs give the same bytes. Hashes and
signatures belong to ``manifest``.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import jinja2
import polars as pl

from tieout.pack.manifest import canonical_json
from tieout.pack.sie_masking import masked_sie
from tieout.reports.content import report_content, report_json
from tieout.reports.personal_data import Pseudonyms, pseudonyms_of
from tieout.reports.report_workbook import report_workbook
from tieout.reports.web_page import ReportOptions, render_report
from tieout.reports.words import LANGUAGES, WORDS
from tieout.snapshot import Snapshot
from tieout.views.analysis import COUNTS_ON
from transforms.reconciliations import documentation
from transforms.tables import ContractBroken

#: Tables of the pack: all rows of the company, or those of the financial year.
_WHOLE: Final = ("recon.findings", "recon.finding_decisions", "recon.tie_outs", "recon.bridges", "recon.divergences",
                 "recon.periods", "recon.runs", "ledger.financial_years", "ledger.control_accounts",
                 "ledger.subledger_entries", "ledger.customer_invoices", "ledger.supplier_invoices",
                 "ledger.customer_payments", "ledger.supplier_payments", "ledger.customer_write_offs",
                 "ledger.supplier_write_offs")  # fmt: skip
_OF_YEAR: Final = ("ledger.accounts", "ledger.account_balances", "ledger.vouchers", "ledger.voucher_rows")
_READMES: Final = {"en": "README.md", "sv": "LASMIG.md"}
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.PackageLoader("tieout.pack", "."),
    autoescape=False,  # noqa: S701 -- plain text, no markup
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


#: The posting date of an entry is the day it counts on already.
_SUBLEDGER_SIDE: Final = """
SELECT posting_date, kind, entry_key, document_number, currency, currency_amount, amount, voucher_key
FROM ledger.subledger_entries WHERE control_account = $1 AND posting_date <= $2 ORDER BY ALL
"""
_LEDGER_SIDE: Final = f"""
SELECT financial_year AS voucher_date, 'opening balance' AS voucher_key, NULL::BIGINT AS row_number,
       NULL::VARCHAR AS text, amount
FROM ledger.account_balances
WHERE account_number = $1 AND witness = 'sie' AND year_number = 0 AND kind = 'opening_balance'
  AND financial_year = $2::DATE + 1
UNION ALL
SELECT voucher_date, voucher_key, row_number, text, amount
FROM ledger.voucher_rows JOIN ledger.financial_years USING (company_id, financial_year)
WHERE account_number = $1 AND kind = 'row' AND financial_year > $2::DATE AND {COUNTS_ON} <= $3
ORDER BY voucher_date, voucher_key, row_number
"""  # noqa: S608 -- one known expression


class NoSuchYear(Exception):
    """The snapshot holds no such financial year, or two of them. Exit code 4."""

    exit: Final = 4


class BytesMissing(Exception):
    """A SIE file the snapshot was made from is not in the company's folder, or is not what it was. Exit code 4."""

    exit: Final = 4


@dataclass(frozen=True)
class Year:
    """A financial year, and the last day of it the books are reconciled at."""

    first: dt.date
    last: dt.date
    as_of: dt.date

    @property
    def keep_until(self) -> dt.date:
        """Kept to the end of the seventh year after the calendar year the financial year ended in (BFL 7:2)."""
        return dt.date(self.last.year + 7, 12, 31)


def year_named(snapshot: Snapshot, name: str) -> Year:
    """The financial year that begins on the day ``name``, or that ended in the calendar year ``name``."""
    years = snapshot.query("SELECT financial_year, end_date FROM ledger.financial_years ORDER BY ALL").rows()
    chosen = [(first, last) for first, last in years if name in {first.isoformat(), str(last.year)}]
    if len(chosen) != 1:
        held = ", ".join(f"{first} to {last}" for first, last in years) or "none"
        raise NoSuchYear(
            f"{name}: {len(chosen)} financial years; held: {held}. Name one by its first day or its last year"
        )
    (first, last) = chosen[0]
    as_of = snapshot.latest_run()["as_of"]
    assert isinstance(as_of, dt.date)  # noqa: S101 -- a DATE column
    return Year(first, last, min(last, as_of))


def pack_contents(
    snapshot: Snapshot, sie_directory: Path, year: Year, personal_data: str
) -> dict[str, bytes]:
    """Every file of the pack but its manifest, by path. Raises ``BytesMissing`` or ``OlderSnapshot``."""
    snapshot.refuse_entries_dated_otherwise()
    pseudonyms = pseudonyms_of(snapshot, personal_data)
    content = report_content(snapshot, pseudonyms)
    ties = list(_tie_outs(snapshot, year))
    files = {
        "run.json": canonical_json(
            {"run": content["run"], "as_of": content["as_of"], "company": content["company"]}
        ),
        "completeness.json": canonical_json(content["completeness"]),
        "checks.md": documentation().encode("utf-8"),
        **_report(content, personal_data),
        **{f"tables/{path}": data for path, data in _tables(snapshot, year, pseudonyms)},
        **{path: data for tie in ties for path, data in _tie_out_files(tie, pseudonyms)},
    }
    sie_files, notes = _sie(snapshot, sie_directory, year, pseudonyms)
    files |= sie_files
    for language in LANGUAGES:
        files[_READMES[language]] = _readme(language, content, year, ties, notes)
    return files


def _report(content: Mapping[str, Any], personal_data: str) -> dict[str, bytes]:
    return {
        "report/report.html": render_report(content, ReportOptions("en", personal_data)).encode("utf-8"),
        "report/report.sv.html": render_report(content, ReportOptions("sv", personal_data)).encode("utf-8"),
        "report/report.json": report_json(content).encode("utf-8"),
        "report/report.xlsx": report_workbook(content),
    }


def _tables(snapshot: Snapshot, year: Year, pseudonyms: Pseudonyms) -> Iterator[tuple[str, bytes]]:
    for name in filter(snapshot.holds, (*_WHOLE, *_OF_YEAR)):
        where = f"WHERE financial_year = DATE '{year.first}'" if name in _OF_YEAR else ""
        yield from _both_forms(name, masked(snapshot.query(f"FROM {name} {where}"), pseudonyms))


def _both_forms(name: str, frame: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
    parquet = io.BytesIO()
    frame.write_parquet(parquet, compression="zstd", statistics=False)
    yield f"{name}.parquet", parquet.getvalue()
    yield f"{name}.csv", frame.write_csv(include_bom=True).encode("utf-8")


def masked(frame: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """``frame`` with every known name of a person replaced in its text columns."""
    if not pseudonyms.names:
        return frame
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    replaced = [pl.Series(name, _masked_values(frame[name], pseudonyms), dtype=pl.String) for name in texts]
    return frame.with_columns(replaced)


def _masked_values(values: pl.Series, pseudonyms: Pseudonyms) -> list[str | None]:
    known = {text: pseudonyms.text(text) for text in values.drop_nulls().unique()}
    return [None if text is None else known[text] for text in values]


@dataclass(frozen=True)
class TieOut:
    """One control account at the pack's day, and the rows whose sums are its two sides."""

    subledger_kind: str
    account: str
    as_of: dt.date
    subledger: pl.DataFrame
    ledger: pl.DataFrame
    bridge: pl.DataFrame

    @property
    def subledger_balance(self) -> Decimal:
        return _total(self.subledger)

    @property
    def ledger_balance(self) -> Decimal:
        return _total(self.ledger)

    @property
    def difference(self) -> Decimal:
        return self.subledger_balance - self.ledger_balance

    @property
    def bridge_total(self) -> Decimal:
        return _total(self.bridge, "difference")


def _total(frame: pl.DataFrame, column: str = "amount") -> Decimal:
    return sum(frame[column].to_list(), Decimal("0.00"))


def _tie_outs(snapshot: Snapshot, year: Year) -> Iterator[TieOut]:
    """Both sides of every tied control account: booked documents, and opening balance with booked rows."""
    accounts = snapshot.query(
        "SELECT DISTINCT subledger, control_account, min(as_of) FILTER (point = 'opening') OVER (PARTITION BY"
        " control_account) AS opening FROM recon.tie_outs ORDER BY ALL"
    )
    for kind, account, opening in accounts.rows():
        subledger = snapshot.query(_SUBLEDGER_SIDE, [account, year.as_of])
        ledger = snapshot.query(_LEDGER_SIDE, [account, opening, year.as_of])
        bridge = snapshot.query(
            "SELECT date, term, kind, cause, ledger_amount, subledger_amount, difference, explanation, evidence"
            " FROM recon.bridges WHERE control_account = ? AND date <= ? ORDER BY date, term",
            [account, year.as_of],
        )
        yield _as_published(snapshot, TieOut(kind, account, year.as_of, subledger, ledger, bridge))


def _as_published(snapshot: Snapshot, tie: TieOut) -> TieOut:
    """``tie`` itself. Raises ``ContractBroken`` where the run published other figures for the same day."""
    published = snapshot.query(
        "SELECT subledger_balance, ledger_balance FROM recon.tie_outs WHERE control_account = ? AND as_of = ?",
        [tie.account, tie.as_of],
    ).rows()
    if any(figures != (tie.subledger_balance, tie.ledger_balance) for figures in published):
        raise ContractBroken(
            f"account {tie.account} on {tie.as_of}: the rows sum to {tie.subledger_balance} and {tie.ledger_balance},"
            f" recon.tie_outs says {published}"
        )
    return tie


def _tie_out_files(tie: TieOut, pseudonyms: Pseudonyms) -> Iterator[tuple[str, bytes]]:
    folder = f"tie_outs/{tie.account}"
    for name, frame in (("subledger", tie.subledger), ("ledger", tie.ledger), ("bridge", tie.bridge)):
        yield from _both_forms(f"{folder}/{name}", masked(frame, pseudonyms))
    figures = {
        "control_account": tie.account,
        "subledger": tie.subledger_kind,
        "as_of": tie.as_of.isoformat(),
        "subledger_balance": f"{tie.subledger_balance:.2f}",
        "ledger_balance": f"{tie.ledger_balance:.2f}",
        "difference": f"{tie.difference:.2f}",
        "bridge_total": f"{tie.bridge_total:.2f}",
    }
    yield f"{folder}/tie_out.json", canonical_json(figures)


def _sie(
    snapshot: Snapshot, directory: Path, year: Year, pseudonyms: Pseudonyms
) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """The SIE files of the year by path in the pack, and what the README says of each."""
    files: dict[str, bytes] = {}
    notes = []
    rows = snapshot.query(
        "SELECT file_id, file_name, charset FROM sie.files WHERE financial_year = ? ORDER BY ALL",
        [year.first],
    ).rows()
    for file_id, file_name, charset in rows:
        stored = directory / f"{file_id}.se"
        if not stored.exists():
            raise BytesMissing(
                f"{stored}: missing; the snapshot was made from it. Run again to fetch it anew"
            )
        data = stored.read_bytes()
        shown = masked_sie(data, charset, pseudonyms)
        path = f"sie/{file_id}{'' if shown == data else '.masked'}.se"
        files[path] = shown
        notes.append({"path": path, "name": file_name, "sha256": file_id, "masked": shown != data})
    return files, notes


def _readme(
    language: str, content: Mapping[str, Any], year: Year, ties: list[TieOut], sie: list[dict[str, Any]]
) -> bytes:
    words = WORDS[language]
    text = _TEMPLATES.get_template(f"readme_{language}.md.j2").render(
        r=content, year=year, ties=ties, example=next(iter(ties), None), sie=sie, w=words, money=words.money
    )
    return text.encode("utf-8")
