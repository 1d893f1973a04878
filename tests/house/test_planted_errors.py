"""Every rule of every check and every cause of a bridge has an error the emulator can plant: what has none is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fortnox_emulator.discrepancies import DETAILED, OVERNIGHT, REGISTRY
from transforms.causes import CAUSES
from transforms.reconciliations import RECONCILIATIONS

FoundAs = dict[str, tuple[set[tuple[str, str]], set[str]]]

#: Rules no company's books can break by themselves, why, and the test that provokes each another way.
PROVOKED_ELSEWHERE = {
    ("ar_tie_out", "accumulated"): (
        "needs a tolerance, which is the company's own",
        "test_small_differences_a_tolerance_lets_pass_are_found_where_they_add_up",
    ),
    ("ap_tie_out", "accumulated"): (
        "needs a tolerance, which is the company's own",
        "test_small_differences_a_tolerance_lets_pass_are_found_where_they_add_up",
    ),
    ("lock_history", "late"): (
        "needs a limit, which is the company's own",
        "test_a_lock_that_waits_too_long_is_found_where_a_limit_was_set",
    ),
    ("extraction_completeness", "rows_missing"): (
        "a listing that does not add up is refused before it is held (0204): only a load can lose rows",
        "test_what_a_load_lost_is_named",
    ),
    ("extraction_completeness", "nothing_read"): (
        "a year whose SIE file cannot be read stops the load: only a warehouse can lack one",
        "test_what_a_load_lost_is_named",
    ),
}


@pytest.fixture(scope="module")
def found_as(root: Path) -> FoundAs:
    """Id -> (check, rule) pairs and causes it is found as, by the page that is generated from planting each."""
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| (`[^|:]+)(?:: ([\w, ]+))? \|$",
        (root / "docs/emulator.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    found = {
        name: (set(re.findall(r"`(\w+)` (\w+)", checks)), set(causes.split(", ")) - {""})
        for name, checks, causes in rows
        if name in REGISTRY | OVERNIGHT | DETAILED
    }
    assert len(found) == len(REGISTRY) + len(OVERNIGHT) + len(DETAILED), "the page was not understood"
    return found


def test_at_least_forty_errors_can_be_planted() -> None:
    assert len(REGISTRY) >= 40


def test_every_rule_of_every_check_has_an_error_that_breaks_it(
    found_as: FoundAs,
) -> None:
    broken = {rule for rules, _ in found_as.values() for rule in rules}
    documented = {(check.id, rule) for check in RECONCILIATIONS for rule in check.rules}
    assert broken <= documented, f"nobody documents {sorted(broken - documented)}"
    missing = sorted(documented - broken - PROVOKED_ELSEWHERE.keys())
    assert not missing, f"add an error to fortnox_emulator/discrepancies*.py for {missing}"
    assert not broken & PROVOKED_ELSEWHERE.keys(), "can be planted: take it off the list"


def test_every_cause_has_an_error_that_a_bridge_explains_by_it(
    found_as: FoundAs,
) -> None:
    explained = {cause for _, causes in found_as.values() for cause in causes}
    assert explained == CAUSES.keys(), f"add an error for {sorted(CAUSES.keys() - explained)}"


def test_what_cannot_be_planted_is_provoked_by_a_test(root: Path) -> None:
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (root / "tests").rglob("test_*.py"))
    missing = [test for _, test in PROVOKED_ELSEWHERE.values() if f"def {test}(" not in tests]
    assert not missing, missing
