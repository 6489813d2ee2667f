package maelstrom

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/tester/results"
)

// workload is what clients do. Its methods but invoke are called one at a time.
type workload interface {
	// setUp tells the nodes what they must know before.
	setUp(ctx context.Context, c *call) error
	// next draws what a thread does next: the F and the Value of an invocation.
	next(rng *rand.Rand, thread int) history.Op
	// invoke does it, and returns its completion.
	invoke(ctx context.Context, c *call, op history.Op) history.Op
	// final is what each thread does once all is healed, if anything.
	final(thread int) (op history.Op, some bool)
	// check judges what clients saw, without what nemeses did.
	check(ctx context.Context, ops []history.Op) ([]results.Check, []failure)
}

// call is a client's way to the node that it asks.
type call struct {
	*caller
	node    string
	timeout time.Duration
}

// do asks for something, and wants an answer of the type with _ok behind it.
func (c *call) do(ctx context.Context, kind string, fields map[string]any) (reply, error) {
	if fields == nil {
		fields = map[string]any{}
	}
	fields["type"] = kind
	return c.call(ctx, c.node, fields, kind+"_ok", c.timeout)
}

// ended is the completion of an operation that has no result: of one that nobody knows
// the fate of, Info, unless it changes nothing.
func ended(op history.Op, err error, harmless bool) history.Op {
	op.Type = history.Info
	if rpc, ok := errors.AsType[*rpcError](err); ok {
		op.Error = []any{int64(rpc.code), rpc.text}
		if definite(rpc.code) {
			op.Type = history.Fail
		}
	} else {
		op.Error = history.Keyword("timeout")
	}
	if harmless {
		op.Type = history.Fail
	}
	return op
}

// asked is the node that a process asks.
func (c *Config) asked(process int) string {
	names := c.names()
	return names[process%c.Concurrency%len(names)]
}

// allRead doubts a test in which a node that was asked in the end has not answered: what
// it has nobody knows.
func (c *Config) allRead(ops []history.Op) (results.Valid, string) {
	silent := map[string]bool{}
	finals := 0
	for _, op := range ops {
		switch node := c.asked(op.Process); {
		case op.Extra == nil:
		case op.Type == history.Invoke:
			if _, known := silent[node]; !known {
				silent[node] = true
			}
		case op.Type == history.OK:
			silent[node] = false
			finals++
		}
	}
	if finals == 0 {
		return results.Unknown, "there was no final read"
	}
	for _, node := range c.names() {
		if silent[node] {
			return results.Unknown, fmt.Sprintf("node %s has answered no final read", node)
		}
	}
	return results.True, ""
}

// kind is a workload by its name.
type kind struct {
	name, about string
	make        func(c *Config) workload
}

// The names of workloads.
const (
	linKV     = "lin-kv"
	echo      = "echo"
	uniqueIDs = "unique-ids"
	broadcast = "broadcast"
	gSet      = "g-set"
	gCounter  = "g-counter"
	pnCounter = "pn-counter"
)

func kinds() []kind {
	return []kind{
		{linKV, "registers that are read, written, and compared and set: linearizable", newRegisters},
		{echo, "what is sent comes back", func(*Config) workload { return &echoes{} }},
		{uniqueIDs, "all numbers that nodes make up are different ones", func(*Config) workload { return &ids{} }},
		{broadcast, "what is told to a node, all nodes know in the end", func(c *Config) workload { return &grows{cfg: c, add: "broadcast", field: "message", found: "messages"} }},
		{gSet, "elements that are added to a set are there in the end", func(c *Config) workload { return &grows{cfg: c, add: "add", field: "element", found: "value"} }},
		{gCounter, "what is added to a counter is its value in the end", func(c *Config) workload { return &counter{cfg: c} }},
		{pnCounter, "the same, and some of it is negative", func(c *Config) workload { return &counter{cfg: c, down: true} }},
	}
}

// Workloads returns the names of the workloads.
func Workloads() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Absent returns the names of Maelstrom's workloads that are not here.
func Absent() []string { return []string{"kafka", "txn-list-append", "txn-rw-register", "lin-mutex"} }

// unknownWorkload says why a name is none of a workload.
func unknownWorkload(name string) string {
	if slices.Contains(Absent(), name) {
		return " is one of Maelstrom's that is not offered here"
	}
	return spelling.Hint(name, Workloads(), "")
}

// About says what a workload is about.
func About(name string) string {
	for _, k := range kinds() {
		if k.name == name {
			return k.about
		}
	}
	return ""
}

func (c *Config) work() workload {
	for _, k := range kinds() {
		if k.name == c.Workload {
			return k.make(c)
		}
	}
	panic("maelstrom: workload " + c.Workload) // Validate has found it
}
