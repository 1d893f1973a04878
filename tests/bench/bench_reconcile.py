"""How long every reconciliation takes on a large company, and at what peak of memory, beside the same joins in SQL.

    .venv/bin/python tests/bench/bench_reconcile.py [--invoices 100000,1000000] [--folder data/var/bench]

A million invoices mean a million and a half payments and ten million ledger rows over five years
(``synthetic_books.py``). Each contender is a process of its own that first reads the frames into memory, which does
not count, then works: ``reconcile`` with a first night's empty memory, and DuckDB executing ``reconcile_peer.sql``.
The conclusions are compared, counts, sums and the fingerprints of what is final: a peer that does less work would be
no peer.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl
import synthetic_books as synthetic

from transforms.books import Books
from transforms.periods import astray, periods
from transforms.reconciliations import Outcome, reconcile
from transforms.settings import Settings
from transforms.subledger import CUSTOMER, SUPPLIER, entries
from transforms.tables import CUSTOMER_WRITE_OFFS, SUPPLIER_WRITE_OFFS

PEER: Final = Path(__file__).with_name("reconcile_peer.sql")
SETTINGS: Final = Settings(company_id=synthetic.COMPANY, as_of=synthetic.AS_OF)
PEER_CONCLUDED: Final = {
    "bridge_terms": ("count(*)", "bridges"),
    "bridge_sum": ("sum(difference)", "bridges"),
    "amount_differs": ("count(*)", "amount_differs"),
    "unbalanced": ("count(*)", "unbalanced"),
    "open_items": ("count(*)", "open_items"),
    "open_sum": ("sum(amount)", "open_items"),
    "subsequent": ("count(*)", "subsequent"),
    "subsequent_paid": ("sum(paid)", "subsequent"),
    "without_file": ("sum(amount)", "without_file"),
    "round_sum": ("round_sum", "flagged"),
    "rare_account": ("rare_account", "flagged"),
    "after_period": ("after_period", "flagged"),
    "same_amount": ("same_amount", "flagged"),
    "final_vouchers": ("sum(('0x' || left(content_hash, 7))::BIGINT)", "final_vouchers"),
    "final_periods": ("sum(('0x' || left(content_hash, 7))::BIGINT)", "final_periods"),
}
"""What the peer found: an expression over one of its tables."""
AIM: Final = 1.5
MEMORY_AIM: Final = 6.0  # GB


def make(folder: Path, invoices: int) -> dict[str, Any]:
    """The company's frames as Parquet files."""
    frames = synthetic.frames(invoices)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return {"ledger_rows": frames["voucher_rows"].height, "wrong": synthetic.wrong_payments(frames)}


def tieout(folder: Path, invoices: int) -> dict[str, Any]:
    """Subledger entries, the contracts of every table, and every reconciliation."""
    frames = {path.stem: pl.read_parquet(path) for path in folder.glob("*.parquet")}
    lock = pl.DataFrame({"company_id": [synthetic.COMPANY], "locked_until": [synthetic.LOCKED]})
    before = time.perf_counter()
    frames["periods"] = periods(frames["financial_years"], lock)
    outside = astray(frames["vouchers"], frames["financial_years"])
    frames["subledger_entries"] = pl.concat(
        [
            entries(
                CUSTOMER,
                frames["customer_invoices"],
                frames["customer_payments"],
                CUSTOMER_WRITE_OFFS.empty(),
                outside,
            ),
            entries(
                SUPPLIER,
                frames["supplier_invoices"],
                frames["supplier_payments"],
                SUPPLIER_WRITE_OFFS.empty(),
                outside,
            ),
        ]
    )
    books = Books.of(frames)
    frames.clear()
    outcome = reconcile(books, SETTINGS)
    seconds = time.perf_counter() - before
    return {"seconds": seconds, **concluded(outcome)}


