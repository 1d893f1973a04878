"""Shared by the emulator's tests: books as of the default day, and a client on a real loopback socket."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from fortnox_emulator import Emulator, Switches
from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import demo_profile
from fortnox_emulator.founding import found_books

TODAY = date(2026, 9, 30)


@dataclass
class ApiClient:
    """A client that holds a token and reads JSON numbers as Decimal."""

    emulator: Emulator
    http: httpx.Client
    token: str = ""

    def ask_token(self, form: dict[str, str], **headers: str) -> httpx.Response:
        auth = (self.emulator.client_id, self.emulator.client_secret)
        return self.http.post("/oauth-v1/token", data=form, auth=auth, headers=headers)

    def sign_in(self) -> None:
        answer = self.ask_token({"grant_type": "client_credentials"}, TenantId=self.emulator.tenant_id)
        self.token = answer.json().get("access_token", "")

    def get(self, path: str, **query: object) -> httpx.Response:
        params = {name: str(value) for name, value in query.items()}
        return self.http.get(f"/3/{path}", params=params, headers={"Authorization": f"Bearer {self.token}"})

    def json(self, path: str, **query: object) -> Any:
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.content, parse_float=Decimal)

    def rows(self, path: str, wrapper: str, **query: object) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            body = self.json(path, **query, limit=500, page=page)
            rows += body[wrapper]
            meta = body.get("MetaInformation", {"@CurrentPage": 1, "@TotalPages": 1})
            if meta["@CurrentPage"] >= meta["@TotalPages"]:
                return rows
            page += 1


@pytest.fixture(scope="session")
def books() -> Books:
    """The clean company on the default day. Read only."""
    return found_books(demo_profile(), seed=1, today=TODAY)


@pytest.fixture(scope="session")
def pickled(books: Books) -> bytes:
    """The clean books as bytes: a copy of one's own costs less than living through three years again."""
    return pickle.dumps(books)


@pytest.fixture
def make_emulator(pickled: bytes) -> Callable[..., Emulator]:
    """An emulator of seed 1 over its own copy of the clean books."""
    return lambda **options: Emulator(books=pickle.loads(pickled), **options)


@pytest.fixture
def connect(make_emulator: Callable[..., Emulator]) -> Iterator[Callable[..., ApiClient]]:
    """Serve an emulator with the given options and get a signed-in client for it; both end with the test."""
    open_things: list[Any] = []

    def start(**options: Any) -> ApiClient:
        emulator = make_emulator(**options)
        serving = emulator.serving()
        server = serving.__enter__()
        open_things.append(lambda: serving.__exit__(None, None, None))
        http = httpx.Client(base_url=server.base_url, timeout=10)
        open_things.append(http.close)
        client = ApiClient(emulator, http)
        client.sign_in()
        return client

    yield start
    for close in reversed(open_things):
        close()


@pytest.fixture(scope="module")
def shared_api() -> Iterator[ApiClient]:
    """One clean emulator without a rate limit for all read-only tests of a module."""
    emulator = Emulator(switches=Switches(rate_limit=False))
    with emulator.serving() as server, httpx.Client(base_url=server.base_url, timeout=10) as http:
        client = ApiClient(emulator, http)
        client.sign_in()
        yield client


@pytest.fixture(scope="session")
def reference() -> Path:
    """The shared reference folder; tests that need it are skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / ".." / "shared" / "reference" / "fortnox"
    if not folder.is_dir():
        pytest.skip("no shared reference folder beside the repository")
    return folder
