"""The ready-made questions answer what the reconciliations say, to the öre."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from tieout.descriptions import column_types, published_views
from tieout.reports.personal_data import PSEUDONYMISE, pseudonyms_of
from tieout.snapshot import Snapshot
from tieout.views.relations import RELATIONS


@pytest.fixture(params=["snapshot", "dated_outside"])
def either(request: pytest.FixtureRequest) -> Snapshot:
    """The company as it is, and with vouchers dated outside their financial year."""
    opened: Snapshot = request.getfixturevalue(request.param)
    return opened


@pytest.mark.parametrize("view", published_views(), ids=lambda view: f"{view.schema}.{view.name}")
def test_every_question_is_in_the_snapshot_with_its_described_columns(snapshot: Snapshot, view) -> None:
    call = "(DATE '2025-06-30')" if view.parameters else ""
    answer = snapshot.query(f'FROM "{view.schema}"."{view.name}"{call}')
    assert answer.columns == list(view.columns)
    assert (answer.height > 0) is (view.name != "changes_since_last_night"), "one night has none before it"


@pytest.mark.parametrize(
    ("macro", "subledger"), [("open_receivables", "customer"), ("open_payables", "supplier")]
)
def test_open_items_of_any_tie_out_date_sum_to_its_subledger_balance(
    snapshot: Snapshot, macro, subledger
) -> None:
    points = snapshot.query(
        "SELECT as_of, sum(subledger_balance) FROM recon.tie_outs WHERE subledger = ? GROUP BY ALL",
        [subledger],
    ).rows()
    assert len(points) > 20
    for day, balance in points:
        total = snapshot.query(
            f"SELECT coalesce(sum(amount), 0)::DECIMAL(18, 2) FROM {macro}(?::DATE)", [day]
        ).item()
        assert total == balance, day


def test_open_items_of_today_are_the_reconciliation_s_open_items(snapshot: Snapshot) -> None:
    today = snapshot.latest_run()["as_of"]
    columns = "document_number, currency, open_balance, amount, days_overdue"
    rebuilt = snapshot.query(
        f"SELECT {columns} FROM open_receivables($1::DATE) UNION ALL SELECT {columns} FROM open_payables($1::DATE)"
        " ORDER BY ALL",
        [today],
    )
    assert rebuilt.rows() == snapshot.query(f"SELECT {columns} FROM recon.open_items ORDER BY ALL").rows()


def test_the_trial_balance_carries_each_account_from_period_to_period(either: Snapshot) -> None:
    broken = either.query(
        "SELECT * FROM (SELECT *, lag(closing) OVER (PARTITION BY financial_year, account_number ORDER BY period) AS"
        " before FROM views.trial_balance) WHERE before <> opening OR opening + debit - credit <> closing"
    )
    assert broken.height == 0


def test_the_trial_balance_ends_where_the_general_ledger_does(either: Snapshot) -> None:
    apart = either.query(
        """
        SELECT * FROM
            (SELECT financial_year, account_number, arg_max(closing, period) AS closing
             FROM views.trial_balance GROUP BY ALL)
        JOIN (SELECT financial_year, account_number, last(balance ORDER BY voucher_date, voucher_key, row_number)
              AS balance FROM views.general_ledger GROUP BY ALL) USING (financial_year, account_number)
        WHERE closing <> balance
        """
    )
    assert apart.height == 0


def test_audit_detail_rolls_forward_to_the_audit_trial_balance(either: Snapshot) -> None:
    """The account roll-forward of the AICPA profiling checklist: beginning + activity = ending."""
    apart = either.query(
        """
        WITH activity AS (
            SELECT Fiscal_Year, Period, GL_Account_Number,
                   sum(CASE Amount_Credit_Debit_Indicator WHEN 'D' THEN Amount ELSE -Amount END) AS moved
            FROM ads.GL_Detail GROUP BY ALL)
        SELECT * FROM ads.Trial_Balance FULL JOIN activity USING (Fiscal_Year, Period, GL_Account_Number)
        WHERE Amount_Beginning + coalesce(moved, 0) IS DISTINCT FROM Amount_Ending
        """
    )
    assert apart.height == 0


def test_corrected_rows_name_every_struck_and_added_row_and_who_by_pseudonym(snapshot: Snapshot) -> None:
    corrected = snapshot.query("FROM views.corrected_rows")
    history = snapshot.query("SELECT kind, account_number, amount FROM sie.voucher_rows WHERE kind <> 'row'")
    assert Counter(corrected.select("kind", "account_number", "amount").rows()) == Counter(history.rows())
    assert len(history) > 0
    pseudonyms = pseudonyms_of(snapshot, PSEUDONYMISE).signatures
    signed = snapshot.query("SELECT DISTINCT signature FROM sie.voucher_rows WHERE kind <> 'row'")[
        "signature"
    ]
    assert set(corrected["corrected_by"]) == {pseudonyms[signature] for signature in signed}
    on_control = set(corrected.filter(pl.col("on_account") == "control")["account_number"])
    assert on_control <= {"1510", "2440"}
    assert set(corrected.filter(pl.col("on_account") == "bank")["account_number"]) == {"1930"}


def test_the_first_night_calls_every_finding_new(snapshot: Snapshot) -> None:
    assert set(snapshot.query("SELECT DISTINCT change FROM views.findings_since_last_night").rows()) == {
        ("new",)
    }


def test_relations_name_columns_that_exist_and_lead_to_one_row(snapshot: Snapshot) -> None:
    known = {(table, column) for table, column in column_types()}
    for relation in RELATIONS:
        for child, parent in relation.columns:
            assert (relation.child, child) in known, (relation.child, child)
            assert (relation.parent, parent) in known, (relation.parent, parent)
        keys = ", ".join(parent for _, parent in relation.columns)
        several = snapshot.query(f"SELECT {keys} FROM {relation.parent} GROUP BY ALL HAVING count(*) > 1")
        assert several.height == 0, relation
