package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"time"
)

// reader answers point reads outside units of work. Reads that wait while a query runs form the next one: one query per
// table for all of them. Under load that spares most of a read's cost, which is the query and not the row.
type reader struct {
	db    *DB
	conn  *sql.Conn
	stmts map[textKey]*sql.Stmt
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
		r := &reader{db: d, stmts: map[textKey]*sql.Stmt{}}
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
	defer r.drop()
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
			r.drop()
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
	slices.SortFunc(keys, compareKeys)
	n := 1 << bits.Len(uint(len(keys)-1))
	args := make([]any, 0, 2*n)
	for i := range n {
		k := keys[min(i, len(keys)-1)]
		args = append(args, k.Bucket, k.ID)
	}
	t := reads[0].ref.table
	st, err := r.stmt(ctx, textKey{t.info(), selectRows, n})
	if err != nil {
		return nil, err
	}
	found, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	out := make(map[Key]row, len(reads))
	for found.Next() {
		row, err := t.scan(found.Scan)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", t.info().name, err)
		}
		out[row.rowKey()] = row
	}
	return out, found.Err()
}

func (r *reader) stmt(ctx context.Context, k textKey) (st *sql.Stmt, err error) {
	if r.conn == nil {
		if r.conn, err = r.db.sql.Conn(ctx); err != nil {
			return nil, err
		}
	}
	if st := r.stmts[k]; st != nil {
		return st, nil
	}
	if st, err = r.conn.PrepareContext(ctx, k.sql(r.db.postgres)); err == nil {
		r.stmts[k] = st
	}
	return st, err
}

func (r *reader) drop() {
	if r.conn == nil {
		return
	}
	for _, st := range r.stmts {
		st.Close()
	}
	r.conn.Close()
	r.conn, r.stmts = nil, map[textKey]*sql.Stmt{}
}
