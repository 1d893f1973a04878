"""The books of a large synthetic company as conformed frames, made from arithmetic alone.

Five financial years from 2022, one voucher per document, every invoice paid once or twice, and manual vouchers up to
ten ledger rows per invoice. One payment in two thousand is a hundred kronor off its voucher, so that the
reconciliations have something to find and its number is known. Measuring does not belong here.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from transforms.tables import (
    ACCOUNT_BALANCES,
    ACCOUNTS,
    ATTACHED_FILES,
    CONTROL_ACCOUNTS,
    CUSTOMER_INVOICES,
    CUSTOMER_PAYMENTS,
    CUSTOMERS,
    FINANCIAL_YEARS,
    PERIOD_BALANCES,
    SUPPLIER_INVOICES,
    SUPPLIER_PAYMENTS,
    SUPPLIERS,
    VOUCHER_ROWS,
    VOUCHERS,
    Table,
)

COMPANY: Final = "synthetic"
FIRST: Final = dt.date(2022, 1, 1)
AS_OF: Final = dt.date(2026, 12, 31)
LOCKED: Final = dt.date(2026, 6, 30)
DAYS: Final = (AS_OF - FIRST).days + 1
ROWS_PER_INVOICE: Final = 10
ONE_WRONG_IN: Final = 2000
WRONG_BY: Final = 100_00  # öre
CONTROL: Final = {"customer": "1510", "supplier": "2440"}
SERIES: Final = {"customer": ("B", "C"), "supplier": ("D", "E")}
REFERENCES: Final = {
    "customer": ("INVOICE", "INVOICEPAYMENT"),
    "supplier": ("SUPPLIERINVOICE", "SUPPLIERPAYMENT"),
}


def frames(invoices: int) -> dict[str, pl.DataFrame]:
    """Conformed frames by table name for ``invoices`` invoices, three customers' to two suppliers'."""
    sides = {
        side: _documents(side, share * invoices // 5) for side, share in (("customer", 3), ("supplier", 2))
    }
    booked = [frame for documents in sides.values() for frame in documents]
    rows = _ledger_rows(booked, invoices)
    named = {}
    for side, (bills, payments) in sides.items():
        named |= _conformed(side, bills, payments)
    return {
        **named,
        **_registers(invoices),
        "vouchers": _vouchers(rows),
        "voucher_rows": _of(VOUCHER_ROWS, rows),
        **_balances(rows),
    }


def wrong_payments(frames: dict[str, pl.DataFrame]) -> int:
    """How many payments are off their voucher."""
    numbers = [
        frames[name]["payment_number"].cast(pl.Int64) for name in ("customer_payments", "supplier_payments")
    ]
    return sum(int((series % ONE_WRONG_IN == 0).sum()) for series in numbers)


def _documents(side: str, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Invoices, and their payments up to ``AS_OF``: number, day, gross in öre, series and voucher number."""
    nth = pl.col("nth")
    bills = pl.select(nth=pl.int_range(1, count + 1)).with_columns(
        day=(nth - 1) * DAYS // count,
        gross=(nth * 7919 % 20_000 + 1) * 125,
        side=pl.lit(side),
        kind=pl.lit(0),
    )
    parts = bills.with_columns(part=pl.when(nth % 2 == 1).then([1, 2]).otherwise([0])).explode("part")
    first_part = pl.col("gross") // 5 * 2
    payments = (
        parts.with_columns(
            bill="nth",
            day=pl.col("day") + 10 + nth * 31 % 25 + pl.when(pl.col("part") == 2).then(20).otherwise(0),
            gross=pl.when(pl.col("part") == 0)
            .then("gross")
            .when(pl.col("part") == 1)
            .then(first_part)
            .otherwise(pl.col("gross") - first_part),
            kind=pl.lit(1),
        )
        .filter(pl.col("day") < DAYS)
        .sort("day", "nth", "part")
        .with_columns(nth=pl.int_range(1, pl.len() + 1))
    )
    return _numbered(bills), _numbered(payments)


def _numbered(documents: pl.DataFrame) -> pl.DataFrame:
    date = pl.lit(FIRST) + pl.duration(days="day")
    series = {(side, kind): letters[kind] for side, letters in SERIES.items() for kind in (0, 1)}
    side, kind = documents["side"][0], documents["kind"][0]
    return (
        documents.with_columns(date=date.cast(pl.Date), voucher_series=pl.lit(series[(side, kind)]))
        .with_columns(financial_year=pl.col("date").dt.truncate("1y"))
        .with_columns(voucher_number=pl.int_range(1, pl.len() + 1).over("financial_year").cast(pl.String))
    )


