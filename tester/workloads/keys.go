package workloads

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/quorate/quorate/checker/history"
)

// unknownLimit is after how many unknown outcomes a key is left.
const unknownLimit = 16

// keys hands out independent keys. There are always so many in use, in lanes, and each
// is replaced by the next of its lane after its operations. Which one an operation gets
// depends on how often its worker has asked, and on nothing that happened; but that a
// key with too many unknown outcomes is replaced by one of another name.
type keys struct {
	cfg   Config
	mu    sync.Mutex
	asked []int // by worker
	used  []string
	of    map[string]*lent
	left  map[string]int // how often a place in a lane got another key
}

// lent is what is known of a key in use.
type lent struct {
	place   string
	unknown int // operations with unknown outcomes
}

func newKeys(cfg Config) *keys {
	return &keys{cfg: cfg, asked: make([]int, cfg.Concurrency), of: map[string]*lent{}, left: map[string]int{}}
}

// next returns the key of a worker's next operation and a number that no other
// operation of the test has.
func (k *keys) next(rng *rand.Rand, worker int) (key string, unique int64) {
	lane := rng.IntN(k.cfg.Keys)
	k.mu.Lock()
	defer k.mu.Unlock()
	turn := k.asked[worker]*k.cfg.Concurrency + worker
	k.asked[worker]++
	// Lanes do not change keys all at once.
	place := fmt.Sprintf("%s%s%d.%d", k.cfg.Prefix, k.cfg.name, lane, (turn+lane*k.cfg.OpsPerKey)/(k.cfg.Keys*k.cfg.OpsPerKey))
	key = place
	if n := k.left[place]; n > 0 {
		key = fmt.Sprintf("%s+%d", place, n)
	}
	if k.of[key] == nil {
		k.of[key] = &lent{place: place}
		k.used = append(k.used, key)
	}
	return key, int64(turn) + 1
}

// ended notes how an operation on a key ended.
func (k *keys) ended(op *history.Op) {
	key, _, ok := keyed(op.Value)
	if !ok || op.Type != history.Info {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.of[key]; l != nil {
		if l.unknown++; l.unknown == unknownLimit {
			k.left[l.place]++
		}
	}
}

// final returns reads of all keys that were used. Each is read by two workers, who may
// be clients of different members.
func (k *keys) final(worker int) (ops []history.Op) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, key := range k.used {
		if at := i % k.cfg.Concurrency; at == worker || (at+1)%k.cfg.Concurrency == worker {
			ops = append(ops, readOf(strong(k.cfg.Read), []any{key, nil}))
		}
	}
	return ops
}
