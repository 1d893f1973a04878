"""The general ledger from raw tables: identity of vouchers, two witnesses, periods, what is refused and what
is missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines.fortnox import schema as fortnox_schema
from pipelines.sie import schema as sie_schema
from transforms.reconciliations import reconcile
from transforms.staging import stage
from transforms.tables import CATALOGUE, CHANGES, LEDGER, ContractBroken

YEAR = {"financial_year": "2026-01-01"}


def test_every_conformed_table_keeps_its_contract(year_and_books: Any, settings: Any) -> None:
    tables = stage(year_and_books, settings).by_qualified_name()
    assert set(tables) == {table.qualified_name for table in LEDGER}
    for name, frame in tables.items():
        CATALOGUE[name].check(frame)


def test_rows_in_are_rows_out_and_rows_refused(raw: Any, year_and_books: Any, settings: Any) -> None:
    year_and_books["sie.vouchers"] = pl.concat(
        [
            year_and_books[("sie.vouchers")],
            raw("sie.vouchers", YEAR | {"voucher_position": 4, "voucher_date": None}),
        ]
    )
    year_and_books["sie.voucher_rows"] = pl.concat(
        [
            year_and_books[("sie.voucher_rows")],
            raw(
                ("sie.voucher_rows"),
                YEAR | {"voucher_position": 4, "row_number": 7, "account_number": "1510", "amount": "1.00"},
            ),
        ]
    )
    books = stage(year_and_books, settings)
    assert all(count.rows_in == count.rows_out + count.rows_rejected for count in books.counts)
    assert sum(count.rows_rejected for count in books.counts) == books.rejected.height == 2
    assert books.rejected["reason"].sort().to_list() == ["its voucher was refused", "voucher_date is missing"]


def test_rows_of_a_voucher_that_was_asked_about_have_one_signed_amount(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    """Debit positive; a struck row is history, one without account or amount is kept."""
    voucher = {"year": "7", "voucher_series": "B", "voucher_number": "1"}
    rows = [
        {"account": "1510", "debit": "1250.00", "credit": "0.00", "removed": False},
        {"account": "3001", "debit": None, "credit": "1250.00", "removed": None},
        {"account": "3002", "debit": "7.00", "credit": None, "removed": True},
        {"account": None, "debit": None, "credit": None, "removed": False},
    ]
    year_and_books["fortnox.voucher_details"] = raw("fortnox.voucher_details", voucher | {"found": True})
    year_and_books["fortnox.voucher_detail_rows"] = raw(
        "fortnox.voucher_detail_rows",
        *(voucher | row | {"position": position} for position, row in enumerate(rows, start=1)),
    )
    books = stage(year_and_books, settings)
    told = books.voucher_detail_rows.select("voucher_key", "kind", "account_number", "amount").rows()
    assert [(key, kind, account, str(amount)) for key, kind, account, amount in told] == [
        ("2026-01-01/B/1", "row", "1510", "1250.00"),
        ("2026-01-01/B/1", "row", "3001", "-1250.00"),
        ("2026-01-01/B/1", "removed", "3002", "7.00"),
        ("2026-01-01/B/1", "row", "", "0.00"),
    ]
    (debit,) = books.vouchers.filter(voucher_number="1", voucher_series="B")["detail_debit"]
    assert str(debit) == "1250.00"


def test_repeated_series_and_number_is_told_apart_by_occurrence(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    """Two vouchers B/1 in one file, and two without any number: each keeps its own rows."""
    more = [("B", "1"), (None, None), (None, None)]
    year_and_books["sie.vouchers"] = pl.concat(
        [year_and_books["sie.vouchers"]]
        + [
            raw(
                ("sie.vouchers"),
                YEAR
                | {
                    "voucher_position": position,
                    "voucher_series": series,
                    "voucher_number": number,
                    "voucher_date": ("2026-04-01"),
                },
            )
            for position, (series, number) in enumerate(more, start=4)
        ]
    )
    keys = stage(year_and_books, settings).vouchers["voucher_key"].to_list()
    assert sorted(keys) == [
        ("2026-01-01//"),
        "2026-01-01//#2",
        "2026-01-01/B/1",
        "2026-01-01/B/1#2",
        "2026-01-01/C/1",
        "2026-01-01/D/1",
    ]


def test_both_witnesses_of_a_voucher_become_one_row(raw: Any, year_and_books: Any, settings: Any) -> None:
    year_and_books["fortnox.vouchers"] = raw(
        "fortnox.vouchers",
        {"year": (
"7"
), "voucher_series": (
"B"
), "voucher_number": (
"1"
), "transaction_date": "2026-02-10", "reference_type": "INVOICE", "reference_number": "1001"},
        {"year": (
"7"
), "voucher_series": (
"B"
), "voucher_number": "2", "transaction_date": "2026-04-01", "reference_type": "MANUAL"},
        {"year": "99", "voucher_series": "B", "voucher_number": "3", "transaction_date": "2031-04-01"},
    )  # fmt: skip
    books = stage(year_and_books, settings)
    rows = {
        r[("voucher_key")][11:]: (r["in_sie"], r["in_api"], r["reference_type"])
        for r in books.vouchers.to_dicts()
    }
    assert rows == {
        "B/1": (True, True, "INVOICE"),
        "B/2": (False, True, "MANUAL"),
        "C/1": (True, False, None),
        "D/1": (True, False, None),
    }
    assert books.rejected["reason"].to_list() == ["financial year 99 is not loaded"]


def test_rows_carry_the_stamp_of_their_own_date(year_and_books: Any, settings: Any) -> None:
    books = stage(year_and_books, settings)
    stamps = dict(books.vouchers.select("voucher_key", "period_status").iter_rows())
    assert stamps == {"2026-01-01/B/1": "final", "2026-01-01/C/1": "provisional", "2026-01-01/D/1": "final"}
    assert books.periods.filter(pl.col("period") <= dt.date(2026, 3, 1))["status"].to_list() == [
        "final",
        "final",
        "provisional",
    ]


def test_year_ids_are_not_calendar_years(raw: Any, year_and_books: Any, settings: Any) -> None:
    """Id 1 is the later year, id 2 the earlier: accounts and vouchers land by id, not by its order."""
    year_and_books["fortnox.financial_years"] = raw(
        "fortnox.financial_years",
        {"id": "1", "from_date": "2026-01-01", "to_date": "2026-12-31", "accounting_method": "CASH"},
        {"id": "2", "from_date": "2024-07-01", "to_date": "2025-12-31"},
    )
    year_and_books[("fortnox.accounts")] = raw(
        "fortnox.accounts", {"year": "2", "number": "1510", "balance_brought_forward": "5.00"}
    )
    books = stage(year_and_books, settings)
    assert books.accounts["financial_year"].to_list() == [dt.date(2024, 7, 1)]
    assert books.account_balances.select(("witness"), "kind", "financial_year").rows() == [
        ("api", "opening_balance", dt.date(2024, 7, 1))
    ]
    methods = books.financial_years.select("financial_year", "accounting_method", "has_vouchers").rows()
    assert methods == [(dt.date(2024, 7, 1), "accrual", False), (dt.date(2026, 1, 1), "cash", True)]
    assert books.periods.height == 12 + 18


def test_a_year_knows_the_day_its_file_was_written(raw: Any, year_and_books: Any, settings: Any) -> None:
    file = {
        "financial_year": "2026-01-01",
        "financial_year_end": "2026-12-31",
        "generated_date": "2026-06-12",
    }
    year_and_books["sie.files"] = raw("sie.files", file)
    assert stage(year_and_books, settings).financial_years["generated_date"].to_list() == [
        dt.date(2026, 6, 12)
    ]


def test_absent_tables_are_not_available_rather_than_empty(year_and_books: Any, settings: Any) -> None:
    books = stage(year_and_books, settings)
    assert (
        books.why_not([("customer_invoices")])
        == "customer invoices were not loaded (fortnox.customer_invoices)"
    )
    assert books.why_not(["voucher_rows", "customer_control_accounts"]) is None


def test_empty_tables_are_available(raw: Any, year_and_books: Any, settings: Any) -> None:
    year_and_books["fortnox.customer_invoices"] = raw("fortnox.customer_invoices")
    assert stage(year_and_books, settings).why_not(["customer_invoices"]) is None


def test_sie_alone_runs_what_a_ledger_can_answer(year_and_books: Any, settings: Any) -> None:
    sie_only = {name: frame for name, frame in year_and_books.items() if name.startswith("sie.")}
    outcome = reconcile(stage(sie_only, settings), settings)
    assert {"voucher_balance"} <= {"voucher_balance", "balance_roll_forward"} - outcome.not_run.keys()
    assert "customer invoices were not loaded" in outcome.not_run["ar_open_balance"]
    assert "no supplier control account is known" in outcome.not_run["ap_tie_out"]


def test_missing_write_offs_matter_only_where_a_payment_has_some(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    payment = {"number": "1", "invoice_number": "1", "payment_date": "2026-03-01", "amount": "1.00"}
    without = stage(
        {**year_and_books, "fortnox.customer_payments": raw(("fortnox.customer_payments"), payment)}, settings
    )
    with_some = raw("fortnox.customer_payments", payment | {"write_off_exist": True})
    assert without.why_not(["customer_write_offs"]) is None
    assert stage({**year_and_books, "fortnox.customer_payments": with_some}, settings).why_not(
        [("customer_write_offs")]
    )


def test_a_raw_table_without_a_needed_column_is_refused_by_name(year_and_books: Any, settings: Any) -> None:
    year_and_books["sie.vouchers"] = year_and_books["sie.vouchers"].drop("voucher_date")
    with pytest.raises(ContractBroken, match=r"sie\.vouchers: missing column\(s\) voucher_date"):
        stage(year_and_books, settings)


def test_repeated_raw_rows_are_refused_whatever_their_order(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    rows = [{"customer_number": "1", "name": name} for name in ("Beta", "Alfa")]
    for frame in (raw("fortnox.customers", *rows), raw("fortnox.customers", *rows[::-1])):
        books = stage({**year_and_books, "fortnox.customers": frame}, settings)
        assert books.customers["name"].to_list() == ["Alfa"]
        assert books.rejected["reason"].to_list() == ["repeats a key"]


def test_every_raw_column_staging_reads_is_one_the_pipelines_write(columns_read: dict[str, str]) -> None:
    written = {
        f"fortnox.{table.name}": {"company_id", *table.columns()} for table in fortnox_schema.TABLES
    } | {f"sie.{table.name}": set(table.arrow.names) for table in sie_schema.TABLES}
    for name, columns in columns_read.items():
        assert set(columns.split()) <= written[name], name


def test_rows_of_another_company_never_mix_and_are_named(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    theirs = [{"company_id": "other", "customer_number": number} for number in ("1", "2")]
    frame = raw("fortnox.customers", {"customer_number": "1", "name": "Ours"}, *theirs)
    books = stage({**year_and_books, "fortnox.customers": frame}, settings)
    assert books.customers.select("company_id", "name").rows() == [("demo", "Ours")]
    assert books.rejected.rows() == [
        ("fortnox.customers", "other", "2 rows belong to another company than demo")
    ]
    assert books.why_not(["customers"]) is None


def test_lock_of_another_company_locks_nothing(raw: Any, year_and_books: Any, settings: Any) -> None:
    lock = raw("fortnox.locked_period", {"company_id": "other", "end_date": "2026-06-30"})
    books = stage({**year_and_books, "fortnox.locked_period": lock}, settings)
    assert set(books.vouchers["period_status"]) == {"provisional"}


def test_write_off_without_its_payment_is_refused_and_keeps_its_checks_from_being_made(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    payment = {"number": "1", "invoice_number": "1", "payment_date": "2026-03-01", "amount": "1.00"}
    written_off = [{"payment_number": n, "position": 1, "amount": "0.50"} for n in ("1", "2")]
    books = stage(
        {
            **year_and_books,
            "fortnox.customer_payments": raw("fortnox.customer_payments", payment),
            "fortnox.customer_write_offs": raw("fortnox.customer_write_offs", *written_off),
        },
        settings,
    )
    assert books.customer_write_offs["payment_number"].to_list() == ["1"]
    assert books.rejected.rows() == [
        ("fortnox.customer_write_offs without payment", "demo/2/1", "its payment is not held")
    ]
    assert books.why_not(["customer_write_offs"]) == (
        "1 row of fortnox.customer_write_offs could not be used (recon.rejected_rows)"
    )


def test_accounting_method_nobody_knows_is_not_taken_for_accrual(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    year = {"id": "7", "from_date": "2026-01-01", "to_date": "2026-12-31", "accounting_method": "MIXED"}
    year_and_books["fortnox.financial_years"] = raw("fortnox.financial_years", year)
    books = stage(year_and_books, settings)
    assert books.financial_years["accounting_method"].to_list() == ["MIXED"]
    why = "2026-01-01: accounting method MIXED is neither accrual nor cash"
    not_run = reconcile(books, settings).not_run
    depends = ("ar_tie_out", "ap_tie_out", "ar_divergence", "ap_divergence", "invoice_vouchers",
               "payment_vouchers", "manual_control_vouchers")  # fmt: skip
    assert {check for check, reason in not_run.items() if why in reason} == set(depends)


def test_series_files_and_the_lists_own_words_for_a_voucher(
    raw: Any, year_and_books: Any, settings: Any
) -> None:
    """Where SIE and API differ about a voucher the file stands, and the list's date and text are kept beside it."""
    year_and_books["fortnox.vouchers"] = raw(
        "fortnox.vouchers",
        {
            "year": "7",
            "voucher_series": "B",
            "voucher_number": "1",
            "transaction_date": "2026-02-11",
            "description": "Sale",
        },
    )
    year_and_books["fortnox.voucher_series"] = raw(
        "fortnox.voucher_series",
        {"year": "7", "code": "B", "description": "Sales", "manual": False, "next_voucher_number": 2},
        {"year": "7", "code": "C"},
    )
    year_and_books["fortnox.voucher_files"] = raw(
        "fortnox.voucher_files",
        {
            "voucher_year": "7",
            "voucher_series": "B",
            "voucher_number": "1",
            "file_id": "f1",
            "file_name": "a.pdf",
        },
    )
    year_and_books["fortnox.supplier_invoice_files"] = raw(
        "fortnox.supplier_invoice_files", {"given_number": "12", "file_id": "f2", "file_name": None}
    )
    books = stage(year_and_books, settings)
    voucher = books.vouchers.filter(pl.col("voucher_key") == "2026-01-01/B/1")
    assert voucher.select("voucher_date", "listed_date", "listed_text").row(0) == (
        dt.date(2026, 2, 10),
        dt.date(2026, 2, 11),
        "Sale",
    )
    assert books.voucher_series.select("voucher_series", "next_voucher_number").rows() == [
        ("B", 2),
        ("C", None),
    ]
    assert books.attached_files.select("subject_kind", "subject_key", "name").rows() == [
        ("supplier_invoice", "12", None),
        ("voucher", "2026-01-01/B/1", "a.pdf"),
    ]
    assert "voucher_files" not in books.missing
    assert books.missing["completeness"] == "no API was read that says what there is"


def test_the_history_is_staged_as_it_is_and_its_absence_is_told(year_and_books, settings) -> None:
    before = stage(year_and_books, settings)
    assert before.missing["changes"] == "no history of changes was kept (history.changes)"
    assert before.changes.is_empty()
    noticed = {
        "company_id": "demo", "run_id": "r2", "seen_at": "2026-06-14T22:00:00Z", "as_of": dt.date(2026, 6, 14),
        "table_name": "fortnox.suppliers", "record_key": "7", "change": "changed", "field": "bg",
        "before": "123-4567", "after": None,
    }  # fmt: skip
    history = pl.DataFrame([noticed], schema=CHANGES.dtypes)
    books = stage({**year_and_books, "history.changes": history}, settings)
    assert "changes" not in books.missing
    assert books.changes.to_dicts() == [noticed]
    assert "history.changes" not in books.by_qualified_name(), "it is read, never written back"
