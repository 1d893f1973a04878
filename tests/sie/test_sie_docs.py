"""The page about the parser says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import sie_parser
from sie_parser import describe

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sie_parser.md").read_text(encoding="utf-8")


def test_generated_parts_are_up_to_date() -> None:
    """If not: `make docs`."""
    assert describe.renew(PAGE) == PAGE


def test_every_public_name_is_described() -> None:
    calls = {name for name in sie_parser.__all__ if name[0].islower()}
    assert {name for name in calls if f"`{name}(" not in PAGE} == set()


def test_the_example_runs(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's fixture
    example = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert len([line for line in example[1].splitlines() if line]) <= 5
    (tmp_path / "books.se").write_bytes((ROOT / "data/sie/valid/voucher.se").read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(example[1], names)
    assert getattr(names["rows"], "num_rows") == 2  # noqa: B009  a name only the example knows


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
