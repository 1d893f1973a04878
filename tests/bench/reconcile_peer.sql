-- What every reconciliation joins, sums and sorts, in DuckDB's SQL over the same frames, for bench_reconcile.py to
-- measure beside them. Each statement leaves what one reconciliation concludes from; the benchmark compares counts, sums
-- and fingerprints of both. Sentences are left out: they are made for what is found only.

-- entries of both subledgers: invoices, then payments of invoices that are held
CREATE TABLE entries AS
SELECT company_id, 'customer' AS subledger, 'invoice' AS kind, document_number, document_number AS entry_key,
       counterparty_number, control_account, posting_date, ledger_amount AS amount, total AS currency_amount,
       strftime(voucher_financial_year, '%Y-%m-%d') || '/' || voucher_series || '/' || voucher_number AS voucher_key
FROM customer_invoices WHERE booked AND NOT cancelled
UNION ALL
SELECT company_id, 'supplier', 'invoice', document_number, document_number, counterparty_number, control_account,
       posting_date, ledger_amount, total,
       strftime(voucher_financial_year, '%Y-%m-%d') || '/' || voucher_series || '/' || voucher_number
FROM supplier_invoices WHERE booked AND NOT cancelled
UNION ALL
SELECT p.company_id, 'customer', 'payment', p.document_number, p.payment_number, i.counterparty_number,
       p.control_account, p.posting_date, -p.amount, -p.currency_amount,
       strftime(p.voucher_financial_year, '%Y-%m-%d') || '/' || p.voucher_series || '/' || p.voucher_number
FROM customer_payments p LEFT JOIN customer_invoices i USING (company_id, document_number) WHERE p.booked
UNION ALL
SELECT p.company_id, 'supplier', 'payment', p.document_number, p.payment_number, i.counterparty_number,
       p.control_account, p.posting_date, p.amount, -p.currency_amount,
       strftime(p.voucher_financial_year, '%Y-%m-%d') || '/' || p.voucher_series || '/' || p.voucher_number
FROM supplier_payments p LEFT JOIN supplier_invoices i USING (company_id, document_number) WHERE p.booked;

-- the contracts of the large tables: no key twice
CREATE TABLE repeated_keys AS
SELECT 'voucher_rows' AS name FROM voucher_rows
GROUP BY company_id, financial_year, voucher_series, voucher_number, occurrence, row_number HAVING count(*) > 1
UNION ALL
SELECT 'vouchers' AS name FROM vouchers
GROUP BY company_id, financial_year, voucher_series, voucher_number, occurrence HAVING count(*) > 1
UNION ALL
SELECT 'customer_invoices' AS name FROM customer_invoices
GROUP BY company_id, document_number HAVING count(*) > 1
UNION ALL
SELECT 'supplier_invoices' AS name FROM supplier_invoices
GROUP BY company_id, document_number HAVING count(*) > 1
UNION ALL
SELECT 'customer_payments' AS name FROM customer_payments
GROUP BY company_id, payment_number HAVING count(*) > 1
UNION ALL
SELECT 'supplier_payments' AS name FROM supplier_payments
GROUP BY company_id, payment_number HAVING count(*) > 1
UNION ALL
SELECT 'entries' AS name FROM entries
GROUP BY company_id, subledger, kind, entry_key HAVING count(*) > 1;

-- documents of both subledgers, with the number their payer refers to
CREATE TABLE invoices AS
SELECT 'customer' AS subledger, *, upper(regexp_replace(payment_reference, '[^\p{L}\p{N}]', '', 'g')) AS number
FROM customer_invoices WHERE NOT cancelled
UNION ALL BY NAME
SELECT 'supplier' AS subledger, *,
       upper(regexp_replace(supplier_reference_number, '[^\p{L}\p{N}]', '', 'g')) AS number
FROM supplier_invoices WHERE NOT cancelled;

-- ar_open_balance, ap_open_balance; ar_payments, ap_payments: recomputed balance beside the API's
CREATE TABLE balances AS
SELECT company_id, subledger, document_number, sum(currency_amount) AS open, sum(amount) AS amount,
       count(*) FILTER (kind <> 'invoice') AS settlements
FROM entries GROUP BY ALL;
CREATE TABLE open_balance AS
SELECT i.document_number FROM customer_invoices i JOIN balances b
  ON b.subledger = 'customer' AND b.company_id = i.company_id AND b.document_number = i.document_number
