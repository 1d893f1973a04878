"""The value shapes that differ between endpoints: numbers, numbers as text, ids, addresses.

What does not belong here: whole records.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from urllib.parse import quote

from fortnox_emulator.model import VoucherKey
from fortnox_emulator.money import as_decimal

JsonObject = dict[str, object]

API_ROOT = "https://api.fortnox.se/3"  # what @url says, whatever host served it


def url(*parts: object, year: int | None = None) -> str:
    """An ``@url``: percent-encoded path parts, with the financial year where the record belongs to one."""
    path = "/".join(quote(str(part), safe="") for part in parts)
    return f"{API_ROOT}/{path}" + (f"?financialyear={year}" if year is not None else "")


def amount(ore: int) -> Decimal:
    """A money number: 12.5, never "12.50"."""
    return as_decimal(ore)


def amount_text(ore: int) -> str:
    """Money as text with two decimals, as supplier invoices have it."""
    return f"{as_decimal(ore):.2f}"


def rate_text(rate: Decimal) -> str:
    """A currency rate as text: "1", "11.4325"."""
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def voucher_fields(key: VoucherKey | None) -> JsonObject:
    """VoucherNumber, VoucherSeries and VoucherYear: all null until booked."""
    if key is None:
        return {"VoucherNumber": None, "VoucherSeries": None, "VoucherYear": None}
    return {"VoucherNumber": key.number, "VoucherSeries": key.series, "VoucherYear": key.year_id}


def words(text: str) -> list[str]:
    """Field names from a block of text, for long runs of fields that share one blank."""
    return text.split()
