"""Who may import whom (docs/architecture.md), read from the source with ast, not from what happens to be loaded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

OURS = {"sie_parser", "pipelines", "transforms", "tieout", "fortnox_emulator"}
MAY_IMPORT = {
    "sie_parser": set(),
    "transforms": set(),
    "pipelines": {"sie_parser"},
    "tieout": OURS,
    "fortnox_emulator": set(),
}
# The only modules of `tieout` that may start or describe the emulator: everything else must work against the real API.
EMULATOR_USERS = {"tieout.demo", "tieout.docs"}
FOREIGN_TO_TRANSFORMS = {
    "dlt", "duckdb", "httpx", "requests", "os", "time", "random", "socket", "subprocess", "pendulum", "logging",
}  # fmt: skip
GENERIC_NAMES = {"utils", "helpers", "common", "misc", "tools", "lib", "core"}


def imports(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            yield node.module or "", node.lineno


def test_packages_import_only_what_the_architecture_allows(modules: dict[str, ast.Module]) -> None:
    wrong = []
    for name, tree in modules.items():
        package = name.split(".")[0]
        for imported, line in imports(tree):
            target = imported.split(".")[0]
            if target in OURS - {package} - MAY_IMPORT[package]:
                wrong.append(f"{name}:{line} imports {imported}")
            if target == "fortnox_emulator" and package == "tieout" and name not in EMULATOR_USERS:
                wrong.append(f"{name}:{line} imports the emulator")
    assert not wrong, "\n".join(wrong)


def test_transforms_see_no_clock_network_database_or_environment(modules: dict[str, ast.Module]) -> None:
    wrong = [
        f"{name}:{line} imports {imported}"
        for name, tree in modules.items()
        if name.startswith("transforms")
        for imported, line in imports(tree)
        if imported.split(".")[0] in FOREIGN_TO_TRANSFORMS
    ]
    assert not wrong, "\n".join(wrong)


def test_imports_stand_at_the_top_of_their_module(modules: dict[str, ast.Module]) -> None:
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in modules.items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, "imports inside functions: " + ", ".join(wrong)


def test_modules_do_not_import_each_other_in_circles(modules: dict[str, ast.Module]) -> None:
    packages = {name.removesuffix(".__init__"): name for name in modules}

    def targets(name: str) -> set[str]:
        found = set()
        for node in ast.walk(modules[name]):
            if isinstance(node, ast.ImportFrom) and node.module:
                members = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {packages[member] for member in members & packages.keys()}
                if not members <= packages.keys() and node.module in packages:
                    found.add(packages[node.module])
            elif isinstance(node, ast.Import):
                found |= {packages[alias.name] for alias in node.names if alias.name in packages}
        return found - {name}

    graph = {name: targets(name) for name in modules}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for target in sorted(graph[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


@pytest.mark.parametrize(
    "names", [GENERIC_NAMES, sys.stdlib_module_names - {"__main__"}], ids=["generic", "stdlib"]
)
def test_no_module_has_a_name_that_says_nothing_or_hides_the_standard_library(
    modules: dict[str, ast.Module], names: set[str]
) -> None:
    wrong = sorted(name for name in modules if name.split(".")[-1] in names)
    assert not wrong, ", ".join(wrong)


def test_money_never_meets_a_float(modules: dict[str, ast.Module]) -> None:
    """Rooms that handle money hold no float: no float(), no float literal, no Float dtype."""
    rooms = ("transforms", "pipelines.fortnox.schema", "pipelines.sie", "fortnox_emulator.books")
    checked, wrong = 0, []
    for name, tree in modules.items():
        if not name.startswith(rooms):
            continue
        checked += 1
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Name) and node.id == "float"
            is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_dtype = isinstance(node, ast.Attribute) and node.attr in {
                "Float32",
                "Float64",
                "float64",
                "float32",
            }
            if is_call or is_literal or is_dtype:
                wrong.append(f"{name}:{getattr(node, 'lineno', '?')}")
    assert checked > 10
    assert not wrong, ", ".join(wrong)


def test_every_lazy_frame_of_the_transforms_names_its_engine(modules: dict[str, ast.Module]) -> None:
    """Polars' default engine keeps no order within groups (``tables.ENGINE``)."""
    calls = [
        (name, node)
        for name, tree in modules.items()
        if name.startswith("transforms")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    collects = [(name, node) for name, node in calls if node.func.attr == "collect"]  # type: ignore[attr-defined]
    assert collects
    assert not [name for name, node in collects if [k.arg for k in node.keywords] != ["engine"]]
    assert not [name for name, node in calls if node.func.attr == "collect_all"]  # type: ignore[attr-defined]
