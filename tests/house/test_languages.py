"""What the reconciliations can say is known in every language of the report: a missing translation is named."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from tieout.reports.sentences_sv import SENTENCES
from tieout.reports.words import SWEDISH
from transforms.causes import CAUSES
from transforms.reconciliations import RECONCILIATIONS

#: Modules of ``transforms`` that say nothing to a reader of the report.
SILENT = {
    "transforms.tables",
    "transforms.reconciliations",
    "transforms.reconciliation",
    "transforms.intake",
    "transforms.tie_out_on",
    "transforms.matching",
}
#: Texts with blanks that are no sentences: keys, labels, and parts of names (NAMES of ``sentences_sv``).
LABELS = {
    "{} {}", "{} {} {}", "{} invoice", "{} payment", "{} invoice {}", "{} payment {}", "{} without payment",
    "{} by rate", "{} in the run of {}", "{} changed ({})", "not conformed tables: {}",
    "{} ({} there, {} here)", "{}: {} there, {} here", " and {} more", ", the largest: {}", "{} was {}, is {}",
    "{} (debits {})", "{} (finding {})",
}  # fmt: skip


def texts(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every text with a hole, ``{}`` where a value stands, and its line; docstrings hold none."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inside |= {id(part) for node in ast.walk(tree) if _documents_a_check(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and id(node) not in inside:
            parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield "".join(map(str, parts)), node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value, node.lineno


def _documents_a_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Reconciliation"


def test_every_sentence_of_the_reconciliations_has_a_swedish_one(modules: dict[str, ast.Module]) -> None:
    spoken = {
        name: tree
        for name, tree in modules.items()
        if name.startswith("transforms.") and name.removesuffix(".__init__") not in SILENT
    }
    found, missing = 0, []
    for name, tree in spoken.items():
        for text, line in texts(tree):
            if "{}" not in text or " " not in text or not re.search("[a-z]", text) or text in LABELS:
                continue
            found += 1
            if text not in SENTENCES:
                missing.append(f"{name}:{line} says {text!r}: add it to tieout/reports/sentences_sv.py")
    assert found > 50, "the sentences were not found: this test would check nothing"
    assert not missing, "\n".join(missing)


def test_every_swedish_sentence_is_still_said(modules: dict[str, ast.Module]) -> None:
    speaking = ("transforms.", "tieout.completeness")
    said = {text for name, tree in modules.items() if name.startswith(speaking) for text, _ in texts(tree)}
    unsaid = sorted(SENTENCES.keys() - said)
    assert not unsaid, f"no reconciliation says this any more, delete it: {unsaid}"


@pytest.mark.parametrize("english", sorted(SENTENCES))
def test_a_translation_takes_its_values_from_the_sentence(english: str) -> None:
    holes = {name for _, name, _, _ in Formatter().parse(SENTENCES[english]) if name is not None}
    assert holes <= {str(number) for number in range(english.count("{}"))}


@pytest.mark.parametrize("check", RECONCILIATIONS, ids=lambda check: check.id)
def test_every_check_asks_its_question_in_swedish(check) -> None:
    missing = [text for text in (check.question, check.blind_spots) if text not in SWEDISH.phrases]
    assert not missing, f"add them to tieout/reports/checks_sv.py: {missing}"


def test_every_cause_is_said_in_swedish() -> None:
    assert not [text for text in CAUSES.values() if text not in SWEDISH.phrases]
