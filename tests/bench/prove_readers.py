"""Readers in processes of their own while snapshots are published and pruned: ``prove_readers.py READERS PUBLISHES``.

Each snapshot holds one amount in every row, the number of its publish. A reader connects again and again; every read
must show one amount, in all rows, never an older one than it saw before, and in the end the last. A reader may find its
file pruned between resolving the link and opening it: it tries again, and that is counted. Prints the counts; exit code
1 when any read was torn or went back. How long reading takes does not belong here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.companies import CompanyDirectory
from pipelines.publish import PublishedTable, publish
from pipelines.warehouse import open_warehouse

KEEP: Final = 3
ROWS: Final = 500
TABLE: Final = PublishedTable("ledger", "amounts", "One row per row", {}, ("row",))
READER: Final = f"""
import json, sys, time
from pathlib import Path
import duckdb
pointer, last_one = Path(sys.argv[1]), int(sys.argv[2])
reads = torn = back = pruned = 0
seen, ready = set(), False
while max(seen, default=-1) < last_one:
    try:
        with duckdb.connect(str(pointer.resolve()), read_only=True) as books:
            question = "SELECT min(amount), max(amount), count(*) FROM ledger.amounts"
            first, second = (books.execute(question).fetchone() for _ in range(2))
    except duckdb.IOException:
        pruned += 1
        continue
    reads += 1
    torn += first != second or first[0] != first[1] or first[2] != {ROWS}
    back += first[0] < max(seen, default=0)
    seen.add(int(first[0]))
    if not ready:
        print("ready", flush=True)
        ready = True
    time.sleep(0.02)
print(json.dumps({{"reads": reads, "torn": torn, "back": back, "pruned": pruned, "snapshots": len(seen)}}))
"""


def main(readers: int, publishes: int) -> int:
    """Run the proof in a temporary folder; 0 when it holds."""
    with tempfile.TemporaryDirectory() as root:
        company = CompanyDirectory(Path(root), "acme")
        with company.exclusively():
            _publish(company, 0)
            started = [_reader(company, publishes) for _ in range(readers)]
            for reader in started:
                assert reader.stdout is not None
                assert reader.stdout.readline() == "ready\n"
            with duckdb.connect(str(company.snapshot_pointer.resolve()), read_only=True) as long_lived:
                for number in range(1, publishes + 1):
                    _publish(company, number)
                still = long_lived.execute("SELECT DISTINCT amount FROM ledger.amounts").fetchall()
            told = [json.loads(reader.communicate(timeout=60)[0]) for reader in started]
        kept = len(list(company.snapshots.glob("snapshot-*.duckdb")))
    return _judge(told, still, kept, publishes)


def _publish(company: CompanyDirectory, number: int) -> None:
    with open_warehouse(company.warehouse_file) as warehouse:
        frame = duckdb.sql(f"SELECT range AS row, {number}::DECIMAL(18, 2) AS amount FROM range({ROWS})").pl()
        warehouse.write_tables({"ledger.amounts": frame})
    publish(company, [TABLE], keep=KEEP)


def _reader(company: CompanyDirectory, last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", READER, str(company.snapshot_pointer), str(last)],
        stdout=subprocess.PIPE,
        text=True,
    )


def _judge(told: list[dict[str, int]], still: list[Any], kept: int, publishes: int) -> int:
    total = {name: sum(one[name] for one in told) for name in ("reads", "torn", "back", "pruned")}
    fewest = min(one["snapshots"] for one in told)
    print(f"{len(told)} readers, {publishes} publishes, {kept} snapshots kept: {total}")
    print(
        f"snapshots seen by the reader that saw fewest: {fewest}; the connection kept open still reads {still}"
    )
    holds = not total["torn"] and not total["back"] and still == [(0,)] and kept == min(KEEP, publishes + 1)
    return 0 if holds and fewest > 1 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
