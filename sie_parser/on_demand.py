"""The one place where modules are loaded late, so that `import sie_parser` stays fast.

`columns` and `loading` need pyarrow (about 0.3 s to import); reading records needs neither. Everything else
is imported at the top of the module that uses it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pathlib import Path

    from sie_parser.columns import SieTables
    from sie_parser.loading import BatchStream
    from sie_parser.source import Source


def batches(source: Source, *, batch_rows: int = 122_880) -> BatchStream:
    """The file as batches `(table, data)` of at most `batch_rows` rows; `files` comes last."""
    loading = importlib.import_module("sie_parser.loading")
    return cast("BatchStream", loading.batches(source, batch_rows=batch_rows))


def tables(source: Source) -> SieTables:
    """The whole file as Arrow tables, with its header. See `columns.py`."""
    loading = importlib.import_module("sie_parser.loading")
    return cast("SieTables", loading.tables(source))


def convert(source: Source, kind: str, target: Path) -> dict[str, int]:
    """A file as `parquet`, `csv` or `duckdb`; returns the number of rows per table. See `convert.py`."""
    conversion = importlib.import_module("sie_parser.convert")
    return cast("dict[str, int]", conversion.convert(source, kind, target))
