package checker

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// recorded returns a recorder with a history of several processes at a coarse clock,
// on which much happens at one instant, and all kinds of operations and values.
func recordedAtRandom(t *testing.T, seed uint64) *Recorder {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	now := time.Duration(1)
	rec, err := NewRecorder(RecorderConfig{Now: func() time.Duration { now += time.Duration(rng.IntN(3)) / 2; return now }})
	if err != nil {
		t.Fatal(err)
	}
	values := []string{"", "v", "a \"quoted\" one\\\n\t\x01\x7f", "\xff\x00 binary", "żółw; 水", strings.Repeat("long", 100)}
	var ps []*Process
	for i := range 4 {
		ps = append(ps, rec.Process(quorate.Client(i*7)))
	}
	busy := map[*Process]bool{}
	for range 300 {
		p, key, value := ps[rng.IntN(len(ps))], values[1+rng.IntN(4)], []byte(values[rng.IntN(len(values))])
		switch {
		case busy[p]:
			status := []quorate.Status{quorate.Done, quorate.Done, quorate.NotExecuted, quorate.Unknown}[rng.IntN(4)]
			out := Outcome{Status: status}
			if status == quorate.Done {
				out.OK, out.Version = rng.IntN(4) > 0, uint64(rng.IntN(9))
				if out.OK {
					out.Value = value
				}
			}
			p.Return(out)
		case rng.IntN(3) == 0:
			p.Read(quorate.ReadModes()[rng.IntN(len(quorate.ReadModes()))], key)
		default:
			op := []quorate.Op{quorate.OpPut, quorate.OpDelete, quorate.OpPutIf, quorate.OpDeleteIf}[rng.IntN(4)]
			condition := uint64(0)
			if op == quorate.OpDelete || op == quorate.OpDeleteIf {
				value = nil
			}
			if op == quorate.OpPutIf || op == quorate.OpDeleteIf {
				condition = uint64(rng.IntN(9))
			}
			p.Invoke(op, key, value, condition)
		}
		busy[p] = !busy[p]
	}
	return rec
}

// canonical orders a history by process, and forgets what does not matter: whether
// nothing is nil or empty, and what no outcome says.
func canonical(history []Operation) []Operation {
	out := slices.Clone(history)
	for i := range out {
		o := &out[i]
		o.Value, o.Result = append([]byte{}, o.Value...), append([]byte{}, o.Result...)
		if o.Status == 0 {
			o.Status = quorate.Unknown
		}
		if o.Return == 0 {
			o.Return = Never
		}
	}
	slices.SortStableFunc(out, func(a, b Operation) int { return cmp.Compare(a.Process, b.Process) })
	return out
}

func TestEDNReadsBack(t *testing.T) {
	for seed := range uint64(20) {
		rec := recordedAtRandom(t, seed)
		want, err := rec.History()
		if err != nil {
			t.Fatal(err)
		}
		var streamed, written bytes.Buffer
		if left, err := rec.WriteEDN(&streamed, 0); left != 0 || err != nil {
			t.Fatal(left, err)
		}
		if _, err := WriteEDN(&written, want, 0); err != nil || written.String() != streamed.String() {
			t.Fatalf("a recorder and its history differ: %v", err)
		}
		got, err := ReadEDN(&written)
		if err != nil {
			t.Fatal(err)
		}
		a, b := canonical(want), canonical(got)
		for i := range a {
			if i >= len(b) || !reflect.DeepEqual(a[i], b[i]) {
				t.Fatalf("seed %d, operation %d:\n%+v\n%+v", seed, i, a[i], b[i])
			}
		}
		// A limit cuts all processes at one instant.
		var cut bytes.Buffer
		left, err := rec.WriteEDN(&cut, 100)
		short, errRead := ReadEDN(&cut)
		if err != nil || errRead != nil || left == 0 || len(short)+left != len(want) {
			t.Fatalf("of %d operations %d were kept and %d left out: %v, %v", len(want), len(short), left, err, errRead)
		}
	}
}

