"""The reconciliations in the order they run and are documented. Adding one is one file and one line here.

``reconcile`` runs them all, ``documentation`` writes the page ``docs/checks.md``. No rule belongs here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from transforms.books import Books
from transforms.causes import CAUSES
from transforms.final_openings import with_openings
from transforms.finality import FRAMES, Finality, Memory, finality
from transforms.findings import NO_WEIGHED, identify, weighed
from transforms.lock_observations import day_seen
from transforms.reconciliation import Half, NotJudged, Reconciliation, Result
from transforms.reconciliations.ageing import AGEING
from transforms.reconciliations.ap_divergence import AP_DIVERGENCE
from transforms.reconciliations.ap_duplicates import AP_DUPLICATES
from transforms.reconciliations.ap_open_balance import AP_OPEN_BALANCE
from transforms.reconciliations.ap_payments import AP_PAYMENTS
from transforms.reconciliations.ap_tie_out import AP_TIE_OUT
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE
from transforms.reconciliations.ar_duplicates import AR_DUPLICATES
from transforms.reconciliations.ar_open_balance import AR_OPEN_BALANCE
from transforms.reconciliations.ar_payments import AR_PAYMENTS
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.reconciliations.balance_roll_forward import BALANCE_ROLL_FORWARD
from transforms.reconciliations.corrections import CORRECTIONS
from transforms.reconciliations.credit_notes import CREDIT_NOTES
from transforms.reconciliations.cut_off import CUT_OFF
from transforms.reconciliations.extraction_completeness import EXTRACTION_COMPLETENESS
from transforms.reconciliations.invoice_vouchers import INVOICE_VOUCHERS
from transforms.reconciliations.journal_profile import JOURNAL_PROFILE
from transforms.reconciliations.ledger_witnesses import LEDGER_WITNESSES
from transforms.reconciliations.lock_history import LOCK_HISTORY
from transforms.reconciliations.locked_period_entries import LOCKED_PERIOD_ENTRIES
from transforms.reconciliations.manual_control_vouchers import MANUAL_CONTROL_VOUCHERS
from transforms.reconciliations.matching import MATCHING
from transforms.reconciliations.missing_documents import MISSING_DOCUMENTS
from transforms.reconciliations.payment_vouchers import PAYMENT_VOUCHERS
from transforms.reconciliations.register_changes import REGISTER_CHANGES
from transforms.reconciliations.registration_lag import REGISTRATION_LAG
from transforms.reconciliations.restatements import RESTATEMENTS
from transforms.reconciliations.subsequent_settlement import SUBSEQUENT_SETTLEMENT
from transforms.reconciliations.voucher_balance import VOUCHER_BALANCE
from transforms.reconciliations.voucher_numbering import VOUCHER_NUMBERING
from transforms.settings import Settings
from transforms.tables import CATALOGUE, PERIODS

RECONCILIATIONS: Final[tuple[Reconciliation, ...]] = (
    AR_OPEN_BALANCE,
    AP_OPEN_BALANCE,
    AR_TIE_OUT,
    AP_TIE_OUT,
    AR_DIVERGENCE,
    AP_DIVERGENCE,
    AR_PAYMENTS,
    AP_PAYMENTS,
    CREDIT_NOTES,
    AP_DUPLICATES,
    AR_DUPLICATES,
    REGISTER_CHANGES,
    AGEING,
    SUBSEQUENT_SETTLEMENT,
    INVOICE_VOUCHERS,
    PAYMENT_VOUCHERS,
    CUT_OFF,
    MANUAL_CONTROL_VOUCHERS,
    MATCHING,
    CORRECTIONS,
    VOUCHER_BALANCE,
    VOUCHER_NUMBERING,
    BALANCE_ROLL_FORWARD,
    LEDGER_WITNESSES,
    EXTRACTION_COMPLETENESS,
    RESTATEMENTS,
    LOCKED_PERIOD_ENTRIES,
    LOCK_HISTORY,
    REGISTRATION_LAG,
    MISSING_DOCUMENTS,
    JOURNAL_PROFILE,
)
MADE_TABLES: Final = (
    "recon.tie_outs",
    "recon.bridges",
    "recon.matches",
    "recon.divergences",
    "recon.ageing",
    "recon.open_items",
    "recon.subsequent_settlements",
    "recon.journal_profile",
)


@dataclass(frozen=True)
class Outcome:
    """What a run of all reconciliations found.

    ``findings`` are current ones for ``carry_over``; ``tables`` are whole, by qualified name; ``not_run`` names each
    reconciliation that was not made and why, ``halves`` each that was made on one subledger only, ``not_judged`` what
    each that was made had no word about; ``remarks`` what those that were made could not reach; ``resolutions`` what it
    means, per reconciliation, that a finding is no longer made.
    """

    findings: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    not_run: Mapping[str, str]
    halves: Mapping[str, Half]
    not_judged: Mapping[str, NotJudged]
    remarks: Mapping[str, tuple[str, ...]]
    resolutions: Mapping[str, str]


def reconcile(books: Books, settings: Settings, memory: Memory | None = None) -> Outcome:
    """Every reconciliation whose needs are met. ``memory`` is what the run before left; none on the first night."""
    books = _remembering(books, settings, Memory() if memory is None else memory)
    not_run = {check.id: reason for check in RECONCILIATIONS if (reason := check.why_not(books))}
    made = [check for check in RECONCILIATIONS if check.id not in not_run]
    halves = {check.id: half for check in made if (half := check.half_of(books))}
    of_side = {half.side: books.of_one(half.side) for half in halves.values() if half.side}
    results = {check: check.reconcile(_seen_by(check, books, halves, of_side), settings) for check in made}
    found = [
        weighed(result.findings, check=check.id, severity=check.severity, informs=check.informs)
        for check, result in results.items()
    ]
    return Outcome(
        findings=identify(pl.concat([NO_WEIGHED, *found]), as_of=settings.as_of, periods=books.periods),
        tables={"recon.periods": PERIODS.select(books.periods)}
        | books.finality.remembered.by_qualified_name()
        | {name: _table(name, results.values()) for name in MADE_TABLES},
        not_run=not_run,
        halves=halves,
        not_judged={
            check.id: unsaid
            for check, result in results.items()
            if (unsaid := check.without_word(books, result)) != NotJudged()
        },
        remarks={
            check.id: said for check, result in results.items() if (said := _remarks(check, result, halves))
        },
        resolutions={check.id: check.resolution for check in RECONCILIATIONS},
    )


def _seen_by(
    check: Reconciliation, books: Books, halves: Mapping[str, Half], of_side: Mapping[str, Books]
) -> Books:
    """The books of the one side a check is made on; all of them where it needs none or has both."""
    side = halves[check.id].side if check.id in halves else None
    return of_side[side] if side else books


def _remarks(check: Reconciliation, result: Result, halves: Mapping[str, Half]) -> tuple[str, ...]:
    return (*((halves[check.id].remark,) if check.id in halves else ()), *result.remarks)


def _remembering(books: Books, settings: Settings, memory: Memory) -> Books:
    """The books beside what earlier runs saw as final. Without a known lock the memory stays as it is."""
    if "locked_period" in books.missing:
        compared = Finality(books.periods, remembered=memory)
    else:
        frames = {name: getattr(books, name) for name in FRAMES}
        seen_on = day_seen(books.financial_years, memory.lock_history, settings.as_of)
        compared = finality(frames, memory, seen_on, settings.closing_series)
        compared = with_openings(compared, books, memory, seen_on)
    after = replace(books, periods=compared.periods, finality=compared)
    after.derived.update(books.derived)
    return after


def _table(name: str, results: Iterable[Result]) -> pl.DataFrame:
    """One table of schema ``recon`` from every reconciliation that made a part of it."""
    table = CATALOGUE[name]
    return table.select(pl.concat([table.empty(), *(r.tables[name] for r in results if name in r.tables)]))


def documentation() -> str:
    """The page about every reconciliation, as Markdown."""
    return "\n".join([HEADER, *(_page(check) for check in RECONCILIATIONS), _page_of_causes()])


def _page_of_causes() -> str:
    rows = "\n".join(f"| `{cause}` | {text} |" for cause, text in CAUSES.items())
    return f"{CAUSES_HEADER}\n| cause | claimed because |\n|---|---|\n{rows}\n"


HEADER: Final = """# Reconciliations

