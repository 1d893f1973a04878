"""The fuzzing target itself: the corpus, what was ever found, and a first stretch of its inputs."""

from __future__ import annotations

import importlib.util
from itertools import islice
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "../../data/sie/corpus").glob("*.se"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """`fuzz_sie.py` as a module; tests have no package to import it from."""
    spec = importlib.util.spec_from_file_location("fuzz_sie", HERE / "fuzz_sie.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_corpus() -> None:
    assert len(CORPUS) >= 4


@pytest.mark.parametrize("file", CORPUS, ids=lambda p: p.stem)
def test_corpus_file_breaks_no_rule(file: Path, fuzz: ModuleType, fast_module: ModuleType) -> None:
    fuzz.check(file.read_bytes(), fuzz.fast_readers(), round_trip=True)


def test_first_inputs_break_no_rule(fuzz: ModuleType, fast_module: ModuleType) -> None:
    readers = fuzz.fast_readers()
    for count, data in enumerate(islice(fuzz.inputs(seed=0), 3000)):
        fuzz.check(data, readers, round_trip=count % 25 == 0)
