"""`tieout doctor`: what works, what does not, what each missing scope or licence costs, and what to do about it."""

from __future__ import annotations

import importlib
import time
from dataclasses import replace

import pytest

command = importlib.import_module("tieout.commands.doctor")
TENANT = 'tenant_id = "1200003"'


@pytest.fixture
def patient(user, monkeypatch: pytest.MonkeyPatch):
    """A connected company, looked at without waiting for the rate limit."""
    configured = command.fortnox_access_of

    def unpaced(*arguments, **options):
        source = configured(*arguments, **options)
        return replace(source, settings=replace(source.settings, window_requests=10**6))

    monkeypatch.setattr(command, "fortnox_access_of", unpaced)
    user.emulator.tokens.consent = True
    user.configure(TENANT)
    return user


def test_all_is_well(patient) -> None:
    code, out, err = patient.run("doctor")
    assert (code, err) == (0, "")
    assert "ok    connection: service account; there is no token to lose" in out
    assert "ok    customer_invoices: readable" in out
    assert "ok    assets: left out by the configuration" in out
    assert "bad" not in out


def test_a_missing_licence_is_told_once_with_what_it_costs_and_what_it_takes(patient) -> None:
    patient.emulator.set_switches({"licence_missing": ["invoicepayments", "supplierinvoicepayments"]})
    code, out, _ = patient.run("doctor", "acme")
    assert code == 3
    assert (
        "bad   scope payment: refused; costs customer_payments, supplier_payments (invoicepayments (403"
        in out
    )
    assert "does not cover it: it takes Bokföring, Order or Kundfaktura; or add" in out
    assert 'or add "customer_payments", "supplier_payments" to companies.acme.without' in out
    assert out.count("bad") == 1


def test_a_scope_nobody_consented_to_is_asked_for_again(patient) -> None:
    patient.emulator.tokens.scopes -= {"supplierinvoice"}
    code, out, _ = patient.run("doctor", "acme")
    assert code == 3
    assert "bad   scope supplierinvoice: not consented to; costs supplier_invoices (" in out
    assert "connect again, which asks for it: tieout connect acme; or add" in out


def test_a_chosen_surface_that_is_refused_is_not_chosen_any_more(patient) -> None:
    """`without` is for what is read every night."""
    patient.configure(f'{TENANT}\nalso = ["offers", "orders", "units"]')
    patient.emulator.tokens.scopes -= {"offer"}
    patient.emulator.set_switches({"licence_missing": ["orders", "customers"]})
    code, out, _ = patient.run("doctor", "acme")
    assert code == 3
    assert "configuration: tieout.toml, 1 company\n" in out
    assert 'tieout connect acme; or take "offers" out of companies.acme.also\n' in out
    assert 'or take "orders" out of companies.acme.also\n' in out
    assert 'or add "customers" to companies.acme.without: ' in out
    assert "ok    units: readable" in out


@pytest.mark.parametrize(
    ("days", "exit_code", "says"),
    [
        (3, 0, "refresh token 3 days old; expires in 42 days unless a run renews it"),
        (45, 3, "refresh token 45 days old; it has expired"),
    ],
)
def test_a_refresh_token_has_an_age(
    patient, days: int, exit_code: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient.configure(f'{TENANT}\nconnection = "refresh"')
    patient.store.write(patient.emulator.tokens.refresh_token())
    now = time.time()
    monkeypatch.setattr(command, "time", type("Later", (), {"time": lambda: now + days * 86_400 + 60}))
    code, out, _ = patient.run("doctor", "acme")
    assert (code, says in out) == (exit_code, True), out


def test_no_stored_token_is_not_connected(patient) -> None:
    patient.configure(f'{TENANT}\nconnection = "refresh"')
    code, out, _ = patient.run("doctor", "acme")
    assert code == 3
    assert (
        "bad   connection: refresh token; none is stored\n      connect the company: tieout connect acme"
        in out
    )
