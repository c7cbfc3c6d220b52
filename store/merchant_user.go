package store

import (
	"context"

	"zahlziel/pay"
)

// PutMerchantUser stores a person of a merchant; of one who is there role, state and what is sealed change.
func (d *DB) PutMerchantUser(ctx context.Context, u pay.MerchantUser) error {
	active := 0
	if u.Active {
		active = 1
	}
	_, err := d.exec(ctx, "INSERT INTO merchant_users (id, merchant_id, digest, role, active, created_at, visits_from, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET role = excluded.role, active = excluded.active, visits_from = excluded.visits_from, sealed = excluded.sealed",
		string(u.ID), string(u.MerchantID), u.Digest, u.Role, active, u.CreatedAt, u.VisitsFrom, u.Sealed)
	return err
}

// MerchantUser returns a person of a merchant by id, or nil.
func (d *DB) MerchantUser(ctx context.Context, id pay.MerchantUserID) (*pay.MerchantUser, error) {
	all, err := d.merchantUsers(ctx, "WHERE id = $1", string(id))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// MerchantUsersOf returns the people of a merchant, oldest first.
func (d *DB) MerchantUsersOf(ctx context.Context, m pay.MerchantID) ([]pay.MerchantUser, error) {
	return d.merchantUsers(ctx, "WHERE merchant_id = $1 ORDER BY created_at, id", string(m))
}

// MerchantUsersAt returns everybody whose address has this keyed hash: one for each merchant that they work for.
func (d *DB) MerchantUsersAt(ctx context.Context, digest string) ([]pay.MerchantUser, error) {
	return d.merchantUsers(ctx, "WHERE digest = $1 ORDER BY merchant_id", digest)
}

func (d *DB) merchantUsers(ctx context.Context, clause string, args ...any) (out []pay.MerchantUser, err error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, merchant_id, digest, role, active, created_at, visits_from, sealed FROM merchant_users "+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var u pay.MerchantUser
		if err := rows.Scan(&u.ID, &u.MerchantID, &u.Digest, &u.Role, &u.Active, &u.CreatedAt, &u.VisitsFrom, &u.Sealed); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}
