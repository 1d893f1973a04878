"""Pages that are generated from code equal what the code generates."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tieout.docs import PAGES


@pytest.mark.parametrize("page", sorted(PAGES))
def test_generated_pages_are_in_sync(root: Path, page: str) -> None:
    assert (root / page).read_text(encoding="utf-8") == PAGES[page](), f"{page} is stale: run `make docs`"


def test_links_between_pages_lead_somewhere(root: Path) -> None:
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    assert len(pages) > 8
    broken = [
        f"{page.relative_to(root)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists()
    ]
    assert not broken, "\n".join(broken)
