"""Writing a pack: a folder and its zip beside it, whole or not at all, linked to the pack before it.

::

    <company>/packs/<first day of the year>-<run id>/     and the same name with .zip

What goes in is decided in ``contents``.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pipelines.companies import CompanyDirectory
from pipelines.whole_file import write_whole
from tieout.pack.archive import zip_bytes
from tieout.pack.contents import Year, pack_contents
from tieout.pack.manifest import MANIFEST, sealed
from tieout.snapshot import Snapshot


@dataclass(frozen=True)
class Pack:
    """A written pack."""

    folder: Path
    archive: Path
    manifest_sha256: str
    files: int


def write_pack(
    company: CompanyDirectory,
    snapshot: Snapshot,
    year: Year,
    *,
    personal_data: str,
    key: Ed25519PrivateKey | None,
    packs: Path | None = None,
) -> Pack:
    """Make the pack of one financial year from a snapshot. The same inputs give the same bytes."""
    root = packs or company.folder / "packs"
    run = snapshot.latest_run()
    about = {
        "company_id": run["company_id"],
        "company_name": run["company_name"],
        "financial_year": year.first.isoformat(),
        "financial_year_end": year.last.isoformat(),
        "as_of": year.as_of.isoformat(),
        "keep_until": year.keep_until.isoformat(),
        "run_id": run["run_id"],
        "run_hash": run["run_hash"],
        "finished_at": run["finished_at"],
        "tieout_version": run["tieout_version"],
        "rules_version": run["rules_version"],
        "personal_data": personal_data,
    }
    about["previous"] = _predecessor(root, about)
    files = sealed(pack_contents(snapshot, company.sie_directory, year, personal_data), about, key)
    name = f"{year.first}-{run['run_id']}"
    root.mkdir(parents=True, exist_ok=True)
    _write_folder(root / name, files)
    write_whole(root / f"{name}.zip", zip_bytes(files))
    return Pack(root / name, root / f"{name}.zip", hashlib.sha256(files[MANIFEST]).hexdigest(), len(files))


def _predecessor(root: Path, about: Mapping[str, Any]) -> dict[str, str] | None:
    """The newest pack of the same company and year whose run ended before this one's."""
    earlier = []
    for path in sorted(root.glob(f"{about['financial_year']}-*/{MANIFEST}")):
        data = path.read_bytes()
        manifest = json.loads(data)
        if manifest["company_id"] == about["company_id"] and manifest["finished_at"] < about["finished_at"]:
            earlier.append((manifest["finished_at"], manifest["run_id"], hashlib.sha256(data).hexdigest()))
    if not earlier:
        return None
    _, run_id, digest = max(earlier)
    return {"run_id": run_id, "manifest_sha256": digest}


def _write_folder(target: Path, files: Mapping[str, bytes]) -> None:
    building = target.with_name(f".{target.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    for path, data in files.items():
        (building / path).parent.mkdir(parents=True, exist_ok=True)
        (building / path).write_bytes(data)
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)
