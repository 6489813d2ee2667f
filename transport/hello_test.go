package transport

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

func request(valueSize int) quorate.Request {
	return quorate.Request{Command: quorate.Command{Client: 1, Seq: 1, Op: quorate.OpPut, Key: "k", Value: make([]byte, valueSize)}}
}

func someHello(node int) hello {
	return hello{
		Version: version, Kind: kindPeer, From: member(node), Members: "{1.1, 1.2}",
		Settings: "protocol: paxos\nquorums: majority\n", Messages: "1 a {X uint8}\n2 b {Y string}\n", Frame: 1000, Process: 7, Incarnation: 8, Learner: true,
	}
}

func TestHelloTravels(t *testing.T) {
	want := someHello(1)
	want.To, want.Process, want.Incarnation, want.Refusal = member(2), 1<<64-1, 1<<64-2, "because"
	var buf bytes.Buffer
	if err := writeHello(&buf, want); err != nil {
		t.Fatal(err)
	}
	buf.WriteString("\x00\x00\x00\x01x") // the first frame behind it
	got, frames, err := readHello(&buf)
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	if body, err := frames.next(); err != nil || string(body) != "x" {
		t.Errorf("frame behind the hello: %q, %v", body, err)
	}
	want.Settings = strings.Repeat("x", helloLimit)
	if err := writeHello(&buf, want); err == nil {
		t.Error("a hello beyond the limit was written")
	}
}

// Each difference is refused with both sides' values and names.
func TestHelloDifferences(t *testing.T) {
	for _, test := range []struct {
		change func(*hello)
		want   []string
	}{
		{func(h *hello) { h.Version = 9 }, []string{"version", `"1"`, `"9"`}},
		{func(h *hello) { h.Members = "{1.1}" }, []string{"members", "{1.1, 1.2}", "{1.1}"}},
		{func(h *hello) { h.Settings = "protocol: paxos\nquorums: grid\n" }, []string{"settings", "quorums: majority", "quorums: grid"}},
		{func(h *hello) { h.Settings = "protocol: epaxos\nquorums: majority\n" }, []string{"settings", `"protocol: paxos"`, `"protocol: epaxos"`}},
		{func(h *hello) { h.Messages = "1 a {X uint8}\n2 b {Y []uint8}\n" }, []string{"messages", "2 b {Y string}", "2 b {Y []uint8}"}},
		{func(h *hello) { h.Frame = 2000 }, []string{"bytes of a message", "1000", "2000"}},
		{func(h *hello) { h.Messages = "1 a {X uint8}\n" }, []string{"messages", "2 b {Y string}", `""`}},
	} {
		theirs := someHello(2)
		test.change(&theirs)
		err := someHello(1).differences(theirs)
		if !errors.Is(err, ErrDisagree) {
			t.Errorf("%+v: %v", theirs, err)
			continue
		}
		for _, part := range append(test.want, "node 1.1", "node 1.2") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %s", err, part)
			}
		}
	}
	same := someHello(2)
	same.Process, same.Incarnation, same.To = 99, 100, member(1)
	if err := someHello(1).differences(same); err != nil {
		t.Errorf("what may differ: %v", err)
	}
	long := someHello(2)
	long.Members = strings.Repeat("m", helloLimit)
	if err := someHello(1).differences(long); len(err.Error()) > 4*clippedValue {
		t.Errorf("an error of %d bytes from a long hello", len(err.Error()))
	}
}

// The dialler does not trust the answer.
func TestAnswersAreChecked(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer func(*hello)
		want   error
	}{
		{"well", func(*hello) {}, nil},
		{"refused", func(h *hello) { h.Refusal = "no" }, errRefused},
		{"another node", func(h *hello) { h.From = member(3) }, errRefused},
		{"other quorums", func(h *hello) { h.Settings = "quorums: all\n" }, ErrDisagree},
		{"other version", func(h *hello) { h.Version = 2 }, ErrDisagree},
	} {
		here, there := net.Pipe()
		answer := someHello(2)
		test.answer(&answer)
		go func() {
			_, _, _ = readHello(there)
			_ = writeHello(there, answer)
		}()
		mine := someHello(1)
		mine.To = member(2)
		if _, _, err := greet(here, mine); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		here.Close()
		there.Close()
	}
}

// FuzzHello feeds arbitrary greetings: no panic, and what is read can be
// written and compared.
func FuzzHello(f *testing.F) {
	var buf bytes.Buffer
	_ = writeHello(&buf, someHello(1))
	f.Add(buf.Bytes())
	f.Add([]byte(magic))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add(append([]byte(magic), frame([]byte(`{"version":1,"kind":"peer","from":"65535.65535"}`))...))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, _, err := readHello(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := json.Marshal(h); err != nil {
			t.Fatal(err)
		}
		if err := someHello(1).differences(h); err != nil && len(err.Error()) > 20*clippedValue {
			t.Fatalf("an error of %d bytes", len(err.Error()))
		}
		_ = h.who()
	})
}
