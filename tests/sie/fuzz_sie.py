"""Fuzzing: readers never fail but by `SieError`, lose no line, and the fast one says what the exact one says.

    .venv/bin/python tests/sie/fuzz_sie.py --seconds 60 [--inputs 1000000] [--seed 1]

Inputs are lines of the corpus (`data/sie/{valid,invalid,corpus}`), shuffled, joined, cut and mutated. An input that
breaks a rule is stored in `data/sie/corpus` and ends the run with exit code 1; `test_sie_fuzz.py` reads it ever after.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import sie_parser
from sie_parser import on_demand
from sie_parser.charset import CP437, LATIN_1, UTF_8, Charset
from sie_parser.columns import TABLE_OF, BatchBuilder, to_arrow
from sie_parser.fast import Columns, FastReader
from sie_parser.model import Record, Voucher, VoucherRow
from sie_parser.problems import Problem, SieError
from sie_parser.reader import ExactReader, lines_of
from sie_parser.source import open_source

DATA = Path(__file__).parents[2] / "data/sie"
TOKENS = [
    b'"', b"{", b"}", b" ", b"\t", b"\n", b"\r\n", b"\r", b"\\", b'\\"', b'""', b"{}", b"#", b"#TRANS ", b"#RTRANS ",
    b"#BTRANS ", b"#VER ", b"#KSUMMA", b"\n{\n", b"\n}\n", b"-", b".", b",", b"0", b"9", b"20250229", b"00000000",
    b"1e9", b"\x00", b"\x1a", b"\x7f", b"\xff", b"\x86", b"\xe5", "å".encode(), b"\xc3", b"1930",
    b"12345678901234567890", b"12345678901234567", b"00000000000000000000000000", b'{1 "2"}', b"a", b"Z",
]  # fmt: skip
FRAME = b"#FLAGGA 0\n"
ROUND_TRIP_EVERY = 25
#: Warnings that leave the records as they are.
HARMLESS = {
    "SIE_ITEM_MISSING",
    "SIE_ITEM_FORBIDDEN",
    "SIE_TEXT_MISSING",
    "SIE_AMOUNT_FORM",
    "SIE_LIST_MISSING",
}


def corpus() -> list[bytes]:
    """Every file mutations start from; never empty."""
    files = sorted(DATA.glob("*/*.se"))
    if not files:
        raise SystemExit("no corpus")
    return [f.read_bytes() for f in files if f.stat().st_size]


def inputs(seed: int) -> Iterator[bytes]:
    """Endless inputs, the same for the same seed."""
    chance = random.Random(seed)
    files = corpus()
    lines = [line + b"\n" for data in files for line in data.split(b"\n")]
    while True:
        data = bytearray(_vouchers(chance, lines) if chance.random() < 0.7 else chance.choice(files)[:1500])
        for _ in range(chance.choice([0, 1, 1, 2, 3, 6])):
            at = chance.randrange(len(data) + 1)
            data[at : at + chance.choice([0, 0, 1, 1, 2, 8])] = chance.choice(TOKENS)
        yield bytes(data)


def _vouchers(chance: random.Random, lines: list[bytes]) -> bytes:
    """A few vouchers from the corpus's lines, mostly well formed."""
    rows = [line for line in lines if b"TRANS" in line[:9]]
    heads = [line for line in lines if line.startswith(b"#VER")]
    parts = [FRAME]
    for _ in range(chance.randint(1, 3)):
        inside = [
            chance.choice(rows if chance.random() < 0.9 else lines) for _ in range(chance.randint(0, 4))
        ]
        parts += [chance.choice(heads), b"{\r\n", *inside, b"}\n"]
    return b"".join(parts)


def check(data: bytes, readers: dict[str, FastReader], *, round_trip: bool) -> None:
    """Raise AssertionError, or whatever the parser should not raise, when the input breaks a rule."""
    try:
        opened = open_source(data)
    except SieError:
        return
    problems: list[Problem] = []
    reader = ExactReader(opened.size, opened.charset, problems.append)
    lines = [line for block in opened.blocks() for line in lines_of(block, opened.charset)]
    records = [r for n, line in enumerate(lines, 1) if (r := reader.read_line(n, line)) is not None]
    reader.finish(len(lines))
    silent = sum(line.strip(" \t") in {"", "{", "}"} for line in lines)
    assert len(records) + silent == len(lines), "a line was lost"
    assert all(0 <= p.line <= len(lines) and p.column >= 0 for p in problems), "a problem without a place"
    _check_columns([*records, *problems], reader)
    _check_fast(data, opened.charset, readers[opened.charset.name])
    if round_trip and not any(p.severity != "note" and p.code not in HARMLESS for p in problems):
        _check_round_trip(records, opened.charset)


