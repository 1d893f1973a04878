"""Which invoice a payment without one probably pays: by a named rule, or ambiguous, never by chance."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.matching import matches
from transforms.reconciliations.ar_divergence import AR_DIVERGENCE
from transforms.reconciliations.ar_tie_out import AR_TIE_OUT
from transforms.reconciliations.matching import MATCHING
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER

DEFAULTS = Settings(company_id="acme", as_of=dt.date(2026, 6, 15))


@pytest.fixture
def says(given: Any) -> Callable[..., None]:
    """``says("M/1", "2026-03-20", "-100.00", "text")``: a bank voucher on 1510 typed by hand, with a text."""

    def voucher(name: str, date: str, amount: str, text: str, account: str = "a1510") -> None:
        against = amount[1:] if amount.startswith("-") else f"-{amount}"
        given.voucher(name, date, **{account: amount, "a1930": against})
        given.vouchers[name]["text"] = text

    return voucher


def _matched(given: Any, using: Settings = DEFAULTS) -> list[tuple[str, str, str, str]]:
    found = matches(given.books(), CUSTOMER, using).sort("item", "candidate", "document_number")
    rows = found.select("item", "document_number", "rule", "status").rows()
    return [(item.removeprefix("voucher 2026-01-01/"), *rest) for item, *rest in rows]


def test_text_that_names_the_invoice_and_pays_it_exactly(given: Any, says: Any) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00").invoice(
        "customer", "1024", "2026-03-01", "1250.00"
    )
    says("M/1", "2026-03-20", "-1250.00", "Bg-inbetalning faktura 1023")
    assert _matched(given) == [("M/1", "1023", "reference_and_amount", "unambiguous")]
    found = matches(given.books(), CUSTOMER, DEFAULTS).row(0, named=True)
    assert found["relied_on"] == "the text names customer invoice 1023; 1250.00 SEK is open on it"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("faktura 10234", "-1250.00"),
        ("faktura 1023", "-1249.99"),
        ("faktura 1023", "1250.00"),
        ("insättning", "-1250.00"),
    ],
)
def test_another_number_another_amount_the_wrong_direction_or_no_link_is_no_match(
    given: Any, says: Any, text: str, amount: str
) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00")
    says("M/1", "2026-03-20", amount, text)
    assert _matched(given) == []


def test_only_what_is_left_open_counts(given: Any, says: Any) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00")
    given.payment("customer", "1", "1023", "2026-03-05", "250.00")
    says("M/1", "2026-03-20", "-1000.00", "rest 1023")
    assert _matched(given) == [("M/1", "1023", "reference_and_amount", "unambiguous")]


def test_suppliers_own_number_names_the_invoice(given: Any, says: Any) -> None:
    given.invoice("supplier", "77", "2026-03-01", "800.00", reference="F-2026/9")
    says("M/1", "2026-03-20", "800.00", "betalt f-2026/9", account="a2440")
    found = matches(given.books(), SUPPLIER, DEFAULTS)
    assert found.select("document_number", "rule").rows() == [("77", "reference_and_amount")]


@pytest.mark.parametrize(
    ("paid", "count"),
    [("2026-02-18", 0), ("2026-02-19", 1), ("2026-05-15", 1), ("2026-06-29", 1), ("2026-06-30", 0)],
)
def test_counterparty_and_amount_within_the_window(given: Any, says: Any, paid: str, count: int) -> None:
    """The invoice is of 1 March: ten days before it and a hundred and twenty after it are the limits."""
    given.invoice("customer", "1023", "2026-03-01", "1250.00", counterparty="K7")
    says("M/1", paid, "-1250.00", "Swish från NAME OF K7 AB")
    assert _matched(given) == [("M/1", "1023", "counterparty_and_amount", "unambiguous")] * count


@pytest.mark.parametrize(
    ("paid", "count"), [("2026-02-26", 0), ("2026-02-27", 1), ("2026-03-31", 1), ("2026-04-01", 0)]
)
def test_the_window_is_the_companys(given: Any, says: Any, paid: str, count: int) -> None:
    """Two days before and thirty days after the invoice of 1 March, for one payment of one invoice and of two."""
    window = replace(DEFAULTS, early_payment_days=2, late_payment_days=30)
    given.invoice("customer", "1023", "2026-03-01", "1250.00", counterparty="K7")
    says("M/1", paid, "-1250.00", "Name of K7")
    for number in ("7", "8"):
        given.invoice("customer", number, "2026-03-01", "100.00", counterparty="K9")
    says("M/2", paid, "-200.00", "Name of K9")
    assert len(_matched(given, window)) == 3 * count


def test_two_equally_good_invoices_stay_ambiguous(given: Any, says: Any, settings: Any) -> None:
    for number in ("1023", "1044"):
        given.invoice("customer", number, "2026-03-01", "1250.00", counterparty="K7")
    says("M/1", "2026-03-20", "-1250.00", "Name of K7")
    assert {row[1:] for row in _matched(given)} == {
        ("1023", "counterparty_and_amount", "ambiguous"),
        ("1044", "counterparty_and_amount", "ambiguous"),
    }
    (finding,) = MATCHING.reconcile(given.books(), settings).findings.to_dicts()
    assert (finding["rule"], finding["subject_kind"], finding["subject_key"]) == (
        "ambiguous", "voucher_account", "2026-01-01/M/1/1510",
    )  # fmt: skip
    assert "fits customer invoice 1023 or 1044 equally well" in finding["explanation"]
    assert finding["evidence"] == ["voucher 2026-01-01/M/1", "customer invoice 1023", "customer invoice 1044"]


def test_two_payments_for_one_invoice_stay_ambiguous_and_are_both_named(
    given: Any, says: Any, settings: Any
) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00")
    says("M/1", "2026-03-20", "-1250.00", "1023")
    says("M/2", "2026-03-21", "-1250.00", "1023 igen")
    assert {row[3] for row in _matched(given)} == {"ambiguous"}
    findings = MATCHING.reconcile(given.books(), settings).findings
    assert sorted(findings["subject_key"]) == ["2026-01-01/M/1/1510", "2026-01-01/M/2/1510"]


@pytest.mark.parametrize("count", [2, 3, 5])
def test_one_payment_of_many_invoices_of_one_counterparty(given: Any, says: Any, count: int) -> None:
    """The others are of another customer, or do not fit into the sum."""
    for number in range(count):
        given.invoice("customer", f"10{number}", "2026-03-01", f"{2**number}00.00", counterparty="K7")
    given.invoice("customer", "200", "2026-03-01", "1.00", counterparty="K8")
    says("M/1", "2026-03-20", f"-{2**count - 1}00.00", "Name of K7")
    assert _matched(given) == [
        ("M/1", f"10{number}", "one_payment_many_invoices", "unambiguous") for number in range(count)
    ]


def test_many_payments_of_one_invoice(given: Any, says: Any) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1000.00")
    says("M/1", "2026-03-20", "-300.00", "1023 delbetalning")
    says("M/2", "2026-04-20", "-700.00", "1023 slutbetalning")
    assert _matched(given) == [
        (name, "1023", "many_payments_one_invoice", "unambiguous") for name in ("M/1", "M/2")
    ]


def test_what_an_earlier_rule_claims_no_later_one_sees(given: Any, says: Any) -> None:
    """M/1 names 1023; what is left for M/2, which names the customer only, is 1044."""
    for number in ("1023", "1044"):
        given.invoice("customer", number, "2026-03-01", "1250.00", counterparty="K7")
    says("M/1", "2026-03-20", "-1250.00", "faktura 1023")
    says("M/2", "2026-03-21", "-1250.00", "Name of K7")
    assert _matched(given) == [
        ("M/1", "1023", "reference_and_amount", "unambiguous"),
        ("M/2", "1044", "counterparty_and_amount", "unambiguous"),
    ]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Delbetalning faktura 101 Name of K1", {"102": "600.00"}),
        ("Delbetalning faktura 101", {"102": "250.00", "103": "350.00"}),
        ("Delbetalning 9910103, Name of K1", {"102": "600.00"}),
        ("Delbetalning faktura 101 Name of K1", {"102": "250.00", "103": "350.00"}),
        ("Betalning 101 minus kredit 104, Name of K1", {"102": "600.00", "104": "-400.00"}),
    ],
)
def test_a_text_that_names_an_open_invoice_it_does_not_pay_in_full_is_matched_to_no_other(
    given: Any, says: Any, settings: Any, text: str, others: dict[str, str]
) -> None:
    """600.00 is paid and 1000.00 is open on invoice 101 (OCR 9910103), which the text names; others would fit."""
    given.invoice("customer", "101", "2026-03-01", "1000.00", ocr="9910103")
    for number, total in others.items():
        given.invoice("customer", number, "2026-03-10", total)
    says("M/1", "2026-03-20", "-600.00", text)
    assert _matched(given) == []
    assert MATCHING.reconcile(given.books(), settings).findings.is_empty()
    told = AR_TIE_OUT.reconcile(given.books(), settings).tables["recon.bridges"]
    (voucher,) = told.filter(kind="voucher_without_document").to_dicts()
    assert "probably" not in voucher["explanation"]
    assert voucher["evidence"] == '["voucher 2026-01-01/M/1"]'


def test_a_named_invoice_may_be_one_of_several_that_were_paid_at_once(given: Any, says: Any) -> None:
    """The text names 101; with 102 it makes the sum, and so do 103 and 104, which are not asked about."""
    for number, total in {"101": "1000.00", "102": "600.00", "103": "900.00", "104": "700.00"}.items():
        given.invoice("customer", number, "2026-03-01", total)
    says("M/1", "2026-03-20", "-1600.00", "Betalning faktura 101 med flera")
    assert _matched(given) == [
        ("M/1", number, "one_payment_many_invoices", "unambiguous") for number in ("101", "102")
    ]


def test_of_two_invoices_a_text_names_a_payment_of_many_holds_both(given: Any, says: Any) -> None:
    """101 and 103 make the sum, but the text names 102 as well."""
    for number, total in {"101": "1000.00", "102": "650.00", "103": "600.00"}.items():
        given.invoice("customer", number, "2026-03-01", total)
    says("M/1", "2026-03-20", "-1600.00", "Betalning faktura 101 och 102")
    assert _matched(given) == []


def test_payments_that_name_another_invoice_are_no_part_of_many_payments_of_one(
    given: Any, says: Any
) -> None:
    """500.00 and 700.00 make 1200.00, which is open on 102; the first names 101."""
    given.invoice("customer", "101", "2026-03-01", "1000.00")
    given.invoice("customer", "102", "2026-03-01", "1200.00")
    says("M/1", "2026-03-20", "-500.00", "Delbetalning 101 Name of K1")
    says("M/2", "2026-03-21", "-700.00", "Betalning Name of K1")
    assert _matched(given) == []


def test_an_invoice_another_payment_pays_is_named_all_the_same(given: Any, says: Any) -> None:
    """M/1 pays 101; M/2 names 101 as well, whoever is wrong, and so does not pay 102."""
    given.invoice("customer", "101", "2026-03-01", "1000.00")
    given.invoice("customer", "102", "2026-03-01", "600.00")
    says("M/1", "2026-03-20", "-1000.00", "Faktura 101")
    says("M/2", "2026-03-21", "-600.00", "Rest faktura 101 Name of K1")
    assert _matched(given) == [("M/1", "101", "reference_and_amount", "unambiguous")]


def test_an_invoice_named_on_another_account_of_the_subledger_is_named(given: Any, says: Any) -> None:
    given.controls.append(("customer", "1519"))
    given.invoice("customer", "101", "2026-03-01", "1000.00", account="1519")
    given.invoice("customer", "102", "2026-03-01", "600.00")
    says("M/1", "2026-03-20", "-600.00", "Delbetalning faktura 101 Name of K1")
    assert _matched(given) == []


def test_payment_whose_invoice_is_not_held_may_name_an_ocr_number(given: Any) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00")
    given.documents["customer_invoices"][0]["payment_reference"] = "9910232"
    given.voucher("B/1", "2026-03-20", because=("INVOICEPAYMENT", "5"), a1510="-1250.00", a1930="1250.00")
    given.payment("customer", "5", "9910232", "2026-03-20", "1250.00", "B/1")
    found = matches(given.books(), CUSTOMER, DEFAULTS)
    assert found.select("item", "document_number", "rule").rows() == [
        ("customer payment 5", "1023", "reference_and_amount")
    ]


def test_the_bridge_says_what_a_manual_voucher_probably_pays_and_no_figure_changes(
    given: Any, says: Any, settings: Any, found: Any
) -> None:
    given.voucher("A/1", "2026-03-01", a1510="1250.00", a3001="-1250.00")
    given.invoice("customer", "1023", "2026-03-01", "1250.00", "A/1")
    says("M/1", "2026-03-20", "-1250.00", "Faktura 1023")
    result = AR_TIE_OUT.reconcile(given.books(), settings)
    assert found(result.findings) == [("movement", "1510/2026-03", "1250.00")]
    assert result.tables["recon.bridges"]["explanation"].to_list() == [
        "Voucher M/1 of 2026-03-20 books -1250.00 SEK and no document names it (a manual voucher on the control"
        " account; probably payment of customer invoice 1023, by rule reference_and_amount)."
    ]
    assert result.findings["evidence"].to_list() == [["voucher 2026-01-01/M/1", "customer invoice 1023"]]
    days = AR_DIVERGENCE.reconcile(given.books(), settings).tables["recon.divergences"]
    assert days["explanation"].str.contains(
        "; probably payment of customer invoice 1023", literal=True
    ).to_list() == [True]


def test_vouchers_that_documents_name_are_not_asked_about(given: Any, says: Any) -> None:
    given.invoice("customer", "1023", "2026-03-01", "1250.00")
    says("B/1", "2026-03-20", "-1250.00", "faktura 1023")
    given.invoice("customer", "1024", "2026-03-01", "-1250.00", "B/1")
    assert _matched(given) == []


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000))
def test_a_clear_match_is_exact_and_unshared_whatever_the_order_of_rows(new_books: Any, seed: int) -> None:
    chance = random.Random(seed)
    books = new_books().year("2026-01-01", "2026-12-31")
    named: dict[str, str] = {}
    for number in range(1, 15):
        amount, party = chance.choice([100, 200, 300, 500]), chance.choice("789")
        books.invoice("customer", f"10{number}", "2026-03-01", f"{amount}.00", counterparty=f"K{party}")
    for number in range(1, 9):
        amount = chance.choice([100, 200, 300, 400, 800, 1000])
        books.voucher(f"M/{number}", "2026-03-20", a1510=f"-{amount}.00", a1930=f"{amount}.00")
        invoice, party = f"10{chance.randrange(1, 15)}", f"Name of K{chance.choice('789')}"
        text = chance.choice([invoice, party, f"{invoice} {party}"])
        books.vouchers[f"M/{number}"]["text"] = text
        named |= {f"voucher 2026-01-01/M/{number}": invoice} if invoice in text else {}
    straight = matches(books.books(), CUSTOMER, DEFAULTS)
    mixed = matches(
        books.books(lambda frame: frame.sample(fraction=1, shuffle=True, seed=seed)), CUSTOMER, DEFAULTS
    )
    assert_frame_equal(mixed, straight)
    clear = [row for row in straight.to_dicts() if row["status"] == "unambiguous"]
    paid: dict[str, set[str]] = {}
    pays: dict[str, set[str]] = {}
    for row in clear:
        pays.setdefault(row["item"], set()).add(row["document_number"])
        paid.setdefault(row["document_number"], set()).add(row["item"])
    amounts = {row["item"]: row["amount"] for row in clear}
    left = {row["document_number"]: row["open"] for row in clear}
    for item, documents in pays.items():
        items = set().union(*(paid[document] for document in documents))
        assert item in items
        assert len(items) == 1 or len(documents) == 1
        assert sum(amounts[one] for one in items) == -sum(left[one] for one in documents)
    for (item, _), rows in straight.group_by("item", "candidate"):
        assert item not in named or named[item] in set(rows["document_number"]), (
            "the text does not contradict"
        )