def concluded(outcome: Outcome) -> dict[str, str]:
    """What Tieout found, by the names of ``PEER_CONCLUDED``."""
    findings, tables = outcome.findings, outcome.tables
    rules = dict(findings.group_by("rule").len().iter_rows())
    without_file = findings.filter(pl.col("check") == "missing_documents")
    hits = dict(tables["recon.journal_profile"].select("test", "hits").iter_rows())
    settled = tables["recon.subsequent_settlements"]
    values: dict[str, Any] = {
        "bridge_terms": tables["recon.bridges"].height,
        "bridge_sum": tables["recon.bridges"]["difference"].sum(),
        "amount_differs": rules.get("amount_differs", 0),
        "unbalanced": rules.get("unbalanced", 0),
        "open_items": tables["recon.open_items"].height,
        "open_sum": tables["recon.open_items"]["amount"].sum(),
        "subsequent": settled.height,
        "subsequent_paid": settled["paid"].sum(),
        "without_file": -without_file["difference"].sum(),
        **{test: hits.get(test, 0) for test in ("round_sum", "rare_account", "after_period", "same_amount")},
        "final_vouchers": _fingerprints(tables["recon.final_vouchers"]),
        "final_periods": _fingerprints(tables["recon.final_periods"]),
    }
    return {name: str(value) for name, value in values.items()}


def _fingerprints(final: pl.DataFrame) -> int:
    """All fingerprints of a table as one number: the sum of their first seven digits."""
    return int(final["content_hash"].str.slice(0, 7).str.to_integer(base=16, dtype=pl.Int64).sum())


def duckdb_sql(folder: Path, invoices: int) -> dict[str, Any]:
    """The same joins as SQL over tables in memory."""
    with duckdb.connect() as connection:
        for path in folder.glob("*.parquet"):
            connection.execute(f"CREATE TABLE {path.stem} AS FROM read_parquet('{path}')")
        before = time.perf_counter()
        connection.execute(PEER.read_text())
        seconds = time.perf_counter() - before
        found = {
            name: connection.execute(f"SELECT {what} FROM {table}").fetchall()[0][0]
            for name, (what, table) in PEER_CONCLUDED.items()
        }
        return {"seconds": seconds, **{name: str(value) for name, value in found.items()}}


CONTENDERS: Final[dict[str, Callable[[Path, int], dict[str, Any]]]] = {
    "make": make,
    "tieout": tieout,
    "duckdb": duckdb_sql,
}


def measured(contender: str, folder: Path, invoices: int) -> dict[str, Any]:
    """What one contender says, from a process of its own."""
    command = [
        sys.executable,
        __file__,
        "--only",
        contender,
        "--invoices",
        str(invoices),
        "--folder",
        str(folder),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(folder: Path, invoices: int) -> bool:
    """Print one size's line; True when both contenders concluded the same."""
    made = measured("make", folder, invoices)
    ours, peer = (measured(name, folder, invoices) for name in ("tieout", "duckdb"))
    conclusions = [name for name in peer if name not in {"seconds", "peak"}]
    differing = [f"{name} {ours[name]} / {peer[name]}" for name in conclusions if ours[name] != peer[name]]
    if int(ours["bridge_terms"]) != made["wrong"]:
        differing.append(f"bridge terms {ours['bridge_terms']}, planted {made['wrong']}")
    ratio = ours["seconds"] / peer["seconds"]
    print(
        f"{invoices:>10,} {made['ledger_rows']:>12,} {ours['seconds']:>9.1f} s {peer['seconds']:>9.1f} s"
        f" {ratio:>7.2f} {ours['peak']:>9.2f} GB {peer['peak']:>7.2f} GB   "
        + (
            "; ".join(differing)
            or f"{len(conclusions)} conclusions equal, {ours['bridge_terms']} planted found"
        )
    )
    return not differing


def main() -> None:
    """Measure every size asked for; exit 1 when the contenders disagree."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--invoices", default="100000,1000000", help="invoices, comma separated")
    parser.add_argument("--folder", type=Path, default=Path("data/var/bench"))
    parser.add_argument("--only", choices=CONTENDERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.invoices.split(",")]
    if asked.only:
        answer = CONTENDERS[asked.only](asked.folder, sizes[0])
        answer["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps(answer))
        return
    print(f"aims: time at most {AIM} of DuckDB's, peak under {MEMORY_AIM:.0f} GB at a million invoices")
    print("  invoices  ledger rows      tieout      duckdb   ratio    peak ours   peak SQL")
    equal = [compare(asked.folder / f"books-{size}", size) for size in sizes]
    sys.exit(0 if all(equal) else 1)


if __name__ == "__main__":
    main()
