"""FINAL checked night after night against the emulated company: silent while it behaves, exact when it does not."""

from __future__ import annotations

import datetime as dt
import shutil
from datetime import date

import pytest
from click.testing import CliRunner

from tieout.cli import tieout
from tieout.night import MemoryLost
from transforms.settings import Settings

MEMORY = ("restatements", "lock_history", "locked_period_entries")


def remembered(bureau) -> list[tuple[str, ...]]:
    """Findings about what was final, resolved ones included."""
    with bureau.snapshot() as snapshot:
        return snapshot.execute(
            'SELECT "check", rule, subject_key, difference::VARCHAR, resolved_by FROM recon.findings'
            ' WHERE list_contains($1::VARCHAR[], "check") ORDER BY ALL',
            [list(MEMORY)],
        ).fetchall()


def test_a_row_changed_in_a_locked_month_is_one_restatement_and_undoing_it_resolves_it(settled) -> None:
    """One row of a voucher is moved to another cost account: every sum of the year still follows from its vouchers."""
    books = settled.emulator.books
    key, voucher = next(
        (key, voucher)
        for key, voucher in books.vouchers.items()
        if key.series == "A" and not books.is_open(voucher.day)
    )
    subject = f"{books.year(key.year_id).first}/{key.series}/{key.number}"
    cost = voucher.rows[0].account
    settled.emulator.advance()
    voucher.rows[0].account = 5410 if cost != 5410 else 5420
    end = settled.night()
    assert [row[:3] for row in remembered(settled)] == [("restatements", "changed", subject)]
    assert (end.run["blocking"], end.run["warnings"]) == (1, 0), "and nothing else of any check"
    voucher.rows[0].account = cost
    settled.emulator.advance()
    end = settled.night()
    ((_, rule, named, _, resolved_by),) = remembered(settled)
    assert (rule, named, end.run["blocking"]) == ("changed", subject, 0)
    assert resolved_by.startswith("it is again as it was when its period was first seen final")
    assert f": voucher {named} changed (" in resolved_by, "what resolved it is the voucher itself"


@pytest.mark.parametrize("lost", ["work folder", "warehouse"])
def test_a_night_without_its_work_folder_remembers_from_the_snapshot(settled, lost: str) -> None:
    """What was final, what the lock was, which runs there were: a wiped work folder is no way to forget it."""
    books = settled.emulator.books
    key, voucher = next(
        (key, voucher)
        for key, voucher in books.vouchers.items()
        if key.series == "A" and not books.is_open(voucher.day)
    )
    subject = f"{books.year(key.year_id).first}/{key.series}/{key.number}"
    locked, first_run = books.locked_until, settled.contents()["recon.runs"][0]
    settled.emulator.advance()
    voucher.rows[0].account = 5410 if voucher.rows[0].account != 5410 else 5420
    books.locked_until = locked.replace(day=1)
    if lost == "work folder":
        shutil.rmtree(settled.company.work)
    else:
        settled.company.warehouse_file.unlink()

    settled.night()

    assert ("restatements", "changed", subject) in [row[:3] for row in remembered(settled)]
    with settled.snapshot() as snapshot:
        locks = snapshot.execute("SELECT locked_until FROM recon.lock_history ORDER BY position").fetchall()
        runs = snapshot.execute("FROM recon.runs ORDER BY started_at").fetchall()
    assert locks == [(locked,), (books.locked_until,)]
    assert (runs[0], len(runs)) == (first_run, 2)
    told = CliRunner().invoke(
        tieout, ["changes", settled.company.company_id, "--directory", str(settled.root)]
    )
    assert f"since run {first_run[0]}" in told.output