def _check_columns(found: list[Record | Problem], reader: ExactReader) -> None:
    """Whatever was read goes into its table."""
    builder = BatchBuilder()
    for record in found:
        builder.add(record)
    rows = {batch.table: batch.data.num_rows for batch in builder.rest(reader.header.build())}
    expected = Counter(TABLE_OF[type(record)] for record in found if type(record) in TABLE_OF)
    assert {table: rows.get(table, 0) for table in expected} == expected, "a row was lost"


def _check_fast(data: bytes, charset: Charset, fast: FastReader) -> None:
    """What the kernel takes, the exact reader takes without a word, and gives the same rows."""
    whole = data[: data.rfind(b"\n") + 1]
    pieces = fast.read(whole, with_checksum=True) if whole else []
    ends = [0, *(piece.end for piece in pieces)]
    assert [piece.start for piece in pieces] == ends[:-1], "pieces with gaps"
    assert ends[-1] == len(whole), "the last piece stops early"
    for piece in pieces:
        if piece.columns is not None:
            _compare(whole[piece.start : piece.end], piece.columns, charset)


def _compare(block: bytes, columns: Columns, charset: Charset) -> None:
    problems: list[Problem] = []
    reader = ExactReader(len(block), charset, problems.append)
    reader.header.checksum.meet(None, 0)
    lines = lines_of(block, charset)
    records = [r for n, line in enumerate(lines, 1) if (r := reader.read_line(n, line)) is not None]
    assert problems == [], "the kernel took what the exact reader reports"
    assert reader.between_vouchers, "the kernel stopped inside a voucher"
    assert (columns.lines, columns.counts["#VER"]) == (len(lines), reader.vouchers), "counts differ"
    by_kind = {"vouchers": Voucher, "voucher_rows": VoucherRow}
    for batch, (table, kind) in zip(columns.to_batches(1, 1), by_kind.items(), strict=True):
        expected = to_arrow(table, [r for r in records if isinstance(r, kind)])
        assert batch.equals(expected), f"{table} differ"
    other = ExactReader(0, charset, problems.append).header.checksum
    other.meet(None, 0)
    other.add_bytes(columns.checksummed)
    assert other.value == reader.header.checksum.value, "checksums differ"


def _check_round_trip(records: list[Record], charset: Charset) -> None:
    target = io.BytesIO()
    try:
        sie_parser.write(records, target, charset=charset.name)
    except SieError:
        return
    again = ExactReader(0, charset, lambda _: None)
    lines = lines_of(target.getvalue(), charset)
    read = [r for n, line in enumerate(lines, 1) if (r := again.read_line(n, line)) is not None]
    assert read == records, "written and read back differently"


def fast_readers() -> dict[str, FastReader]:
    """One fast reader per character set."""
    on_demand.prepare()
    return {name: FastReader(Charset(name, "")) for name in (CP437, LATIN_1, UTF_8)}


def main() -> int:
    """Fuzz for a set time, or until a set number of inputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--inputs", type=int, help="stop after so many, whole thousands, if time allows")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    readers = fast_readers()
    until = time.monotonic() + asked.seconds
    count = 0
    for data in inputs(asked.seed):
        try:
            check(data, readers, round_trip=count % ROUND_TRIP_EVERY == 0)
        except Exception as error:
            path = DATA / "corpus" / f"found-{hashlib.sha256(data).hexdigest()[:12]}.se"
            path.write_bytes(data)
            sys.stderr.write(f"{path}: {error!r} after {count} inputs\n")
            return 1
        count += 1
        if count % 1000 == 0 and (time.monotonic() > until or count == asked.inputs):
            break
    sys.stdout.write(f"{count:,} inputs, seed {asked.seed}: no rule broken\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