func TestEDNForm(t *testing.T) {
	history := []Operation{
		{Process: 1, Op: quorate.OpPutIf, Key: "k", Value: []byte("\xff"), Condition: 2, Call: 5, Return: 9, Status: quorate.Done, OK: true, Version: 3},
		{Process: 0, Op: quorate.OpGet, Key: "k", Read: quorate.ReadLocal, Call: 9, Return: 12, Status: quorate.Done},
		{Process: 2, Op: quorate.OpDelete, Key: "k", Call: 9, Return: 9, Status: quorate.NotExecuted},
		{Process: 2, Op: quorate.OpDeleteIf, Key: "k", Condition: 1, Call: 9, Return: Never, Status: quorate.Unknown},
		{Process: 3, Op: quorate.OpPut, Key: "k", Value: []byte("v"), Call: 2, Return: 9, Status: quorate.Done, OK: true, Version: 2},
		{Process: 3, Op: quorate.OpPut, Key: "k", Value: []byte("w"), Client: 10, Call: 13, Return: 20, Status: quorate.Unknown},
		{Process: 4, Op: quorate.OpPut, Key: "k", Call: 14, Status: quorate.Unknown},
	}
	const first = `{:index 0, :time 2, :process 3, :type :invoke, :f :write, :value ["k" "v"]}
{:index 1, :time 5, :process 1, :type :invoke, :f :write-if, :value ["k" #hex "ff"], :condition 2}
{:index 2, :time 9, :process 0, :type :invoke, :f :read, :value ["k" nil], :mode :local}
{:index 3, :time 9, :process 2, :type :invoke, :f :delete, :value ["k" nil]}
`
	const rest = `{:index 4, :time 9, :process 1, :type :ok, :f :write-if, :value ["k" #hex "ff"], :version 3, :done true}
{:index 5, :time 9, :process 2, :type :fail, :f :delete, :value ["k" nil]}
{:index 6, :time 9, :process 3, :type :ok, :f :write, :value ["k" "v"], :version 2, :done true}
{:index 7, :time 9, :process 2, :type :invoke, :f :delete-if, :value ["k" nil], :condition 1}
{:index 8, :time 12, :process 0, :type :ok, :f :read, :value ["k" nil], :version 0, :done false}
{:index 9, :time 13, :process 3, :type :invoke, :f :write, :value ["k" "w"], :session "000000000000000a"}
{:index 10, :time 14, :process 4, :type :invoke, :f :write, :value ["k" ""]}
{:index 11, :time 20, :process 3, :type :info, :f :write, :value ["k" "w"]}
`
	for _, test := range []struct {
		limit, left int
		want        string
	}{
		{0, 0, first + rest}, {12, 0, first + rest},
		{4, 3, first + "; the history went on: 3 operations are left out\n"},
	} {
		var b strings.Builder
		if left, err := WriteEDN(&b, history, test.limit); left != test.left || err != nil {
			t.Errorf("%d are left out, want %d: %v", left, test.left, err)
		}
		if b.String() != test.want {
			t.Errorf("got\n%swant\n%s", b.String(), test.want)
		}
	}
}

// Rule: the events of a process are written in the order of time, whatever the order of
// the operations.
func TestEDNIsInOrder(t *testing.T) {
	history := []Operation{
		{Op: quorate.OpPut, Key: "k", Call: 7, Return: 9, Status: quorate.Done, OK: true, Version: 2},
		{Op: quorate.OpPut, Key: "k", Call: 1, Return: 3, Status: quorate.Done, OK: true, Version: 1},
	}
	var b bytes.Buffer
	if _, err := WriteEDN(&b, history, 0); err != nil {
		t.Fatal(err)
	}
	got, err := ReadEDN(&b)
	if err != nil || len(got) != 2 || got[0].Call != 1 || got[0].Version != 1 || got[1].Return != 9 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEDNRefuses(t *testing.T) {
	good := `{:time 5, :process 1, :type :invoke, :f :read, :value ["k" nil]}`
	for _, text := range []string{
		"x", "{", "{}", good + " " + good, good + "\n" + good,
		`{:time 5, :process 1, :type :ok, :f :read, :value ["k" nil]}`,
		good + "\n" + strings.Replace(strings.Replace(good, "invoke", "ok", 1), `"k"`, `"other"`, 1),
		strings.Replace(good, ":time 5", ":time -5", 1), strings.Replace(good, ":time 5", ":time 5, :time 5", 1),
		strings.Replace(good, "invoke", "later", 1), strings.Replace(good, ":read", ":cas", 1), strings.Replace(good, "nil]", "nil nil]", 1),
		strings.Replace(good, `"k"`, "nil", 1), strings.Replace(good, `"k"`, `"k`, 1), strings.Replace(good, `"k"`, `"\q"`, 1), strings.Replace(good, `"k"`, `#hex "0"`, 1),
		strings.Replace(good, "}", ", :mode :psychic}", 1), strings.Replace(good, "}", ", :mood 3}", 1), strings.Replace(good, "}", ", :done maybe}", 1),
	} {
		if _, err := ReadEDN(strings.NewReader("\n" + text)); !errors.Is(err, ErrMalformed) || !strings.Contains(fmt.Sprint(err), "line ") {
			t.Errorf("%s: error %v", text, err)
		}
	}
	if h, err := ReadEDN(strings.NewReader("; nothing\n\n" + good + "\n")); err != nil || len(h) != 1 || h[0].Return != Never {
		t.Errorf("%v, %v", h, err)
	}
}

func FuzzReadEDN(f *testing.F) {
	var b bytes.Buffer
	if _, err := WriteEDN(&b, []Operation{{Op: quorate.OpPut, Key: "k\n", Value: []byte("\xff"), Return: 2, Status: quorate.Done}}, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Fuzz(func(t *testing.T, text string) {
		history, err := ReadEDN(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range history { // a clock that runs backwards is not for the reader to judge
			if o := &history[i]; o.Return < o.Call {
				return
			}
		}
		var again bytes.Buffer
		if _, err := WriteEDN(&again, history, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadEDN(&again); err != nil {
			t.Fatalf("%v of what was written of\n%s", err, text)
		}
	})
}
