"""Whatever was sold and paid: books generated from their vouchers tie out, and a planted amount is found
where it was planted."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from transforms.ageing import aged
from transforms.reconciliations import reconcile
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER

AS_OF = dt.date(2026, 12, 31)
RUN = Settings(company_id="testbolaget", as_of=AS_OF)
EXAMPLES = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a smaller seed is no simpler company, so there is nothing to shrink to
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SEEDS = st.integers(min_value=0, max_value=10_000)
# The books made here name their vouchers after documents, so numbers do not run without gaps.
BLOCKING = (pl.col("severity") == "B") & (pl.col("check") != "voucher_numbering")
CONTROL = {
    "customer": ("a1510", 1, "INVOICE", "INVOICEPAYMENT"),
    "supplier": ("a2440", -1, "SUPPLIERINVOICE", "SUPPLIERPAYMENT"),
}


def _trade(make: Callable[[], Any], seed: int) -> Any:
    """Two years of invoices and credit notes in both subledgers with part payments, each booked in a voucher
    of its own."""
    chance = random.Random(seed)
    books = make().year("2025-07-01", "2026-06-30").year("2026-07-01", "2027-06-30")
    for which, (account, sign, reference, paid_by) in CONTROL.items():
        for document in range(1, 13):
            date = dt.date(2025, 7, 1) + dt.timedelta(days=chance.randrange(500))
            total = Decimal(chance.randrange(-20_000, 100_000)) / 100 or Decimal("1.00")
            paid: list[tuple[dt.date, Decimal]] = []
            for _ in range(chance.randrange(3)):
                later = min(date + dt.timedelta(days=chance.randrange(90)), dt.date(2027, 6, 30))
                paid.append((later, (total * chance.randrange(1, 60) / 100).quantize(Decimal("0.01"))))
            left = total - sum((amount for later, amount in paid), Decimal(0))
            name = f"{which[0].upper()}/{document}"
            rows = {account: f"{sign * total}", "a3001": f"{-sign * total}"}
            books.voucher(name, str(date), because=(reference, str(document)), **rows)
            books.invoice(which, str(document), str(date), str(total), name, balance=str(left))
            for part, (later, amount) in enumerate(paid):
                number = str(document * 10 + part)
                rows = {account: f"{-sign * amount}", "a1930": f"{sign * amount}"}
                books.voucher(f"P{name[0]}/{number}", str(later), because=(paid_by, number), **rows)
                books.payment(which, number, str(document), str(later), str(amount), f"P{name[0]}/{number}")
    return books


@EXAMPLES
@given(seed=SEEDS)
def test_books_made_of_their_vouchers_tie_out_at_every_month_end(new_books: Any, seed: int) -> None:
    outcome = reconcile(_trade(new_books, seed).books(), RUN)
    assert outcome.findings.filter(BLOCKING).is_empty()
    tie_outs = outcome.tables["recon.tie_outs"]
    assert tie_outs.height == 2 * 19
    assert tie_outs["difference"].unique().to_list() == [Decimal("0.00")]
    items = outcome.tables["recon.open_items"].group_by("control_account").agg(pl.col("amount").sum())
    today = tie_outs.filter(point="today").select("control_account", amount="subledger_balance")
    both = today.join(items, on="control_account", how="left")
    assert both["amount"].to_list() == [amount or Decimal("0.00") for amount in both["amount_right"]]


@EXAMPLES
@given(
    seed=SEEDS,
    day=st.integers(min_value=0, max_value=540),
    ore=st.integers(min_value=-(10**6), max_value=10**6).filter(bool),
    which=st.sampled_from(["customer", "supplier"]),
)
def test_planted_voucher_is_found_in_its_month_with_its_amount(
    new_books: Any, seed: int, day: int, ore: int, which: str
) -> None:
    books, date = _trade(new_books, seed), dt.date(2025, 7, 1) + dt.timedelta(days=day)
    amount = Decimal(ore) / 100
    account = CONTROL[which][0]
    books.voucher("X/1", str(date), **{account: str(amount), "a3740": str(-amount)})
    findings = reconcile(books.books(), RUN).findings.filter(BLOCKING)
    assert findings.select("check", "subject_key", "difference").rows() == [
        (f"{'ar' if which == 'customer' else 'ap'}_tie_out", f"{account[1:]}/{date:%Y-%m}", -amount)
    ]
    assert "voucher X/1" in findings["explanation"][0]


@EXAMPLES
@given(seed=SEEDS)
def test_order_of_rows_changes_nothing(new_books: Any, seed: int) -> None:
    """Three amounts planted, so that there are findings whose words and evidence could move."""
    books = _trade(new_books, seed)
    for number, account in enumerate(("a1510", "a2440", "a1510"), start=1):
        books.voucher(f"X/{number}", "2026-03-03", **{account: f"{number}.00", "a3740": "-1.00"})
    straight = reconcile(books.books(), RUN)
    mixed = reconcile(books.books(lambda frame: frame.sample(fraction=1, shuffle=True, seed=seed)), RUN)
    assert straight.findings.height >= 4
    assert_frame_equal(mixed.findings, straight.findings)
    for name, frame in straight.tables.items():
        assert_frame_equal(mixed.tables[name], frame)


@EXAMPLES
@given(seed=SEEDS)
def test_ageing_equals_the_tie_out_at_every_date(new_books: Any, seed: int) -> None:
    books = _trade(new_books, seed).books()
    tie_outs = (
        reconcile(books, RUN).tables["recon.tie_outs"].select("subledger", "as_of", "subledger_balance")
    )
    for which, as_of, balance in tie_outs.iter_rows():
        subledger = CUSTOMER if which == "customer" else SUPPLIER
        assert (aged(books, subledger, as_of, (30, 60, 90))["amount"].sum() or Decimal("0.00")) == balance
