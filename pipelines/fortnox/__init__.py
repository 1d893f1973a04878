"""Fortnox as a read-only dlt source: ``from pipelines.fortnox import fortnox_source``. See ``source.py``."""

from pipelines.fortnox.source import fortnox_source

__all__ = ["fortnox_source"]
