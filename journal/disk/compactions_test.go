package disk

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// compacting is a store as the scheduler sees it: so many compactions may run,
// and so many wait for permission.
type compacting struct {
	mu                       sync.Mutex
	allowed, waiting, looked int
	granted                  []pebble.CompactionGrantHandle
}

func (s *compacting) GetAllowedWithoutPermission() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.allowed
}

func (s *compacting) GetWaitingCompaction() (bool, pebble.WaitingCompaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked++
	return s.waiting > 0, pebble.WaitingCompaction{}
}

func (s *compacting) Schedule(h pebble.CompactionGrantHandle) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == 0 {
		return false
	}
	s.waiting--
	s.granted = append(s.granted, h)
	return true
}

func (s *compacting) set(allowed, waiting int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed, s.waiting = allowed, waiting
}

func (s *compacting) expect(t *testing.T, granted, waiting int) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.granted) != granted || s.waiting != waiting {
		t.Fatalf("%d granted, %d wait; want %d and %d", len(s.granted), s.waiting, granted, waiting)
	}
}

// Rule: what waits runs when another one ends, when more may run, and within a
// moment though nobody says so; where nothing waits, nobody looks.
func TestCompactions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := &compacting{allowed: 1}, newCompactions()
		c.Register(1, s)
		ok, h := c.TrySchedule()
		if !ok {
			t.Fatal("the first one was refused")
		}
		h.Started()
		if ok, _ := c.TrySchedule(); ok {
			t.Fatal("two run, one is allowed")
		}
		s.set(1, 2)
		h.Done()
		s.expect(t, 1, 1)

		s.set(2, 1)
		c.UpdateGetAllowedWithoutPermission()
		s.expect(t, 2, 0)

		s.set(2, 1)
		if ok, _ := c.TrySchedule(); ok {
			t.Fatal("three run, two are allowed")
		}
		s.set(3, 1) // nobody says so
		s.expect(t, 2, 1)
		time.Sleep(lookAgain)
		s.expect(t, 3, 0)

		for _, h := range s.granted {
			h.Done()
		}
		time.Sleep(lookAgain)
		synctest.Wait()
		looked := s.looked
		time.Sleep(time.Hour)
		synctest.Wait()
		if s.looked != looked {
			t.Errorf("nothing waits, and it was looked for %d times", s.looked-looked)
		}

		s.set(0, 1)
		if ok, _ := c.TrySchedule(); ok {
			t.Fatal("one runs, none is allowed")
		}
		c.Unregister()
		s.set(1, 1)
		time.Sleep(time.Hour)
		s.expect(t, 3, 1)
		if ok, _ := c.TrySchedule(); ok {
			t.Error("the store is closed, and compacts")
		}
	})
}
