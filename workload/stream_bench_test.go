package workload

import (
	"testing"
	"time"
)

// busy are workloads whose every part costs something.
func busy() map[string]Spec {
	all := map[string]Spec{
		"zipfian, Paxi's":  {Distribution: Distribution{Kind: Zipfian, S: 1.2}},
		"exponential":      {Distribution: Distribution{Kind: Exponential}},
		"normal":           {Distribution: Distribution{Kind: Normal, Speed: 1}},
		"hot":              {Distribution: Distribution{Hot: 0.1}},
		"versions":         {Operations: Operations{Get: 1, PutIf: 1, Modify: 1}, Reads: Reads{Log: 1, Local: 1, Index: 1}},
		"lognormal values": {Values: Values{Kind: Lognormal}, Operations: Operations{Put: 1}},
	}
	for _, s := range Presets() {
		all[s.Name] = s
	}
	return all
}

func TestStreamsDoNotAllocate(t *testing.T) {
	for name, s := range busy() {
		stream := plan(t, s, Run{Clients: 4, Zones: 2}).Stream(1)
		buf := make([]byte, 0, s.Values.Longest()+Stamp)
		for range 3000 { // what grows has grown
			op := stream.Next(time.Second, buf)
			stream.Ended(op.Kind, op.Key, true, 1)
		}
		if n := testing.AllocsPerRun(2000, func() {
			op := stream.Next(time.Second, buf)
			stream.Ended(op.Kind, op.Key, true, 1)
		}); n > 0 {
			t.Errorf("%s: an operation allocates %v times", name, n)
		}
	}
}

func BenchmarkNext(b *testing.B) {
	for name, s := range busy() {
		b.Run(name, func(b *testing.B) {
			stream := plan(b, s, Run{Clients: 4, Zones: 2}).Stream(1)
			buf := make([]byte, 0, s.Values.Longest()+Stamp)
			b.ReportAllocs()
			for b.Loop() {
				op := stream.Next(time.Second, buf)
				stream.Ended(op.Kind, op.Key, true, 1)
			}
		})
	}
}
