"""The command line: what people and scripts rely on, and one sentence for every mistake."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pendulum
import pytest

from tieout import __version__
from tieout.cli import COMMANDS, LeavableOutput, main
from tieout.night import Night

command_run = importlib.import_module("tieout.commands.run")
command_sie = importlib.import_module("tieout.commands.sie")


def test_version_and_help_need_no_heavy_import() -> None:
    loaded = (
        "import sys; from tieout.cli import tieout; tieout.main(['--help'], standalone_mode=False);"
        "print(sorted({'dlt', 'polars', 'duckdb', 'numba'} & sys.modules.keys()), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert ended.stderr.strip() == "[]"
    for name in COMMANDS:
        assert f"  {name} " in ended.stdout


def test_only_commands_that_load_wait_for_dlt() -> None:
    loading = {"demo", "run", "sie"}
    others = [name.replace("-", "_") for name in COMMANDS if name not in loading]
    program = (
        "import importlib, sys\n"
        f"for name in {others}:\n"
        "    importlib.import_module(f'tieout.commands.{name}')\n"
        "    if 'dlt' in sys.modules: sys.exit(f'{name} imports dlt')"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(others) == len(COMMANDS) - len(loading)


def test_version(tieout) -> None:
    assert tieout("--version") == (0, f"tieout, version {__version__}\n", "")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(tieout, name: str) -> None:
    code, out, _ = tieout(name, "--help")
    assert code == 0
    assert out.startswith("Usage: ")
    assert len(out.splitlines()) > 5


def test_findings_as_json_and_csv_hold_the_same_rows(tieout, books: Path) -> None:
    code, out, _ = tieout("findings", "bageriet", "--directory", str(books), "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert [(row["check"], row["subject_key"], row["difference"]) for row in found] == [
        ("voucher_balance", "2026-01-01/A/1", "50.00")
    ]
    _, text, _ = tieout("findings", "bageriet", "--directory", str(books), "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["finding_id"], row["difference"]) == (found[0]["finding_id"], "50.00")


def test_findings_can_be_narrowed(tieout, books: Path) -> None:
    where = ("--directory", str(books))
    assert "No open findings." in tieout("findings", "bageriet", "--severity", "W", *where)[1]
    assert "voucher_balance" in tieout("findings", "bageriet", "--check", "voucher_balance", *where)[1]
    code, _, err = tieout("findings", "bageriet", "--check", "no_such_check", *where)
    assert code == 2
    assert "no_such_check" in err


def test_status_has_a_line_per_company(tieout, books: Path) -> None:
    code, out, _ = tieout("status", "--directory", str(books))
    assert code == 0
    assert "bageriet" in out
    assert "NOT RECONCILED: 1" in out


def test_changes_after_one_night_say_that_there_is_nothing_to_compare_with(tieout, books: Path) -> None:
    where = ("changes", "bageriet", "--directory", str(books))
    code, out, _ = tieout(*where)
    assert code == 0
    assert out.startswith(
        "bageriet: the first night, with nothing before it to compare with\nNo record changed.\n"
    )
    assert tieout(*where, "--format", "json")[:2] == (0, "[]\n")
    for mistake, says in (
        (("--since", "yesterday"), "neither a day (YYYY-MM-DD) nor a run; newest runs: "),
        (("--since", "2026-02-30"), "2026-02-30: no such day"),
        (("--table", "suppliers"), "suppliers: not one of sie.vouchers"),
    ):
        code, _, err = tieout(*where, *mistake)
        assert (code, says in " ".join(err.split())) == (2, True), err


MISTAKES = {
    "no configuration": (["run"], 4, "tieout.toml: no such file. Copy tieout.example.toml to tieout.toml"),
    "no snapshot": (["findings", "acme", "--directory", "."], 4, "no snapshot yet; the first `tieout run` makes it"),
    "no company in status": (["status", "acme", "--directory", "."], 4, "no snapshot yet"),
    "no such file": (["sie", "nothing.se"], 2, "nothing.se"),
    "no such command": (["reconcile"], 2, "reconcile"),
    "no history of such a company": (["changes", "acme", "--directory", "."], 4, "no snapshot yet"),
    "no such date": (["run", "--as-of", "30/9"], 2, "30/9"),
    "bad company name": (["sie", __file__, "--company", "A B"], 2, "lower-case letters"),
    "unknown discrepancy": (["demo", "--discrepancies", "x"], 2, "unknown: x;"),
    "discrepancy of another kind of company": (
        ["demo", "--archetype", "short_first_year", "--discrepancies", "ar_payment_other_control_account"],
        2,
        "ar_payment_other_control_account cannot be in a company of kind short_first_year;"
        " docs/emulator.md says what each kind can have",
    ),
    "count without plan": (["run", "--count"], 2, "--count goes with --plan"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_mistakes_get_one_message_and_the_right_exit_code(tieout, name: str) -> None:
    arguments, exit_code, says = MISTAKES[name]
    code, _, err = tieout(*arguments)
    assert (code, says in err) == (exit_code, True), err


@pytest.fixture
def day_of_run(tieout, monkeypatch: pytest.MonkeyPatch):
    """Runs ``tieout run`` at half past midnight of 1 October in Sweden: (exit code, days reconciled as of, errors)."""
    Path("tieout.toml").write_text('[companies.acme]\ntenant_id = "1"\n')
    just_then = partial(Night, now=lambda: pendulum.datetime(2026, 9, 30, 22, 30, tz="UTC"))
    monkeypatch.setattr(command_run, "Night", just_then)

    def run(*arguments: str) -> tuple[int, list[str], str]:
        days: list[str] = []
        monkeypatch.setattr(
            command_run, "_run_one", lambda settings, name, night, day, *_, **__: days.append(f"{day}") or 0
        )
        code, _, err = tieout("run", *arguments)
        return code, days, err

    return run


@pytest.mark.parametrize(
    ("arguments", "day"),
    [
        ((), "2026-10-01"),
        (("--as-of", "2026-10-01"), "2026-10-01"),
        (("--as-of", "2026-09-30"), "2026-09-30"),
        (("--as-of", "2020-01-31"), "2020-01-31"),
    ],
)
def test_a_night_is_as_of_today_in_sweden_or_an_earlier_day(day_of_run, arguments, day: str) -> None:
    assert day_of_run(*arguments) == (0, [day], "")


@pytest.mark.parametrize("day", ["2026-10-02", "2062-09-30"])
def test_a_night_as_of_a_day_to_come_is_refused(day_of_run, day: str) -> None:
    """Made once, it would have every ordinary night refused until that day."""
    code, days, err = day_of_run("--as-of", day)
    assert (code, days) == (2, [])
    assert (
        f"Error: Invalid value for --as-of: {day} is after today in Sweden, 2026-10-01:"
        " nights before that day would be refused afterwards\n"
    ) in err


def test_a_folder_that_cannot_be_made_is_one_message(tieout, books: Path) -> None:
    file = books / "books.se"
    code, _, err = tieout("sie", str(file), "--directory", str(file / "below"), "--quiet")
    assert code == 4
    assert err.count("\n") == 1
    assert "Not a directory" in err


def test_a_defect_of_ours_says_so_and_is_never_taken_for_findings(
    capfd, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tieout.commands.status.results_root", lambda *_: 1 // 0)
    with pytest.raises(SystemExit) as left:
        main(["status", "--directory", str(tmp_path)])
    assert left.value.code == 70
    err = capfd.readouterr().err
    assert "ZeroDivisionError" in err
    assert "this is a defect in Tieout, please report it" in err


def test_a_reader_may_leave_and_the_exit_code_is_what_it_would_have_been() -> None:
    unread, written = os.pipe()
    os.close(unread)
    with LeavableOutput(written, "w") as out, io.TextIOWrapper(io.BufferedWriter(out)) as text:
        text.write("a line that nobody reads\n" * 10_000)
        text.flush()


def test_personal_data_of_the_configuration_holds_for_every_report_and_pack(
    tieout, books: Path, tmp_path: Path
) -> None:
    """What the night reads from [report] the commands read as well; the option wins."""
    file = tmp_path / "tieout.toml"
    file.write_text(f'directory = "{books}"\n[report]\nlanguage = "sv"\npersonal_data = "keep"\n')

    def manifest(*arguments: str) -> dict[str, object]:
        code, out, err = tieout("pack", "bageriet", "--year", "2026", "--to", str(tmp_path / "p"), *arguments)
        assert code == 0, err
        return json.loads((Path(out.split()[2]) / "manifest.json").read_text(encoding="utf-8"))

    assert manifest()["personal_data"] == "keep"
    assert manifest("--personal-data", "pseudonymise")["personal_data"] == "pseudonymise"
    masked = "Personer visas med sitt registernummer"
    for arguments, told in (((), False), (("--personal-data", "pseudonymise"), True)):
        code, out, _ = tieout("report", "bageriet", *arguments)
        assert (code, out) == (0, f"{books / 'bageriet' / 'report.html'}\n")
        assert (masked in Path(out.strip()).read_text(encoding="utf-8")) is told


TELL = """
directory = "{root}"
[notify]
command = ["{python}", "-c", "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())", "{heard}"]
"""


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd):
    """Runs ``tieout sie`` where notices are wanted: (exit code, the notices)."""
    monkeypatch.chdir(tmp_path)
    said = tmp_path / "notices.jsonl"
    Path("tieout.toml").write_text(TELL.format(root=tmp_path / "b", python=sys.executable, heard=said))

    def run(text: bytes) -> tuple[int, list[dict[str, object]]]:
        Path("books.se").write_bytes(text)
        said.write_text("")
        with pytest.raises(SystemExit) as left:
            main(["sie", "books.se", "--company", "bageriet", "--quiet"])
        return int(left.value.code or 0), [json.loads(line) for line in said.read_text().splitlines()]

    return run


def test_sie_files_are_told_about_like_a_night(heard, unbalanced: bytes) -> None:
    code, (notice,) = heard(unbalanced)
    assert (code, notice["company"]["id"], notice["reasons"]) == (1, "bageriet", ["new_blocking_findings"])
    assert heard(unbalanced) == (1, []), "nothing new, nothing said"
    code, (notice,) = heard(b"rubbish" * 50)
    assert (code, notice["reasons"], notice["failure"]) == (4, ["failed"], "a SIE file that cannot be read")


def test_a_defect_of_ours_is_told_without_what_it_was_about(
    heard, unbalanced: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("Anna Andersson")

    monkeypatch.setattr(command_sie, "run_company", broken)
    code, (notice,) = heard(unbalanced)
    assert (code, notice["reasons"], notice["failure"]) == (70, ["failed"], "a defect in Tieout: ValueError")
