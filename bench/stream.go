package bench

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Source is where randomness comes from: a generator of one loop's own.
type Source = *rand.Rand

// Uniform chooses every key equally often.
func Uniform(cfg Config, _ int, rng Source) func(time.Duration) int {
	return func(time.Duration) int { return rng.IntN(cfg.Keys) }
}

// Conflicting chooses the first key, which all loops share, as often as
// Config.Conflicts says, and else a key that only this loop uses.
func Conflicting(cfg Config, loop int, rng Source) func(time.Duration) int {
	return func(time.Duration) int {
		if rng.Float64() < cfg.Conflicts {
			return 0
		}
		return 1 + loop
	}
}

// stream is what one loop asks for, as the seed has it.
type stream struct {
	cfg   Config
	loop  int
	count uint64
	keys  []string
	rng   Source
	next  func(now time.Duration) int
	first []int  // keys to write before anything else
	value []byte // of the last write
	last  quorate.Op
}

// stamp is the length of what makes a value unique: 4 hexadecimal digits of
// the loop, 12 of a count. A value repeats it up to its size, so that a read
// can tell whether it got all of a value, and a history need keep no more.
const stamp = 16

func newStream(cfg Config, loop int, keys []string) *stream {
	rng := rand.New(rand.NewPCG(cfg.Seed, uint64(loop)))
	return &stream{
		cfg: cfg, loop: loop, keys: keys, rng: rng, next: cfg.Choose(cfg, loop, rng), first: cfg.preload(loop),
		value: make([]byte, 0, cfg.ValueSize+stamp),
	}
}

// keyNames returns the names of the keys, shared by all loops.
func keyNames(prefix string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strconv.Itoa(i)
	}
	return names
}

// op returns the next operation, of a client that began so long ago. Its value
// holds until the next call.
func (s *stream) op(now time.Duration) client.Op {
	if len(s.first) > 0 {
		key := s.first[0]
		s.first = s.first[1:]
		return s.put(key)
	}
	key := s.next(now)
	if s.rng.Float64() < s.cfg.WriteRatio {
		return s.put(key)
	}
	s.last = quorate.OpGet
	return client.Op{Kind: quorate.OpGet, Key: s.keys[key], Read: s.cfg.Read}
}

func (s *stream) put(key int) client.Op {
	s.count++
	s.value = appendValue(s.value[:0], s.loop, s.count, s.cfg.ValueSize)
	s.last = quorate.OpPut
	return client.Op{Kind: quorate.OpPut, Key: s.keys[key], Read: quorate.ReadLog, Value: s.value}
}

// appendValue appends a value of the given size to dst. A size below that of
// the stamp keeps the end of it, which is no longer unique.
func appendValue(dst []byte, loop int, count uint64, size int) []byte {
	const digits = "0123456789abcdef"
	var mark [stamp]byte
	for i, x := stamp-1, count&(1<<48-1)|uint64(loop)<<48; i >= 0; i, x = i-1, x>>4 {
		mark[i] = digits[x&15]
	}
	if size < stamp {
		return append(dst, mark[stamp-size:]...)
	}
	from := len(dst)
	dst = append(dst, mark[:]...)
	for len(dst)-from < size {
		dst = append(dst, dst[from:from+min(len(dst)-from, size-(len(dst)-from))]...)
	}
	return dst
}

// abridge returns what the history keeps of a value: its stamp if the rest
// follows from it, all of it and a mark if not. So a value that came back
// damaged or cut short is not the one that was written.
func (s *stream) abridge(value []byte) []byte {
	switch n := len(value); {
	case n != s.cfg.ValueSize:
		return append(bytes.Clone(value), "(damaged)"...)
	case n <= stamp:
		return value
	case bytes.Equal(value[stamp:], value[:n-stamp]):
		return value[:stamp]
	}
	return append(bytes.Clone(value), "(damaged)"...)
}
