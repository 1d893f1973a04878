"""SIE files (types 1-4, 4E and 4I) as exact records, or as Arrow batches at the speed of a CSV reader.

    import sie_parser

    for record in sie_parser.records("books.se"):     # every item, typed, with its line
        ...
    for table, data in sie_parser.batches("books.se"):   # Arrow record batches, flat memory
        ...
    vouchers = sie_parser.tables("books.se").vouchers    # the whole file

Stands alone: imports nothing else of this project. What belongs together is explained in
`docs/sie_parser.md`.
"""

from sie_parser.api import batches, convert, tables
from sie_parser.header import Header
from sie_parser.model import Record
from sie_parser.on_demand import prepare
from sie_parser.problems import Problem, SieError
from sie_parser.reader import RecordStream, records
from sie_parser.writer import write

__all__ = [
    "Header",
    "Problem",
    "Record",
    "RecordStream",
    "SieError",
    "batches",
    "convert",
    "prepare",
    "records",
    "tables",
    "write",
]
