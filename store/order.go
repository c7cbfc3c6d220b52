package store

import (
	"context"
	"fmt"

	"zahlziel/pay"
)

// Sessions holds purchase attempts.
var Sessions = newTable("sessions", "merchant_id amount currency created_at expires_at consumer_id authorization_id email code_mac code_expires code_tries sealed",
	func(r *pay.Session) Key { return of(r.ID) },
	func(r *pay.Session) []any {
		return []any{&r.MerchantID, &r.Amount, &r.Currency, &r.CreatedAt, &r.ExpiresAt, &r.ConsumerID, &r.Authorization, &r.Email, &r.CodeMAC, &r.CodeExpires, &r.CodeTries, &r.Sealed}
	}).withID(func(r *pay.Session, id string) { r.ID = pay.SessionID(id) }).keeps()

// Pages holds hosted payment pages; a page lies in its session's cell.
var Pages = newTable("pages", "session_id merchant_id status updated_at expires_at authorization_id order_id settings",
	func(r *pay.Page) Key { return of(r.ID) },
	func(r *pay.Page) []any {
		return []any{&r.SessionID, &r.MerchantID, &r.Status, &r.UpdatedAt, &r.ExpiresAt, &r.Authorization, &r.OrderID, &r.Settings}
	}).withID(func(r *pay.Page, id string) { r.ID = pay.PageID(id) })

// Authorizations holds promises to shops.
var Authorizations = newTable("authorizations", "consumer_id session_id merchant_id decision_id method status amount currency created_at expires_at order_id invoice_id cart_digest regime reason consent consent_day consent_way consent_language document_id",
	func(r *pay.Authorization) Key { return of(r.ID) },
	func(r *pay.Authorization) []any {
		return []any{&r.ConsumerID, &r.SessionID, &r.MerchantID, &r.DecisionID, &r.Method, &r.Status, &r.Amount, &r.Currency, &r.CreatedAt, &r.ExpiresAt, &r.OrderID, &r.InvoiceID, &r.CartDigest, &r.Regime, &r.Reason, &r.Consent.Version, &r.Consent.Day, &r.Consent.Way, &r.Consent.Language, &r.Document}
	}).withID(func(r *pay.Authorization, id string) { r.ID = pay.AuthorizationID(id) }).keeps()

// Orders holds purchases.
var Orders = newTable("orders", "consumer_id merchant_id session_id authorization_id decision_id method status fraud amount original_amount captured refunded released captures currency created_at expires_at regime reason sealed",
	func(r *pay.Order) Key { return of(r.ID) },
	func(r *pay.Order) []any {
		return []any{&r.ConsumerID, &r.MerchantID, &r.SessionID, &r.AuthorizationID, &r.DecisionID, &r.Method, &r.Status, &r.Fraud, &r.Amount, &r.OriginalAmount, &r.Captured, &r.Refunded, &r.Released, &r.Captures, &r.Currency, &r.CreatedAt, &r.ExpiresAt, &r.Regime, &r.Reason, &r.Sealed}
	}).withID(func(r *pay.Order, id string) { r.ID = pay.OrderID(id) }).keeps()

// Captures holds deliveries.
var Captures = newTable("captures", "order_id consumer_id merchant_id invoice_id number amount refunded at sealed",
	func(r *pay.Capture) Key { return of(r.ID) },
	func(r *pay.Capture) []any {
		return []any{&r.OrderID, &r.ConsumerID, &r.MerchantID, &r.InvoiceID, &r.Number, &r.Amount, &r.Refunded, &r.At, &r.Sealed}
	}).withID(func(r *pay.Capture, id string) { r.ID = pay.CaptureID(id) }).keeps()

// Refunds holds money given back.
var Refunds = newTable("refunds", "order_id consumer_id merchant_id amount at sealed",
	func(r *pay.Refund) Key { return of(r.ID) },
	func(r *pay.Refund) []any {
		return []any{&r.OrderID, &r.ConsumerID, &r.MerchantID, &r.Amount, &r.At, &r.Sealed}
	}).withID(func(r *pay.Refund, id string) { r.ID = pay.RefundID(id) })

// RefundLines holds which claim each refund lowered.
var RefundLines = newTable("refund_lines", "refund_id capture_id invoice_id reference amount",
	func(r *pay.RefundLine) Key { return of(r.ID) },
	func(r *pay.RefundLine) []any {
		return []any{&r.RefundID, &r.CaptureID, &r.InvoiceID, &r.Reference, &r.Amount}
	}).
	withID(func(r *pay.RefundLine, id string) { r.ID = id })

// Contracts holds the rules under which each deferral was concluded; its id is the order's.
var Contracts = newTable("contracts", "consumer_id order_id method regime reason contract_day document_id",
	func(r *pay.Contract) Key { return of(r.ID) },
	func(r *pay.Contract) []any {
		return []any{&r.ConsumerID, &r.OrderID, &r.Method, &r.Regime, &r.Reason, &r.ContractDay, &r.DocumentID}
	}).withID(func(r *pay.Contract, id string) { r.ID = id })

// OrdersOf returns a consumer's orders, newest first.
func (d *DB) OrdersOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.Order, error) {
	return find(ctx, d, Orders, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// CapturesOf returns an order's captures in their order.
func (d *DB) CapturesOf(ctx context.Context, o pay.OrderID) ([]*pay.Capture, error) {
	return find(ctx, d, Captures, "WHERE bucket = $1 AND order_id = $2 ORDER BY number", of(o).Bucket, string(o))
}

// RefundsOf returns an order's refunds in their order.
func (d *DB) RefundsOf(ctx context.Context, o pay.OrderID) ([]*pay.Refund, error) {
	return find(ctx, d, Refunds, "WHERE bucket = $1 AND order_id = $2 ORDER BY at, id", of(o).Bucket, string(o))
}

// PagesOf returns the hosted pages of a session, newest first.
func (d *DB) PagesOf(ctx context.Context, s pay.SessionID) ([]*pay.Page, error) {
	return find(ctx, d, Pages, "WHERE bucket = $1 AND session_id = $2 ORDER BY id DESC", of(s).Bucket, string(s))
}

// CapturesIn returns an order's n captures inside a unit of work. Where a unit of the same group has just made one of
// them it fails in a way that makes the group run again unit by unit.
func (tx *Tx) CapturesIn(o pay.OrderID, n int64) ([]*pay.Capture, error) {
	rows, err := tx.Query("SELECT id FROM captures WHERE bucket = $1 AND order_id = $2 ORDER BY number", tx.Bucket, string(o))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if int64(len(ids)) != n {
		return nil, fmt.Errorf("order %s has %d captures in the database and counts %d", o, len(ids), n)
	}
	out := make([]*pay.Capture, 0, n)
	for _, id := range ids {
		c, err := Get(tx, Captures, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// AuthorizationOfDemand returns the authorization that waits for a prepayment demand, inside a unit of work.
func (tx *Tx) AuthorizationOfDemand(id pay.InvoiceID) (out pay.AuthorizationID, err error) {
	rows, err := tx.Query("SELECT id FROM authorizations WHERE bucket = $1 AND invoice_id = $2 AND status = 'awaiting_payment'", tx.Bucket, string(id))
	if err != nil {
		return "", err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&out); err != nil {
			return "", err
		}
	}
	return out, rows.Err()
}
