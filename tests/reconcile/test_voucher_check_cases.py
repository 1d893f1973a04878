"""Checks on vouchers: numbering, manual ones on control accounts, corrections, and the month they fall in."""

from __future__ import annotations

from typing import Any

import pytest

from transforms.findings import carry_over
from transforms.reconciliations import reconcile
from transforms.reconciliations.corrections import CORRECTIONS
from transforms.reconciliations.cut_off import CUT_OFF
from transforms.reconciliations.manual_control_vouchers import MANUAL_CONTROL_VOUCHERS
from transforms.reconciliations.voucher_numbering import VOUCHER_NUMBERING


def _numbered(given: Any, *names: str) -> Any:
    for name in names:
        given.voucher(name, "2026-03-01", a1930="1.00", a3001="-1.00")
    return given


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("A/1", "A/2", "B/1"), []),
        (("A/1", "A/3"), [("gap", "2026-01-01/A/2", "-")]),
        (("A/1", "A/6", "A/8"), [("gap", "2026-01-01/A/2-5", "-"), ("gap", "2026-01-01/A/7", "-")]),
        (("A/2",), [("gap", "2026-01-01/A/1", "-")]),
        (("A/9", "A/10", *(f"A/{n}" for n in range(1, 9))), []),
    ],
)
def test_numbers_run_from_one_without_gap(
    given: Any, settings: Any, found: Any, names: tuple[str, ...], expected: list[tuple[str, str, str]]
) -> None:
    assert found(VOUCHER_NUMBERING.reconcile(_numbered(given, *names).books(), settings).findings) == expected


def test_gap_is_told_with_its_neighbour(given: Any, settings: Any) -> None:
    findings = VOUCHER_NUMBERING.reconcile(_numbered(given, "A/1", "A/4").books(), settings).findings
    assert findings["explanation"].to_list() == [
        "Series A in the year from 2026-01-01: numbers 2-3 are missing (2 in all) before voucher A/4 of 2026-03-01."
    ]


def test_numbers_start_again_every_year(empty_books: Any, settings: Any) -> None:
    given = empty_books.year("2025-01-01", "2025-12-31").year("2026-01-01", "2026-12-31")
    given.voucher("A/1", "2025-03-01", a1930="1.00").voucher("A/2", "2025-03-01", a1930="1.00")
    assert VOUCHER_NUMBERING.reconcile(given.books(), settings).findings.is_empty()


def test_voucher_only_the_api_holds_fills_the_gap(given: Any, settings: Any) -> None:
    _numbered(given, "A/1", "A/2", "A/3").vouchers["A/2"]["in_sie"] = False
    assert VOUCHER_NUMBERING.reconcile(given.books(), settings).findings.is_empty()


def test_file_of_another_program_may_start_anywhere(given: Any, settings: Any, found: Any) -> None:
    """Without the API nobody says that the series starts at 1; gaps after its first number still count."""
    for voucher in _numbered(given, "K/13", "K/14", "K/16").vouchers.values():
        voucher["in_api"] = False
    assert found(VOUCHER_NUMBERING.reconcile(given.books(), settings).findings) == [
        ("gap", "2026-01-01/K/15", "-")
    ]


def test_repeated_number(given: Any, settings: Any, found: Any) -> None:
    twin = _numbered(given, "A/1").vouchers["A/1"] | {"occurrence": 2, "voucher_key": "2026-01-01/A/1#2"}
    given.vouchers["A/1#2"] = twin
    findings = VOUCHER_NUMBERING.reconcile(given.books(), settings).findings
    assert found(findings) == [("repeated", "2026-01-01/A/1#2", "-")]


