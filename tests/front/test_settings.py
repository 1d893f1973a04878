"""tieout.toml: every mistake gets one sentence that names the file and the key."""

from __future__ import annotations

import os
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.fortnox.endpoints import Choice
from pipelines.fortnox.endpoints_by_record import Budget
from tieout.settings import ReconciliationOverrides, SecretReference, SettingsError, read_settings
from tieout.sources import FortnoxSource, fortnox_source_of
from transforms.settings import Settings

GOOD = """
directory = "books"
[fortnox]
client_id = { env = "ID" }
client_secret = { file = "secret.txt" }
[reconciliation]
small_residue = "2.00"
[companies.acme]
tenant_id = "123456"
[companies.bolaget]
tenant_id = "234567"
customer_control_accounts = ["1510", "1512"]
[companies.bolaget.reconciliation]
small_residue = "5.00"
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "tieout.toml"


def test_the_example_in_the_repository_is_valid() -> None:
    settings = read_settings(Path(__file__).parents[2] / "tieout.example.toml")
    assert sorted(settings.companies) == ["acme", "bolaget"]


def test_a_company_inherits_what_it_does_not_say(written: Path) -> None:
    written.write_text(GOOD)
    settings = read_settings(written)
    assert settings.root == written.parent / "books"
    assert settings.reconciliation_for("acme", date(2026, 9, 30)).small_residue == Decimal("2.00")
    bolaget = settings.reconciliation_for("bolaget", date(2026, 9, 30))
    assert bolaget.small_residue == Decimal("5.00")
    assert bolaget.customer_control_accounts == ("1510", "1512")
    assert bolaget.unbooked_payment_days == 10


def test_materiality_is_of_the_company_and_per_account_beside_the_common_ones(written: Path) -> None:
    """As a tolerance: an account the company does not name has the common one."""
    common = 'materiality = "10000.00"\naccount_materiality = { "1510" = "500.00", "2440" = 600 }\n'
    own = 'materiality = "5000.00"\naccount_materiality = { "1510" = "0.00" }\n'
    written.write_text(
        GOOD.replace("[reconciliation]\n", f"[reconciliation]\n{common}", 1).replace(
            "[companies.bolaget.reconciliation]\n", f"[companies.bolaget.reconciliation]\n{own}"
        )
    )
    settings = read_settings(written)
    acme, bolaget = (settings.reconciliation_for(name, date(2026, 9, 30)) for name in ("acme", "bolaget"))
    assert acme.materiality == Decimal("10000.00")
    assert acme.account_materiality == {"1510": Decimal("500.00"), "2440": Decimal(600)}
    assert bolaget.materiality == Decimal("5000.00")
    assert bolaget.account_materiality == {"1510": Decimal("0.00"), "2440": Decimal(600)}


def test_nobody_has_a_materiality_unless_it_is_set(written: Path) -> None:
    written.write_text(GOOD)
    used = read_settings(written).reconciliation_for("acme", date(2026, 9, 30))
    assert (used.materiality, used.account_materiality) == (None, {})


@pytest.mark.parametrize("key", ["tolerance.1510", "materiality", "account_materiality.1510"])
@pytest.mark.parametrize(
    ("amount", "says"),
    [
        ("1000.5", 'amounts are written as text, for example "1.00"'),
        ("true", 'amounts are written as text, for example "1.00"'),
        *(
            (f'"{text}"', 'amounts have digits and at most two decimals, for example "1.00"')
            for text in ("mycket", "", "NaN", "Infinity", "1e3", "1,00", "1 000.00", "0.005", "9" * 16)
        ),
    ],
)
def test_what_is_no_amount_to_the_ore_is_refused(written: Path, key: str, amount: str, says: str) -> None:
    written.write_text(f"[companies.acme.reconciliation]\n{key} = {amount}\n")
    with pytest.raises(SettingsError) as raised:
        read_settings(written)
    assert str(raised.value) == f"{written}: companies.acme.reconciliation.{key}: {says}"


@pytest.mark.parametrize(
    "key", ["tolerance.151O", "account_materiality.1510a", 'account_materiality."15 10"']
)
def test_what_is_no_account_number_is_refused(written: Path, key: str) -> None:
    written.write_text(f'[companies.acme.reconciliation]\n{key} = "1.00"\n')
    with pytest.raises(SettingsError, match="should match pattern") as raised:
        read_settings(written)
    assert f"companies.acme.reconciliation.{key.partition('.')[0]}" in str(raised.value)


@pytest.mark.parametrize("key", ["tolerance.1510", "materiality", "account_materiality.1510"])
def test_a_tolerance_or_materiality_below_zero_is_refused(written: Path, key: str) -> None:
    written.write_text(f'[companies.acme.reconciliation]\n{key} = "-0.01"\n')
    with pytest.raises(SettingsError, match="Input should be greater than or equal to 0") as raised:
        read_settings(written)
    assert f"companies.acme.reconciliation.{key}: " in str(raised.value)


def test_every_setting_of_the_reconciliations_can_be_written_and_stands_in_the_example(written: Path) -> None:
    """Uncommented, the example's lines give every setting; what is a default there is one in the code."""
    example = (Path(__file__).parents[2] / "tieout.example.toml").read_text(encoding="utf-8")
    lines = example.partition("[reconciliation]")[2].partition("[companies")[0].splitlines()
    written.write_text(
        "\n".join(["[companies.acme]", "[reconciliation]", *(line.lstrip("# ") for line in lines[1:])])
    )
    used = read_settings(written).reconciliation_for("acme", date(2026, 9, 30))
    named_elsewhere = {"company_id", "as_of", "customer_control_accounts", "supplier_control_accounts"}
    settable = {one.name for one in fields(Settings)} - named_elsewhere
    assert ReconciliationOverrides.model_fields.keys() == settable
    assert [name for name in settable if f"{name} =" not in example] == []
    examples_only = {
        "closing_series",
        "lock_within_days",
        "tolerance",
        "materiality",
        "account_materiality",
    }
    defaults = Settings(company_id="acme", as_of=used.as_of)
    assert {name for name in settable if getattr(used, name) != getattr(defaults, name)} == examples_only


