package app

import "sync"

// recent keeps what was used lately, between max and twice max values: when the young generation is full it becomes the
// old one, and what was not asked for since then is forgotten. Only what is a function of its key may be kept.
type recent[K comparable, V any] struct {
	max        int
	mu         sync.Mutex
	young, old map[K]V
}

func newRecent[K comparable, V any](maxYoung int) *recent[K, V] {
	return &recent[K, V]{max: maxYoung, young: map[K]V{}}
}

func (r *recent[K, V]) get(k K) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if v, ok = r.young[k]; ok {
		return v, true
	}
	if v, ok = r.old[k]; ok {
		r.add(k, v)
	}
	return v, ok
}

func (r *recent[K, V]) put(k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(k, v)
}

func (r *recent[K, V]) add(k K, v V) {
	if len(r.young) >= r.max {
		r.young, r.old = map[K]V{}, r.young
	}
	r.young[k] = v
}
