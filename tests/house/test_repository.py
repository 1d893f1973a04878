"""What a commit must never hold, and what the wheel must."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fortnox_emulator import __file__ as emulator_file

PACKAGES = {"sie_parser", "pipelines", "transforms", "tieout", "fortnox_emulator"}
LEFT_OUT = {
    ".git",
    ".venv",
    "var",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "dist",
}
TEXT = {".py", ".toml", ".md", ".lock", ".json", ".yml", ".html", ".j2", ".sql", ""}


def committed_texts(root: Path) -> list[Path]:
    paths = [
        path
        for path in root.rglob("*")
        if path.is_file() and path.suffix in TEXT and not LEFT_OUT & set(path.relative_to(root).parts)
    ]
    assert len(paths) > 50
    return paths


def test_locks_pin_every_package_with_hashes_and_name_no_registry(root: Path) -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (root / lock).read_text(encoding="utf-8")
        assert not [mark for mark in ("://", "--index", "--find-links") if mark in text], lock
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert len(pins) > 40
        loose = [pin for pin in pins if "==" not in pin]
        assert not loose, loose
        assert text.count("--hash=sha256:") >= len(pins)


def test_no_committed_text_names_this_machine(root: Path) -> None:
    home = re.compile(r"(/home/|/root/|/Users/)\w|" + re.escape(str(root)))
    wrong = [
        str(path.relative_to(root))
        for path in committed_texts(root)
        if path != Path(__file__) and home.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not wrong, wrong


@pytest.mark.slow
def test_the_wheel_holds_the_five_packages_with_types_and_nothing_else(root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(root)],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    sources = {
        str(path.relative_to(root))
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= set(names), f"left out of the wheel: {sorted(sources - set(names))}"


def test_the_tests_run_against_this_checkout(root: Path) -> None:
    assert Path(emulator_file).is_relative_to(root), (
        "an installed copy is being tested instead of the checkout"
    )
