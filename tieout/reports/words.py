"""The report's words, numbers and dates in English and Swedish.

A text is asked for by its key; a missing one is an error, not an English word in a Swedish page. What the
reconciliations themselves say is English in the tables and translated here, template by template (decision 0520).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Any, Final, Literal

from tieout.reports import sentences_sv, words_en, words_sv
from tieout.reports.sentences import Sentences

_SWEDISH: Final = {ord(","): "\u00a0", ord("."): ",", ord("-"): "\u2212"}
_ROW: Final = re.compile(r"(\S+) (-?\d+\.\d\d)")
LANGUAGES: Final = ("en", "sv")
#: What to do about a finding, in the order in which it helps to do it; by check, the last group takes the rest.
ACTIONS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "complete",
        frozenset({"extraction_completeness", "ledger_witnesses", "voucher_numbering", "missing_documents"}),
    ),
    ("periods", frozenset({"restatements", "locked_period_entries", "lock_history"})),
    (
        "vouchers",
        frozenset({"voucher_balance", "invoice_vouchers", "payment_vouchers", "corrections", "cut_off"}),
    ),
    (
        "tie_out",
        frozenset(
            {
                "ar_tie_out",
                "ap_tie_out",
                "ar_divergence",
                "ap_divergence",
                "manual_control_vouchers",
                "matching",
            }
            | {"ar_open_balance", "ap_open_balance"}
        ),
    ),
    ("balances", frozenset({"balance_roll_forward"})),
    (
        "documents",
        frozenset({"ar_payments", "ap_payments", "ar_duplicates", "ap_duplicates", "credit_notes"}),
    ),
    ("review", frozenset()),
)


class _Counting(Formatter):
    """``{count:day/days}`` is ``1 day`` or ``3 days``."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, slash, many = format_spec.partition("/")
        return f"{value} {one if value == 1 else many}" if slash else f"{value}"


_COUNTING: Final = _Counting()


@dataclass(frozen=True)
class Words:
    """One language: texts by key, and how figures and dates are written."""

    language: str
    texts: Mapping[str, str]
    decimal_comma: bool
    locale: Literal["en-US", "sv-SE"]
    month_format: str = "%b %Y"
    sentences: Sentences | None = None

    def __call__(self, key: str, **values: object) -> str:
        return _COUNTING.format(self.texts[key], **values)

    def money(self, amount: str | Decimal | None) -> str:
        """``-1234.5`` as ``-1,234.50`` or, in Swedish, ``−1 234,50``; empty for null."""
        if amount is None:
            return ""
        text = f"{Decimal(amount):,.2f}"
        return swedish_figure(text) if self.decimal_comma else text

    def whole(self, number: int | None) -> str:
        """A count, its thousands apart."""
        if number is None:
            return ""
        return f"{number:,}".replace(",", "\u00a0") if self.decimal_comma else f"{number:,}"

    def date(self, iso: str | None) -> str:
        """``2026-09-30`` as ``30 Sep 2026``; Swedish keeps ISO, as Swedish does."""
        if iso is None:
            return ""
        return iso if self.decimal_comma else f"{dt.date.fromisoformat(iso):%-d %b %Y}"

    def said(self, text: str) -> str | None:
        """What a reconciliation says, in this language; None where only the English is known."""
        return text if self.sentences is None else self.sentences.said(text)

    def booked(self, rows: str | None) -> str:
        """``1930 -80.00, 5010 80.00`` with its amounts written as this language writes them."""
        return _ROW.sub(lambda row: f"{row[1]} {self.money(row[2])}", (rows or "").replace(", ", "; "))

    def witness(self, witness: str) -> str:
        return self.texts.get(f"witness_{witness.lower().replace(' ', '_')}", witness)

    def cause(self, cause: str) -> str:
        return self.texts.get(f"cause_{cause}", cause.replace("_", " "))

    def age(self, age: str) -> str:
        """A bucket of ``views.ageing``: ``not_due``, ``no_due_date``, ``1-30`` or ``over_90``."""
        if f"age_{age}" in self.texts:
            return self.texts[f"age_{age}"]
        if age.startswith("over_"):
            return self("age_over", days=age.removeprefix("over_"))
        return self("age_between", days=age.replace("-", "\u2013"))

    def subledger(self, subledger: str) -> str:
        return self.texts[f"subledger_{subledger}"]

    def status(self, status: str) -> str:
        return self.texts.get(f"status_{status}", status.replace("_", " "))

    def subject(self, kind: str) -> str:
        return self.texts.get(f"subject_{kind}", kind.replace("_", " "))

    def verdict(self, verdict: Mapping[str, object]) -> str:
        """The one sentence a controller looks for first; what was not seen or not checked is never reconciled."""
        first = ("rows_rejected", "blocking", "not_made", "warnings")
        sentence = self(f"verdict_{next((name for name in first if verdict[name]), 'reconciled')}", **verdict)
        return sentence + (self("verdict_accepted", **verdict) if verdict.get("accepted") else "")

    def material(self, counts: Mapping[str, int], used: Mapping[str, Any]) -> str:
        """From how much on a finding is material, how many are, and of how many that says nothing."""
        company, accounts = used["materiality"], sorted(used["account_materiality"].items())
        limits = [
            *([self("materiality_of_company", amount=self.money(company))] if company is not None else []),
            *(
                self("materiality_of_account", account=key, amount=self.money(least))
                for key, least in accounts
            ),
        ]
        said = self("material_totals", limits="; ".join(limits), **counts)
        return said + (self("material_unmeasured", **counts) if counts["unmeasured"] else "")


def swedish_figure(english: str) -> str:
    """``-1,234.50`` as ``−1 234,50``."""
    return english.translate(_SWEDISH)


SWEDISH: Final = Sentences(
    sentences_sv.SENTENCES,
    sentences_sv.PHRASES,
    sentences_sv.DOCUMENTS,
    sentences_sv.NAMES,
    sentences_sv.MORE,
    money=lambda amount: swedish_figure(f"{Decimal(amount):,.2f}"),
)
WORDS: Final = {
    "en": Words("en", words_en.TEXTS, decimal_comma=False, locale="en-US"),
    "sv": Words("sv", words_sv.TEXTS, decimal_comma=True, locale="sv-SE", sentences=SWEDISH),
}


def action_of(check: str) -> str:
    """The group of ``ACTIONS`` a check's findings belong to."""
    return next((action for action, checks in ACTIONS if check in checks), ACTIONS[-1][0])
