"""`tieout findings --accept …`: decisions are shown at once, published by the next run, and survive every later one."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from pipelines.companies import CompanyDirectory

FILE = "books.se"


@pytest.fixture
def bageriet(books: Path, tmp_path: Path) -> CompanyDirectory:
    """A copy of the SIE-only company whose only voucher is 50 kronor out of balance."""
    shutil.copytree(books, tmp_path / "var", symlinks=True)
    return CompanyDirectory(tmp_path / "var", "bageriet")


@pytest.fixture
def run_again(tieout, bageriet: CompanyDirectory):
    """Load the file again with the voucher's debit as given; the exit code and the screen."""

    def run(debit: int, *options: str) -> tuple[int, str]:
        text = (bageriet.root / FILE).read_text(encoding="cp437")
        changed = bageriet.root / "again.se"
        changed.write_text(text.replace("1930 {} 200", f"1930 {{}} {debit}"), encoding="cp437")
        where = ("--company", "bageriet", "--directory", str(bageriet.root), "--quiet")
        code, out, _ = tieout("sie", str(changed), *where, *options)
        return code, out

    return run


@pytest.fixture
def findings(tieout, bageriet: CompanyDirectory):
    """``tieout findings bageriet …``."""

    def run(*arguments: str) -> tuple[int, str, str]:
        return tieout("findings", "bageriet", "--directory", str(bageriet.root), *arguments)

    return run


def _listed(findings) -> dict[str, dict[str, str]]:
    return {row["check"]: row for row in json.loads(findings("--format", "json")[1])}


def test_accepted_findings_no_longer_fail_the_run_until_their_figures_move(
    findings, run_again, bageriet: CompanyDirectory
) -> None:
    for finding in _listed(findings).values():
        code, out, err = findings("--accept", finding["finding_id"][:8], "--comment", "known", "--by", "anna")
        assert (code, err) == (0, "")
        assert "the next run publishes it" in out
    at_once = _listed(findings)
    assert {row["status"] for row in at_once.values()} == {"accepted"}
    assert "> ACCEPTED; anna: known" in findings()[1]

    code, screen = run_again(200)
    assert code == 0
    assert f"{len(at_once)} accepted" in screen
    code, screen = run_again(210)
    assert code == 1
    moved = _listed(findings)["voucher_balance"]
    assert (moved["status"], moved["comment"]) == ("suspended", "known")
    assert "difference was 50.00 SEK, is 60.00 SEK" in moved["moved"]
    assert run_again(200)[0] == 0
    assert bageriet.decisions_file.read_text(encoding="utf-8").count("\n") == len(at_once)


def test_an_acceptance_that_stops_holding_is_told_once(
    findings, run_again, bageriet: CompanyDirectory, tmp_path: Path
) -> None:
    told, config = tmp_path / "told.jsonl", tmp_path / "tieout.toml"
    append = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read())"
    config.write_text(
        f"[notify]\ncommand = {json.dumps([sys.executable, '-c', append, str(told)])}\n", encoding="utf-8"
    )
    for finding in _listed(findings).values():
        findings("--accept", finding["finding_id"], "--comment", "known", "--by", "anna")

    run_again(200, "--config", str(config))
    assert not told.exists()
    for _ in range(2):
        run_again(210, "--config", str(config))
    (notice,) = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    assert notice["reasons"] == ["new_blocking_findings"]
    assert ("voucher_balance", "suspended") in [(row["check"], row["status"]) for row in notice["findings"]]


def test_a_taken_back_acceptance_counts_again(findings, run_again) -> None:
    ids = [row["finding_id"] for row in _listed(findings).values()]
    for finding in ids:
        findings("--accept", finding, "--comment", "known", "--owner", "bo")
    findings("--reopen", ids[0])
    assert run_again(200)[0] == 1
    rows = {row["finding_id"]: row for row in _listed(findings).values()}
    assert (rows[ids[0]]["status"], rows[ids[0]]["owner"]) == ("open", "bo")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--accept", "ID"], "tieout: --accept: say why with --comment"),
        (["--note", "ID", "--comment", " "], "tieout: --note: say why with --comment"),
        (["--assign", "ID"], 'tieout: --assign: say to whom with --owner; --owner "" is nobody'),
        (["--reopen", "zzzz"], "tieout: zzzz: no finding's id begins so (at least 4 characters); `tieout findings`"
         " lists them"),
        (["--reopen", "ID3"], "tieout: ID3: no finding's id begins so (at least 4 characters); `tieout findings`"
         " lists them"),
    ],
)  # fmt: skip
def test_half_a_decision_is_refused_in_one_sentence(
    findings, bageriet: CompanyDirectory, arguments: list[str], message: str
) -> None:
    real = _listed(findings)["voucher_balance"]["finding_id"]
    filled = [real[: int(word[2:] or 16)] if word.startswith("ID") else word for word in arguments]
    code, out, err = findings(*filled)
    assert (code, out, err.strip()) == (2, "", message.replace("ID3", real[:3]))
    assert not bageriet.decisions_file.exists()


def test_two_decisions_at_a_time_and_a_comment_on_nothing_are_usage_errors(findings) -> None:
    for arguments in (["--accept", "aaaa", "--reopen", "bbbb"], ["--comment", "hm"]):
        code, _, err = findings(*arguments)
        assert code == 2
        assert "one of --accept, --assign, --note and --reopen at a time" in err


def test_while_a_run_is_under_way_a_decision_waits(findings, bageriet: CompanyDirectory) -> None:
    finding = _listed(findings)["voucher_balance"]["finding_id"]
    with bageriet.exclusively():
        code, _, err = findings("--accept", finding, "--comment", "known")
    assert code == 3
    assert "another run" in err
    assert not bageriet.decisions_file.exists()


@pytest.mark.parametrize("line", ["{", "[]", '{"action": "accept"}', '{"action": "forget"}'])
def test_a_damaged_line_is_named_and_nothing_is_touched(
    findings, run_again, bageriet: CompanyDirectory, line: str
) -> None:
    finding = _listed(findings)["voucher_balance"]["finding_id"]
    findings("--note", finding, "--comment", "seen")
    with bageriet.decisions_file.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    before = bageriet.decisions_file.read_bytes()
    code, _, err = findings("--note", finding, "--comment", "seen again")
    assert code == 4
    assert err.startswith(
        f"tieout: {bageriet.decisions_file}, line 2: not a decision about a finding; restore"
    )
    assert bageriet.decisions_file.read_bytes() == before
