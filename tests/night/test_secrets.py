"""Whatever becomes of a consent or a night, no token, code, key or secret is left anywhere but sealed, and no SIE body
anywhere but where received files are kept: not in a file, a file's name, a log line, a message or a traceback.
"""

from __future__ import annotations

import base64
import gzip
import importlib
import io
import logging
import os
import re
import socket
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import NoReturn
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote_plus, urlsplit
from urllib.request import urlopen

import duckdb
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.fernet import Fernet

from fortnox_emulator import Emulator, Fault, Switches
from tieout.cli import main
from tieout.connecting import connector_of
from tieout.settings import read_settings
from tieout.sources import FortnoxSource

run = importlib.import_module("tieout.commands.run")
CONFIGURATION = """
directory = "books"
[fortnox]
client_id = {{ env = "TEST_ID" }}
client_secret = {{ env = "TEST_SECRET" }}
token_key = {{ env = "TEST_KEY" }}
api_url = "{url}"
token_url = "{url}/oauth-v1/token"
authorize_url = "{url}/oauth-v1/auth"
redirect_uri = "{redirect}"
timeout_seconds = 5
retry_attempts = 2
retry_max_wait_seconds = 0
[notify]
webhook = {{ env = "TEST_WEBHOOK" }}
when = "always"
[companies.acme]
tenant_id = "{tenant}"
connection = "refresh"
"""
#: What a line of a SIE body looks like; a label alone may stand in a comment or in the excerpt of a problem.
SIE_LINE = re.compile(
    rb'#[BR]?TRANS \d{4} \{|#VER "?\w+"? "?\d+"? "?\d{8}|#KONTO \d{4} "|#[IU]B -?\d+ \d{4} '
)
FOR_EVER = {"times": None}


@dataclass
class Desk:
    """A company's configuration, somebody at a terminal, and every secret there is so far."""

    emulator: Emulator
    folder: Path
    url: str
    secrets: set[bytes]
    said: str = ""
    scanned: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def configure(self, redirect: str, tenant: str | None = None) -> None:
        text = CONFIGURATION.format(url=self.url, redirect=redirect, tenant=tenant or self.emulator.tenant_id)
        (self.folder / "tieout.toml").write_text(text)

    def tieout(self, *arguments: str) -> tuple[int, str]:
        """The exit code of ``tieout ARGUMENTS``, and all that was printed or logged, at any level, by anybody."""
        with listening() as said, pytest.raises(SystemExit) as ended:
            main([*arguments, "--config", str(self.folder / "tieout.toml")])
        self.said = said.getvalue()
        return int(ended.value.code or 0), self.said

    def night(self, *faults: Fault) -> int:
        self.emulator.clear_faults()
        for fault in faults:
            self.emulator.add_fault(fault)
        return self.tieout("run", "acme", "--as-of", self.emulator.today.isoformat())[0]

    def leaks(self) -> list[str]:
        """Where something secret is: in what was said last, or in any file that is new or changed since last asked."""
        secret = re.compile(b"|".join(map(re.escape, self.secrets)))
        found = ["said"] if secret.search(self.said.encode()) or SIE_LINE.search(self.said.encode()) else []
        for path in sorted(self.folder.rglob("*")):
            name = str(path.relative_to(self.folder))
            if secret.search(name.encode()) or SIE_LINE.search(name.encode()):
                found.append(f"the name of {name}")
            if not path.is_file() or path.is_symlink() or not self._changed(path):
                continue
            content = contents(path)
            if secret.search(content):
                found.append(name)
            if path.parent.name != "sie" and SIE_LINE.search(content):
                found.append(f"a SIE body in {name}")
        return found

    def _changed(self, path: Path) -> bool:
        stat = path.stat()
        before, self.scanned[path] = self.scanned.get(path), (stat.st_mtime_ns, stat.st_size)
        return before != self.scanned[path]


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """What is printed or logged, at any level, by anybody but the emulator's server."""
    said, handler = io.StringIO(), logging.StreamHandler()
    handler.setStream(said)
    deaf = [
        logger
        for logger in logging.root.manager.loggerDict.values()
        if isinstance(logger, logging.Logger) and not logger.propagate and "uvicorn" not in logger.name
    ]
    levels = {logger: logger.level for logger in [logging.root, *deaf]}
    for logger in levels:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            yield said
    finally:
        for logger, level in levels.items():
            logger.removeHandler(handler)
            logger.setLevel(level)


def issued_by(emulator: Emulator) -> set[bytes]:
    """A set that fills with every token and code the emulator hands out."""
    issued: set[bytes] = set()
    make: Callable[[str], str] = emulator.tokens._secret

    def recorded(purpose: str) -> str:
        secret = make(purpose)
        issued.add(secret.encode())
        return secret

    emulator.tokens._secret = recorded
    return issued


