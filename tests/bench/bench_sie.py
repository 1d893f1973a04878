"""How fast a SIE type-4 file becomes Arrow batches, and a DuckDB file, beside peers in the same run.

    .venv/bin/python tests/bench/bench_sie.py [--sizes 5,50,500] [--rounds 3] [--folder data/var/bench]

Files are generated from a seed: 5 % of rows with object lists, 2.5 % escaped quotes, 2.5 % odd spacing, 0.5 %
corrections, code page 437, CRLF; `tabs` writes every field separator as a tab and indents rows. The CSV peers read
clean files of exactly the same rows and columns. Every measurement is a process of its own; contenders take turns and
the median counts, so ratios hold where absolute numbers wobble.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv

import sie_parser
from sie_parser.columns import SCHEMAS
from sie_parser.loading import BatchStream
from sie_parser.source import open_source

TEXTS = ("Kundfaktura", "Leverantörsfaktura", "Lön", "Hyra", "Försäljning", "Ränta", "Övrigt", "Köp", "Porto")
BATCH = 122_880
PURE_LIMIT = 50  # MB; pure Python readers are measured up to here


# the files


def generate(path: Path, megabytes: float, *, tabs: bool = False, seed: int = 1) -> None:
    """A type-4 file of about this size."""
    rnd = random.Random(seed)
    with path.open("wb") as file:
        lines = [
            "#FLAGGA 0", '#PROGRAM "Generator" 1.0', "#FORMAT PC8", '#GEN 20260101 "Åsa"', "#SIETYP 4",
            '#FNAMN "Övningsbolaget AB"', "#RAR 0 20250101 20251231",
            *(f'#KONTO {a} "Konto för {a}"' for a in range(1000, 9000, 20)),
        ]  # fmt: skip
        while file.tell() < megabytes * 1_000_000:
            for _ in range(100):
                lines += _voucher(rnd, tabs)
            file.write(("\r\n".join(lines) + "\r\n").encode("cp437"))
            lines = []


def _voucher(rnd: random.Random, tabs: bool) -> list[str]:
    day = f"2025{rnd.randint(1, 12):02}{rnd.randint(1, 28):02}"
    text = f"{rnd.choice(TEXTS)} {rnd.randint(1, 99999)}"
    if rnd.random() < 0.025:
        text = f'Såld \\"{text}\\"'
    head = f'#VER {rnd.choice("ABCD")} {rnd.randint(1, 99999)} {day} "{text}" {day} "Åsa Öberg"'
    lines = [head, "{"]
    for _ in range(rnd.randint(2, 9)):
        row = _row(rnd, day)
        chance = rnd.random()
        if chance < 0.0025:
            lines.append("#BTRANS " + row)
        elif chance < 0.005:
            lines += ["#RTRANS " + row, "#TRANS " + row]
        else:
            lines.append("#TRANS " + row)
    lines.append("}")
    return [("\t" + line.replace(" ", "\t")) for line in lines] if tabs else lines


def _row(rnd: random.Random, day: str) -> str:
    objects = f'{{1 "{rnd.randint(1, 40):02}" 6 "P{rnd.randint(1, 99)}"}}' if rnd.random() < 0.05 else "{}"
    amount = f"{rnd.choice(['-', ''])}{rnd.randint(0, 99999)}.{rnd.randint(0, 99):02}"
    row = f'{rnd.randrange(1000, 9000, 20)} {objects} {amount} {day} "{rnd.choice(TEXTS)} {rnd.randint(1, 9999)}"'
    if rnd.random() < 0.1:
        row += " 1.5"
    return row.replace(" ", "  ", 2) + " " if rnd.random() < 0.025 else row


def write_csv(sie: Path) -> None:
    """The same vouchers and rows as clean CSV files."""
    paths = {t: _csv(sie, t) for t in ("vouchers", "voucher_rows")}
    writers = {t: pa.csv.CSVWriter(path, SCHEMAS[t]) for t, path in paths.items()}
    for table, data in sie_parser.batches(sie):
        if table in writers:
            writers[table].write_batch(data)
    for writer in writers.values():
        writer.close()


def _csv(sie: Path, table: str) -> Path:
    return sie.with_suffix(f".{table}.csv")


# the contenders: each takes the SIE file and returns how many voucher rows it gave


def ours(sie: Path) -> int:
    """sie_parser.batches, kernel loaded."""
    return sum(data.num_rows for table, data in sie_parser.batches(sie) if table == "voucher_rows")


def exact(sie: Path) -> int:
    """The exact reader alone."""
    stream = BatchStream(open_source(sie), BATCH, None)
    return sum(data.num_rows for table, data in stream if table == "voucher_rows")


def duckdb_csv(sie: Path) -> int:
    """DuckDB, clean CSV into Arrow batches."""
    with duckdb.connect() as connection:
        for table in ("vouchers", "voucher_rows"):
            reader = connection.sql(f"FROM {_read_csv(sie, table)}").to_arrow_reader(BATCH)
            rows = sum(batch.num_rows for batch in reader)
    return rows


def _read_csv(sie: Path, table: str) -> str:
    kinds = {"int64": "BIGINT", "string": "VARCHAR", "date32[day]": "DATE"}
    columns = {c.name: kinds.get(str(c.type)) or str(c.type).replace("128", "") for c in SCHEMAS[table]}
    return f"read_csv('{_csv(sie, table)}', header=true, auto_detect=false, columns={columns})"


PURE = re.compile(
    rb"^[ \t]*#(VER|TRANS|RTRANS|BTRANS)[ \t]+(?:(\S+)[ \t]+(?:(\{[^}\r\n]*\})[ \t]*)?)([^ \t\r\n]+)[ \t]*"
    rb'([^ \t\r\n"]*)[ \t]*(?:"((?:[^"\\\r\n]|\\.)*)")?[ \t]*([^ \t\r\n"]*)',
    re.MULTILINE,
)


def pure_python(sie: Path) -> int:
    """One findall per block, columns by zip, Arrow casts: the best reading without a compiler; not exact."""
    rows = 0
    for block in open_source(sie).blocks():
        found = [m for m in PURE.findall(block) if m[0] != b"VER"]
        if found:
            kinds, accounts, objects, amounts, days, texts, quantities = zip(*found, strict=True)
            arrow = [
                pa.array([t.decode("cp437") for t in column], pa.string())
                for column in (kinds, accounts, objects, texts, quantities, days)
            ]
            arrow.append(pa.array([a.decode() for a in amounts]).cast(pa.decimal128(18, 2)))
            rows += len(arrow[0])
    return rows


def ours_to_duckdb(sie: Path) -> int:
    """sie_parser.convert into a DuckDB file."""
    target = sie.with_suffix(".ours.duckdb")
    rows = sie_parser.convert(sie, "duckdb", target)["voucher_rows"]
    target.unlink()
    return rows


def duckdb_to_duckdb(sie: Path) -> int:
    """DuckDB loading the clean CSV into a DuckDB file."""
    target = sie.with_suffix(".theirs.duckdb")
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        for table in ("vouchers", "voucher_rows"):
            connection.execute(f"CREATE TABLE {table} AS FROM {_read_csv(sie, table)}")
        rows = connection.execute("SELECT count(*) FROM voucher_rows").fetchall()[0][0]
    target.unlink()
    return int(rows)


CONTENDERS: dict[str, Callable[[Path], int]] = {
    "sie_parser.batches": ours,
    "sie_parser.batches, tabs and indents": ours,
    "DuckDB, clean CSV to Arrow": duckdb_csv,
    "exact reader alone": exact,
    "best pure Python": pure_python,
    "sie_parser to a DuckDB file": ours_to_duckdb,
    "DuckDB, clean CSV to a DuckDB file": duckdb_to_duckdb,
}


def measure(name: str, sie: Path) -> dict[str, float]:
    """Seconds, rows and peak memory of one contender in this process.

    Everything is imported, the kernel loaded and a small file read before, whoever the contender is; `first` is that
    small file's time.
    """
    sie_parser.prepare()
    started = time.perf_counter()
    CONTENDERS[name](sie.with_name("warm-up.se"))
    first = time.perf_counter() - started
    started, worked = time.perf_counter(), time.process_time()
    rows = CONTENDERS[name](sie)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return {
        "first": first,
        "seconds": seconds,
        "cpu": cpu,
        "rows": rows,
        "peak_mb": _peak_kb() / 1024,
    }


def _peak_kb() -> int:
    """Peak memory of this process; getrusage would inherit the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0])


