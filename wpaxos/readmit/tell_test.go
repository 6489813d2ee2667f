package readmit_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
	"github.com/quorate/quorate/wpaxos/readmit"
)

// What a voter tells: all its keys, in bounded parts; also those that come meanwhile
// have numbers, behind the others.
func TestTell(t *testing.T) {
	w := newWard(t, true, 600)
	for i := range 40 {
		k := w.all.Put(fmt.Sprintf("key-%02d", i))
		switch {
		case i%4 == 1:
			k.Idle.Promised, k.Idle.Base = high, 7
		case i%4 == 2:
			o := w.all.Wake(k)
			o.Raise(middle)
			for s := range quorate.Slot(5) {
				o.Vote(middle, s, value(strings.Repeat("v", 200)))
			}
			o.CommitTo(middle, 1)
		case i%4 == 3:
			k.Idle.Promised = low
		}
	}
	w.hear(1, quorate.Hello{Incarnation: 5, Learner: true})
	ask := readmit.Recall{Round: quorate.Round{Incarnation: 5, Number: 1}, Life: 1, At: 3, From: 4}
	if got := w.answer(ask); got != nil {
		t.Fatal("it tells one that it has not fenced for")
	}
	w.hear(1, quorate.Fence{Round: ask.Round})
	told, parts := map[string][]string{}, 0
	for more := true; more; parts++ {
		m := w.answer(ask)
		if m == nil || m.Lost || parts == 0 && (m.At != 0 || m.From != 0) || parts > 0 && (m.Life != ask.Life || m.At != ask.At || m.From != ask.From) {
			t.Fatalf("part %d: %+v for %+v", parts, m, ask)
		}
		size := 0
		for _, k := range m.Keys {
			size += 32 + len(k.Key)
			told[k.Key] = append(told[k.Key], fmt.Sprint(k.Promised, k.Commit))
			for _, e := range k.Entries {
				size += 32 + core.Size(e.Commands)
				told[k.Key] = append(told[k.Key], e.Slot.String())
			}
		}
		if size > 600+400 {
			t.Errorf("part %d has %d bytes", parts, size)
		}
		more = m.More
		ask.Life, ask.At, ask.From = m.Life, m.Next, m.NextFrom
		if parts == 1 {
			w.all.Put("new").Idle.Promised = low
		}
	}
	if len(told) != 31 || parts < 10 {
		t.Errorf("%d keys in %d parts", len(told), parts)
	}
	for key, want := range map[string]string{"key-01": "[3@1.3 7]", "key-03": "[1@1.1 0]", "new": "[1@1.1 0]"} {
		w.want(key, fmt.Sprint(told[key]), want)
	}
	var slots []string
	for _, word := range told["key-38"] {
		if !strings.Contains(word, "@") {
			slots = append(slots, word)
		}
	}
	w.want("slots", fmt.Sprint(slots), "[1 2 3 4]")
	if w.all.Get("key-01").Open != nil {
		t.Error("a key was woken")
	}
}

// No part takes long to write, or to find.
func TestTellBounds(t *testing.T) {
	for _, tc := range []struct {
		name                 string
		keys, unused, chunk  int
		parts, most, scanned int
	}{
		{"bytes", 100, 0, 400, 10, 11, 11},
		{"keys", 3, 9000, 1 << 20, 3, 3, 4096},
	} {
		w := newWard(t, true, tc.chunk)
		for i := range tc.unused {
			w.all.Put(fmt.Sprint("unused", i))
		}
		for i := range tc.keys {
			w.all.Put(fmt.Sprintf("key-%02d", i)).Idle.Promised = low
		}
		ask := readmit.Recall{Round: quorate.Round{Incarnation: 5, Number: 1}}
		w.hear(1, quorate.Hello{Incarnation: 5, Learner: true})
		w.hear(1, quorate.Fence{Round: ask.Round})
		parts, told := 0, 0
		for more := true; more; parts++ {
			m := w.answer(ask)
			if len(m.Keys) > tc.most || m.Next-m.At > uint64(tc.scanned) {
				t.Fatalf("%s: %d keys in a part, of %d", tc.name, len(m.Keys), m.Next-m.At)
			}
			told, more = told+len(m.Keys), m.More
			ask.Life, ask.At = m.Life, m.Next
		}
		if told != tc.keys || parts < tc.parts {
			t.Errorf("%s: %d keys in %d parts", tc.name, told, parts)
		}
	}
}

// answer is what a ward says when it is asked by 1.2.
func (w *ward) answer(ask readmit.Recall) *readmit.Recalled {
	w.t.Helper()
	w.left = nil
	w.hear(1, ask)
	for _, e := range w.left {
		if m, ok := e.Msg.(readmit.Recalled); ok {
			return &m
		}
	}
	return nil
}
