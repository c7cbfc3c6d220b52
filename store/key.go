package store

import (
	"context"
	"strings"

	"zahlziel/pay"
)

// PutKey stores an API key; of one that is there only the end changes.
func (d *DB) PutKey(ctx context.Context, k pay.APIKey) error {
	_, err := d.exec(ctx, "INSERT INTO api_keys (id, mac, merchant_id, mode, name, scopes, created_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at",
		string(k.ID), k.MAC, string(k.MerchantID), k.Mode, k.Name, strings.Join(k.Scopes, " "), k.CreatedAt, k.EndsAt)
	return err
}

// KeyOfMAC returns the API key with a keyed hash, or nil; Key the one with an id.
func (d *DB) KeyOfMAC(ctx context.Context, mac string) (*pay.APIKey, error) {
	return d.oneKey(ctx, "WHERE mac = $1", mac)
}

// Key returns an API key by its id, or nil.
func (d *DB) Key(ctx context.Context, id pay.KeyID) (*pay.APIKey, error) {
	return d.oneKey(ctx, "WHERE id = $1", string(id))
}

// KeysOf returns a merchant's API keys, oldest first.
func (d *DB) KeysOf(ctx context.Context, m pay.MerchantID) ([]pay.APIKey, error) {
	return d.keys(ctx, "WHERE merchant_id = $1 ORDER BY created_at, id", string(m))
}

// Keys returns all API keys by merchant and age.
func (d *DB) Keys(ctx context.Context) ([]pay.APIKey, error) {
	return d.keys(ctx, "ORDER BY merchant_id, created_at, id")
}

func (d *DB) oneKey(ctx context.Context, clause string, arg string) (*pay.APIKey, error) {
	all, err := d.keys(ctx, clause, arg)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func (d *DB) keys(ctx context.Context, clause string, args ...any) (out []pay.APIKey, err error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, mac, merchant_id, mode, name, scopes, created_at, ends_at FROM api_keys "+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k pay.APIKey
		var scopes string
		if err := rows.Scan(&k.ID, &k.MAC, &k.MerchantID, &k.Mode, &k.Name, &scopes, &k.CreatedAt, &k.EndsAt); err != nil {
			return nil, err
		}
		k.Scopes = strings.Fields(scopes)
		out = append(out, k)
	}
	return out, rows.Err()
}

// merchantOrders asks every bucket for its newest orders of a merchant and merges them: orders lie with their consumers.
var merchantOrders = fromBuckets(everyBucket, Orders.name, "bucket, id", "AND merchant_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3")

// OrdersOfMerchant returns a merchant's orders that began before an id, newest first; an empty id begins with the newest.
func (d *DB) OrdersOfMerchant(ctx context.Context, m pay.MerchantID, before pay.OrderID, limit int) ([]*pay.Order, error) {
	if before == "" {
		before = pay.PrefixOrder + "_~" // behind every id
	}
	return loadKeys(ctx, d, Orders, "SELECT bucket, id FROM ("+merchantOrders+") AS newest ORDER BY id DESC LIMIT $3", string(m), string(before), limit)
}
