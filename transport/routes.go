package transport

import (
	"math"
	"sync"

	"github.com/quorate/quorate"
)

// routes allots addresses to the clients of one node. A number is not used
// again before all others were, so that a late reply finds nobody rather than
// the wrong client. An entry goes when its connection does.
type routes[T any] struct {
	mu   sync.RWMutex
	last uint16
	to   map[quorate.ID]T
}

// add allots a route to v; false if limit of them are in use.
func (r *routes[T]) add(v T, limit int) (quorate.ID, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.to == nil {
		r.to = map[quorate.ID]T{}
	}
	if len(r.to) >= min(limit, math.MaxUint16) {
		return 0, false
	}
	for {
		r.last++
		id := quorate.Route(r.last)
		if _, used := r.to[id]; !used && id != 0 {
			r.to[id] = v
			return id, true
		}
	}
}

func (r *routes[T]) get(id quorate.ID) (T, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	v, ok := r.to[id]
	return v, ok
}

func (r *routes[T]) remove(id quorate.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.to, id)
}

// drain removes and returns all entries.
func (r *routes[T]) drain() []T {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []T
	for _, v := range r.to { // unordered: they are told independently
		all = append(all, v)
	}
	r.to = nil
	return all
}
