"""Tieout: a Fortnox company's books in DuckDB every night, with both subledgers tied to the general ledger.

This package is the front of the house: the command line, the night's recipe, settings and reports. It is thin on
purpose. Fetching and loading belong to ``pipelines``, accounting judgment to ``transforms``.
"""

from importlib.metadata import version

__version__ = version("fortnox-tieout")
