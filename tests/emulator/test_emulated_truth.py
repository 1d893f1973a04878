"""Planted discrepancies: what each declares is what the second witness finds, alone, together and nights later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fortnox_emulator import Emulator
from fortnox_emulator.discrepancies import REGISTRY, combined, plant, plantable
from fortnox_emulator.findings import Finding
from fortnox_emulator.founding import demo_books
from fortnox_emulator.witness import expected_findings
from fortnox_emulator.witness_notes import informative_findings

# What the demo must be able to show: every rule, on both sides where it has two.
RULES = {
    *((f"{prefix}_{check}", rule) for prefix in ("ar", "ap") for check, rule in (
        ("open_balance", "open_balance"),
        ("tie_out", "movement"),
        ("payments", "invoice_missing"),
        ("payments", "invoice_cancelled"),
        ("payments", "invoice_unbooked"),
        ("payments", "unbooked_payment_overdue"),
        ("payments", "overpayment"),
        ("payments", "open_above_total"),
        ("payments", "small_residue"),
    )),
    *((f"{kind}_vouchers", rule) for kind in ("invoice", "payment") for rule in (
        "voucher_missing", "amount_differs", "reference_differs", "counted_twice",
    )),
    *(("ap_duplicates", rule) for rule in ("reminder_fee", "same_number", "two_suppliers", "same_amount")),
    *(("ar_duplicates", rule) for rule in ("reminder_fee", "same_amount")),
    ("register_changes", "shared_account"),
    ("register_changes", "inactive_used"),
    *(("credit_notes", rule) for rule in ("wrong_sign", "unmatched", "above_original")),
    ("cut_off", "invoice_period"),
    ("cut_off", "payment_period"),
    ("manual_control_vouchers", "manual_voucher"),
    ("corrections", "control_account_row"),
    ("voucher_balance", "unbalanced"),
    ("voucher_numbering", "gap"),
    ("voucher_numbering", "end_missing"),
    ("voucher_numbering", "repeated"),
    ("extraction_completeness", "pages_missing"),
    *(("ledger_witnesses", rule) for rule in (
        "missing_in_sie", "missing_in_list", "date_differs", "text_differs", "rows_differ", "opening_balance",
    )),
    ("balance_roll_forward", "closing_balance"),
    ("balance_roll_forward", "result_balance"),
    ("balance_roll_forward", "period_balance"),
    ("balance_roll_forward", "opening_balance"),
}  # fmt: skip

# Those some of whose findings only inform: documents, days, payments after a period's end, matching, the journal.
_ENDINGS = (
    "file_missing",
    "never_paid",
    "for_long",
    "manual_voucher",
    "missing_unclear",
    "hand_unclear",
    "hand_unclear_sum",
    "hand_twice",
    "bank_row_replaced",
    "invoice_other_day",
    "payment_other_day",
)
NOTES = [
    name
    for name in REGISTRY
    if name.startswith(("journal_", "voucher_registered")) or name.endswith(_ENDINGS)
]


TODAY = date(2026, 9, 30)
#: The company twenty months old: a closed year and an open one, and everything that can be planted.
EARLY = date(2025, 2, 28)


IN_THE_DEMO = plantable(demo_books(1, TODAY))


def test_nothing_planted_nothing_to_find() -> None:
    truth = Emulator().truth()
    assert truth["findings"] == []
    assert truth["discrepancies"] == []
    assert (truth["seed"], truth["today"]) == (1, "2026-09-30")


@pytest.mark.parametrize("name", IN_THE_DEMO)
def test_each_is_found_alone_and_nothing_else(name: str) -> None:
    books = demo_books(6, EARLY)
    planted = plant(books, 6, name)
    assert planted.findings
    assert expected_findings(books) == combined([planted])


@pytest.mark.parametrize("name", NOTES)
def test_each_note_changes_what_there_is_to_know(name: str) -> None:
    """What informs is there already for the books as they are; a planted one changes it by what it says."""
    books = demo_books(6, EARLY)
    before = _by_subject(informative_findings(books))
    notes = [finding for finding in plant(books, 6, name).findings if finding.severity == "I"]
    assert notes
    after = _by_subject(informative_findings(books))
    for finding in notes:
        subject = replace(finding, difference=None)
        assert subject in after
        if finding.difference is not None:
            assert after[subject] - before.get(subject, 0) == finding.difference
        elif finding.check != "ageing":
            assert subject not in before, "but for what is long overdue, which every company has"


def _by_subject(findings: list[Finding]) -> dict[Finding, int | None]:
    return {replace(finding, difference=None): finding.difference for finding in findings}


@pytest.mark.parametrize("seed", [1, 2])
def test_all_together_add_up(seed: int) -> None:
    books = demo_books(seed, TODAY)
    planted = [plant(books, seed, name) for name in IN_THE_DEMO]
    found = expected_findings(books)
    assert found == combined(planted)
    assert {(finding.check, finding.rule) for finding in found} == RULES


@pytest.mark.slow
@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.sets(st.sampled_from(IN_THE_DEMO), min_size=2, max_size=12), st.integers(1, 4))
def test_any_combination_adds_up(names: set[str], seed: int) -> None:
    books = demo_books(seed, EARLY)
    planted = [plant(books, seed, name) for name in sorted(names)]
    assert expected_findings(books) == combined(planted)


def test_later_nights_change_nothing_about_what_was_planted() -> None:
    emulator = Emulator(discrepancies="all")
    before = emulator.truth()["findings"]
    emulator.advance(30)
    assert emulator.truth()["findings"] == before


def test_truth_names_each_discrepancy_with_its_own_findings() -> None:
    truth = Emulator(discrepancies=["ap_small_residue", "ar_manual_voucher"]).truth()
    assert [entry["id"] for entry in truth["discrepancies"]] == ["ar_manual_voucher", "ap_small_residue"]
    parted, manual, *_ = truth["discrepancies"][0]["findings"]
    assert [finding["check"] for finding in (parted, manual)] == ["ar_divergence", "ar_tie_out"]
    assert manual["subject_kind"] == "control_account"
    assert manual["subject_key"].startswith("1510/2026-")
    assert manual["difference"].startswith("-")
    residue = truth["discrepancies"][1]["findings"][0]
    assert (residue["severity"], residue["subject_kind"]) == ("W", "supplier_invoice")
    assert truth["findings"] == sorted(truth["findings"], key=lambda f: (f["check"], f["rule"]))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        Emulator(discrepancies=["nonsense"])


def test_descriptions_are_sentences() -> None:
    assert len(REGISTRY) >= 60
    for entry in REGISTRY.values():
        assert entry.description.endswith(".")
        assert "{" not in entry.description
