"""python -m fortnox_emulator: what it prints and writes."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from fortnox_emulator.__main__ import main
from fortnox_emulator.discrepancies import REGISTRY


def test_discrepancies_are_listed_with_a_sentence() -> None:
    result = CliRunner().invoke(main, ["--list-discrepancies"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) == len(REGISTRY)
    assert "ar_manual_voucher" in result.output


def test_the_truth_file_holds_what_must_be_found(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    result = CliRunner().invoke(main, ["--discrepancies", "all", "--truth", str(path), "--no-serve"])
    assert result.exit_code == 0, result.output
    truth = json.loads(path.read_text(encoding="utf-8"))
    assert len(truth["discrepancies"]) > 70
    assert len(truth["findings"]) > 40
    without = {finding["rule"] for finding in truth["findings"] if finding["difference"] is None}
    assert {"gap", "reference_differs"} <= without
    amounts = [finding["difference"] for finding in truth["findings"] if finding["rule"] not in without]
    assert all(re.fullmatch(r"-?\d+\.\d\d", amount) for amount in amounts)


def test_an_unknown_discrepancy_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["--discrepancies", "ar_manual_voucher,nonsense", "--no-serve"])
    assert result.exit_code == 2
    assert "nonsense" in result.output


def test_a_discrepancy_another_kind_of_company_has_is_a_usage_error() -> None:
    result = CliRunner().invoke(
        main, ["--archetype", "cash_method", "--discrepancies", "ar_voucher_struck", "--no-serve"]
    )
    assert result.exit_code == 2
    assert "ar_voucher_struck cannot be in a company of kind cash_method" in result.output


@pytest.mark.slow
def test_it_serves_until_interrupted() -> None:
    command = [sys.executable, "-m", "fortnox_emulator", "--seed", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().split() for _ in range(5)]
            url = lines[0][-1]
            assert httpx.get(f"{url}/_emulator/stats").json()["total"] == 0
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert lines[3][-1] == "1200002"
