package wpaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/trio"
	"github.com/quorate/quorate/wpaxos"
)

// build makes a replica with the usual settings.
func build(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return wpaxos.New(n, app, wpaxos.Config{})
}

// BenchmarkCommit gives the time of one command on all three replicas together. All
// ask the same replica, which owns all keys; half of the commands read.
func BenchmarkCommit(b *testing.B) {
	for _, load := range []struct{ batch, keys int }{{1, 1000}, {64, 1000}, {64, 100_000}, {64, 1}} {
		b.Run(fmt.Sprintf("batch=%d/keys=%d", load.batch, load.keys), func(b *testing.B) {
			tr := trio.New(b, build)
			keys := make([]string, load.keys)
			for i := range keys {
				keys[i] = fmt.Sprint("key", i)
			}
			value := make([]byte, 100)
			seq := uint64(0)
			ask := func(key string, read bool) {
				seq++
				c := quorate.Command{Client: 1, Seq: seq, Issued: tr.Now, Op: quorate.OpPut, Key: key, Value: value}
				if read {
					c.Op, c.Value = quorate.OpGet, nil
				}
				if err := tr.Nodes[0].Receive(tr.Now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
					b.Fatal(err)
				}
				if seq%uint64(load.batch) == 0 {
					tr.Now += time.Duration(load.batch) * 5 * time.Microsecond
					tr.Run()
				}
			}
			for _, key := range keys { // each is owned now
				ask(key, false)
			}
			tr.Run()
			tr.Messages, tr.Bytes = 0, 0
			first := seq
			b.ReportAllocs()
			for b.Loop() {
				h := (seq + 1) * 0x9e3779b97f4a7c15
				ask(keys[h>>32%uint64(len(keys))], h>>63 == 1)
			}
			tr.Wait(b, int(seq))
			b.ReportMetric(float64(tr.Messages)/float64(seq-first), "messages/op")
			b.ReportMetric(float64(tr.Bytes)/float64(seq-first), "bytes/op")
		})
	}
}

// A member that was cut off while many keys were written has them all within seconds
// of its return.
func TestReturnedMemberCatchesUp(t *testing.T) {
	const keys = 5000
	tr := trio.New(t, build)
	pass := func(d time.Duration) {
		for end := tr.Now + d; tr.Now < end; tr.Now += 10 * time.Millisecond {
			tr.Run()
		}
	}
	tr.Cut = tr.Nodes[2].ID()
	for i := range keys {
		c := quorate.Command{Client: 1, Seq: uint64(i) + 1, Issued: tr.Now, Op: quorate.OpPut, Key: fmt.Sprint("key", i), Value: []byte("v")}
		if err := tr.Nodes[0].Receive(tr.Now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if i%100 == 99 {
			pass(10 * time.Millisecond)
		}
	}
	pass(15 * time.Second) // those that were told of lately are told again, without it
	tr.Cut = 0
	pass(2 * time.Second)
	if all, got := len(tr.Apps[0].Keys()), len(tr.Apps[2].Keys()); all != keys || got != keys {
		t.Errorf("of %d keys that were written the others have %d, it has %d", keys, all, got)
	}
}
