package sim

// haste is how wrong clocks are, as a multiple of what leases allow for, where
// somebody was wrong about that.
const haste = 3

// rate returns how fast a clock runs that is wrong by an amount.
func (w *world) rate(wrong float64) float64 {
	if w.subject.Hasty && w.spec.Knobs.Lease > 0 {
		wrong *= haste
	}
	return 1 + wrong
}

// leased looks at who answers a read by a lease: while it lasts, nobody is elected
// under a higher ballot. One log is enough for that: leases are of protocols that
// have no more.
func (w *world) leased(h *host) {
	if b := h.replica.Report().Ballot; b < w.elected {
		w.fail("lease", h.index, "%v answered a read by its lease under %v, and %v had been elected under %v", h.id, b, w.elected.Owner(), w.elected)
	}
}
