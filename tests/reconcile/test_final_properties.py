"""Whatever becomes of vouchers and lock over a week of nights: a final month is restated while it is not as it was."""

from __future__ import annotations

import calendar
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from transforms.finality import FRAMES, MEMORY_TABLES, Memory, finality

Booked = dict[str, tuple[dt.date, int]]


@dataclass
class Witness:
    """What must be said of each month, told by whole contents: what it held when first seen final, and what now."""

    first_final: dict[int, set[Any]] = field(default_factory=dict)

    def statuses(self, booked: Booked, locked: int) -> dict[int, str]:
        said = {}
        for month in range(1, 13):
            now = self.of_month(booked, month)
            then = self.first_final.setdefault(month, now) if month <= locked else self.first_final.get(month)
            by_lock = "final" if month <= locked else "provisional" if then is None else "unlocked"
            said[month] = "restated" if then is not None and then != now else by_lock
        return said

    def vouchers(self, booked: Booked) -> list[str]:
        differing = [then ^ self.of_month(booked, month) for month, then in self.first_final.items()]
        return sorted({name for one in differing for name, _, _ in one})

    @staticmethod
    def of_month(booked: Booked, month: int) -> set[Any]:
        return {(name, day, amount) for name, (day, amount) in booked.items() if day.month == month}


def _night_of(chance: random.Random, booked: Booked, first: Booked) -> Booked:
    """Up to two vouchers deleted, restored, moved to another month or booked with another amount."""
    after = dict(booked)
    for _ in range(chance.randrange(3)):
        name = f"A/{chance.randrange(1, 8)}"
        day, amount = after.get(name, (dt.date(2026, 2, 2), 10))
        what = chance.choice(["delete", "restore", "move", "amount"])
        if what == "delete":
            after.pop(name, None)
        elif what == "restore" and name in first:
            after[name] = first[name]
        elif what == "move":
            after[name] = (dt.date(2026, chance.randrange(1, 6), chance.randrange(1, 28)), amount)
        else:
            after[name] = (day, 10 * chance.randrange(1, 4))
    return after


def _books(given: Any, booked: Booked, locked: int) -> Any:
    end = dt.date(2026, locked, calendar.monthrange(2026, locked)[1]) if locked else None
    given.year("2026-01-01", "2026-12-31").locked_until = end and str(end)
    for name, (day, amount) in booked.items():
        given.voucher(name, str(day), a5010=f"{amount}.00", a1930=f"-{amount}.00")
    return given.voucher("B/1", "2026-11-11", a5010="1.00", a1930="-1.00").books()


@pytest.mark.parametrize("seed", range(25))
def test_final_months_are_told_from_the_rest_whatever_happens(
    new_books: Callable[[], Any], seed: int
) -> None:
    chance, witness, memory = random.Random(seed), Witness(), Memory()
    first = {f"A/{n}": (dt.date(2026, chance.randrange(1, 6), n), 10 * n) for n in range(1, 6)}
    booked, locked = first, chance.randrange(1, 4)
    for night in range(7):
        books = _books(new_books(), booked, locked)
        tonight = finality(
            {name: getattr(books, name) for name in FRAMES}, memory, dt.date(2026, 6, 1 + night)
        )
        statuses = {first.month: said for first, said in tonight.periods.select("period", "status").rows()}
        assert statuses == witness.statuses(booked, locked)
        named = tonight.changes["voucher_key"].str.slice(11).sort().to_list()
        assert named == witness.vouchers(booked), "each once"
        memory = Memory(**{t.name: t.select(getattr(tonight.remembered, t.name)) for t in MEMORY_TABLES})
        booked, locked = _night_of(chance, booked, first), min(5, max(0, locked + chance.choice([-1, 0, 1])))
