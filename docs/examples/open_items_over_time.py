"""Receivables at every month end: how much was open, how much of it overdue, and does it tie to the ledger?

python open_items_over_time.py data/var/demo/demo/snapshot.duckdb
"""

import sys

import duckdb

books = duckdb.connect(sys.argv[1], read_only=True)
months = books.sql(
    "SELECT as_of, control_account, ledger_balance FROM recon.tie_outs"
    " WHERE subledger = 'customer' AND point <> 'opening' ORDER BY ALL"
).fetchall()

print(f"{'as of':12}{'account':>8}{'open':>16}{'overdue':>16}{'ledger':>16}  ties")
for as_of, account, ledger in months:
    open_amount, overdue = books.execute(
        "SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (days_overdue > 0), 0)"
        " FROM open_receivables($1::DATE) WHERE control_account = $2",
        [as_of, account],
    ).fetchall()[0]
    ties = "yes" if open_amount == ledger else f"no, {open_amount - ledger:,.2f}"
    print(f"{as_of!s:12}{account:>8}{open_amount:16,.2f}{overdue:16,.2f}{ledger:16,.2f}  {ties}")
