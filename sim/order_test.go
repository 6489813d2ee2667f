package sim

import (
	"regexp"
	"testing"

	"github.com/quorate/quorate"
)

// TestOrderOfReads: a read that a member executes at another place than the others
// is noticed though it changes nothing, and so is one that nobody executes.
func TestOrderOfReads(t *testing.T) {
	for _, test := range []struct{ mistake, oracle, evidence string }{
		{"", "", ""},
		{"reads late", "order", `^1\.3 executes get of \{\w+ \d+\} on key k\d after write \d, \{.*\}, but others after (no )?write`},
		{"executes anything there", "order", `^1\.3 executes \w+ of \{\w+ 10\d\d\} at slot \d+, where another executed`},
		{"reads alone", "reply", "its read .* is done, which no replica has executed"},
	} {
		t.Run(test.mistake, func(t *testing.T) {
			spec := toySpec()
			spec.Clients.Mix.Reads = 0.5
			spec.Clients.Ops = 60
			v := runToy(t, test.mistake, spec, Options{}).Violation
			switch {
			case test.oracle == "":
				if v != nil {
					t.Errorf("nothing is wrong, but %v", v)
				}
			case v == nil || v.Oracle != test.oracle || !regexp.MustCompile(test.evidence).MatchString(v.Text):
				t.Errorf("got %+v, want a violation of %s that says %s", v, test.oracle, test.evidence)
			}
		})
	}
}

// What happens to a member between the slots that it executes.
const again, snapshot, saved, chunk = -1, -2, -3, -4

// play lets a member execute slots of one key; odd ones are reads.
func play(h *host, slots []int) {
	for _, slot := range slots {
		switch slot {
		case again:
			h.restarted()
		case saved:
			h.saved(quorate.KeyState{Key: "k"})
		case chunk:
			h.fetches = true
		case snapshot:
			h.observe(quorate.Installed{})
		default:
			c := quorate.Command{Client: 7, Seq: uint64(slot), Op: quorate.OpPut, Key: "k"}
			if slot%2 == 1 {
				c.Op = quorate.OpGet
			}
			h.observe(quorate.Executed{Slot: quorate.Slot(slot), Commands: []quorate.Command{c}})
		}
	}
}

// TestOrder: which orders fit together.
func TestOrder(t *testing.T) {
	for _, test := range []struct {
		name   string
		first  []int // slots, by one member, all of one key; odd ones are reads
		second []int // by another
		bad    bool
	}{
		{"the same", []int{2, 3, 4}, []int{2, 3, 4}, false},
		{"not so far", []int{2, 3, 4}, []int{2}, false},
		{"farther", []int{2}, []int{2, 3, 4}, false},
		{"swapped", []int{2, 4}, []int{4, 2}, true},
		{"one is missing", []int{2, 4, 6}, []int{2, 6}, true},
		{"one is missing before a new one", []int{2, 4}, []int{2, 6}, true},
		{"twice", []int{2, 4}, []int{2, 2}, true},
		{"reads swapped", []int{2, 3, 5}, []int{2, 5, 3}, false},
		{"a read too early", []int{2, 3}, []int{3, 2}, true},
		{"a read too late", []int{3, 2}, []int{2, 3}, true},
		{"again after a restart", []int{2, 3, 4, again, 2, 3, 4}, []int{2}, false},
		{"after a restart, swapped", []int{2, 4, again, 4, 2}, nil, true},
		{"after a restart, one is missing", []int{2, 4, again, 4}, nil, true},
		{"after a restart, a read too early", []int{2, 4, 5, again, 2, 5}, nil, true},
		{"a part again", []int{2, 3, 4, saved, 6, again, 4, 6, 8}, []int{2, 4, 6, 8}, false},
		{"parts again", []int{2, 4, 6, 8, saved, again, 2, 6, 10}, nil, false},
		{"parts again, swapped", []int{2, 4, 5, 6, saved, again, 6, 5, 4, 8}, nil, false},
		{"nothing again", []int{2, 4, saved, again, 6}, nil, false},
		{"missing what is not in the state", []int{2, saved, 4, again, 6}, nil, true},
		{"swapped what is not in the state", []int{2, saved, 4, 6, again, 6, 4}, nil, true},
		{"missing what it never executed", []int{2, 4, 6, 8}, []int{2, 4, saved, again, 2, 8}, true},
		{"read where nobody is sure", []int{2, 4, 5, saved, 6}, []int{2, 4, saved, again, 5}, false},
		{"read too early", []int{2, 4, 6, 7}, []int{2, 4, saved, again, 2, 4, 7}, true},
		{"a snapshot has what is missing", []int{2, 4, 6}, []int{2, snapshot, 6, 8}, false},
		{"a snapshot has all", []int{2, 4, 6}, []int{snapshot, 8}, false},
		{"a snapshot that came before", []int{2, 4}, []int{2, snapshot, 4, 8}, false},
		{"a snapshot cannot have what comes later", []int{2, 4, snapshot, 6, 8}, []int{2, 4, 8}, true},
		{"a snapshot on the disk survives a restart", []int{2, 4, 6}, []int{snapshot, saved, again, 8}, false},
		{"a snapshot on the disk before it is in memory", []int{2, 4, 6}, []int{chunk, saved, again, 8}, false},
		{"a snapshot in memory does not", []int{2, 4, 6}, []int{snapshot, again, 8}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			spec := toySpec()
			s := toySubject("")
			w, err := newWorld(&s, &spec, Options{})
			if err != nil {
				t.Fatal(err)
			}
			play(w.hosts[0], test.first)
			play(w.hosts[1], test.second)
			if bad := w.violation != nil; bad != test.bad {
				t.Errorf("violation: %v", w.violation)
			}
		})
	}
}
