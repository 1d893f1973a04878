-- The joins of the reconciliations in DuckDB's SQL, over the same frames, for bench_reconcile.py to measure beside them.
-- Each statement leaves what one reconciliation concludes from; the benchmark compares the counts of both.

-- entries of both subledgers: invoices, then payments of invoices that are held
CREATE TABLE entries AS
SELECT 'customer' AS subledger, 'invoice' AS kind, document_number, document_number AS entry_key, counterparty_number,
       control_account, posting_date, ledger_amount AS amount, total AS currency_amount,
       strftime(voucher_financial_year, '%Y-%m-%d') || '/' || voucher_series || '/' || voucher_number AS voucher_key
FROM customer_invoices WHERE booked AND NOT cancelled
UNION ALL
SELECT 'supplier', 'invoice', document_number, document_number, counterparty_number, control_account, posting_date,
       ledger_amount, total,
       strftime(voucher_financial_year, '%Y-%m-%d') || '/' || voucher_series || '/' || voucher_number
FROM supplier_invoices WHERE booked AND NOT cancelled
UNION ALL
SELECT 'customer', 'payment', p.document_number, p.payment_number, i.counterparty_number, p.control_account,
       p.posting_date, -p.amount, -p.currency_amount,
       strftime(p.voucher_financial_year, '%Y-%m-%d') || '/' || p.voucher_series || '/' || p.voucher_number
FROM customer_payments p LEFT JOIN customer_invoices i USING (company_id, document_number) WHERE p.booked
UNION ALL
SELECT 'supplier', 'payment', p.document_number, p.payment_number, i.counterparty_number, p.control_account,
       p.posting_date, p.amount, -p.currency_amount,
       strftime(p.voucher_financial_year, '%Y-%m-%d') || '/' || p.voucher_series || '/' || p.voucher_number
FROM supplier_payments p LEFT JOIN supplier_invoices i USING (company_id, document_number) WHERE p.booked;

-- ar_open_balance, ap_open_balance; ar_payments, ap_payments: recomputed balance beside the API's
CREATE TABLE balances AS
SELECT subledger, document_number, sum(currency_amount) AS open, sum(amount) AS amount,
       count(*) FILTER (kind <> 'invoice') AS settlements
FROM entries GROUP BY ALL;
CREATE TABLE open_balance AS
SELECT i.document_number FROM customer_invoices i JOIN balances b
  ON b.subledger = 'customer' AND b.document_number = i.document_number WHERE b.open <> i.open_balance
UNION ALL
SELECT i.document_number FROM supplier_invoices i JOIN balances b
  ON b.subledger = 'supplier' AND b.document_number = i.document_number WHERE b.open <> i.open_balance;
CREATE TABLE overpaid AS SELECT * FROM balances WHERE open < 0;
CREATE TABLE residues AS SELECT * FROM balances WHERE open <> 0 AND abs(open) < 1 AND settlements > 0;
CREATE TABLE lost_payments AS
SELECT p.payment_number FROM customer_payments p LEFT JOIN customer_invoices i USING (company_id, document_number)
WHERE i.document_number IS NULL OR i.cancelled OR NOT i.booked
UNION ALL
SELECT p.payment_number FROM supplier_payments p LEFT JOIN supplier_invoices i USING (company_id, document_number)
WHERE i.document_number IS NULL OR i.cancelled OR NOT i.booked;

-- ageing and open items
CREATE TABLE open_items AS
SELECT b.subledger, b.document_number, b.amount, i.counterparty_name, i.due_date,
       DATE '2026-12-31' - i.due_date AS days_overdue
FROM balances b
JOIN (SELECT 'customer' AS subledger, * FROM customer_invoices UNION ALL SELECT 'supplier', * FROM supplier_invoices) i
  USING (subledger, document_number)
