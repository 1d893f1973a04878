"""Raw SIE bytes as received, kept by their SHA-256: what an auditor re-reads, and never altered.

Parsing them does not belong here.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.sie.files import SieFile
from pipelines.whole_file import whole_file


def keep_bytes(file: SieFile, directory: Path) -> Path:
    """Store the file as ``<sha256>.se`` in ``directory``, whole or not at all; a file held already is left alone."""
    target = directory / f"{file.file_id}.se"
    if target.exists():
        return target
    with whole_file(target, mode=0o444) as kept:
        if isinstance(file.content, bytes):
            kept.write(file.content)
        else:
            with file.content.open("rb") as received:
                shutil.copyfileobj(received, kept)
    return target
