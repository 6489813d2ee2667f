package fleet

import (
	"context"
	"sync"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// The states of a member's process.
const (
	Starting = "starting" // it runs, and does not serve yet
	Running  = "running"
	Ended    = "ended" // Exit says how
	Other    = "other" // somebody else started it
)

// View is what is known of a member.
type View struct {
	ID    quorate.ID
	State string
	PID   int    // 0 if it does not run, or is not of this fleet
	Exit  string // how it ended
	// Status is what it says of itself; nil if it does not answer, or has no
	// address for operators.
	Status *admin.Status
	// Ops is the number of commands that it executed a second since the last look,
	// CPU the share of one processor that it used; zero at the first look.
	Ops, CPU float64
	Memory   uint64 // resident, in bytes
}

// Look asks all members how they are.
func (f *Fleet) Look(ctx context.Context) []View {
	views := make([]View, len(f.members))
	var all sync.WaitGroup
	for i, m := range f.members {
		all.Go(func() { views[i] = m.look(ctx) })
	}
	all.Wait()
	return views
}

// Processes is [Fleet.Look] without asking the members.
func (f *Fleet) Processes() []View {
	var views []View
	for _, m := range f.members {
		views = append(views, m.process())
	}
	return views
}

func (m *member) look(ctx context.Context) View {
	v := m.process()
	if m.operator == nil {
		return v
	}
	status, err := m.operator.Status(ctx)
	if err != nil || status.ID != m.id {
		return v
	}
	v.Status = &status
	if v.State == Ended {
		v.State = Other
	}
	samples, err := m.operator.Metrics(ctx)
	if err != nil {
		return v
	}
	u := samples.Usage()
	v.Memory = u.Memory
	m.mu.Lock()
	defer m.mu.Unlock()
	v.Ops, v.CPU = m.rate.next(time.Now(), u)
	return v
}

// process tells of the member's process alone.
func (m *member) process() View {
	m.mu.Lock()
	defer m.mu.Unlock()
	v := View{ID: m.id, State: Ended}
	if m.life == nil {
		return v
	}
	if !m.life.Running() {
		v.Exit = ending(m.life.Child)
		return v
	}
	v.State, v.PID = Starting, m.life.PID()
	select {
	case <-m.life.ready:
		v.State = Running
	default:
	}
	return v
}

// meter turns counters into rates.
type meter struct {
	at   time.Time
	last admin.Usage
}

// next returns the rates since the last look. Counters that went back belong
// to another process.
func (r *meter) next(now time.Time, u admin.Usage) (ops, cpu float64) {
	past, before := now.Sub(r.at).Seconds(), r.last
	first := r.at.IsZero() || u.CPU < before.CPU || u.Executed < before.Executed
	r.at, r.last = now, u
	if first || past <= 0 {
		return 0, 0
	}
	return float64(u.Executed-before.Executed) / past, (u.CPU - before.CPU).Seconds() / past
}
