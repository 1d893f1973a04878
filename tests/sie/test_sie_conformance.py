"""Every sample file of the workspace reads as an independent tokeniser read it (`expected.json`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

import sie_parser
from sie_parser.columns import SieTables
from sie_parser.problems import ERROR, NOTE
from sie_parser.summary import summarise, to_json

SIE = Path(__file__).parents[2] / "../shared/reference/sie"
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((SIE / "expected.json").read_text(encoding="utf-8")) if SIE.is_dir() else {}
)
pytestmark = pytest.mark.skipif(not EXPECTED, reason="the shared sample files are not here")


def test_there_are_samples() -> None:
    assert len(EXPECTED) == 76


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_read_as_expected(name: str) -> None:
    expected = EXPECTED[name]
    found = to_json(summarise(SIE / "samples" / name))
    for fact in expected.keys() - {"reconcile"}:
        assert found[fact] == expected[fact], fact


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if e["reconcile"]])
def test_identities_hold_where_the_file_adds_up(name: str) -> None:
    """`reconcile` counts the accounts that do not add up, by #IB + movement = #UB and movement = #RES."""
    closing, result = (
        part.split("fails ")[1].split("/")[0] for part in EXPECTED[name]["reconcile"].split(";")
    )
    found = [d.identity for d in summarise(SIE / "samples" / name).differences]
    assert (found.count("closing_balance"), found.count("result_balance")) == (int(closing), int(result))


@pytest.mark.parametrize("name", EXPECTED)
def test_tables_hold_what_the_records_say(name: str) -> None:
    tables = sie_parser.tables(SIE / "samples" / name)
    counts = tables.header.records
    assert tables.vouchers.num_rows == counts.get("#VER", 0)
    assert tables.voucher_rows.num_rows == sum(counts.get(f"#{kind}TRANS", 0) for kind in ("", "R", "B"))
    assert tables.balances.num_rows == sum(counts.get(label, 0) for label in ("#IB", "#UB", "#RES"))
    assert tables.period_balances.num_rows == counts.get("#PSALDO", 0) + counts.get("#PBUDGET", 0)
    assert tables.problems.num_rows == sum(tables.header.problems.values())
    books = tables.voucher_rows.filter(pc.equal(tables.voucher_rows["kind"], "row"))
    total = sum(map(Decimal, EXPECTED[name]["trans_sum_by_account"].values()))
    assert (pc.sum(books["amount"]).as_py() or 0) == total


@pytest.mark.parametrize("name", [n for n in EXPECTED if n.startswith("real/")])
def test_real_files_are_read_without_loss(name: str) -> None:
    """What real programs write gives no error, but for three files that are broken in themselves."""
    broken = {"real/bl-administration-2011.2.1__bl0001-typ4i.si"}  # #RAR without dates
    stream = sie_parser.records(SIE / "samples" / name)
    records = list(stream)
    errors = {p.code for p in stream.problems if p.severity == ERROR}
    assert errors == ({"SIE_VALUE_MISSING"} if name in broken else set())
    assert not any(record.unread for record in records)


def test_written_samples_read_back_the_same(sample_files: list[Path], tmp_path: Path) -> None:
    """`write` then `records` is the identity on every sample, those with problems included where they can be."""
    target = tmp_path / "copy.se"
    tried = 0
    for file in sample_files:
        stream = sie_parser.records(file)
        records = list(stream)
        if any(p.severity != NOTE and p.code not in HARMLESS for p in stream.problems):
            continue
        tried += 1
        sie_parser.write(records, target, charset=stream.header.charset)
        assert list(sie_parser.records(target)) == records, file.name
    assert tried > 60


#: Problems that leave the records as they are: what the file lacks, not what was read.
HARMLESS = {
    "SIE_TEXT_MISSING", "SIE_FLAG_READ", "SIE_ITEM_MISSING", "SIE_ITEM_FORBIDDEN", "SIE_LIST_MISSING", "SIE_DATE",
    "SIE_PERIOD", "SIE_VALUE_MISSING", "SIE_QUOTE_OPEN", "SIE_KSUMMA_WRONG", "SIE_ACCOUNT_TYPE",
}  # fmt: skip


@pytest.mark.slow
def test_fast_reader_reads_every_sample_exactly(
    sample_files: list[Path],
    read_both: Callable[..., tuple[SieTables, SieTables]],
    assert_same: Callable[[tuple[SieTables, SieTables]], None],
) -> None:
    for file in sample_files:
        for block_size in (700, 1 << 20):
            assert_same(read_both(file, block_size))
