"""Views for the common questions (schema ``views``) and macros for as-of questions.

Amounts are SEK, debit positive, unless a column says otherwise. Names auditors' tools expect do not belong here; see
``audit_data_standards``.
"""

from __future__ import annotations

from typing import Final

from pipelines.publish import PublishedView

COUNTS_ON: Final = "greatest(least(voucher_date, end_date), financial_year)"
"""The day a row of ``ledger.voucher_rows`` counts on, beside its ``ledger.financial_years``: its voucher's date, or the
nearest day of the year that holds the voucher, as in the tie-outs (``transforms.periods.day_in_year``)."""
_OPEN_ITEM_COLUMNS: Final = {
    "company_id": "Company",
    "control_account": "Control account",
    "document_number": "Invoice or credit note; payment:<number> for a payment without an invoice that is held",
    "counterparty_number": "Customer or supplier number",
    "counterparty_name": "Customer or supplier name",
    "invoice_date": "Date of the document",
    "due_date": "Due date; null for Skatteverket's share (ROT, RUT), which is not due with the customer's",
    "days_overdue": "Days from the due date to the date asked about; negative before it",
    "currency": "Currency of open_balance",
    "open_balance": "Open on the date, in that currency, document sign",
    "amount": "Open on the control account on the date, SEK, debit positive",
}


def _open_items(subledger: str) -> str:
    """Open documents of one subledger on the macro's date: a sum over the subledger's entries (decision 0101)."""
    return f"""
    WITH open AS (
        SELECT company_id, control_account, coalesce(document_number, 'payment:' || payment_number) AS document_number,
               tax_reduction, currency, sum(currency_amount)::DECIMAL(18, 2) AS open_balance,
               sum(amount)::DECIMAL(18, 2) AS amount
        FROM ledger.subledger_entries
        WHERE subledger = '{subledger}' AND posting_date <= as_of::DATE
        GROUP BY ALL
        HAVING sum(amount) <> 0 OR sum(currency_amount) <> 0
    )
    SELECT o.company_id, o.control_account, o.document_number, i.counterparty_number, i.counterparty_name,
           i.invoice_date, CASE WHEN NOT o.tax_reduction THEN i.due_date END AS due_date,
           CASE WHEN NOT o.tax_reduction THEN date_diff('day', i.due_date, as_of::DATE) END AS days_overdue,
           o.currency, o.open_balance, o.amount
    FROM open AS o LEFT JOIN ledger.{subledger}_invoices AS i USING (company_id, document_number)
    ORDER BY o.company_id, o.control_account, due_date, o.document_number"""  # noqa: S608 -- two known names


