package timeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate/checker/history"
)

// Span is an operation of a history: its invocation and its completion.
type Span struct {
	Begin, End *history.Op // End is nil if it never came
	Until      time.Duration
}

// Type is how it ended. What never did is Info.
func (s *Span) Type() history.Type {
	if s.End == nil {
		return history.Info
	}
	return s.End.Type
}

// Latency is how long it took.
func (s *Span) Latency() time.Duration { return max(0, s.Until-s.Begin.Time) }

// Spans pairs the events of clients, in the order of invocations. A completion without
// an invocation is left out; what never completes ends with the history.
func Spans(ops []history.Op) []Span {
	var spans []Span
	open := map[int]int{} // by process
	end := time.Duration(0)
	for i := range ops {
		op := &ops[i]
		end = max(end, op.Time)
		if op.Process == history.Nemesis {
			continue
		}
		if op.Type == history.Invoke {
			open[op.Process] = len(spans)
			spans = append(spans, Span{Begin: op})
		} else if j, ok := open[op.Process]; ok {
			spans[j].End, spans[j].Until = op, op.Time
			delete(open, op.Process)
		}
	}
	for i := range spans {
		if spans[i].End == nil {
			spans[i].Until = end
		}
	}
	return spans
}

// Fault is an interval in which a nemesis was at work.
type Fault struct {
	Name     string
	From, To time.Duration
	Begin    []*history.Op // what was asked for, and done
	Heal     []*history.Op
}

// Faults returns the intervals of faults in the order in which they began, from the events
// of the nemesis: start-NAME to the last stop-NAME before the next start-NAME. What is
// never healed lasts until the end. Other events of the nemesis are faults of an instant.
func Faults(ops []history.Op) []Fault {
	var faults []Fault
	open := map[string]int{} // by name
	end := time.Duration(0)
	for i := range ops {
		op := &ops[i]
		end = max(end, op.Time)
		if op.Process != history.Nemesis {
			continue
		}
		name, starts := strings.CutPrefix(op.F, "start")
		name, stops := strings.CutPrefix(name, "stop")
		name = cmp.Or(strings.TrimPrefix(name, "-"), "nemesis")
		j, known := open[name]
		switch {
		case starts && known && len(faults[j].Heal) == 0:
			faults[j].Begin = append(faults[j].Begin, op)
		case starts:
			open[name] = len(faults)
			faults = append(faults, Fault{Name: name, From: op.Time, To: -1, Begin: []*history.Op{op}})
		case stops && known:
			faults[j].Heal, faults[j].To = append(faults[j].Heal, op), op.Time
		default:
			faults = append(faults, Fault{Name: name, From: op.Time, To: op.Time, Begin: []*history.Op{op}})
		}
	}
	for i := range faults {
		if faults[i].To < 0 {
			faults[i].To = end
		}
	}
	return faults
}

// common lists words by how often they come, at most so many: of the rest there is
// one more, "other", which get returns for each of them.
func common(counts map[string]int, most int) (names []string, get func(string) string) {
	var all []string
	for n := range counts {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	names = slices.Clone(all[:min(len(all), most)])
	slices.Sort(names)
	if len(all) > most {
		names = append(names, other)
	}
	return names, func(n string) string {
		if slices.Contains(names, n) {
			return n
		}
		return other
	}
}

// other is what is not worth a name.
const other = "other"
