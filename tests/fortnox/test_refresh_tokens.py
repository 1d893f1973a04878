"""Refresh tokens: kept sealed, rotated before use, renewed by one at a time, never lost to somebody else's trouble."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography.fernet import Fernet

from fortnox_emulator import Emulator, Fault, Switches
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.errors import FortnoxError, NotConnected, SetupError, TokenRefreshFailed
from pipelines.fortnox.refresh_tokens import RefreshTokenCredentials
from pipelines.fortnox.token_store import TokenStore

KEY = Fernet.generate_key().decode()
INFORMATION = BY_NAME["company_information"]


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "acme" / "consent", KEY)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(seed=3, switches=Switches(rate_limit=False))


def client_of(emulator: Emulator, base_url: str, store: TokenStore) -> FortnoxClient:
    settings = ClientSettings(
        api_url=base_url, token_url=f"{base_url}/oauth-v1/token", timeout=5.0, retry_attempts=2
    )
    credentials = RefreshTokenCredentials(
        settings.token_url, emulator.client_id, emulator.client_secret, store, "acme"
    )
    return FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None)


def test_a_token_is_sealed_and_readable_by_its_owner_only(store: TokenStore) -> None:
    assert store.read() is None
    store.write("first")
    store.write("second")
    assert store.read() == "second"
    assert b"second" not in store.path.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in store.path.parent.iterdir()} == {0o600}
    assert [path.name for path in store.path.parent.iterdir()] == ["consent"], "nothing is left beside it"
    assert KEY not in repr(store)


def test_what_a_crashed_writer_left_is_written_over(store: TokenStore) -> None:
    store.write("first")
    beside = store.path.with_name(".consent.new")
    beside.write_bytes(b"half")
    beside.chmod(0o644)
    store.write("second")
    assert store.read() == "second"
    assert {path.name: path.stat().st_mode & 0o777 for path in store.path.parent.iterdir()} == {
        "consent": 0o600
    }


@pytest.mark.parametrize(
    "key", [Fernet.generate_key().decode(), "short", ""], ids=["another", "short", "empty"]
)
def test_another_key_is_a_matter_of_configuration(store: TokenStore, key: str) -> None:
    store.write("first")
    with pytest.raises(SetupError, match="key") as caught:
        TokenStore(store.path, key).read()
    assert caught.value.exit == 4
    assert store.read() == "first"


def test_every_renewal_rotates_the_stored_token_before_it_is_used(
    store: TokenStore, emulator: Emulator
) -> None:
    first = emulator.tokens.refresh_token()
    store.write(first)
    with emulator.serving() as server, client_of(emulator, server.base_url, store) as client:
        client.one(INFORMATION)
        second = store.read()
        emulator.tokens.expire_access()
        client.one(INFORMATION)
        assert len({first, second, store.read()}) == 3


@pytest.mark.parametrize("kind", ["server_error", "reset", "truncated"])
def test_trouble_at_the_token_endpoint_never_loses_the_token(
    store: TokenStore, emulator: Emulator, kind: str
) -> None:
    store.write(emulator.tokens.refresh_token())
    held = store.read()
    with emulator.serving() as server, client_of(emulator, server.base_url, store) as client:
        emulator.add_fault(Fault(kind, "/oauth-v1/token", times=None))
        with pytest.raises(FortnoxError) as caught:
            client.one(INFORMATION)
        assert store.read() == held
        assert str(held) not in str(caught.value)
        emulator.clear_faults()
        client.one(INFORMATION)
        assert store.read() != held
    if kind == "server_error":
        assert isinstance(caught.value, TokenRefreshFailed)


def test_no_consent_and_a_used_token_name_the_way_back(store: TokenStore, emulator: Emulator) -> None:
    with emulator.serving() as server, client_of(emulator, server.base_url, store) as client:
        for token in (None, "used-before"):
            if token:
                store.write(token)
            with pytest.raises(NotConnected, match=r"connect the company.*\(tieout connect acme\)") as caught:
                client.one(INFORMATION)
            assert "used-before" not in str(caught.value)
    assert store.read() == "used-before", "what to do with it is for the operator to say"


RACER = """
import sys
from pathlib import Path
from pipelines.fortnox.client import ClientSettings, FortnoxClient
from pipelines.fortnox.endpoints import BY_NAME
from pipelines.fortnox.refresh_tokens import RefreshTokenCredentials
from pipelines.fortnox.token_store import TokenStore
url, client_id, secret, path, key, rounds = sys.argv[1:]
settings = ClientSettings(api_url=url, token_url=url + "/oauth-v1/token", timeout=20.0)
credentials = RefreshTokenCredentials(settings.token_url, client_id, secret, TokenStore(Path(path), key), "acme")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(rounds)):
    with FortnoxClient(credentials, settings, clock=lambda: 0.0, sleep=lambda _: None) as client:
        client.one(BY_NAME["company_information"])
