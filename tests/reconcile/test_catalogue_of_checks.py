"""Every reconciliation is documented, runs only on what it needs, and says so when it cannot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from transforms.books import Books
from transforms.reconciliation import Reconciliation
from transforms.reconciliations import RECONCILIATIONS, documentation, reconcile
from transforms.tables import CATALOGUE

EACH = pytest.mark.parametrize("check", RECONCILIATIONS, ids=lambda check: check.id)


def test_page_of_checks_is_what_the_code_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text(encoding="utf-8") == documentation()


@EACH
def test_every_word_of_documentation_is_there(check: Reconciliation) -> None:
    texts = (check.question, check.rationale, check.source, check.grain, check.tolerance, check.blind_spots)
    assert all(text.strip() for text in (*texts, *check.rules.values()))
    assert check.question.endswith("?")
    assert check.severity in {"B", "W", "I"}
    assert check.rules
    assert check.needs
    assert set(check.inputs) <= set(CATALOGUE)


@EACH
def test_each_has_its_own_file(check: Reconciliation) -> None:
    folder = Path(__file__).parents[2] / "transforms" / "reconciliations"
    assert (folder / f"{check.id}.py").is_file()


def test_ids_are_unique_and_every_file_is_registered() -> None:
    folder = Path(__file__).parents[2] / "transforms" / "reconciliations"
    files = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert sorted(check.id for check in RECONCILIATIONS) == files


@EACH
def test_without_its_inputs_it_is_named_as_not_run(check: Reconciliation, settings: Any) -> None:
    lacking = check.needs if check.by_side else check.needs[-1:]
    outcome = reconcile(Books.of({}, dict.fromkeys(lacking, "it was not loaded")), settings)
    assert outcome.not_run[check.id] == "it was not loaded"


def test_empty_books_give_no_finding_and_whole_tables(settings: Any) -> None:
    outcome = reconcile(Books.of({}), settings)
    assert outcome.findings.is_empty()
    for name, frame in outcome.tables.items():
        CATALOGUE[name].check(frame)
