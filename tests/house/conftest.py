"""Where the house stands: fixtures shared by the tests of its own rules."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGES = ("sie_parser", "pipelines", "transforms", "tieout", "fortnox_emulator")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """Every module of the five packages, by dotted name, parsed."""
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((root / package).rglob("*.py"))
    }
    assert len(found) > 30, "the packages were not found: this test would check nothing"
    return found
