"""What a reconciliation is: a documented question, what it needs, and one function from books to a result.

A rule hands back *drafts*: the accounting content of findings. Identity, severity and life (first seen,
resolved) are added once for all in ``findings.py``. The reconciliations themselves do not belong here; each
has its file in ``reconciliations/``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import polars as pl

from transforms import money
from transforms.books import Books
from transforms.intake import Dtype
from transforms.periods import period_name
from transforms.settings import Settings
from transforms.tables import CATALOGUE, DAY, MONEY, TEXT

DRAFT: Final[dict[str, Dtype]] = {
    "company_id": TEXT,
    "financial_year": DAY,
    "period": TEXT,
    "date": DAY,
    "rule": TEXT,
    "subject_kind": TEXT,
    "subject_key": TEXT,
    "voucher_series": TEXT,
    "voucher_number": TEXT,
    "account_number": TEXT,
    "expected": MONEY,
    "actual": MONEY,
    "difference": MONEY,
    "currency": TEXT,
    "explanation": TEXT,
    "evidence": pl.List(pl.String),
}
"""Columns of a draft finding. ``date`` is the day whose period stamps it, and gives a null financial year."""

SIDES: Final = ("customer", "supplier")
NO_DRAFTS: Final = pl.DataFrame(schema=DRAFT)


def drafts(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` as drafts: its columns in order and dtype, null where it has none."""
    if frame.schema == NO_DRAFTS.schema:
        return frame
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in DRAFT.items()
    )


def together(*parts: pl.DataFrame) -> pl.DataFrame:
    """Several drafts as one."""
    return pl.concat([NO_DRAFTS, *(drafts(part) for part in parts)])


def about_voucher_account(rule: str) -> dict[str, pl.Expr]:
    """The draft columns every finding about a voucher and an account it books on shares."""
    return {
        "date": pl.col("voucher_date"),
        "period": period_name(pl.col("voucher_date")),
        "rule": pl.lit(rule),
        "subject_kind": pl.lit("voucher_account"),
        "subject_key": pl.format("{}/{}", "voucher_key", "account_number"),
        "currency": pl.lit(money.LEDGER_CURRENCY),
        "evidence": pl.concat_list(pl.format("voucher {}", "voucher_key")),
    }


@dataclass(frozen=True)
class NotJudged:
    """What a reconciliation that was made has no word about: financial years by their first day, one of its rules in a
    year, and subjects by their key. What was found about them before still stands."""

    years: frozenset[dt.date] = frozenset()
    rules: frozenset[tuple[str, dt.date]] = frozenset()
    subjects: frozenset[str] = frozenset()

    def about(self) -> pl.Expr:
        """True for findings about any of it."""
        year = pl.col("financial_year")
        in_year = year.is_in(sorted(self.years))
        by_rule = ((pl.col("rule") == rule) & (year == first_day) for rule, first_day in sorted(self.rules))
        about = (in_year, *by_rule, pl.col("subject_key").is_in(sorted(self.subjects)))
        return pl.any_horizontal(about).fill_null(False)


@dataclass(frozen=True)
class Result:
    """What one reconciliation found: drafts, tables of schema ``recon`` by qualified name, remarks on its reach, and
    what it has no word about."""

    findings: pl.DataFrame
    tables: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    not_judged: NotJudged = NotJudged()


@dataclass(frozen=True)
class Half:
    """The one subledger a reconciliation was made on, its control accounts, and why not on the other; no subledger
    where only ``rules`` were judged, those that need neither."""

    side: str | None
    accounts: tuple[str, ...]
    remark: str
    rules: tuple[str, ...] = ()

    def judged(self) -> pl.Expr:
        """True for findings about that side: about a document of it, or on one of its control accounts; and for those
        that need no side."""
        by_rule = pl.col("rule").is_in(self.rules)
        if self.side is None:
            return by_rule
        about = pl.col("subject_kind").str.starts_with(f"{self.side}_")
        return by_rule | about | pl.col("account_number").is_in(self.accounts).fill_null(False)


