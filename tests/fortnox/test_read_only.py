"""Read-only by construction: nothing but GETs of the endpoint table and the token POST reaches a socket."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx
import pytest

from pipelines.fortnox.client import ClientSettings, ForbiddenRequest, FortnoxClient, ReadOnlyTransport
from pipelines.fortnox.endpoints import BY_NAME, ENDPOINTS, allows
from pipelines.fortnox.endpoints_by_choice import BY_CHOICE
from pipelines.fortnox.endpoints_by_record import WITHIN_BUDGET
from pipelines.fortnox.errors import SetupError
from pipelines.fortnox.schema import TABLES
from pipelines.fortnox.tokens import ClientCredentials

OPENAPI = Path(__file__).parents[2] / "../shared/reference/fortnox"
METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS")
API = httpx.URL("https://api.fortnox.example")
TOKEN = httpx.URL("https://apps.fortnox.example/oauth-v1/token")

FILE_ID = "0a1b2c3d-0000-4000-8000-000000000001"
#: What a path below one of these ends in; digits elsewhere.
KEYS = {"archive": FILE_ID, "inbox": "inbox_v"}
#: Every path of the official description that may be read, as it writes them.
READABLE = {
    "/3/companyinformation", "/3/settings/lockedperiod", "/3/financialyears", "/3/accounts",
    "/3/predefinedaccounts", "/3/voucherseries", "/3/vouchers", "/3/invoices", "/3/invoicepayments",
    "/3/invoicepayments/{Number}", "/3/supplierinvoices", "/3/supplierinvoicepayments",
    "/3/supplierinvoicepayments/{Number}", "/3/customers", "/3/suppliers", "/3/sie/{Type}",
    "/3/settings/company", "/3/accountcharts", "/3/predefinedvoucherseries", "/3/voucherseries/{Code}",
    "/3/costcenters", "/3/projects", "/3/articles", "/3/currencies", "/3/assets", "/3/voucherfileconnections",
    "/3/supplierinvoicefileconnections",
    "/3/vouchers/{VoucherSeries}/{VoucherNumber}", "/3/accounts/{Number}", "/3/invoices/{DocumentNumber}",
    "/3/supplierinvoices/{GivenNumber}", "/3/customers/{CustomerNumber}", "/3/suppliers/{SupplierNumber}",
    "/3/archive", "/3/archive/{id}", "/3/inbox", "/3/inbox/{Id}",
    # By choice.
    "/3/offers", "/3/orders", "/3/contracts", "/3/contracttemplates", "/3/contractaccruals", "/3/invoiceaccruals",
    "/3/supplierinvoiceaccruals", "/3/termsofpayments", "/3/termsofdeliveries", "/3/wayofdeliveries",
    "/3/modesofpayments", "/3/units", "/3/labels", "/3/pricelists", "/3/printtemplates",
    "/3/articlefileconnections", "/3/articleurlconnections", "/3/assetfileconnections", "/3/assets/types",
}  # fmt: skip


class NoSocket(httpx.BaseTransport):
    """Stands where the socket would be and answers 200."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})


@pytest.fixture
def guard() -> ReadOnlyTransport:
    return ReadOnlyTransport(NoSocket(), API, TOKEN)


def passes(guard: ReadOnlyTransport, method: str, url: httpx.URL) -> bool:
    try:
        guard.handle_request(httpx.Request(method, url))
    except ForbiddenRequest:
        return False
    return True


@pytest.mark.skipif(not OPENAPI.is_dir(), reason="the official descriptions are not beside this repository")
def test_of_the_whole_official_description_exactly_the_table_passes(guard: ReadOnlyTransport) -> None:
    """Every path with every method, whether the description has it or not."""
    operations = {
        (method.upper(), path)
        for file in ("openapi-2026-02.json", "openapi-2026-04.json")
        for path, methods in json.loads((OPENAPI / file).read_text(encoding="utf-8"))["paths"].items()
        for method in methods
    }
    passed = set()
    for path in {path for _, path in operations}:
        for method in METHODS:
            filled = re.sub(r"\{\w+\}", KEYS.get(path.split("/")[2], "4"), path)
            if passes(guard, method, API.copy_with(path=filled)):
                assert (method, path) in operations
                assert method == "GET"
                passed.add(re.sub(r"\{(sie)?type\}", "{Type}", path, flags=re.IGNORECASE))
    assert len(operations) > 350
    assert {re.sub(r"\{\w+\}", "{}", p) for p in passed} == {re.sub(r"\{\w+\}", "{}", p) for p in READABLE}


