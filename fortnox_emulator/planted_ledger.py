"""Discrepancies inside the ledger: vouchers that do not balance, and SIE balances that do not follow.

What does not belong here: anything about documents.
"""

from __future__ import annotations

from fortnox_emulator.findings import Finding
from fortnox_emulator.model import FinancialYear, RowState, Side, Voucher
from fortnox_emulator.planting import Planter


def unbalanced(planter: Planter) -> list[Finding]:
    """One row of a manual voucher is wrong; the balances follow the row."""
    voucher, amount = planter.manual_voucher(), planter.amount()
    voucher.rows[0].amount += amount
    return [_unbalanced(planter, voucher, amount)]


def unbalanced_by_strike(planter: Planter) -> list[Finding]:
    """A row was struck and nothing added for it."""
    voucher = planter.manual_voucher()
    row = voucher.rows[0]
    row.state, row.signature = RowState.STRUCK, planter.books.profile.signature
    return [_unbalanced(planter, voucher, -row.amount)]


def unbalanced_on_control_account(planter: Planter) -> list[Finding]:
    """Only the receivables row of an invoice voucher is wrong: it neither balances nor ties."""
    document, _ = planter.paid(Side.CUSTOMER)
    voucher, amount = planter.voucher_of(document), planter.amount()
    planter.control_row(voucher, Side.CUSTOMER).amount += amount
    return [
        _unbalanced(planter, voucher, amount),
        planter.movement(document, voucher.day, -amount),
        planter.differs(document, "amount_differs", amount),
    ]


def gap(planter: Planter) -> list[Finding]:
    """A manual voucher was deleted from inside its series; the balances know nothing of it any more."""
    return _delete(planter, 1)


def gap_of_two(planter: Planter) -> list[Finding]:
    return _delete(planter, 2)


def _delete(planter: Planter, numbers: int) -> list[Finding]:
    """Delete a manual voucher and, for more than one, those right after it that nothing rests on."""
    voucher = planter.manual_voucher(fits=lambda one: _is_deletable(planter, one, numbers))
    return [planter.delete(voucher, numbers)]


def _is_deletable(planter: Planter, voucher: Voucher, numbers: int) -> bool:
    books, key = planter.books, voucher.key
    following = [key._replace(number=key.number + step) for step in range(1, numbers)]
    return planter.deletable(key, numbers) and not any(
        books.is_touched("voucher", one) or books.vouchers[one].reference_type != "MANUAL"
        for one in following
    )


def _unbalanced(planter: Planter, voucher: Voucher, amount: int) -> Finding:
    return Finding("voucher_balance", "unbalanced", "B", "voucher", planter.name(voucher.key), amount)


def _rolled(year: FinancialYear, rule: str, account: int, difference: int, month: str = "") -> Finding:
    key = f"{year.first}/{account}" + (f"/{month[:4]}-{month[4:]}" if month else "")
    return Finding("balance_roll_forward", rule, "B", "account", key, difference)


def _add(shifts: dict[tuple[int, int], int], key: tuple[int, int], amount: int) -> None:
    shifts[key] = shifts.get(key, 0) + amount


def closing_balance(planter: Planter) -> list[Finding]:
    """#UB of the open year is off; no later year takes it over."""
    books, amount = planter.books, planter.amount()
    year = max(books.years, key=lambda one: one.last)
    _add(books.shifts.closing, (year.year_id, books.profile.scheme.bank), amount)
    return [_rolled(year, "closing_balance", books.profile.scheme.bank, amount)]


def closing_balance_past_year(planter: Planter) -> list[Finding]:
    """#UB of a year that has ended is off, so the next year's #IB, which is right, no longer matches it."""
    books, amount = planter.books, planter.amount()
    year = planter.choose(one for one in books.years if one.last < books.today)
    after = next(one for one in books.years if books.year_before(one) == year)
    _add(books.shifts.closing, (year.year_id, 1220), amount)
    return [_rolled(year, "closing_balance", 1220, amount), _rolled(after, "opening_balance", 1220, -amount)]


def opening_balance(planter: Planter) -> list[Finding]:
    """#IB of the last year is not #UB of the one before; its own #UB follows the wrong #IB."""
    books, amount = planter.books, planter.amount()
    year = max(books.years, key=lambda one: one.last)
    _add(books.shifts.opening, (year.year_id, books.profile.scheme.tax_account), amount)
    return [_rolled(year, "opening_balance", books.profile.scheme.tax_account, amount)]


def result_balance(planter: Planter) -> list[Finding]:
    books, amount = planter.books, planter.amount()
    year = planter.choose(books.years)
    _add(books.shifts.result, (year.year_id, 5010), amount)
    return [_rolled(year, "result_balance", 5010, amount)]


def period_balance(planter: Planter) -> list[Finding]:
    books, amount = planter.books, planter.amount()
    year = planter.choose(books.years)
    month = planter.choose(sorted(month for account, month in books.monthly(year.year_id) if account == 7210))
    books.shifts.period[year.year_id, 7210, month] = amount
    return [_rolled(year, "period_balance", 7210, amount, month)]
