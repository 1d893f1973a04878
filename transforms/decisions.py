"""What people decided about findings, and what it makes of them: open, accepted or suspended.

An acceptance holds for the figures it was given for; of a tie-out for the difference and the records that make it up,
because both sides of an open month move with every booking; of a finding without amounts for what it says and the
records it names. When they move the finding counts again and says what moved; when they return it is accepted again.
Only the latest acceptance or reopening counts. Where decisions are kept and who may make them does not belong here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from transforms import money
from transforms.tables import FINDINGS, MONEY, TEXT
from transforms.wording import ASKED_ABOUT

ACCEPT: Final = "accept"
ASSIGN: Final = "assign"
NOTE: Final = "note"
REOPEN: Final = "reopen"
ACTIONS: Final = (ACCEPT, ASSIGN, NOTE, REOPEN)
OPEN, ACCEPTED, SUSPENDED, RESOLVED = "open", "accepted", "suspended", "resolved"
DECIDED: Final = ("status", "owner", "comment", "decided_by", "decided_at", "moved")
AMOUNTS: Final = ("expected", "actual", "difference")
_FINDING: Final = ["company_id", "finding_id"]
_ACCEPTED: Final = ("severity", *AMOUNTS)
#: Checks whose findings are about more than their amounts: a restated voucher can change again and its debits not.
SAID: Final = ("restatements",)
#: Checks whose two sides move with every ordinary booking of the month or year while the difference stands.
OF_DIFFERENCE: Final = ("ar_tie_out", "ap_tie_out", "balance_roll_forward")
_SIDES: Final = ("expected", "actual")
_ANSWERED: Final = " " + ASKED_ABOUT.partition("{}")[0]
#: Rules without amounts whose text also states what moves by itself: counts of a running month, the start of a window,
#: the number a series has reached. Their evidence alone is what was accepted.
MOVES_BY_ITSELF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "ledger_witnesses": ("missing_in_sie", "missing_in_list"),
        "extraction_completeness": ("rows_missing", "pages_missing"),
        "register_changes": ("account_changed",),
        "voucher_numbering": ("went_down",),
    }
)


def said_hash(text: str) -> str:
    """16 hex digits of SHA-256 of what a finding said or named: it may name persons, a decision's line need not. What
    Fortnox answered when asked is left out: nobody's books change by asking about more of the same vouchers."""
    return hashlib.sha256(text.partition(_ANSWERED)[0].encode()).hexdigest()[:16]