@pytest.mark.parametrize("trouble", ["garbage", "half of it", "gone"])
def test_a_night_that_could_only_forget_what_was_final_stops_and_says_what_to_do(
    settled, trouble: str
) -> None:
    """The warehouse is lost and so is the snapshot: a night that began anew would remove the older ones in time."""
    company, runs = settled.company, settled.contents()["recon.runs"]
    company.warehouse_file.unlink()
    whole = company.snapshot_pointer.resolve()
    damaged = whole.with_name("snapshot-2.duckdb")
    if trouble != "gone":
        damaged.write_bytes(
            b"\0" * 9000 if trouble == "garbage" else whole.read_bytes()[: whole.stat().st_size // 2]
        )
    company.snapshot_pointer.unlink()
    company.snapshot_pointer.symlink_to(damaged.relative_to(company.folder))

    for _ in ("this night", "the next night"):
        with pytest.raises(MemoryLost, match=r"snapshot-2.duckdb: cannot be read, .*\(snapshot-1.duckdb\)"):
            settled.night()

    company.snapshot_pointer.unlink()
    company.snapshot_pointer.symlink_to(whole.relative_to(company.folder))
    settled.night()
    with settled.snapshot() as snapshot:
        assert snapshot.execute("FROM recon.runs ORDER BY started_at").fetchall()[0] == runs[0]


def test_without_a_pointer_a_night_begins_anew(settled) -> None:
    settled.company.warehouse_file.unlink()
    settled.company.snapshot_pointer.unlink()
    settled.night()
    assert len(settled.contents()["recon.runs"]) == 1


def test_the_lock_moving_back_is_told_and_its_months_are_unlocked(settled) -> None:
    books = settled.emulator.books
    locked = books.locked_until
    books.locked_until = locked.replace(day=1)
    settled.night()
    assert remembered(settled) == [("lock_history", "moved_back", locked.isoformat(), None, None)]
    with settled.snapshot() as snapshot:
        statuses = snapshot.execute(
            "SELECT status FROM recon.periods WHERE end_date = $1", [locked]
        ).fetchall()
    assert statuses == [("unlocked",)]


def test_a_first_run_as_of_a_past_day_makes_the_next_night_say_nothing_false(bureau) -> None:
    """As of January, on 30 September: what was registered in between came before anybody saw the lock."""
    locked, made = bureau.emulator.books.locked_until, bureau.emulator.today
    as_of = date(2026, 1, 31)
    end = bureau.night(settings=Settings(company_id="acme", as_of=as_of))
    assert (as_of < locked < made, end.run["blocking"], end.run["warnings"]) == (True, 0, 0)
    bureau.emulator.advance()
    end = bureau.night()
    assert (end.run["blocking"], end.run["warnings"], remembered(bureau)) == (0, 0, [])
    with bureau.snapshot() as snapshot:
        seen = snapshot.execute(
            "SELECT locked_until, first_observed, last_observed FROM recon.lock_history"
        ).fetchall()
        final = snapshot.execute("SELECT DISTINCT first_final FROM recon.final_periods").fetchall()
    assert seen == [(locked, made, bureau.emulator.today)]
    assert final == [(made,)]


@pytest.mark.slow
def test_months_of_ordinary_nights_with_the_lock_moving_forward_are_silent(settled) -> None:
    locks = {settled.emulator.books.locked_until}
    for days in (1, 26, 26, 26):
        settled.emulator.advance(days)
        end = settled.night()
        locks.add(settled.emulator.books.locked_until)
        assert settled.findings() == set()
        assert (end.run["blocking"], end.run["warnings"]) == (0, 0)
        assert remembered(settled) == []
    assert len(locks) >= 3


def test_an_accepted_lock_is_told_again_when_it_moves_further_and_when_it_is_removed(settled) -> None:
    """Accepted on the command line; a quiet night leaves it so, another move suspends it, its removal is a finding of
    its own that the old one leads to."""
    books, where = settled.emulator.books, ["--directory", str(settled.root)]
    locked = books.locked_until

    def night(until: dt.date | None) -> dict[str, tuple[str, ...]]:
        settled.emulator.advance()
        books.locked_until = until
        settled.night()
        with settled.snapshot() as snapshot:
            rows = snapshot.execute(
                "SELECT rule, status, finding_id, moved, resolved_by FROM recon.findings"
                " WHERE \"check\" = 'lock_history'"
            ).fetchall()
        return {rule: rest for rule, *rest in rows}

    _, finding, *_ = night(locked - dt.timedelta(days=3))["moved_back"]
    accept = [
        "findings",
        settled.company.company_id,
        "--accept",
        finding,
        "--comment",
        "agreed",
        "--by",
        "eva",
    ]
    assert CliRunner().invoke(tieout, [*accept, *where]).exit_code == 0
    assert night(locked - dt.timedelta(days=3))["moved_back"][0] == "accepted"

    status, _, moved, _ = night(locked - dt.timedelta(days=300))["moved_back"]
    assert status == "suspended"
    assert moved.endswith("since then what it tells of changed")
    listed = CliRunner().invoke(tieout, ["findings", settled.company.company_id, *where]).output
    assert "SUSPENDED" in listed
    assert "what it tells of changed" in " ".join(listed.split())

    told = night(None)
    removed = told["removed"][1]
    assert told["removed"][0] == "open"
    assert told["moved_back"][0] == "resolved"
    assert told["moved_back"][3].startswith(f"not found again; found instead: removed (finding {removed})")
