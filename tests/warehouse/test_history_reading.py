"""A night reads of its history what its checks look back at: little of it, and enough for the same conclusions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.history_reading import noticed
from pipelines.warehouse import Warehouse
from transforms.books import Books
from transforms.reconciliations.register_changes import REGISTER_CHANGES
from transforms.reconciliations.voucher_numbering import VOUCHER_NUMBERING
from transforms.resolutions import what_changed
from transforms.settings import Settings
from transforms.staging_history import watched
from transforms.tables import CHANGES, FINANCIAL_YEARS, VOUCHER_SERIES

FIRST = dt.date(2026, 1, 1)
TONIGHT = dt.date(2026, 6, 15)
NIGHT = Settings(company_id="acme", as_of=TONIGHT)
TONIGHTS = f"run of {TONIGHT}"
FIELDS = {
    "fortnox.suppliers": ("bg", "iban", "name"),
    "fortnox.voucher_series": ("next_voucher_number", "description"),
    "fortnox.customer_invoices": ("balance",),
}


def row(day: dt.date, table: str, key: str, field: str, **said: str | None) -> dict[str, Any]:
    return {
        "company_id": "acme", "run_id": f"run of {day}", "seen_at": f"{day}T22:00:00Z", "as_of": day,
        "table_name": table, "record_key": key, "field": field, "change": "changed", "before": None, "after": None,
        **said,
    }  # fmt: skip


def warehouse_of(rows: list[dict[str, Any]]) -> Warehouse:
    warehouse = Warehouse(duckdb.connect())
    warehouse.connection.execute("CREATE SCHEMA history")
    warehouse.write_tables({"history.changes": pl.DataFrame(rows, schema=CHANGES.dtypes)})
    return warehouse


def read(rows: list[dict[str, Any]]) -> pl.DataFrame:
    found = noticed(warehouse_of(rows), TONIGHTS, watched(NIGHT))
    assert found is not None
    return CHANGES.select(found)


def test_a_warehouse_without_a_history_has_nothing_to_read() -> None:
    assert noticed(Warehouse(duckdb.connect()), TONIGHTS, watched(NIGHT)) is None


def test_years_of_nights_are_not_read() -> None:
    """A series that grew by a voucher a night, a supplier's account of long ago, and invoices that were paid."""
    nights = [FIRST - dt.timedelta(days=back) for back in range(1_500, 0, -1)]
    rows = [
        row(day, "fortnox.voucher_series", "1/A", "next_voucher_number", before=str(at), after=str(at + 1))
        for at, day in enumerate(nights)
    ]
    rows += [row(day, "fortnox.customer_invoices", str(at), "balance") for at, day in enumerate(nights)]
    rows += [row(nights[0], "fortnox.suppliers", "7", "bg", before="1", after="2")]
    rows += [row(TONIGHT - dt.timedelta(days=30), "fortnox.suppliers", "8", "bg", before="1", after="2")]
    rows += [row(TONIGHT, "fortnox.customer_invoices", "5", "balance", before="1.00", after="0.00")]
    kept = read(rows).select("table_name", "record_key", "before").rows()
    assert sorted(kept) == [
        ("fortnox.customer_invoices", "5", "1.00"),
        ("fortnox.suppliers", "8", "1"),
        ("fortnox.voucher_series", "1/A", "1499"),
    ]


def test_every_fall_of_a_series_is_read() -> None:
    """The second deletion below the highest number is a fact of its own for as long as the first stands."""
    steps = ((40, "10", "8"), (30, "8", "9"), (20, "9", "7"), (10, "7", "8"))
    rows = [
        row(TONIGHT - dt.timedelta(days=back), "fortnox.voucher_series", "1/A", "next_voucher_number",
            before=before, after=after)
        for back, before, after in steps
    ]  # fmt: skip
    assert read(rows).select("before", "after").rows() == [("10", "8"), ("9", "7")]


NEXT = ("fortnox.voucher_series", "next_voucher_number")
NUMBERS = st.sampled_from([None, "12x", *"23456789", "10", "11"])
ANY_ROW = st.builds(
    lambda back, place, key, change, before, after: row(
        TONIGHT - dt.timedelta(days=back), place[0], key, place[1], change=change, before=before, after=after
    ),
    st.integers(0, 40),
    st.sampled_from(
        [NEXT, NEXT, NEXT, *((table, field) for table, fields in FIELDS.items() for field in fields)]
    ),
    st.sampled_from(["1/A", "2/A", "7"]),
    st.sampled_from(["changed", "changed", "changed", "hidden", "shown", "appeared"]),
    NUMBERS,
    NUMBERS,
)


def conclusions(changes: pl.DataFrame, following: dict[str, int | None]) -> list[Any]:
    years = {"company_id": "acme", "has_vouchers": False, "end_date": dt.date(2026, 12, 31)}
    frames = {
        "financial_years": FINANCIAL_YEARS.select(
            pl.DataFrame(
                [years | {"financial_year": FIRST.replace(year=2024 + number), "financial_year_id": str(number),
                          "accounting_method": "accrual"} for number in (1, 2)],
                schema=FINANCIAL_YEARS.dtypes,
            )
        ),
        "voucher_series": pl.DataFrame(
            [{"company_id": "acme", "financial_year": FIRST.replace(year=2024 + int(place[0])),
              "voucher_series": place[-1], "next_voucher_number": number} for place, number in following.items()],
            schema=VOUCHER_SERIES.dtypes,
        ),
        "changes": changes,
    }  # fmt: skip
    books = Books.of(frames)
    evidence = '["customer invoice 7","customer invoice 1/A"]'
    findings = pl.DataFrame({"finding_id": ["f"], "evidence": [evidence]})
    found = [check.reconcile(books, NIGHT).findings for check in (REGISTER_CHANGES, VOUCHER_NUMBERING)]
    return [sorted(map(str, one.iter_rows())) for one in (*found, what_changed(findings, changes, TONIGHTS))]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(ANY_ROW, min_size=6, max_size=25, unique_by=lambda one: tuple(str(one[name]) for name in CHANGES.key)),
    st.fixed_dictionaries({place: st.sampled_from([None, 3, 5, 7, 10]) for place in ("1/A", "2/A")}),
)  # fmt: skip
def test_what_is_concluded_is_what_the_whole_history_says(
    rows: list[dict[str, Any]], following: dict[str, int | None]
) -> None:
    whole = pl.DataFrame(rows, schema=CHANGES.dtypes)
    assert conclusions(read(rows), following) == conclusions(whole, following)
