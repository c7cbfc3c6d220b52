package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"zahlziel/pay"
)

// limitGroup is how many orders one transaction of WriteLimit holds, and how many rows it takes as samples.
const limitGroup = groupMax

// WriteLimit measures what this database takes when nothing but rows is written: per order exactly the rows that a
// checkout writes (a session that is bound, a decision, an authorization that is used, an order with its
// job, and its consumer twice), copied from stored ones under fresh ids, in multi-row transactions of
// limitGroup orders, one writer per lane, with the durability of every other write. It returns orders per second.
// The copies stay in the database: measure only where the data are thrown away afterwards.
func (d *DB) WriteLimit(ctx context.Context, length time.Duration) (float64, error) {
	writers := make([]*limitWriter, len(d.lanes))
	for n := range d.lanes {
		w, err := d.newLimitWriter(ctx, n)
		if err != nil {
			return 0, err
		}
		defer w.pipe.drop()
		writers[n] = w
	}
	var wg sync.WaitGroup
	errs := make([]error, len(writers))
	began := d.now()
	for i, w := range writers {
		wg.Go(func() {
			for errs[i] == nil && d.now()-began < length.Microseconds() {
				errs[i] = w.write(ctx)
			}
		})
	}
	wg.Wait()
	orders := 0
	for _, w := range writers {
		orders += w.orders
	}
	return float64(orders) * 1e6 / float64(max(1, d.now()-began)), errors.Join(errs...)
}

// limitWriter writes copies of the samples of one lane's buckets.
type limitWriter struct {
	db      *DB
	lane    int
	seq     int64
	pipe    *pipe
	inserts []func() []row
	updates []func() []row
	orders  int
}

func (d *DB) newLimitWriter(ctx context.Context, lane int) (*limitWriter, error) {
	w := &limitWriter{db: d, lane: lane, pipe: newPipe(d)}
	err := w.pipe.open(ctx)
	if err != nil {
		return nil, err
	}
	for _, add := range []error{
		sample(ctx, w, Sessions, pay.PrefixSession, 1, func(r *pay.Session, id string) { r.ID = pay.SessionID(id) }),
		sample(ctx, w, Decisions, pay.PrefixDecision, 0, func(r *pay.DecisionRow, id string) { r.ID = pay.DecisionID(id) }),
		sample(ctx, w, Authorizations, pay.PrefixAuthorization, 1, func(r *pay.Authorization, id string) { r.ID = pay.AuthorizationID(id) }),
		sample(ctx, w, Orders, pay.PrefixOrder, 0, func(r *pay.Order, id string) {
			r.ID, r.AuthorizationID = pay.OrderID(id), pay.AuthorizationID(id)
		}),
		sample(ctx, w, Jobs, pay.PrefixJob, 0, func(r *pay.Job, id string) { r.ID = pay.JobID(id) }),
		sample(ctx, w, Consumers, "", 2, nil),
	} {
		err = errors.Join(err, add)
	}
	if err != nil {
		w.pipe.drop()
	}
	return w, err
}

// sample makes the writer insert copies of stored rows under fresh ids, and write them again as often as updates says.
// Without rename the stored rows themselves are written again.
func sample[T any](ctx context.Context, w *limitWriter, t *Table[T], prefix string, updates int, rename func(*T, string)) error {
	stored, err := find(ctx, w.db, t, "ORDER BY bucket, id LIMIT $1", 64*limitGroup)
	if err != nil {
		return err
	}
	var mine []*T
	for _, r := range stored {
		if t.key(r).Bucket%len(w.db.lanes) == w.lane {
			mine = append(mine, r)
		}
	}
	if len(mine) < limitGroup {
		return errors.New("too few rows in " + t.name + " to take samples from")
	}
	var group []row
	next := 0
	fill := func() []row {
		group = group[:0]
		for range limitGroup {
			c := *mine[next%len(mine)]
			next++
			if rename != nil {
				k := t.key(&c)
				rename(&c, pay.MintID(prefix, max(pay.CellOf(k.ID), 0), w.db.now(), Random8()))
			}
			group = append(group, typedRow[T]{t, &c})
		}
		return group
	}
	if rename != nil {
		w.inserts = append(w.inserts, fill)
	}
	for range updates {
		again := func() []row { return group }
		if rename == nil {
			again = fill
		}
		w.updates = append(w.updates, again)
	}
	return nil
}

// write commits one transaction.
func (w *limitWriter) write(ctx context.Context) error {
	begin := "BEGIN IMMEDIATE"
	if w.db.postgres {
		begin = "BEGIN"
	}
	if err := w.pipe.exec(ctx, "begin", begin); err != nil {
		return err
	}
	if err := w.pipe.exec(ctx, "lock lane", "UPDATE lanes SET seq = seq WHERE bucket = $1", w.lane); err != nil {
		return err
	}
	for _, rows := range w.inserts {
		if err := w.pipe.write(ctx, insertRows, rows()); err != nil {
			return err
		}
	}
	for _, rows := range w.updates {
		if err := w.pipe.write(ctx, upsertRows, rows()); err != nil {
			return err
		}
	}
	w.seq--
	leaves := make([]byte, 32*limitGroup)
	if err := w.pipe.exec(ctx, "write link", "INSERT INTO links (bucket, seq, at, leaves, head) VALUES ($1, $2, $3, $4, $5)", w.lane, w.seq, w.db.now(), leaves, leaves[:32]); err != nil {
		return err
	}
	if err := w.pipe.exec(ctx, "commit", "COMMIT"); err != nil {
		return err
	}
	w.orders += limitGroup
	return w.pipe.flush(ctx)
}
