"""A pack as one zip file in one form only: stored, sorted, without dates, so that every byte of it is accounted for.

What the files are does not belong here.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


class UnreadableArchive(Exception):
    """The zip file cannot be read at all."""


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """The only zip file these files make. Nothing is compressed: no two versions of zlib need to agree."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _NO_DATE)
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[path])
    return target.getvalue()


def read_pack(pack: Path) -> dict[str, bytes]:
    """Every file of a pack, folder or zip, by path. Raises ``UnreadableArchive``."""
    if pack.is_dir():
        return {
            path.relative_to(pack).as_posix(): path.read_bytes()
            for path in sorted(pack.rglob("*"))
            if path.is_file() or path.is_symlink()
        }
    try:
        with zipfile.ZipFile(pack) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise UnreadableArchive(f"{pack}: not a readable zip file: {error}") from None