def test_what_a_company_may_be_asked_reaches_the_night(written: Path) -> None:
    written.write_text(
        GOOD.replace('{ file = "secret.txt" }', '{ env = "SECRET" }')
        .replace('tenant_id = "234567"', 'tenant_id = "2"\ninvoice_details_per_night = 200')
        .replace('tenant_id = "123456"', 'tenant_id = "1"\nvoucher_details_per_night = 0\nalso = ["units"]')
    )
    settings = read_settings(written)

    def night(name: str) -> FortnoxSource:
        return fortnox_source_of(settings, name, {"ID": "id", "SECRET": "secret"})

    assert night("acme").budget == Budget(invoices=0, vouchers=0)
    assert night("bolaget").budget == Budget(invoices=200, vouchers=25)
    assert night("acme").choice == Choice(also=frozenset({"units"}))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "\n[companies.acme2]\ntenant = '1'", "{file}: unknown key: companies.acme2.tenant"),
        ("colour = 'blue'\n" + GOOD, "{file}: unknown key: colour"),
        ("path = 'x'\n" + GOOD, "{file}: unknown key: path"),
        (
            GOOD.replace('tenant_id = "234567"', 'also = ["units", "assets"]'),
            "{file}: companies.bolaget.also: not a surface by choice: assets; docs/surfaces.md names them",
        ),
        (
            GOOD.replace('tenant_id = "234567"', 'without = ["assets", "asset"]'),
            "{file}: companies.bolaget.without: no such surface: asset; docs/surfaces.md names them",
        ),
        (
            GOOD.replace('tenant_id = "234567"', 'also = ["units"]\nwithout = ["units", "assets"]'),
            "{file}: companies.bolaget.without: read only where `also` names it, so not left out here: units",
        ),
        (
            GOOD.replace('{ env = "ID" }', '"abc123"'),
            "{file}: fortnox.client_id: secrets are never written here; refer to one with"
            ' {{ env = "NAME" }} or {{ file = "PATH" }}',
        ),
        (
            GOOD.replace('"2.00"', "2.5"),
            '{file}: reconciliation.small_residue: amounts are written as text, for example "1.00"',
        ),
        (
            GOOD.replace('small_residue = "2.00"', 'journal_round_sum = "0.00"'),
            "{file}: reconciliation.journal_round_sum: Input should be greater than or equal to 1",
        ),
        (
            GOOD.replace('{ env = "ID" }', '{ env = "ID", file = "x" }'),
            '{file}: fortnox.client_id: write one of {{ env = "NAME" }}, {{ file = "PATH" }} and'
            ' {{ command = ["PROGRAM", "ARGUMENT"] }}',
        ),
        (
            GOOD.replace("[companies.acme]", '[companies."Acme AB"]'),
            '{file}: file: company name "Acme AB" must be lower-case letters, digits, "-" and "_"',
        ),
    ],
)
def test_mistakes_are_named(written: Path, text: str, message: str) -> None:
    written.write_text(text)
    with pytest.raises(SettingsError) as raised:
        read_settings(written)
    assert str(raised.value) == message.format(file=written)