def contents(path: Path) -> bytes:
    """Everything a file says, unpacked."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            rows = [connection.execute(f'FROM "{schema}"."{name}"').fetchall() for schema, name in tables]
        return repr((tables, rows)).encode() + path.read_bytes()
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pylist()).encode()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as opened:
            return b"\n".join(opened.read(name) for name in opened.namelist())
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Nothing is read from or written to anywhere but ``tmp_path``, and no request waits for its turn."""
    emulator, key = Emulator(switches=Switches(rate_limit=False)), Fernet.generate_key().decode()
    secrets = issued_by(emulator)
    hook = "hook-9f3a71c0d2"
    basic = base64.b64encode(f"{emulator.client_id}:{emulator.client_secret}".encode())
    secrets |= {key.encode(), emulator.client_secret.encode(), basic, hook.encode()}
    configured = run.fortnox_source_of

    def unpaced(*arguments: object, **options: object) -> FortnoxSource:
        source = configured(*arguments, **options)
        settings = replace(source.settings, window_requests=10**6)
        return replace(source, settings=settings, sleep=lambda _: time.sleep(0))

    monkeypatch.setattr(run, "fortnox_source_of", unpaced)
    monkeypatch.setattr(run.Night, "today", lambda _: emulator.today)
    with emulator.serving() as server:
        environment = {
            "TEST_ID": emulator.client_id,
            "TEST_SECRET": emulator.client_secret,
            "TEST_KEY": key,
            "TEST_WEBHOOK": f"{server.base_url}/hooks/{hook}",
            "HOME": str(tmp_path),
            "TMPDIR": str(tmp_path / "tmp"),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "tmp").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", None)
        monkeypatch.chdir(tmp_path)
        yield Desk(emulator, tmp_path, server.base_url, secrets)


