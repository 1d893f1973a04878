"""Views named after the AICPA Audit Data Standards (July 2015: General Ledger, Order to Cash, Procure to Pay).

Audit tools look for these tables and columns. Amounts are unsigned with a credit/debit indicator where the standard
has one, else signed debit positive. What Fortnox and SIE do not hold (times, approvers, business units) is left out
rather than invented. Questions of our own do not belong here; see ``analysis``.
"""

from __future__ import annotations

from typing import Final

from pipelines.publish import PublishedView
from tieout.views.analysis import COUNTS_ON

_COMMON: Final = {
    "Business_Unit_Code": "Company",
    "Fiscal_Year": "First day of the financial year",
    "Period": "Month within the financial year, from 1",
    "GL_Account_Number": "Account",
    "Amount_Credit_Debit_Indicator": "D or C",
}
_PARTY: Final = {"customer": "Customer", "supplier": "Supplier"}
_PERIOD: Final = "date_diff('month', financial_year, {date}) + 1"
_PERIOD_OF_ROW: Final = _PERIOD.format(date=COUNTS_ON.replace("voucher_date", "r.voucher_date"))


def _master(party: str) -> PublishedView:
    title = _PARTY[party]
    return PublishedView(
        "ads", f"{title}_Master", f"ADS {title} master: one row per {party}.",
        {
            f"{title}_Account_ID": f"{title} number", f"{title}_Account_Name": "Name",
            f"{title}_TIN": "Organisation number as registered",
            "Active_Flag": "1 active, 0 inactive; null when not known", "Business_Unit_Code": "Company",
        },
        f"""
        SELECT {party}_number AS {title}_Account_ID, name AS {title}_Account_Name, corporate_id AS {title}_TIN,
               active::INTEGER AS Active_Flag, company_id AS Business_Unit_Code
        FROM ledger.{party}s ORDER BY ALL""",  # noqa: S608 -- two known names
        needs=(f"ledger.{party}s",),
    )  # fmt: skip


def _open(party: str, name: str) -> PublishedView:
    title = _PARTY[party]
    return PublishedView(
        "ads", name, f"ADS open items: one row per open {party} document as of Balance_As_Of_Date.",
        {
            f"{title}_Account_ID": f"{title} number", "Transaction_ID": "Number of the document in Fortnox",
            "Invoice_ID": "Number of the document; null for a payment without an invoice that is held",
            "Transaction_Type": "invoice, credit_note or payment", "Transaction_Date": "Date of the document",
            "Transaction_Due_Date": "Due date", "Balance_Amount": "Open amount in SEK, unsigned",
            "Balance_Amount_Currency": "SEK",
            "Balance_Amount_Local": "Open amount in the document's currency, unsigned",
            "Balance_Amount_Local_Currency": "That currency",
            "Amount_Credit_Debit_Indicator": "D or C: the sign of the open amount",
            "GL_Account_Number": "Control account", "Balance_As_Of_Date": "Date of the balance",
            "Business_Unit_Code": "Company",
        },
        f"""
        SELECT o.counterparty_number AS {title}_Account_ID, o.document_number AS Transaction_ID,
               i.document_number AS Invoice_ID,
               CASE WHEN i.document_number IS NULL THEN 'payment'
                    WHEN i.is_credit_note THEN 'credit_note' ELSE 'invoice' END AS Transaction_Type,
               o.invoice_date AS Transaction_Date, o.due_date AS Transaction_Due_Date,
               abs(o.amount)::DECIMAL(18, 2) AS Balance_Amount, 'SEK' AS Balance_Amount_Currency,
               abs(o.open_balance)::DECIMAL(18, 2) AS Balance_Amount_Local, o.currency AS Balance_Amount_Local_Currency,
               CASE WHEN o.amount >= 0 THEN 'D' ELSE 'C' END AS Amount_Credit_Debit_Indicator,
               o.control_account AS GL_Account_Number, o.as_of AS Balance_As_Of_Date,
               o.company_id AS Business_Unit_Code
        FROM recon.open_items AS o
        LEFT JOIN ledger.{party}_invoices AS i USING (company_id, document_number)
        WHERE o.subledger = '{party}' ORDER BY Transaction_ID""",  # noqa: S608 -- two known names
        needs=("recon.open_items", f"ledger.{party}_invoices"),
    )  # fmt: skip


