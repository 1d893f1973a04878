"""Runs form a hash chain: each row of ``recon.runs`` carries the hash of the one before it.

A run's hash covers every column of its row that is not null, the predecessor's hash included, so that a column added in
a later version changes no earlier hash. Runs from before the chain have no hash and are not judged. What a run means
does not belong here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl


def run_hash(row: Mapping[str, Any]) -> str:
    """The hash of a row of ``recon.runs``, its own ``run_hash`` left out."""
    covered = {name: value for name, value in row.items() if name != "run_hash" and value is not None}
    return hashlib.sha256(
        json.dumps(covered, sort_keys=True, default=str, ensure_ascii=False).encode()
    ).hexdigest()


def chained(row: Mapping[str, Any], previous: pl.DataFrame) -> dict[str, Any]:
    """``row`` linked to the newest of the ``previous`` runs."""
    linked = {**row, "previous_hash": newest_hash(previous)}
    return {**linked, "run_hash": run_hash(linked)}


def newest_hash(runs: pl.DataFrame) -> str | None:
    """The hash no other run names as its predecessor; None before the first chained run."""
    named = set(runs["previous_hash"].drop_nulls())
    ends = runs.filter(pl.col("run_hash").is_not_null() & ~pl.col("run_hash").is_in(named))
    return None if ends.is_empty() else str(ends.sort("finished_at")["run_hash"][-1])


def broken_links(runs: pl.DataFrame) -> list[str]:
    """What is wrong with the chain, one sentence each; empty when it holds."""
    held = runs.filter(pl.col("run_hash").is_not_null()).sort("finished_at")
    hashes = set(held["run_hash"])
    trouble = [
        f"run {row['run_id']} of {row['as_of']}: its row was changed after the run"
        for row in held.iter_rows(named=True)
        if run_hash(row) != row["run_hash"]
    ]
    trouble += [
        f"run {row['run_id']} of {row['as_of']}: the run before it is missing or was changed"
        for row in held.iter_rows(named=True)
        if row["previous_hash"] is not None and row["previous_hash"] not in hashes
    ]
    first = held.filter(pl.col("previous_hash").is_null())
    if held.height and first.height != 1:
        trouble.append(f"the chain has {first.height} beginnings instead of one")
    repeated = held["previous_hash"].drop_nulls()
    trouble += [
        f"two runs follow the same run {named[:12]}"
        for named in repeated.filter(repeated.is_duplicated()).unique()
    ]
    return trouble
