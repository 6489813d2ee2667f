package maelstrom

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// asked asks a service as a node does, and returns the answer in a few words.
func asked(t *testing.T, s service, from, text string) string {
	t.Helper()
	m, h, err := parse([]byte(fmt.Sprintf(`{"src":%q,"dest":"s","body":%s}`, from, text)))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(s.ask(m, h))
	if err != nil {
		t.Fatal(err)
	}
	var b struct {
		Type  string
		Code  int
		Value json.RawMessage
		TS    *int
	}
	if err := json.Unmarshal(answer, &b); err != nil {
		t.Fatal(err)
	}
	switch {
	case b.Type == "error":
		return fmt.Sprint(b.Code)
	case b.TS != nil:
		return fmt.Sprint(b.Type, *b.TS)
	}
	return b.Type + string(b.Value)
}

const (
	reads   = `{"type":"read","key":"x"}`
	creates = `{"type":"cas","key":"x","from":0,"to":1,"create_if_not_exists":true}`
	swaps   = `{"type":"cas","key":"x","from":1,"to":{"a":2}}`
)

func writes(v int) string { return fmt.Sprintf(`{"type":"write","key":"x","value":%d}`, v) }

// One node that asks one state sees what it wrote.
func TestServicesAnswer(t *testing.T) {
	for _, name := range []string{linStore, seqStore} {
		s := newServices(rand.New(rand.NewPCG(1, 1)))[name]
		for _, step := range []struct{ ask, want string }{
			{reads, "20"}, {swaps, "20"}, {creates, "cas_ok"}, {creates, "22"}, {swaps, "cas_ok"},
			{reads, `read_ok{"a":2}`}, {`{"type":"cas","key":"x","from":{"a":2.0},"to":null}`, "cas_ok"}, {reads, "read_oknull"},
			{writes(7), "write_ok"}, {reads, "read_ok7"}, {`{"type":"read"}`, "12"}, {`{"type":"write","key":1}`, "12"},
			{`{"type":"cas","key":1}`, "12"}, {`{"type":"dance"}`, "10"}, {`{"type":"read","key":"x","create_if_not_exists":3}`, "12"},
		} {
			if got := asked(t, s, "n0", step.ask); got != step.want {
				t.Errorf("%s: %s: %s, want %s", name, step.ask, got, step.want)
			}
		}
	}
	s := newServices(nil)[linClock]
	for want := range 3 {
		if got := asked(t, s, "n0", `{"type":"ts"}`); got != fmt.Sprint("ts_ok", want) {
			t.Error(got)
		}
	}
	if got := asked(t, s, "n0", reads); got != "10" {
		t.Error(got)
	}
}

// A node of seq-kv may see the past, though nothing that is older than what it has seen,
// or more than so many changes old. Who writes has seen all.
func TestSequentialStore(t *testing.T) {
	s := newServices(rand.New(rand.NewPCG(1, 1)))[seqStore]
	seen, stale := map[string]int{}, 0
	for v := 1; v < 2000; v++ {
		asked(t, s, "writer", writes(v))
		if got := asked(t, s, "writer", reads); got != fmt.Sprint("read_ok", v) {
			t.Fatalf("the writer reads %s after it has written %d", got, v)
		}
		name := fmt.Sprint("reader", v%3)
		got := 0
		if text := asked(t, s, name, reads); text != "20" {
			if _, err := fmt.Sscanf(text, "read_ok%d", &got); err != nil {
				t.Fatal(text)
			}
		}
		if got < seen[name] || got > v || got <= v-remembered {
			t.Fatalf("%s reads %d after %d, when %d is the newest", name, got, seen[name], v)
		}
		seen[name] = got
		if got < v {
			stale++
		}
	}
	if stale == 0 {
		t.Error("it is linearizable")
	}
}

// The replicas of lww-kv differ for a while, and agree once nobody writes.
func TestLastWriteWins(t *testing.T) {
	s := newServices(rand.New(rand.NewPCG(1, 1)))[lwwStore]
	for v := range 20 {
		asked(t, s, "n0", writes(v))
	}
	read := func() string {
		var all []string
		for range 50 {
			all = append(all, asked(t, s, "n0", reads))
		}
		return strings.Join(all, " ")
	}
	early := read()
	for range 10 {
		read()
	}
	late := read()
	if first, _, _ := strings.Cut(late, " "); strings.Count(late, first) != 50 {
		t.Errorf("they do not agree: %s", late)
	}
	if first, _, _ := strings.Cut(early, " "); strings.Count(early, first) == 50 {
		t.Errorf("they agreed from the beginning: %s", early)
	}
}
