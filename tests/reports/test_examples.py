"""The scripts of docs/examples run against a snapshot as their first lines say."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from pipelines.companies import CompanyDirectory

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"
CASES = {
    "open_items_over_time.py": ([], "2025-12-31"),
    "who_pays_late.py": ([], "median_days"),
    "trial_balance_to_csv.py": (["2025-01-01"], "2025-01-01,2025-01-01,"),
}


def test_every_example_has_a_case() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == CASES.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_example_runs(
    company: CompanyDirectory, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, expected = CASES[name]
    monkeypatch.setattr(sys, "argv", [name, str(company.snapshot_pointer), *arguments])
    runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    assert expected in capsys.readouterr().out