"""


@pytest.mark.slow
def test_two_processes_on_one_refresh_token_both_stay_connected(
    store: TokenStore, emulator: Emulator
) -> None:
    store.write(emulator.tokens.refresh_token())
    rounds = 15
    with emulator.serving() as server:
        arguments = [
            server.base_url, emulator.client_id, emulator.client_secret, str(store.path), KEY, str(rounds),
        ]  # fmt: skip
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", RACER, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            for _ in range(2)
        ]  # fmt: skip
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        for racer in racers:
            _, errors = racer.communicate(timeout=120)
            assert (racer.returncode, errors) == (0, "")
        refused = [record for record in emulator.traffic.records if record.status != 200]
        renewals = [record for record in emulator.traffic.records if record.path == "/oauth-v1/token"]
        assert (refused, len(renewals)) == ([], 2 * rounds)
        with client_of(emulator, server.base_url, store) as client:
            client.one(INFORMATION)


@pytest.mark.parametrize(
    "spoiled",
    [
        {"access_token": "a"},
        {"expires_in": 3600},
        {"access_token": "a", "expires_in": "soon"},
        {"access_token": "a\n"},
    ],
)
def test_a_rotated_token_is_kept_also_from_an_answer_that_is_otherwise_broken(
    store: TokenStore, spoiled: dict[str, object]
) -> None:
    store.write("first")
    credentials = RefreshTokenCredentials("https://t.example", "app", "secret", store, "acme")
    with pytest.raises(FortnoxError, match="without a token"):
        credentials.accept(httpx.Response(200, json={**spoiled, "refresh_token": "second"}))
    assert store.read() == "second", "the first is dead at Fortnox"


@pytest.mark.parametrize(
    ("error", "says"), [("invalid_grant", "invalid_grant"), ("error_missing_license", "error_missing_license"),
                        ("<b>first</b>", "no reason")],
)  # fmt: skip
def test_a_refused_token_says_why_and_is_not_replaced(store: TokenStore, error: str, says: str) -> None:
    store.write("first")
    credentials = RefreshTokenCredentials("https://t.example", "app", "secret", store, "acme")
    with pytest.raises(NotConnected, match=rf"\({says}\); connect the company again \(tieout connect acme\)"):
        credentials.accept(httpx.Response(400, json={"error": error, "refresh_token": "never issued"}))
    assert store.read() == "first"


def test_an_answer_without_a_new_token_is_refused_and_the_access_token_not_used(store: TokenStore) -> None:
    store.write("first")
    credentials = RefreshTokenCredentials("https://t.example", "app", "secret", store, "acme")
    answer = httpx.Response(200, content=json.dumps({"access_token": "a", "expires_in": 3600}))
    with pytest.raises(FortnoxError, match="no new refresh token"):
        credentials.accept(answer)


HOLDER = """
import sys
from pathlib import Path
from pipelines.fortnox.token_store import TokenStore
with TokenStore(Path(sys.argv[1]), sys.argv[2]).exclusively():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_renewal_whose_process_was_killed_stands_in_nobodys_way(
    store: TokenStore, emulator: Emulator
) -> None:
    store.write(emulator.tokens.refresh_token())
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.path), KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.communicate()
    with emulator.serving() as server, client_of(emulator, server.base_url, store) as client:
        client.one(INFORMATION)


def test_a_token_is_not_used_up_where_the_next_could_not_be_kept(
    store: TokenStore, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk, or in a folder that may not be written, the consent would be lost with the answer."""
    store.write(emulator.tokens.refresh_token())
    held, sealed_at = store.read(), store.sealed_at()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with emulator.serving() as server, client_of(emulator, server.base_url, store) as client:
        with monkeypatch.context() as disk:
            disk.setattr("os.fsync", full)
            with pytest.raises(OSError, match="No space left"):
                client.one(INFORMATION)
        assert [record.path for record in emulator.traffic.records] == []
        assert (store.read(), store.sealed_at()) == (held, sealed_at)
        client.one(INFORMATION)
    assert {path.name for path in store.path.parent.iterdir()} == {"consent", ".consent.lock"}
