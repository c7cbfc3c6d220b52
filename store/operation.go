package store

import "zahlziel/pay"

// Op makes a unit of work idempotent under its caller's key.
type Op struct {
	ID     string             // caller, method, path and key, hashed
	Hash   string             // of the request body: the same key with another body is a conflict
	Answer func() []byte      // what to store after Do succeeded
	Replay func([]byte) error // gives the stored answer to the caller instead of running Do
}

type operationRow struct {
	Bucket int
	ID     string
	Hash   string
	At     pay.Micros
	Answer []byte
}

var operations = newTable("operations", "hash at answer",
	func(r *operationRow) Key { return Key{r.Bucket, r.ID} },
	func(r *operationRow) []any { return []any{&r.Hash, &r.At, &r.Answer} }).
	withKey(func(r *operationRow, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// OperationMicros is how long a key is honoured: 24 hours.
const OperationMicros pay.Micros = 24 * 3600 * 1e6

// once runs the unit, or replays the answer stored under its key.
func (u *Unit) once(tx *Tx) error {
	if u.Op == nil {
		return u.Do(tx)
	}
	seen, err := Get(tx, operations, u.Op.ID)
	if err != nil {
		return err
	}
	if seen != nil && seen.At+OperationMicros > tx.At {
		if seen.Hash != u.Op.Hash {
			return pay.Errorf(pay.Conflict, "key_reused", "", "This idempotency key was used with another request; use a new key")
		}
		return u.Op.Replay(seen.Answer)
	}
	if err := u.Do(tx); err != nil {
		return err
	}
	Save(tx, operations, &operationRow{tx.Bucket, u.Op.ID, u.Op.Hash, tx.At, u.Op.Answer()})
	return nil
}
