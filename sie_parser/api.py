"""The calls that need pyarrow or duckdb, in front of the modules that do the work, which are loaded when called.

`records` and `write` need neither and stand in `reader.py` and `writer.py`. Nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sie_parser.on_demand import load

if TYPE_CHECKING:
    import os

    from sie_parser.columns import SieTables
    from sie_parser.loading import BatchStream
    from sie_parser.source import Source


def batches(source: Source, *, batch_rows: int = 122_880) -> BatchStream:
    """The file as batches `(table, data)` of at most `batch_rows` rows; `files` comes last."""
    return cast("BatchStream", load("loading").batches(source, batch_rows=batch_rows))


def tables(source: Source) -> SieTables:
    """The whole file as Arrow tables, with its header. See `columns.py`."""
    return cast("SieTables", load("loading").tables(source))


def convert(source: Source, kind: str, target: str | os.PathLike[str]) -> dict[str, int]:
    """A file as `parquet`, `csv` or `duckdb`; returns the number of rows per table. See `conversion.py`."""
    return cast("dict[str, int]", load("conversion").convert(source, kind, target))
