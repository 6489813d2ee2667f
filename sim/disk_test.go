package sim

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

func diskRNG() *rand.Rand { return rand.New(rand.NewPCG(7, 0)) }

// someOps is a batch: two records and a range that goes.
func someOps() []quorate.RecordOp {
	return []quorate.RecordOp{
		{Type: "Vote", Key: quorate.RecordKey{Number: 3}, Data: []byte("a vote for x")},
		{Type: "Vote", Key: quorate.RecordKey{Number: 1}, Forget: true, To: 3},
		{Type: "State", Key: quorate.RecordKey{Scope: "k", Number: 9}, Data: []byte("the state of k")},
	}
}

func same(a, b []quorate.RecordOp) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := &a[i], &b[i]
		if x.Type != y.Type || x.Key != y.Key || x.Forget != y.Forget || x.To != y.To || !bytes.Equal(x.Data, y.Data) {
			return false
		}
	}
	return true
}

// TestTornFramesAreRefused: cut off at whatever byte, a batch is found out. Who
// is fooled takes what is there for records.
func TestTornFramesAreRefused(t *testing.T) {
	whole := appendFrame(nil, someOps())
	if got := parseFrame(whole, false); !same(got, someOps()) {
		t.Fatalf("a frame that is whole reads %+v", got)
	}
	part, wrong := 0, 0
	for cut := range whole {
		torn := bytes.Clone(whole)
		clear(torn[cut:])
		if bytes.Equal(torn, whole) {
			continue // only zeros were cut off
		}
		if got := parseFrame(torn, false); got != nil {
			t.Errorf("cut at byte %d of %d it reads %+v", cut, len(whole), got)
		}
		switch got := parseFrame(torn, true); {
		case len(got) > 0 && len(got) < len(someOps()):
			part++
		case len(got) == len(someOps()) && !same(got, someOps()):
			wrong++
		}
	}
	if part == 0 || wrong == 0 {
		t.Errorf("who is fooled read a part of the batch from %d cuts, and wrong records from %d: want some of both", part, wrong)
	}
}

func onDisk(d *disk) string {
	var texts []string
	for op, err := range d.records() {
		texts = append(texts, fmt.Sprint(op.Type, op.Key.Scope, op.Key.Number, string(op.Data), errors.Is(err, errDamaged)))
	}
	return fmt.Sprint(texts)
}

// TestCrashLeavesABatchOrNone: of the batch under way all is left, or nothing;
// of a torn one nothing, either, except on a fooled disk.
func TestCrashLeavesABatchOrNone(t *testing.T) {
	const none, all = "[]", "[Statek9the state of kfalse Vote3a vote for xfalse]"
	for _, test := range []struct {
		remains nemesis.Remains
		want    string
	}{{nemesis.Nothing, none}, {nemesis.All, all}, {nemesis.Torn, none}} {
		d := newDisk(Disk{}, diskRNG(), false)
		left := d.crash(someOps(), test.remains)
		if got := onDisk(d); got != test.want || (len(left) > 0) != (test.want == all) {
			t.Errorf("%q leaves %s, and says %v; want %s", test.remains, got, left, test.want)
		}
	}
	for seed := range uint64(100) {
		d := newDisk(Disk{}, rand.New(rand.NewPCG(seed, 0)), true)
		d.crash(someOps(), nemesis.Torn)
		if got := onDisk(d); got != none && got != all {
			return
		}
	}
	t.Error("no torn batch fools a disk without checksums")
}

func TestRotIsFoundOut(t *testing.T) {
	for _, fooled := range []bool{false, true} {
		d := newDisk(Disk{}, diskRNG(), fooled)
		if d.rot() {
			t.Error("an empty disk has a record that rots")
		}
		if err := d.commit(someOps()); err != nil {
			t.Fatal(err)
		}
		before := onDisk(d)
		if !d.rot() || onDisk(d) == before {
			t.Errorf("fooled %v: nothing rots", fooled)
		}
		if found := bytes.Contains([]byte(onDisk(d)), []byte("true")); found == fooled {
			t.Errorf("fooled %v: damage is found: %v", fooled, found)
		}
		if d.format(); onDisk(d) != "[]" {
			t.Errorf("an empty disk holds %s", onDisk(d))
		}
	}
}

// TestRotGoesWithItsRecord: what is written anew is as it was written.
func TestRotGoesWithItsRecord(t *testing.T) {
	d := newDisk(Disk{}, diskRNG(), true)
	vote := quorate.RecordOp{Type: "Vote", Data: []byte("old")}
	if err := d.commit([]quorate.RecordOp{vote}); err != nil || !d.rot() {
		t.Fatal("nothing rots", err)
	}
	d.records()
	vote.Data = []byte("new")
	if err := d.commit([]quorate.RecordOp{vote}); err != nil {
		t.Fatal(err)
	}
	if got, want := onDisk(d), "[Vote0newfalse]"; got != want {
		t.Errorf("after it was written anew the record reads %s, want %s", got, want)
	}
}

func TestFullDiskFailsOnce(t *testing.T) {
	d := newDisk(Disk{}, diskRNG(), false)
	d.full = true
	if err := d.commit(someOps()); err == nil {
		t.Fatal("a full disk took a batch")
	}
	if got := onDisk(d); got != "[]" { // which opens it anew
		t.Errorf("it holds %s", got)
	}
	if err := d.commit(someOps()); err != nil {
		t.Errorf("after a restart it takes nothing: %v", err)
	}
}

func TestSyncsTakeTime(t *testing.T) {
	const n = 20000
	model := Disk{Sync: time.Millisecond, Jitter: time.Millisecond}
	d := newDisk(model, diskRNG(), false)
	for range n {
		if l := d.latency(); l < model.Sync || l >= model.Sync+model.Jitter {
			t.Fatalf("a sync takes %v", l)
		}
	}
	d.extra = time.Second
	if l := d.latency(); l < time.Second+model.Sync {
		t.Errorf("a slow disk syncs in %v", l)
	}
	d.extra, d.model.Stall = 0, 0.1
	stalls := 0
	for range n {
		if d.latency() > model.Sync+model.Jitter {
			stalls++
		}
	}
	if stalls < n*9/100 || stalls > n*11/100 {
		t.Errorf("%d of %d syncs stall, want a tenth", stalls, n)
	}
}
