package wpaxos_test

import (
	"flag"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wpaxos"
)

var idleKeys = flag.Int("keys", 20_000, "how many keys TestIdleKeys writes")

// heapBytes returns the bytes that are in use.
func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// alone is a cluster of one, whose disk forgets.
type alone struct {
	t       *testing.T
	node    *quorate.Node
	replica *wpaxos.Replica
	app     *quorate.Once
	now     time.Duration
}

func (a *alone) flush() {
	drop := func(quorate.Envelope) {}
	for {
		a.node.Tick(a.now)
		b := a.node.Flush(drop)
		if b.Empty() {
			return
		}
		a.node.Synced(b, drop)
	}
}

// write writes n keys and waits until all rest.
func (a *alone) write(from, n int) {
	for i := from; i < from+n; i++ {
		c := quorate.Command{Client: 1, Seq: uint64(i) + 1, Issued: a.now, Op: quorate.OpPut, Key: fmt.Sprintf("key%09d", i), Value: fmt.Appendf(nil, "%08d", i)}
		if err := a.node.Receive(a.now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
			a.t.Fatal(err)
		}
		if i%100 == 99 {
			a.now += time.Millisecond
			a.flush()
		}
	}
	for end := a.now + time.Hour; a.now < end && (a.app.Outcomes() > 0 || a.replica.Report().Retained > 0 || wpaxos.Awake(a.replica) > 0); {
		for range 1000 {
			a.now, _ = a.node.Deadline()
			a.flush()
		}
	}
	if awake := wpaxos.Awake(a.replica); awake > 0 || a.app.Outcomes() > 0 || a.replica.Report().Pending > 0 {
		a.t.Fatalf("%d are awake, %d outcomes, %+v", awake, a.app.Outcomes(), a.replica.Report())
	}
}

// TestIdleKeys: what a key takes that was written and rests. Of about 300 bytes, all
// told, about half are the state machine's and the outcomes', in one table with the
// name; the rest is the name once more, the value, and the object.
func TestIdleKeys(t *testing.T) {
	cluster, err := quorate.Grid(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	n, err := quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	a := &alone{t: t, node: n, now: time.Hour, app: quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{Horizon: time.Second})}
	if a.replica, err = wpaxos.New(n, a.app, wpaxos.Config{}); err != nil {
		t.Fatal(err)
	}
	if err := n.Start(a.now, nil); err != nil {
		t.Fatal(err)
	}
	a.write(0, 10_000) // what does not grow with the keys is there now
	before := heapBytes()
	a.write(10_000, *idleKeys)
	each := float64(heapBytes()-before) / float64(*idleKeys)
	t.Logf("%d keys: %.0f bytes each", *idleKeys, each)
	if each > 330 {
		t.Errorf("a key at rest takes %.0f bytes", each)
	}
	runtime.KeepAlive(a)
}