class Rule(Protocol):
    """The signature of every reconciliation."""

    def __call__(self, books: Books, settings: Settings) -> Result: ...


@dataclass(frozen=True, eq=False)
class Reconciliation:
    """One reconciliation: its documentation as values, and its rule.

    ``needs`` are conformed tables (or ``<subledger>_control_accounts``) without which it is not run and says
    why. With ``by_side`` those of one subledger are enough: it is run on that one and says why not on the other.
    Rules in ``of_ledger`` need neither and are judged where both are missing. Findings of rules in ``informs`` only
    inform, whatever ``severity`` says of the others.
    ``resolution`` says what it means that a finding is no longer made; the records that changed are named beside it.
    """

    id: str
    question: str
    rationale: str
    source: str
    grain: str
    inputs: tuple[str, ...]
    rules: Mapping[str, str]
    tolerance: str
    severity: str
    blind_spots: str
    needs: tuple[str, ...]
    apply: Rule
    resolution: str
    by_side: bool = False
    of_ledger: tuple[str, ...] = ()
    informs: tuple[str, ...] = ()

    def why_not(self, books: Books) -> str | None:
        """Why it cannot be made of these books at all; None when it can, if only on one side."""
        unmet = self._unmet_sides(books) if self.by_side else {}
        if len(unmet) == len(SIDES) and not self.of_ledger:
            return books.why_not(self.needs)
        return books.why_not(set(self.needs) - {need for side in unmet for need in self._needs_of(side)})

    def half_of(self, books: Books) -> Half | None:
        """The one side it can be made on, or neither, and why not on the other; None when it can be made on both."""
        unmet = self._unmet_sides(books) if self.by_side else {}
        if not unmet:
            return None
        if len(unmet) == len(SIDES):
            reasons = "; ".join(sorted(set(unmet.values())))
            return Half(None, (), f"neither side was judged: {reasons}", self.of_ledger)
        (other, reason), (side,) = next(iter(unmet.items())), [side for side in SIDES if side not in unmet]
        accounts = books.control_accounts.filter(pl.col("subledger") == side)["account_number"]
        return Half(side, tuple(accounts), f"the {other} side was not judged: {reason}", self.of_ledger)

    def without_word(self, books: Books, result: Result) -> NotJudged:
        """What it had no word about: what its result says, and the years whose vouchers it reads and none is held. A
        result that says it rule by rule says the latter too."""
        if result.not_judged.rules:
            return result.not_judged
        years = books.financial_years
        if "ledger.voucher_rows" in self.inputs:
            unseen = years.filter(~pl.col("has_vouchers"))
        elif "ledger.vouchers" in self.inputs:
            unseen = years.join(books.vouchers, on=["company_id", "financial_year"], how="anti").filter(
                ~pl.col("has_vouchers")
            )
        else:
            unseen = years.clear()
        return replace(result.not_judged, years=result.not_judged.years.union(unseen["financial_year"]))

    def _unmet_sides(self, books: Books) -> dict[str, str]:
        reasons = {side: books.why_not(self._needs_of(side)) for side in SIDES}
        return {side: reason for side, reason in reasons.items() if reason}

    def _needs_of(self, side: str) -> tuple[str, ...]:
        return tuple(need for need in self.needs if need.startswith(f"{side}_"))

    def reconcile(self, books: Books, settings: Settings) -> Result:
        """The rule's result, its drafts and tables checked against their contracts."""
        result = self.apply(books, settings)
        unknown = set(result.findings["rule"].unique()) - set(self.rules)
        if unknown:
            raise ValueError(f"{self.id}: undocumented rule(s) {', '.join(sorted(unknown))}")
        for name, frame in result.tables.items():
            CATALOGUE[name].check(frame)
        return result
