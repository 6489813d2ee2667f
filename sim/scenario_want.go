package sim

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// unmet ends the test because of an expectation. Where an oracle is to be broken,
// it is up to the oracle.
func (s *Scenario) unmet(format string, args ...any) {
	s.t.Helper()
	if s.scene.Expect == "" {
		s.fatal(format, args...)
	}
}

// Chosen returns the value chosen in a slot of the one log, as the votes on the
// disks say: what was written, "-" for a no-op, "" if nothing is chosen. The
// values of several commands are joined by "+".
func (s *Scenario) Chosen(slot quorate.Slot) string {
	if s.w.ghost == nil {
		return ""
	}
	commands, _ := s.w.ghost.ChosenValue("", slot)
	var values []string
	for _, c := range commands {
		switch c.Op {
		case quorate.OpNop, quorate.OpTrim:
			values = append(values, "-")
		case quorate.OpPut, quorate.OpPutIf:
			values = append(values, string(c.Value))
		default:
			values = append(values, c.Op.String())
		}
	}
	return strings.Join(values, "+")
}

// Log returns the chosen values from slot 0 to the first in which none is,
// separated by spaces.
func (s *Scenario) Log() string {
	var values []string
	for slot := quorate.Slot(0); ; slot++ {
		v := s.Chosen(slot)
		if v == "" {
			return strings.Join(values, " ")
		}
		values = append(values, v)
	}
}

// WantLog waits until the given values, and no others, are chosen and the given
// members have executed them: all that are up if none are given.
func (s *Scenario) WantLog(values string, at ...Member) {
	s.t.Helper()
	want := quorate.Slot(len(strings.Fields(values)))
	executed := func() bool {
		for _, h := range s.at(at) {
			if h.replica.Report().Executed != want {
				return false
			}
		}
		return s.Log() == values
	}
	if !s.until(scenePatience, executed) {
		s.unmet("the log is [%s], want [%s] executed; %s", s.Log(), values, s.describe())
	}
}

// WantChosen says which value is chosen in a slot now, as [Scenario.Chosen] says
// it.
func (s *Scenario) WantChosen(slot quorate.Slot, value string) {
	s.t.Helper()
	if got := s.Chosen(slot); got != value {
		s.unmet("slot %v: %q is chosen, want %q", slot, got, value)
	}
}

// WantValue waits until a key has a value in the states of the given members: of
// all that are up if none are given. "-" stands for an absent key.
func (s *Scenario) WantValue(key, value string, at ...Member) {
	s.t.Helper()
	differs := func() string {
		for _, h := range s.at(at) {
			if got := h.value(key); got != value {
				return fmt.Sprintf("%v has %s=%s", h.id, key, got)
			}
		}
		return ""
	}
	if !s.until(scenePatience, func() bool { return differs() == "" }) {
		s.unmet("%s, want %s; %s", differs(), value, s.describe())
	}
}

// Value returns the value of a key in the state of a member, "-" if it is absent.
func (s *Scenario) Value(m Member, key string) string {
	s.t.Helper()
	return s.at([]Member{m})[0].value(key)
}

func (h *host) value(key string) string {
	r := h.machine.KV.Apply(quorate.Command{Op: quorate.OpGet, Key: key})
	if !r.OK {
		return "-"
	}
	return string(r.Value)
}

// Want ends the test unless ok, and says what is wrong.
func (s *Scenario) Want(ok bool, format string, args ...any) {
	s.t.Helper()
	if !ok {
		s.unmet(format, args...)
	}
}

// at returns the given members, all that are up if none are given.
func (s *Scenario) at(members []Member) []*host {
	s.t.Helper()
	var hosts []*host
	for _, m := range members {
		if !s.Up(m) {
			s.fatal("%s", s.w.hosts[m].describe())
		}
		hosts = append(hosts, s.w.hosts[m])
	}
	if len(members) > 0 {
		return hosts
	}
	for _, h := range s.w.hosts {
		if h.node != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}
