"""What resolved a finding: the records it rested on that changed since the run before, from ``history.changes``, and
what is found of its subject now in its place.

Told are facts, not causes: a record named here changed in the run that no longer makes the finding. That a finding is
resolved is decided in ``findings.py``; it does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.tables import TEXT

#: How evidence names a record, and the raw table whose key follows.
RECORDS: Final = {
    "voucher": "sie.vouchers",
    "customer invoice": "fortnox.customer_invoices",
    "customer payment": "fortnox.customer_payments",
    "supplier invoice": "fortnox.supplier_invoices",
    "supplier payment": "fortnox.supplier_payments",
}
SEEN: Final = ("appeared", "changed", "vanished", "returned")
SHOWN: Final = 3
_SUBJECT: Final = ["company_id", "check", "subject_kind", "subject_key"]
_FIGURE: Final = r"^[-0-9.]{1,20}$"


def what_changed(findings: pl.DataFrame, changes: pl.DataFrame, run_id: str) -> pl.DataFrame:
    """finding_id and ``_because``: the changed records among the evidence of each finding; one without is left out."""
    names = {table: name for name, table in RECORDS.items()}
    told = (
        changes.filter(
            pl.col("run_id") == run_id, pl.col("change").is_in(SEEN), pl.col("table_name").is_in(list(names))
        )
        .sort("table_name", "record_key", "field")
        .group_by("table_name", "record_key", "change", maintain_order=True)
        .agg(_fields=_field().filter(pl.col("field") != ""))
        .with_columns(
            _record=pl.format(
                "{} {}", pl.col("table_name").replace_strict(names, return_dtype=TEXT), "record_key"
            )
        )
        .select("_record", _said=_sentence())
    )
    rested_on = findings.select(
        "finding_id", _record=pl.col("evidence").str.json_decode(pl.List(pl.String))
    ).explode("_record")
    return (
        rested_on.unique(maintain_order=True)
        .join(told, on="_record", maintain_order="left")
        .group_by("finding_id", maintain_order=True)
        .agg(_because=pl.col("_said").head(SHOWN).str.join("; "))
    )


def other_rules(findings: pl.DataFrame, current: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """finding_id and ``_otherwise``: what the same check finds of the subject of a finding under other rules; one whose
    subject it finds nothing of is left out.

    What the check calls an agreement is none then. Told are the findings that did not stand ``before``, or else those
    that did.
    """
    stood = before.filter(pl.col("resolved_at").is_null()).select("finding_id", _stood=pl.lit(True))
    named = current.join(stood, on="finding_id", how="left").select(
        *_SUBJECT, "rule", stood=pl.col("_stood").fill_null(False),
        named=pl.format("{} (finding {})", "rule", "finding_id"),
    )  # fmt: skip
    new, old = (
        pl.col("named").filter(standing).str.join(", ") for standing in (~pl.col("stood"), pl.col("stood"))
    )
    return (
        findings.select("finding_id", *_SUBJECT)
        .join(named, on=_SUBJECT)
        .sort("finding_id", "rule")
        .group_by("finding_id", maintain_order=True)
        .agg(_new=new, _old=old)
        .select(
            "finding_id",
            _otherwise=pl.when(pl.col("_new") != "")
            .then(pl.format("not found again; found instead: {}", "_new"))
            .otherwise(pl.format("not found again; still found: {}", "_old")),
        )
    )


def _field() -> pl.Expr:
    """A field with its values where both are figures or dates; other values may be names and stay in the history."""
    figures = pl.all_horizontal(pl.col("before", "after").str.contains(_FIGURE).fill_null(True))
    values = pl.format(
        "{} {} -> {}", "field", pl.col("before").fill_null("none"), pl.col("after").fill_null("none")
    )
    return pl.when(figures).then(values).otherwise("field")


def _sentence() -> pl.Expr:
    listed = pl.col("_fields").list.head(SHOWN).list.join(", ")
    changed = pl.format("{} changed ({})", "_record", listed)
    return (
        pl.when(pl.col("_fields").list.len() > 0)
        .then(changed)
        .otherwise(pl.format("{} {}", "_record", "change"))
    )
