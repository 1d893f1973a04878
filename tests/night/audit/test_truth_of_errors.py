"""Each plantable error by itself, and a few at a time: what is found is what the emulator declares."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fortnox_emulator.books import Books
from fortnox_emulator.discrepancies import combined, plant, plantable
from fortnox_emulator.findings import Finding
from fortnox_emulator.founding import demo_books
from fortnox_emulator.model import Document, Payment, RowState, Side, Voucher
from fortnox_emulator.witness import expected_findings
from fortnox_emulator.witness_matching import ambiguous_findings
from fortnox_emulator.witness_notes import informative_findings
from transforms.causes import CAUSES
from transforms.finality import MEMORY_TABLES, Memory
from transforms.findings import carry_over

SEED = 1
TODAY = date(2026, 9, 30)
#: The company twenty months old: a closed year and an open one, and everything that can be planted.
EARLY = date(2025, 2, 28)


@pytest.fixture
def books() -> Books:
    return demo_books(SEED, TODAY)


@pytest.fixture
def early_books() -> Books:
    return demo_books(SEED, EARLY)


IN_THE_DEMO = plantable(demo_books(SEED, TODAY))


def test_the_company_is_old_enough_for_every_error(early_books: Books) -> None:
    assert plantable(early_books) == IN_THE_DEMO
    assert len(early_books.years) == 2


def test_the_clean_books_have_none_that_blocks_and_few_that_inform(books: Books, auditor: Any) -> None:
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == set()
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    notes = outcome.findings.filter(pl.col("check") == "journal_profile")
    assert 0 < notes.height <= 6 * 5, "five rules with a budget of five vouchers, one finding per open year"


def test_all_at_once(books: Books, auditor: Any) -> None:
    planted = [plant(books, SEED, name) for name in IN_THE_DEMO]
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == auditor.in_kronor(combined(planted))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    causes = set(outcome.tables["recon.bridges"]["cause"])
    assert causes == set(CAUSES) - {"cash_method", "other_control_account"}, (
        "the company keeps accrual years and one control account per side"
    )
    assert auditor.unexplained(outcome) == {}


def test_nothing_found_is_resolved_by_a_night_that_lacks_the_vouchers_of_a_year(
    books: Books, auditor: Any
) -> None:
    """Every check that reads vouchers says nothing of the year then; what it found of it stands."""
    for name in IN_THE_DEMO:
        plant(books, SEED, name)
    load, tonight = auditor.load(books), auditor.settings_of(books)
    whole = auditor.outcome_of(load, tonight)
    lost = date(2025, 1, 1)
    of_others = {
        name: frame.filter(pl.col("financial_year") != lost) if name.startswith("sie.") else frame
        for name, frame in load.raw.items()
    }
    memory = Memory(**{table.name: whole.tables[table.qualified_name] for table in MEMORY_TABLES})
    partly = auditor.outcome_of(replace(load, raw=of_others), tonight, memory)
    before = carry_over(None, whole.findings, as_of=books.today, run_id="1")
    life = {name: getattr(partly, name) for name in ("not_run", "halves", "not_judged", "resolutions")}
    after = carry_over(before, partly.findings, as_of=books.today, run_id="2", **life)
    resolved = after.filter(pl.col("resolved_at").is_not_null(), pl.col("severity") != "I")
    assert resolved.select("check", "rule", "subject_key", "resolved_by").rows() == []
    assert after.filter(pl.col("financial_year") == lost, pl.col("severity") != "I").height > 20


@dataclass
class PaidByHand:
    """A manual voucher as planted, and the open invoices of its amount that its text can mean."""

    voucher: Voucher
    invoices: list[str]


def paid_by_hand(books: Books, side: Side, name: str) -> PaidByHand:
    """Plant the discrepancy, and look up what a reader of the voucher could think of."""
    before = set(books.vouchers)
    plant(books, SEED, name)
    (voucher,) = (
        one for key, one in books.vouchers.items() if key not in before and one.text.startswith("Betalning ")
    )
    meant = voucher.text.removeprefix("Betalning ")
    fits = [
        document.number
        for document in books.documents[side].values()
        if meant in {document.ocr, document.reference, books.party_of(document).name}
        and abs(document.ledger_total) == abs(voucher.rows[0].amount)
        and books.balance(document)
    ]
    return PaidByHand(voucher, sorted(fits))


@pytest.mark.parametrize("side", Side)
def test_a_payment_by_hand_is_matched_where_its_text_says_enough(
    books: Books, auditor: Any, side: Side
) -> None:
    prefix = "ar" if side is Side.CUSTOMER else "ap"
    clear = paid_by_hand(books, side, f"{prefix}_paid_by_hand")
    unclear = paid_by_hand(books, side, f"{prefix}_paid_by_hand_unclear")
    assert (len(clear.invoices), len(unclear.invoices)) == (1, 2)
    outcome = auditor.outcome(books)
    found = outcome.tables["recon.matches"].select("document_number", "status", "rule").rows()
    assert sorted(found) == sorted(
        [(clear.invoices[0], "unambiguous", "reference_and_amount")]
        + [(number, "ambiguous", "counterparty_and_amount") for number in unclear.invoices]
    )
    told = outcome.findings.filter(check="matching").to_dicts()
    key = unclear.voucher.key
    assert [(one["rule"], one["voucher_series"], one["voucher_number"]) for one in told] == [
        ("ambiguous", key.series, str(key.number))
    ]
    said = f"probably payment of {side.value} invoice {clear.invoices[0]}, by rule reference_and_amount"
    assert [said in text for text in outcome.tables["recon.bridges"].sort("date")["explanation"]].count(
        True
    ) == 1


UNCLEAR = (
    "paid_by_hand_unclear",
    "paid_by_hand_twice",
    "paid_by_hand_unclear_sum",
    "payment_invoice_missing_unclear",
)


@pytest.mark.parametrize("prefix", ["ar", "ap"])
@pytest.mark.parametrize("name", UNCLEAR)
def test_of_equally_good_candidates_neither_is_suggested(
    books: Books, auditor: Any, prefix: str, name: str
) -> None:
    """The emulator's own witness tries every invoice and payment, and calls the same payments ambiguous."""
    planted = plant(books, SEED, f"{prefix}_{name}")
    unclear = {finding for finding in planted.findings if finding.check == "matching"}
    assert unclear == set(ambiguous_findings(books)) != set()
    outcome = auditor.outcome(books)
    told = {row for row in auditor.informative(outcome) if row[0] == "matching"}
    assert told == auditor.in_kronor(unclear)
    candidates, terms = outcome.tables["recon.matches"], outcome.tables["recon.bridges"]
    assert set(candidates["status"]) == {"ambiguous"}
    assert candidates["document_number"].n_unique() > 1 or candidates["item"].n_unique() > 1
    assert not [text for text in terms["explanation"] if "probably" in text]
    named = {key for evidence in terms["evidence"] for key in json.loads(evidence)}
    assert not [key for key in named if "invoice" in key], "no invoice is named for any of them"


