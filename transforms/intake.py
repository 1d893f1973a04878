"""Taking a raw table in: which columns, which of them a row cannot do without, and what became of the rows.

A row that lacks what its grain needs, or repeats a key, is refused, counted and named; nothing is dropped in
silence. What the columns mean does not belong here; that is ``staging.py`` and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from transforms.books import REJECTED, SurfaceCount
from transforms.tables import TEXT, ContractBroken

Dtype = pl.DataType | type[pl.DataType]


@dataclass(frozen=True)
class Surface:
    """One raw table as staging reads it. ``fields`` maps the conformed name to the raw column and its dtype.

    ``year_field`` names the conformed column holding a Fortnox financial-year id that must become a
    financial year. In the ``blank`` columns no value is a value: null becomes empty text before the key is
    judged.
    """

    name: str
    key: tuple[str, ...]
    fields: Mapping[str, tuple[str, Dtype]]
    required: tuple[str, ...] = ()
    year_field: str | None = None
    blank: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Dtype]:
        year: dict[str, Dtype] = {"financial_year": pl.Date} if self.year_field else {}
        return {name: dtype for name, (_, dtype) in self.fields.items()} | year


@dataclass
class Intake:
    """The raw tables of one staging, and the account of what was taken from them.

    Only rows of ``company_id`` are taken; those of another company are refused, one line per surface and company.
    """

    raw: Mapping[str, pl.DataFrame]
    company_id: str
    year_ids: pl.DataFrame | None = None
    counts: list[SurfaceCount] = field(default_factory=list)
    rejections: list[pl.DataFrame] = field(default_factory=list)

    def has(self, surface: Surface) -> bool:
        """Whether the raw table was loaded at all."""
        return surface.name in self.raw

    def take(self, surface: Surface) -> pl.DataFrame:
        """The accepted rows of a raw table under conformed names; an empty frame when it was not loaded."""
        if not self.has(surface):
            return pl.DataFrame(schema=surface.schema)
        own = self._own_rows(surface.name, _renamed(surface, self.raw[surface.name]))
        frame = self._resolve_year(surface, own)
        if frame.select(pl.struct(surface.key).is_duplicated().any()).item():
            frame = frame.sort(frame.columns, nulls_last=True)
        return self.refuse(surface.name, surface.key, frame.with_columns(_reason=_refusal(surface)))

    def _own_rows(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        """The company's rows; what else is in the table must not mix with them, nor go unseen."""
        others = frame.filter(pl.col("company_id").ne_missing(self.company_id))
        if others.is_empty():
            return frame
        reason = pl.format("{} rows belong to another company than {}", pl.len(), pl.lit(self.company_id))
        listed = others.group_by("company_id").agg(reason=reason)
        key = pl.col("company_id").fill_null("?")
        self.rejections.append(
            listed.select(pl.lit(name, dtype=TEXT).alias("surface"), key.alias("key"), "reason")
        )
        return frame.filter(pl.col("company_id") == self.company_id)

    def refuse(self, name: str, key: tuple[str, ...], judged: pl.DataFrame) -> pl.DataFrame:
        """The rows of ``judged`` whose ``_reason`` is null; the others are counted and listed."""
        refused = judged.filter(pl.col("_reason").is_not_null())
        self.counts.append(SurfaceCount(name, judged.height, judged.height - refused.height, refused.height))
        if refused.height:
            parts = [pl.col(column).cast(pl.String).fill_null("?") for column in key]
            self.rejections.append(
                refused.select(
                    surface=pl.lit(name), key=pl.concat_str(parts, separator="/"), reason="_reason"
                )
            )
            judged = judged.filter(pl.col("_reason").is_null())
        return judged.drop("_reason")

    def rejected(self) -> pl.DataFrame:
        """Every refused row by surface, key and reason."""
        return pl.concat([REJECTED, *self.rejections]).sort("surface", "key", "reason")

    def _resolve_year(self, surface: Surface, frame: pl.DataFrame) -> pl.DataFrame:
        if surface.year_field is None:
            return frame
        ids = self.year_ids if self.year_ids is not None else NO_YEAR_IDS
        return frame.join(
            ids, left_on=["company_id", surface.year_field], right_on=["company_id", "_id"], how="left"
        )


NO_YEAR_IDS = pl.DataFrame(schema={"company_id": pl.String, "_id": pl.String, "financial_year": pl.Date})


def _renamed(surface: Surface, raw: pl.DataFrame) -> pl.DataFrame:
    absent = sorted({column for column, _ in surface.fields.values()} - set(raw.columns))
    if absent:
        raise ContractBroken(f"{surface.name}: missing column(s) {', '.join(absent)}")
    return raw.select(
        pl.col(column).cast(dtype, strict=True).alias(name)
        for name, (column, dtype) in surface.fields.items()
    ).with_columns(pl.col(name).fill_null("") for name in surface.blank)


def _refusal(surface: Surface) -> pl.Expr:
    """Why a row is refused, null for a good one. Of rows repeating a key the first in sort order stays."""
    reasons = [
        pl.when(pl.col(name).is_null()).then(pl.lit(f"{name} is missing"))
        for name in dict.fromkeys((*surface.key, *surface.required))
    ]
    if surface.year_field:
        unknown = pl.col("financial_year").is_null()
        reason = pl.format("financial year {} is not loaded", surface.year_field)
        reasons.insert(0, pl.when(unknown).then(reason))
    reasons.append(pl.when(~pl.struct(surface.key).is_first_distinct()).then(pl.lit("repeats a key")))
    return pl.coalesce(*reasons)
