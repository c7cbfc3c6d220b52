package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"zahlziel/pay"
)

// MerchantEvents holds what merchants with an endpoint are told.
var MerchantEvents = newTable("merchant_events", "merchant_id type subject at data",
	func(r *pay.Event) Key { return of(r.ID) },
	func(r *pay.Event) []any { return []any{&r.MerchantID, &r.Type, &r.Subject, &r.At, &r.Data} }).
	withID(func(r *pay.Event, id string) { r.ID = pay.EventID(id) })

// ShopCalls holds every call of a merchant's address.
var ShopCalls = newTable("shop_calls", "merchant_id job_id kind subject host try status problem at next_at",
	func(r *pay.ShopCall) Key { return of(r.ID) },
	func(r *pay.ShopCall) []any {
		return []any{&r.MerchantID, &r.JobID, &r.Kind, &r.Subject, &r.Host, &r.Try, &r.Status, &r.Problem, &r.At, &r.NextAt}
	}).withID(func(r *pay.ShopCall, id string) { r.ID = pay.ShopCallID(id) })

// ofMerchant asks every bucket's index for a merchant's newest rows before an instant.
const ofMerchant = "AND merchant_id = $1 AND at < $2 ORDER BY at DESC, id DESC LIMIT $3"

var (
	eventsOfSQL    = fromEveryBucket(&MerchantEvents.tableInfo, ofMerchant)
	shopCallsOfSQL = fromEveryBucket(&ShopCalls.tableInfo, "AND merchant_id = $1 AND at <= $2 AND (at < $2 OR id < $3) ORDER BY at DESC, id DESC LIMIT $4")
)

// EventsOf returns a merchant's newest events before an instant, newest first.
func (d *DB) EventsOf(ctx context.Context, m pay.MerchantID, before pay.Micros, limit int) ([]*pay.Event, error) {
	out, err := findBy(ctx, d, MerchantEvents, eventsOfSQL, string(m), before, limit)
	slices.SortFunc(out, func(a, b *pay.Event) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	return out[:min(len(out), limit)], err
}

// ShopCallsOf returns the newest calls of a merchant's addresses before an instant, newest first; of those at the instant
// itself the ones with a smaller id than before, so that a page may end between calls of one moment.
func (d *DB) ShopCallsOf(ctx context.Context, m pay.MerchantID, at pay.Micros, before pay.ShopCallID, limit int) ([]*pay.ShopCall, error) {
	out, err := findBy(ctx, d, ShopCalls, shopCallsOfSQL, string(m), at, string(before), limit)
	slices.SortFunc(out, func(a, b *pay.ShopCall) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.ID, a.ID)) })
	return out[:min(len(out), limit)], err
}

// ShopCallsAbout returns the calls about one event, oldest first.
func (d *DB) ShopCallsAbout(ctx context.Context, e pay.EventID, limit int) ([]*pay.ShopCall, error) {
	return find(ctx, d, ShopCalls, "WHERE bucket = $1 AND subject = $2 ORDER BY at, id LIMIT $3", of(e).Bucket, string(e), limit)
}

// ShopCallsLike returns the newest calls that were made for the same job as a call, newest first.
func (d *DB) ShopCallsLike(ctx context.Context, c *pay.ShopCall, limit int) ([]*pay.ShopCall, error) {
	return find(ctx, d, ShopCalls, "WHERE bucket = $1 AND subject = $2 AND job_id = $3 ORDER BY at DESC, id DESC LIMIT $4", of(c.ID).Bucket, c.Subject, string(c.JobID), limit)
}

// DeleteShopCalls forgets up to limit calls of a bucket that were made before an instant, and DeleteEvents up to limit
// events. They return how many. An id begins with its instant.
func (d *DB) DeleteShopCalls(ctx context.Context, bucket int, at pay.Micros, limit int) (int, error) {
	return d.remove(ctx, "DELETE FROM shop_calls WHERE bucket = $1 AND id IN (SELECT id FROM shop_calls WHERE bucket = $2 AND id < $3 ORDER BY id LIMIT $4)", bucket, bucket, idAt(pay.PrefixShopCall, at), limit)
}

