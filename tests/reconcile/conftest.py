"""``given``: a small set of books in an accountant's words, turned into ``Books`` without staging.

Posting dates and control accounts are set by hand here, so a case says exactly what it means and staging is
not under test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.reports.words import SWEDISH
from transforms import subledger
from transforms.books import Books
from transforms.periods import astray, periods
from transforms.reconciliation import Reconciliation, Result
from transforms.reconciliations import RECONCILIATIONS
from transforms.settings import Settings
from transforms.tables import CATALOGUE

COMPANY = "testbolaget"
CONTROL = {"customer": "1510", "supplier": "2440"}


@pytest.fixture(scope="module", autouse=True)
def said_in_swedish() -> Iterator[None]:
    """Whatever a reconciliation says in any test here, the Swedish report can say."""
    made = Reconciliation.reconcile

    def reconcile(check: Reconciliation, books: Books, settings: Settings) -> Result:
        result = made(check, books, settings)
        tables = ("recon.bridges", "recon.divergences")
        told = [result.findings, *(result.tables[name] for name in tables if name in result.tables)]
        said = [text for frame in told for text in frame["explanation"]]
        evidence = [text for texts in result.findings["evidence"].to_list() for text in texts or ()]
        unknown = [text for text in (*said, *evidence, *result.remarks) if SWEDISH.said(text) is None]
        assert not unknown, f"{check.id}: tieout/reports/sentences_sv.py cannot say: {unknown[0]}"
        return result

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reconciliation, "reconcile", reconcile)
        yield


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Of all reconciliations let a run make those named: a test that asks about one of them waits for no other."""

    def named(*checks: str) -> None:
        chosen = tuple(one for one in RECONCILIATIONS if one.id in checks)
        assert len(chosen) == len(checks)
        monkeypatch.setattr("transforms.reconciliations.RECONCILIATIONS", chosen)

    return named


@pytest.fixture
def only_what_is_remembered(only: Callable[..., None]) -> None:
    """Let a run make the reconciliations that compare tonight with what was final, and no other."""
    only("restatements", "locked_period_entries", "lock_history")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@dataclass
