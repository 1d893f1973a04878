"""Opening the work file where the operating system does not let us: what is said is what has to be done."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

NOBODY = 65534
#: As somebody who may not do everything, which the tests themselves may be run as.
OPEN = """
import os, sys
from pathlib import Path
from pipelines.warehouse import connect, needing_room
path = Path(sys.argv[1])
if os.getuid() == 0:
    os.setuid(int(sys.argv[3]))
try:
    with needing_room(path.parent):
        connect(path, read_only=sys.argv[2] == "read").execute("CREATE TABLE x (y INTEGER)")
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def file() -> Iterator[Path]:
    """A warehouse file in a folder everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "warehouse.duckdb"
        duckdb.connect(str(path)).close()
        yield path
        Path(folder).chmod(0o700)


def opened(path: Path, how: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", OPEN, str(path), how, str(NOBODY)], capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


@pytest.mark.parametrize(("how", "mode"), [("read", 0o000), ("write", 0o000), ("write", 0o444)])
def test_a_work_file_that_may_not_be_opened_says_so_and_is_not_called_damaged(
    file: Path, how: str, mode: int
) -> None:
    file.chmod(mode)
    assert opened(file, how) == (
        f"PermissionError [Errno 13] may not be read and written; change its owner or mode: '{file}'"
    )


def test_a_folder_that_may_not_be_written_says_so(file: Path) -> None:
    file.chmod(0o666)
    file.parent.chmod(0o555)
    assert opened(file, "write") == (
        f"PermissionError [Errno 13] may not be read and written; change its owner or mode: '{file.parent}'"
    )
