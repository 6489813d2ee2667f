package diagram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
	"github.com/quorate/quorate/sim/diagram"
)

func write(t testing.TB, meta sim.TraceMeta, events []sim.TraceEvent) string {
	t.Helper()
	var page bytes.Buffer
	if err := diagram.Write(&page, meta, events); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// page is the data as a page holds it.
type page struct {
	Title, Seed, Hash, Command, Broken string
	Lanes, Strings                     []string
	Members                            int
	Kinds                              map[string]int
	Cats                               []struct {
		Group, Name, Paint string
		Dashed             bool
		Count              int
	}
	Events struct {
		At, Slot                                       []int64
		Kind, Lane, Peer, Name, Text, Key, Item, Cause []int
	}
	Items struct {
		Shape                []string
		From, To, Level, Cat []int
		Copy                 []int
		Lanes                map[int][]int
	}
}

func read(t testing.TB, html string) page {
	t.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/json" id="trace">(.*?)</script>`).FindStringSubmatch(html)
	if found == nil {
		t.Fatal("the page has no data")
	}
	var p page
	if err := json.Unmarshal([]byte(found[1]), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// What goes in can be read back, event by event.
func TestRoundTrip(t *testing.T) {
	meta, events := storyMeta(), tell(60, true)
	p := read(t, write(t, meta, events))
	if p.Title != meta.Title || p.Seed != "4711" || p.Hash != "9f3c2a7be1d04f55" || p.Command != meta.Command || p.Broken != meta.Broken ||
		p.Members != 3 || fmt.Sprint(p.Lanes) != "[1.1 1.2 1.3 client 0 client 1]" {
		t.Errorf("the page is about %+v", p)
	}
	if len(p.Events.At) != len(events) {
		t.Fatalf("%d events, want %d", len(p.Events.At), len(events))
	}
	lane := func(number int, client bool) int {
		if client {
			return 3 + number
		}
		return number
	}
	var at time.Duration
	for i, e := range events {
		at += time.Duration(p.Events.At[i])
		got := fmt.Sprint(at, p.Events.Kind[i], p.Events.Lane[i], p.Strings[p.Events.Name[i]], p.Strings[p.Events.Text[i]], p.Strings[p.Events.Key[i]], p.Events.Slot[i])
		if want := fmt.Sprint(e.At, int(e.Kind), lane(e.Node, e.Client), e.Name, e.Text, e.Key, e.Slot); got != want {
			t.Fatalf("event %d is %s, want %s", i, got, want)
		}
		peer := -1
		switch {
		case e.Kind != sim.TraceSend && e.Kind != sim.TraceDeliver && e.Kind != sim.TraceDrop:
		case e.Peer < 0:
			peer = lane(-e.Peer-1, true)
		default:
			peer = e.Peer
		}
		if p.Events.Peer[i] != peer {
			t.Fatalf("event %d has peer %d, want %d: %+v", i, p.Events.Peer[i], peer, e)
		}
	}
	if p.Kinds["send"] != int(sim.TraceSend) || p.Kinds["broken"] != int(sim.TraceBroken) || len(p.Kinds) != int(sim.TraceBroken) {
		t.Errorf("kinds %v", p.Kinds)
	}
}

// hostile is a trace whose every string wants out of the page.
func hostile() (sim.TraceMeta, []sim.TraceEvent) {
	evil := "</script><img src=x onerror=\"owned=1\"><!-- {{script}} {{data}} ]]>\u2028\u2029\x00\xff'\"\\` &lt; ${owned=1}"
	evil = strings.ToValidUTF8(evil, "\ufffd")
	meta := sim.TraceMeta{Title: evil, Members: []string{evil, evil}, Clients: 1, Command: evil, Broken: evil}
	var events []sim.TraceEvent
	for kind := sim.TraceSend; kind <= sim.TraceBroken; kind++ {
		e := sim.TraceEvent{At: time.Duration(kind) * time.Millisecond, Kind: kind, ID: 1, Name: evil, Text: evil, Key: evil, Slot: 1}
		e.Client = kind == sim.TraceCall || kind == sim.TraceReturn
		if kind == sim.TraceSend {
			e.Peer = 1
		} else if kind == sim.TraceDeliver || kind == sim.TraceDrop {
			e.Node = 1
		}
		events = append(events, e)
	}
	return meta, events
}

func TestHostileContentStaysData(t *testing.T) {
	meta, events := hostile()
	html := write(t, meta, events)
	tame := write(t, storyMeta(), nil)
	title := regexp.MustCompile(`<title>[^<]*</title>`) // text, where line separators are only that
	html, tame = title.ReplaceAllString(html, ""), title.ReplaceAllString(tame, "")
	for _, tag := range []string{"<script", "</script", "<img", "<!--", "\u2028", "\u2029"} {
		if got, want := strings.Count(strings.ToLower(html), tag), strings.Count(strings.ToLower(tame), tag); got != want {
			t.Errorf("%q is %d times in the page, %d times in a tame one", tag, got, want)
		}
	}
	p := read(t, html)
	if p.Title != meta.Title || p.Strings[p.Events.Key[0]] != meta.Title || p.Lanes[0] != meta.Title {
		t.Errorf("what was written is not what is read: %q", p.Title)
	}
}

// The page asks for nothing: no other file, no network.
func TestSelfContained(t *testing.T) {
	html := write(t, storyMeta(), tell(1, true))
	if found := regexp.MustCompile(`(?i)(src|href)="[^"]*"|url\(|@import|https?://|style="|\son\w+="`).FindAllString(html, -1); fmt.Sprint(found) != `[href="data:,"]` {
		t.Errorf("the page refers to %q", found)
	}
	if !strings.Contains(html, "default-src 'none'; img-src data:; style-src 'sha256-") || strings.Contains(html, "unsafe") {
		t.Error("the page has no strict policy")
	}
}

func TestNothingHappened(t *testing.T) {
	p := read(t, write(t, sim.TraceMeta{}, nil))
	if len(p.Events.At) != 0 || len(p.Items.Shape) != 0 || len(p.Lanes) != 0 || p.Cats == nil {
		t.Errorf("%+v", p)
	}
}

// A large trace makes a page that browsers and mail still take.
func TestSize(t *testing.T) {
	events := tell(4200, true)
	empty := len(write(t, storyMeta(), nil))
	if empty > 64<<10 {
		t.Errorf("the page without a trace has %d bytes", empty)
	}
	full := len(write(t, storyMeta(), events))
	t.Logf("%d events, %d bytes, of which %d are the page", len(events), full, empty)
	if per := (full - empty) / len(events); len(events) < 100_000 || per > 80 {
		t.Errorf("%d events take %d bytes each", len(events), per)
	}
}

// What is found later than it happened is drawn where it happened.
func TestOrder(t *testing.T) {
	events := []sim.TraceEvent{{Kind: sim.TraceTimer, At: 1}, {Kind: sim.TraceStart, At: 2}, {Kind: sim.TraceCrash, At: 3}, {Kind: sim.TraceBroken, At: 2}}
	p := read(t, write(t, sim.TraceMeta{Members: []string{"1.1"}}, events))
	if got, want := fmt.Sprint(p.Events.At, p.Events.Kind), fmt.Sprint([]int{1, 1, 0, 1}, []int{int(sim.TraceTimer), int(sim.TraceStart), int(sim.TraceBroken), int(sim.TraceCrash)}); got != want {
		t.Errorf("times and kinds %s, want %s", got, want)
	}
	if events[3].At != 2 {
		t.Error("the caller's events were sorted")
	}
}

func TestRefusesWhatItCannotDraw(t *testing.T) {
	meta := sim.TraceMeta{Seed: 7, Members: []string{"1.1", "1.2"}, Clients: 1}
	for _, test := range []struct {
		events []sim.TraceEvent
		want   string
	}{
		{[]sim.TraceEvent{{Kind: sim.TraceStart, Node: 2}}, "seed 7: event 0 of 1: member 2, but the trace names 2"},
		{[]sim.TraceEvent{{Kind: sim.TraceStart, Node: -2}}, "member -2"},
		{[]sim.TraceEvent{{Kind: sim.TraceCall, Client: true, Node: 1}}, "client 1, but the trace has 1"},
		{[]sim.TraceEvent{{Kind: sim.TraceSend, Node: 0, Peer: -2}}, "client 1, but the trace has 1"},
		{[]sim.TraceEvent{{Kind: sim.TraceSend, Node: -1, Peer: 1}}, "two ends"},
	} {
		err := diagram.Write(io.Discard, meta, test.events)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	full := errors.New("disk full")
	if err := diagram.Write(failing{full}, meta, nil); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func BenchmarkWrite(b *testing.B) {
	events := tell(4200, true)
	for b.Loop() {
		write(b, storyMeta(), events)
	}
}
