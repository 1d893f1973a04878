"""Two nights and what is told of the records between them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import jsonschema
from click.testing import CliRunner

from fortnox_emulator.model import Side
from tieout.cli import tieout

SCHEMAS = Path(__file__).resolve().parents[2] / "docs/schemas"
NOTICED = """
SELECT table_name, record_key, change, field, before, after FROM views.changes_since_last_night
WHERE table_name IN ('fortnox.locked_period', 'fortnox.vouchers', 'sie.vouchers')
"""
OF_HISTORY = """
SELECT rule, subject_key FROM recon.findings WHERE rule IN ('account_changed', 'went_down') ORDER BY ALL
"""
LIVES = """
SELECT change IS NULL, vanished_at IS NULL, times_changed, count(*) FROM history.records
LEFT JOIN (FROM views.changes_since_last_night WHERE field <> '') USING (table_name, record_key)
WHERE table_name = 'sie.vouchers' GROUP BY ALL
"""


RENUMBERED = """
SELECT table_name, record_key, change, field, before, after FROM views.changes_since_last_night
WHERE table_name IN ('fortnox.customers', 'fortnox.suppliers', 'fortnox.customer_invoices', 'fortnox.supplier_invoices')
ORDER BY ALL
"""


def test_a_new_number_of_a_customer_or_supplier_is_told_and_its_documents_follow(settled) -> None:
    """The old number vanished, the new one appeared; no check has anything to say of it."""
    books = settled.emulator.books
    invoices = {
        side: [doc.number for doc in books.documents[side].values() if doc.party == "3"] for side in Side
    }
    for side in Side:
        settled.emulator.renumber(side.value, "3", "903")

    settled.night()

    assert settled.findings() == settled.truth() == set()
    with settled.snapshot() as snapshot:
        told = snapshot.execute(RENUMBERED).fetchall()
        open_items = snapshot.execute(
            "SELECT count(*) FROM ledger.subledger_entries WHERE counterparty_number = '3'"
        ).fetchone()
    assert open_items == (0,)
    for side in Side:
        register = f"fortnox.{side.value}s"
        assert [row[1:3] for row in told if row[0] == register] == [("3", "vanished"), ("903", "appeared")]
        followed = [row[1:] for row in told if row[0] == f"fortnox.{side.value}_invoices"]
        moved = (f"{side.value}_number", "3", "903")
        assert sorted(followed) == sorted((number, "changed", *moved) for number in invoices[side])


def test_a_doubled_and_a_deleted_voucher_and_the_lock_moved_back_are_told_as_they_were(settled) -> None:
    books = settled.emulator.books
    vouchers = [(key, voucher) for key, voucher in books.vouchers.items() if key.series == "A"]
    (doubled, voucher), *_ = vouchers
    deleted = max(key for key, _ in vouchers if key.year_id == books.current_year.year_id)
    first_days = {year.year_id: year.first for year in books.years}
    amounts = sorted(row.amount for row in voucher.rows)
    for row in voucher.rows:
        row.amount = 2 * row.amount
    books.delete_voucher(deleted)
    locked = books.locked_until
    books.locked_until = locked - timedelta(days=3)
    held = len(books.vouchers)
    supplier = books.parties[Side.SUPPLIER]["3"]
    books.parties[Side.SUPPLIER]["3"] = replace(supplier, giro="5999-1234")

    settled.night()

    with settled.snapshot() as snapshot:
        lock, gone, changed, gone_from_sie = snapshot.execute(NOTICED).fetchall()
        lives = snapshot.execute(LIVES).fetchall()
        told = snapshot.execute(OF_HISTORY).fetchall()
    assert told == [("account_changed", "3/bankgiro"), ("went_down", f"{books.current_year.first}/A")]
    company = settled.company.company_id
    moved = (str(locked), str(books.locked_until))
    assert lock == ("fortnox.locked_period", company, "changed", "end_date", *moved)
    assert gone[:3] == ("fortnox.vouchers", f"{deleted.year_id}/A/{deleted.number}", "vanished")
    subject = f"{first_days[doubled.year_id]}/A/{doubled.number}"
    assert changed[:4] == ("sie.vouchers", subject, "changed", "rows")
    in_ore = [sorted(int(Decimal(row["amount"]) * 100) for row in json.loads(rows)) for rows in changed[4:]]
    assert in_ore == [amounts, [2 * amount for amount in amounts]]
    assert gone_from_sie[1:3] == (f"{first_days[deleted.year_id]}/A/{deleted.number}", "vanished")
    assert sorted(lives) == [(False, True, 1, 1), (True, False, 0, 1), (True, True, 0, held - 1)]

    told = CliRunner().invoke(tieout, ["changes", company, "--directory", str(settled.root)])
    assert told.exit_code == 0
    assert f"locked period {company}: end_date {moved[0]} → {moved[1]}\n" in told.output
    assert f"voucher {subject}: rows - " in told.output
    as_json = CliRunner().invoke(
        tieout, ["changes", company, "--directory", str(settled.root), "--format", "json"]
    )
    rows = json.loads(as_json.output)
    assert len(rows) > 4
    jsonschema.validate(rows, json.loads((SCHEMAS / "changes.schema.json").read_text(encoding="utf-8")))
