package store

import (
	"context"
	"runtime"
	"time"
)

// reader answers point reads outside units of work. Reads that wait while a query runs form the next one: one query per
// table for all of them. Under load that spares most of a read's cost, which is the query and not the row.
type reader struct {
	db   *DB
	pipe *pipe
}

// read is one waiting point read.
type read struct {
	ref  Ref
	row  row // nil: there is none
	err  error
	done chan struct{} // nil: the row was in memory
}

// readMax bounds how many reads share a query.
const readMax = 128

// readTime bounds a query against a database that hangs.
const readTime = 10 * time.Second

// readers is how many run side by side.
const readers = 2

func (d *DB) startReaders() {
	d.reads = make(chan *read, 4*readMax)
	for range readers {
		r := &reader{db: d, pipe: newPipe(d)}
		d.wg.Add(1)
		go r.run()
	}
}

// row reads one row by its key.
func (d *DB) row(ctx context.Context, ref Ref) (row, error) {
	r, err := d.ask(ctx, ref)
	if err != nil {
		return nil, err
	}
	return r.wait(ctx, d)
}

// ask joins a row to the next query, or finds it in memory.
func (d *DB) ask(ctx context.Context, ref Ref) (*read, error) {
	if n := len(d.lanes); n > 0 {
		if kept := d.lanes[ref.key.Bucket%n].kept.truth(ref, d.turn.last); kept != nil {
			return &read{row: kept}, nil
		}
	}
	r := &read{ref: ref, done: make(chan struct{})}
	select {
	case d.reads <- r:
		return r, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.closed:
		return nil, ErrClosed
	}
}

func (r *read) wait(ctx context.Context, d *DB) (row, error) {
	if r.done == nil {
		return r.row, nil
	}
	select {
	case <-r.done:
		return r.row, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.closed:
		return nil, ErrClosed
	}
}

func (r *reader) run() {
	defer r.db.wg.Done()
	defer r.pipe.drop()
	for {
		select {
		case first := <-r.db.reads:
			r.answer(r.gather(first))
		case <-r.db.closed:
			return
		}
	}
}

func (r *reader) gather(first *read) []*read {
	runtime.Gosched() // callers that are about to ask join this query
	batch := []*read{first}
	for len(batch) < readMax {
		select {
		case next := <-r.db.reads:
			batch = append(batch, next)
		default:
			return batch
		}
	}
	return batch
}

// answer reads a batch.
func (r *reader) answer(batch []*read) {
	rows, err := r.query(batch)
	if err != nil {
		r.pipe.drop()
		rows, err = r.query(batch) // a connection that was lost meanwhile is replaced once
	}
	for _, one := range batch {
		if found := rows[one.ref]; found != nil {
			one.row = found.clone()
		}
		one.err = err
		close(one.done)
	}
}

// query asks every table for its keys, on PostgreSQL in one round trip.
func (r *reader) query(batch []*read) (map[Ref]row, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	if err := r.pipe.open(ctx); err != nil {
		return nil, err
	}
	keys, loaders := make([][]Key, len(tables)), make([]loader, len(tables))
	for _, one := range batch {
		n := one.ref.table.info().order
		keys[n], loaders[n] = append(keys[n], one.ref.key), one.ref.table
	}
	out := make(map[Ref]row, len(batch))
	for n, t := range loaders {
		if t == nil {
			continue
		}
		if err := r.pipe.load(ctx, t, keys[n], func(found row) { out[Ref{t, found.rowKey()}] = found }); err != nil {
			return nil, err
		}
	}
	return out, r.pipe.flush(ctx)
}
