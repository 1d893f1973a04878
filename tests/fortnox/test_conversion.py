"""One record -> one row: types flip, blanks are unset, nothing is guessed and nothing is lost unseen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.fortnox import schema
from pipelines.fortnox.convert import Notes, Row, convert
from pipelines.fortnox.errors import UnexpectedResponse
from pipelines.fortnox.fields import Kind

INVOICE = {
    "@url": "https://api.fortnox.example/3/invoices/17",
    "DocumentNumber": "17",
    "Total": 1250,
    "Balance": 0,
    "Currency": "SEK",
    "CurrencyRate": "1",
    "CurrencyUnit": 1,
    "InvoiceDate": "2026-03-05",
    "DueDate": "2026-04-04",
    "FinalPayDate": None,
    "Booked": True,
    "Cancelled": False,
    "VoucherNumber": None,
    "VoucherSeries": None,
    "VoucherYear": None,
    "OCR": "",
}


def invoice(**changes: Any) -> Row:
    notes = Notes()
    return convert(schema.CUSTOMER_INVOICES, INVOICE | changes, notes, {"company_id": "acme"}, detail=False)


def refusal(**changes: Any) -> UnexpectedResponse:
    with pytest.raises(UnexpectedResponse) as caught:
        invoice(**changes)
    return caught.value


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (1250, "1250.00"),
        ("1250", "1250.00"),
        ("12500.50", "12500.50"),
        (Decimal("12500.5"), "12500.50"),
        ("-0.34", "-0.34"),
        (0, "0.00"),
        ("0", "0.00"),
        (Decimal("1E+2"), "100.00"),
    ],
)
def test_an_amount_may_be_a_number_or_a_text(sent: object, stored: str) -> None:
    assert str(invoice(Total=sent)["total"]) == stored


@pytest.mark.parametrize("sent", ["1 234,50", "1,234.50", "twelve", True, [], {}, "NaN", "--1", "1.", "１２"])
def test_an_amount_that_cannot_be_read_is_refused_with_its_place_and_without_its_value(sent: object) -> None:
    error = refusal(Total=sent)
    assert error.path == "customer_invoices/17/Total"
    assert "customer_invoices/17/Total" in str(error)
    assert str(sent) not in str(error) or sent in (True, [], {})


def test_a_third_decimal_is_refused_but_float_noise_is_not() -> None:
    assert "more than two decimals" in str(refusal(Total=Decimal("1.005")))
    assert invoice(Total=Decimal("1250.4999999999998"))["total"] == Decimal("1250.50")


def test_a_number_the_column_cannot_hold_is_refused() -> None:
    assert "larger" in str(refusal(Total="99999999999999999"))
    assert "larger" in str(refusal(CurrencyRate="1e12"))


def test_an_unset_amount_is_null_and_not_zero() -> None:
    assert invoice(Total=None)["total"] is None
    assert invoice(Total="")["total"] is None


@pytest.mark.parametrize(
    ("sent", "stored"), [("17", "17"), (17, "17"), (Decimal(17), "17"), ("T-7/å", "T-7/å")]
)
def test_what_names_a_thing_is_text_whatever_it_came_as(sent: object, stored: str) -> None:
    assert invoice(DocumentNumber=sent)["document_number"] == stored


@pytest.mark.parametrize("unset", ["", "0", 0, None])
def test_a_voucher_number_of_zero_is_no_voucher(unset: object) -> None:
    row = invoice(VoucherNumber=unset, VoucherYear=unset)
    assert (row["voucher_number"], row["voucher_year"]) == (None, None)


def test_a_date_is_a_day_or_nothing() -> None:
    assert invoice()["invoice_date"] == date(2026, 3, 5)
    assert invoice(DueDate="")["due_date"] is None
    assert "a date" in str(refusal(DueDate="2026-02-30"))
    assert "a date" in str(refusal(DueDate="05/03/2026"))
    assert "a date" in str(refusal(DueDate=20260305))


def test_a_flag_may_be_text_but_not_a_number() -> None:
    assert invoice(Booked="true")["booked"] is True
    assert invoice(Booked="false")["booked"] is False
    assert refusal(Booked=1).path == "customer_invoices/17/Booked"


def test_a_row_without_its_key_is_refused() -> None:
    assert "nothing where a value is required" in str(refusal(DocumentNumber=""))


def test_what_the_user_may_not_see_is_null_and_counted() -> None:
    notes = Notes()
    row = convert(
        schema.CUSTOMER_INVOICES, INVOICE | {"Total": "API_NORIGHT"}, notes, {"company_id": "a"}, detail=False
    )
    assert row["total"] is None
    assert notes.of("no_right") == {"customer_invoices.Total": 1}


def test_unknown_fields_are_kept_and_missing_ones_counted() -> None:
    notes = Notes()
    record = {"Id": 1, "FromDate": "2026-01-01", "ToDate": "2026-12-31", "Colour": "blå", "@url": "address"}
    row = convert(schema.FINANCIAL_YEARS, record, notes, {"company_id": "a"}, detail=False)
    assert row["unknown_fields"] == '{"Colour": "blå"}'
    assert notes.of("unknown") == {"financial_years.Colour": 1}
    assert notes.of("missing") == {
        "financial_years.AccountChartType": 1,
        "financial_years.AccountingMethod": 1,
    }


def test_an_unknown_figure_is_kept_to_its_last_digit_and_nothing_is_null() -> None:
    year = {"Id": 1, "FromDate": "2026-01-01", "ToDate": "2026-12-31"}
    rows = [
        convert(schema.FINANCIAL_YEARS, record, Notes(), {"company_id": "a"}, detail=False)["unknown_fields"]
        for record in (year, {**year, "Rate": Decimal("0.10"), "Parts": [{"At": None}]})
    ]
    assert rows == [None, '{"Parts": [{"At": null}], "Rate": "0.10"}']


def test_detail_fields_are_only_missed_when_the_detail_was_fetched() -> None:
    record = {"Number": 1, "Currency": "SEK"}
    without, with_detail = Notes(), Notes()
    for notes, fetched in ((without, False), (with_detail, True)):
        added = {"company_id": "a", "detail_fetched": fetched}
        convert(schema.SUPPLIER_PAYMENTS, record, notes, added, detail=fetched)
    assert "supplier_payments.AmountCurrency" not in without.of("missing")
    assert "supplier_payments.AmountCurrency" in with_detail.of("missing")


def test_a_nested_value_is_reached_and_a_null_on_the_way_is_null() -> None:
    def approver(value: object) -> object:
        record = {"Code": "A", "Year": 1, "Description": "", "Manual": True, "Approver": value}
        return convert(schema.VOUCHER_SERIES, record, Notes(), {"company_id": "a"}, detail=False)[
            "approver_id"
        ]

    assert approver({"Id": 7, "Name": "Eva"}) == "7"
    assert approver(None) is None
    assert approver("") is None
    assert approver("API_NORIGHT") is None
    for changed in ("Eva", 7, [], ["Eva"], True):
        with pytest.raises(
            UnexpectedResponse, match=r"voucher_series/1/A/Approver/Id: .* an object is expected"
        ):
            approver(changed)


@given(st.decimals(min_value="-9999999999999999.99", max_value="9999999999999999.99", places=2))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_every_amount_to_the_ore_survives_as_number_and_as_text(amount: Decimal) -> None:
    for sent in (amount, str(amount)):
        assert invoice(Total=sent)["total"] == amount


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=20), st.lists, max_leaves=3))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_json_value_is_stored_exactly_or_refused_by_place(sent: Any) -> None:
    for field in schema.CUSTOMER_INVOICES.fields:
        try:
            stored = invoice(**{field.name: sent})[field.column]
        except UnexpectedResponse as error:
            assert error.path.endswith(f"/{field.name}")  # noqa: PT017 -- most values are stored, some are refused
            continue
        if stored is not None and field.kind in {Kind.MONEY, Kind.RATE, Kind.WHOLE}:
            assert Decimal(str(sent)) == stored
        if stored is not None and field.kind is Kind.TEXT:
            assert str(sent) == stored


def test_every_hint_is_fresh_and_money_is_never_a_double() -> None:
    for table in schema.TABLES:
        assert table.columns() == table.columns()
        hints = table.columns()
        assert len({id(hint) for hint in hints.values()}) == len(hints)
        assert next(iter(hints)) == "company_id"
        for field in table.fields:
            assert hints[field.column]["description"]
            if field.kind is Kind.MONEY:
                assert (hints[field.column]["precision"], hints[field.column]["scale"]) == (18, 2)


def test_column_names_are_unique_and_every_key_is_a_column() -> None:
    assert len({table.name for table in schema.TABLES}) == len(schema.TABLES) > 10
    for table in schema.TABLES:
        columns = [field.column for field in table.fields]
        assert len(set(columns)) == len(columns)
        assert set(table.key) <= set(columns)
