package journal_test

import (
	"strconv"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
)

// BenchmarkManyScopes is what a log for each key writes: a slot, and when it is trimmed
// the state and where the log begins, in batches of 32 keys.
func BenchmarkManyScopes(b *testing.B) {
	for _, keys := range []int{1000, 200_000} {
		b.Run(strconv.Itoa(keys), func(b *testing.B) {
			m := journal.NewMemory()
			scopes := make([]string, keys)
			for i := range scopes {
				scopes[i] = "key" + strconv.Itoa(i)
			}
			data := make([]byte, 120)
			var ops []quorate.RecordOp
			step := func(first, slot uint64) {
				ops = ops[:0]
				for i := range uint64(32) {
					key := quorate.RecordKey{Scope: scopes[(first+i)*7919%uint64(keys)], Number: slot}
					ops = append(ops, quorate.RecordOp{Type: "wpaxos.Accepted", Key: key, Data: data})
				}
				if err := m.Commit(ops); err != nil {
					b.Fatal(err)
				}
				ops = ops[:0]
				for i := range uint64(32) {
					scope := scopes[(first+i)*7919%uint64(keys)]
					ops = append(ops, quorate.RecordOp{Type: "quorate.KeyState", Key: quorate.RecordKey{Scope: scope}, Data: data},
						quorate.RecordOp{Type: "wpaxos.Accepted", Key: quorate.RecordKey{Scope: scope}, To: slot + 1, Forget: true},
						quorate.RecordOp{Type: "wpaxos.Trimmed", Key: quorate.RecordKey{Scope: scope}, Data: data[:20]},
						quorate.RecordOp{Type: "wpaxos.Promise", Key: quorate.RecordKey{Scope: scope}, To: 1, Forget: true})
				}
				if err := m.Commit(ops); err != nil {
					b.Fatal(err)
				}
			}
			for i := range uint64(keys) / 32 {
				step(i*32, 1)
			}
			n := uint64(0)
			b.ReportAllocs()
			for b.Loop() {
				if n++; n%32 == 0 {
					step(n, 2)
				}
			}
		})
	}
}
