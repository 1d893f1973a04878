"""Reading surfaces from an emulated company: what is asked for, what is refused, what is only a status."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import respx

from fortnox_emulator import Fault
from fortnox_emulator.model import Side
from pipelines.fortnox.client import FortnoxClient
from pipelines.fortnox.endpoint import Shape
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS, Choice
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.errors import FortnoxError, Incomplete, SetupError, UnexpectedResponse
from pipelines.fortnox.extraction import Answer, Extraction
from pipelines.surfaces import SilentProgress, SurfaceLog

LISTED = [endpoint for endpoint in ENDPOINTS if endpoint.shape is not Shape.BYTES]


def extraction_of(client: FortnoxClient, **options: Any) -> Extraction:
    log = SurfaceLog(SilentProgress(), lambda: 0.0, lambda surface: client.requests.get(surface, 0))
    return Extraction(client, "acme", log, **options)


def read(extraction: Extraction, surface: str, state: dict[str, Any] | None = None) -> list[Answer]:
    chunks = extraction.chunks(BY_NAME[surface], {} if state is None else state)
    return [answer for chunk in chunks for answer in chunk.answers]


def test_every_surface_is_read_whole_and_says_so(emulated: Callable[..., Any]) -> None:
    served = emulated()
    extraction = extraction_of(served.client)
    for endpoint in LISTED:
        answers = read(extraction, endpoint.name)
        result = extraction.log.results[endpoint.name]
        assert len(answers) == result.rows, endpoint.name
        assert answers or endpoint.name == "assets", "the emulated company has no fixed assets register"
        assert result.status == "complete"
        assert result.stated in {None, result.rows}
    stats = served.server.stats()
    assert stats["violations"] == []
    assert stats["total"] == sum(served.client.requests.values())


def test_every_surface_by_choice_is_read_whole_and_unasked_for_otherwise(
    emulated: Callable[..., Any],
) -> None:
    served = emulated()
    extraction = extraction_of(served.client, choice=Choice(also=frozenset(row.name for row in BY_CHOICE)))
    found = {endpoint.name: len(read(extraction, endpoint.name)) for endpoint in BY_CHOICE}
    assert {name: rows for name, rows in found.items() if rows} == {
        "offers": 7, "terms_of_payment": 2, "terms_of_delivery": 1, "modes_of_payment": 2, "units": 3, "price_lists": 2,
    }  # fmt: skip
    assert {result.status for result in extraction.log.results.values()} == {"complete"}
    assert [row.name for row in Choice(also=frozenset({"units"})).rows if row in BY_CHOICE] == ["units"]
    assert not set(BY_CHOICE) & set(Choice().rows)


def test_what_the_company_lives_without_is_not_asked_for(emulated: Callable[..., Any]) -> None:
    served = emulated()
    left_out = frozenset({"assets", "financial_years", "locked_period"})
    extraction = extraction_of(served.client, choice=Choice(without=left_out))
    assert extraction.locked_until() == ""
    for name in (*left_out, "vouchers"):
        assert read(extraction, name) == []
    assert {name: extraction.log.results[name].status for name in left_out} == dict.fromkeys(
        left_out, "left_out"
    )
    assert extraction.log.results["vouchers"].status == "not_licensed"
    assert served.server.stats()["total"] == 0


def test_every_folder_of_archive_and_inbox_is_walked(emulated: Callable[..., Any]) -> None:
    served = emulated()
    extraction = extraction_of(served.client)
    archived = [answer.record for answer in read(extraction, "archive_files")]
    assert {record["Id"] for record in archived} == {file.file_id for file in served.emulator.books.files}
    assert {record["FolderName"] for record in archived} == {"root", "Verifikationer"}
    waiting = {a.record["Name"]: a.record["FolderId"] for a in read(extraction, "inbox_files")}
    assert waiting == {"kvitto-parkering.jpg": "inbox_v", "faktura.pdf": "inbox_s"}
    (listing,) = extraction.log.results["inbox_files"].listings
    assert (listing.pages, listing.pages_stated) == (4, 4)


def test_a_folder_that_may_not_be_asked_for_leaves_its_surface_incomplete(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any
) -> None:
    folder = {"Id": "root", "Name": "root", "Files": [{"Id": "1", "Name": "a"}], "Folders": [{"Id": "email"}]}
    fortnox.get(api("archive")).respond(json={"Folder": folder})
    extraction = extraction_of(client)
    assert len(read(extraction, "archive_files")) == 1
    (listing,) = extraction.log.results["archive_files"].listings
    assert (listing.pages, listing.pages_stated) == (1, 2)


def test_customers_are_both_lists_and_tagged(emulated: Callable[..., Any]) -> None:
    answers = read(extraction_of(emulated().client), "customers")
    active = [answer for answer in answers if answer.added["active"]]
    assert 0 < len(active) < len(answers)
    assert len({answer.record["CustomerNumber"] for answer in answers}) == len(answers)


def test_a_customer_made_inactive_while_the_lists_are_read_is_counted_once(
    emulated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = emulated()
    customers = served.emulator.books.parties[Side.CUSTOMER]
    number = next(number for number, party in customers.items() if party.active)

    def leave() -> None:
        customers[number] = replace(customers[number], active=False)

    monkeypatch.setattr(served.emulator, "advance", leave)
    served.emulator.add_fault(Fault("changed_page", "/3/customers", after=1))
    extraction = extraction_of(served.client)
    assert len(read(extraction, "customers")) == len(customers)
    result = extraction.log.results["customers"]
    assert (result.rows, result.stated) == (len(customers), len(customers))


@pytest.mark.parametrize("surface", ["customer_payments", "supplier_payments"])
def test_details_are_fetched_only_where_the_list_cannot_say_enough(
    emulated: Callable[..., Any], surface: str
) -> None:
    served = emulated()
    answers = read(extraction_of(served.client), surface)
    for answer in answers:
        needed = answer.record["Currency"] != "SEK" or answer.record["WriteOffExist"]
        assert answer.detailed is answer.added["detail_fetched"] is bool(needed)
        assert ("AmountCurrency" in answer.record) is bool(needed)
    detailed = sum(answer.detailed for answer in answers)
    assert 0 < detailed < len(answers)
    assert served.client.requests[surface] == 1 + detailed


def test_vouchers_are_read_per_financial_year_by_its_id(emulated: Callable[..., Any]) -> None:
    extraction = extraction_of(emulated().client)
    years = {str(year["Id"]) for year in extraction.years()}
    assert {str(answer.record["Year"]) for answer in read(extraction, "vouchers")} == years
    only = extraction_of(extraction.client, financial_years=frozenset({"1"}))
    assert {str(answer.record["Year"]) for answer in read(only, "vouchers")} == {"1"}


@pytest.mark.parametrize("by_year", [True, False])
def test_voucher_series_come_once_whether_or_not_they_take_a_year(
    emulated: Callable[..., Any], by_year: bool
) -> None:
    answers = read(extraction_of(emulated(voucherseries_by_year=by_year).client), "voucher_series")
    keys = [(answer.record["Year"], answer.record["Code"]) for answer in answers]
    assert len(set(keys)) == len(keys) > 0


def test_open_years_and_only_they_say_the_next_number_of_their_series(emulated: Callable[..., Any]) -> None:
    served = emulated()
    extraction = extraction_of(served.client)
    locked_until = read(extraction, "locked_period")[0].record["EndDate"]
    open_years = {str(year["Id"]) for year in extraction.years() if year["ToDate"] > locked_until}
    answers = read(extraction, "voucher_series")
    numbered = {str(a.record["Year"]) for a in answers if "NextVoucherNumber" in a.record}
    assert numbered == open_years != {str(answer.record["Year"]) for answer in answers}
    highest = {}
    for voucher in read(extraction, "vouchers"):
        key = voucher.record["Year"], voucher.record["VoucherSeries"]
        highest[key] = max(highest.get(key, 0), voucher.record["VoucherNumber"])
    for answer in answers:
        if "NextVoucherNumber" in answer.record:
            key = answer.record["Year"], answer.record["Code"]
            assert answer.record["NextVoucherNumber"] == highest.get(key, 0) + 1


def test_a_series_detail_of_another_year_or_refused_leaves_the_next_number_unknown(
    emulated: Callable[..., Any],
) -> None:
    served = emulated(voucherseries_by_year=False)
    extraction = extraction_of(served.client)
    served.emulator.add_fault(Fault("forbidden", "/3/voucherseries/A", times=None))
    numbers = {
        a.record["Code"]: a.record.get("NextVoucherNumber") for a in read(extraction, "voucher_series")
    }
    assert numbers["A"] is None
    assert numbers["B"] > 1


def test_files_are_read_per_year_and_years_whose_id_contains_the_asked_one_are_told_apart(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any, listing_answer: Any
) -> None:
    def file(year: int) -> dict[str, Any]:
        return {"VoucherYear": year, "VoucherSeries": "A", "VoucherNumber": "1", "FileId": f"f{year}"}

    years = [{"Id": 1}, {"Id": 11}]
    fortnox.get(api("financialyears")).mock(return_value=listing_answer("FinancialYears", years, total=2))
    answers = {
        "1": listing_answer("VoucherFileConnections", [file(1), file(11)], total=2),
        "11": listing_answer("VoucherFileConnections", [file(11)], total=1),
    }
    for year, answer in answers.items():
        fortnox.get(api("voucherfileconnections"), params={"voucheryear": year}).mock(return_value=answer)
    extraction = extraction_of(client)
    assert [a.record["FileId"] for a in read(extraction, "voucher_files")] == ["f1", "f11"]
    result = extraction.log.results["voucher_files"]
    assert (result.rows, result.stated) == (2, 2)


@pytest.mark.parametrize("status", [403, 400])
def test_a_missing_licence_is_a_status_of_its_surface(emulated: Callable[..., Any], status: int) -> None:
    served = emulated(licence_missing=frozenset({"supplierinvoices"}), licence_status=status)
    extraction = extraction_of(served.client)
    assert list(extraction.chunks(BY_NAME["supplier_invoices"], {"rows": 5})) == []
    result = extraction.log.results["supplier_invoices"]
    assert (result.status, result.rows, result.requests) == ("not_licensed", 0, 1)
    assert "'supplierinvoice'" in result.why
    assert len(read(extraction, "suppliers")) > 0


def test_without_bookkeeping_the_surfaces_per_year_are_not_licensed_either(
    emulated: Callable[..., Any],
) -> None:
    served = emulated(licence_missing=frozenset({"financialyears"}))
    extraction = extraction_of(served.client)
    for surface in ("financial_years", "accounts", "vouchers"):
        read(extraction, surface)
        assert extraction.log.results[surface].status == "not_licensed"


@pytest.mark.parametrize("kind", ["drop_row", "duplicate_row", "empty_page"])
def test_a_listing_that_stays_wrong_is_incomplete(emulated: Callable[..., Any], kind: str) -> None:
    served = emulated()
    served.emulator.add_fault(Fault(kind, "/3/invoices", times=None))
    extraction = extraction_of(served.client)
    with pytest.raises(Incomplete, match="invoices"):
        read(extraction, "customer_invoices")
    assert extraction.log.results["customer_invoices"].status == "not_read"


@pytest.mark.parametrize(
    "kind", ["drop_row", "duplicate_row", "server_error", "reset", "truncated", "rate_limited"]
)
def test_trouble_that_passes_loses_nothing(emulated: Callable[..., Any], kind: str) -> None:
    undisturbed = read(extraction_of(emulated().client), "customer_invoices")
    served = emulated()
    served.emulator.add_fault(Fault(kind, "/3/invoices"))
    assert read(extraction_of(served.client), "customer_invoices") == undisturbed
    assert served.client.requests["customer_invoices"] == 2


def test_books_that_change_between_pages_are_read_again(emulated: Callable[..., Any]) -> None:
    served = emulated(largest_page_size=100)
    served.emulator.add_fault(Fault("changed_page", "/3/vouchers", after=2))
    answers = read(extraction_of(served.client), "vouchers")
    assert len(answers) == len(read(extraction_of(served.client), "vouchers"))


@pytest.mark.parametrize("kind", ["html", "garbage", "missing_wrapper", "redirect", "forbidden"])
def test_every_kind_of_nonsense_ends_in_an_error_of_the_tree(emulated: Callable[..., Any], kind: str) -> None:
    served = emulated()
    served.emulator.add_fault(Fault(kind, "/3/settings/lockedperiod", times=None))
    extraction = extraction_of(served.client)
    if kind == "forbidden":
        assert read(extraction, "locked_period") == []
        return
    with pytest.raises(FortnoxError) as caught:
        read(extraction, "locked_period")
    assert caught.value.exit == 3


def test_a_token_that_dies_in_mid_run_is_renewed(emulated: Callable[..., Any]) -> None:
    served = emulated()
    extraction = extraction_of(served.client)
    read(extraction, "company_information")
    served.emulator.pass_time(3700)
    assert len(read(extraction, "suppliers")) > 0
    assert served.server.stats()["tokens"] == 2


SUPPLIERS_GONE = {
    "MetaInformation": {"@TotalResources": 0, "@TotalPages": 0, "@CurrentPage": 1},
    "Suppliers": [],
}


@pytest.mark.parametrize(("before", "believed"), [(9, True), (10, False)])
def test_a_list_that_is_suddenly_empty_is_not_believed(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any, before: int, believed: bool
) -> None:
    fortnox.get(api("suppliers")).respond(json=SUPPLIERS_GONE)
    state = {"rows": before}
    if believed:
        assert read(extraction_of(client), "suppliers", state) == []
        assert state == {"rows": 0}
        return
    with pytest.raises(UnexpectedResponse, match="run with --full"):
        read(extraction_of(client), "suppliers", state)
    assert read(extraction_of(client, accept_empty=True), "suppliers", state) == []


def test_an_empty_surface_still_gives_a_first_chunk(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any
) -> None:
    fortnox.get(api("suppliers")).respond(json=SUPPLIERS_GONE)
    (chunk,) = extraction_of(client).chunks(BY_NAME["suppliers"], {})
    assert chunk.first
    assert list(chunk.answers) == []


def test_a_filter_that_did_not_filter_is_caught(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any, listing_answer: Any
) -> None:
    fortnox.get(api("financialyears")).mock(
        return_value=listing_answer("FinancialYears", [{"Id": 2}], total=1)
    )
    fortnox.get(api("accounts")).mock(
        return_value=listing_answer("Accounts", [{"Number": 1510, "Year": 1}], total=1)
    )
    with pytest.raises(UnexpectedResponse, match="asked for financial year 2"):
        read(extraction_of(client), "accounts")


def test_the_detail_of_another_payment_is_refused(
    client: FortnoxClient, fortnox: respx.MockRouter, api: Any, listing_answer: Any
) -> None:
    payment = {"Number": 7, "Currency": "EUR", "WriteOffExist": False}
    fortnox.get(api("invoicepayments")).mock(
        return_value=listing_answer("InvoicePayments", [payment], total=1)
    )
    fortnox.get(api("invoicepayments/7")).respond(json={"InvoicePayment": {"Number": 8}})
    with pytest.raises(UnexpectedResponse, match="another payment"):
        read(extraction_of(client), "customer_payments")


@pytest.mark.parametrize("name", ["", "a;b", "a{b}"])
def test_a_company_id_that_would_break_sql_is_refused(client: FortnoxClient, name: str) -> None:
    with pytest.raises(SetupError):
        Extraction(client, name, extraction_of(client).log)
