package epaxos_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos"
	"github.com/quorate/quorate/internal/trio"
)

// build makes a replica with the usual settings.
func build(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return epaxos.New(n, app, epaxos.Config{})
}

// BenchmarkCommit gives the time of one command on all three replicas together.
// The clients of each are a third; half of the commands read. So three instances
// are under way at a time, which interfere if they touch a key in common.
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
			b.ReportAllocs()
			for b.Loop() {
				if seq++; seq%64 == 0 {
					tr.Now += 200 * time.Microsecond
				}
				key := keys[seq*7919%uint64(len(keys))]
				c := quorate.Command{Client: 1, Seq: seq, Issued: tr.Now, Op: quorate.OpGet, Key: key}
				if seq*0x9e3779b97f4a7c15>>63 == 1 {
					c.Op, c.Value = quorate.OpPut, value
				}
				_ = tr.Nodes[seq%3].Receive(tr.Now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Second})
				if seq%uint64(load.batch) == 0 {
					tr.Run()
				}
			}
			tr.Wait(b, int(seq))
			b.ReportMetric(float64(tr.Messages)/float64(seq), "messages/op")
			b.ReportMetric(float64(tr.Bytes)/float64(seq), "bytes/op")
		})
	}
}