WHERE b.open <> i.open_balance
UNION ALL
SELECT i.document_number FROM supplier_invoices i JOIN balances b
  ON b.subledger = 'supplier' AND b.company_id = i.company_id AND b.document_number = i.document_number
WHERE b.open <> i.open_balance;
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
SELECT b.company_id, b.subledger, b.document_number, b.amount, i.counterparty_name, i.due_date,
       DATE '2026-12-31' - i.due_date AS days_overdue
FROM balances b
JOIN invoices i
  USING (company_id, subledger, document_number)
WHERE b.amount <> 0;
CREATE TABLE ageing AS
SELECT subledger, CASE WHEN days_overdue <= 0 THEN 0 ELSE least((days_overdue - 1) // 30 + 1, 4) END AS bucket,
       count(*) AS items, sum(amount) AS amount
FROM open_items GROUP BY ALL;

-- ar_tie_out, ap_tie_out, ar_divergence, ap_divergence: the bridge, its months and its days
CREATE TABLE ledger_side AS
SELECT company_id, account_number AS control_account, voucher_key, voucher_date AS date, sum(amount) AS ledger_amount
FROM voucher_rows WHERE kind = 'row' AND account_number IN (SELECT account_number FROM control_accounts) GROUP BY ALL;
CREATE TABLE subledger_side AS
SELECT company_id, control_account, voucher_key, posting_date AS date, sum(amount) AS subledger_amount
FROM entries GROUP BY ALL;
CREATE TABLE terms AS
SELECT coalesce(l.company_id, s.company_id) AS company_id,
       coalesce(l.control_account, s.control_account) AS control_account, coalesce(l.date, s.date) AS date,
       coalesce(l.voucher_key, s.voucher_key) AS voucher_key, coalesce(ledger_amount, 0) AS ledger_amount,
       coalesce(subledger_amount, 0) AS subledger_amount,
       coalesce(subledger_amount, 0) - coalesce(ledger_amount, 0) AS difference
FROM ledger_side l FULL JOIN subledger_side s USING (company_id, control_account, voucher_key);
CREATE TABLE tie_outs AS
SELECT *, sum(arisen) OVER (PARTITION BY control_account ORDER BY month) AS difference
FROM (SELECT control_account, date_trunc('month', date) AS month, sum(ledger_amount) AS ledger,
             sum(subledger_amount) AS subledger, sum(difference) AS arisen FROM terms GROUP BY ALL);
CREATE TABLE bridges AS
SELECT t.*, (SELECT string_agg(DISTINCT e.entry_key, ', ') FROM entries e
             WHERE e.voucher_key = t.voucher_key) AS documents,
       v.reference_type, v.reference_number
FROM terms t LEFT JOIN vouchers v USING (company_id, voucher_key) WHERE t.difference <> 0;
CREATE TABLE divergences AS
SELECT control_account, date, sum(difference) AS arisen FROM bridges GROUP BY ALL HAVING sum(difference) <> 0;

-- invoice_vouchers, payment_vouchers: document, voucher and its rows
CREATE TABLE vouchers_of_documents AS
SELECT e.company_id, e.subledger, e.kind, e.entry_key, e.amount, v.voucher_key, v.reference_type, v.reference_number,
       l.ledger_amount,
       sum(e.amount) OVER (PARTITION BY e.company_id, e.control_account, e.voucher_key) AS everything
FROM entries e LEFT JOIN vouchers v USING (company_id, voucher_key)
LEFT JOIN ledger_side l
  ON l.company_id = e.company_id AND l.voucher_key = e.voucher_key AND l.control_account = e.control_account;
CREATE TABLE missing_vouchers AS SELECT * FROM vouchers_of_documents WHERE voucher_key IS NULL;
CREATE TABLE amount_differs AS SELECT * FROM vouchers_of_documents WHERE coalesce(ledger_amount, 0) <> everything;
CREATE TABLE reference_differs AS
SELECT * FROM vouchers_of_documents
WHERE reference_number <> entry_key OR reference_type <> CASE
  WHEN subledger = 'customer' AND kind = 'invoice' THEN 'INVOICE' WHEN subledger = 'customer' THEN 'INVOICEPAYMENT'
  WHEN kind = 'invoice' THEN 'SUPPLIERINVOICE' ELSE 'SUPPLIERPAYMENT' END;
CREATE TABLE counted_twice AS
SELECT e.entry_key, v.voucher_key FROM entries e
JOIN vouchers v ON v.company_id = e.company_id AND v.reference_number = e.entry_key AND v.reference_type = CASE
  WHEN subledger = 'customer' AND kind = 'invoice' THEN 'INVOICE' WHEN subledger = 'customer' THEN 'INVOICEPAYMENT'
  WHEN kind = 'invoice' THEN 'SUPPLIERINVOICE' ELSE 'SUPPLIERPAYMENT' END
JOIN ledger_side l
  ON l.company_id = v.company_id AND l.voucher_key = v.voucher_key AND l.control_account = e.control_account
WHERE v.voucher_key <> e.voucher_key;

-- cut_off, manual_control_vouchers, corrections
CREATE TABLE cut_off AS
SELECT document_number FROM customer_invoices
WHERE date_trunc('month', invoice_date) <> date_trunc('month', posting_date)
UNION ALL
SELECT document_number FROM supplier_invoices
WHERE date_trunc('month', invoice_date) <> date_trunc('month', posting_date)
UNION ALL
SELECT payment_number FROM customer_payments
WHERE date_trunc('month', payment_date) <> date_trunc('month', posting_date)
UNION ALL
SELECT payment_number FROM supplier_payments
WHERE date_trunc('month', payment_date) <> date_trunc('month', posting_date);
CREATE TABLE manual_control AS
SELECT v.voucher_key FROM vouchers v JOIN ledger_side l USING (company_id, voucher_key)
WHERE v.reference_type = 'MANUAL';
CREATE TABLE corrections AS
SELECT company_id, voucher_key, count(*) AS rows FROM voucher_rows WHERE kind <> 'row' GROUP BY ALL;

-- voucher_balance, voucher_numbering, balance_roll_forward, registration_lag
CREATE TABLE unbalanced AS
SELECT company_id, voucher_key, sum(amount) AS amount FROM voucher_rows WHERE kind = 'row'
GROUP BY ALL HAVING sum(amount) <> 0;
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

-- registration_lag, locked_period_entries
CREATE TABLE late_months AS
SELECT company_id, financial_year, date_trunc('month', voucher_date) AS month, count(*) AS vouchers,
       count(*) FILTER (registration_date - last_day(voucher_date) > 50) AS late,
       max(registration_date - last_day(voucher_date)) AS latest
FROM vouchers WHERE in_sie AND registration_date IS NOT NULL GROUP BY ALL;

-- credit_notes
CREATE TABLE credit_notes AS
SELECT c.document_number, max(i.total) AS largest FROM invoices c
JOIN invoices i USING (company_id, subledger, counterparty_number, stated_currency)
WHERE c.is_credit_note AND NOT i.is_credit_note AND i.invoice_date <= c.invoice_date GROUP BY ALL;

-- ap_duplicates, ar_duplicates: the one before with the same number, number and amount, amount
CREATE TABLE same_number AS
SELECT * FROM (
  SELECT *, lag(document_number) OVER w AS earlier, count(*) OVER (PARTITION BY company_id, subledger,
         counterparty_number, stated_currency, number) AS alike
  FROM invoices WHERE total > 0 AND number <> ''
  WINDOW w AS (PARTITION BY company_id, subledger, counterparty_number, stated_currency, number
               ORDER BY invoice_date, length(document_number), document_number))
WHERE earlier IS NOT NULL AND alike <= 3;
CREATE TABLE two_suppliers AS
SELECT * FROM (
  SELECT *, lag(counterparty_number) OVER (PARTITION BY company_id, stated_currency, number, total
         ORDER BY invoice_date, length(document_number), document_number) AS earlier_party
  FROM invoices WHERE subledger = 'supplier' AND total > 0 AND length(number) >= 3)
WHERE earlier_party <> counterparty_number;
CREATE TABLE same_amount AS
SELECT * FROM (
  SELECT *, count(days) OVER p AS gaps, median(days) OVER p AS usual FROM (
    SELECT *, invoice_date - lag(invoice_date) OVER (PARTITION BY company_id, subledger, counterparty_number,
           stated_currency, total ORDER BY invoice_date, length(document_number), document_number) AS days
    FROM invoices WHERE total > 0)
  WINDOW p AS (PARTITION BY company_id, subledger, counterparty_number, stated_currency, total))
WHERE days <= 10 AND NOT (gaps >= 3 AND 2 * days >= usual);

-- register_changes
CREATE TABLE shared_accounts AS
SELECT company_id, bankgiro FROM suppliers WHERE bankgiro IS NOT NULL GROUP BY ALL HAVING count(*) > 1;

-- subsequent_settlement: open at the end of the last year and of the last locked month, and paid since
CREATE TABLE subsequent AS
SELECT o.*, s.paid, s.payments, s.last_paid FROM (
  SELECT e.company_id, subledger, control_account, document_number, period_end, sum(amount) AS amount
  FROM entries e, (VALUES (DATE '2025-12-31'), (DATE '2026-06-30')) ends(period_end)
  WHERE posting_date <= period_end GROUP BY ALL HAVING sum(amount) <> 0) o
LEFT JOIN (
  SELECT e.company_id, subledger, document_number, period_end, sum(amount) FILTER (kind = 'payment') AS paid,
         string_agg(entry_key, ', ' ORDER BY posting_date, length(entry_key), entry_key)
           FILTER (kind = 'payment') AS payments,
         max(posting_date) FILTER (kind = 'payment') AS last_paid
  FROM entries e, (VALUES (DATE '2025-12-31'), (DATE '2026-06-30')) ends(period_end)
  WHERE posting_date > period_end AND posting_date <= DATE '2026-12-31' GROUP BY ALL) s
USING (company_id, subledger, document_number, period_end);

-- matching: what moves a control account and is no document's, beside what is open
CREATE TABLE movers AS
SELECT l.*, v.text FROM ledger_side l
ANTI JOIN entries e ON e.company_id = l.company_id AND e.voucher_key = l.voucher_key
JOIN vouchers v ON v.company_id = l.company_id AND v.voucher_key = l.voucher_key
WHERE l.ledger_amount <> 0 AND coalesce(v.reference_type NOT IN
  ('INVOICE', 'INVOICEPAYMENT', 'SUPPLIERINVOICE', 'SUPPLIERPAYMENT'), true);
CREATE TABLE matches AS
SELECT m.voucher_key, o.document_number FROM movers m JOIN open_items o
ON o.company_id = m.company_id AND o.amount = -m.ledger_amount AND contains(lower(m.text), lower(o.counterparty_name));

-- ledger_witnesses
CREATE TABLE witnesses AS
SELECT company_id, financial_year, voucher_series, date_trunc('month', voucher_date) AS month,
       count(*) FILTER (in_sie) AS in_file, count(*) FILTER (in_api) AS in_list,
       count(*) FILTER (listed_date <> voucher_date) AS dates,
       count(*) FILTER (trim(regexp_replace(coalesce(listed_text, ''), '\s+', ' ', 'g'))
                     <> trim(regexp_replace(coalesce(text, ''), '\s+', ' ', 'g'))) AS texts
FROM vouchers GROUP BY ALL;

-- missing_documents
CREATE TABLE without_file AS
SELECT d.* FROM (
  SELECT company_id, financial_year, 'voucher' AS kind, voucher_key AS subject_key, sum(r.amount) AS amount
  FROM voucher_rows r SEMI JOIN (SELECT company_id, voucher_key FROM vouchers WHERE reference_type = 'MANUAL') m
  USING (company_id, voucher_key) WHERE r.kind = 'row' AND r.amount > 0 GROUP BY ALL
  UNION ALL
  SELECT i.company_id, y.financial_year, 'supplier_invoice', document_number, abs(ledger_amount)
  FROM supplier_invoices i JOIN financial_years y
  ON y.company_id = i.company_id AND i.posting_date BETWEEN y.financial_year AND y.end_date
  WHERE i.booked AND NOT i.cancelled) d
ANTI JOIN attached_files a
ON a.company_id = d.company_id AND a.subject_kind = d.kind AND a.subject_key = d.subject_key;
CREATE TABLE missing_documents AS
SELECT company_id, financial_year, kind, count(*) AS lacking, sum(amount) AS amount,
       max_by(subject_key, amount, 5) AS largest
FROM without_file GROUP BY ALL;

-- journal_profile: manual vouchers of open years
CREATE TABLE rare_accounts AS
SELECT company_id, account_number FROM voucher_rows WHERE kind = 'row'
GROUP BY ALL HAVING count(DISTINCT voucher_key) <= 2;
CREATE TABLE journal AS
SELECT v.company_id, voucher_key, v.voucher_date, coalesce(v.registration_date, v.voucher_date) AS registered,
       sum(r.amount) FILTER (r.amount > 0) AS debit,
       string_agg(DISTINCT r.account_number, ', ' ORDER BY r.account_number) AS accounts,
       count(rare.account_number) AS rare
FROM vouchers v JOIN voucher_rows r USING (company_id, voucher_key)
LEFT JOIN rare_accounts rare ON rare.company_id = r.company_id AND rare.account_number = r.account_number
WHERE coalesce(v.reference_type = 'MANUAL', true) AND r.kind = 'row'
  AND v.financial_year IN (SELECT financial_year FROM financial_years WHERE end_date > DATE '2026-06-30')
GROUP BY ALL;
CREATE TABLE flagged AS
SELECT count(*) AS tested, count(*) FILTER (debit % 10000 = 0) AS round_sum,
       count(*) FILTER (rare > 0) AS rare_account,
       count(*) FILTER (isodow(registered) >= 6) AS weekend,
       count(*) FILTER (registered > last_day(voucher_date) AND last_day(voucher_date) - voucher_date < 3)
         AS after_period,
       count(*) FILTER (since <= 10) AS same_amount
FROM (SELECT *, voucher_date - lag(voucher_date) OVER (PARTITION BY company_id, accounts, debit
                                                       ORDER BY voucher_date, voucher_key) AS since
      FROM journal WHERE debit <> 0);
CREATE TABLE first_digits AS
SELECT financial_year, left(amount::VARCHAR, 1) AS digit, count(*) AS times FROM (
  SELECT DISTINCT company_id, financial_year, abs(amount) AS amount FROM voucher_rows
  WHERE kind = 'row' AND abs(amount) >= 10
    AND financial_year IN (SELECT financial_year FROM financial_years WHERE end_date > DATE '2026-06-30'))
GROUP BY ALL;

-- restatements: what a final period holds, as it will be compared with every night; the fingerprints are Tieout's own
CREATE TABLE final_rows AS
SELECT r.company_id, r.voucher_key, r.financial_year, greatest(date_trunc('month', v.voucher_date), r.financial_year)
         AS period, r.voucher_series, r.account_number, r.amount, r.kind,
       concat_ws(chr(31), r.kind, r.account_number, r.amount, coalesce(r.objects, ''), coalesce(r.text, '')) AS line
FROM voucher_rows r JOIN vouchers v USING (company_id, voucher_key)
WHERE v.in_sie AND v.voucher_date <= DATE '2026-06-30';
CREATE TABLE final_vouchers AS
SELECT v.company_id, v.voucher_key, v.financial_year, v.voucher_series, v.voucher_number, v.voucher_date, v.text,
       greatest(date_trunc('month', v.voucher_date), v.financial_year) AS period,
       left(sha256(concat_ws(chr(30), v.voucher_date, coalesce(v.text, ''), coalesce(r.content, ''))), 32)
         AS content_hash,
       r.booked, r.debit
FROM vouchers v
LEFT JOIN (
  SELECT company_id, voucher_key, string_agg(line, chr(30) ORDER BY line) AS content,
         string_agg(account_number || ' ' || amount, ', ' ORDER BY line) FILTER (kind = 'row') AS booked,
         sum(amount) FILTER (kind = 'row' AND amount > 0) AS debit
  FROM final_rows GROUP BY ALL) r USING (company_id, voucher_key)
WHERE v.in_sie AND v.voucher_date <= DATE '2026-06-30';
CREATE TABLE final_periods AS
SELECT company_id, financial_year, period, voucher_series, account_number, count(DISTINCT voucher_key) AS vouchers,
       sum(amount) FILTER (kind = 'row') AS amount,
       left(sha256(string_agg(voucher_key || chr(31) || line, chr(30) ORDER BY voucher_key || chr(31) || line)), 32)
         AS content_hash
FROM final_rows GROUP BY ALL
UNION ALL
SELECT company_id, financial_year, period, '', '', count(*), NULL,
       left(sha256(string_agg(voucher_key || chr(31) || content_hash, chr(29)
                              ORDER BY voucher_key || chr(31) || content_hash)), 32)
FROM final_vouchers GROUP BY ALL;
