"""Where one company's files are, and the lock that lets one run at a time touch them.

::

    <root>/<company>/
        snapshot.duckdb -> snapshots/snapshot-17.duckdb     what analysts open
        snapshots/                                          published, immutable
        report.html
        decisions.jsonl                                     what people decided about findings; only added to
        sie/<sha256>.se                                     raw SIE bytes as received
        consent                                             sealed refresh token, where the company has one
        work/warehouse.duckdb  work/dlt/  work/lock         private to the run

Which companies exist and what they are called does not belong here; see ``tieout.settings``.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final


class CompanyBusy(Exception):
    """Another run holds the company. Nothing was touched; wait for it to end or stop it."""

    exit: Final = 3


@dataclass(frozen=True)
class CompanyDirectory:
    """The paths of one company below ``root``."""

    root: Path
    company_id: str

    @property
    def folder(self) -> Path:
        return self.root / self.company_id

    @property
    def snapshot_pointer(self) -> Path:
        return self.folder / "snapshot.duckdb"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def decisions_file(self) -> Path:
        return self.folder / "decisions.jsonl"

    @property
    def sie_directory(self) -> Path:
        return self.folder / "sie"

    @property
    def consent(self) -> Path:
        return self.folder / "consent"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def warehouse_file(self) -> Path:
        return self.work / "warehouse.duckdb"

    @property
    def pipelines_directory(self) -> Path:
        return self.work / "dlt"

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the company for one run; the folders exist afterwards.

        The lock is the kernel's and ends with the process, however it ends. Raises ``CompanyBusy`` naming the
        process that holds it.
        """
        for folder in (self.work, self.snapshots, self.sie_directory):
            folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.work / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._acquire(lock)
            yield
        finally:
            os.close(lock)

    def _acquire(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EAGAIN, errno.EACCES}:
                raise
            holder = os.pread(lock, 32, 0).decode("ascii", errors="replace").strip() or "unknown"
            raise CompanyBusy(
                f"{self.company_id}: another run (process {holder}) is working on {self.folder};"
                " wait until it has finished"
            ) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode("ascii"), 0)