def test_vouchers_without_number_are_remarked(given: Any, settings: Any) -> None:
    result = VOUCHER_NUMBERING.reconcile(_numbered(given, "A/").books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == ("vouchers without a number, not judged: 1",)


@pytest.mark.parametrize(
    ("because", "amount", "expected"),
    [
        ("MANUAL", "300.00", [("manual_voucher", "2026-01-01/A/1/1510", "300.00")]),
        ("INVOICE", "300.00", []),
        (None, "300.00", []),
        ("MANUAL", "0.00", []),
    ],
)
def test_manual_voucher_on_a_control_account(
    given: Any, settings: Any, found: Any, because: str, amount: str, expected: list[tuple[str, str, str]]
) -> None:
    given.voucher("A/1", "2026-03-01", because=(because, None), a1510=amount, a1930=f"-{amount}")
    assert found(MANUAL_CONTROL_VOUCHERS.reconcile(given.books(), settings).findings) == expected


def test_manual_voucher_elsewhere_is_nobodys_business_here(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-01", a1930="5.00", a3001="-5.00")
    assert MANUAL_CONTROL_VOUCHERS.reconcile(given.books(), settings).findings.is_empty()


def test_cash_method_years_book_their_open_items_by_hand(empty_books: Any, settings: Any) -> None:
    given = empty_books.year("2025-01-01", "2025-12-31", method="cash")
    given.voucher("A/1", "2025-12-31", a1510="5.00", a3001="-5.00")
    assert MANUAL_CONTROL_VOUCHERS.reconcile(given.books(), settings).findings.is_empty()


def test_struck_row_on_a_control_account(given: Any, settings: Any, found: Any) -> None:
    given.voucher("A/1", "2026-03-01", {"1510": "100.00"}, a1515="100.00", a3001="-100.00")
    result = CORRECTIONS.reconcile(given.books(), settings)
    assert found(result.findings) == [("control_account_row", "2026-01-01/A/1/1510", "-100.00")]
    assert result.findings["explanation"][0] == (
        "Voucher A/1 of 2026-03-01 was corrected on account 1510: 100.00 SEK struck, 0.00 SEK added."
    )


def test_correction_on_another_account_is_counted_not_listed(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-01", {"6540": "100.00"}, a5810="100.00", a1930="-100.00")
    result = CORRECTIONS.reconcile(given.books(), settings)
    assert result.findings.is_empty()
    assert result.remarks == ("of 1 voucher 1 with struck or added rows on some account",)


@pytest.mark.parametrize("account", ["1910", "1930", "1940"], ids=["cash", "bank", "another bank"])
def test_struck_row_on_a_bank_or_cash_account_is_a_note(
    given: Any, settings: Any, found: Any, account: str
) -> None:
    given.voucher("A/1", "2026-03-01", {account: "-100.00"}, a5810="90.00", a1930="-90.00")
    outcome = reconcile(given.books(), settings)
    corrections = outcome.findings.filter(check="corrections")
    assert found(corrections) == [("bank_account_row", f"2026-01-01/A/1/{account}", "100.00")]
    assert corrections["severity"].to_list() == ["I"]
    assert corrections["explanation"][0] == (
        f"Voucher A/1 of 2026-03-01 was corrected on account {account}: -100.00 SEK struck, 0.00 SEK added."
    )


def test_struck_row_on_a_bank_account_that_is_a_control_account_is_told_once(
    given: Any, settings: Any
) -> None:
    given.controls.append(("customer", "1950"))
    given.voucher("A/1", "2026-03-01", {"1950": "-100.00"}, a5810="90.00", a1930="-90.00")
    told = reconcile(given.books(), settings).findings.filter(check="corrections")
    assert told.select("rule", "severity").rows() == [("control_account_row", "W")]


def test_a_ledger_alone_is_enough_for_corrections_on_bank_accounts(given: Any, settings: Any) -> None:
    """Without control accounts the bank is judged, the rest counted, and what was not judged is named."""
    given.voucher("A/1", "2026-03-01", {"1930": "-100.00"}, a5810="90.00", a1930="-90.00")
    given.voucher("A/2", "2026-03-02", {"1510": "50.00"}, a5810="90.00", a1930="-90.00")
    monday = reconcile(given.books(), settings)
    given.controls.clear()
    given.missing = {f"{side}_control_accounts": f"no {side} account" for side in ("customer", "supplier")}
    tuesday = reconcile(given.books(), settings)
    assert "corrections" not in tuesday.not_run
    assert tuesday.findings.filter(check="corrections")["rule"].to_list() == ["bank_account_row"]
    assert tuesday.remarks["corrections"] == (
        "neither side was judged: no customer account; no supplier account",
        "of 2 vouchers 2 with struck or added rows on some account",
    )
    del given.vouchers["A/1"]
    given.rows = [row for row in given.rows if row["voucher_number"] != "1"]
    before = carry_over(None, monday.findings, as_of=settings.as_of, run_id="1")
    wednesday = reconcile(given.books(), settings)
    after = carry_over(
        before,
        wednesday.findings,
        as_of=settings.as_of,
        run_id="2",
        not_run=wednesday.not_run,
        halves=wednesday.halves,
    ).filter(check="corrections")
    standing = after.filter(after["resolved_at"].is_null())["rule"].to_list()
    assert standing == ["control_account_row"], "nobody looked at it, so it is not resolved"


@pytest.mark.parametrize(
    ("booked", "rules"),
    [
        ("2026-02-27", ()),
        ("2026-02-28", ("invoice_day", "payment_day")),
        ("2026-03-01", ("invoice_period", "payment_period")),
        ("2026-01-31", ("invoice_period", "payment_period")),
    ],
)
@pytest.mark.parametrize("which", ["customer", "supplier"])
def test_document_booked_on_another_day(
    given: Any, settings: Any, found: Any, which: str, booked: str, rules: tuple[str, ...]
) -> None:
    given.voucher("A/1", booked, a1510="100.00", a3001="-100.00").invoice(
        which, "1", "2026-02-27", "100.00", "A/1"
    )
    given.voucher("B/1", booked, a1510="-100.00", a1930="100.00")
    given.payment(which, "5", "1", "2026-02-27", "100.00", "B/1")
    sign = "" if which == "customer" else "-"
    opposite = "-" if which == "customer" else ""
    documents = [("1", f"{sign}100.00"), ("5", f"{opposite}100.00")]
    expected = [(rule, *document) for rule, document in zip(rules, documents, strict=False)]
    assert found(CUT_OFF.reconcile(given.books(), settings).findings) == expected


def test_unbooked_documents_have_no_cut_off(given: Any, settings: Any) -> None:
    given.voucher("A/1", "2026-03-01", a1510="100.00", a3001="-100.00")
    given.invoice("customer", "1", "2026-02-27", "100.00", "A/1", booked=False)
    assert CUT_OFF.reconcile(given.books(), settings).findings.is_empty()
