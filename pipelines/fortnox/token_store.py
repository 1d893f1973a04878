"""A company's refresh token at rest: encrypted, readable by its owner only, replaced atomically, one renewal at a time.

A refresh token is good for one use and the next comes with its answer (reference/fortnox/fortnox_api.md section 5), so
a pair that is lost between two processes or in a crash loses the consent. The key comes from the caller and is never
written. What is asked of the token endpoint belongs in ``refresh_tokens.py``.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from pipelines.fortnox.errors import SetupError
from pipelines.whole_file import write_whole

#: How long a refresh token lives unused (reference/fortnox/fortnox_api.md section 5; older documents say 31).
REFRESH_TOKEN_DAYS: Final = 45


@dataclass(frozen=True)
class TokenStore:
    """One company's refresh token in ``path``; ``key`` is a Fernet key (32 bytes, URL-safe base64)."""

    path: Path
    key: str = field(repr=False)

    def read(self) -> str | None:
        """The refresh token; None when none was ever stored. Raises ``SetupError`` when the key does not open it."""
        try:
            sealed = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return self._fernet().decrypt(sealed).decode()
        except InvalidToken:
            raise SetupError(
                f"{self.path.name}: the token key does not open it; use the key it was written with, or connect again."
            ) from None

    def sealed_at(self) -> int | None:
        """When the stored token was sealed, in seconds since 1970; None when none was ever stored. Needs the key."""
        return None if self.read() is None else self._fernet().extract_timestamp(self.path.read_bytes())

    def check_key(self) -> None:
        """Raise ``SetupError`` when the key cannot seal anything."""
        self._fernet()

    def write(self, refresh_token: str) -> None:
        """Put ``refresh_token`` in place of the old one; on disk when this returns. Called within ``exclusively``."""
        sealed = self._fernet().encrypt(refresh_token.encode())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, sealed, mode=0o600)

    def check_room(self) -> None:
        """Raise ``OSError`` where a token in place of the stored one could not be written now."""
        beside = self.path.with_name(f".{self.path.name}.room")
        write_whole(beside, os.urandom(self.path.stat().st_size), mode=0o600)
        beside.unlink()

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the store against every other thread and process; the system lets go for a holder that dies."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _fernet(self) -> Fernet:
        try:
            return Fernet(self.key)
        except ValueError:
            raise SetupError(
                "The token key is not a Fernet key (32 bytes in URL-safe base64); make one and connect again."
            ) from None
