"""Somebody at a terminal with a browser, in front of an emulated Fortnox; and a company that has SIE files only."""

from __future__ import annotations

import html
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet

from fortnox_emulator import Emulator, Switches
from pipelines.fortnox.token_store import TokenStore
from tieout.cli import main

KEY = Fernet.generate_key().decode()
CONFIGURATION = """
directory = "books"
[fortnox]
client_id = {{ env = "TEST_ID" }}
client_secret = {{ env = "TEST_SECRET" }}
api_url = "{url}"
token_url = "{url}/oauth-v1/token"
authorize_url = "{url}/oauth-v1/auth"
redirect_uri = "{redirect}"
token_key = {{ env = "TEST_KEY" }}
timeout_seconds = 5
retry_attempts = 2
retry_max_wait_seconds = 0
[companies.acme]
without = ["assets"]
{company}
"""
UNBALANCED = (
    '#FLAGGA 0\n#FORMAT PC8\n#SIETYP 4\n#PROGRAM "Test" 1.0\n#GEN 20260930\n#FNAMN "Bageriet"\n'
    "#RAR 0 20260101 20261231\n"
    "#KONTO 1930 Bank\n#KONTO 3001 Sales\n#IB 0 1930 0\n#UB 0 1930 200\n#RES 0 3001 -150\n"
    '#VER A 1 20260115 ""\n{\n#TRANS 1930 {} 200\n#TRANS 3001 {} -150\n}\n'
)


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@dataclass
class User:
    """Somebody at a terminal, whose browser is opened by it."""

    emulator: Emulator
    base_url: str
    folder: Path
    redirect: str
    capfd: Any
    monkeypatch: pytest.MonkeyPatch

    def configure(self, company: str = "", redirect: str = "") -> None:
        text = CONFIGURATION.format(url=self.base_url, redirect=redirect or self.redirect, company=company)
        (self.folder / "tieout.toml").write_text(text)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """(exit code, output, errors) of ``tieout ARGUMENTS``."""
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = self.capfd.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    def connect(self, *arguments: str, browse: Callable[[str], object] | None = None) -> tuple[int, str, str]:
        """``tieout connect``; ``browse`` is what the browser does with the address, in its own thread."""
        browsing: list[Thread] = []

        def open_browser(address: str) -> None:
            browsing.append(Thread(target=browse or self.browse, args=[address]))
            browsing[-1].start()

        self.monkeypatch.setattr("webbrowser.open", open_browser)
        ended = self.run("connect", *arguments)
        for thread in browsing:
            thread.join(10)
        return ended

    def browse(self, address: str) -> httpx.Response:
        """Follow the address through the consent to the page at the end."""
        self.page = httpx.get(address, follow_redirects=True, timeout=10)
        return self.page

    def callback(self, address: str) -> str:
        """Consent at the address, and where the browser is then sent."""
        return str(httpx.get(address, timeout=10).headers["location"])

    @property
    def told(self) -> str:
        """What the browser's last page says."""
        return html.unescape(self.page.text)

    @property
    def store(self) -> TokenStore:
        return TokenStore(self.folder / "books" / "acme" / "consent", KEY)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator(seed=3, switches=Switches(rate_limit=False))
    with emulator.serving() as server:
        yield emulator, server.base_url


@pytest.fixture
def user(served, tmp_path: Path, capfd, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    emulator, base_url = served
    scopes = emulator.tokens.scopes
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEST_ID", emulator.client_id)
    monkeypatch.setenv("TEST_SECRET", emulator.client_secret)
    monkeypatch.setenv("TEST_KEY", KEY)
    emulator.tokens.consent = False
    user = User(emulator, base_url, tmp_path, f"http://127.0.0.1:{free_port()}/callback", capfd, monkeypatch)
    user.configure()
    yield user
    emulator.clear_faults()
    for name, value in vars(Switches(rate_limit=False)).items():
        setattr(emulator.switches, name, value)
    emulator.tokens.scopes = scopes


@pytest.fixture(scope="session")
def unbalanced() -> bytes:
    """A SIE file whose only voucher is 50 kronor out of balance."""
    return UNBALANCED.encode("cp437")


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory, unbalanced: bytes) -> Path:
    """A directory with one SIE-only company, ``bageriet``, whose only voucher is 50 kronor out of balance."""
    root = tmp_path_factory.mktemp("books")
    file = root / "books.se"
    file.write_bytes(unbalanced)
    with pytest.raises(SystemExit) as left:
        main(["sie", str(file), "--company", "bageriet", "--directory", str(root), "--quiet"])
    assert left.value.code == 1
    return root


@pytest.fixture
def tieout(capfd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return int(left.value.code or 0), out, err

    return run