def _ledger_rows(booked: list[pl.DataFrame], invoices: int) -> pl.DataFrame:
    """Every row of the ledger with its voucher's columns."""
    parts = [_booking(documents) for documents in booked]
    wanted = ROWS_PER_INVOICE * invoices - sum(part.height for part in parts)
    parts.append(_manual(max(wanted, 4) // 4))
    date = pl.col("financial_year").dt.to_string("iso")
    return pl.concat(parts).with_columns(
        company_id=pl.lit(COMPANY),
        voucher_key=pl.concat_str(date, "voucher_series", "voucher_number", separator="/"),
        occurrence=pl.lit(1, dtype=pl.Int64),
        kind=pl.lit("row"),
        amount=_sek("ore"),
        objects=pl.lit(None, dtype=pl.String),
        period_status=pl.when(pl.col("voucher_date") <= LOCKED)
        .then(pl.lit("final"))
        .otherwise(pl.lit("provisional")),
    )


def _booking(documents: pl.DataFrame) -> pl.DataFrame:
    side, kind = documents["side"][0], documents["kind"][0]
    sign = 1 if side == "customer" else -1
    nth = pl.col("nth")
    if kind == 0:
        other = pl.format("{}", 3000 + nth % 50 if side == "customer" else 4000 + nth % 200)
        lines = [
            (pl.lit(CONTROL[side]), pl.col("gross") * sign),
            (other, pl.col("gross") // 5 * -4 * sign),
            (pl.lit("2611" if side == "customer" else "2641"), pl.col("gross") // 5 * -sign),
        ]
        reference = pl.format("{}", nth)
    else:
        lines = [(pl.lit("1930"), pl.col("gross") * sign), (pl.lit(CONTROL[side]), pl.col("gross") * -sign)]
        reference = pl.format("{}", nth)
    return pl.concat(
        documents.select(
            "financial_year",
            "voucher_series",
            "voucher_number",
            voucher_date="date",
            row_number=pl.lit(row, dtype=pl.Int64),
            account_number=account,
            ore=ore,
            text=pl.lit(None, dtype=pl.String),
            reference_type=pl.lit(REFERENCES[side][kind]),
            reference_number=reference,
        )
        for row, (account, ore) in enumerate(lines, start=1)
    )


def _manual(count: int) -> pl.DataFrame:
    nth = pl.col("nth")
    vouchers = _numbered(
        pl.select(nth=pl.int_range(1, count + 1)).with_columns(
            day=(nth - 1) * DAYS // count, side=pl.lit("customer"), kind=pl.lit(0)
        )
    ).with_columns(voucher_series=pl.lit("A"), gross=(nth * 4099 % 50_000 + 1) * 100)
    accounts = (5010 + nth % 100 * 10, 6000 + nth % 90 * 10, pl.lit(2890), pl.lit(1940))
    shares = (3, 1, -1, -3)
    return pl.concat(
        vouchers.select(
            "financial_year",
            "voucher_series",
            "voucher_number",
            voucher_date="date",
            row_number=pl.lit(row, dtype=pl.Int64),
            account_number=pl.format("{}", account),
            ore=pl.col("gross") // 4 * share,
            text=pl.format("Manual {}", nth % 500),
            reference_type=pl.lit("MANUAL"),
            reference_number=pl.lit(None, dtype=pl.String),
        )
        for row, (account, share) in enumerate(zip(accounts, shares, strict=True), start=1)
    )


def _vouchers(rows: pl.DataFrame) -> pl.DataFrame:
    heads = rows.filter(pl.col("row_number") == 1)
    return _of(
        VOUCHERS,
        heads.with_columns(
            registration_date="voucher_date",
            listed_date="voucher_date",
            listed_text="text",
            in_sie=pl.lit(True),
            in_api=pl.lit(True),
        ),
    )


def _conformed(side: str, bills: pl.DataFrame, payments: pl.DataFrame) -> dict[str, pl.DataFrame]:
    paid = payments.group_by("bill").agg(paid=pl.col("gross").sum())
    wrong = pl.when(pl.col("nth") % ONE_WRONG_IN == 0).then(WRONG_BY).otherwise(0)
    stated = payments.with_columns(stated=pl.col("gross") + wrong)
    open_after = stated.group_by("bill").agg(stated=pl.col("stated").sum())
    voucher = {
        "voucher_financial_year": pl.col("financial_year"),
        "voucher_evidence": pl.lit("voucher_list"),
        "control_account": pl.lit(CONTROL[side]),
        "currency": pl.lit("SEK"),
        "booked": pl.lit(True),
        "posting_date": pl.col("date"),
        "company_id": pl.lit(COMPANY),
    }
    sign = 1 if side == "customer" else -1
    invoices = bills.join(paid, left_on="nth", right_on="bill", how="left").join(
        open_after, left_on="nth", right_on="bill", how="left"
    )
    return {
        f"{side}_invoices": _of(
            CUSTOMER_INVOICES if side == "customer" else SUPPLIER_INVOICES,
            invoices.with_columns(
                **voucher,
                document_number=pl.format("{}", "nth"),
                counterparty_number=pl.format("{}", pl.col("nth") % 5000),
                counterparty_name=pl.format("Counterparty {}", pl.col("nth") % 5000),
                supplier_reference_number=pl.format("S{}", "nth") if side == "supplier" else pl.lit(None),
                payment_reference=pl.format("{}", pl.col("nth") * 10),
                invoice_date="date",
                due_date=pl.col("date").dt.offset_by("30d"),
                currency_rate=pl.lit(1),
                currency_unit=pl.lit(1),
                total=_sek("gross"),
                open_balance=_sek(pl.col("gross") - pl.col("stated").fill_null(0)),
                stated_currency=pl.lit("SEK"),
                is_credit_note=pl.lit(False),
                cancelled=pl.lit(False),
                ledger_amount=_sek(pl.col("gross") * sign),
                ledger_evidence=pl.lit("total_in_sek"),
            ),
        ),
        f"{side}_payments": _of(
            CUSTOMER_PAYMENTS if side == "customer" else SUPPLIER_PAYMENTS,
            stated.with_columns(
                **voucher,
                payment_number=pl.format("{}", "nth"),
                document_number=pl.format("{}", "bill"),
                payment_date="date",
                amount=_sek("stated"),
                currency_amount=_sek("stated"),
                currency_evidence=pl.lit("stated"),
                has_write_offs=pl.lit(False),
            ),
        ),
    }


def _registers(invoices: int) -> dict[str, pl.DataFrame]:
    years = pl.DataFrame({"financial_year": [dt.date(FIRST.year + n, 1, 1) for n in range(5)]}).with_columns(
        company_id=pl.lit(COMPANY),
        end_date=pl.col("financial_year").dt.offset_by("1y").dt.offset_by("-1d"),
        financial_year_id=pl.col("financial_year").dt.year().cast(pl.String),
        accounting_method=pl.lit("accrual"),
        has_vouchers=pl.lit(True),
        generated_date=pl.lit(None, dtype=pl.Date),
    )
    control = pl.DataFrame(
        {"subledger": list(CONTROL), "account_number": list(CONTROL.values())}
    ).with_columns(company_id=pl.lit(COMPANY), is_default=pl.lit(True), source=pl.lit("predefined_account"))
    counterparties = pl.select(nth=pl.int_range(0, 5000)).with_columns(
        company_id=pl.lit(COMPANY), name=pl.format("Counterparty {}", "nth"), active=pl.lit(True)
    )
    return {
        "financial_years": _of(FINANCIAL_YEARS, years),
        "control_accounts": _of(CONTROL_ACCOUNTS, control),
        "attached_files": ATTACHED_FILES.empty(),
        "customers": _of(CUSTOMERS, counterparties.with_columns(customer_number=pl.format("{}", "nth"))),
        "suppliers": _of(SUPPLIERS, counterparties.with_columns(supplier_number=pl.format("{}", "nth"))),
    }


def _balances(rows: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Opening, closing, result and monthly balances as a SIE file of each year states them."""
    monthly = (
        rows.group_by(
            "company_id", "financial_year", "account_number", period=pl.col("voucher_date").dt.truncate("1mo")
        )
        .agg(ore=pl.col("ore").sum())
        .with_columns(
            kind=pl.lit("period_balance"), year_number=pl.lit(0), objects=pl.lit(""), amount=_sek("ore")
        )
    )
    yearly = monthly.group_by("company_id", "financial_year", "account_number").agg(ore=pl.col("ore").sum())
    balance_sheet = pl.col("account_number") < "3000"
    years = yearly.select("financial_year").unique()
    carried = (
        yearly.filter(balance_sheet)
        .select("company_id", "account_number")
        .unique()
        .join(years, how="cross")
        .join(yearly, on=("company_id", "financial_year", "account_number"), how="left")
        .sort("account_number", "financial_year")
        .with_columns(closing=pl.col("ore").fill_null(0).cum_sum().over("account_number"))
        .with_columns(opening=pl.col("closing") - pl.col("ore").fill_null(0))
    )
    stated = pl.concat(
        frame.select("company_id", "financial_year", "account_number", kind=pl.lit(kind), amount=_sek(column))
        for frame, kind, column in (
            (carried, "opening_balance", "opening"),
            (carried, "closing_balance", "closing"),
            (yearly.filter(~balance_sheet), "result_balance", "ore"),
        )
    ).with_columns(witness=pl.lit("sie"), year_number=pl.lit(0))
    accounts = yearly.with_columns(name=pl.format("Account {}", "account_number"), active=pl.lit(True))
    return {
        "accounts": _of(ACCOUNTS, accounts),
        "account_balances": _of(ACCOUNT_BALANCES, stated),
        "period_balances": _of(PERIOD_BALANCES, monthly),
    }


def _sek(ore: str | pl.Expr) -> pl.Expr:
    """Whole öre as SEK."""
    column = pl.col(ore) if isinstance(ore, str) else ore
    return (column.cast(pl.Decimal(18, 2)) / pl.lit(100, dtype=pl.Decimal(18, 2))).cast(pl.Decimal(18, 2))


def _of(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The table's columns, null where the frame has none, sorted by key."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in table.dtypes.items()
    ).sort(table.key)