WHERE b.amount <> 0;
CREATE TABLE ageing AS
SELECT subledger, CASE WHEN days_overdue <= 0 THEN 0 ELSE least((days_overdue - 1) // 30 + 1, 4) END AS bucket,
       count(*) AS items, sum(amount) AS amount
FROM open_items GROUP BY ALL;

-- ar_tie_out, ap_tie_out, ar_divergence, ap_divergence: the bridge, its months and its days
CREATE TABLE ledger_side AS
SELECT account_number AS control_account, voucher_key, voucher_date AS date, sum(amount) AS ledger_amount
FROM voucher_rows WHERE kind = 'row' AND account_number IN (SELECT account_number FROM control_accounts) GROUP BY ALL;
CREATE TABLE subledger_side AS
SELECT control_account, voucher_key, posting_date AS date, sum(amount) AS subledger_amount
FROM entries GROUP BY ALL;
CREATE TABLE terms AS
SELECT coalesce(l.control_account, s.control_account) AS control_account, coalesce(l.date, s.date) AS date,
       coalesce(l.voucher_key, s.voucher_key) AS voucher_key, coalesce(ledger_amount, 0) AS ledger_amount,
       coalesce(subledger_amount, 0) AS subledger_amount,
       coalesce(subledger_amount, 0) - coalesce(ledger_amount, 0) AS difference
FROM ledger_side l FULL JOIN subledger_side s USING (control_account, voucher_key);
CREATE TABLE tie_outs AS
SELECT *, sum(arisen) OVER (PARTITION BY control_account ORDER BY month) AS difference
FROM (SELECT control_account, date_trunc('month', date) AS month, sum(ledger_amount) AS ledger,
             sum(subledger_amount) AS subledger, sum(difference) AS arisen FROM terms GROUP BY ALL);
CREATE TABLE bridges AS
SELECT t.*, (SELECT string_agg(DISTINCT e.entry_key, ', ') FROM entries e WHERE e.voucher_key = t.voucher_key) AS documents,
       v.reference_type, v.reference_number
FROM terms t LEFT JOIN vouchers v USING (voucher_key) WHERE t.difference <> 0;
CREATE TABLE divergences AS
SELECT control_account, date, sum(difference) AS arisen FROM bridges GROUP BY ALL HAVING sum(difference) <> 0;

-- invoice_vouchers, payment_vouchers: document, voucher and its rows
CREATE TABLE vouchers_of_documents AS
SELECT e.subledger, e.kind, e.entry_key, e.amount, v.voucher_key, v.reference_type, v.reference_number, l.ledger_amount,
       sum(e.amount) OVER (PARTITION BY e.control_account, e.voucher_key) AS everything
FROM entries e LEFT JOIN vouchers v USING (voucher_key)
LEFT JOIN ledger_side l ON l.voucher_key = e.voucher_key AND l.control_account = e.control_account;
CREATE TABLE missing_vouchers AS SELECT * FROM vouchers_of_documents WHERE voucher_key IS NULL;
CREATE TABLE amount_differs AS SELECT * FROM vouchers_of_documents WHERE coalesce(ledger_amount, 0) <> everything;
CREATE TABLE reference_differs AS
SELECT * FROM vouchers_of_documents
WHERE reference_number <> entry_key OR reference_type <> CASE
  WHEN subledger = 'customer' AND kind = 'invoice' THEN 'INVOICE' WHEN subledger = 'customer' THEN 'INVOICEPAYMENT'
  WHEN kind = 'invoice' THEN 'SUPPLIERINVOICE' ELSE 'SUPPLIERPAYMENT' END;
CREATE TABLE counted_twice AS
SELECT e.entry_key, v.voucher_key FROM entries e
JOIN vouchers v ON v.reference_number = e.entry_key AND v.reference_type = CASE
  WHEN subledger = 'customer' AND kind = 'invoice' THEN 'INVOICE' WHEN subledger = 'customer' THEN 'INVOICEPAYMENT'
  WHEN kind = 'invoice' THEN 'SUPPLIERINVOICE' ELSE 'SUPPLIERPAYMENT' END
JOIN ledger_side l ON l.voucher_key = v.voucher_key AND l.control_account = e.control_account
WHERE v.voucher_key <> e.voucher_key;

-- cut_off, manual_control_vouchers, corrections
CREATE TABLE cut_off AS
SELECT document_number FROM customer_invoices WHERE date_trunc('month', invoice_date) <> date_trunc('month', posting_date)
UNION ALL
SELECT document_number FROM supplier_invoices WHERE date_trunc('month', invoice_date) <> date_trunc('month', posting_date);
CREATE TABLE manual_control AS
SELECT v.voucher_key FROM vouchers v JOIN ledger_side l USING (voucher_key) WHERE v.reference_type = 'MANUAL';
CREATE TABLE corrections AS
SELECT voucher_key, count(*) AS rows FROM voucher_rows WHERE kind <> 'row' GROUP BY ALL;

-- voucher_balance, voucher_numbering, balance_roll_forward, registration_lag
CREATE TABLE unbalanced AS
SELECT voucher_key, sum(amount) AS amount FROM voucher_rows WHERE kind = 'row' GROUP BY ALL HAVING sum(amount) <> 0;
CREATE TABLE gaps AS
SELECT * FROM (SELECT financial_year, voucher_series, voucher_number::BIGINT AS number,
                      lag(voucher_number::BIGINT, 1, 0) OVER (PARTITION BY financial_year, voucher_series
                                                             ORDER BY voucher_number::BIGINT) AS before
               FROM vouchers) WHERE number > before + 1;
CREATE TABLE monthly AS
SELECT financial_year, account_number, date_trunc('month', voucher_date)::DATE AS period, sum(amount) AS amount
FROM voucher_rows WHERE kind = 'row' GROUP BY ALL;
CREATE TABLE roll_forward AS
SELECT m.account_number FROM monthly m FULL JOIN (SELECT * FROM period_balances WHERE kind = 'period_balance') p
  USING (financial_year, account_number, period) WHERE coalesce(m.amount, 0) <> coalesce(p.amount, 0)
UNION ALL
SELECT account_number FROM (
  SELECT financial_year, account_number,
         coalesce(sum(amount) FILTER (kind = 'opening_balance'), 0) AS opened,
         coalesce(sum(amount) FILTER (kind <> 'opening_balance'), 0) AS closed
  FROM account_balances GROUP BY ALL)
LEFT JOIN (SELECT financial_year, account_number, sum(amount) AS moved FROM monthly GROUP BY ALL)
  USING (financial_year, account_number)
WHERE opened + coalesce(moved, 0) <> closed;
CREATE TABLE late_months AS
SELECT date_trunc('month', voucher_date) AS month, count(*) AS late FROM vouchers
WHERE registration_date - last_day(voucher_date) > 50 GROUP BY ALL;

-- restatements: what a final period holds, as it will be compared with every night
CREATE TABLE final_vouchers AS
SELECT v.voucher_key, v.financial_year, v.voucher_series, v.voucher_date, sha256(concat_ws(chr(30), v.voucher_date, v.text, r.content)) AS content_hash,
       r.booked, r.debit
FROM vouchers v
LEFT JOIN (
  SELECT voucher_key, string_agg(line, chr(30) ORDER BY line) AS content,
         string_agg(account_number || ' ' || amount, ', ' ORDER BY account_number, amount) FILTER (kind = 'row') AS booked,
         sum(amount) FILTER (kind = 'row' AND amount > 0) AS debit
  FROM (SELECT *, concat_ws(chr(31), kind, account_number, amount, objects, text) AS line FROM voucher_rows
        WHERE voucher_date <= DATE '2026-06-30')
  GROUP BY ALL) r USING (voucher_key)
WHERE v.voucher_date <= DATE '2026-06-30';
CREATE TABLE final_periods AS
SELECT date_trunc('month', voucher_date) AS period, voucher_series, account_number,
       count(DISTINCT voucher_key) AS vouchers, sum(amount) AS amount,
       sha256(string_agg(line, chr(30) ORDER BY line)) AS content_hash
FROM (SELECT *, concat_ws(chr(31), voucher_key, kind, account_number, amount, objects, text) AS line FROM voucher_rows
      WHERE voucher_date <= DATE '2026-06-30' AND kind = 'row')
GROUP BY ALL;
