"""Views over the history of records: each record's life, and what the last night noticed.

Times are those at which runs began, UTC, ISO 8601: what a run noticed is of some time since the run before it. What a
change means for the books does not belong here.
"""

from __future__ import annotations

from typing import Final

from pipelines.publish import PublishedView
from pipelines.record_changes import RECORDS
from transforms.tables import CHANGES

VIEWS: Final = (
    PublishedView(
        "history", "records",
        "One row per record that is or ever was there since its table was first read: when it came, changed and went.",
        {
            "company_id": "Company", "table_name": "Raw table, as in history.changes",
            "record_key": "Key of the record, as in history.changes",
            "first_seen_at": "Run that saw it first: the table's first run where it was there from the beginning",
            "last_seen_at": "Latest run that saw it; null where its surface was not read in the latest run",
            "last_changed_at": "Run that last noticed a change of it; null where it is as it was first seen",
            "times_changed": "Runs that noticed changed fields",
            "vanished_at": "Run that found it gone; null while it is there",
        },
        """
        WITH present AS ($parts), told AS (
            SELECT company_id, table_name, record_key,
                   min(seen_at) FILTER (change = 'appeared') AS appeared_at,
                   max(seen_at) FILTER (change IN ('appeared', 'changed', 'vanished', 'returned')) AS last_changed_at,
                   count(DISTINCT run_id) FILTER (change = 'changed') AS times_changed,
                   arg_max(change, seen_at) FILTER (change IN ('appeared', 'vanished', 'returned')) AS last_event,
                   max(seen_at) FILTER (change = 'vanished') AS vanished_at
            FROM history.changes WHERE record_key <> '' GROUP BY ALL
        ), latest AS (SELECT company_id, max(started_at) AS started_at FROM recon.runs GROUP BY ALL
        ), lives AS (
            SELECT company_id, table_name, record_key, t.appeared_at, t.last_changed_at,
                   coalesce(t.times_changed, 0) AS times_changed, p.record_key IS NOT NULL AS is_there,
                   CASE t.last_event WHEN 'vanished' THEN t.vanished_at END AS vanished_at
            FROM (SELECT DISTINCT * FROM present) AS p FULL JOIN told AS t USING (company_id, table_name, record_key)
        )
        SELECT l.company_id, l.table_name, l.record_key, coalesce(l.appeared_at, s.first_seen_at) AS first_seen_at,
               CASE WHEN l.is_there THEN n.started_at ELSE r.started_at END AS last_seen_at, l.last_changed_at,
               l.times_changed, l.vanished_at
        FROM lives AS l
        JOIN history.tables AS s USING (company_id, table_name)
        JOIN latest AS n USING (company_id)
        ASOF LEFT JOIN recon.runs AS r ON r.company_id = l.company_id AND r.started_at < l.vanished_at""",
        needs=("history.changes", "history.tables", "recon.runs"),
        parts=tuple((records.table, records.keys) for records in RECORDS),
    ),
    PublishedView(
        "views", "changes_since_last_night", "One row per change of a record that the latest run noticed.",
        {column.name: column.meaning for column in CHANGES.columns},
        """
        SELECT c.* FROM history.changes AS c
        JOIN (SELECT company_id, coalesce(list(started_at ORDER BY started_at DESC)[2], '') AS before_last
              FROM recon.runs GROUP BY ALL) AS r USING (company_id)
        WHERE c.seen_at > r.before_last
        ORDER BY c.company_id, c.table_name, c.record_key, c.seen_at, c.field""",
        needs=("history.changes", "recon.runs"),
    ),
)  # fmt: skip
