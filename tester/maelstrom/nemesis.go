package maelstrom

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/sleep"
	"github.com/quorate/quorate/nemesis"
	"github.com/quorate/quorate/tester/results"
)

// The purposes for which chance is drawn: what worker i asks for, and when, are drawsWorkers
// + 2i and the next.
const (
	drawsPartitions = iota
	drawsWorkers
	drawsServices = 1 << 32
)

func (c *Config) draws(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, purpose)) }

// partitions cuts the network and heals it, until ctx ends.
func (r *run) partitions(ctx context.Context) {
	shapes, err := r.cfg.shapes()
	if err != nil || len(shapes) == 0 {
		return // Validate has seen them
	}
	members, err := quorate.Grid(1, r.cfg.Nodes)
	if err != nil {
		return
	}
	rng := r.cfg.draws(drawsPartitions)
	done := results.Fault{Nemesis: anyShape}
	wait := func() bool { return sleep.For(ctx, time.Duration((0.5+rng.Float64())*float64(r.cfg.Interval))) }
	for wait() {
		shape := shapes[rng.IntN(len(shapes))]
		grudge, err := nemesis.Cut(shape, members, rng)
		if err != nil {
			done.Errors++
			continue
		}
		began := r.book.now()
		r.cut(shape, grudge)
		more := wait()
		r.heal(shape)
		done.Times++
		done.Active += r.book.now() - began
		if !more {
			break
		}
	}
	r.faults = []results.Fault{done}
}

// cut makes a partition: node i does not hear those of grudge[i].
func (r *run) cut(shape string, grudge []quorate.Set) {
	names := r.cfg.names()
	drop := map[string]map[string]bool{}
	var said history.Map
	for i, name := range names {
		var deaf []any
		for j, other := range names {
			if j != i && grudge[i].Has(j) {
				if drop[name] == nil {
					drop[name] = map[string]bool{}
				}
				drop[name][other] = true
				deaf = append(deaf, other)
			}
		}
		if deaf != nil {
			said = append(said, history.Entry{Key: name, Value: deaf})
		}
	}
	op := history.Op{Process: history.Nemesis, Type: history.Info, F: "start-" + anyShape, Value: shape}
	r.book.write(op)
	r.net.partition(drop)
	r.book.partitioned(shape)
	op.Value = history.Map{{Key: history.Keyword("shape"), Value: shape}, {Key: history.Keyword("does-not-hear"), Value: said}}
	r.book.write(op)
}

func (r *run) heal(shape string) {
	op := history.Op{Process: history.Nemesis, Type: history.Info, F: "stop-" + anyShape, Value: shape}
	r.book.write(op)
	r.net.partition(nil)
	r.book.partitioned("")
	r.book.write(op)
}
