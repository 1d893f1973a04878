"""``tieout connect``: a real browser's way over loopback, and one message for every way it can go wrong."""

from __future__ import annotations

import importlib
import io
import os
import re
import socket
from concurrent.futures import Future
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from fortnox_emulator import Fault
from pipelines.fortnox.endpoints import BY_NAME
from tieout.callback_server import waiting_for_callback
from tieout.settings import read_settings
from tieout.sources import fortnox_source_of

command = importlib.import_module("tieout.commands.connect")


def test_a_service_account_is_connected_proven_and_nothing_is_kept(user) -> None:
    code, out, err = user.connect("acme")
    assert (code, err) == (0, "")
    name = user.emulator.books.profile.name
    assert f"Connected. acme is {name}, {user.emulator.books.profile.corporate_id}, tenant 1200003." in out
    assert 'Write in tieout.toml:\n\n[companies.acme]\ntenant_id = "1200003"\n' in out
    assert "connection =" not in out
    assert (user.page.status_code, name in user.told) == (200, True)
    assert user.page.headers["cache-control"] == "no-store"
    assert not (user.folder / "books").exists()
    assert user.emulator.tokens.consent


def test_scopes_are_those_of_the_surfaces_that_are_not_left_out(user) -> None:
    asked: list[str] = []
    user.connect("acme", browse=lambda address: (asked.append(address), user.browse(address)))
    scopes = httpx.URL(asked[0]).params["scope"].split()
    assert {"companyinformation", "bookkeeping", "invoice", "payment", "connectfile"} <= set(scopes)
    assert "assets" not in scopes
    assert len(scopes) == len(set(scopes))


def test_mode_refresh_keeps_the_token_sealed_and_says_what_to_write(user) -> None:
    code, out, err = user.connect("acme", "--mode", "refresh")
    assert (code, err) == (0, "")
    assert '[companies.acme]\ntenant_id = "1200003"\nconnection = "refresh"\n' in out
    token = user.store.read()
    assert token
    assert token not in out
    assert token.encode() not in user.store.path.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in user.store.path.parent.iterdir()} == {0o600}
    user.configure(company='tenant_id = "1200003"\nconnection = "refresh"')
    with fortnox_source_of(read_settings(Path("tieout.toml")), "acme", os.environ).connect() as client:
        assert str(client.one(BY_NAME["company_information"])["DatabaseNumber"]) == "1200003"
    assert user.store.read() != token, "used, and rotated"


def refuse_state(user, address: str) -> None:
    user.browse(re.sub(r"state=acme\.", "state=umbrella.", address))


def answer_twice(user, address: str) -> None:
    """Use the code elsewhere before the terminal gets it."""
    back = httpx.URL(user.callback(address))
    form = {
        "grant_type": "authorization_code",
        "code": back.params["code"],
        "redirect_uri": user.redirect,
    }
    auth = (user.emulator.client_id, user.emulator.client_secret)
    httpx.post(f"{user.base_url}/oauth-v1/token", data=form, auth=auth)
    user.page = httpx.get(back)


def let_the_code_expire(user, address: str) -> None:
    back = user.callback(address)
    user.emulator.pass_time(601)
    user.page = httpx.get(back)


def come_from_another_redirect(user, address: str) -> None:
    """The consent is asked for with one redirect address and exchanged with another."""
    other = address.replace("%2Fcallback", "%2Felsewhere")
    user.page = httpx.get(user.callback(other).replace("/elsewhere", "/callback"))


WRONG = {
    "the user refuses": ({"user_agrees": False}, None, None, 3, "not given (access_denied); nothing was stored"),
    "a state of somebody else's": ({}, None, refuse_state, 3, "its state is not ours"),
    "a code used twice": ({}, None, answer_twice, 3, "it was used before"),
    "an expired code": ({}, None, let_the_code_expire, 3, "older than ten minutes"),
    "another redirect address": ({}, None, come_from_another_redirect, 3, "redirect_uri is not the one registered"),
    "a scope that is not ticked": ({}, None, None, 4, "(invalid_scope); tick these scopes"),
    "no service accounts": ({"service_accounts": False}, None, None, 4, "--mode refresh"),
    "the token server is down": ({}, Fault("server_error", "/oauth-v1/token", times=None), None, 3, "run again later"),
    "the new token is refused": (
        {}, Fault("unauthorized", "/3/companyinformation", times=None), None, 3, "the token it has just given"
    ),
    "the token server hangs up": ({}, Fault("reset", "/oauth-v1/token", times=None), None, 3, "connection broke"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *((name, "service") for name in sorted(WRONG)),
        *((name, "refresh") for name in sorted(WRONG.keys() - {"no service accounts"})),
    ],
)
def test_what_goes_wrong_is_one_message_in_terminal_and_browser_and_nothing_is_stored(
    user, name: str, mode: str
) -> None:
    switches, fault, browse, exit_code, says = WRONG[name]
    user.emulator.set_switches(switches)
    if fault:
        user.emulator.add_fault(fault)
    if name == "a scope that is not ticked":
        user.emulator.tokens.scopes = frozenset({"invoice"})
    code, _, err = user.connect(
        "acme", "--mode", mode, browse=browse and (lambda address: browse(user, address))
    )
    assert (code, says in err) == (exit_code, True), err
    assert err.count("\n") == 1
    assert says in user.told
    assert user.page.status_code == 400
    assert not (user.folder / "books").exists()
    assert user.emulator.client_secret not in err + user.told