VIEWS: Final = (
    PublishedView(
        "views", "ageing", "One row per subledger, control account and age: what is open as of the run's date.",
        {
            "company_id": "Company", "subledger": "customer or supplier", "control_account": "Control account",
            "age_order": "Place of the age: -1 no due date, 0 not due, then older and older",
            "age": "not_due, 1-30 … days overdue, over_90, or no_due_date", "documents": "Open documents",
            "amount": "Open on the control account, SEK, debit positive", "as_of": "Date of the reconstruction",
        },
        """
        SELECT company_id, subledger, control_account, bucket_order AS age_order, bucket AS age, items AS documents,
               amount, as_of
        FROM recon.ageing ORDER BY ALL""",
        needs=("recon.ageing",),
    ),
    PublishedView(
        "views", "tie_out_by_month", "One row per control account and month end (and opening, and today).",
        {
            "company_id": "Company", "subledger": "customer or supplier", "control_account": "Control account",
            "account_name": "Its name in the newest year", "period": "YYYY-MM, or opening",
            "as_of": "Date the two are compared at", "period_status": "final, partially_locked or provisional",
            "subledger_balance": "Sum of open items, SEK", "ledger_balance": "Balance of the account, SEK",
            "difference": "subledger_balance - ledger_balance", "arisen": "Part of it that arose since the row before",
            "ties": "True when the difference is zero",
        },
        """
        SELECT t.company_id, t.subledger, t.control_account, a.name AS account_name, t.period, t.as_of,
               t.period_status, t.subledger_balance, t.ledger_balance, t.difference, t.arisen,
               t.difference = 0 AS ties
        FROM recon.tie_outs AS t
        LEFT JOIN (SELECT company_id, account_number, arg_max(name, financial_year) AS name
                   FROM ledger.accounts GROUP BY ALL) AS a
               ON a.company_id = t.company_id AND a.account_number = t.control_account
        ORDER BY ALL""",
        needs=("recon.tie_outs", "ledger.accounts"),
    ),
    PublishedView(
        "views", "general_ledger", "One row per booked voucher row, with the documents behind the voucher.",
        {
            "company_id": "Company", "financial_year": "First day of the financial year",
            "account_number": "Account", "account_name": "Account name", "voucher_date": "Date of the voucher",
            "voucher_key": "Voucher: year/series/number", "row_number": "Position within the voucher",
            "text": "Row text, else voucher text", "debit": "SEK", "credit": "SEK",
            "amount": "debit - credit, SEK",
            "balance": "Balance of the account after the row, opening balance included",
            "documents": "Documents that name the voucher; empty where none does",
            "reference_type": "What caused the voucher, as the voucher list states it",
            "period_status": "final or provisional",
        },
        """
        SELECT r.company_id, r.financial_year, r.account_number, a.name AS account_name, r.voucher_date,
               r.voucher_key, r.row_number, coalesce(nullif(r.text, ''), v.text) AS text,
               greatest(r.amount, 0)::DECIMAL(18, 2) AS debit, greatest(-r.amount, 0)::DECIMAL(18, 2) AS credit,
               r.amount,
               (coalesce(b.amount, 0) + sum(r.amount) OVER (
                   PARTITION BY r.company_id, r.financial_year, r.account_number
                   ORDER BY r.voucher_date, r.voucher_key, r.row_number
                   ROWS UNBOUNDED PRECEDING))::DECIMAL(18, 2) AS balance,
               coalesce(d.documents, '') AS documents, v.reference_type, r.period_status
        FROM ledger.voucher_rows AS r
        JOIN ledger.vouchers AS v
          USING (company_id, financial_year, voucher_series, voucher_number, occurrence)
        LEFT JOIN ledger.accounts AS a USING (company_id, financial_year, account_number)
        LEFT JOIN ledger.account_balances AS b
               ON b.company_id = r.company_id AND b.financial_year = r.financial_year
              AND b.account_number = r.account_number AND b.witness = 'sie' AND b.year_number = 0
              AND b.kind = 'opening_balance'
        LEFT JOIN (SELECT company_id, voucher_key,
                          string_agg(DISTINCT subledger || ' ' || kind || ' ' || entry_key, ', '
                                     ORDER BY subledger || ' ' || kind || ' ' || entry_key) AS documents
                   FROM ledger.subledger_entries WHERE voucher_key IS NOT NULL GROUP BY ALL) AS d
               ON d.company_id = r.company_id AND d.voucher_key = r.voucher_key
        WHERE r.kind = 'row'
        ORDER BY r.company_id, r.account_number, r.voucher_date, r.voucher_key, r.row_number""",
        needs=("ledger.voucher_rows", "ledger.vouchers", "ledger.accounts", "ledger.account_balances",
               "ledger.subledger_entries"),
    ),
    PublishedView(
        "views", "trial_balance", "One row per account and period of a financial year in which the account is used.",
        {
            "company_id": "Company", "financial_year": "First day of the financial year",
            "period": "First day of the month", "account_number": "Account", "account_name": "Account name",
            "opening": "Balance before the period, SEK", "debit": "SEK", "credit": "SEK",
            "movement": "debit - credit; a voucher dated outside its financial year counts in the year's nearest month",
            "closing": "opening + movement",
            "period_status": "final, partially_locked or provisional",
        },
        f"""
        WITH moved AS (
            SELECT company_id, financial_year, account_number,
                   greatest(date_trunc('month', {COUNTS_ON})::DATE, financial_year) AS period,
                   sum(greatest(amount, 0)) AS debit, sum(greatest(-amount, 0)) AS credit
            FROM ledger.voucher_rows JOIN ledger.financial_years USING (company_id, financial_year)
            WHERE kind = 'row' GROUP BY ALL
        ), brought AS (
            SELECT company_id, financial_year, account_number, amount FROM ledger.account_balances
            WHERE witness = 'sie' AND year_number = 0 AND kind = 'opening_balance'
        ), used AS (
            SELECT company_id, financial_year, account_number FROM moved
            UNION SELECT company_id, financial_year, account_number FROM brought WHERE amount <> 0
        ), months AS (
            SELECT u.*, p.period, p.status, coalesce(m.debit, 0) AS debit, coalesce(m.credit, 0) AS credit,
                   coalesce(b.amount, 0) AS brought_forward
            FROM used AS u
            JOIN recon.periods AS p USING (company_id, financial_year)
            LEFT JOIN moved AS m USING (company_id, financial_year, account_number, period)
            LEFT JOIN brought AS b USING (company_id, financial_year, account_number)
        )
        SELECT company_id, financial_year, period, account_number, a.name AS account_name,
               (brought_forward + sum(debit - credit) OVER before - (debit - credit))::DECIMAL(18, 2) AS opening,
               debit::DECIMAL(18, 2) AS debit, credit::DECIMAL(18, 2) AS credit,
               (debit - credit)::DECIMAL(18, 2) AS movement,
               (brought_forward + sum(debit - credit) OVER before)::DECIMAL(18, 2) AS closing,
               status AS period_status
        FROM months LEFT JOIN ledger.accounts AS a USING (company_id, financial_year, account_number)
        WINDOW before AS (PARTITION BY company_id, financial_year, account_number ORDER BY period)
        ORDER BY company_id, financial_year, period, account_number""",  # noqa: S608 -- one known expression
        needs=(
            "ledger.voucher_rows", "ledger.financial_years", "ledger.account_balances", "ledger.accounts",
            "recon.periods",
        ),
    ),
    PublishedView(
        "views", "corrected_rows", "One row per struck or added row of a voucher: where, when, how much, and by whom.",
        {
            "company_id": "Company", "financial_year": "First day of the financial year",
            "voucher_series": "Series", "voucher_number": "Number", "voucher_date": "Date of the voucher",
            "row_number": "Place of the row in its voucher", "kind": "removed (#BTRANS) or added (#RTRANS)",
            "account_number": "Account", "on_account": "control, bank (BAS group 19) or other",
            "amount": "SEK, debit positive", "row_date": "Date of the row itself, where the file has one",
            "corrected_by": "signature-1, signature-2 … in order of first use in the SIE files, as in reports; who that"
            " is, sie.voucher_rows says. Null where the file names nobody",
        },
        """
        WITH signed AS (
            SELECT company_id, signature, financial_year, line FROM sie.vouchers
            UNION ALL SELECT company_id, signature, financial_year, line FROM sie.voucher_rows
        ), signatures AS (
            SELECT company_id, signature,
                   row_number() OVER (PARTITION BY company_id ORDER BY min((financial_year, line))) AS place
            FROM signed WHERE signature IS NOT NULL GROUP BY company_id, signature
        ), controls AS (SELECT DISTINCT company_id, account_number FROM ledger.control_accounts)
        SELECT r.company_id, r.financial_year, v.voucher_series, v.voucher_number, v.voucher_date, r.row_number, r.kind,
               r.account_number,
               CASE WHEN c.account_number IS NOT NULL THEN 'control'
                    WHEN r.account_number LIKE '19%' THEN 'bank' ELSE 'other' END AS on_account,
               r.amount, r.row_date,
               CASE WHEN trim(r.signature) <> '' THEN 'signature-' || s.place END AS corrected_by
        FROM sie.voucher_rows AS r
        JOIN sie.vouchers AS v USING (company_id, file_id, financial_year, voucher_position)
        LEFT JOIN signatures AS s ON s.company_id = r.company_id AND s.signature = r.signature
        LEFT JOIN controls AS c ON c.company_id = r.company_id AND c.account_number = r.account_number
        WHERE r.kind <> 'row'
        ORDER BY r.company_id, r.financial_year, r.line""",
        needs=("sie.voucher_rows", "sie.vouchers", "ledger.control_accounts"),
    ),
    PublishedView(
        "views", "findings_since_last_night", "One row per finding that is new, came back or was resolved in the run.",
        {
            "company_id": "Company", "change": "new, reopened or resolved", "severity": "B, W or I",
            "check": "Reconciliation", "rule": "Rule within it", "subject_kind": "What it is about",
            "subject_key": "Its key", "difference": "actual - expected", "explanation": "In words",
            "as_of": "Date of the run",
        },
        """
        SELECT f.company_id, CASE WHEN f.resolved_at IS NOT NULL THEN 'resolved'
                                  WHEN f.reopened > 0 THEN 'reopened' ELSE 'new' END AS change,
               f.severity, f."check", f.rule, f.subject_kind, f.subject_key, f.difference, f.explanation, r.as_of
        FROM recon.findings AS f
        JOIN (SELECT company_id, arg_max(run_id, finished_at) AS run_id, arg_max(as_of, finished_at) AS as_of
              FROM recon.runs GROUP BY ALL) AS r ON r.company_id = f.company_id
        WHERE (f.resolved_at IS NULL AND f.run_id = r.run_id AND (f.first_seen = r.as_of OR f.reopened > 0))
           OR (f.resolved_at IS NOT NULL AND f.run_id = r.run_id)
        ORDER BY ALL""",
        needs=("recon.findings", "recon.runs"),
    ),
)  # fmt: skip

