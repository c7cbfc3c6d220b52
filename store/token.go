package store

import (
	"context"

	"zahlziel/pay"
)

// CustomerTokens holds the permissions for recurring orders.
var CustomerTokens = newTable("customer_tokens", "consumer_id merchant_id authorization_id method status currency created_at ended_at ended_by consent consent_day consent_way consent_language sealed",
	func(r *pay.CustomerToken) Key { return of(r.ID) },
	func(r *pay.CustomerToken) []any {
		return []any{&r.ConsumerID, &r.MerchantID, &r.AuthorizationID, &r.Method, &r.Status, &r.Currency, &r.CreatedAt, &r.EndedAt, &r.EndedBy, &r.Consent.Version, &r.Consent.Day, &r.Consent.Way, &r.Consent.Language, &r.Sealed}
	}).withID(func(r *pay.CustomerToken, id string) { r.ID = pay.CustomerTokenID(id) })

// Extensions holds due days that shops moved.
var Extensions = newTable("due_extensions", "invoice_id capture_id merchant_id days from_day until_day fee tax version at",
	func(r *pay.Extension) Key { return of(r.ID) },
	func(r *pay.Extension) []any {
		return []any{&r.InvoiceID, &r.CaptureID, &r.MerchantID, &r.Days, &r.FromDay, &r.UntilDay, &r.Fee, &r.Tax, &r.Version, &r.At}
	}).withID(func(r *pay.Extension, id string) { r.ID = id })

// TokensOf returns a consumer's permissions for recurring orders, newest first.
func (d *DB) TokensOf(ctx context.Context, c pay.ConsumerID, limit int) ([]*pay.CustomerToken, error) {
	return find(ctx, d, CustomerTokens, "WHERE bucket = $1 AND consumer_id = $2 ORDER BY created_at DESC, id DESC LIMIT $3", of(c).Bucket, string(c), limit)
}

// ExtensionsOf returns how an invoice's due day was moved, in order.
func (d *DB) ExtensionsOf(ctx context.Context, i pay.InvoiceID) ([]*pay.Extension, error) {
	return find(ctx, d, Extensions, "WHERE bucket = $1 AND invoice_id = $2 ORDER BY at, id", of(i).Bucket, string(i))
}
