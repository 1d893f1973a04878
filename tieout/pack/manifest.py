"""The manifest of a pack: SHA-256 of every file and of the predecessor, its own hash beside it, a signature if wanted.

::

    manifest.json     what the pack is, its predecessor, path, bytes and SHA-256 of every file
    manifest.sha256   SHA-256 of manifest.json, in the form sha256sum reads
    manifest.sig      Ed25519 signature of manifest.json and the public key, when a key was given

All three have one canonical form. What the other files hold does not belong here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

FORMAT: Final = "tieout-pack/1"
MANIFEST: Final = "manifest.json"
MANIFEST_HASH: Final = "manifest.sha256"
SIGNATURE: Final = "manifest.sig"
BESIDE: Final = frozenset({MANIFEST, MANIFEST_HASH, SIGNATURE})


class KeyUnusable(Exception):
    """The signing key is not an unencrypted Ed25519 key in PEM. Exit code 4."""

    exit: Final = 4


def canonical_json(value: Any) -> bytes:
    """The one way a value is written: sorted keys, two blanks, UTF-8, newline at the end."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8")


def sealed(
    files: Mapping[str, bytes], about: Mapping[str, Any], key: Ed25519PrivateKey | None
) -> dict[str, bytes]:
    """``files`` with their manifest, its hash and, with a key, its signature."""
    listed = [
        {"path": path, "bytes": len(files[path]), "sha256": hashlib.sha256(files[path]).hexdigest()}
        for path in sorted(files)
    ]
    manifest = canonical_json({"format": FORMAT, **about, "files": listed})
    beside = {MANIFEST: manifest, MANIFEST_HASH: hash_line(manifest)}
    if key is not None:
        beside[SIGNATURE] = signature_text(key.sign(manifest), key.public_key())
    return {**files, **beside}


def hash_line(manifest: bytes) -> bytes:
    """What ``sha256sum manifest.json`` prints."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode("ascii")


def signature_text(signature: bytes, key: Ed25519PublicKey) -> bytes:
    return canonical_json(
        {"algorithm": "Ed25519", "public_key": public_hex(key), "signature": signature.hex()}
    )


def public_hex(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()


def signer_of(manifest: bytes, signature: bytes) -> str | None:
    """The public key (hex) that signed ``manifest``; None when the signature does not hold."""
    try:
        stated = json.loads(signature)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(stated["public_key"]))
        raw = bytes.fromhex(stated["signature"])
        if signature_text(raw, key) != signature:
            return None
        key.verify(raw, manifest)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None
    return public_hex(key)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """The key in ``path``. Raises ``KeyUnusable``."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(
            f"{path}: not an unencrypted Ed25519 private key (openssl genpkey -algorithm ed25519)"
        )
    return key


def read_public_key(path: Path) -> str:
    """The public key in ``path``, in hex. Raises ``KeyUnusable``."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{path}: not an Ed25519 public key in PEM (openssl pkey -pubout)")
    return public_hex(key)
