"""What a correct reconciliation of these books must find, worked out here in plain Python from the records.

The second witness: it never looks at what was planted, only at the books, and shares no code with the
reconciliations it judges. Differences are "found minus expected", öre. What does not belong here: planting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from fortnox_emulator.books import Books
from fortnox_emulator.model import Document, FinancialYear, Payment, Side, Voucher

UNBOOKED_PAYMENT_DAYS = 10
SMALL_RESIDUE = 1_00

PREFIX = {Side.CUSTOMER: "ar", Side.SUPPLIER: "ap"}
_REFERENCES = {
    Side.CUSTOMER: ("INVOICE", "INVOICEPAYMENT"),
    Side.SUPPLIER: ("SUPPLIERINVOICE", "SUPPLIERPAYMENT"),
}


@dataclass(frozen=True, order=True)
class Finding:
    """One disagreement, named as the findings table names it. ``difference`` in öre, None where there is none."""

    check: str
    rule: str
    severity: str
    subject_kind: str
    subject_key: str
    difference: int | None

    def as_json(self) -> dict[str, str | None]:
        difference = None if self.difference is None else f"{Decimal(self.difference).scaleb(-2):.2f}"
        return {
            "check": self.check,
            "rule": self.rule,
            "severity": self.severity,
            "subject_kind": self.subject_kind,
            "subject_key": self.subject_key,
            "difference": difference,
        }


def expected_findings(books: Books) -> list[Finding]:
    """All B and W findings of the checks on balances, tie-out, payments, vouchers and the roll-forward, sorted."""
    found: list[Finding] = []
    for side in Side:
        found += _open_balances(books, side)
        found += _tie_out(books, side)
        found += _payments(books, side)
    found += _voucher_balance(books)
    found += _roll_forward(books)
    return sorted(found)


# -- subledgers --------------------------------------------------------------------------------------------------


def _settles(document: Document | None) -> bool:
    """Whether payments on a document settle anything: it must exist, be booked and not be cancelled."""
    return document is not None and document.booked and not document.cancelled


def _half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def _ledger_amount(document: Document) -> int:
    """Customer totals are in invoice currency and converted at the invoice's rate; supplier totals are SEK."""
    if document.side is Side.SUPPLIER:
        return document.total
    return _half_up(Decimal(document.total) * document.rate / document.unit)


def _booked_payments(books: Books, side: Side) -> dict[str, list[Payment]]:
    """Document number -> its booked payments in the order they were made."""
    payments: dict[str, list[Payment]] = defaultdict(list)
    for payment in sorted(books.payments[side].values(), key=lambda pay: (pay.day, pay.number)):
        if payment.booked:
            payments[payment.document].append(payment)
    return payments


def _walk(document: Document, payments: list[Payment]) -> tuple[int, int, dict[int, int]]:
    """(open in invoice currency, open in SEK, SEK each payment takes off) after all booked payments."""
    ledger = _ledger_amount(document)
    currency = document.total
    if document.side is Side.SUPPLIER:
        currency = _half_up(Decimal(document.total) / document.rate * document.unit)
    effects = {}
    for payment in payments:
        parts = [payment.currency_amount] + [item.amount for item in payment.write_offs]
        currency -= sum(parts)
        effect = sum(_half_up(Decimal(part) * document.rate / document.unit) for part in parts)
        effects[payment.number] = ledger if currency == 0 else effect
        ledger -= effects[payment.number]
    return currency, ledger, effects


def _open_amount(document: Document, payments: list[Payment]) -> int:
    """In the currency the API states Balance in: the invoice's for customers, SEK for suppliers."""
    currency, ledger, _ = _walk(document, payments)
    return currency if document.side is Side.CUSTOMER else ledger


def _open_balances(books: Books, side: Side) -> Iterator[Finding]:
    paid = _booked_payments(books, side)
    for document in books.documents[side].values():
        if not _settles(document):
            continue
        difference = _open_amount(document, paid[document.number]) - books.balance(document)
        if difference:
            subject = f"{side.value}_invoice"
            yield Finding(
                f"{PREFIX[side]}_open_balance", "open_balance", "B", subject, document.number, difference
            )


def _posting_day(books: Books, item: Document | Payment, references: dict[tuple[str, str], Voucher]) -> date:
    """The linked voucher's date, else that of the voucher naming the document, else the document's own."""
    linked = books.vouchers.get(item.voucher) if item.voucher else None
    kind = _REFERENCES[item.side][isinstance(item, Payment)]
    voucher = linked or references.get((kind, str(item.number)))
    return voucher.day if voucher else item.day


