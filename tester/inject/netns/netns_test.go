package netns

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// TestMain lets this binary play the program in a network of its own.
func TestMain(m *testing.M) {
	switch os.Getenv("PLAY") {
	case "inside":
		if err := inside(); err != nil {
			fmt.Println(err)
			os.Exit(7)
		}
		fmt.Println("all as it should be")
	case "parent":
		os.Setenv("PLAY", "forever")
		code, err := Reexec(context.Background(), os.Args[0], nil, Streams{Out: os.Stdout}, time.Minute)
		fmt.Println(code, err)
	case "forever":
		fmt.Println("ready")
		select {}
	default:
		os.Exit(m.Run())
	}
}

// sockets are those of three members, and of a client.
type sockets struct {
	members []*net.UDPConn
	client  *net.UDPConn
}

func open() (s sockets, err error) {
	at := func(ip netip.Addr) (c *net.UDPConn) {
		if err == nil {
			c, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, 7000)))
		}
		return c
	}
	for i := range 3 {
		s.members = append(s.members, at(Address(i)))
	}
	s.client = at(netip.MustParseAddr("127.0.0.1"))
	return s, err
}

// heard says how many of 40 datagrams of each member, and of a client, each member
// receives. What is sent on the loopback interface is there at once, or never.
func (s sockets) heard() (text string, counts [3][4]int, err error) {
	const n = 40 // of four: more do not fit into a buffer
	for from, c := range append(s.members, s.client) {
		for to := range s.members {
			for range n {
				if _, err := c.WriteToUDPAddrPort([]byte{byte(from)}, netip.AddrPortFrom(Address(to), 7000)); err != nil {
					return "", counts, err
				}
			}
		}
	}
	for to, c := range s.members {
		if _, err := s.client.WriteToUDPAddrPort([]byte{9}, netip.AddrPortFrom(Address(to), 7000)); err != nil {
			return "", counts, err
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 1)
		for {
			if _, err := c.Read(b); err != nil {
				return "", counts, err
			}
			if b[0] == 9 { // the last
				break
			}
			counts[to][b[0]]++
		}
		for from := range counts[to] {
			switch counts[to][from] {
			case 0:
				text += "-"
			case n:
				text += "+"
			default:
				text += "?"
			}
		}
		text += " "
	}
	return strings.TrimSpace(text), counts, nil
}

func inside() error {
	if !Inside() {
		return fmt.Errorf("this is the network of everybody")
	}
	if err := Up(); err != nil {
		return err
	}
	s, err := open()
	if err != nil {
		return err
	}
	ctx, over := context.WithCancel(context.Background())
	over() // the end of a test leaves nothing half done
	f, err := NewFilter(ctx, []netip.Addr{Address(0), Address(1), Address(2)})
	if err != nil {
		return err
	}
	first := quorate.SetOf(0)
	for _, step := range []struct {
		name   string
		grudge []quorate.Set
		share  float64
		want   string // of each member: whom it hears; last comes the client
	}{
		{"a", nil, 0, "++++ ++++ ++++"},
		{"a", nemesis.Isolate(3, first), 1, "+--+ -+++ -+++"},
		{"a", nemesis.Deaf(3, first), 1, "+--+ ++++ ++++"},
		{"b", nemesis.Mute(3, first), 1, "+--+ -+++ -+++"},
		{"a", nil, 0, "++++ -+++ -+++"},
		{"b", nemesis.Mute(3, first), 0.5, "++++ ?+++ ?+++"},
		{"b", nil, 0, "++++ ++++ ++++"},
	} {
		if err := f.Filter(ctx, step.name, step.grudge, step.share); err != nil {
			return err
		}
		got, counts, err := s.heard()
		if err != nil || got != step.want {
			return fmt.Errorf("%+v: %s %v %w", step, got, counts, err)
		}
	}
	return nil
}

func supported(t *testing.T) string {
	t.Helper()
	if err := Supported(); err != nil {
		t.Skip(err)
	}
	me, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return me
}

func TestPacketsAreDroppedBetweenMembers(t *testing.T) {
	me := supported(t)
	t.Setenv("PLAY", "inside")
	var out bytes.Buffer
	code, err := Reexec(t.Context(), me, nil, Streams{Out: &out, Err: &out}, time.Second)
	if err != nil || code != 0 {
		t.Errorf("exit code %d, %v: %s", code, err, &out)
	}
}

// interrupt ends a context when something is written.
type interrupt struct{ cancel context.CancelFunc }

func (i interrupt) Write(p []byte) (int, error) { i.cancel(); return len(p), nil }

func TestAProgramIsInterrupted(t *testing.T) {
	me := supported(t)
	t.Setenv("PLAY", "forever")
	ctx, cancel := context.WithCancel(t.Context())
	code, err := Reexec(ctx, me, nil, Streams{Out: interrupt{cancel}}, time.Minute)
	if err != nil || code != 128+2 {
		t.Errorf("exit code %d, %v", code, err)
	}
}

// Who is killed takes with him what he had run in a network of its own, and with the last
// process goes the network.
func TestNothingOutlivesAProgramThatIsKilled(t *testing.T) {
	me := supported(t)
	cmd := exec.Command(me)
	cmd.Env = append(os.Environ(), "PLAY=parent")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); line != "ready\n" {
		t.Errorf("%q, %v", line, err)
	}
	_ = cmd.Process.Kill()
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 { // ends when nobody has it open any more
		t.Errorf("%q, %v", rest, err)
	}
	_ = cmd.Wait()
}

func TestNobodyElsesPacketsAreFiltered(t *testing.T) {
	if Inside() {
		t.Fatal("inside?")
	}
	if _, err := NewFilter(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "left alone") {
		t.Error(err)
	}
}

func TestAddressesDiffer(t *testing.T) {
	seen := map[netip.Addr]bool{netip.MustParseAddr("127.0.0.1"): true}
	for i := range quorate.MaxMembers {
		if a := Address(i); seen[a] || !a.IsLoopback() {
			t.Errorf("member %d has %v", i, a)
		}
		seen[Address(i)] = true
	}
}
