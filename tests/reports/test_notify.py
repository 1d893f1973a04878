"""Notices: sent when there is something to tell, silent when not, and never in the way of the night."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tieout.notify import NotifyOptions, notice_of_failure, notice_of_night, notify
from tieout.reports.personal_data import PSEUDONYMISE
from tieout.snapshot import Snapshot


@pytest.fixture
def notice(snapshot: Snapshot) -> dict[str, Any]:
    return notice_of_night(snapshot, PSEUDONYMISE, incomplete=False)


def quiet_notice() -> dict[str, Any]:
    return {**notice_of_failure("acme", ""), "reasons": []}


def test_a_first_night_with_blocking_findings_is_told(notice: dict[str, Any]) -> None:
    assert notice["reasons"] == ["new_blocking_findings"]
    assert len(notice["findings"]) == 20
    assert len(notice["findings"]) + notice["more_findings"] == notice["verdict"]["blocking"]
    assert {finding["severity"] for finding in notice["findings"]} == {"B"}


def test_a_night_that_did_not_see_everything_is_told(snapshot: Snapshot) -> None:
    notice = notice_of_night(snapshot, PSEUDONYMISE, incomplete=True)
    assert notice["reasons"] == ["new_blocking_findings", "incomplete"]


def test_the_notice_follows_its_schema(notice: dict[str, Any]) -> None:
    path = Path(__file__).resolve().parents[2] / "tieout" / "notice.schema.json"
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
    for example in (notice, notice_of_failure("acme", "no route"), quiet_notice()):
        validator.validate(json.loads(json.dumps(example)))


def test_a_command_gets_the_notice_on_standard_input(notice: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "notice.json"
    copy = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_bytes(sys.stdin.buffer.read())"
    assert notify(NotifyOptions(command=(sys.executable, "-c", copy, str(target))), notice) == []
    assert json.loads(target.read_text(encoding="utf-8")) == json.loads(json.dumps(notice))


def test_a_command_is_run_in_the_folder_it_is_configured_in(
    notice: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "tell").write_text("#!/bin/sh\ncat > told.json\n")
    (tmp_path / "here" / "tell").chmod(0o700)
    monkeypatch.chdir(tmp_path)
    assert notify(NotifyOptions(command=("./tell",), folder=tmp_path / "here"), notice) == []
    assert json.loads((tmp_path / "here" / "told.json").read_text())["company"] == notice["company"]


def test_a_webhook_whose_address_cannot_be_read_is_one_line_without_it(notice: dict[str, Any]) -> None:
    (told,) = notify(NotifyOptions(webhook="https://host\n/secret-path"), notice)
    assert told == "notify.webhook: its address cannot be read; correct it where it is kept"


def test_a_webhook_gets_the_notice_posted(notice: dict[str, Any]) -> None:
    posted: list[tuple[str, dict[str, Any]]] = []

    def post(url: str, *, content: bytes, **_: object) -> httpx.Response:
        posted.append((url, json.loads(content)))
        return httpx.Response(204)

    assert notify(NotifyOptions(webhook="https://example.test/secret-path"), notice, post=post) == []
    assert posted == [("https://example.test/secret-path", json.loads(json.dumps(notice)))]


def test_when_all_is_quiet_nothing_is_sent_unless_asked_to() -> None:
    asked: list[object] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0)

    notify(NotifyOptions(command=("tell",)), quiet_notice(), run=run)
    assert asked == []
    notify(NotifyOptions(command=("tell",), when="always"), quiet_notice(), run=run)
    assert asked == [["tell"]]


def test_a_failed_delivery_is_one_sentence_without_the_secret_address() -> None:
    def refuse(url: str, **_: object) -> httpx.Response:
        raise httpx.ConnectError("no route")

    options = NotifyOptions(command=("/nonexistent/tell",), webhook="https://example.test/secret-path")
    assert notify(options, notice_of_failure("acme", "token refused"), post=refuse) == [
        "notify.command /nonexistent/tell: FileNotFoundError",
        "notify.webhook example.test: ConnectError",
    ]

    def answer(url: str, **_: object) -> httpx.Response:
        return httpx.Response(500)

    (said,) = notify(
        NotifyOptions(webhook="https://example.test/s"), notice_of_failure("acme", ""), post=answer
    )
    assert said == "notify.webhook example.test: answered 500"