def test_a_missing_file_and_broken_toml_say_what_to_do(written: Path) -> None:
    with pytest.raises(SettingsError, match=r"no such file\. Copy tieout\.example\.toml"):
        read_settings(written)
    written.write_text("directory = [")
    with pytest.raises(SettingsError, match="not valid TOML"):
        read_settings(written)


def test_an_unknown_company_lists_the_known_ones(written: Path) -> None:
    written.write_text(GOOD)
    with pytest.raises(SettingsError, match='no company "acmee"; companies there: acme, bolaget'):
        read_settings(written).company("acmee")


def test_secrets_are_resolved_from_the_environment_or_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hemligt\n")
    assert SecretReference(env="ID").resolve("fortnox.client_id", {"ID": "x"}) == "x"
    assert SecretReference(file=secret).resolve("fortnox.client_secret", {}) == "hemligt"
    with pytest.raises(SettingsError, match="environment variable ID is not set or empty"):
        SecretReference(env="ID").resolve("fortnox.client_id", {})
    with pytest.raises(SettingsError, match="cannot read file"):
        SecretReference(file=tmp_path / "none").resolve("fortnox.client_secret", {})


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("sh", "-c", "exit 3"), "sh ended with 3; try the command in a terminal"),
        (("sh", "-c", "true"), "the answer of sh is not set or empty"),
        (("sh", "-c", r"printf '\377'"), "sh printed something that is not text"),
        (("no-such-keyring", "hemligt"), "cannot run no-such-keyring: No such file or directory"),
    ],
)
def test_a_command_that_gives_no_secret_is_named_without_its_arguments(
    command: tuple[str, ...], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as raised:
        SecretReference(command=command).resolve("fortnox.token_key", {"PATH": os.environ["PATH"]})
    assert "hemligt" not in str(raised.value)


def test_a_command_prints_the_secret() -> None:
    reference = SecretReference(command=("sh", "-c", 'echo "$KEYRING"'))
    assert reference.resolve("k", {"KEYRING": "hemligt", "PATH": os.environ["PATH"]}) == "hemligt"


def test_what_is_relative_starts_in_the_folder_of_the_configuration(
    written: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cron starts somewhere else."""
    beside = written.parent
    (beside / "keys").mkdir()
    (beside / "keys" / "secret.txt").write_text("of the file\n")
    (beside / "keyring").write_text("#!/bin/sh\necho of the command, beside $(cat keys/secret.txt)\n")
    (beside / "keyring").chmod(0o700)
    written.write_text(
        GOOD.replace("secret.txt", "keys/secret.txt").replace(
            "[reconciliation]", 'token_key = { command = ["./keyring"] }\n[reconciliation]', 1
        )
    )
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    settings = read_settings(written)
    assert settings.fortnox is not None
    assert settings.fortnox.token_key is not None
    assert settings.fortnox.client_secret.resolve("k", {}) == "of the file"
    path = {"PATH": os.environ["PATH"]}
    assert settings.fortnox.token_key.resolve("k", path) == "of the command, beside of the file"
    assert settings.root == beside / "books"
    (beside / "keys" / "secret.txt").unlink()
    with pytest.raises(SettingsError, match=r"cannot read file .*keys/secret\.txt: No such file") as raised:
        settings.fortnox.client_secret.resolve("fortnox.client_secret", {})
    assert str(beside / "keys" / "secret.txt") in str(raised.value), "the message says where it looked"


def test_a_relative_configuration_is_relative_to_where_one_is(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written.parent)
    written.write_text(GOOD)
    (written.parent / "secret.txt").write_text("beside it")
    settings = read_settings(Path("tieout.toml"))
    assert settings.fortnox is not None
    assert settings.fortnox.client_secret.resolve("k", {}) == "beside it"