def _payments(party: str, name: str, prefix: str) -> PublishedView:
    title = _PARTY[party]
    return PublishedView(
        "ads", name, f"ADS payments: one row per {party} payment and invoice.",
        {
            f"{prefix}_ID": "Number of the payment in Fortnox", f"{title}_Account_ID": f"{title} number",
            f"{prefix}_Date": "Payment date", f"{prefix}_Amount": "SEK; a payment of an invoice is positive",
            f"{prefix}_Amount_Currency": "SEK", f"{prefix}_Amount_Local": "Amount in the invoice's currency",
            f"{prefix}_Amount_Local_Currency": "That currency", "Invoice_ID": "Invoice it settles",
            "Journal_ID": "Voucher that books it", "GL_Account_Number": "Control account",
            "Posted_Flag": "1 when in the ledger", "Business_Unit_Code": "Company",
        },
        f"""
        SELECT p.payment_number AS {prefix}_ID, i.counterparty_number AS {title}_Account_ID,
               p.payment_date AS {prefix}_Date, p.amount AS {prefix}_Amount, 'SEK' AS {prefix}_Amount_Currency,
               p.currency_amount AS {prefix}_Amount_Local, p.currency AS {prefix}_Amount_Local_Currency,
               p.document_number AS Invoice_ID,
               p.voucher_financial_year::VARCHAR || '/' || p.voucher_series || '/' || p.voucher_number AS Journal_ID,
               p.control_account AS GL_Account_Number, p.booked::INTEGER AS Posted_Flag,
               p.company_id AS Business_Unit_Code
        FROM ledger.{party}_payments AS p
        LEFT JOIN ledger.{party}_invoices AS i USING (company_id, document_number)
        ORDER BY ALL""",  # noqa: S608 -- known names
        needs=(f"ledger.{party}_payments", f"ledger.{party}_invoices"),
    )  # fmt: skip


VIEWS: Final = (
    PublishedView(
        "ads", "GL_Detail", "ADS general ledger detail: one row per booked voucher row.",
        {
            "Journal_ID": "Voucher: year/series/number", "Journal_ID_Line_Number": "Row within the voucher",
            "JE_Header_Description": "Voucher text", "JE_Line_Description": "Row text",
            "Source": "What caused the voucher, as Fortnox states it", "Effective_Date": "Voucher date",
            "Entered_Date": "Registration date", "Amount": "SEK, unsigned", "Amount_Currency": "SEK", **_COMMON,
        },
        f"""
        SELECT r.voucher_key AS Journal_ID, r.row_number AS Journal_ID_Line_Number,
               v.text AS JE_Header_Description, r.text AS JE_Line_Description, v.reference_type AS Source,
               r.voucher_date AS Effective_Date, v.registration_date AS Entered_Date,
               abs(r.amount)::DECIMAL(18, 2) AS Amount, 'SEK' AS Amount_Currency,
               r.company_id AS Business_Unit_Code, financial_year AS Fiscal_Year,
               {_PERIOD_OF_ROW} AS Period, r.account_number AS GL_Account_Number,
               CASE WHEN r.amount >= 0 THEN 'D' ELSE 'C' END AS Amount_Credit_Debit_Indicator
        FROM ledger.voucher_rows AS r
        JOIN ledger.vouchers AS v USING (company_id, financial_year, voucher_series, voucher_number, occurrence)
        JOIN ledger.financial_years USING (company_id, financial_year)
        WHERE r.kind = 'row' ORDER BY Journal_ID, Journal_ID_Line_Number""",  # noqa: S608 -- a constant
        needs=("ledger.voucher_rows", "ledger.vouchers", "ledger.financial_years"),
    ),
    PublishedView(
        "ads", "Trial_Balance", "ADS trial balance: one row per account and period.",
        {
            **{key: _COMMON[key] for key in ("Business_Unit_Code", "Fiscal_Year", "Period", "GL_Account_Number")},
            "Amount_Beginning": "Balance before the period, SEK, debit positive",
            "Amount_Ending": "Balance at its end, SEK, debit positive", "Amount_Currency": "SEK",
        },
        f"""
        SELECT company_id AS Business_Unit_Code, financial_year AS Fiscal_Year,
               {_PERIOD.format(date="period")} AS Period, account_number AS GL_Account_Number,
               opening AS Amount_Beginning, closing AS Amount_Ending, 'SEK' AS Amount_Currency
        FROM views.trial_balance ORDER BY ALL""",  # noqa: S608 -- a constant
        needs=("views.trial_balance",),
    ),
    PublishedView(
        "ads", "Chart_Of_Accounts", "ADS chart of accounts: one row per financial year and account.",
        {
            "GL_Account_Number": "Account", "GL_Account_Name": "Account name",
            "Account_Type": "Assets, Liabilities, Revenue or Expenses, as SIE declares it",
            "Active_Flag": "1 active, 0 inactive; null when not known",
            "Fiscal_Year": "First day of the financial year",
            "Business_Unit_Code": "Company",
        },
        """
        SELECT account_number AS GL_Account_Number, name AS GL_Account_Name,
               CASE account_type WHEN 'asset' THEN 'Assets' WHEN 'liability' THEN 'Liabilities'
                                 WHEN 'income' THEN 'Revenue' WHEN 'cost' THEN 'Expenses' END AS Account_Type,
               active::INTEGER AS Active_Flag, financial_year AS Fiscal_Year, company_id AS Business_Unit_Code
        FROM ledger.accounts ORDER BY ALL""",
        needs=("ledger.accounts",),
    ),
    _master("customer"),
    _open("customer", "Open_Accounts_Receivable"),
    _payments("customer", "Cash_Received", "Receipt"),
    _master("supplier"),
    _open("supplier", "Open_Accounts_Payable"),
    _payments("supplier", "Payments_Made", "Payment"),
)  # fmt: skip
