"""The raw tables of schema ``sie``: what ``sie_parser`` gives, with the company, file and year put in front.

One fixed Arrow schema per table: a column's type never depends on what a file happens to hold (DuckDB would cast a
drifting type silently). What a SIE item is belongs in ``sie_parser``; what the figures mean in ``transforms``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from sie_parser.columns import SCHEMAS

IN_FRONT: Final = pa.schema(
    [("company_id", pa.string()), ("file_id", pa.string()), ("financial_year", pa.date32())]
)
OF_THE_FILE: Final = pa.schema(
    [("file_name", pa.string()), ("financial_year_id", pa.string()), ("financial_year_source", pa.string())]
)

_MEANINGS: Final = {
    "company_id": "The company",
    "file_id": "SHA-256 of the file's bytes as received",
    "financial_year": "First day of the file's own financial year (#RAR 0)",
    "financial_year_end": "Last day of the file's own financial year",
    "financial_year_id": "Fortnox's id of the year when the file came over the API; null otherwise",
    "financial_year_source": "How the year is known: rar; voucher_dates or generated_date where the file names none",
    "file_name": "Name the file was given with",
    "bytes": "Size of the file",
    "charset": "Character set decided from the bytes",
    "sie_type": "SIE type 1-4 (#SIETYP)",
    "program": "Program that wrote it (#PROGRAM)",
    "program_version": "Its version",
    "company_name": "Company name (#FNAMN)",
    "corporate_id": "Organisation number (#ORGNR)",
    "currency": "Currency of the amounts (#VALUTA); SEK where the file says nothing",
    "generated_date": "Day the file was written (#GEN)",
    "ksumma": "Checksum: absent, valid, wrong or unterminated (#KSUMMA)",
    "account_number": "Account number, text",
    "name": "Name",
    "account_type": "asset, liability, cost or income (#KTYP)",
    "unit": "Unit of quantities (#ENHET)",
    "sru_codes": "SRU codes, blank separated (#SRU)",
    "line": "Line of the file, from 1",
    "kind": "What the row is; see the table's grain",
    "year_number": "0 the file's year, -1 the one before …",
    "amount": "Amount in the file's currency, debit positive",
    "quantity": "Quantity; null where the file gives none",
    "objects": "Dimension objects as JSON [[dimension, object], …]; null for none",
    "period": "First day of the month",
    "voucher_position": "Order in the file, from 1: the identity of a voucher; 0 = outside any voucher",
    "voucher_series": "Series; empty where the file gives none",
    "voucher_number": "Number, text; empty where the file gives none",
    "voucher_date": "Voucher date",
    "text": "Text",
    "registration_date": "Day it was registered",
    "signature": "Who registered or corrected it, as the file says",
    "row_number": "Position within the voucher, rows of all kinds counted, from 1",
    "row_date": "Row's own date; null = the voucher's",
    "dimension": "Number of the dimension",
    "parent_dimension": "Dimension it is a part of; null for none",
    "object": "Number of the object",
    "code": "Code of the problem (docs/sie_parser.md lists them)",
    "column": "Column of the line, from 1",
    "label": "Label of the item, as #TRANS",
    "message": "What is wrong and what to do",
    "excerpt": "The beginning of what could not be read",
}

#: table -> (one row per …, columns that tell its rows apart besides the company, file and year)
_GRAINS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "files": ("file", ()),
    "accounts": ("account of the chart (#KONTO, #KTYP, #SRU, #ENHET)", ("account_number",)),
    "balances": (
        "account, year and kind: opening_balance (#IB), closing_balance (#UB), result_balance (#RES)",
        ("line",),
    ),
    "object_balances": (
        "account, object and year: opening_balance (#OIB), closing_balance (#OUB)",
        ("line",),
    ),
    "period_balances": ("account and month: period_balance (#PSALDO), period_budget (#PBUDGET)", ("line",)),
    "vouchers": ("voucher (#VER)", ("voucher_position",)),
    "voucher_rows": (
        "row of a voucher: row (#TRANS, the books), added (#RTRANS) and removed (#BTRANS), both history",
        ("voucher_position", "row_number", "line"),
    ),
    "dimensions": ("dimension (#DIM, #UNDERDIM)", ("line",)),
    "objects": ("object of a dimension (#OBJEKT)", ("line",)),
    "problems": (
        "problem met in the file: nothing is dropped without a row here",
        ("line", "column", "code"),
    ),
}


@dataclass(frozen=True)
class Table:
    """One raw table of schema ``sie``: one row per ``grain``, told apart by ``key``."""

    name: str
    grain: str
    key: tuple[str, ...]
    arrow: pa.Schema

    def column_comments(self) -> Iterator[tuple[str, str]]:
        """(column, meaning) of all columns, for the snapshot's comments."""
        return ((name, _MEANINGS[name]) for name in self.arrow.names)


def _table(name: str) -> Table:
    grain, key = _GRAINS[name]
    extra = list(OF_THE_FILE) if name == "files" else []
    return Table(
        name, grain, ("financial_year", "file_id", *key), pa.schema([*IN_FRONT, *extra, *SCHEMAS[name]])
    )


TABLES: Final = tuple(_table(name) for name in SCHEMAS)
