package store

import "sync"

// kept holds rows that a lane's groups read or wrote lately, as they are committed. Nobody else can change them while the
// lane's lock is held, and on SQLite nobody has as long as no other process had the database's lock: then memory is as true as the
// database, groups load from it, and point reads are answered from it. Whoever else wrote in between shows in the
// lane's sequence and in the turn's mark, and everything is forgotten.
//
// It keeps between keptMax and twice as many rows: a full young generation becomes the old one, and what was not used
// since then is gone.
type kept struct {
	mu         sync.RWMutex
	held       bool  // the lane's lock is ours
	seq        int64 // of the link up to which the rows are true
	young, old map[Ref]row
}

// keptMax rows of a few hundred bytes each are some megabytes.
const keptMax = 8192

// keeps marks a table whose rows are soon wanted again. Its rows change in groups only.
func (t *Table[T]) keeps() *Table[T] {
	t.kept = true
	return t
}

// peek returns a row for a group that does not hold the lock yet; hold tells whether it may be used.
func (k *kept) peek(ref Ref) row {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.find(ref)
}

// truth returns a copy of a committed row if it is sure to be true now, or nil. alone says that nobody else has written.
func (k *kept) truth(ref Ref, alone func() bool) row {
	if !ref.table.info().kept {
		return nil
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	if !k.held && !alone() {
		return nil
	}
	if r := k.find(ref); r != nil {
		return r.clone()
	}
	return nil
}

func (k *kept) find(ref Ref) row {
	if r := k.young[ref]; r != nil {
		return r
	}
	return k.old[ref]
}

// hold begins a group whose link will be seq. It reports false when somebody else wrote in between: nothing is known then.
func (k *kept) hold(seq int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = true
	if k.seq == seq-1 {
		return true
	}
	k.seq, k.young, k.old = seq-1, nil, nil
	return false
}

func (k *kept) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.young, k.old = nil, nil
}

// leave ends holding, before what a group writes can become true; nil is a group that writes nothing.
func (k *kept) leave(g *group) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = false
	if g == nil {
		return
	}
	if g.swept {
		k.young, k.old = nil, nil
		return
	}
	for ref, s := range g.rows {
		if s.dirty {
			delete(k.young, ref)
			delete(k.old, ref)
		}
	}
}

// learn takes the rows of a group that is durable, before the turn is passed on: what others write afterwards is forgotten
// after it was learned, never before.
func (k *kept) learn(g *group) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seq = g.seq
	if g.swept {
		k.young, k.old = nil, nil
		return
	}
	if len(k.young) >= keptMax {
		k.young, k.old = nil, k.young
	}
	if k.young == nil {
		k.young = make(map[Ref]row, keptMax)
	}
	for ref, s := range g.rows {
		if s.row != nil && ref.table.info().kept {
			k.young[ref] = s.row
		}
	}
}