MACROS: Final = (
    PublishedView(
        "main", "open_receivables", "Customer documents open at the end of a day, rebuilt from the booked entries.",
        _OPEN_ITEM_COLUMNS, _open_items("customer"),
        needs=("ledger.subledger_entries", "ledger.customer_invoices"), parameters=("as_of",),
    ),
    PublishedView(
        "main", "open_payables", "Supplier documents open at the end of a day, rebuilt from the booked entries.",
        _OPEN_ITEM_COLUMNS, _open_items("supplier"),
        needs=("ledger.subledger_entries", "ledger.supplier_invoices"), parameters=("as_of",),
    ),
    PublishedView(
        "main", "account_balances_on", "Balance of every account at the end of a day within a financial year.",
        {
            "company_id": "Company", "financial_year": "First day of the financial year",
            "account_number": "Account", "account_name": "Account name",
            "balance": "Opening balance and booked rows dated on or before the day, SEK, debit positive; a voucher"
                       " dated outside its financial year counts on the year's nearest day",
        },
        f"""
        WITH parts AS (
            SELECT company_id, financial_year, account_number, amount FROM ledger.account_balances
            WHERE witness = 'sie' AND year_number = 0 AND kind = 'opening_balance'
            UNION ALL
            SELECT company_id, financial_year, account_number, amount
            FROM ledger.voucher_rows JOIN ledger.financial_years USING (company_id, financial_year)
            WHERE kind = 'row' AND {COUNTS_ON} <= as_of::DATE
        )
        SELECT p.company_id, p.financial_year, p.account_number, a.name AS account_name,
               sum(p.amount)::DECIMAL(18, 2) AS balance
        FROM parts AS p
        JOIN ledger.financial_years AS y USING (company_id, financial_year)
        LEFT JOIN ledger.accounts AS a USING (company_id, financial_year, account_number)
        WHERE as_of::DATE BETWEEN y.financial_year AND y.end_date
        GROUP BY ALL HAVING sum(p.amount) <> 0 ORDER BY p.company_id, p.account_number""",  # noqa: S608 -- one known expression
        needs=("ledger.account_balances", "ledger.voucher_rows", "ledger.financial_years", "ledger.accounts"),
        parameters=("as_of",),
    ),
)  # fmt: skip
