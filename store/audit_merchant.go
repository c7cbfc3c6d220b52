package store

import (
	"fmt"

	"zahlziel/ledger"
	"zahlziel/pay"
)

// merchantProof gathers what the accounts of merchants must hold: each sum begins with what rows say, the accounts'
// balances are added to it, and nothing may be left.
type merchantProof map[accountKey]int64

// expect adds what an account must be credited with.
func (p merchantProof) expect(account ledger.Account, currency string, amount int64) {
	p[accountKey{string(account), currency}] += amount
}

// found adds the balance of an account, a debit being positive; accounts of other kinds are not looked at.
func (p merchantProof) found(k accountKey, balance int64) {
	switch ledger.Account(k.account).Kind() {
	case ledger.Held("").Kind(), ledger.Reserve("").Kind(), ledger.Payable("").Kind():
		p[k] += balance
	}
}

// readMerchants says what must be withheld, kept back and owed: the open disputes, the reserves that run, and the items
// of which payouts are made less what was sent.
func (a *auditor) readMerchants() error {
	for bucket := range pay.Buckets {
		err := pages(a, Disputes, bucket, func(rows []*pay.Dispute, _ bool) error {
			for _, d := range rows {
				a.r.Disputes++
				if d.IsOpen() {
					a.merchants.expect(ledger.Held(string(d.MerchantID)), string(d.Currency), d.Amount)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, part := range []struct {
		account func(string) ledger.Account
		sign    int64
		text    string
	}{
		{ledger.Reserve, 1, "SELECT merchant_id, currency, CAST(SUM(amount) AS BIGINT) FROM reserves WHERE released = 0 GROUP BY merchant_id, currency"},
		{ledger.Payable, 1, "SELECT merchant_id, currency, CAST(SUM(amount) AS BIGINT) FROM payout_items GROUP BY merchant_id, currency"},
		{ledger.Payable, -1, "SELECT merchant_id, currency, CAST(SUM(amount) AS BIGINT) FROM payouts WHERE state IN ('sent', 'confirmed') GROUP BY merchant_id, currency"},
	} {
		if err := a.expectSums(part.account, part.sign, part.text); err != nil {
			return err
		}
	}
	return a.checkPayouts()
}

func (a *auditor) expectSums(account func(string) ledger.Account, sign int64, text string) error {
	rows, err := a.tx.QueryContext(a.ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var merchant, currency string
		var sum int64
		if err := rows.Scan(&merchant, &currency, &sum); err != nil {
			return err
		}
		a.merchants.expect(account(merchant), currency, sign*sum)
	}
	return rows.Err()
}

// checkPayouts proves each complete payout by its items and the debts before and after it.
func (a *auditor) checkPayouts() error {
	rows, err := a.tx.QueryContext(a.ctx, `SELECT p.bucket, p.id, p.amount + p.opening - p.closing, CAST(COALESCE(SUM(i.amount), 0) AS BIGINT)
		FROM payouts p LEFT JOIN payout_items i ON i.bucket = p.bucket AND i.merchant_id = p.merchant_id AND i.payout_id = p.id
		WHERE p.state <> 'collecting' GROUP BY p.bucket, p.id, p.amount, p.opening, p.closing`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var bucket int
		var id string
		var says, items int64
		if err := rows.Scan(&bucket, &id, &says, &items); err != nil {
			return err
		}
		if says != items {
			return differs("payouts", bucket, id, "amount, with the debt before and less the debt after, against its items", says, items)
		}
		a.r.Payouts++
	}
	return rows.Err()
}

// withheldInTransit takes into account what a message that has not arrived will withhold or release.
func (a *auditor) withheldInTransit(m *pay.Message) error {
	w, ok, err := pay.WithholdingOf(m)
	if !ok || err != nil {
		return err
	}
	a.merchants.expect(ledger.Held(m.Party), string(m.Currency), -w.Held)
	return nil
}

// checkMerchants proves that held accounts are the open disputes, reserve accounts the reserves that run, and payable
// accounts the items that were not paid out.
func (a *auditor) checkMerchants() error {
	for k, rest := range a.merchants {
		if rest != 0 {
			table := map[string]string{ledger.Held("").Kind(): "disputes", ledger.Reserve("").Kind(): "reserves"}[ledger.Account(k.account).Kind()]
			if table == "" {
				table = "payout_items"
			}
			return differs(table, -1, fmt.Sprint(k.account, " ", k.currency), "sum of the rows, against the account's balance", rest, 0)
		}
	}
	return nil
}
