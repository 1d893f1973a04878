"""What must add up within one SIE file, checked while it is read: one finding per voucher, account or month
that does not.

    voucher           sum(#TRANS) = 0 per voucher
    closing_balance   #IB + sum(#TRANS) = #UB per account
    result_balance    sum(#TRANS) = #RES per account
    period_balance    sum(#TRANS by voucher date) = #PSALDO per account and month

Source: SIE 4B ch. 5; only #TRANS is books. Balances left out are zero (ch. 6). Amounts are Decimal in the
file's currency, debit positive; year 0 only. Comparing files, years or ledgers does not belong here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sie_parser import model

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Difference:
    """One place where an identity does not hold. `key`: voucher position, account, or account and month."""

    identity: str
    key: str
    line: int
    expected: Decimal
    actual: Decimal

    @property
    def difference(self) -> Decimal:
        """actual - expected."""
        return self.actual - self.expected


class Ledger:
    """Sums of one file, per account, month and voucher, as its records go by."""

    def __init__(self) -> None:
        self.movements: dict[str, Decimal] = {}  # sum of #TRANS per account, also outside vouchers
        self.unreadable_rows = 0
        self.empty_vouchers = 0
        self.vouchers = 0
        self.unbalanced: list[Difference] = []
        self._months: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        self._balances: dict[str, dict[str, model.Balance]] = defaultdict(dict)
        self._periods: dict[tuple[str, date], model.PeriodBalance] = {}
        self._voucher: model.Voucher | None = None
        self._sum = _ZERO
        self._rows = 0

    def add(self, record: model.Record) -> None:
        """Take in one record."""
        if isinstance(record, model.VoucherRow):
            self._add_row(record)
        elif isinstance(record, model.Voucher):
            self._end_voucher()
            self._voucher = record
        elif isinstance(record, model.Balance) and record.year_number == 0:
            self._balances[record.kind].setdefault(record.account_number, record)
        elif isinstance(record, model.PeriodBalance) and _is_account_balance(record) and record.period:
            self._periods.setdefault((record.account_number, record.period), record)

    def finish(self) -> list[Difference]:
        """Everything that does not add up; nothing to compare in files without vouchers."""
        self._end_voucher()
        if not self.vouchers:
            return []
        return [*self.unbalanced, *self._closing(), *self._results(), *self._period_differences()]

    def _add_row(self, row: model.VoucherRow) -> None:
        if row.kind != "row":
            return
        self._rows += bool(row.voucher_position)
        if row.amount is None:
            self.unreadable_rows += 1
            return
        account = row.account_number
        known = self.movements.get(account)
        self.movements[account] = row.amount if known is None else known + row.amount
        if row.voucher_position and self._voucher is not None:
            self._sum += row.amount
            if self._voucher.voucher_date is not None:
                self._months[account, self._voucher.voucher_date.replace(day=1)] += row.amount

    def _end_voucher(self) -> None:
        if self._voucher is None:
            return
        self.vouchers += 1
        self.empty_vouchers += not self._rows
        if self._sum:
            key = str(self._voucher.voucher_position)
            self.unbalanced.append(Difference("voucher", key, self._voucher.line, _ZERO, self._sum))
        self._voucher, self._sum, self._rows = None, _ZERO, 0

    def _closing(self) -> Iterable[Difference]:
        """Accounts with an #UB, or with an #IB and no #UB: a balance left out is zero."""
        opening, closing = self._balances["opening_balance"], self._balances["closing_balance"]
        for account in sorted({*opening, *closing}):
            stated = closing.get(account) or opening[account]
            expected = _amount(opening.get(account)) + self.movements.get(account, _ZERO)
            yield from _compare("closing_balance", account, stated, expected, _amount(closing.get(account)))

    def _results(self) -> Iterable[Difference]:
        for account, stated in sorted(self._balances["result_balance"].items()):
            movement = self.movements.get(account, _ZERO)
            yield from _compare("result_balance", account, stated, movement, _amount(stated))

    def _period_differences(self) -> Iterable[Difference]:
        for (account, month), stated in sorted(self._periods.items()):
            key = f"{account}/{month:%Y-%m}"
            movement = self._months.get((account, month), _ZERO)
            yield from _compare("period_balance", key, stated, movement, _amount(stated))


def _is_account_balance(record: model.PeriodBalance) -> bool:
    """Whether the balance is the account's own: those per object repeat it (spec, #PSALDO)."""
    return record.kind == "period_balance" and record.year_number == 0 and not record.objects


def _amount(record: model.Balance | model.PeriodBalance | None) -> Decimal:
    return record.amount if record and record.amount is not None else _ZERO


def _compare(
    identity: str, key: str, stated: model.Record, expected: Decimal, actual: Decimal
) -> Iterable[Difference]:
    if expected != actual:
        yield Difference(identity, key, stated.line, expected, actual)
