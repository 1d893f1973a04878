"""Raw SIE bytes as received, kept by their SHA-256: what an auditor re-reads, and never altered.

Parsing them does not belong here.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.sie.files import SieFile


def keep_bytes(file: SieFile, directory: Path) -> Path:
    """Store the file as ``<sha256>.se`` in ``directory``, whole or not at all; a file held already is left alone."""
    target = directory / f"{file.file_id}.se"
    if target.exists():
        return target
    temporary = directory / f".{file.file_id}.tmp"
    if isinstance(file.content, bytes):
        temporary.write_bytes(file.content)
    else:
        shutil.copyfile(file.content, temporary)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.chmod(0o444)
    temporary.replace(target)
    return target