def differences(findings: Iterable[Finding]) -> dict[str, Decimal]:
    """What the tie-out findings say of each control account in all; nothing of one that differs nowhere."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for finding in findings:
        if finding.check.endswith("tie_out"):
            account = finding.subject_key.split("/")[0]
            sums[account] += Decimal(finding.difference).scaleb(-2)
    return {account: total for account, total in sums.items() if total}


def broken_records(books: Books, touched: set[tuple[str, Any]]) -> Iterator[str]:
    """Names of records as a bridge's evidence has them, and of the documents the vouchers among them speak of."""
    for kind, key in touched:
        if kind == "voucher" and key in books.vouchers:
            voucher, year = books.vouchers[key], books.year(key.year_id)
            yield f"voucher {year.first}/{key.series}/{key.number}"
            yield from (f"{side.value} invoice {voucher.reference_number}" for side in Side)
        elif kind == "voucher" and key is not None:
            yield f"voucher {books.year(key.year_id).first}/{key.series}/{key.number}"
        elif kind in {"document", "payment"}:
            side, number = key
            yield f"{side.value} {'invoice' if kind == 'document' else 'payment'} {number}"
            yield f"{side.value} write-off {number}/1"


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_THE_DEMO)
def test_each_by_itself(early_books: Books, auditor: Any, name: str) -> None:
    whole = set(early_books.touched)
    planted = plant(early_books, SEED, name)
    assert planted.findings
    outcome = auditor.outcome(early_books)
    assert auditor.stated(outcome) == auditor.in_kronor(combined([planted]))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(early_books))
    terms = outcome.tables["recon.bridges"]
    assert set(terms["cause"]) == set(planted.discrepancy.causes)
    assert auditor.explained(outcome) == differences(planted.findings)
    assert auditor.unexplained(outcome) == {}
    keys = {key for evidence in terms["evidence"] for key in json.loads(evidence)}
    assert keys <= set(broken_records(early_books, early_books.touched - whole)), "nothing sound is named"
    assert keys or set(planted.discrepancy.causes) <= {"opening_balance"}


