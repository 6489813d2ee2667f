package history

import (
	"bytes"
	"fmt"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	const calls = 20000
	var ops []Op
	for i := range calls {
		v := []any{fmt.Sprintf("key%d", i%1000), int64(i)}
		for _, kind := range []Type{Invoke, OK} {
			ops = append(ops, Op{Index: len(ops), Process: i % 64, Type: kind, F: "write", Value: v})
		}
	}
	for name, form := range map[string]func(*bytes.Buffer) error{
		"edn":   func(w *bytes.Buffer) error { return WriteEDN(w, ops) },
		"jsonl": func(w *bytes.Buffer) error { return WriteJSONL(w, ops) },
	} {
		b.Run(name, func(b *testing.B) {
			var text bytes.Buffer
			if err := form(&text); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(text.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(bytes.NewReader(text.Bytes())); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*calls), "ns/call")
		})
	}
}
