"""From a profile and a seed to a set of books as of a day.

What does not belong here: planted discrepancies and anything about serving.
"""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from functools import lru_cache

from fortnox_emulator.activity import opening_documents, simulate_until
from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import CompanyProfile, demo_profile


def found_books(profile: CompanyProfile, seed: int, today: date) -> Books:
    """The clean books: every day from the first financial year's start through ``today``."""
    before = profile.years[0].first - timedelta(days=1)
    years = [year for year in profile.years if year.first <= max(today, before)]
    books = Books(profile=profile, seed=seed, today=before, years=years)
    opening_documents(books, profile)
    simulate_until(books, today)
    return books


def demo_books(seed: int, today: date) -> Books:
    """Clean books of the demo company, the caller's own: a copy costs a fifth of living through the years again."""
    books: Books = pickle.loads(_lived_through(seed, today))  # noqa: S301 -- pickled here
    return books


@lru_cache(maxsize=8)
def _lived_through(seed: int, today: date) -> bytes:
    return pickle.dumps(found_books(demo_profile(), seed, today))