def test_a_wrong_client_secret_is_configuration(user, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", "not-the-secret")
    code, out, err = user.connect("acme", "--mode", "refresh")
    assert (code, "check client_id, client_secret" in err) == (4, True)
    assert "not-the-secret" not in out + err
    assert not (user.folder / "books").exists()


def test_another_company_than_the_configured_one_is_not_connected(user) -> None:
    user.configure(company='tenant_id = "999"')
    code, _, err = user.connect("acme", "--mode", "refresh")
    assert (code, "the consent is for tenant 1200003" in err) == (4, True)
    assert not (user.folder / "books").exists()


def test_an_administrator_of_nothing_gives_no_service_account(user, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_service(address: str) -> None:
        user.browse(address.replace("&account_type=service", ""))

    code, _, err = user.connect("acme", browse=without_service)
    assert (code, "not to a service account" in err) == (3, True), err


def test_nobody_answers(user) -> None:
    code, _, err = user.connect("acme", "--timeout", "0", browse=lambda _: None)
    assert (code, err) == (
        3,
        "tieout: acme: no answer within 0 seconds; nothing was stored, connect again.\n",
    )


def test_a_taken_port_is_told_before_any_consent(user) -> None:
    with socket.create_server(("127.0.0.1", httpx.URL(user.redirect).port)):
        code, out, err = user.connect("acme")
    assert (code, out) == (4, "")
    assert "redirect_uri: cannot listen at 127.0.0.1:" in err


@pytest.mark.parametrize("cancelled", [False, True], ids=["answered before", "no longer waited for"])
def test_the_callback_server_deals_with_one_answer_at_its_own_address(user, cancelled: bool) -> None:
    settled: list[str] = []

    def settle(query: str) -> str:
        settled.append(query)
        return "acme <is> connected"

    with waiting_for_callback(user.redirect, settle) as outcome:
        assert httpx.get(user.redirect.replace("/callback", "/favicon.ico")).status_code == 404
        if cancelled:
            assert outcome.cancel()
        else:
            assert "acme &lt;is&gt; connected" in httpx.get(f"{user.redirect}?code=1").text
            assert outcome.result() == "acme <is> connected"
        assert httpx.get(f"{user.redirect}?code=2").status_code == 409
    assert settled == ([] if cancelled else ["code=1"])
    with pytest.raises(httpx.ConnectError):
        httpx.get(user.redirect)


def test_an_answer_that_came_in_time_is_waited_for() -> None:
    class Arriving(Future[str]):
        """The answer is being dealt with when the time is up."""

        def cancel(self) -> bool:
            self.set_result("connected")
            return False

    assert command._wait(Arriving(), "acme", 0) == "connected"


def test_a_headless_machine_is_given_the_address_the_browser_ended_at(
    user, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = user.connect("acme", "--mode", "refresh", "--no-browser", "--timeout", "0")
    assert code == 3
    (address,) = re.findall(r"^http\S+$", out, re.MULTILINE)
    (told,) = re.findall(r"`tieout (.+)`", out)
    monkeypatch.setattr("sys.stdin", io.StringIO(user.callback(address) + "\n"))
    code, out, err = user.run(*told.split())
    assert (code, err) == (0, "")
    assert user.store.read()


def test_a_pasted_answer_is_believed_only_in_its_own_mode(user) -> None:
    _, out, _ = user.connect("acme", "--mode", "refresh", "--no-browser", "--timeout", "0")
    back = user.callback(re.findall(r"^http\S+$", out, re.MULTILINE)[0])
    code, _, err = user.connect("acme", "--callback-url", back)
    assert (code, "is of acme in mode refresh, not of acme in mode service" in err) == (3, True), err


@pytest.mark.parametrize(
    "pasted",
    [
        "https://apps.fortnox.se/?code=1",
        "{redirect}/else?code=1",
        "{redirect}?code=\udcff",
        "http://[::1/callback",
        "",
    ],
)
def test_what_is_pasted_must_be_the_redirect_address(user, pasted: str) -> None:
    code, _, err = user.connect("acme", "--callback-url", pasted.format(redirect=user.redirect))
    assert (code, "paste the whole address" in err) == (3, True)


@pytest.mark.parametrize(
    "redirect",
    [
        "http://tieout.example/callback",
        "http://127.0.0.1:99999/callback",
        "nonsense",
        "https://a:b@c.example",
    ],
)
def test_a_consent_is_never_sent_over_the_network_in_the_clear(user, redirect: str) -> None:
    user.configure(redirect=redirect)
    code, out, err = user.connect("acme")
    assert (code, out) == (4, "")
    assert err.startswith(
        "tieout: fortnox.redirect_uri: a consent's code can only be sent to an https address"
    )


def test_a_redirect_address_elsewhere_prints_what_to_open(user) -> None:
    user.configure(redirect="https://tieout.example/callback")
    code, _, err = user.connect("acme")
    assert code == 4
    assert f"{user.base_url}/oauth-v1/auth?client_id=" in err
    assert "--callback-url -" in err


def test_mode_refresh_wants_a_key_first(user, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "short")
    assert user.connect("acme", "--mode", "refresh")[0::2] == (
        4,
        "tieout: The token key is not a Fernet key (32 bytes in URL-safe base64); make one and connect again.\n",
    )
    monkeypatch.delenv("TEST_KEY")
    code, _, err = user.connect("acme", "--mode", "refresh")
    assert (code, "environment variable TEST_KEY is not set" in err) == (4, True)
    code, out, _ = user.connect("--make-key")
    assert code == 0
    Fernet(out.strip())


def test_which_company_is_a_question_of_usage(user) -> None:
    assert user.connect()[0] == 2
    assert "companies there: acme" in user.connect("umbrella")[2]
