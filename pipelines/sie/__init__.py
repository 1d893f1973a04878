"""SIE files into the warehouse: ``sie_source`` for dlt, and the archive of their bytes."""

from pipelines.sie.archive import keep_bytes
from pipelines.sie.source import SieFile, UnplacedFile, sie_file, sie_source

__all__ = ["SieFile", "UnplacedFile", "keep_bytes", "sie_file", "sie_source"]
