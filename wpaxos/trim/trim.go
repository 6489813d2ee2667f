// Package trim keeps the logs of a replica of WPaxos short: it has the states of the
// keys written that changed, and drops of their logs then what was executed before.
// All of it goes a few keys at a time, while the replica works.
package trim

import (
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos/objects"
)

// maxCut is how many logs are cut in one step, at most.
const maxCut = 64

// Config is what a replica lends.
type Config struct {
	Objects *objects.Objects
	States  *quorate.States
	Rest    time.Duration // between two trims
	Slots   int           // of all logs after which they are trimmed earlier
	Bytes   int           // and their bytes
	Pause   time.Duration // between two steps

	// Cut drops the slots of k from from on and below upto on disk. They are in the
	// key's state, which is there or goes there with this.
	Cut func(k *objects.Key, from, upto quorate.Slot)
}

// Trimmer is one replica's part.
type Trimmer struct {
	env   quorate.Env
	cfg   Config
	last  time.Duration  // when a trim began
	busy  bool           // a trim is under way
	rest  []*objects.Key // of it: not yet cut
	then  func()         // called when it has ended
	timer *quorate.Timer
}

// New returns the part of n's replica.
func New(n *quorate.Node, cfg Config) *Trimmer {
	t := &Trimmer{env: n, cfg: cfg}
	t.timer = n.NewTimer("cut", t.step)
	n.OnStart(func() { t.last = n.Now() })
	return t
}

// Consider trims once in a while, or if there is much to trim. A little is not
// trimmed where the states are large.
func (t *Trimmer) Consider() {
	slots, bytes := t.cfg.Objects.Weight()
	waited := t.env.Now() - t.last
	due := waited >= t.cfg.Rest && bytes >= t.cfg.States.Cost()/64 || waited >= 8*t.cfg.Rest
	if due || slots >= t.cfg.Slots || bytes >= t.cfg.Bytes {
		t.Begin(nil)
	}
}

// Hurry has the next trim begin as soon as it can.
func (t *Trimmer) Hurry() { t.last = t.env.Now() - 8*t.cfg.Rest }

// Begin trims. It calls then, unless nil, in a later step, when no record of an entry
// that is executed now stands any more for what is in a state, and the states are on
// their way to disk. It does nothing, and returns false, while a trim is under way.
func (t *Trimmer) Begin(then func()) bool {
	if t.busy {
		return false
	}
	t.last = t.env.Now()
	keys := t.cfg.Objects.Warmed()
	if len(keys) == 0 && then == nil {
		return true
	}
	t.busy, t.rest, t.then = true, keys, then
	t.cfg.States.Save(func() { t.timer.Reset(0) })
	return true
}

// step cuts some logs.
func (t *Trimmer) step() {
	n := min(len(t.rest), maxCut)
	for _, k := range t.rest[:n] {
		if from, upto := t.cfg.Objects.Cut(k); from < upto {
			t.cfg.Cut(k, from, upto)
		}
	}
	t.rest = t.rest[n:]
	if len(t.rest) > 0 {
		t.timer.Reset(t.cfg.Pause)
		return
	}
	t.busy, t.rest = false, nil
	if t.then != nil {
		t.then()
	}
}