def _run(name: str, sie: Path) -> dict[str, float]:
    """One contender in a process of its own."""
    command = [sys.executable, __file__, "--measure", name, "--file", str(sie)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout))


def _files(folder: Path, megabytes: int) -> tuple[Path, Path]:
    """The file of this size, its tabbed twin, and the clean CSV files; made once."""
    plain, tabbed, warm_up = (
        folder / f"{megabytes}mb.se",
        folder / f"{megabytes}mb-tabs.se",
        folder / "warm-up.se",
    )
    for path, size in ((plain, megabytes), (tabbed, megabytes), (warm_up, 2)):
        if not path.exists():
            generate(path, size, tabs=path == tabbed)
    for path in (plain, warm_up):
        if not _csv(path, "voucher_rows").exists():
            write_csv(path)
    return plain, tabbed


def _rounds(folder: Path, megabytes: int, rounds: int) -> dict[str, list[dict[str, float]]]:
    """All contenders in turn, several times."""
    plain, tabbed = _files(folder, megabytes)
    slow = ("exact reader alone", "best pure Python")
    names = [n for n in CONTENDERS if megabytes <= PURE_LIMIT or n not in slow]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            results[name].append(_run(name, tabbed if "tabs" in name else plain))
    return results


def report(megabytes: int, results: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    """One table per size, in Markdown."""
    yield f"\n### {megabytes} MB, {int(results['sie_parser.batches'][0]['rows']):,} voucher rows\n"
    yield "| contender | seconds | CPU seconds | MB/s | Mrows/s | peak MB |"
    yield "|---|---|---|---|---|---|"
    speed, work = {}, {}
    for name, runs in results.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        work[name] = statistics.median(run["cpu"] for run in runs)
        peak = max(run["peak_mb"] for run in runs)
        speed[name] = runs[0]["rows"] / seconds
        yield (
            f"| {name} | {seconds:.3f} | {work[name]:.2f} | {megabytes / seconds:.0f} "
            f"| {speed[name] / 1e6:.2f} | {peak:.0f} |"
        )
    yield ""
    mine, csv = speed["sie_parser.batches"], "DuckDB, clean CSV to Arrow"
    yield f"- against DuckDB reading the clean CSV: {mine / speed[csv]:.2f} (wanted 1.2)"
    yield f"- the same in CPU time, less blurred by other work: {work[csv] / work['sie_parser.batches']:.2f}"
    if "best pure Python" in speed:
        yield f"- against the best pure Python: {mine / speed['best pure Python']:.1f} (wanted 20)"
    tabs = speed["sie_parser.batches, tabs and indents"]
    yield f"- tabs and indents against plain spacing: {tabs / mine:.2f}"
    into = speed["sie_parser to a DuckDB file"] / speed["DuckDB, clean CSV to a DuckDB file"]
    yield f"- into a DuckDB file, against DuckDB loading the CSV itself: {into:.2f} (wanted 0.65)"


def small_file(folder: Path) -> Iterator[str]:
    """A 200 kB file and the import, each in a fresh process."""
    path = folder / "200kb.se"
    generate(path, 0.2)
    code = (
        "import time; a = time.perf_counter(); import sie_parser; b = time.perf_counter();"
        f"n = sum(1 for _ in sie_parser.records({str(path)!r})); c = time.perf_counter();"
        "import sie_parser.loading; d = time.perf_counter();"
        f"t = sie_parser.tables({str(path)!r}); e = time.perf_counter();"
        "print(b - a, c - b, d - c, e - d)"
    )
    runs = [
        [
            float(x)
            for x in subprocess.run(
                [sys.executable, "-c", code], capture_output=True, check=True
            ).stdout.split()
        ]
        for _ in range(5)
    ]
    imported, read, arrow, tables = (statistics.median(column) * 1000 for column in zip(*runs, strict=True))
    yield f"\n### {path.stat().st_size:,} bytes, in a fresh process\n"
    yield f"- import sie_parser: {imported:.0f} ms (wanted < 200)"
    yield f"- records: {read:.0f} ms (wanted < 50)"
    yield f"- tables: {tables:.0f} ms, after {arrow:.0f} ms for pyarrow on its first use"


def main() -> None:
    """Run everything and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="5,50,500")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[2] / "data/var/bench")
    parser.add_argument("--measure", choices=CONTENDERS)
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure, asked.file)))
        return
    asked.folder.mkdir(parents=True, exist_ok=True)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}; "
          f"duckdb {duckdb.__version__}, pyarrow {pa.__version__}; medians of {asked.rounds} runs")  # fmt: skip
    for line in small_file(asked.folder):
        print(line, flush=True)
    for megabytes in map(int, asked.sizes.split(",")):
        for line in report(megabytes, _rounds(asked.folder, megabytes, asked.rounds)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
