"""A file that is there whole or not at all, whoever reads meanwhile and whenever the process dies.

Whole folders, and files that another library writes by name, do not belong here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path, *, mode: int = 0o666, replace: bool = True) -> Iterator[BinaryIO]:
    """A file to write to that takes ``path``'s place, durably, when the block ends; an error in it leaves ``path``.

    ``mode`` is the finished file's, less the process's umask. Without ``replace`` a file that stands there stays and
    ``FileExistsError`` is raised. One process writes to one path at a time; what a killed one left is written over.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if replace:
            beside.replace(path)
        else:
            os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    make_durable(path.parent)


def write_whole(path: Path, content: bytes, *, mode: int = 0o666, replace: bool = True) -> None:
    """Put ``content`` at ``path`` as ``whole_file`` does."""
    with whole_file(path, mode=mode, replace=replace) as file:
        file.write(content)


def make_durable(path: Path) -> None:
    """On disk when this returns: a file's content, a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