class Given:
    """Books in the making. Amounts are text; vouchers are named ``B/17`` and belong to the year their date
    falls in."""

    years: list[dict[str, Any]] = field(default_factory=list)
    vouchers: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    balances: list[dict[str, Any]] = field(default_factory=list)
    months: list[dict[str, Any]] = field(default_factory=list)
    documents: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            f"{w}_{k}": [] for w in CONTROL for k in (("invoices"), "payments", "write_offs")
        }
    )
    controls: list[tuple[str, str]] = field(default_factory=lambda: list(CONTROL.items()))
    series: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    parties: list[dict[str, Any]] = field(default_factory=list)
    surfaces: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    locked_until: str | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def year(
        self,
        start: str,
        end: str,
        method: str = "accrual",
        has_vouchers: bool = True,
        *,
        written: str | None = None,
    ) -> Given:
        """A financial year; ``written`` is the day its SIE file says it was written."""
        self.years.append(
            {
                "company_id": COMPANY,
                "financial_year": day(start),
                "end_date": day(end),
                "financial_year_id": None,
                "accounting_method": method,
                "has_vouchers": has_vouchers,
                "generated_date": day(written) if written else None,
            }
        )
        return self

    def _year_of(self, date: dt.date) -> dt.date:
        return next(y["financial_year"] for y in self.years if y["financial_year"] <= date <= y["end_date"])

    def voucher(
        self,
        name: str,
        date: str,
        struck: dict[str, str] | None = None,
        /,
        because: tuple[str, str | None] = ("MANUAL", None),
        registered: str | None = None,
        **accounts: str,
    ) -> Given:
        """``voucher("B/17", "2026-03-05", a1510="100.00", a3001="-100.00")``.

        ``struck`` rows are history; ``because`` is what the voucher says caused it.
        """
        series, number = name.split("/")
        year = self._year_of(day(date))
        self.vouchers[name] = {
            "company_id": COMPANY,
            "financial_year": year,
            "voucher_series": series,
            "voucher_number": number,
            "occurrence": 1,
            "voucher_key": f"{year}/{name}",
            "voucher_date": day(date),
            "registration_date": day(registered) if registered else None,
            "reference_type": because[0],
            "reference_number": because[1],
            "in_sie": True,
            "in_api": True,
            "period_status": "provisional",
        }
        booked = [("row", account, amount) for account, amount in accounts.items()]
        history = [("removed", account, amount) for account, amount in (struck or {}).items()]
        for position, (kind, account, amount) in enumerate(booked + history, start=1):
            identity = {k: v for k, v in self.vouchers[name].items() if k not in ("in_sie", "in_api")}
            self.rows.append(
                identity
                | {
                    "row_number": position,
                    "kind": kind,
                    "account_number": account.lstrip("a"),
                    "amount": Decimal(amount),
                }
            )
        return self

    def asked(self, name: str, struck: dict[str, str] | None = None, /, **accounts: str) -> Given:
        """What Fortnox says of a voucher it was asked about by itself: ``asked("B/17", a1510="100.00")``; a second row
        of an account is ``a1510_2``.
        """
        voucher = self.vouchers[name]
        voucher["detail_found"] = True
        rows = [("row", account, amount) for account, amount in accounts.items()]
        rows += [("removed", account, amount) for account, amount in (struck or {}).items()]
        for position, (kind, account, amount) in enumerate(rows, start=1):
            self.answers.append(
                voucher
                | {
                    "row_number": position,
                    "kind": kind,
                    "account_number": account.lstrip("a").split("_")[0],
                    "amount": Decimal(amount),
                }
            )
        return self

    def balance(self, year: str, kind: str, account: str, amount: str, year_number: int = 0) -> Given:
        self.balances.append(
            {
                "company_id": COMPANY,
                "financial_year": day(year),
                "witness": "sie",
                "year_number": year_number,
                "kind": kind,
                "account_number": account,
                "amount": Decimal(amount),
            }
        )
        return self

    def month(self, year: str, account: str, month: str, amount: str) -> Given:
        self.months.append(
            {
                "company_id": COMPANY,
                "financial_year": day(year),
                "kind": "period_balance",
                "year_number": 0,
                "account_number": account,
                "objects": "",
                "period": day(f"{month}-01"),
                "amount": Decimal(amount),
            }
        )
        return self

    def next_number(self, year: str, series: str, number: int | None) -> Given:
        """What the API says a series of a year goes on with."""
        identity = {"company_id": COMPANY, "financial_year": day(year), "voucher_series": series}
        self.series.append(identity | {"next_voucher_number": number})
        return self

    def attached(self, kind: str, key: str) -> Given:
        """A file on ``voucher`` ``2026-01-01/A/1`` or ``supplier_invoice`` ``12``."""
        file_id = f"file-{len(self.files)}"
        self.files.append(
            {"company_id": COMPANY, "subject_kind": kind, "subject_key": key, "file_id": file_id}
        )
        return self

    def supplier(self, number: str, *, active: bool | None = True, **accounts: str) -> Given:
        """A supplier with its bank accounts: ``supplier("L1", bankgiro="5050-1055")``."""
        identity = {"company_id": COMPANY, "supplier_number": number, "name": f"Name of {number}"}
        self.parties.append(identity | {"active": active} | accounts)
        return self

    def change(
        self, as_of: str, table: str, key: str, field: str, before: str | None, after: str | None
    ) -> Given:
        """What the run of a day noticed of a field of a raw record."""
        noticed = {"run_id": as_of, "seen_at": as_of, "as_of": day(as_of), "change": "changed"}
        what = {"table_name": table, "record_key": key, "field": field, "before": before, "after": after}
        self.history.append({"company_id": COMPANY} | noticed | what)
        return self

    def surface(self, name: str, verdict: str = "complete", part: str = "all", **counts: Any) -> Given:
        """A row of the completeness certificate."""
        identity = {"company_id": COMPANY, "surface": name, "part": part, "verdict": verdict}
        self.surfaces.append(identity | counts)
        return self

    def _link(self, voucher: str | None, own_date: dt.date, account: str) -> dict[str, Any]:
        """The voucher columns of a document; a named voucher that is not held keeps the document's own
        date."""
        if voucher is None:
            return {"posting_date": own_date, "control_account": account}
        series, number = voucher.split("/")
        held = self.vouchers.get(voucher)
        return {
            "voucher_financial_year": held["financial_year"] if held else self._year_of(own_date),
            "voucher_series": series,
            "voucher_number": number,
            "voucher_evidence": "document",
            "posting_date": held["voucher_date"] if held else own_date,
            "control_account": account,
        }

    def invoice(
        self,
        which: str,
        number: str,
        date: str,
        total: str,
        voucher: str | None = None,
        *,
        balance: str | None = None,
        booked: bool = True,
        cancelled: bool = False,
        currency: str = "SEK",
        rate: str = "1",
        ledger: str | None = None,
        account: str | None = None,
        counterparty: str = "K1",
        reference: str | None = None,
        ocr: str | None = None,
        due: str | None = None,
    ) -> Given:
        """An invoice; ``ledger`` is its SEK effect in document sign where the currency is foreign."""
        sek = Decimal(ledger if ledger is not None else total)
        self.documents[f"{which}_invoices"].append(
            {
                "company_id": COMPANY,
                "document_number": number,
                "counterparty_number": counterparty,
                "counterparty_name": f"Name of {counterparty}",
                "supplier_reference_number": reference,
                "payment_reference": ocr,
                "invoice_date": day(date),
                "due_date": day(due) if due else day(date) + dt.timedelta(days=30),
                "currency": currency,
                "currency_rate": Decimal(rate),
                "currency_unit": Decimal(1),
                "total": Decimal(total),
                "open_balance": None if balance is None else Decimal(balance),
                "stated_currency": currency if which == "customer" else "SEK",
                "is_credit_note": Decimal(total) < 0,
                "booked": booked,
                "cancelled": cancelled,
                "ledger_amount": sek if which == "customer" else -sek,
                "ledger_evidence": "total_in_sek",
                **self._link(voucher, day(date), account or CONTROL[which]),
            }
        )
        return self

    def payment(
        self,
        which: str,
        number: str,
        invoice: str | None,
        date: str,
        amount: str,
        voucher: str | None = None,
        *,
        booked: bool = True,
        currency: str = "SEK",
        currency_amount: str | None = None,
        write_offs: tuple[str, ...] = (),
        account: str | None = None,
    ) -> Given:
        self.documents[f"{which}_payments"].append(
            {
                "company_id": COMPANY,
                "payment_number": number,
                "document_number": invoice,
                "payment_date": day(date),
                "amount": Decimal(amount),
                "currency": currency,
                "currency_amount": Decimal(currency_amount or amount),
                "currency_evidence": "stated",
                "booked": booked,
                "has_write_offs": bool(write_offs),
                **self._link(voucher, day(date), account or CONTROL[which]),
            }
        )
        for position, written_off in enumerate(write_offs, start=1):
            self.documents[f"{which}_write_offs"].append(
                {
                    "company_id": COMPANY,
                    "payment_number": number,
                    "position": position,
                    "account_number": "3740",
                    "amount": Decimal(written_off),
                }
            )
        return self

    def books(self, shuffled: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame) -> Books:
        """The books; ``shuffled`` permutes the rows of every table."""
        controls = [
            {
                "company_id": COMPANY,
                "account_number": account,
                "subledger": which,
                "is_default": account == CONTROL[which],
                "source": "predefined_account",
            }
            for which, account in self.controls
        ]
        made: dict[str, list[dict[str, Any]]] = {
            "financial_years": self.years,
            "vouchers": list(self.vouchers.values()),
            "voucher_rows": self.rows,
            "voucher_detail_rows": self.answers,
            "account_balances": self.balances,
            "period_balances": self.months,
            "control_accounts": controls,
            "voucher_series": self.series,
            "attached_files": self.files,
            "suppliers": self.parties,
            **self.documents,
        }
        frames = {name: shuffled(_frame(name, rows)) for name, rows in made.items()}
        lock = pl.DataFrame(
            {
                "company_id": [COMPANY],
                "locked_until": [day(self.locked_until) if self.locked_until else None],
            },
            schema={"company_id": pl.String, "locked_until": pl.Date},
        )
        frames["periods"] = shuffled(periods(frames["financial_years"], lock))
        outside = astray(frames["vouchers"], frames["financial_years"])
        frames["subledger_entries"] = shuffled(
            pl.concat(
                subledger.entries(ledger, *(frames[name] for name in ledger.documents), outside)
                for ledger in (subledger.CUSTOMER, subledger.SUPPLIER)
            )
        )
        frames["completeness"] = shuffled(_frame("completeness", self.surfaces, "recon"))
        frames["changes"] = shuffled(_frame("changes", self.history, "history"))
        return Books.of(frames, self.missing)


def _frame(name: str, rows: list[dict[str, Any]], schema_name: str = "ledger") -> pl.DataFrame:
    schema = CATALOGUE[f"{schema_name}.{name}"].dtypes
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


@pytest.fixture
def given() -> Given:
    """Books of a company with one calendar year, 2026, loaded."""
    return Given().year("2026-01-01", "2026-12-31")


@pytest.fixture
def empty_books() -> Given:
    """Books of a company without any year yet."""
    return Given()


@pytest.fixture
def new_books() -> Callable[[], Given]:
    """Maker of empty books, for cases that need several."""
    return Given


@pytest.fixture
def settings() -> Settings:
    """The run of 15 June 2026."""
    return Settings(company_id=COMPANY, as_of=dt.date(2026, 6, 15))


def _found(findings: pl.DataFrame) -> list[tuple[str, str, str]]:
    rows = findings.sort("rule", "subject_key").select("rule", "subject_key", "difference").iter_rows()
    return [(rule, key, "-" if difference is None else str(difference)) for rule, key, difference in rows]


@pytest.fixture
def found() -> Callable[[pl.DataFrame], list[tuple[str, str, str]]]:
    """Findings as (rule, subject, difference), sorted, amounts as text."""
    return _found
