package quorate_test

import (
	"slices"
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
		ops = append(ops, k.sync(t, disk)...)
	}
	return texts(append(ops, k.sync(t, disk)...))
}

// sync makes one batch durable, and returns it.
func (k *keeper) sync(t *testing.T, disk *journal.Memory) []quorate.RecordOp {
	t.Helper()
	k.now += time.Second
	k.Tick(k.now)
	b := k.Flush(func(quorate.Envelope) {})
	ops := slices.Clone(b.Records)
	if b.Empty() {
		return nil
	}
	if err := disk.Open().Commit(b.Records); err != nil {
		t.Fatal(err)
	}
	k.Synced(b, func(quorate.Envelope) {})
	return ops
}

// A key may be written a million times within the horizon of the outcome
// tables. Its state then takes several records, is found whole again, and leaves
// nothing behind when it shrinks.
func TestStatesOfHotKeys(t *testing.T) {
	disk := journal.NewMemory()
	k := newKeeper(t, disk)
	k.write("cold", 1, 3, time.Hour)
	k.write("hot", 1, 1_000_000, time.Hour)
	if got := k.save(t, disk); !strings.HasPrefix(got, "0 1 2 3 4 ") || !strings.HasSuffix(got, " 0") || strings.Contains(got, "forget") {
		t.Fatalf("records %s: want one of the cold key, many of the hot one, and which these are", got)
	}
	again := newKeeper(t, disk)
	if got, want := again.app.Snapshot(nil, "hot"), k.app.Snapshot(nil, "hot"); string(got) != string(want) {
		t.Fatalf("%d bytes were recovered, want the %d that were saved", len(got), len(want))
	}
	again.write("hot", 2_000_000, 40_000, 2*time.Hour) // the horizon passes the others
	got := again.save(t, disk)
	if !strings.HasPrefix(got, "0 forget[1,17)") {
		t.Fatalf("records %s: want one, and that the others are forgotten", got)
	}
	last := newKeeper(t, disk)
	if string(last.app.Snapshot(nil, "hot")) != string(again.app.Snapshot(nil, "hot")) || last.app.Outcomes() != again.app.Outcomes() {
		t.Error("the shorter state was not recovered")
	}
	if got := again.save(t, disk); got != "" {
		t.Errorf("records %s though nothing changed", got)
	}
}

// While a large state is written, part by part, the earlier one is what a crash
// leaves. Parts that nobody names go with the next state.
func TestStatesOfHotKeysCrash(t *testing.T) {
	seen := ""
	for crash := range 6 {
		disk := journal.NewMemory()
		k := newKeeper(t, disk)
		k.write("hot", 1, 90_000, time.Hour)
		if got := k.save(t, disk); got != "1 2 0" {
			t.Fatalf("records %s: want two parts, and which", got)
		}
		old := k.app.Snapshot(nil, "hot")
		k.write("hot", 100_000, 100_000, time.Hour)
		fresh := k.app.Snapshot(nil, "hot")
		k.states.Save(func() {})
		for range crash {
			k.sync(t, disk)
		}
		again := newKeeper(t, disk)
		switch got := again.app.Snapshot(nil, "hot"); {
		case string(got) == string(old):
			seen += "o"
		case string(got) == string(fresh):
			seen += "n"
			if n := count(t, disk); n != 1+(len(fresh)+1<<20-1)>>20 {
				t.Errorf("%d records of %d bytes: the parts of the earlier state are there", n, len(fresh))
			}
		default:
			t.Fatalf("after %d batches %d bytes are recovered, old are %d, new %d", crash, len(got), len(old), len(fresh))
		}
		again.write("hot", 300_000, 1, 3*time.Hour) // the horizon passes all others
		if records := again.save(t, disk); len(strings.Fields(records)) > 2 {
			t.Fatalf("records %s: want one, and that the others are forgotten", records)
		}
		if n := count(t, disk); n != 1 {
			t.Errorf("after %d batches and another save there are %d records", crash, n)
		}
	}
	if seen != "ooonnn" {
		t.Errorf("after each number of batches the old state or the new one: %s", seen)
	}
}

// count returns the number of records.
func count(t *testing.T, disk *journal.Memory) (n int) {
	t.Helper()
	for _, err := range disk.Open().Records() {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// A state that another replica sends replaces one that is being written, part by
// part, at the time: that is older.
func TestStatesInstalledWhileALargeOneIsSaved(t *testing.T) {
	disk := journal.NewMemory()
	k := newKeeper(t, disk)
	k.write("hot", 1, 200_000, time.Hour)
	saved := false
	k.states.Save(func() { saved = true })
	k.sync(t, disk)
	other := newKeeper(t, journal.NewMemory())
	other.write("hot", 1, 300_000, 2*time.Hour)
	state := other.app.Snapshot(nil, "hot")

	from := k.Cluster().ID(1)
	var asked quorate.StateRequest
	k.states.Fetch(from)
	b := k.Flush(func(e quorate.Envelope) { asked, _ = e.Msg.(quorate.StateRequest) })
	if err := disk.Open().Commit(b.Records); err != nil {
		t.Fatal(err)
	}
	k.Synced(b, func(quorate.Envelope) {})
	chunk := quorate.StateChunk{Serial: asked.Serial, Upto: 1000, Parts: []quorate.StatePart{{Key: "hot", Data: state}}, Last: true}
	if err := k.Receive(k.now, from, chunk); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		k.sync(t, disk)
	}
	if !saved {
		t.Error("the save does not end")
	}
	if got := newKeeper(t, disk).app.Snapshot(nil, "hot"); string(got) != string(state) {
		t.Errorf("%d bytes are recovered, want the %d that were received", len(got), len(state))
	}
}
