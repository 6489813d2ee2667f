package sim

import (
	"fmt"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/nemesis"
)

// Member is a member of a scenario's cluster, by its index.
type Member int

func (m Member) party() int {
	if m < 0 {
		return anyone
	}
	return int(m)
}

// Member returns the i-th member, from 0 on.
func (s *Scenario) Member(i int) Member {
	s.t.Helper()
	if i < 0 || i >= len(s.w.hosts) {
		s.fatal("there is no member %d: there are %d", i, len(s.w.hosts))
	}
	return Member(i)
}

// name is a party's, for people.
func (s *Scenario) name(party int) string {
	switch {
	case party == anyone:
		return "anyone"
	case party < 0:
		return fmt.Sprintf("client %d", -party-1)
	}
	return s.w.hosts[party].id.String()
}

// Report returns what a member says of itself. It must be up.
func (s *Scenario) Report(m Member) quorate.Report {
	s.t.Helper()
	h := s.w.hosts[m]
	if h.node == nil {
		s.fatal("%s", h.describe())
	}
	return h.replica.Report()
}

// Up reports whether a member is up.
func (s *Scenario) Up(m Member) bool { return s.w.hosts[m].node != nil }

// Elect lets a member be elected by the members with, or by whoever it hears if
// none are named. These have lost patience with their leader: to them, a timeout
// passes at once. If some are named, the others hear nothing of the election:
// they and those who take part are cut off from each other until it is over.
func (s *Scenario) Elect(m Member, with ...Member) {
	s.t.Helper()
	s.only = 0
	if len(with) > 0 {
		s.only = setOf(append(with, m))
	}
	s.connect()
	for i := range s.w.hosts {
		if i != int(m) && s.w.net.hears(i, int(m)) && s.w.net.hears(int(m), i) {
			s.tire(Member(i))
		}
	}
	ok, before := false, s.elected[int(m)]
	for range 4 { // the first time it may only learn which ballots are taken
		s.Stand(m)
		if ok = s.until(20*sceneLatency, func() bool { return s.elected[int(m)] > before }); ok {
			break
		}
	}
	s.standby, s.only = -1, 0
	s.connect()
	if !ok {
		s.fatal("%v was not elected: %s", s.w.hosts[m].id, s.describe())
	}
}

// tire makes a member lose patience with its leader, or with its followers.
func (s *Scenario) tire(m Member) {
	s.t.Helper()
	for range 4 {
		s.Skip(m)
		if h := s.w.hosts[m]; h.node == nil || h.replica.Report().Role != "leader" {
			return
		}
	}
}

// Stand makes a member stand for election, whatever comes of it: it has heard of
// no leader for a timeout. It may stand again until another does.
func (s *Scenario) Stand(m Member) {
	s.t.Helper()
	h := s.w.hosts[m]
	s.standby = int(m)
	for range 4 { // whoever leads must find out first that nobody follows
		s.Skip(m)
		if h.node != nil && h.node.Retime(electionTimer, h.clock.read(s.w.now)) {
			h.rearm()
			return
		}
	}
	s.fatal("%v cannot stand for election: %s", h.id, h.describe())
}

// StandInTime lets a member stand for election, once it wants to. Its clock tells
// it nothing but the time, which leases depend on.
func (s *Scenario) StandInTime(m Member) {
	s.t.Helper()
	s.standby = int(m)
	s.do(func() {
		h := s.w.hosts[m]
		h.node.Retime(electionTimer, h.clock.read(s.w.now))
		h.rearm()
	})
}

// AwaitElected lets things happen until a member wins an election, and nobody
// stands any more.
func (s *Scenario) AwaitElected(m Member) {
	s.t.Helper()
	before := s.elected[int(m)]
	s.Until(s.name(int(m))+" is elected", func() bool { return s.elected[int(m)] > before })
	s.standby = -1
}

// Drift makes a member's clock run wrong by an amount, as a share of the true rate.
func (s *Scenario) Drift(m Member, amount float64) {
	s.t.Helper()
	s.do(func() {
		h := s.w.hosts[m]
		h.clock.drift(s.w.now, s.w.rate(amount))
		h.rearm()
	})
}

