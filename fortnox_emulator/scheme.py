"""Which account, series and way of payment each kind of posting uses.

A company with another chart, other series or several banks is another scheme. What does not belong here: control
accounts, which Fortnox itself keeps among the predefined accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fortnox_emulator.model import Document, Payment, Side


@dataclass(frozen=True)
class PaymentMode:
    """A way of paying: Fortnox's code for it and the account the money stands on."""

    code: str
    account: int


def _output_vat() -> Mapping[int, int]:
    return {25: 2611, 12: 2621, 6: 2631}


def _revenue() -> Mapping[int, int]:
    return {25: 3001, 12: 3002, 6: 3003}


def _series(customer: str, supplier: str) -> Mapping[Side, tuple[str, ...]]:
    return {Side.CUSTOMER: (customer,), Side.SUPPLIER: (supplier,)}


@dataclass(frozen=True)
class PostingScheme:
    """Defaults are BAS and Fortnox's usual series. ``output_vat`` and ``revenue`` go by VAT percentage."""

    bank: int = 1930
    giro: int = 1920
    netting: int = 1799
    rounding: int = 3740
    bank_fee: int = 6570
    petty_correction: int = 6540
    output_vat: Mapping[int, int] = field(default_factory=_output_vat)
    revenue: Mapping[int, int] = field(default_factory=_revenue)
    revenue_eu: int = 3108
    revenue_export: int = 3105
    input_vat: int = 2641
    reverse_vat_debit: int = 2645
    reverse_vat_credit: int = 2614
    vat_settlement: int = 2650
    tax_account: int = 1630
    withheld_tax: int = 2710
    employer_fees: int = 2731
    result: int = 8999
    profit: int = 2099
    prior_profit: int = 2098
    manual_series: str = "A"
    payroll_series: str = "L"
    vat_series: str = "M"
    netting_series: str = "K"
    invoice_series: Mapping[Side, tuple[str, ...]] = field(default_factory=lambda: _series("B", "D"))
    paying_series: Mapping[Side, tuple[str, ...]] = field(default_factory=lambda: _series("C", "E"))
    salaries: int = 7210
    wages: int = 7010
    employer_cost: int = 7510
    depreciation: int = 7832
    depreciated: int = 1229

    @property
    def vat_accounts(self) -> tuple[int, ...]:
        """Every account the VAT settlement empties."""
        return (*self.output_vat.values(), self.input_vat, self.reverse_vat_debit, self.reverse_vat_credit)

    def mode(self, side: Side) -> PaymentMode:
        """How money comes in from customers and goes out to suppliers."""
        return PaymentMode("BG", self.giro) if side is Side.CUSTOMER else PaymentMode("LB", self.bank)

    @property
    def netting_mode(self) -> PaymentMode:
        """Settling a credit note against its original, without money."""
        return PaymentMode("KVITT", self.netting)

    def document_series(self, document: Document) -> str:
        """Where there are several series, the numbers take turns."""
        series = self.invoice_series[document.side]
        return series[int(document.number) % len(series)]

    def payment_series(self, payment: Payment) -> str:
        series = self.paying_series[payment.side]
        return series[payment.number % len(series)]
