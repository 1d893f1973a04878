"""Where the emulator's answers differ from the official description (2026-02) or from a recorded exchange, and why.

One row per surface, list or detail, and field; the tests work out the differences themselves and allow no others.
What does not belong here: behaviour that is unconfirmed (switches) and rendering (views).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LIST: Final = "list"
DETAIL: Final = "detail"
#: What we are compared with, and how we differ.
NOT_DESCRIBED: Final = "not described"
OTHER_TYPE: Final = "another type than described"
NOT_RECORDED: Final = "not recorded"
OTHER_THAN_RECORDED: Final = "another type than recorded"

_LIVE = "As it comes live; the reference lists it among the types that flip"
_GROWN = "Recorded in 2014 or 2015; the description has it today"


@dataclass(frozen=True)
class Deviation:
    """``field`` of a surface's list or detail answers differs in the way ``difference`` says."""

    surface: str
    answer: str
    field: str
    difference: str
    why: str


def _rows(surface: str, answer: str, names: str, difference: str, why: str) -> tuple[Deviation, ...]:
    return tuple(Deviation(surface, answer, name, difference, why) for name in names.split())


DEVIATIONS: Final = (
    *_rows("predefinedaccounts", LIST, "Account", OTHER_TYPE, "Both numbers and text were seen, so both are served"),
    *_rows("invoices", LIST, "CurrencyRate", OTHER_TYPE, f"{_LIVE}: text in the list, a number in the detail"),
    *_rows("invoices", DETAIL, "ContractReference", OTHER_TYPE, f"{_LIVE}: 0 in 2023, \"0\" in 2024"),
    *_rows("invoices", DETAIL, "InvoiceReference", NOT_DESCRIBED, "Recorded in 2023 and 2024, not described"),
    *_rows("invoicepayments", LIST, "InvoiceNumber Number", OTHER_TYPE, f"{_LIVE}, the other way round than described"),
    *_rows("invoicepayments", DETAIL, "InvoiceNumber InvoiceTotal Number", OTHER_TYPE,
           f"{_LIVE}, the other way round than described"),
    *_rows("articles", LIST, "QuantityInStock", OTHER_TYPE, f"{_LIVE}: text in the list, a number in the detail"),
    *_rows("voucherfileconnections", LIST, "Name", NOT_DESCRIBED, "Comes live, not described"),
    *_rows("accounts", LIST, "BalanceBroughtForward CostCenter CostCenterSettings Project ProjectSettings VATCode",
           NOT_RECORDED, _GROWN),
    *_rows("accounts", DETAIL, "OpeningQuantities QuantitySettings QuantityUnit", NOT_RECORDED, _GROWN),
    *_rows("accounts", DETAIL, "Project", OTHER_THAN_RECORDED, "0 in 2015, empty text today"),
    *_rows("financialyears", LIST, "AccountChartType AccountingMethod", NOT_RECORDED, _GROWN),
    *_rows("vouchers", LIST, "ApprovalState Comments Description TransactionDate", NOT_RECORDED, _GROWN),
    *_rows("vouchers", DETAIL, "ApprovalState", NOT_RECORDED, _GROWN),
    *_rows("vouchers", DETAIL, "Project", OTHER_THAN_RECORDED, "0 in 2015, empty text today"),
    *_rows("invoices", DETAIL, "InvoicePeriodReference", NOT_RECORDED, "In the description, in neither recording"),
    *_rows("invoices", DETAIL, "ContractReference", OTHER_THAN_RECORDED, "A number in 2023, text as recorded in 2024"),
)  # fmt: skip
