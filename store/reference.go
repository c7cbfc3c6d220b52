package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"zahlziel/pay"
)

// PutMerchant stores a merchant; PutOperator, PutCredential and PutStaff likewise. Reference rows are small and read-mostly.
func (d *DB) PutMerchant(ctx context.Context, m pay.Merchant) error {
	return d.putJSON(ctx, "INSERT INTO merchants (id, status, body) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET status = excluded.status, body = excluded.body", m, string(m.ID), m.Status)
}

// PutOperator stores the legal entity that runs the installation.
func (d *DB) PutOperator(ctx context.Context, o pay.Operator) error {
	return d.putJSON(ctx, "INSERT INTO operators (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body", o, string(o.ID))
}

func (d *DB) putJSON(ctx context.Context, query string, v any, args ...any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = d.exec(ctx, query, append(args, string(b))...)
	return err
}

// Merchants returns all merchants by id.
func (d *DB) Merchants(ctx context.Context) ([]pay.Merchant, error) {
	return bodies[pay.Merchant](ctx, d, "SELECT body FROM merchants ORDER BY id")
}

// Operators returns the operators of the installation by id.
func (d *DB) Operators(ctx context.Context) ([]pay.Operator, error) {
	return bodies[pay.Operator](ctx, d, "SELECT body FROM operators ORDER BY id")
}

func bodies[T any](ctx context.Context, d *DB, query string) ([]T, error) {
	rows, err := d.sql.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var b []byte
		var v T
		if err := rows.Scan(&b); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, &v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// PutCredential stores an API user of a merchant.
func (d *DB) PutCredential(ctx context.Context, c pay.Credential) error {
	active := 0
	if c.Active {
		active = 1
	}
	_, err := d.exec(ctx, "INSERT INTO credentials (username, merchant_id, secret_mac, active, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (username) DO UPDATE SET secret_mac = excluded.secret_mac, active = excluded.active",
		c.Username, string(c.MerchantID), c.SecretMAC, active, c.CreatedAt)
	return err
}

// Credential returns an API user, or nil.
func (d *DB) Credential(ctx context.Context, username string) (*pay.Credential, error) {
	c := pay.Credential{Username: username}
	err := d.sql.QueryRowContext(ctx, "SELECT merchant_id, secret_mac, active, created_at FROM credentials WHERE username = $1", username).Scan(&c.MerchantID, &c.SecretMAC, &c.Active, &c.CreatedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &c, err
}

// PutStaff stores a person at the desk.
func (d *DB) PutStaff(ctx context.Context, s pay.Staff) error {
	active := 0
	if s.Active {
		active = 1
	}
	_, err := d.exec(ctx, "INSERT INTO staff (id, email, name, role, password, active) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role, password = excluded.password, active = excluded.active",
		string(s.ID), s.Email, s.Name, s.Role, s.Password, active)
	return err
}

// Staff returns a person at the desk by e-mail address (lower case) or by id, or nil.
func (d *DB) Staff(ctx context.Context, emailOrID string) (*pay.Staff, error) {
	var s pay.Staff
	err := d.sql.QueryRowContext(ctx, "SELECT id, email, name, role, password, active FROM staff WHERE email = $1 OR id = $2", emailOrID, emailOrID).
		Scan(&s.ID, &s.Email, &s.Name, &s.Role, &s.Password, &s.Active)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &s, err
}

// AllStaff returns everybody at the desk by e-mail address, without their passwords.
func (d *DB) AllStaff(ctx context.Context) ([]pay.Staff, error) {
	rows, err := d.sql.QueryContext(ctx, "SELECT id, email, name, role, active FROM staff ORDER BY email")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pay.Staff
	for rows.Next() {
		var s pay.Staff
		if err := rows.Scan(&s.ID, &s.Email, &s.Name, &s.Role, &s.Active); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