// DeleteEvents forgets what merchants were told long ago.
func (d *DB) DeleteEvents(ctx context.Context, bucket int, at pay.Micros, limit int) (int, error) {
	return d.remove(ctx, "DELETE FROM merchant_events WHERE bucket = $1 AND id IN (SELECT id FROM merchant_events WHERE bucket = $2 AND id < $3 ORDER BY id LIMIT $4)", bucket, bucket, idAt(pay.PrefixEvent, at), limit)
}

// PutEndpoint stores where a merchant wants events.
func (d *DB) PutEndpoint(ctx context.Context, e pay.Endpoint) error {
	if e.Previous == nil {
		e.Previous = []byte{}
	}
	_, err := d.exec(ctx, "INSERT INTO webhook_endpoints (merchant_id, url, secret, previous, previous_until, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (merchant_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, previous = excluded.previous, previous_until = excluded.previous_until",
		string(e.MerchantID), e.URL, e.Secret, e.Previous, e.PreviousUntil, e.CreatedAt)
	return err
}

// DropEndpoint forgets where a merchant wanted events.
func (d *DB) DropEndpoint(ctx context.Context, m pay.MerchantID) error {
	_, err := d.exec(ctx, "DELETE FROM webhook_endpoints WHERE merchant_id = $1", string(m))
	return err
}

// Endpoints returns where all merchants want events.
func (d *DB) Endpoints(ctx context.Context) ([]pay.Endpoint, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT merchant_id, url, secret, previous, previous_until, created_at FROM webhook_endpoints ORDER BY merchant_id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pay.Endpoint
	for rows.Next() {
		var e pay.Endpoint
		if err := rows.Scan(&e.MerchantID, &e.URL, &e.Secret, &e.Previous, &e.PreviousUntil, &e.CreatedAt); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// AskActivation notes who asks for a step of a merchant. An earlier question that nobody confirmed is replaced, and so is a
// confirmed step of the other kind; false when the same one was confirmed.
func (d *DB) AskActivation(ctx context.Context, s pay.Activation) (bool, error) {
	res, err := d.exec(ctx, "INSERT INTO merchant_activations (merchant_id, digest, asked_by, asked_at, confirmed_by, confirmed_at, deed, reason) VALUES ($1, $2, $3, $4, '', 0, $5, $6) ON CONFLICT (merchant_id) DO UPDATE SET digest = excluded.digest, asked_by = excluded.asked_by, asked_at = excluded.asked_at, confirmed_by = '', confirmed_at = 0, deed = excluded.deed, reason = excluded.reason WHERE merchant_activations.confirmed_by = '' OR merchant_activations.deed <> excluded.deed",
		string(s.MerchantID), s.Digest, s.AskedBy, s.AskedAt, s.Deed, s.Reason)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// ConfirmActivation notes the second person of an activation exactly as it was asked for; false when it changed or was
// confirmed meanwhile.
func (d *DB) ConfirmActivation(ctx context.Context, s pay.Activation, by string, at pay.Micros) (bool, error) {
	res, err := d.exec(ctx, "UPDATE merchant_activations SET confirmed_by = $1, confirmed_at = $2 WHERE merchant_id = $3 AND digest = $4 AND asked_by = $5 AND asked_at = $6 AND deed = $7 AND confirmed_by = ''",
		by, at, string(s.MerchantID), s.Digest, s.AskedBy, s.AskedAt, s.Deed)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// Activation returns the step of a merchant, or nil.
func (d *DB) Activation(ctx context.Context, m pay.MerchantID) (*pay.Activation, error) {
	s := pay.Activation{MerchantID: m}
	err := d.sql.QueryRowContext(ctx, "SELECT digest, asked_by, asked_at, confirmed_by, confirmed_at, deed, reason FROM merchant_activations WHERE merchant_id = $1", string(m)).
		Scan(&s.Digest, &s.AskedBy, &s.AskedAt, &s.ConfirmedBy, &s.ConfirmedAt, &s.Deed, &s.Reason)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &s, err
}

// CredentialsOf returns a merchant's API users, oldest first.
func (d *DB) CredentialsOf(ctx context.Context, m pay.MerchantID) ([]pay.Credential, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT username, secret_mac, active, created_at FROM credentials WHERE merchant_id = $1 ORDER BY created_at, username", string(m))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pay.Credential
	for rows.Next() {
		c := pay.Credential{MerchantID: m}
		if err := rows.Scan(&c.Username, &c.SecretMAC, &c.Active, &c.CreatedAt); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}
