package trex_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/trio"
	"github.com/quorate/quorate/trex"
)

// build makes a replica with the usual settings.
func build(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) {
	return trex.New(n, app, trex.Config{})
}

// BenchmarkCommit gives the time of one command on all three replicas together.
func BenchmarkCommit(b *testing.B) {
	for _, batch := range []int{1, 64} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			tr := trio.New(b, build)
			leader := tr.Nodes[tr.Leader()]
			keys := make([]string, 1000)
			for i := range keys {
				keys[i] = fmt.Sprint("key", i)
			}
			value := make([]byte, 100)
			seq := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				if seq++; seq%64 == 0 {
					tr.Now += 20 * time.Microsecond
				}
				c := quorate.Command{Client: 1, Seq: seq, Issued: tr.Now, Op: quorate.OpPut, Key: keys[seq%1000], Value: value}
				_ = leader.Receive(tr.Now, quorate.Route(1), quorate.Request{Command: c, Timeout: time.Second})
				if seq%uint64(batch) == 0 {
					tr.Run()
				}
			}
			tr.Wait(b, int(seq))
		})
	}
}
