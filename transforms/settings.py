"""What a company may decide about its reconciliations: accounts, tolerances, materiality, windows.

Values only; where they come from (``tieout.toml``) and how they are validated does not belong here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Settings:
    """One company's settings for one run.

    ``as_of`` is the run's date in Sweden. Control accounts named here come on top of Fortnox's predefined ones.
    ``tax_reduction_account`` is where Skatteverket's share of invoices with ROT or RUT stands; empty for nowhere.
    ``ageing_days`` are the last days overdue of each bucket but the oldest. ``tolerance`` is per account number, in
    SEK; an account that is not named has none. ``materiality`` is the SEK from which a finding is material, None for
    nobody said, and ``account_materiality`` comes before it on the accounts it names.
    ``closing_series`` are voucher series that may be booked in locked
    periods (year-end closing). ``lock_within_days`` is how long after its end a month is locked; None: nobody promised.
    ``registration_days`` is how long after the end of its month a voucher may be registered;
    ``credit_note_days`` how long a credit note may stay open.
    ``duplicate_days`` is how far apart two invoices of one amount may be dated and still look like one, and
    ``reminder_days`` how far apart when the later is larger by a reminder fee, from ``reminder_fee_least`` to
    ``reminder_fee_most`` SEK. ``journal_flags`` is how many vouchers each test of the journal may point out.
    ``journal_round_sum`` is what a sum must be a multiple of to be called round, SEK.
    ``early_payment_days`` and ``late_payment_days`` are how long before and after an invoice's date a payment may be
    that names only its counterparty; ``unlinked_days`` how far apart a voucher and a document that do not name each
    other may be dated and still be put together.
    ``inactive_supplier_days`` is how recent an invoice of a supplier marked inactive must be to be reported, and
    ``account_change_days`` how long a changed bank account of a supplier is.
    """

    company_id: str
    as_of: dt.date
    customer_control_accounts: tuple[str, ...] = ()
    supplier_control_accounts: tuple[str, ...] = ()
    tax_reduction_account: str = "1513"
    unbooked_payment_days: int = 10
    small_residue: Decimal = Decimal("1.00")
    ageing_days: tuple[int, ...] = (30, 60, 90)
    tolerance: Mapping[str, Decimal] = field(default_factory=dict)
    materiality: Decimal | None = None
    account_materiality: Mapping[str, Decimal] = field(default_factory=dict)
    closing_series: tuple[str, ...] = ()
    lock_within_days: int | None = None
    registration_days: int = 50
    credit_note_days: int = 60
    duplicate_days: int = 10
    reminder_days: int = 60
    reminder_fee_least: Decimal = Decimal("50.00")
    reminder_fee_most: Decimal = Decimal("250.00")
    journal_flags: int = 5
    journal_round_sum: Decimal = Decimal("10000.00")
    early_payment_days: int = 10
    late_payment_days: int = 120
    unlinked_days: int = 120
    inactive_supplier_days: int = 30
    account_change_days: int = 30

    @property
    def windows(self) -> tuple[int, int, int]:
        """What decides which records that do not name each other are put together, as one value (``WINDOWS``)."""
        return self.early_payment_days, self.late_payment_days, self.unlinked_days


WINDOWS: Final = ("early_payment_days", "late_payment_days", "unlinked_days")