class Browser:
    """What opens the address of the consent and follows it to its end, which it says nothing about to anybody."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk, self.page, self.code, self._threads = desk, b"", "", list[Thread]()
        monkeypatch.setattr("webbrowser.open", self.open)

    def open(self, address: str) -> None:
        state = parse_qs(urlsplit(address).query)["state"][0]
        self.desk.secrets |= {state.encode(), quote_plus(state).encode()}
        self._threads.append(Thread(target=self._browse, args=[address]))
        self._threads[-1].start()

    def _browse(self, address: str) -> None:
        try:
            with urlopen(address, timeout=10) as page:
                self.page = page.read()
        except HTTPError as refused:
            self.page = refused.read()

    def connect(self, *arguments: str) -> tuple[int, str]:
        """``tieout connect``; what it said, without the address it must print for somebody to open."""
        code, said = self.desk.tieout("connect", "acme", *arguments)
        for thread in self._threads:
            thread.join(10)
        lines = said.splitlines(keepends=True)
        address = [line for line in lines if line.startswith(f"{self.desk.url}/oauth-v1/auth?")]
        assert len(address) == 1, "printed once, logged nowhere"
        self.desk.said = "".join(line for line in lines if line not in address)
        return code, self.desk.said


@pytest.fixture
def browser(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Browser:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    desk.configure(f"http://127.0.0.1:{port}/callback")
    return Browser(desk, monkeypatch)


def test_the_search_finds_what_is_there(desk: Desk) -> None:
    """Each place a secret could be in, with one in it."""
    (secret,) = {secret for secret in desk.secrets if secret.startswith(b"emulator-secret")}
    sie = b'#VER A 1 20260930 "Hyra" 20260930\n{\n#TRANS 1930 {} -100\n}\n'
    (desk.folder / secret.decode()).touch()
    (desk.folder / "sie").mkdir()
    (desk.folder / "sie" / "kept.se").write_bytes(sie)
    (desk.folder / "elsewhere.se").write_bytes(sie)
    (desk.folder / "packed.gz").write_bytes(gzip.compress(secret))
    with zipfile.ZipFile(desk.folder / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("sheet", secret * 9)
    pq.write_table(pa.table({"x": [secret.decode()]}), desk.folder / "rows.parquet")
    with duckdb.connect(str(desk.folder / "w.duckdb")) as connection:
        connection.execute("CREATE SCHEMA recon; CREATE TABLE recon.t AS SELECT ? AS x", [secret.decode()])
    desk.said = f"Bearer {secret.decode()}"
    assert desk.leaks() == [
        "said",
        "book.xlsx",
        "a SIE body in elsewhere.se",
        f"the name of {secret.decode()}",
        "packed.gz",
        "rows.parquet",
        "w.duckdb",
    ]
    assert desk.leaks() == ["said", f"the name of {secret.decode()}"], (
        "what is as it was is not searched again"
    )


def test_connecting_leaves_the_refresh_token_sealed_and_nothing_else(desk: Desk, browser: Browser) -> None:
    code, said = browser.connect()
    assert (code, "Connected." in said) == (0, True)
    assert desk.emulator.tokens.issued == 3, "a code, an access and a refresh token"
    assert b"Connected" in browser.page
    assert not any(secret in browser.page for secret in desk.secrets)
    assert desk.leaks() == []
    code, said = browser.connect("--mode", "service")
    assert (code, "Connected." in said) == (0, True)
    assert desk.leaks() == []


def test_a_consent_that_fails_leaves_nothing_at_all(desk: Desk, browser: Browser) -> None:
    emulator = desk.emulator
    troubles: list[tuple[str, Callable[[], object]]] = [
        ("not given (access_denied)", lambda: setattr(emulator.switches, "user_agrees", False)),
        ("run again later", lambda: emulator.add_fault(Fault("server_error", "/oauth-v1/token", **FOR_EVER))),
        ("without a token", lambda: emulator.add_fault(Fault("html", "/oauth-v1/token", **FOR_EVER))),
        ("connection broke", lambda: emulator.add_fault(Fault("reset", "/oauth-v1/token", **FOR_EVER))),
        ("cut off", lambda: emulator.add_fault(Fault("half_body", "/3/companyinformation", **FOR_EVER))),
        (
            "refuses the token it has just given",
            lambda: emulator.add_fault(Fault("unauthorized", "/3/", **FOR_EVER)),
        ),
    ]
    for says, trouble in troubles:
        emulator.clear_faults()
        emulator.switches.user_agrees = True
        trouble()
        code, said = browser.connect()
        assert (code, says in said) == (3, True), said
        assert not any(secret in browser.page for secret in desk.secrets)
        assert desk.leaks() == []
    assert {path.name for path in desk.folder.rglob("*") if path.is_file()} <= {
        "tieout.toml",
        ".consent.lock",
    }


def test_a_pasted_answer_is_not_repeated(desk: Desk, browser: Browser) -> None:
    """As pasted with a state that was tampered with, whole, once more, and for another mode."""
    connector = connector_of(read_settings(desk.folder / "tieout.toml"), "acme", None, os.environ)
    back = httpx.get(connector.address()).headers["location"]
    state = parse_qs(urlsplit(back).query)["state"][0]
    desk.secrets |= {state.encode(), state.replace("acme.", "evil.").encode()}
    pasted = [(back.replace("acme.", "evil."), 3), (back, 0), (back, 3), (f"{back} --mode service", 3)]
    for arguments, expected in pasted:
        code, said = desk.tieout("connect", "acme", "--callback-url", *arguments.split())
        assert code == expected, said
        assert desk.leaks() == []


def test_nights_good_and_bad_leave_nothing_secret(desk: Desk, browser: Browser) -> None:
    assert browser.connect()[0] == 0
    assert desk.night() == 0, desk.said
    assert desk.emulator.tokens.issued == 5, "the night renewed, and the token was rotated"
    assert "send_request_headers" in desk.said, "what is logged is heard"
    assert "answered 405" in desk.said, "the webhook was asked"
    held = [contents(path) for path in desk.folder.rglob("*.duckdb") if not path.is_symlink()]
    assert [b"Nordvik" in content for content in held] == [True, True], "and what is held is found"
    assert desk.leaks() == []

    bad = {
        "5xx in the middle": Fault("server_error", "/3/vouchers", after=1, **FOR_EVER),
        "garbage in the middle": Fault("garbage", "/3/supplierinvoices", **FOR_EVER),
        "refused in the middle": Fault("unauthorized", "/3/vouchers", after=1, **FOR_EVER),
        "no SIE file": Fault("garbage", "/3/sie/", **FOR_EVER),
        "half a token": Fault("half_body", "/oauth-v1/token"),
    }
    for name, fault in bad.items():
        assert desk.night(fault) == 3, (name, desk.said)
        assert "Traceback" not in desk.said
        assert desk.leaks() == [], name


def test_a_sie_file_that_breaks_off_and_defects_leave_nothing_secret(
    desk: Desk, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert browser.connect()[0] == 0
    assert desk.night(Fault("half_body", "/3/sie/", **FOR_EVER)) == 3, desk.said
    assert "incomplete" in desk.said, "half a SIE file"
    assert desk.leaks() == []

    def defect(*_: object, **__: object) -> NoReturn:
        raise RuntimeError("a defect")

    for function in ("pipelines.sie.source._in_front", "pipelines.fortnox.refresh_tokens.read_token"):
        with monkeypatch.context() as patched:
            patched.setattr(function, defect)
            assert desk.night() == 70, (function, desk.said)
        assert "RuntimeError: a defect" in desk.said, "with a traceback"
        assert desk.leaks() == [], function