Generated from `transforms/reconciliations/` by `make docs`; a test keeps the two equal.
Severity: **B** blocks "reconciled", **W** needs an explanation, **I** informs. Amounts are SEK to the öre,
debit positive, unless a rule says otherwise; difference = actual - expected.
"""


CAUSES_HEADER: Final = """## Causes of a bridge's terms

`recon.bridges` explains every difference of a tie-out: one row per voucher, document or opening balance that
differs, whose differences sum to the difference of the tie-out to the öre. Each row has one cause, claimed only with
its evidence. A voucher and a document that do not name each other are put together when nothing else has their amount
and they are dated at most `unlinked_days` (120, per company) apart.
"""


def _page(check: Reconciliation) -> str:
    rules = "\n".join(f"- `{rule}`: {text}" for rule, text in check.rules.items())
    informing = f" ({', '.join(f'`{rule}`' for rule in check.informs)}: I)" if check.informs else ""
    return f"""## {check.id}

**{check.question}** Severity {check.severity}{informing}, one finding per {check.grain}.

{check.rationale}

{rules}

| | |
|---|---|
| Inputs | {", ".join(f"`{name}`" for name in check.inputs)} |
| Tolerance | {check.tolerance} |
| Source | {check.source} |
| Cannot see | {check.blind_spots} |
"""
