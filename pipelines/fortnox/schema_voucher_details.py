"""The tables of vouchers that were asked for by themselves, because the voucher list and the SIE file differ on them.

Source: reference/fortnox/fortnox_api.md section 2.4. The voucher list itself belongs in ``schema.py``.
"""

from __future__ import annotations

from typing import Final

from pipelines.fortnox.fields import Field, Kind, Table, date, flag, money, number_text, rate, text, whole

# fmt: off

VOUCHER_DETAILS: Final = Table("voucher_details", "voucher on which the voucher list and the SIE file differ, as Fortnox gives the voucher itself", ("year", "voucher_series", "voucher_number"), (
    text("Year", "year", "Id of the financial year (not the calendar year, not chronological)", required=True),
    text("VoucherSeries", "voucher_series", "Voucher series", required=True),
    whole("VoucherNumber", "voucher_number", "Number within series and financial year", required=True),
    flag(None, "found", "False when Fortnox says that there is no such voucher", required=True),
    text(None, "known_to", "Who had it when it was asked for: list (the voucher list only), sie (the SIE file only), both (with another date or text)", required=True),
    text(None, "witness_fingerprint", "What list and SIE file said of it when it was asked for (SHA-256)", required=True),
    Field(None, "asked_on", Kind.DATE, "Swedish date it was asked for; null when Fortnox did not say what time it was"),
    date("TransactionDate", "transaction_date", "Date the voucher is booked on", detail=True),
    text("Description", "description", "Voucher text", detail=True),
    text("ReferenceType", "reference_type", "What caused it, as in vouchers", detail=True),
    text("ReferenceNumber", "reference_number", "Number of the document or payment that caused it", detail=True),
    text("Comments", "comments", "Comments on the voucher", detail=True),
    text("CostCenter", "cost_center", "Default cost center of its rows; the row's own counts", detail=True),
    text("Project", "project", "Default project of its rows; the row's own counts", detail=True),
    text("ApprovalState", "approval_state", "0 not for approval, 1 not ready, 2 not approved, 3 approved", detail=True),
), nested=frozenset({"VoucherRows"}))

VOUCHER_DETAIL_ROWS: Final = Table("voucher_detail_rows", "row of such a voucher, struck rows too", ("year", "voucher_series", "voucher_number", "position"), (
    text(None, "year", "Id of the financial year", required=True),
    text(None, "voucher_series", "Voucher series", required=True),
    whole(None, "voucher_number", "The voucher", required=True),
    whole(None, "position", "Order within the voucher, from 1", required=True),
    number_text("Account", "account", "Account the row is booked on"),
    text("Description", "account_description", "Name of the account"),
    money("Debit", "debit", "Debit, SEK"),
    money("Credit", "credit", "Credit, SEK"),
    flag("Removed", "removed", "True when the row is struck: history, never summed"),
    text("TransactionInformation", "transaction_information", "Free text on the row"),
    text("CostCenter", "cost_center", "Cost center"),
    number_text("Project", "project", "Project"),
    rate("Quantity", "quantity", "Quantity"),
))

# fmt: on

VOUCHER_DETAIL_TABLES: Final = (VOUCHER_DETAILS, VOUCHER_DETAIL_ROWS)
