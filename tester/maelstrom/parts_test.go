package maelstrom

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// One value has one spelling, and different values have different ones.
func TestCanonical(t *testing.T) {
	for _, same := range [][]string{
		{`1`, `1.0`, `1e0`, `10E-1`, ` 1 `},
		{`0`, `-0`, `0.00`, `0e9`},
		{`2.5`, `2.50`, `25e-1`},
		{`{"a":1,"b":[2.0]}`, `{ "b" : [2], "a" : 1e0 }`},
		{`"1"`}, {`null`}, {`true`}, {`[]`}, {`{}`}, {`""`}, {`-1`}, {`1e999999999999`}, {`100`, `1e2`}, {`1e30`, `10e29`},
	} {
		want, err := canonical([]byte(same[0]))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range same {
			if got, err := canonical([]byte(text)); err != nil || got != want {
				t.Errorf("%s: %q, %v: want %q", text, got, err, want)
			}
		}
	}
	for _, text := range []string{``, `{`, `1 2`, `nul`} {
		if got, err := canonical([]byte(text)); err == nil {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestDefiniteCodes(t *testing.T) {
	for code, want := range map[int]bool{0: false, 1: true, 10: true, 11: true, 12: true, 13: false, 14: true, 20: true, 21: true, 22: true, 30: true, 2: false, 31: false, 1000: false, -1: false} {
		if definite(code) != want {
			t.Errorf("%d is definite: %v", code, !want)
		}
	}
}

// The code of a failure is definite only if the command was certainly not executed.
func TestCodes(t *testing.T) {
	failed := func(status quorate.Status, reason quorate.Reason, end client.End, cause error) error {
		return &client.Error{Outcome: client.Outcome{Status: status, Reason: reason, End: end}, Cause: cause}
	}
	for _, test := range []struct {
		err  error
		want int
	}{
		{failed(quorate.NotExecuted, quorate.ReasonNoLeader, client.EndDeadline, context.DeadlineExceeded), codeUnavailable},
		{failed(quorate.NotExecuted, quorate.ReasonTooLarge, 0, nil), codeMalformed},
		{failed(quorate.NotExecuted, quorate.ReasonUnsupported, 0, nil), codeNotSupported},
		{failed(quorate.Unknown, quorate.ReasonNone, client.EndDeadline, context.DeadlineExceeded), codeTimeout},
		{failed(quorate.Unknown, quorate.ReasonTooLarge, client.EndClosed, io.EOF), codeCrash},
		{failed(quorate.Unknown, quorate.ReasonNoLongerLeader, 0, nil), codeCrash},
		{io.EOF, codeCrash},
	} {
		if got := codeOf(test.err); got != test.want {
			t.Errorf("%v: code %d, want %d", test.err, got, test.want)
		}
	}
}

// What comes twice counts once, in any order.
func TestWindow(t *testing.T) {
	var w window
	for _, step := range []struct {
		number uint64
		want   bool
	}{{0, false}, {1, true}, {1, false}, {3, true}, {2, true}, {2, false}, {3, false}, {1025, true}, {1, false}, {1026, true}, {2, false}, {1024, true}, {5000, true}, {1024, false}} {
		if got := w.first(step.number); got != step.want {
			t.Errorf("%d for the first time: %v", step.number, got)
		}
	}
}

// A node that is asked by hand answers by hand.
func TestNodeByHand(t *testing.T) {
	for _, protocol := range []string{"paxos", "trex"} {
		in, hand := io.Pipe()
		var out, errs bytes.Buffer
		done := make(chan error, 1)
		go func() {
			done <- RunNode(t.Context(), NodeConfig{Protocol: protocol, Timeout: 20 * time.Second}, in, &out, &errs)
		}()
		fmt.Fprintln(hand, `{"src":"y","dest":"x","body":{"type":"quorate","data":"AAAA"}}`)
		fmt.Fprintln(hand, `{"src":"c1","dest":"x","body":{"type":"read","msg_id":1,"key":1}}`)
		fmt.Fprintln(hand, `{"src":"c0","dest":"x","body":{"type":"init","msg_id":1,"node_id":"x","node_ids":["x"]}}`)
		fmt.Fprintln(hand, `{"src":"c1","dest":"x","body":{"type":"cas","msg_id":1,"key":[1],"from":1,"to":{"b":2.50},"create_if_not_exists":true}}`)
		fmt.Fprintln(hand, `{"src":"c1","dest":"x","body":{"type":"dance","msg_id":2}}`)
		fmt.Fprintln(hand, `{"src":"x9","dest":"x","body":{"type":"quorate","data":"AAAA"}}`)
		hand.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`{"code":11,"in_reply_to":1,`, `"type":"init_ok"`, `"type":"cas_ok"`, `"code":10`} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %s in %s", protocol, want, &out)
			}
		}
		if !strings.Contains(errs.String(), "no member") {
			t.Errorf("%s: stderr %q", protocol, &errs)
		}
	}
	for _, line := range []string{"hello", `{"src":"c","dest":"x","body":{"type":"init","msg_id":1}}`, `{"src":"c","dest":"x","body":{"type":"init","msg_id":1,"node_id":"y","node_ids":["x"]}}`} {
		if err := RunNode(t.Context(), NodeConfig{Protocol: "paxos"}, strings.NewReader(line+"\n"), io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "line 1 of stdin") {
			t.Errorf("%s: %v", line, err)
		}
	}
}
