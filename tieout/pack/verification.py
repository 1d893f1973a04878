"""Verifying a pack offline: no warehouse, no network, nothing but its bytes.

Names every file that is altered, missing or added. Whether the figures are right does not belong here; the pack's
README says how to re-perform them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tieout.pack.archive import UnreadableArchive, read_pack, zip_bytes
from tieout.pack.manifest import BESIDE, FORMAT, MANIFEST, MANIFEST_HASH, SIGNATURE, hash_line, signer_of


@dataclass(frozen=True)
class Verified:
    """What was found: ``trouble`` is empty when the pack is whole. ``signer`` is the public key that signed it."""

    trouble: tuple[str, ...]
    manifest: Mapping[str, Any]
    signer: str | None = None


def verify_pack(pack: Path, required_signer: str | None = None, predecessor: Path | None = None) -> Verified:
    """Check a pack, folder or zip; also its signer and its predecessor where they are given."""
    try:
        files = read_pack(pack)
    except UnreadableArchive as error:
        return Verified((str(error),), {})
    manifest, trouble = _manifest(files)
    trouble += _files(files, manifest)
    signer = None
    if SIGNATURE in files:
        signer = signer_of(files.get(MANIFEST, b""), files[SIGNATURE])
        if signer is None:
            trouble.append(f"{SIGNATURE}: altered, or not a signature of this manifest")
    if required_signer is not None and signer != required_signer:
        trouble.append(f"{SIGNATURE}: not signed by the given key")
    if pack.is_file() and not trouble and zip_bytes(files) != pack.read_bytes():
        trouble.append(
            f"{pack.name}: the files are whole, but bytes of the zip file around them were altered"
        )
    if predecessor is not None:
        trouble += _predecessor(manifest, predecessor)
    return Verified(tuple(trouble), manifest, signer)


def _manifest(files: Mapping[str, bytes]) -> tuple[dict[str, Any], list[str]]:
    """The manifest as far as it can be read, and what is wrong with it."""
    missing = [f"{name}: missing" for name in (MANIFEST, MANIFEST_HASH) if name not in files]
    if MANIFEST not in files:
        return {}, missing
    altered = []
    if MANIFEST_HASH in files and hash_line(files[MANIFEST]) != files[MANIFEST_HASH]:
        altered.append(f"{MANIFEST} or {MANIFEST_HASH}: altered, they do not fit each other")
    try:
        manifest = json.loads(files[MANIFEST])
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise ValueError
        entries = manifest["files"]
        if not all(isinstance(entry["path"], str) and isinstance(entry["sha256"], str) for entry in entries):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return {}, [*missing, *altered, f"{MANIFEST}: not a readable manifest of {FORMAT}"]
    return manifest, missing + altered


def _files(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> list[str]:
    listed = {entry["path"]: entry["sha256"] for entry in manifest.get("files", [])}
    return list(_differences(files, listed)) if manifest else []


def _differences(files: Mapping[str, bytes], listed: Mapping[str, str]) -> Iterator[str]:
    for path in sorted(listed.keys() | (files.keys() - BESIDE)):
        if path not in files:
            yield f"{path}: missing"
        elif path not in listed:
            yield f"{path}: added, the manifest does not know it"
        elif hashlib.sha256(files[path]).hexdigest() != listed[path]:
            yield f"{path}: altered"


def _predecessor(manifest: Mapping[str, Any], predecessor: Path) -> list[str]:
    named = manifest.get("previous") or {}
    try:
        held = hashlib.sha256(read_pack(predecessor).get(MANIFEST, b"")).hexdigest()
    except UnreadableArchive as error:
        return [str(error)]
    return (
        []
        if named.get("manifest_sha256") == held
        else [f"{predecessor}: not the predecessor this pack names"]
    )
