"""The one place where modules are loaded late, so that `import sie_parser` and small files stay fast.

Needed late: pyarrow (0.3 s to import) for columns, duckdb for `convert`, numba (0.5 s, and 10 to 15 s to
compile the kernel the first time on a machine) for large files. Everything else is imported at the top of the
module that uses it. Decision record: docs/decisions/0301-sie-fast-path.md.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sie_parser.charset import ByteCounter, Charset, count_bytes

if TYPE_CHECKING:
    from sie_parser.fast import FastReader

# Where the fast reader pays, in bytes. The exact reader reads about 3 MB/s.
WORTH_IT_LOADED = 256 << 10  # kernel in memory
WORTH_IT_CACHED = 4 << 20  # numba to import, kernel to load from its cache: 0.8 s
WORTH_IT_COMPILING = 64 << 20  # kernel to compile


def load(name: str) -> Any:
    """A module of this package that imports something heavy."""
    return importlib.import_module(f"sie_parser.{name}")


def prepare() -> bool:
    """Compile or load the fast reader now, so that no file waits for it; False where numba cannot work."""
    return _fast_module() is not None


def fast_reader(size: int, charset: Charset) -> FastReader | None:
    """The fast reader for a file of `size` bytes, or None where the exact reader is done sooner."""
    if size < _worth_it():
        return None
    fast = _fast_module()
    return fast and cast("FastReader", fast.FastReader(charset))


def byte_counter(size: int) -> ByteCounter:
    """How to count the bytes above 127 of a file of `size` bytes."""
    if size < _worth_it():
        return count_bytes
    fast = _fast_module()
    return count_bytes if fast is None else cast("ByteCounter", fast.count_bytes)


def _worth_it() -> int:
    """From how many bytes on the fast reader pays, as things stand in this process and on this machine."""
    if _fast_module.cache_info().currsize:
        return WORTH_IT_LOADED
    return WORTH_IT_CACHED if _kernel_is_cached() else WORTH_IT_COMPILING


@functools.cache
def _fast_module() -> Any:
    """The module `fast`, its kernel ready; None where numba is missing or has nowhere to keep its cache."""
    try:
        fast = load("fast")
    except (ImportError, RuntimeError):
        return None
    fast.prepare()
    return fast


def _kernel_is_cached() -> bool:
    """Whether numba holds the compiled kernel on disk, newer than its source; asked without importing numba."""
    source = Path(__file__).with_name("kernel.py")
    folder = os.environ.get("NUMBA_CACHE_DIR")
    places = Path(folder).glob("*") if folder else [source.with_name("__pycache__")]
    version = f"py{sys.version_info.major}{sys.version_info.minor}"
    indexes = [index for place in places for index in place.glob(f"kernel.scan-*.{version}.nbi")]
    return any(index.stat().st_mtime >= source.stat().st_mtime for index in indexes)
