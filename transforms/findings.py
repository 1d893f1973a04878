"""Findings: one row per disagreement, with the same identity every night and a life between nights.

``weighed`` and ``identify`` make findings of the reconciliations' drafts, ``carry_over`` joins them with what earlier
nights knew. What is a finding and what it says does not belong here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from transforms.decisions import DECIDED, decided
from transforms.materiality import UNSAID
from transforms.periods import stamp
from transforms.reconciliation import NO_DRAFTS, Half, NotJudged
from transforms.resolutions import other_rules, what_changed
from transforms.tables import CHANGES, DAY, FINDING_DECISIONS, FINDINGS, TEXT, WHOLE

KEY: Final = ("company_id", "check", "rule", "subject_kind", "subject_key")
LIFE: Final = ("run_id", "first_seen", "last_seen", "resolved_at", "resolved_by", "reopened")
CONTENT: Final = tuple(name for name in FINDINGS.dtypes if name not in (*LIFE, *DECIDED))
AGREE: Final[Mapping[str, str]] = MappingProxyType({})
NO_HALVES: Final[Mapping[str, Half]] = MappingProxyType({})
ALL_JUDGED: Final[Mapping[str, NotJudged]] = MappingProxyType({})
NO_WEIGHED: Final = NO_DRAFTS.with_columns(check=pl.lit(None, dtype=TEXT), severity=pl.lit(None, dtype=TEXT))


def finding_id(*key: str) -> str:
    """Stable identity of a finding: 16 hex digits over company, check, rule, subject kind and subject key."""
    return hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:16]


def weighed(
    drafts: pl.DataFrame, *, check: str, severity: str, informs: Collection[str] = ()
) -> pl.DataFrame:
    """The drafts of one reconciliation with its name and their severity: I for rules that only inform."""
    weight = pl.when(pl.col("rule").is_in(list(informs))).then(pl.lit("I")).otherwise(pl.lit(severity))
    return drafts.with_columns(check=pl.lit(check), severity=weight)


def identify(drafts: pl.DataFrame, *, as_of: dt.date, periods: pl.DataFrame) -> pl.DataFrame:
    """Current findings by their id: weighed drafts with identity and period stamp, without a life or a word on
    materiality yet."""
    named = drafts.rename({"financial_year": "_own_year"}).with_columns(as_of=pl.lit(as_of, dtype=DAY))
    stamped = stamp(named, periods, date="date")
    ids = pl.Series("finding_id", [finding_id(*key) for key in stamped.select(KEY).iter_rows()], dtype=TEXT)
    return (
        stamped.with_columns(
            ids,
            financial_year=pl.coalesce("_own_year", "financial_year"),
            period=_period(),
            evidence=json_list(pl.col("evidence")),
            material=UNSAID,
        )
        .select(CONTENT)
        .sort("finding_id")
    )


def _period() -> pl.Expr:
    """The month a finding is about; null where it is about a whole year of an account."""
    of_its_date = pl.col("date").dt.strftime("%Y-%m")
    whole_year = pl.col("subject_kind") == "account"
    return pl.coalesce("period", pl.when(~whole_year).then(of_its_date))


def json_list(texts: pl.Expr) -> pl.Expr:
    """A list of text as JSON; an empty list where there is none."""
    filled = texts.fill_null([])
    encoded = pl.struct(filled.alias("_")).struct.json_encode()
    return encoded.str.strip_prefix('{"_":').str.strip_suffix("}")


def carry_over(
    previous: pl.DataFrame | None,
    current: pl.DataFrame,
    *,
    as_of: dt.date,
    run_id: str,
    not_run: Collection[str] = (),
    halves: Mapping[str, Half] = NO_HALVES,
    not_judged: Mapping[str, NotJudged] = ALL_JUDGED,
    resolutions: Mapping[str, str] = AGREE,
    decisions: pl.DataFrame | None = None,
    changes: pl.DataFrame | None = None,
    material: pl.Expr = UNSAID,
) -> pl.DataFrame:
    """``recon.findings`` after a run: what stands, what is new, what was resolved and what came back.

    ``previous`` is the table as the last run left it. Findings of checks in ``not_run``, those of the side that a
    check in ``halves`` did not see, and those about what a check did not judge, stay as they were: silence is no
    evidence. ``resolutions`` says per check why a finding is no longer made. ``decisions`` are
    ``recon.finding_decisions``, ``changes`` is ``history.changes``, of which a resolution names what it rests on.
    ``material`` judges every finding that stands, those the run is silent about too; a resolved one keeps what it said.
    ``run_id`` is written only on rows this run changed, so the same night twice changes nothing.
    """
    before = FINDINGS.empty() if previous is None else previous
    known = before.select("finding_id", *(pl.col(name).alias(f"_{name}") for name in LIFE))
    standing = _standing(current.join(known, on="finding_id", how="left"), as_of)
    missing = before.join(current, on="finding_id", how="anti")
    because = what_changed(missing, CHANGES.empty() if changes is None else changes, run_id)
    missing = missing.join(because, on="finding_id", how="left")
    missing = missing.join(other_rules(missing, current, before), on="finding_id", how="left")
    gone = _gone(missing, as_of, _silent(not_run, halves, not_judged), resolutions)
    made = FINDING_DECISIONS.empty() if decisions is None else decisions
    stands = pl.col("resolved_at").is_null()
    both = pl.concat([standing, gone]).with_columns(
        run_id=pl.lit(run_id), material=pl.when(stands).then(material).otherwise("material")
    )
    after = FINDINGS.select(decided(both, made))
    return FINDINGS.select(_keep_run_of_unchanged(after, before))


def _standing(current: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    """Findings this run made, with the first sight of earlier runs."""
    came_back = pl.col("_resolved_at").is_not_null()
    return current.select(
        *CONTENT,
        first_seen=pl.coalesce("_first_seen", pl.lit(as_of, dtype=DAY)),
        last_seen=pl.lit(as_of, dtype=DAY),
        resolved_at=pl.lit(None, dtype=DAY),
        resolved_by=pl.lit(None, dtype=TEXT),
        reopened=(pl.col("_reopened").fill_null(0) + came_back.cast(WHOLE)).cast(WHOLE),
    )


def _silent(
    not_run: Collection[str], halves: Mapping[str, Half], not_judged: Mapping[str, NotJudged]
) -> pl.Expr:
    """True for findings this run had no word about."""
    of = pl.col("check")
    other_side = [(of == check) & ~half.judged() for check, half in halves.items()]
    unsaid = [(of == check) & what.about() for check, what in not_judged.items()]
    return pl.any_horizontal(of.is_in(list(not_run)), *other_side, *unsaid)


def _gone(
    earlier: pl.DataFrame, as_of: dt.date, silent: pl.Expr, resolutions: Mapping[str, str]
) -> pl.DataFrame:
    """Findings this run did not make: resolved now, unless they were before or the run is silent about them."""
    resolved_now = pl.col("resolved_at").is_null() & ~silent
    reason = pl.col("check").replace_strict(resolutions, default="not found again", return_dtype=TEXT)
    told = pl.coalesce("_otherwise", reason)
    run = pl.format("{} in the run of {}", told, pl.lit(as_of, dtype=DAY).dt.to_string("iso"))
    by = pl.concat_str(run, "_because", separator=": ", ignore_nulls=True)
    return earlier.with_columns(
        resolved_at=pl.when(resolved_now).then(pl.lit(as_of, dtype=DAY)).otherwise("resolved_at"),
        resolved_by=pl.when(resolved_now).then(by).otherwise("resolved_by"),
    ).select(*CONTENT, "first_seen", "last_seen", "resolved_at", "resolved_by", "reopened")


def _keep_run_of_unchanged(after: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in FINDINGS.dtypes if name not in ("run_id", "material", *DECIDED)]
    same = before.select(*columns, _run_id="run_id")
    return after.join(same, on=columns, how="left", nulls_equal=True).with_columns(
        run_id=pl.coalesce("_run_id", "run_id")
    )