@pytest.mark.parametrize(
    "path",
    [
        "/3/invoices/17/email", "/3/invoices/17/print", "/3/invoices/17/printreminder", "/3/invoices/17/einvoice",
        "/3/invoices/17/eprint", "/3/invoices/17/preview", "/3/invoicepayments/17/bookkeep",
        "/3/invoicepayments/1/../../invoices/1/email", "/3/sie", "/3/sie/5", "/3/sie/4/x", "/oauth-v1/token", "/3/",
        "/3/invoicepayments/abc", "/3/voucherseries/email", "/3/voucherseries/A/1",
        "/3/voucherseries/A%2F1", "/4/invoices", "/3/INVOICES", "/3/invoices/", "/3/vouchers/A",
        "/3/vouchers/sublist/A", "/3/vouchers/a/1", "/3/vouchers/A/1/2", "/3/archive/email", "/3/archive/1",
        "/3/inbox/1", "/3/inbox/print", "/3/inbox/inbox_v/1", "/3/offers/1",
        "/3/assets/1", "/3/customers/email", "/3/customers/e-Mail", "/3/customers/1/2", "/3/customers/1a/email",
        "/3/customers/email/1", "/3/suppliers/-", "/3/accounts/A",
        f"/3/archive/{FILE_ID}/print",
    ],
)  # fmt: skip
def test_a_get_that_acts_or_is_not_in_the_table_is_refused(guard: ReadOnlyTransport, path: str) -> None:
    assert not passes(guard, "GET", API.copy_with(path=path))


@pytest.mark.parametrize("number", ["100", "ACME-1", "kund17", "17b", "ACME"])
def test_a_customer_or_supplier_may_have_a_number_of_letters(guard: ReadOnlyTransport, number: str) -> None:
    assert passes(guard, "GET", API.copy_with(path=f"/3/customers/{number}"))
    assert passes(guard, "GET", API.copy_with(path=f"/3/suppliers/{number}"))


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "get"])
def test_only_get_reads(method: str) -> None:
    assert not allows(method, "/3/invoices")


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("GET", "https://api.fortnox.example/3/invoices?page=2", True),
        ("POST", "https://apps.fortnox.example/oauth-v1/token", True),
        ("GET", "https://apps.fortnox.example/oauth-v1/token", False),
        ("POST", "https://apps.fortnox.example/oauth-v1/revoke", False),
        ("POST", "https://api.fortnox.example/oauth-v1/token", False),
        ("GET", "https://evil.example/3/invoices", False),
        ("GET", "http://api.fortnox.example/3/invoices", False),
        ("GET", "https://api.fortnox.example:8443/3/invoices", False),
    ],
)
def test_the_host_is_pinned(guard: ReadOnlyTransport, method: str, url: str, allowed: bool) -> None:
    assert passes(guard, method, httpx.URL(url)) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "http://api.fortnox.example",
        "ftp://api.fortnox.example",
        "api.fortnox.example",
        "https://user:word@api.fortnox.example",
        "https://api.fortnox.example:99999",
        "http://127.0.0.1.evil.example",
        "",
    ],
)
def test_an_address_that_is_not_https_is_a_setup_error(url: str, credentials: ClientCredentials) -> None:
    for settings in (ClientSettings(api_url=url), ClientSettings(token_url=url)):
        with pytest.raises(SetupError) as caught:
            FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None)
        assert caught.value.exit == 4
        assert "word" not in str(caught.value).split()


@pytest.mark.parametrize("path", ["/3/invoices/1/email", "/3/customers", "/", "", "/oauth-v1/revoke"])
def test_nothing_but_the_token_path_is_ever_posted_to(path: str, credentials: ClientCredentials) -> None:
    settings = ClientSettings(token_url=f"https://api.fortnox.example{path}")
    with pytest.raises(SetupError, match="token_url must end with /oauth-v1/token"):
        FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://api.x.se"]
)
def test_loopback_may_do_without_https(url: str, credentials: ClientCredentials) -> None:
    FortnoxClient(credentials, ClientSettings(api_url=url), clock=lambda: 0.0, sleep=lambda _: None).close()


def test_the_client_refuses_parameters_the_table_does_not_name(client: FortnoxClient) -> None:
    with pytest.raises(ForbiddenRequest, match="fromdate"):
        client.listing(BY_NAME["customer_payments"], fromdate="2026-01-01")


def test_every_row_of_the_table_is_whole() -> None:
    tables = {table.name for table in TABLES}
    filled = [name for endpoint in (*ENDPOINTS, *BY_CHOICE, *WITHIN_BUDGET) for name in endpoint.tables]
    assert sorted(filled) == sorted(tables)
    for endpoint in (*ENDPOINTS, *BY_CHOICE, *WITHIN_BUDGET):
        assert endpoint.sentence.endswith(".")
        assert endpoint.scope.islower()
        assert (endpoint.detail is None) == (endpoint.detail_wrapper == "")
