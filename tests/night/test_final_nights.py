"""FINAL checked night after night against the emulated company: silent while it behaves, exact when it does not."""

from __future__ import annotations

import pytest

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
    assert resolved_by.startswith("the voucher is again as it was when its period was first seen final")
    assert f": voucher {named} changed (" in resolved_by, "what resolved it is the voucher itself"


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