def decided(findings: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """``findings`` with the columns ``DECIDED`` as the ``decisions`` (``recon.finding_decisions``) make them."""
    bare = findings.drop(*DECIDED, strict=False)
    return (
        bare.join(_said(decisions), on=_FINDING, how="left", maintain_order="left")
        .join(_verdicts(decisions), on=_FINDING, how="left", maintain_order="left")
        .with_columns(status=_status(), moved=_moved())
        .select(*bare.columns, *(pl.col(name).cast(FINDINGS.dtypes[name]) for name in DECIDED))
    )


def newly_suspended(before: pl.DataFrame, after: pl.DataFrame) -> frozenset[str]:
    """Ids of findings suspended ``after`` a run and not ``before`` it."""
    suspended = pl.col("status") == SUSPENDED
    stopped = after.filter(suspended).join(before.filter(suspended), on=_FINDING, how="anti")
    return frozenset(stopped["finding_id"])


def _said(decisions: pl.DataFrame) -> pl.DataFrame:
    """Per finding: the latest owner (empty text unassigns), the latest comment, and who decided last and when."""
    owner, comment = pl.col("owner"), pl.col("comment")
    return (
        decisions.sort("position")
        .group_by(_FINDING)
        .agg(
            owner=owner.drop_nulls().last().replace("", None),
            comment=comment.drop_nulls().last(),
            decided_by=pl.col("decided_by").last(),
            decided_at=pl.col("decided_at").last(),
        )
    )


def _verdicts(decisions: pl.DataFrame) -> pl.DataFrame:
    """Findings whose latest acceptance was not taken back, with the figures it was given for (``_was_…``)."""
    return (
        decisions.filter(pl.col("action").is_in([ACCEPT, REOPEN]))
        .sort("position")
        .group_by(_FINDING)
        .last()
        .filter(pl.col("action") == ACCEPT)
        .select(
            *_FINDING,
            _by=pl.col("decided_by"),
            _at=pl.col("decided_at").str.slice(0, 10),
            _said="said_hash",
            _named="evidence_hash",
            **{f"_was_{name}": pl.col(name) for name in _ACCEPTED},
        )
    )


def _same(name: str) -> pl.Expr:
    """Whether a figure is as accepted; of a finding about a difference its two sides do not matter."""
    same = pl.col(name).eq_missing(pl.col(f"_was_{name}"))
    return same | pl.col("check").is_in(OF_DIFFERENCE) if name in _SIDES else same


def _as_accepted() -> pl.Expr:
    figures = (_same(name) for name in _ACCEPTED)
    return pl.all_horizontal(*figures, _says_the_same(), _names_the_same(), _tells_the_same())


def _names_the_same() -> pl.Expr:
    """False where a difference is made up of other records than when it was accepted."""
    return _unchanged(pl.col("check").is_in(OF_DIFFERENCE), "evidence", "_named")


def _says_the_same() -> pl.Expr:
    """False where the finding is about more than its amounts and says something else than when it was accepted."""
    about_voucher = pl.col("check").is_in(SAID) & (pl.col("subject_kind") == "voucher")
    return _unchanged(about_voucher, "explanation", "_said")


def _tells_the_same() -> pl.Expr:
    """False where a finding without amounts tells of something else than when it was accepted. What only informs states
    base rates of all the books, which every booking moves: of it the evidence counts."""
    amountless = pl.all_horizontal(pl.col(AMOUNTS).is_null())
    moving = (
        (pl.col("check") == check) & pl.col("rule").is_in(rules) for check, rules in MOVES_BY_ITSELF.items()
    )
    by_evidence = pl.any_horizontal(pl.col("severity") == "I", *moving)
    text = _unchanged(amountless & ~by_evidence, "explanation", "_said")
    return text & _unchanged(amountless, "evidence", "_named")


def _unchanged(about: pl.Expr, text: str, accepted_hash: str) -> pl.Expr:
    """Of findings it is ``about``: whether a text is the accepted one, as far as the decision's line tells."""
    judged = about & pl.col(accepted_hash).is_not_null()
    now = pl.when(judged).then(text).map_batches(_hashed, return_dtype=TEXT)
    return ~judged | (now == pl.col(accepted_hash)).fill_null(False)


def _hashed(texts: pl.Series) -> pl.Series:
    hashes = [None if text is None else said_hash(text) for text in texts]
    return pl.Series(texts.name, hashes, dtype=TEXT)


def _status() -> pl.Expr:
    return (
        pl.when(pl.col("resolved_at").is_not_null())
        .then(pl.lit(RESOLVED))
        .when(pl.col("_by").is_null())
        .then(pl.lit(OPEN))
        .when(_as_accepted())
        .then(pl.lit(ACCEPTED))
        .otherwise(pl.lit(SUSPENDED))
    )


def _moved() -> pl.Expr:
    """Of a suspended finding: who accepted it when, and each figure as it was and is."""
    changes = [
        pl.when(~pl.col(name).eq_missing(pl.col(f"_was_{name}"))).then(
            pl.format("{} was {}, is {}", pl.lit(name), _written(f"_was_{name}"), _written(name))
        )
        for name in _ACCEPTED
    ]
    changes.append(pl.when(~_says_the_same()).then(pl.lit("the voucher changed again")))
    changes.append(pl.when(~_names_the_same()).then(pl.lit("it arises from other records")))
    changes.append(pl.when(~_tells_the_same()).then(pl.lit("what it tells of changed")))
    sentence = pl.format(
        "accepted by {} on {}; since then {}",
        "_by",
        "_at",
        pl.concat_str(changes, separator=", ", ignore_nulls=True),
    )
    return pl.when(_status() == SUSPENDED).then(sentence)


def _written(name: str) -> pl.Expr:
    if "severity" in name:
        return pl.col(name)
    unit = pl.col("currency").fill_null(money.LEDGER_CURRENCY)
    return pl.coalesce(money.amount_text(pl.col(name).cast(MONEY), unit), pl.lit("none", dtype=TEXT))
