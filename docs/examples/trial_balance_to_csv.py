"""The trial balance of one financial year, final periods only, as CSV on standard output.

python trial_balance_to_csv.py data/var/demo/demo/snapshot.duckdb 2025-01-01 > trial_balance.csv
"""

import sys

import duckdb

books = duckdb.connect(sys.argv[1], read_only=True)
frame = books.sql(
    "SELECT * EXCLUDE (company_id) FROM views.trial_balance"
    " WHERE financial_year = $1::DATE AND period_status = 'final' ORDER BY ALL",
    params=[sys.argv[2]],
).pl()
sys.stdout.write(frame.write_csv())
