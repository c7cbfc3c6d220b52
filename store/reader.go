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
	done chan struct{}
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
	r := &read{ref: ref, done: make(chan struct{})}
	select {
	case d.reads <- r:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-d.closed:
		return nil, ErrClosed
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

// answer reads a batch table by table.
func (r *reader) answer(batch []*read) {
	byTable := make([][]*read, len(tables))
	for _, one := range batch {
		n := one.ref.table.info().order
		byTable[n] = append(byTable[n], one)
	}
	for _, reads := range byTable {
		if len(reads) == 0 {
			continue
		}
		rows, err := r.query(reads)
		if err != nil {
			r.pipe.drop()
			rows, err = r.query(reads) // a connection that was lost meanwhile is replaced once
		}
		for _, one := range reads {
			if found := rows[one.ref.key]; found != nil {
				one.row = found.clone()
			}
			one.err = err
			close(one.done)
		}
	}
}

// query asks for the keys of reads of one table.
func (r *reader) query(reads []*read) (map[Key]row, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	keys := make([]Key, len(reads))
	for i, one := range reads {
		keys[i] = one.ref.key
	}
	if err := r.pipe.open(ctx); err != nil {
		return nil, err
	}
	out := make(map[Key]row, len(reads))
	err := r.pipe.load(ctx, reads[0].ref.table, keys, func(found row) { out[found.rowKey()] = found })
	if err == nil {
		err = r.pipe.flush(ctx)
	}
	return out, err
}
