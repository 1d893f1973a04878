"""Which vouchers the voucher list and the SIE file differ on, and which answers about such vouchers are held.

Read from the company's warehouse, once both witnesses of tonight are in it. Nothing here writes or asks; asking
belongs in ``fortnox/voucher_details.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipelines.companies import CompanyDirectory
from pipelines.fortnox.marks import Key
from pipelines.fortnox.schema_voucher_details import VOUCHER_DETAIL_TABLES
from pipelines.fortnox.voucher_details import BOTH, LIST, SIE, Doubt, HeldAnswer
from pipelines.held import cut_off, held_columns
from pipelines.warehouse import connect

#: A SIE file is written in it (SIE 4C ch. 5.1), so that no other character of a text can come back.
SIE_ENCODING: Final = "cp437"
#: Blanks apart, as the reconciliation of the two compares texts. A repeated number is compared where it is first.
DOUBTED: Final = """
WITH files AS (
    SELECT financial_year, financial_year_id AS year FROM sie.files
    WHERE financial_year_id IS NOT NULL AND starts_with(sie_type, '4')
), listed AS (
    SELECT year, voucher_series AS series, CAST(voucher_number AS VARCHAR) AS number, transaction_date AS day,
           trim(regexp_replace(coalesce(description, ''), '\\s+', ' ', 'g')) AS said, true AS there
    FROM fortnox.vouchers SEMI JOIN files USING (year)
), exported AS (
    SELECT year, voucher_series AS series, voucher_number AS number, voucher_date AS day,
           trim(regexp_replace(coalesce(text, ''), '\\s+', ' ', 'g')) AS said, true AS there,
           financial_year, voucher_position
    FROM sie.vouchers JOIN files USING (financial_year)
    WHERE voucher_series IS NOT NULL AND coalesce(voucher_number, '') <> ''
    QUALIFY row_number() OVER (PARTITION BY year, series, number ORDER BY voucher_position) = 1
), doubted AS (
    SELECT year, series, number, financial_year, voucher_position,
           listed.there IS NOT NULL AS in_list, exported.there IS NOT NULL AS in_sie,
           listed.day AS listed_day, exported.day AS exported_day,
           listed.said AS listed_text, exported.said AS exported_text
    FROM listed FULL JOIN exported USING (year, series, number)
    WHERE listed.there IS NULL OR exported.there IS NULL
       OR listed.day IS DISTINCT FROM exported.day OR listed.said <> exported.said
), booked AS (
    SELECT financial_year, voucher_position,
           string_agg(concat_ws(' ', kind, account_number, amount), ';' ORDER BY row_number) AS said
    FROM sie.voucher_rows SEMI JOIN doubted USING (financial_year, voucher_position) GROUP BY ALL
)
SELECT year, series, number, in_list, in_sie, listed_day IS DISTINCT FROM exported_day, listed_text,
       sha256(concat_ws('|', in_list, in_sie, listed_day, exported_day, listed_text, exported_text, booked.said))
FROM doubted LEFT JOIN booked USING (financial_year, voucher_position)
ORDER BY coalesce(exported_day, listed_day) DESC, year, series, number
"""


def doubts(company: CompanyDirectory) -> list[Doubt]:
    """The vouchers the two witnesses differ on, the newest first. Both must have been read tonight."""
    with connect(company.warehouse_file, read_only=True) as connection:
        rows = connection.execute(DOUBTED).fetchall()
    return [
        Doubt(year, series, number, BOTH if in_list and in_sie else LIST if in_list else SIE, said)
        for year, series, number, in_list, in_sie, days_differ, text, said in rows
        if not (in_list and in_sie) or days_differ or _can_be_exported(text)
    ]


def _can_be_exported(text: str) -> bool:
    try:
        text.encode(SIE_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def held_answers(company: CompanyDirectory) -> Mapping[Key, HeldAnswer] | None:
    """Answers of a load dlt closed, by voucher; None when there are no tables for them yet."""
    names = [table.name for table in VOUCHER_DETAIL_TABLES]
    if not company.warehouse_file.exists():
        return None
    with connect(company.warehouse_file, read_only=True) as connection:
        held = held_columns(connection)
        if not all(table.columns().keys() <= held[table.name] for table in VOUCHER_DETAIL_TABLES):
            return None
        if cut_off(connection, names):
            return {}
        rows = connection.execute(
            "SELECT year, voucher_series, CAST(voucher_number AS VARCHAR), witness_fingerprint, asked_on "
            "FROM fortnox.voucher_details"
        ).fetchall()
    return {
        (year, series, number): HeldAnswer(said, asked_on) for year, series, number, said, asked_on in rows
    }
