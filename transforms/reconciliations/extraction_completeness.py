"""Everything Fortnox says exists was read and is held.

What the two witnesses of the ledger say of each other does not belong here; that is ``ledger_witnesses``. How the
figures come about is the completeness certificate's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from transforms.books import Books
from transforms.reconciliation import Reconciliation, Result, drafts
from transforms.settings import Settings

_NOT_SEEN: Final = {
    "not_licensed": "not licensed",
    "not_permitted": "with fields withheld from the user who consented",
    "not_fetched": "not fetched",
}


def _reconcile(books: Books, settings: Settings) -> Result:  # noqa: ARG001 the signature of every rule
    """A draft per surface and part of which something is missing; surfaces not read at all are remarked."""
    stated, fetched, held = (pl.col(f"rows_{name}") for name in ("stated", "fetched", "held"))
    rule = (
        pl.when(fetched.is_null() & held.is_null())
        .then(pl.lit("nothing_read"))
        .when((stated != fetched) | (fetched != held))
        .then(pl.lit("rows_missing"))
        .when(pl.col("pages_expected") != pl.col("pages_fetched"))
        .then(pl.lit("pages_missing"))
    )
    short = books.completeness.filter(pl.col("verdict") == "incomplete").with_columns(rule=rule)
    return Result(
        drafts(_told(short.filter(pl.col("rule").is_not_null()))),
        remarks=tuple(_not_seen(books.completeness)),
    )


def _told(short: pl.DataFrame) -> pl.DataFrame:
    surface = pl.format("Surface {}, {}", "surface", "part")
    rows = pl.format(
        "{}: rows: expected {} as Fortnox states, found {} that came and {} that are held.",
        surface, *(_count(f"rows_{name}") for name in ("stated", "fetched", "held")),
    )  # fmt: skip
    pages = pl.format(
        "{}: pages: expected {} as Fortnox states, found {}.",
        surface, _count("pages_expected"), _count("pages_fetched"),
    )  # fmt: skip
    why = pl.col("why").fill_null("no reason given")
    nothing = pl.format("{}: expected to be read, found nothing: {}.", surface, why)
    return short.with_columns(
        date="financial_year",
        subject_kind=pl.lit("surface"),
        subject_key=pl.format("{}/{}", "surface", "part"),
        explanation=pl.when(pl.col("rule") == "rows_missing")
        .then(rows)
        .when(pl.col("rule") == "pages_missing")
        .then(pages)
        .otherwise(nothing),
        evidence=pl.concat_list(
            pl.format("surface {}", "surface"),
            _lacking("rows_stated", "rows_fetched", "rows that did not come: {}"),
            _lacking("rows_fetched", "rows_held", "rows that are not held: {}"),
            _lacking("pages_expected", "pages_fetched", "pages that did not come: {}"),
        ).list.drop_nulls(),
    )


def _count(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null("unknown")


def _lacking(expected: str, found: str, said: str) -> pl.Expr:
    """What is missing as a number of its own: both counts grow with every booking, and it stands. Null for nothing."""
    missing = pl.col(expected) - pl.col(found)
    return pl.when(missing != 0).then(pl.format(said, missing))


def _not_seen(certificate: pl.DataFrame) -> Iterator[str]:
    """Which surfaces were not seen, by why."""
    for verdict, words in _NOT_SEEN.items():
        surfaces = certificate.filter(pl.col("verdict") == verdict)["surface"].unique().sort()
        if surfaces.len():
            yield f"surfaces {words}: {', '.join(surfaces)}"


EXTRACTION_COMPLETENESS = Reconciliation(
    id="extraction_completeness",
    question="Is everything held that Fortnox says exists?",
    rationale="A check of half a subledger is no check: what was not read cannot be wrong.",
    source="Fortnox API reference §3 (MetaInformation); ISA 500 p. 9; checks.md §3",
    grain="surface and part (financial year or filter)",
    inputs=("recon.completeness",),
    rules={
        "rows_missing": "Rows stated, rows that came and rows held are the same number, where they are known.",
        "pages_missing": "As many pages came as Fortnox says there are.",
        "nothing_read": "Each financial year has its SIE file, and each listing that was asked for came.",
    },
    tolerance="none; surfaces that are not licensed, not permitted or not fetched are named in remarks",
    severity="B",
    blind_spots=(
        "Rows Fortnox does not count: a filter of the API that hides a document hides it from its total too. A surface "
        "that could not be read at all makes the night incomplete (exit code 3) before any finding counts."
    ),
    needs=("completeness",),
    apply=_reconcile,
    resolution="all rows Fortnox states are held",
)
