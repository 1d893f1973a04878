"""The API's manners: paging, meta, filters, types that flip, errors in two casings."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from fortnox_emulator import Emulator, Switches
from fortnox_emulator.company_profile import demo_profile
from fortnox_emulator.json_text import dumps
from fortnox_emulator.model import Side

LISTS = {
    "financialyears": "FinancialYears",
    "accounts": "Accounts",
    "voucherseries": "VoucherSeriesCollection",
    "vouchers": "Vouchers",
    "invoices": "Invoices",
    "invoicepayments": "InvoicePayments",
    "supplierinvoices": "SupplierInvoices",
    "supplierinvoicepayments": "SupplierInvoicePayments",
    "customers": "Customers",
    "suppliers": "Suppliers",
    "articles": "Articles",
    "costcenters": "CostCenters",
    "projects": "Projects",
    "currencies": "Currencies",
}


@pytest.mark.parametrize("surface", LISTS)
def test_pages_add_up_to_the_whole(shared_api: Any, surface: str) -> None:
    whole = shared_api.rows(surface, LISTS[surface])
    meta = shared_api.json(surface, limit=7)["MetaInformation"]
    assert meta == {
        "@TotalResources": len(whole),
        "@TotalPages": -(-len(whole) // 7),
        "@CurrentPage": 1,
    }
    paged: list[object] = []
    for page in range(1, min(meta["@TotalPages"], 4) + 1):
        paged += shared_api.json(surface, limit=7, page=page)[LISTS[surface]]
    assert paged == whole[: len(paged)]
    assert len({row["@url"] for row in whole}) == len(whole)


def test_default_page_is_100_and_the_largest_500(shared_api: Any) -> None:
    assert len(shared_api.json("vouchers", financialyear=3)["Vouchers"]) == 100
    assert len(shared_api.json("vouchers", financialyear=3, limit=9999)["Vouchers"]) == 500


def test_an_empty_list_has_no_pages_and_stands_on_page_one(shared_api: Any) -> None:
    answer = shared_api.get("customers", name="finns inte")
    assert answer.status_code == 200
    assert answer.text == (
        '{"MetaInformation":{"@TotalResources":0,"@TotalPages":0,"@CurrentPage":1},"Customers":[]}'
    )


def test_a_page_past_the_end_is_empty_or_refused(connect: Callable[..., Any]) -> None:
    api = connect()
    assert api.json("customers", page=99)["Customers"] == []
    api.emulator.switches.page_past_end = "error"
    assert api.get("customers", page=99).status_code == 400
    assert api.get("customers", name="finns inte", page=2).status_code == 200


def test_some_lists_have_no_meta_and_ignore_paging(shared_api: Any) -> None:
    whole = shared_api.json("predefinedaccounts")
    assert list(whole) == ["PreDefinedAccounts"]
    assert shared_api.json("predefinedaccounts", limit=1, page=3) == whole
    assert shared_api.json("accountcharts")["AccountCharts"][0] == {"Name": "Bas 2024"}


def test_text_parameters_match_anywhere_whatever_the_case(shared_api: Any) -> None:
    names = [row["Name"] for row in shared_api.rows("customers", "Customers", name="sjö")]
    assert names
    assert all("sjö" in name.lower() for name in names)
    numbers = {row["CustomerNumber"] for row in shared_api.rows("customers", "Customers", customernumber="1")}
    assert {"1", "10", "21"} <= numbers


def test_filters_choose_by_state_and_unpaid_hides_the_unbooked(shared_api: Any) -> None:
    rows = {
        name: shared_api.rows("invoices", "Invoices", filter=name)
        for name in ("unpaid", "unbooked", "cancelled")
    }
    assert all(row["Booked"] and row["Balance"] != 0 for row in rows["unpaid"])
    assert all(not row["Booked"] and not row["Cancelled"] for row in rows["unbooked"])
    assert all(row["Cancelled"] and row["Balance"] == 0 and row["Total"] != 0 for row in rows["cancelled"])
    assert all(rows.values())


def test_customers_show_active_ones_only_unless_asked(shared_api: Any) -> None:
    active = {row["CustomerNumber"] for row in shared_api.rows("customers", "Customers")}
    inactive = {row["CustomerNumber"] for row in shared_api.rows("customers", "Customers", filter="inactive")}
    assert inactive == {"25", "26"}
    assert not active & inactive
    suppliers = shared_api.rows("suppliers", "Suppliers")
    assert {row["Active"] for row in suppliers} == {True, False}


def test_lastmodified_is_inclusive_swedish_time(shared_api: Any) -> None:
    document = max(shared_api.emulator.books.documents[Side.CUSTOMER].values(), key=lambda doc: doc.modified)
    at = document.modified
    just = shared_api.rows("invoices", "Invoices", lastmodified=f"{at:%Y-%m-%d %H:%M:%S}")
    assert document.number in {row["DocumentNumber"] for row in just}
    later = shared_api.rows(
        "invoices", "Invoices", lastmodified=f"{at + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}"
    )
    assert later == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("invoicepayments", {"fromdate": "2026-01-01"}),
        ("supplierinvoicepayments", {"todate": "2026-01-01"}),
        ("currencies", {"lastmodified": "2026-01-01"}),
        ("invoices", {"lastmodified": "igår"}),
        ("vouchers", {"financialyear": "2026-01-01"}),
        ("vouchers", {"financialyear": "77"}),
        ("invoices", {"limit": "0"}),
        ("sie/4", {"fromdate": "2026-01-01"}),
    ],
)
def test_bad_parameters_are_2000588_with_lower_case_keys(
    shared_api: Any, path: str, query: dict[str, str]
) -> None:
    answer = shared_api.get(path, **query)
    assert answer.status_code == 400
    information = answer.json()["ErrorInformation"]
    assert list(information) == ["error", "message", "code"]
    assert information["code"] == 2000588


def test_a_bad_filter_is_2000587_as_recorded(shared_api: Any) -> None:
    answer = shared_api.get("invoices", filter="doesntexist")
    assert answer.status_code == 400
    assert answer.text == (
        '{"ErrorInformation":{"error":1,"message":"Ett ogiltigt filter har anv\\u00e4nts.","code":2000587}}'
    )


def test_a_missing_object_has_capitalised_keys_as_recorded(shared_api: Any) -> None:
    answer = shared_api.get("customers/123456789")
    assert answer.status_code == 404
    assert answer.text == '{"ErrorInformation":{"Error":1,"Message":"Kan inte hitta kunden.","Code":2000433}}'


def test_no_token_is_401_without_error_information(shared_api: Any) -> None:
    answer = shared_api.http.get("/3/invoices")
    assert (answer.status_code, answer.text) == (401, '{"message":"unauthorized"}')


def test_an_unknown_route_says_so(shared_api: Any) -> None:
    assert shared_api.get("banktransactions").json() == {"message": "No such route"}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_anything_but_get_is_refused_and_remembered(connect: Callable[..., Any], method: str) -> None:
    api = connect()
    assert api.http.request(method, "/3/invoices/1").status_code == 405
    assert api.emulator.stats()["violations"] == [f"{method} /3/invoices/1"]


def test_the_body_is_ascii_with_escaped_slashes(shared_api: Any) -> None:
    answer = shared_api.get("customers", limit=1)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["server"] == "Fortnox"
    assert len(answer.headers["x-uid"]) == 8
    assert answer.content.isascii()
    assert b'"https:\\/\\/api.fortnox.se\\/3\\/customers\\/1"' in answer.content
    assert b"\\u00c5kessons" in answer.content


def test_types_flip_between_list_and_detail(shared_api: Any) -> None:
    item = shared_api.json("invoices", limit=1, currency="EUR")["Invoices"][0]
    detail = shared_api.json(f"invoices/{item['DocumentNumber']}")["Invoice"]
    assert isinstance(item["CurrencyRate"], str)
    assert detail["CurrencyRate"] == Decimal(item["CurrencyRate"])
    assert detail["Credit"] == "false"
    assert detail["CreditInvoiceReference"] == "0"
    supplier = shared_api.json("supplierinvoices", limit=1)["SupplierInvoices"][0]
    assert isinstance(supplier["Total"], str)
    assert "." in supplier["Total"]
    assert "Cancelled" not in supplier
    assert supplier["Cancel"] is False
    assert (
        shared_api.json(f"supplierinvoices/{supplier['GivenNumber']}")["SupplierInvoice"]["Cancelled"]
        is False
    )
    payment = shared_api.json("invoicepayments/5")["InvoicePayment"]
    assert (type(payment["Number"]), type(payment["InvoiceNumber"])) == (int, str)
    assert isinstance(shared_api.json("companyinformation")["CompanyInformation"]["DatabaseNumber"], int)
    assert isinstance(shared_api.json("settings/company")["CompanySettings"]["DatabaseNumber"], str)
    accounts = {
        row["Name"]: row["Account"] for row in shared_api.json("predefinedaccounts")["PreDefinedAccounts"]
    }
    assert (accounts["CUSTCLAIM"], accounts["SUPDEBT"], accounts["BG"], accounts["AG"]) == (
        1510,
        2440,
        "1920",
        "0",
    )


def test_voucher_lists_have_no_rows_and_details_mark_struck_ones(shared_api: Any) -> None:
    assert "VoucherRows" not in shared_api.json("vouchers", limit=1)["Vouchers"][0]
    struck = next(
        v for v in shared_api.emulator.books.vouchers.values() if len(v.live_rows) < len(v.rows) > 3
    )
    path = f"vouchers/{struck.key.series}/{struck.key.number}"
    rows = shared_api.json(path, financialyear=struck.key.year_id)["Voucher"]["VoucherRows"]
    assert sum(row["Debit"] - row["Credit"] for row in rows) != 0
    assert sum(row["Debit"] - row["Credit"] for row in rows if not row["Removed"]) == 0


def test_the_same_voucher_number_is_another_voucher_in_another_year(shared_api: Any) -> None:
    this, other = (
        shared_api.json("vouchers/A/1", **query)["Voucher"] for query in ({}, {"financialyear": 3})
    )
    assert this["Year"] == 2
    assert other["Year"] == 3
    assert this["TransactionDate"] > other["TransactionDate"]


def test_financial_years_by_date_hit_and_miss(shared_api: Any) -> None:
    hit = shared_api.json("financialyears", date="2024-03-01")["FinancialYears"]
    assert [year["Id"] for year in hit] == [3]
    assert shared_api.json("financialyears", date="2011-06-13")["FinancialYears"] == []


def test_next_voucher_number_is_one_past_the_list(shared_api: Any) -> None:
    for year in (3, 1, 2):
        vouchers = shared_api.rows("vouchers", "Vouchers", financialyear=year)
        for series in "ABCDE":
            last = max(row["VoucherNumber"] for row in vouchers if row["VoucherSeries"] == series)
            detail = shared_api.json(f"voucherseries/{series}", financialyear=year)["VoucherSeries"]
            assert detail["NextVoucherNumber"] == last + 1


def test_closing_balances_are_shown_for_locked_years_only(shared_api: Any) -> None:
    locked = shared_api.json("accounts/1930", financialyear=1)["Account"]
    current = shared_api.json("accounts/1930", financialyear=2)["Account"]
    assert locked["BalanceCarriedForward"] == current["BalanceBroughtForward"] != 0
    assert current["BalanceCarriedForward"] is None


def test_sie_comes_as_bytes_and_can_be_narrowed(shared_api: Any) -> None:
    answer = shared_api.get("sie/4", financialyear=1)
    assert answer.headers["content-type"] == "application/octet-stream"
    vouchers = shared_api.rows("vouchers", "Vouchers", financialyear=1)
    assert answer.content.count(b"\r\n#VER ") == len(vouchers)
    part = shared_api.get("sie/4", financialyear=1, selection="A,20,24;B,5,9").content
    assert part.count(b"\r\n#VER ") == 10


def test_an_attached_file_can_be_fetched(shared_api: Any) -> None:
    connection = shared_api.json("supplierinvoicefileconnections", limit=1)["SupplierInvoiceFileConnections"][
        0
    ]
    direct = shared_api.get(f"archive/{connection['FileId']}")
    assert direct.headers["content-disposition"] == f'attachment; filename="{connection["Name"]}"'
    assert direct.content.startswith(b"%PDF")
    assert shared_api.get("archive", fileid=connection["FileId"]).content == direct.content


def test_switches_withhold_licences_rights_and_routes(connect: Callable[..., Any]) -> None:
    withheld = Switches(
        licence_missing=frozenset({"suppliers"}),
        no_right=frozenset({"invoices.Total"}),
        no_such_route=frozenset({"projects"}),
        capped_at_100=frozenset({"vouchers"}),
    )
    api = connect(switches=withheld)
    refused = api.get("suppliers")
    assert (refused.status_code, refused.json()["ErrorInformation"]["code"]) == (403, 2000663)
    withheld.licence_status = 400
    assert api.get("suppliers").status_code == 400
    assert api.json("invoices", limit=1)["Invoices"][0]["Total"] == "API_NORIGHT"
    assert api.get("projects").status_code == 404
    assert len(api.json("vouchers", limit=500)["Vouchers"]) == 100


def test_the_same_seed_gives_the_same_bytes() -> None:
    """With a profile given, the years are lived through each time."""

    def answers() -> list[bytes]:
        emulator = Emulator(seed=4, discrepancies="all", nights=3, profile=demo_profile())
        from fortnox_emulator.answers import answer_get

        paths = [*LISTS, "sie/4", "archive", "predefinedaccounts"]
        scopes = emulator.tokens.scopes
        return [answer_get(emulator.context(), path, {"limit": "500"}, scopes).encoded() for path in paths]

    assert answers() == answers()


def test_json_numbers_keep_their_digits() -> None:
    value = {
        "a/b": [Decimal("12.50"), Decimal("1000.00"), Decimal("-0.00"), Decimal("0.01"), 7, None, True, "å"]
    }
    assert dumps(value) == '{"a\\/b":[12.5,1000,0,0.01,7,null,true,"\\u00e5"]}'
    with pytest.raises(TypeError):
        dumps({"x": 1.5})
    assert json.loads(dumps(value))["a/b"][0] == 12.5
