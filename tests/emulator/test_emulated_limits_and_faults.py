"""The rate limit on a clock of its own, and scripted trouble, each exactly as often as scripted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fortnox_emulator import Emulator, Fault, Switches
from fortnox_emulator.faults import KINDS
from fortnox_emulator.limiter import SlidingWindow
from fortnox_emulator.traffic import busiest


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_25_pass_and_the_26th_waits_for_the_first_to_leave_the_window() -> None:
    clock = Clock()
    window = SlidingWindow(clock, 25, 5.0)
    for _ in range(25):
        assert window.admit("client") is None
        clock.now += 0.1
    wait = window.admit("client")
    assert wait == pytest.approx(2.5)
    assert window.admit("another tenant") is None
    clock.now += wait
    assert window.admit("client") is None


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=120), st.booleans())
def test_no_window_ever_admits_more_than_allowed(gaps: list[int], count_rejected: bool) -> None:
    clock = Clock()
    window = SlidingWindow(clock, 5, 4.0, count_rejected=count_rejected)
    admitted = []
    for gap in gaps:
        clock.now += gap / 1000
        if window.admit("client") is None:
            admitted.append(clock.now)
    assert busiest(admitted, 4.0) <= 5


def test_the_26th_request_in_five_seconds_is_refused(connect: Callable[..., Any]) -> None:
    clock = Clock()
    api = connect(clock=clock)
    assert [api.get("settings/lockedperiod").status_code for _ in range(25)] == [200] * 25
    refused = api.get("settings/lockedperiod")
    assert refused.status_code == 429
    assert "retry-after" not in refused.headers
    api.emulator.switches.retry_after = True
    api.emulator.switches.rate_limit_body = False
    refused = api.get("settings/lockedperiod")
    assert (refused.headers["retry-after"], refused.content) == ("6", b"")
    clock.now += 5
    assert api.get("settings/lockedperiod").status_code == 200
    stats = api.emulator.stats()
    assert (stats["total"], stats["rate_limited"], stats["busiest_window"]) == (28, 2, 25)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("server_error", status=503), 503),
        (Fault("rate_limited", seconds=3), 429),
        (Fault("unauthorized"), 401),
        (Fault("forbidden"), 403),
        (Fault("html"), 200),
        (Fault("garbage"), 200),
        (Fault("half_body"), 200),
        (Fault("redirect"), 302),
    ],
)
def test_whole_answers_are_replaced(connect: Callable[..., Any], fault: Fault, status: int) -> None:
    api = connect()
    api.emulator.add_fault(fault)
    answer = api.get("customers")
    assert answer.status_code == status
    if status == 200:
        with pytest.raises(ValueError, match=r"."):
            json.loads(answer.content)
    assert api.get("customers").status_code == 200, "it happens once"


@pytest.mark.parametrize(
    ("kind", "error"), [("reset", httpx.ReadError), ("truncated", httpx.RemoteProtocolError)]
)
def test_connections_break(connect: Callable[..., Any], kind: str, error: type[Exception]) -> None:
    api = connect()
    api.emulator.add_fault(Fault(kind, "/3/customers"))
    with pytest.raises(error):
        api.get("customers")
    assert api.get("customers").status_code == 200


@pytest.mark.parametrize("kind", ["drip", "drip_head"])
def test_answers_drip_byte_by_byte_and_are_whole_in_the_end(connect: Callable[..., Any], kind: str) -> None:
    api = connect()
    good = api.get("settings/lockedperiod")
    api.emulator.add_fault(Fault(kind, "/3/settings"))
    dripped = api.get("settings/lockedperiod")
    assert (dripped.status_code, dripped.content) == (200, good.content)
    assert api.emulator.stats()["faults"] == {kind: 1}
    assert api.get("settings/lockedperiod").content == good.content, "the next answer comes at once"


def test_a_dripping_token_is_a_token(connect: Callable[..., Any]) -> None:
    api = connect()
    api.emulator.add_fault(Fault("drip", "/oauth-v1/"))
    form = {"grant_type": "refresh_token", "refresh_token": api.emulator.tokens.refresh_token()}
    assert "access_token" in api.ask_token(form).json()


def test_lists_are_falsified_without_their_totals_noticing(connect: Callable[..., Any]) -> None:
    api = connect()
    good = api.json("suppliers", limit=5)
    for kind, count in {"drop_row": 4, "duplicate_row": 6, "empty_page": 0}.items():
        api.emulator.add_fault(Fault(kind, "/3/suppliers"))
        bad = api.json("suppliers", limit=5)
        assert len(bad["Suppliers"]) == count
        assert bad["MetaInformation"] == good["MetaInformation"]
    api.emulator.add_fault(Fault("missing_wrapper", "/3/suppliers"))
    assert "Suppliers" not in api.json("suppliers")
    api.emulator.add_fault(Fault("wrong_type", "/3/supplierinvoices"))
    assert api.json("supplierinvoices")["SupplierInvoices"][0]["Total"] == {"value": "abc"}
    assert api.json("suppliers", limit=5) == good


def test_a_fault_waits_its_turn_and_keeps_to_its_path(connect: Callable[..., Any]) -> None:
    api = connect()
    api.emulator.add_fault(Fault("server_error", "/3/vouchers", times=2, after=1))
    assert [api.get("vouchers").status_code for _ in range(4)] == [200, 500, 500, 200]
    api.emulator.add_fault(Fault("server_error", "/oauth-v1/", times=None))
    refresh = api.emulator.tokens.refresh_token()
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert api.ask_token(form).status_code == 500
    api.emulator.clear_faults()
    assert api.ask_token(form).status_code == 200, "a failing token endpoint did not use up the token"


def test_a_page_can_change_under_the_reader(connect: Callable[..., Any]) -> None:
    api = connect()
    before = api.emulator.today
    api.emulator.add_fault(Fault("changed_page", "/3/invoices", times=3))
    for _ in range(3):
        api.get("invoices")
    assert (api.emulator.today - before).days == 3


def test_a_consent_can_be_revoked_and_narrowed_while_serving(connect: Callable[..., Any]) -> None:
    api = connect()
    assert api.http.post("/_emulator/switches", json={"consent": False}).status_code == 200
    refused = api.ask_token({"grant_type": "client_credentials"}, TenantId=api.emulator.tenant_id)
    assert refused.json()["error"] == "invalid_grant"
    api.emulator.set_switches({"consent": True, "granted_scopes": ["invoice"]})
    api.sign_in()
    assert (api.get("invoices").status_code, api.get("customers").status_code) == (200, 403)
    api.emulator.set_switches({"granted_scopes": None})
    api.sign_in()
    assert api.get("customers").status_code == 200


def test_the_control_plane_steers_from_outside(connect: Callable[..., Any]) -> None:
    api = connect()
    assert api.http.post("/_emulator/advance", json={"nights": 2}).json() == {"today": "2026-10-02"}
    assert api.http.post("/_emulator/clock", json={"seconds": 4000}).status_code == 200
    assert api.get("customers").status_code == 401
    api.sign_in()
    assert (
        api.http.post("/_emulator/faults", json=[{"kind": "html", "path_prefix": "/3/me"}]).status_code == 200
    )
    assert api.get("me").text.startswith("<html>")
    assert api.http.post("/_emulator/plant", json={"id": "ar_manual_voucher"}).status_code == 200
    checks = [finding["check"] for finding in api.emulator.truth()["findings"]]
    assert checks == ["ar_tie_out", "manual_control_vouchers"]
    assert api.http.post("/_emulator/faults", json={"kind": "unheard of"}).status_code == 400
    assert api.http.post("/_emulator/nothing").status_code == 400
    renumbered = {"side": "supplier", "number": "1", "to": "901"}
    assert api.http.post("/_emulator/renumber", json=renumbered).status_code == 200
    assert api.http.post("/_emulator/renumber", json=renumbered).status_code == 400
    assert {row["SupplierNumber"] for row in api.json("suppliers")["Suppliers"]} > {"901"}
    assert api.http.post("/_emulator/switches", json={"licence_missing": ["suppliers"]}).status_code == 200
    assert api.get("suppliers").status_code == 403
    refused = api.http.post("/_emulator/switches", json={"wings": True})
    assert (refused.status_code, refused.json()) == (400, {"error": "unknown switches: wings"})
    stats = api.http.get("/_emulator/stats").json()
    assert stats["paths"]["/3/me"] == 1
    assert stats["faults"] == {"html": 1}
    assert stats["tokens"] == 2


def test_every_fault_is_described_and_unknown_ones_refused() -> None:
    assert all(KINDS.values())
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("earthquake")
    with pytest.raises(ValueError, match="unknown fault fields: often"):
        Fault.from_json({"kind": "reset", "often": 3})


@pytest.mark.parametrize(
    ("switch", "names", "said"),
    [
        ("licence_missing", ["supplier_invoices"], "no such thing as supplier_invoices; known: .*supplierinvoices"),
        ("capped_at_100", ["customer_payments"], "no such thing as customer_payments; known: .*invoicepayments"),
        ("no_right", ["customer_invoices.Total"], "no such thing as customer_invoices; known: .*, invoices, "),
        ("granted_scopes", ["invoices"], "no such thing as invoices; known: .*, invoice, "),
        ("no_such_route", "projects", "not a list of names"),
    ],
)  # fmt: skip
def test_a_switch_about_what_does_not_exist_is_refused(switch: str, names: Any, said: str) -> None:
    emulator = Emulator(switches=Switches(no_right=frozenset({"invoices.Total"})))
    with pytest.raises(ValueError, match=f"^{switch}: {said}"):
        emulator.set_switches({switch: names})
    assert getattr(emulator.switches, switch) == getattr(
        Switches(no_right=frozenset({"invoices.Total"})), switch
    )
    if not isinstance(names, str):
        with pytest.raises(ValueError, match=f"^{switch}: {said}"):
            Emulator(switches=Switches(**{switch: frozenset(names)}))


def test_latency_delays_the_answer_not_the_count(connect: Callable[..., Any]) -> None:
    api = connect(switches=Switches(latency=0.05))
    answer = api.get("customers")
    assert answer.elapsed.total_seconds() >= 0.05
