"""How the tables of a snapshot hang together: which columns of one lead to one row of another.

The ER diagram and the join notes of ``docs/views.md`` are drawn from here. Columns and their meaning belong to the
tables themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Relation:
    """Rows of ``child`` lead to at most one row of ``parent`` by ``columns`` (child column, parent column)."""

    child: str
    parent: str
    columns: tuple[tuple[str, str], ...]
    label: str


def _same(child: str, parent: str, label: str, *columns: str) -> Relation:
    return Relation(child, parent, tuple((column, column) for column in columns), label)


_YEAR: Final = ("company_id", "financial_year")
_VOUCHER: Final = (*_YEAR, "voucher_series", "voucher_number", "occurrence")

RELATIONS: Final = (
    _same("ledger.accounts", "ledger.financial_years", "chart of", *_YEAR),
    _same("ledger.account_balances", "ledger.financial_years", "stated for", *_YEAR),
    _same("ledger.vouchers", "ledger.financial_years", "booked in", *_YEAR),
    _same("ledger.voucher_rows", "ledger.vouchers", "row of", *_VOUCHER),
    _same("ledger.voucher_rows", "ledger.accounts", "on", *_YEAR, "account_number"),
    _same("ledger.voucher_series", "ledger.financial_years", "numbered in", *_YEAR),
    Relation(
        "ledger.attached_files", "ledger.vouchers",
        (("company_id", "company_id"), ("subject_key", "voucher_key")), "attached to, where voucher",
    ),
    Relation(
        "ledger.attached_files", "ledger.supplier_invoices",
        (("company_id", "company_id"), ("subject_key", "document_number")), "attached to, where supplier_invoice",
    ),
    *(
        relation
        for party in ("customer", "supplier")
        for relation in (
            Relation(
                f"ledger.{party}_invoices", f"ledger.{party}s",
                (("company_id", "company_id"), ("counterparty_number", f"{party}_number")), "of",
            ),
            _same(f"ledger.{party}_payments", f"ledger.{party}_invoices", "settles", "company_id", "document_number"),
            _same(f"ledger.{party}_write_offs", f"ledger.{party}_payments", "part of", "company_id", "payment_number"),
            _same("ledger.subledger_entries", f"ledger.{party}_invoices", f"changes, where {party}", "company_id",
                  "document_number"),
        )
    ),
    _same("ledger.subledger_entries", "ledger.vouchers", "names", "company_id", "voucher_key"),
    Relation(
        "ledger.subledger_entries", "ledger.control_accounts",
        (("company_id", "company_id"), ("control_account", "account_number")), "on",
    ),
    Relation(
        "recon.tie_outs", "ledger.control_accounts",
        (("company_id", "company_id"), ("control_account", "account_number")), "of",
    ),
    Relation(
        "recon.bridges", "ledger.control_accounts",
        (("company_id", "company_id"), ("control_account", "account_number")), "of",
    ),
    _same("recon.periods", "ledger.financial_years", "of", *_YEAR),
    _same("recon.findings", "recon.runs", "last changed by", "run_id"),
    _same("recon.finding_decisions", "recon.findings", "about", "company_id", "finding_id"),
    _same("history.changes", "recon.runs", "noticed by", "run_id"),
    _same("history.changes", "history.tables", "of a record of", "company_id", "table_name"),
)  # fmt: skip


def er_diagram() -> str:
    """The relations as a mermaid ER diagram."""
    lines = ["erDiagram"]
    for relation in RELATIONS:
        child, parent = (name.replace(".", "_") for name in (relation.child, relation.parent))
        lines.append(f'    {parent} ||--o{{ {child} : "{relation.label}"')
    return "\n".join(lines)
