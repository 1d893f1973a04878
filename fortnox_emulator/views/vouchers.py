"""Vouchers: the list without rows, the detail with struck rows marked Removed, and attached files.

What does not belong here: SIE.
"""

from __future__ import annotations

from fortnox_emulator.books import Books
from fortnox_emulator.model import FileConnection, Row, RowState, Voucher
from fortnox_emulator.views.shapes import JsonObject, amount, iso, url


def voucher_item(books: Books, voucher: Voucher) -> JsonObject:
    key, discords = voucher.key, books.discords
    return {
        "@url": url("vouchers", key.series, key.number, year=key.year_id),
        "Comments": voucher.comments or None,
        "Description": discords.texts.get(key, voucher.text),
        "ReferenceNumber": voucher.reference_number,
        "ReferenceType": voucher.reference_type,
        "TransactionDate": iso(discords.days.get(key, voucher.day)),
        "VoucherNumber": key.number,
        "VoucherSeries": key.series,
        "Year": key.year_id,
        "ApprovalState": 0,
    }


def voucher_detail(books: Books, voucher: Voucher, *, as_listed: bool) -> JsonObject:
    """``as_listed`` keeps the date and text the list errs with."""
    booked = {} if as_listed else {"Description": voucher.text, "TransactionDate": iso(voucher.day)}
    lie, last = books.discords.amounts.get(voucher.key, 0), len(voucher.rows) - 1
    rows = [
        _row(books, row, lie if place == 0 else -lie if place == last else 0)
        for place, row in enumerate(voucher.rows)
    ]
    return voucher_item(books, voucher) | booked | {"CostCenter": "", "Project": "", "VoucherRows": rows}


def _row(books: Books, row: Row, lie: int) -> JsonObject:
    account, stated = books.profile.accounts.get(row.account), row.amount + lie
    return {
        "Account": row.account,
        "CostCenter": row.cost_center,
        "Credit": amount(max(-stated, 0)),
        "Description": account.name if account else "",
        "Debit": amount(max(stated, 0)),
        "Project": row.project,
        "Quantity": 0,
        "Removed": row.state is RowState.STRUCK,
        "TransactionInformation": row.text,
    }


def voucher_file(books: Books, file: FileConnection) -> JsonObject:
    assert file.voucher is not None, "only files attached to vouchers come here"  # noqa: S101 - narrows the type
    voucher = books.vouchers.get(file.voucher)
    return {
        "@url": url("voucherfileconnections", file.file_id),
        "FileId": file.file_id,
        "Name": file.name,
        "VoucherDescription": voucher.text if voucher else "",
        "VoucherNumber": str(file.voucher.number),
        "VoucherSeries": file.voucher.series,
        "VoucherYear": file.voucher.year_id,
    }
