"""docs/worked_example.md: every command of the page prints what the page says it prints."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.companies import CompanyDirectory
from tieout.cli import tieout

PAGE = Path(__file__).resolve().parents[2] / "docs" / "worked_example.md"
CONSOLE = re.compile(r"^```console\n\$ (.*?)\n?```$", re.MULTILINE | re.DOTALL)
BLOCKS = [block.partition("\n") for block in CONSOLE.findall(PAGE.read_text(encoding="utf-8"))]
DEMO, *STEPS = [(shlex.split(command)[1:], shown) for command, _, shown in BLOCKS]


@pytest.fixture(scope="module")
def walked(
    tmp_path_factory: pytest.TempPathFactory,
    night_with: Callable[[CompanyDirectory, list[str]], CompanyDirectory],
) -> Path:
    """The folder of the page's own demo, made by its first command's errors."""
    (name, *options), _ = DEMO
    assert name == "demo"
    planted = options[options.index("--discrepancies") + 1].split(",")
    return night_with(CompanyDirectory(tmp_path_factory.mktemp("walked"), "demo"), planted).root


def test_the_page_prints_what_it_says(walked: Path) -> None:
    """In the page's order, because a decision is shown after it is made."""
    assert len(STEPS) >= 8
    for arguments, shown in STEPS:
        ran = [str(walked) if word == "data/var/demo" else word for word in arguments]
        ended = CliRunner().invoke(tieout, ran)
        printed = "\n".join(line.rstrip() for line in ended.output.rstrip().splitlines())
        assert (ended.exit_code, printed) == (0, shown.rstrip()), " ".join(arguments)