@pytest.mark.slow
@settings(
    derandomize=True,
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.sets(st.sampled_from(sorted(IN_THE_DEMO)), min_size=3, max_size=6))
def test_some_together(auditor: Any, names: set[str]) -> None:
    books = demo_books(SEED, EARLY)
    planted = [plant(books, SEED, name) for name in sorted(names)]
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == auditor.in_kronor(combined(planted))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    assert auditor.unexplained(outcome) == {}


# -- errors nobody declared: two independent witnesses on books broken at random ----------------------------------


def _booked(books: Books, side: Side) -> list[Document | Payment]:
    """Documents and payments whose voucher is in the ledger."""
    everything = [*books.documents[side].values(), *books.payments[side].values()]
    return [item for item in everything if item.booked and item.voucher in books.vouchers]


def _delete(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    books.delete_voucher(voucher.key)


def _redate(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    year = books.year_of(voucher.day)
    days = (min(year.last, books.today) - year.first).days
    voucher.day = year.first + timedelta(days=random.randint(0, days))


def _unlink(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    item.voucher = None


def _call_manual(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    voucher.reference_type, voucher.reference_number = "MANUAL", ""


def _refer_to_nothing(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    voucher.reference_number = str(random.randint(990_000, 999_999))


def _misstate(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    random.choice(voucher.rows).amount += random.randint(1, 99_99)


def _move_account(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    random.choice(voucher.rows).account = random.choice((1510, 2440, 1930))


def _strike(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    row = random.choice(voucher.rows)
    row.state, row.signature = RowState.STRUCK, "AB"


def _unbook(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    item.booked = False


def _cancel(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    if isinstance(item, Document):
        item.cancelled = True


def _share(books: Books, item: Document | Payment, voucher: Voucher, random: Random) -> None:
    """An invoice names the voucher of something else. A payment's own word is not read when a voucher names it."""
    if isinstance(item, Document):
        item.voucher = random.choice(_booked(books, item.side)).voucher


BREAKS = [
    _delete, _redate, _unlink, _call_manual, _refer_to_nothing, _misstate, _move_account, _strike, _unbook, _cancel,
    _share,
]  # fmt: skip


@pytest.mark.slow
@settings(derandomize=True, max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(BREAKS), min_size=3, max_size=6), st.integers(0, 10**6))
def test_both_witnesses_agree_on_whatever_is_broken(
    auditor: Any, breaks: list[Callable[..., None]], seed: int
) -> None:
    books, random = demo_books(SEED, EARLY), Random(seed)
    for damage in breaks:
        item = random.choice(_booked(books, random.choice(list(Side))))
        damage(books, item, books.vouchers[item.voucher], random)
    outcome = auditor.outcome(books)
    assert auditor.stated(outcome) == auditor.in_kronor(expected_findings(books))
    assert auditor.informative(outcome) == auditor.in_kronor(informative_findings(books))
    assert auditor.unexplained(outcome) == {}


def test_a_payment_on_a_cancelled_foreign_invoice_is_held_at_the_invoices_rate(
    books: Books, auditor: Any
) -> None:
    """It settles nothing, but what its voucher took off the control account is at the invoice's rate, as ever."""
    payment = next(
        payment
        for payment in books.payments[Side.CUSTOMER].values()
        if payment.booked
        and payment.currency == "EUR"
        and payment.rate != books.documents[Side.CUSTOMER][payment.document].rate
    )
    books.documents[Side.CUSTOMER][payment.document].cancelled = True
    found = auditor.findings(books)
    assert found == auditor.in_kronor(expected_findings(books))
    assert {check for check, *_ in found} == {"ar_payments", "ar_tie_out"}, "its own voucher is right"
