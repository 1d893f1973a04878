"""From a profile and a seed to a set of books as of a day.

What does not belong here: planted discrepancies and anything about serving.
"""

from __future__ import annotations

from datetime import date, timedelta

from fortnox_emulator.activity import opening_documents, simulate_until
from fortnox_emulator.books import Books
from fortnox_emulator.company_profile import CompanyProfile


def found_books(profile: CompanyProfile, seed: int, today: date) -> Books:
    """The clean books: every day from the first financial year's start through ``today``."""
    before = profile.years[0].first - timedelta(days=1)
    years = [year for year in profile.years if year.first <= max(today, before)]
    books = Books(profile=profile, seed=seed, today=before, years=years)
    opening_documents(books, profile)
    simulate_until(books, today)
    return books
