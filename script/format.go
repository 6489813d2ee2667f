package script

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/text"
)

// Text renders a message, a record or a value as the output of scripts has it.
func Text(v any) string { return text.Of(v) }

// shortName strips the package from a wire name.
func shortName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// eventText returns the name of an event and a clause with the node as subject.
func eventText(e quorate.Event) (name, text string) {
	switch e := e.(type) {
	case quorate.TimerFired:
		return e.Name, "timer " + e.Name
	case quorate.Probed:
		return "Probed", fmt.Sprintf("ends its probe of %v%s: %v", e.Ballot, inLog(e.Log), e.Verdict)
	case quorate.Stood:
		return "Stood", "stands under " + e.Ballot.String() + inLog(e.Log)
	case quorate.Retransmitted:
		text := fmt.Sprintf("sends values again%s, of slots: %d", inLog(e.Log), e.Slots)
		if e.Wider {
			text += ", to all this time"
		}
		return "Retransmitted", text
	case quorate.Elected:
		return "Elected", "is elected under " + e.Ballot.String() + inLog(e.Log)
	case quorate.SteppedDown:
		text := "steps down from " + e.Ballot.String() + inLog(e.Log)
		if e.By != 0 {
			text += ", sees " + e.By.String()
		}
		return "SteppedDown", text
	case quorate.GaveUp:
		return "GaveUp", "gives up " + e.Ballot.String() + inLog(e.Log)
	case quorate.Chosen:
		text := fmt.Sprintf("learns %s = %s under %v", place(e.Log, e.Slot), Text(e.Commands), e.Ballot)
		if e.Path != quorate.PathNone {
			text = fmt.Sprintf("decides %s = %s under %v, path: %v", place(e.Log, e.Slot), Text(e.Commands), e.Ballot, e.Path)
		}
		return "Chosen", text
	case quorate.Recovering:
		return "Recovering", fmt.Sprintf("recovers %s under %v, needs %v", place(e.Log, e.Slot), e.Ballot, e.Stage)
	case quorate.Displaced:
		return "Displaced", fmt.Sprintf("lost %s, proposes anew: %d", place(e.Log, e.Slot), e.Commands)
	case quorate.Component:
		return "Component", fmt.Sprintf("executes %d slots together", e.Size)
	case quorate.Executed:
		text := fmt.Sprintf("executes %s = %s", place(e.Log, e.Slot), Text(e.Commands))
		if len(e.Results) > 0 {
			text += " -> " + Text(e.Results)
		}
		return "Executed", text
	case quorate.Installed:
		return "Installed", "installs a snapshot up to slot " + e.Upto.String() + inLog(e.Log)
	case quorate.LeaseRead:
		return "LeaseRead", "holds the lease, and answers"
	}
	return reflect.TypeOf(e).Name(), Text(e)
}

func inLog(log string) string {
	if log == "" {
		return ""
	}
	return " in log " + log
}

// replyText renders a reply as its client sees it.
func replyText(r quorate.Reply) string {
	said := fmt.Sprintf("reply %d: %v", r.Seq, r.Status)
	if r.Reason != quorate.ReasonNone {
		said += " (" + r.Reason.String() + ")"
	}
	if r.Status != quorate.Done && len(r.Value) > 0 {
		said += ": " + string(r.Value)
	}
	if r.Status == quorate.Done {
		said += ", ok"
		if !r.OK {
			said = strings.TrimSuffix(said, "ok") + "not ok"
		}
		said += fmt.Sprintf(", version %d", r.Version)
		if len(r.Value) > 0 {
			said += ", value " + text.Bytes(r.Value)
		}
	}
	if r.Stale {
		said += fmt.Sprintf(", stale at slot %v", r.Index)
	}
	if r.Leader != 0 {
		said += fmt.Sprintf(", leader %v", r.Leader)
	}
	return said
}

// wildcard reports whether s fits the pattern, in which "*" stands for any text.
func wildcard(pattern, s string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return false // names of types are compared elsewhere
	}
	if !strings.HasPrefix(s, head) {
		return false
	}
	s = s[len(head):]
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}