// Skip makes a member's clock jump by an election timeout: it has then not heard
// of anybody for so long.
func (s *Scenario) Skip(m Member) {
	s.t.Helper()
	s.do(func() {
		h := s.w.hosts[m]
		h.clock.jump(s.scene.Knobs.ElectionTimeout)
		h.rearm()
		if h.node != nil {
			h.step()
		}
	})
}

// Cut cuts members off: they hear nobody, and nobody hears them, each other
// included.
func (s *Scenario) Cut(members ...Member) {
	s.cut |= setOf(members)
	s.connect()
}

// Heal ends the cuts of the given members, or all if none are given.
func (s *Scenario) Heal(members ...Member) {
	if len(members) == 0 {
		s.cut = 0
	}
	s.cut &^= setOf(members)
	s.connect()
}

func setOf(members []Member) quorate.Set {
	var set quorate.Set
	for _, m := range members {
		set = set.Add(int(m))
	}
	return set
}

// connect tells the network who hears whom.
func (s *Scenario) connect() {
	all := s.w.cluster.All()
	for i := range s.w.net.deaf {
		deaf := s.cut
		if s.cut.Has(i) {
			deaf = all
		}
		switch {
		case s.only == 0:
		case s.only.Has(i):
			deaf |= all &^ s.only
		default:
			deaf |= s.only
		}
		s.w.net.deaf[i] = deaf.Remove(i)
	}
}

// Crash stops a member. What its disk was writing is lost.
func (s *Scenario) Crash(m Member) {
	s.t.Helper()
	s.do(func() { s.w.hosts[m].crash(nemesis.Nothing) })
}

// CrashBefore stops a member as soon as it writes a record of the named type,
// which does not get to its disk.
func (s *Scenario) CrashBefore(m Member, record string) { s.crashAt(m, record, nemesis.Nothing) }

// CrashAfter stops a member as soon as a record of the named type is on its
// disk, and before anybody is told.
func (s *Scenario) CrashAfter(m Member, record string) { s.crashAt(m, record, nemesis.All) }

// CrashAmid stops a member as soon as it writes a record of the named type,
// which gets to its disk in part.
func (s *Scenario) CrashAmid(m Member, record string) { s.crashAt(m, record, nemesis.Torn) }

func (s *Scenario) crashAt(m Member, record string, remains nemesis.Remains) {
	s.crashes = append(s.crashes, &crashRule{node: int(m), record: record, remains: remains})
}

// AwaitCrash lets things happen until a member has crashed.
func (s *Scenario) AwaitCrash(m Member) {
	s.t.Helper()
	s.Until(s.name(int(m))+" crashes", func() bool { return !s.Up(m) })
}

// Restart starts a member anew from its disk, after it has crashed or in its
// stead.
func (s *Scenario) Restart(m Member) {
	s.t.Helper()
	s.Crash(m)
	s.do(s.w.hosts[m].up)
}

// RestartEmpty starts a member anew after its disk was emptied. It stays out,
// unless [Subject.Amnesia] says that nobody takes care; or it is a learner, if the
// scene readmits, until somebody lets it be admitted.
func (s *Scenario) RestartEmpty(m Member) {
	s.t.Helper()
	s.Crash(m)
	s.do(func() {
		h := s.w.hosts[m]
		h.loseDisk()
		h.up()
	})
}

// Admit begins to admit a learner, without waiting for what comes of it.
func (s *Scenario) Admit(m Member) {
	s.t.Helper()
	s.do(s.w.hosts[m].admit)
}

// Voter reports whether a member is up and may vote.
func (s *Scenario) Voter(m Member) bool { return s.Up(m) && s.w.hosts[m].node.Voter() }

// AwaitVoter lets things happen until a learner has been admitted.
func (s *Scenario) AwaitVoter(m Member) {
	s.t.Helper()
	s.Until(s.name(int(m))+" is admitted", func() bool { return s.Voter(m) })
}

// Pause stops a member's processor. What comes meanwhile waits.
func (s *Scenario) Pause(m Member) {
	s.paused = s.paused.Add(int(m))
	s.w.hosts[m].hold()
}

// Resume ends a pause.
func (s *Scenario) Resume(m Member) {
	s.t.Helper()
	s.paused = s.paused.Remove(int(m))
	s.do(s.w.hosts[m].release)
}
