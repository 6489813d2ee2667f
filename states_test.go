package quorate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// keeper is a node that has nothing but states.
type keeper struct {
	*quorate.Node
	app    *quorate.Once
	states *quorate.States
	now    time.Duration
}

func newKeeper(t *testing.T, disk *journal.Memory) *keeper {
	t.Helper()
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{app: quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})}
	if k.Node, err = quorate.NewNode(quorate.NodeConfig{ID: cluster.ID(0), Cluster: cluster, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	k.states = quorate.NewStates(k.Node, k.app, quorate.StatesConfig{}, func() quorate.Slot { return 0 }, func(quorate.Slot) {})
	if err := k.Start(0, disk.Open().Records()); err != nil {
		t.Fatal(err)
	}
	return k
}

// write executes n writes on a key, all within the horizon.
func (k *keeper) write(key string, from, n uint64, issued time.Duration) {
	for i := range n {
		c := quorate.Command{Client: 1<<60 + 7, Seq: from + i, Issued: issued, Op: quorate.OpPut, Key: key, Value: []byte("v")}
		k.app.Apply(c)
		k.states.Changed(&c)
	}
}

// save persists what changed and returns how the records are called.
func (k *keeper) save(t *testing.T, disk *journal.Memory) string {
	t.Helper()
	saved := false
	k.states.Save(func() { saved = true })
	var ops []quorate.RecordOp
	for !saved {
		k.now += time.Second
		k.Tick(k.now)
		b := k.Flush(func(quorate.Envelope) {})
		ops = append(ops, b.Records...)
		if err := disk.Open().Commit(b.Records); err != nil {
			t.Fatal(err)
		}
		k.Synced(b, func(quorate.Envelope) {})
	}
	return texts(ops)
}

// A key may be written a million times within the horizon of the outcome
// tables. Its state then takes several records, is found whole again, and leaves
// nothing behind when it shrinks.
func TestStatesOfHotKeys(t *testing.T) {
	disk := journal.NewMemory()
	k := newKeeper(t, disk)
	k.write("cold", 1, 3, time.Hour)
	k.write("hot", 1, 1_000_000, time.Hour)
	if got := k.save(t, disk); !strings.HasPrefix(got, "0 0 1 2 3 ") || strings.Contains(got, "forget") {
		t.Fatalf("records %s: want one of the cold key and many of the hot one", got)
	}
	again := newKeeper(t, disk)
	if got, want := again.app.Snapshot(nil, "hot"), k.app.Snapshot(nil, "hot"); string(got) != string(want) {
		t.Fatalf("%d bytes were recovered, want the %d that were saved", len(got), len(want))
	}
	again.write("hot", 2_000_000, 40_000, 2*time.Hour) // the horizon passes the others
	got := again.save(t, disk)
	var parts, low, high int
	if n, err := fmt.Sscanf(got, "0 forget[%d,%d)", &low, &high); n != 2 || err != nil || low != 1 || high < 15 {
		if n, err = fmt.Sscanf(got, "0 %d forget[%d,%d)", &parts, &low, &high); n != 3 || err != nil || low != 2 || high < 15 {
			t.Fatalf("records %s: want few, and that the others are forgotten", got)
		}
	}
	last := newKeeper(t, disk)
	if string(last.app.Snapshot(nil, "hot")) != string(again.app.Snapshot(nil, "hot")) || last.app.Outcomes() != again.app.Outcomes() {
		t.Error("the shorter state was not recovered")
	}
	if got := again.save(t, disk); got != "" {
		t.Errorf("records %s though nothing changed", got)
	}
}