def _subledger(books: Books, side: Side) -> Iterator[tuple[date, int]]:
    """(posting day, SEK debit positive) of everything the subledger says moved the control account."""
    references = {
        (voucher.reference_type, voucher.reference_number): voucher for voucher in books.vouchers.values()
    }
    sign = 1 if side is Side.CUSTOMER else -1
    effects: dict[int, int] = {}
    paid = _booked_payments(books, side)
    for document in books.documents[side].values():
        if _settles(document):
            yield _posting_day(books, document, references), sign * _ledger_amount(document)
            effects |= _walk(document, paid[document.number])[2]
    for payment in books.payments[side].values():
        if payment.booked:
            whole = payment.amount + sum(item.amount for item in payment.write_offs)
            effect = effects.get(payment.number, whole)
            yield _posting_day(books, payment, references), -sign * effect


def _tie_out(books: Books, side: Side) -> Iterator[Finding]:
    """Subledger movement minus ledger movement per month; before the first loaded year, the opening balance."""
    account = books.profile.control(side)
    first = min(books.years, key=lambda year: year.first)
    gap: dict[str, int] = defaultdict(int)
    gap["opening"] = -books.opening(first).get(account, 0)
    for day, amount in _subledger(books, side):
        if day <= books.today:
            gap["opening" if day < first.first else f"{day:%Y-%m}"] += amount
    for voucher in books.vouchers.values():
        if voucher.day <= books.today:
            gap[f"{voucher.day:%Y-%m}"] -= voucher.on_account(account)
    for month, difference in gap.items():
        if difference:
            check = f"{PREFIX[side]}_tie_out"
            yield Finding(check, "movement", "B", "control_account", f"{account}/{month}", difference)


def _payments(books: Books, side: Side) -> Iterator[Finding]:
    check = f"{PREFIX[side]}_payments"
    for payment in books.payments[side].values():
        if rule := _payment_rule(books, payment):
            yield Finding(check, rule, "W", f"{side.value}_payment", str(payment.number), payment.amount)
    paid = _booked_payments(books, side)
    for document in books.documents[side].values():
        if not _settles(document):
            continue
        left, subject = _open_amount(document, paid[document.number]), f"{side.value}_invoice"
        if left < 0 and document.total > 0:
            yield Finding(check, "overpayment", "W", subject, document.number, left)
        if 0 < abs(left) < SMALL_RESIDUE and paid[document.number]:
            yield Finding(check, "small_residue", "W", subject, document.number, left)


def _payment_rule(books: Books, payment: Payment) -> str:
    """What is wrong with a payment; "" when nothing is."""
    document = books.documents[payment.side].get(payment.document)
    if document is None:
        return "invoice_missing"
    if document.cancelled:
        return "invoice_cancelled"
    if not document.booked:
        return "invoice_unbooked"
    overdue = not payment.booked and payment.day < books.today - timedelta(days=UNBOOKED_PAYMENT_DAYS)
    return "unbooked_payment_overdue" if overdue else ""


# -- ledger ------------------------------------------------------------------------------------------------------


def _voucher_balance(books: Books) -> Iterator[Finding]:
    firsts = {year.year_id: year.first for year in books.years}
    for key, voucher in books.vouchers.items():
        if total := voucher.total():
            name = f"{firsts[key.year_id]}/{key.series}/{key.number}"
            yield Finding("voucher_balance", "unbalanced", "B", "voucher", name, total)


def _roll_forward(books: Books) -> Iterator[Finding]:
    """What the SIE file states against what follows from its own vouchers."""
    for year in books.years:
        moved: dict[int, int] = defaultdict(int)
        monthly: dict[tuple[int, str], int] = defaultdict(int)
        for day, account, amount in books.entries(year.year_id):
            moved[account] += amount
            monthly[account, f"{day:%Y%m}"] += amount
        opening, closing, result = books.opening(year), books.closing(year), books.result(year)
        for account in opening.keys() | closing.keys():
            stated = closing.get(account, 0)
            yield from _account(
                year, "closing_balance", account, stated - opening.get(account, 0) - moved[account]
            )
        for account in result:
            yield from _account(year, "result_balance", account, result[account] - moved[account])
        for (account, month), stated in books.periods(year).items():
            suffix = f"/{month[:4]}-{month[4:]}"
            yield from _account(year, "period_balance", account, stated - monthly[account, month], suffix)
        if before := books.year_before(year):
            ended = books.closing(before)
            for account in opening.keys() | ended.keys():
                difference = opening.get(account, 0) - ended.get(account, 0)
                yield from _account(year, "opening_balance", account, difference)


def _account(
    year: FinancialYear, rule: str, account: int, difference: int, suffix: str = ""
) -> Iterator[Finding]:
    if difference:
        key = f"{year.first}/{account}{suffix}"
        yield Finding("balance_roll_forward", rule, "B", "account", key, difference)
