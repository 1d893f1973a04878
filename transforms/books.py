"""``Books``: the conformed tables of one run as one value, with what was not available and what was refused.

"Not loaded" and "no rows" are different: a table that could not be made is an empty frame here *and* a
reason in ``missing``, and every reconciliation that needs it says so instead of being silent. How the tables
are made does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import polars as pl

from transforms import tables
from transforms.finality import Finality
from transforms.tables import CHANGES, COMPLETENESS, PERIODS, Table

REJECTED: Final = pl.DataFrame(schema={"surface": pl.String, "key": pl.String, "reason": pl.String})
CONFORMED: Final = (*tables.LEDGER, PERIODS, COMPLETENESS, CHANGES)
CONFORMED_NAMES: Final = tuple(table.name for table in CONFORMED)
DOCUMENTS: Final = ("_invoices", "_payments", "_write_offs")
"""How the names of tables of documents end, after the subledger's name."""


@dataclass(frozen=True)
class SurfaceCount:
    """What staging did with one raw table: ``rows_in = rows_out + rows_rejected``."""

    surface: str
    rows_in: int
    rows_out: int
    rows_rejected: int


@dataclass(frozen=True)
class Books:
    """The conformed tables, by the names of their contracts in ``tables.py``."""

    financial_years: pl.DataFrame
    accounts: pl.DataFrame
    control_accounts: pl.DataFrame
    account_balances: pl.DataFrame
    period_balances: pl.DataFrame
    vouchers: pl.DataFrame
    voucher_rows: pl.DataFrame
    voucher_detail_rows: pl.DataFrame
    voucher_series: pl.DataFrame
    customers: pl.DataFrame
    suppliers: pl.DataFrame
    attached_files: pl.DataFrame
    customer_invoices: pl.DataFrame
    customer_payments: pl.DataFrame
    customer_write_offs: pl.DataFrame
    supplier_invoices: pl.DataFrame
    supplier_payments: pl.DataFrame
    supplier_write_offs: pl.DataFrame
    subledger_entries: pl.DataFrame
    periods: pl.DataFrame
    completeness: pl.DataFrame
    changes: pl.DataFrame
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    counts: tuple[SurfaceCount, ...] = ()
    rejected: pl.DataFrame = field(default_factory=REJECTED.clone)
    finality: Finality = field(default_factory=lambda: Finality(PERIODS.empty()))
    derived: dict[tuple[Hashable, ...], pl.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        frames: Mapping[str, pl.DataFrame],
        missing: Mapping[str, str] | None = None,
        counts: Iterable[SurfaceCount] = (),
        rejected: pl.DataFrame | None = None,
    ) -> Books:
        """Books from frames by table name, each checked against its contract; a table not given is empty.

        What a column says the same in every row (the company, mostly) is held once, not row by row.
        """
        unknown = sorted(set(frames) - {table.name for table in CONFORMED})
        if unknown:
            raise ValueError(f"not conformed tables: {', '.join(unknown)}")
        return cls(
            **{
                table.name: _constants_once(table.check(frames[table.name]))
                if table.name in frames
                else table.empty()
                for table in CONFORMED
            },
            missing=MappingProxyType(dict(missing or {})),
            counts=tuple(counts),
            rejected=REJECTED.clone() if rejected is None else rejected,
            finality=Finality(frames.get(PERIODS.name, PERIODS.empty())),
        )

    def beside(self, completeness: pl.DataFrame) -> Books:
        """These books with what the extraction says of itself (``recon.completeness``)."""
        known = {need: reason for need, reason in self.missing.items() if need != COMPLETENESS.name}
        return replace(self, completeness=COMPLETENESS.check(completeness), missing=MappingProxyType(known))

    def of_one(self, subledger: str) -> Books:
        """These books with the documents of one subledger only; ledger, registers and control accounts stay."""
        emptied = {
            name: getattr(self, name).clear()
            for name in CONFORMED_NAMES
            if name.endswith(DOCUMENTS) and not name.startswith(subledger)
        }
        own = self.subledger_entries.filter(pl.col("subledger") == subledger)
        return replace(self, **emptied, subledger_entries=own)

    def once(self, what: tuple[Hashable, ...], make: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """A frame that several reconciliations derive from these books, made by the first that asks.

        ``what`` is its name and whatever it depends on besides the books.
        """
        if what not in self.derived:
            self.derived[what] = make()
        return self.derived[what]

    def frame(self, table: Table) -> pl.DataFrame:
        """The frame of one conformed table."""
        frame: pl.DataFrame = getattr(self, table.name)
        return frame

    def by_qualified_name(self) -> dict[str, pl.DataFrame]:
        """Every table of the ``ledger`` schema by qualified name, ready to be published."""
        return {table.qualified_name: self.frame(table) for table in tables.LEDGER}

    def why_not(self, needs: Iterable[str]) -> str | None:
        """Why something that needs these tables cannot be made; None when it can."""
        reasons = sorted({self.missing[need] for need in needs if need in self.missing})
        return "; ".join(reasons) or None


def _constants_once(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with every column of one value as polars' constant, which takes no room however many the rows."""
    if frame.is_empty():
        return frame
    alike = frame.select(pl.all().eq_missing(pl.all().first()).all()).row(0, named=True)
    first = frame.row(0, named=True)
    return frame.with_columns(
        pl.lit(first[name], dtype=frame.schema[name]).alias(name)
        for name, is_alike in alike.items()
        if is_alike
    )
