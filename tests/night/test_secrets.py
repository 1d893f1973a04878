"""A consent and a night with refresh tokens leave no token, code, key or secret anywhere but sealed."""

from __future__ import annotations

import base64
import gzip
import importlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import httpx
import pyarrow.parquet as pq
import pytest
from cryptography.fernet import Fernet

from fortnox_emulator import Emulator, Switches
from tieout.cli import main
from tieout.connecting import connector_of
from tieout.settings import TieoutSettings, read_settings
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
[companies.acme]
tenant_id = "{tenant}"
connection = "refresh"
"""


@dataclass
class Left:
    """What the consent and the night left behind, and every secret there was."""

    secrets: set[bytes]
    folder: Path
    said: str
    token_requests: int
    exit_code: object


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


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """What is printed or logged, at any level, by anybody."""
    said, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(said), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def connect_and_run(settings: TieoutSettings, day: str, patch: pytest.MonkeyPatch) -> tuple[str, object]:
    """Consent, then one night as the command line runs it, without waiting; what was said, and the exit code."""
    connector, configured = connector_of(settings, "acme", None, os.environ), run.fortnox_source_of
    back = httpx.get(connector.address()).headers["location"]

    def unpaced(*arguments: object, **options: object) -> FortnoxSource:
        source = configured(*arguments, **options)
        return replace(source, settings=replace(source.settings, window_requests=10**6))

    patch.setattr(run, "fortnox_source_of", unpaced)
    with listening() as said:
        print(repr(connector), connector.settle_url(back))
        with pytest.raises(SystemExit) as ended:
            main(["run", "acme", "--as-of", day, "--config", str(settings.path)])
    return said.getvalue(), ended.value.code


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder = tmp_path_factory.mktemp("secrets")
    emulator, key = Emulator(switches=Switches(rate_limit=False)), Fernet.generate_key().decode()
    issued = issued_by(emulator)
    with emulator.serving() as server, pytest.MonkeyPatch.context() as patch:
        for name, value in {"ID": emulator.client_id, "SECRET": emulator.client_secret, "KEY": key}.items():
            patch.setenv(f"TEST_{name}", value)
        patch.setenv("HOME", str(folder))
        patch.chdir(folder)
        file = folder / "tieout.toml"
        file.write_text(CONFIGURATION.format(url=server.base_url, tenant=emulator.tenant_id))
        said, exit_code = connect_and_run(read_settings(file), emulator.today.isoformat(), patch)
    basic = base64.b64encode(f"{emulator.client_id}:{emulator.client_secret}".encode())
    renewals = sum(record.path == "/oauth-v1/token" for record in emulator.traffic.records)
    return Left(
        {*issued, key.encode(), emulator.client_secret.encode(), basic}, folder, said, renewals, exit_code
    )


def contents(path: Path) -> bytes:
    """Everything a file says, unpacked."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            rows = [connection.execute(f'FROM "{schema}"."{name}"').fetchall() for schema, name in tables]
        return repr((tables, rows)).encode() + path.read_bytes()
    if path.suffix == ".parquet":
        return repr(pq.read_table(path).to_pylist()).encode()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_the_night_ran_on_the_stored_token_and_rotated_it(left: Left) -> None:
    assert left.exit_code == 0
    assert left.token_requests == 2, "the code's exchange and one renewal"
    assert len(left.secrets) == 3 + 5, "a code, and two pairs of access and refresh token"
    assert (left.folder / "books" / "acme" / "consent").stat().st_mode & 0o777 == 0o600


def test_nothing_secret_is_in_any_file_or_line(left: Left) -> None:
    files = [path for path in left.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    held = {path: contents(path) for path in files}
    assert sum(b"Nordvik" in content for content in held.values()) > 2, "the search finds what is there"
    assert "send_request_headers" in left.said, "and hears what is logged"
    for secret in left.secrets:
        assert secret not in left.said.encode()
        assert [path for path, content in held.items() if secret in content] == []
        assert [path for path in files if secret.decode() in path.name] == []
