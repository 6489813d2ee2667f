package quorate

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/quorate/quorate/internal/cputime"
)

// BenchmarkOnceApply is the hot path of execution: 1000 keys, 64 clients, half
// of the commands writes, at 150,000 commands per second of Issued.
func BenchmarkOnceApply(b *testing.B) {
	load := newLoad(1000, 64)
	once := NewOnce(NewKV(KVConfig{}), OnceConfig{})
	for range 4_000_000 { // fill the horizon
		once.Apply(load.next())
	}
	b.ReportAllocs()
	for b.Loop() {
		once.Apply(load.next())
	}
	b.ReportMetric(float64(once.Outcomes()), "outcomes")
}

// BenchmarkOnceApplyManyKeys has few keys and many, all of which were written before,
// and slots of 64 commands that are foreseen or not. What is known of one of many keys
// is in no cache.
func BenchmarkOnceApplyManyKeys(b *testing.B) {
	for _, keys := range []int{1000, 1_000_000} {
		load := newLoad(keys, 64)
		once := NewOnce(NewKV(KVConfig{}), OnceConfig{})
		for i, key := range load.keys {
			once.Apply(Command{Client: 1, Seq: uint64(i) + 1, Op: OpPut, Key: key, Value: load.value})
		}
		runtime.GC()
		slot := make([]Command, 64)
		for _, foreseen := range []bool{false, true} {
			b.Run(fmt.Sprintf("keys=%d/foreseen=%v", keys, foreseen), func(b *testing.B) {
				began, _ := cputime.Used()
				for i := 0; i < b.N; i += len(slot) {
					for at := range slot {
						slot[at] = load.next()
					}
					if foreseen {
						once.Foresee(slot)
					}
					for at := range slot {
						once.Apply(slot[at])
						once.change(slot[at].Key)
					}
				}
				ended, _ := cputime.Used()
				b.ReportMetric(float64((ended-began).Nanoseconds())/float64(b.N), "cpu-ns/op")
			})
		}
		runtime.KeepAlive(once)
	}
}

// BenchmarkOnceApplyHotKey has all writes on one key, so that one table holds
// the whole horizon.
func BenchmarkOnceApplyHotKey(b *testing.B) {
	load := newLoad(1, 64)
	once := NewOnce(NewKV(KVConfig{}), OnceConfig{})
	for range 4_000_000 {
		once.Apply(load.next())
	}
	b.ReportAllocs()
	for b.Loop() {
		once.Apply(load.next())
	}
	b.ReportMetric(float64(once.Outcomes()), "outcomes")
}

// BenchmarkOnceRetry answers writes from the table.
func BenchmarkOnceRetry(b *testing.B) {
	load := newLoad(1000, 64)
	once := NewOnce(NewKV(KVConfig{}), OnceConfig{})
	var last []Command
	for range 1_000_000 {
		c := load.next()
		once.Apply(c)
		if c.Op == OpPut && len(last) < 1000 {
			last = append(last, c)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		once.Apply(last[i%len(last)])
		i++
	}
}

func BenchmarkKVApply(b *testing.B) {
	load := newLoad(1000, 64)
	kv := NewKV(KVConfig{History: 4})
	for range 20_000 {
		kv.Apply(load.next())
	}
	b.ReportAllocs()
	for b.Loop() {
		kv.Apply(load.next())
	}
}

// BenchmarkIdleKeyMemory measures what a key costs when its table has been
// trimmed: key and value of 16 bytes each included.
func BenchmarkIdleKeyMemory(b *testing.B) {
	const keys = 1 << 20
	for b.Loop() {
		before := heap()
		once := NewOnce(NewKV(KVConfig{}), OnceConfig{})
		for i := range keys {
			once.Apply(Command{Client: 1, Seq: uint64(i), Op: OpPut, Key: fmt.Sprintf("key-%012d", i), Value: make([]byte, 16)})
		}
		written := heap() - before
		for _, c := range once.Trims(time.Hour, keys) {
			once.Apply(c)
		}
		b.ReportMetric(float64(written)/keys, "bytes/written-key")
		b.ReportMetric(float64(heap()-before)/keys, "bytes/idle-key")
		runtime.KeepAlive(once)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// load is a steady mix of commands.
type load struct {
	keys  []string
	seqs  []uint64
	value []byte
	i     uint64
}

func newLoad(keys, clients int) *load {
	l := &load{seqs: make([]uint64, clients), value: make([]byte, 100)}
	for i := range keys {
		l.keys = append(l.keys, fmt.Sprintf("key-%d", i))
	}
	return l
}

func (l *load) next() Command {
	l.i++
	r := l.i * 0x9e3779b97f4a7c15
	client := l.i % uint64(len(l.seqs))
	l.seqs[client]++
	c := Command{
		Client: Client(client * 0xd6e8feb86659fd93),
		Seq:    l.seqs[client],
		Issued: time.Duration(l.i) * time.Second / 150_000,
		Op:     OpGet,
		Key:    l.keys[r>>32%uint64(len(l.keys))],
	}
	if r>>20&1 == 0 {
		c.Op, c.Value = OpPut, l.value
	}
	return c
}
