"""An acceptance of a finding without amounts holds for what it tells of: more of it, or something else, counts again.

What moves by itself does not count: a day that passes, the ordinary bookings of a running month, a window that goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import pytest

from tieout.reports.words import SWEDISH
from transforms.decisions import said_hash
from transforms.finality import MEMORY_TABLES, Memory
from transforms.findings import carry_over
from transforms.reconciliations import RECONCILIATIONS, reconcile
from transforms.settings import Settings
from transforms.tables import FINDING_DECISIONS

COMPANY = "testbolaget"
JUNE_15 = dt.date(2026, 6, 15)
TOLD = "what it tells of changed"
Story = Callable[[Any], Any]


@dataclass
class Nights:
    """One run a day of whatever the books are, with what was accepted of one rule."""

    books: Callable[[], Any]
    check: str
    rule: str
    settings: Settings
    memory: Memory | None = None
    findings: pl.DataFrame | None = None
    decisions: pl.DataFrame | None = None

    def run(self, story: Story, days: int = 1) -> dict[str, Any]:
        """The finding of the rule that stands after a night ``days`` later."""
        self.settings = replace(self.settings, as_of=self.settings.as_of + dt.timedelta(days=days))
        made = reconcile(story(self.books()).books(), self.settings, self.memory)
        self.memory = Memory(**{t.name: made.tables[t.qualified_name] for t in MEMORY_TABLES})
        self.findings = carry_over(
            self.findings,
            made.findings,
            as_of=self.settings.as_of,
            run_id=str(self.settings.as_of),
            not_run=made.not_run,
            decisions=self.decisions,
        )
        stands = (pl.col("check") == self.check) & (pl.col("rule") == self.rule)
        (found,) = self.findings.filter(stands, pl.col("resolved_at").is_null()).to_dicts()
        return found

    def accept(self, finding: dict[str, Any], **differing: Any) -> None:
        """Anna accepts it as it is, as `tieout findings --accept` writes it down."""
        told = {name: finding[name] for name in FINDING_DECISIONS.dtypes if name in finding}
        told |= {"action": "accept", "decided_by": "anna", "decided_at": "2026-06-16T08:00:00Z"}
        told |= {"comment": "known", "owner": None, "position": 1}
        told |= {name: said_hash(finding[of]) for name, of in HASHES.items()} | differing
        self.decisions = FINDING_DECISIONS.select(pl.DataFrame([told], schema=FINDING_DECISIONS.dtypes))

    def status(self, story: Story, days: int = 1) -> str:
        return str(self.run(story, days)["status"])


HASHES = {"said_hash": "explanation", "evidence_hash": "evidence"}


@pytest.fixture
def nights(new_books: Callable[[], Any], only: Callable[..., None]) -> Callable[..., Nights]:
    """Nights of the books of 2026, asked about one rule."""

    def made(check: str, rule: str, **settings: Any) -> Nights:
        only(check)
        return Nights(
            lambda: new_books().year("2026-01-01", "2026-12-31"),
            check,
            rule,
            Settings(COMPANY, JUNE_15, **settings),
        )

    return made


def _witnesses(missing: int, held: int = 10, on: str = "in_sie") -> Story:
    """Vouchers of June in list and file, but the first few, which one of the two lacks."""

    def story(given: Any) -> Any:
        given.years[0]["financial_year_id"] = "1"
        for number in range(1, held + 1):
            given.voucher(f"A/{number}", "2026-06-05", a1930="-100.00", a5010="100.00")
            given.vouchers[f"A/{number}"] |= {on: number > missing, "text": "t", "listed_text": "t"}
            given.vouchers[f"A/{number}"]["listed_date"] = dt.date(2026, 6, 5)
        return given

    return story


def _otherwise(field: str, *said: Any) -> Story:
    """Vouchers of which the list says something else than the file."""

    def story(given: Any) -> Any:
        _witnesses(0)(given)
        for number, value in enumerate(said, start=1):
            given.vouchers[f"A/{number}"][field] = value
        return given

    return story


def _answers(*booked: str) -> Story:
    """Vouchers Fortnox was asked about, which book other amounts than in the file."""

    def story(given: Any) -> Any:
        _witnesses(0)(given)
        for number, amount in enumerate(booked, start=1):
            given.asked(f"A/{number}", a1930=f"-{amount}", a5010=amount)
        return given

    return story


def _read(**counts: int) -> Story:
    return lambda given: given.surface("customer_invoices", "incomplete", **counts)


def _rows(stated: int, held: int) -> Story:
    return _read(rows_stated=stated, rows_fetched=held, rows_held=held)


def _pages(expected: int, fetched: int) -> Story:
    return _read(rows_fetched=9, rows_held=9, pages_expected=expected, pages_fetched=fetched)


def _unread(why: str) -> Story:
    return lambda given: given.surface("sie_4", "incomplete", "2026-01-01", why=why)


def _sharing(*suppliers: str) -> Story:
    def story(given: Any) -> Any:
        for supplier in suppliers:
            given.supplier(supplier, bankgiro="5050-1055")
        return given

    return story


def _accounts(*changes: tuple[str, str, str]) -> Story:
    def story(given: Any) -> Any:
        for as_of, before, after in changes:
            given.change(as_of, "fortnox.suppliers", "L1", "bg", before, after)
        return given.supplier("L1")

    return story


def _series(next_number: int, *falls: tuple[str, str, str], gap: str = "", twice: str = "") -> Story:
    """Vouchers A/1 to A/3 and the number Fortnox gives next."""

    def story(given: Any) -> Any:
        given.years[0]["financial_year_id"] = "1"
        for number in "123":
            if number != gap:
                given.voucher(f"A/{number}", "2026-03-05", a1930="-100.00", a5010="100.00")
        if twice:
            again = {
                "occurrence": 2,
                "voucher_key": "2026-01-01/A/2#2",
                "voucher_date": dt.date.fromisoformat(twice),
            }
            given.vouchers["again"] = given.vouchers["A/2"] | again
        for as_of, before, after in falls:
            given.change(as_of, "fortnox.voucher_series", "1/A", "next_voucher_number", before, after)
        return given.next_number("2026-01-01", "A", next_number)

    return story


def _locked(until: str) -> Story:
    def story(given: Any) -> Any:
        given.locked_until = until
        return given

    return story


def _caused(by: str) -> Story:
    """An invoice whose voucher says that another invoice caused it."""

    def story(given: Any) -> Any:
        given.voucher("B/1", "2026-03-05", because=("INVOICE", by), a1510="1000.00", a3001="-1000.00")
        return given.invoice("customer", "1", "2026-03-05", "1000.00", "B/1", balance="1000.00")

    return story


def _repaid(by: str) -> Story:
    def story(given: Any) -> Any:
        given.voucher("C/1", "2026-03-07", because=("INVOICEPAYMENT", by), a1930="9.00", a1510="-9.00")
        given.invoice("customer", "1", "2026-03-05", "1000.00", balance="991.00", booked=False)
        return given.payment("customer", "1", "1", "2026-03-07", "9.00", "C/1")

    return story


FELL = ("2026-06-10", "10", "8")
CASES = {
    "a voucher missing in the file": (
        "ledger_witnesses", "missing_in_sie", _witnesses(1), _witnesses(1, held=14), _witnesses(4)),
    "more vouchers missing than are named": (
        "ledger_witnesses", "missing_in_sie", _witnesses(8), _witnesses(8, held=14), _witnesses(9)),
    "a voucher missing in the list": (
        "ledger_witnesses", "missing_in_list", _witnesses(1, on="in_api"), _witnesses(1, 14, "in_api"),
        _witnesses(2, on="in_api")),
    "a date that differs": (
        "ledger_witnesses", "date_differs", _otherwise("listed_date", dt.date(2026, 6, 4)), None,
        _otherwise("listed_date", dt.date(2026, 6, 3))),
    "a text that differs": (
        "ledger_witnesses", "text_differs", _otherwise("listed_text", "u"), None,
        _otherwise("listed_text", "u", "v")),
    "rows that differ": ("ledger_witnesses", "rows_differ", _answers("90.00"), None, _answers("80.00")),
    "a row not read": ("extraction_completeness", "rows_missing", _rows(300, 299), _rows(310, 309), _rows(300, 100)),
    "a page not read": ("extraction_completeness", "pages_missing", _pages(4, 3), _pages(5, 4), _pages(4, 2)),
    "nothing read": (
        "extraction_completeness", "nothing_read", _unread("no SIE file of financial year 1"), None,
        _unread("no reason given")),
    "an account of two suppliers": (
        "register_changes", "shared_account", _sharing("1", "2"), None, _sharing("1", "2", "3")),
    "other suppliers of the account": (
        "register_changes", "shared_account", _sharing("1", "2"), None, _sharing("1", "3")),
    "an account that changed": (
        "register_changes", "account_changed", _accounts(("2026-06-10", "5050-1055", "111-1111")), None,
        _accounts(("2026-06-10", "5050-1055", "111-1111"), ("2026-06-17", "111-1111", "999-9999"))),
    "a series cut off": ("voucher_numbering", "end_missing", _series(5), None, _series(10)),
    "a series that went down": (
        "voucher_numbering", "went_down", _series(8, FELL), _series(9, FELL),
        _series(7, FELL, ("2026-06-17", "9", "7"))),
    "a number used twice": (
        "voucher_numbering", "repeated", _series(4, twice="2026-03-06"), None, _series(4, twice="2026-03-07")),
    "an invoice's voucher of another cause": (
        "invoice_vouchers", "reference_differs", _caused("7"), None, _caused("8")),
    "a payment's voucher of another cause": (
        "payment_vouchers", "reference_differs", _repaid("7"), None, _repaid("8")),
}  # fmt: skip


@pytest.mark.parametrize(("check", "rule", "accepted", "ordinary", "moved"), CASES.values(), ids=CASES)
def test_an_acceptance_without_amounts_holds_for_what_it_tells_of(
    nights: Callable[..., Nights],
    check: str,
    rule: str,
    accepted: Story,
    ordinary: Story | None,
    moved: Story,
) -> None:
    """Days and ordinary bookings pass; then something else is found, and then it is as it was."""
    told = nights(check, rule)
    finding = told.run(accepted)
    assert (finding["expected"], finding["actual"], finding["difference"]) == (None, None, None)
    told.accept(finding)
    assert [told.status(accepted) for _ in range(3)] == ["accepted"] * 3
    assert told.status(ordinary or accepted) == "accepted"
    again = told.run(moved)
    assert (again["status"], again["moved"]) == (
        "suspended", f"accepted by anna on 2026-06-16; since then {TOLD}"
    )  # fmt: skip
    assert SWEDISH.said(again["moved"]) == (
        "godtagen av anna 2026-06-16; sedan dess har det som den berättar om ändrats"
    )
    assert told.status(accepted) == "accepted"


def test_every_rule_without_amounts_has_its_case() -> None:
    """Those of the lock need nights that remember it, and are below; a gap names its numbers in its subject."""
    elsewhere = {
        ("lock_history", "moved_back"), ("lock_history", "removed"), ("lock_history", "late"),
        ("locked_period_entries", "registered"), ("locked_period_entries", "first_seen"),
        ("voucher_numbering", "gap"),
    }  # fmt: skip
    judged = {(check, rule) for check, rule, *_ in CASES.values()} | elsewhere
    of_these = {check for check, _ in judged} - {"invoice_vouchers", "payment_vouchers"}
    with_amounts = {("ledger_witnesses", "opening_balance"), ("register_changes", "inactive_used")}
    rules = {(one.id, rule) for one in RECONCILIATIONS if one.id in of_these for rule in one.rules}
    assert not rules - judged - with_amounts


def test_an_account_accepted_stays_so_when_an_earlier_change_grows_old(nights: Callable[..., Nights]) -> None:
    """Of two changes the first leaves the window of 30 days: what is found is still the account that was accepted."""
    both = (("2026-05-20", "1-1", "5050-1055"), ("2026-06-14", "5050-1055", "111-1111"))
    told = nights("register_changes", "account_changed")
    told.accept(told.run(_accounts(*both)))
    later = told.run(_accounts(*both), days=6)
    assert "expected Bankgiro 5050-1055 as before, found 111-1111" in later["explanation"]
    assert later["status"] == "accepted"


def test_a_lock_moved_back_further_is_no_longer_accepted(nights: Callable[..., Nights]) -> None:
    told = nights("lock_history", "moved_back")
    with pytest.raises(ValueError, match="not enough values"):
        told.run(_locked("2026-05-31"))
    told.accept(told.run(_locked("2026-05-01")))
    assert [told.status(_locked("2026-05-01")) for _ in range(3)] == ["accepted"] * 3
    assert told.status(_locked("2025-06-30")) == "suspended"


def test_a_late_lock_is_accepted_until_another_month_waits(nights: Callable[..., Nights]) -> None:
    """Another month that is not locked in time is something new, if of the same finding; another day is not."""
    told = nights("lock_history", "late", lock_within_days=20)
    told.accept(told.run(_locked("2026-04-30"), days=10))
    assert [told.status(_locked("2026-04-30"), days=5) for _ in range(4)] == ["accepted"] * 4
    assert told.status(_locked("2026-04-30"), days=30) == "suspended"


def test_an_entry_into_a_locked_month_stays_accepted_while_nights_pass(nights: Callable[..., Nights]) -> None:
    def story(given: Any, *, with_it: bool) -> Any:
        given.voucher("A/1", "2026-02-05", a1930="-1.00", a5010="1.00")
        if with_it:
            given.voucher("A/2", "2026-02-06", registered="2026-06-17", a1930="-1.00", a5010="1.00")
        return _locked("2026-03-31")(given)

    told = nights("locked_period_entries", "registered")
    with pytest.raises(ValueError, match="not enough values"):
        told.run(lambda given: story(given, with_it=False))
    told.accept(told.run(lambda given: story(given, with_it=True)))
    assert [told.status(lambda given: story(given, with_it=True)) for _ in range(3)] == ["accepted"] * 3


def test_what_only_informs_is_not_suspended_by_ordinary_bookings(nights: Callable[..., Nights]) -> None:
    """It says how common a late voucher is in all the books, and every booking changes that."""

    def story(vouchers: int) -> Story:
        def told(given: Any) -> Any:
            given.voucher("A/1", "2026-02-06", registered="2026-06-01", a1930="-1.00", a5010="1.00")
            for number in range(2, vouchers + 1):
                given.voucher(
                    f"A/{number}", "2026-06-06", registered="2026-06-06", a1930="-1.00", a5010="1.00"
                )
            return given

        return told

    lag = nights("registration_lag", "late")
    lag.accept(lag.run(story(3)))
    assert lag.status(story(9)) == "accepted"


def test_a_line_from_before_the_hashes_holds_as_it_did(nights: Callable[..., Nights]) -> None:
    told = nights("register_changes", "shared_account")
    told.accept(told.run(_sharing("1", "2")), said_hash=None, evidence_hash=None)
    assert told.status(_sharing("1", "2", "3")) == "accepted"
    told.accept(told.run(_sharing("1", "2")), evidence_hash=None)
    assert told.status(_sharing("1", "2", "3")) == "suspended", "one hash is enough"
