"""What a report says about finality: the lock as the nights saw it, and each restated voucher before and after.

Money is text with two decimals, as everywhere in a report's content. Whether a change is a finding is decided by the
reconciliations and does not belong here.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from tieout.snapshot import Snapshot

_LOCKS: Final = """
SELECT position, locked_until, first_observed, last_observed, move FROM recon.lock_history ORDER BY position
"""
_RESTATED: Final = """
WITH now AS (
    SELECT v.voucher_key, any_value(v.voucher_date) AS day, any_value(v.text) AS text,
           string_agg(r.account_number || ' ' || r.amount::VARCHAR, ', '
                      ORDER BY r.account_number || ' ' || r.amount::VARCHAR) FILTER (r.kind = 'row') AS booked,
           coalesce(sum(r.amount) FILTER (r.kind = 'row' AND r.amount > 0), 0)::DECIMAL(18, 2) AS debit
    FROM ledger.vouchers AS v LEFT JOIN ledger.voucher_rows AS r USING (company_id, voucher_key)
    WHERE v.in_sie GROUP BY v.voucher_key
)
SELECT f.finding_id, f.subject_key AS voucher_key, f.rule AS change, f.period, f.first_seen, b.first_final,
       b.voucher_date AS before_date, b.text AS before_text, b.booked AS before_booked, b.debit AS before_debit,
       now.day AS after_date, now.text AS after_text, now.booked AS after_booked, now.debit AS after_debit
FROM recon.findings AS f
LEFT JOIN recon.final_vouchers AS b
  ON b.company_id = f.company_id AND b.voucher_key = f.subject_key AND strftime(b.period, '%Y-%m') = f.period
LEFT JOIN now ON now.voucher_key = f.subject_key
WHERE f."check" = 'restatements' AND f.rule <> 'opening_balance' AND f.resolved_at IS NULL ORDER BY f.subject_key
"""


def lock_history(snapshot: Snapshot) -> pl.DataFrame:
    """One row per value the locked period has had, oldest first; empty where no run could see it."""
    return snapshot.query(_LOCKS)


def restatements(snapshot: Snapshot) -> pl.DataFrame:
    """One row per voucher of a final period that is not as it was: its content then and now, null where none was."""
    return snapshot.query(_RESTATED)
