package quorate

import "time"

// returning is how commands wait for those of clients that were just answered. Most
// clients that wait for answers ask again at once. If what came while a slot was on its
// way went without them, there would be two groups of clients in turn, each of which
// waits for the rounds of both, and each sync would be for half of what it could be for.
// Where disks are slow that is dear; without one a round is over before they are back.
// Clients that call when they like do not come back so soon: whether they do is looked
// at, for a few of each batch, and only if they did the next ones are waited for.
type returning struct {
	taken  [watched]Client // of the batch taken last, some
	size   int             // of that batch
	away   [watched]Client // those of them who were answered and did not come back yet
	looked int             // how many these were
	back   int             // how many did

	since  time.Duration // when they were answered
	expect int           // how many commands are waited for since then, 0 for none
}

// watched is how many clients of a batch are looked for.
const watched = 8

// took notes whose commands are on their way.
func (r *returning) took(commands []Command) {
	r.size = len(commands)
	for i := range min(watched, r.size) {
		r.taken[i] = commands[i].Client
	}
}

// came notes that a client asks.
func (r *returning) came(c Client) {
	for i := range r.looked {
		if r.away[i] == c {
			r.away[i] = 0
			r.back++
			return
		}
	}
}

// answered notes that nothing is on its way any more, while so many commands wait. If
// those answered the last time came back, most of these will: as many are expected, up to
// a whole batch.
func (r *returning) answered(now time.Duration, waiting, most int) {
	r.expect = 0
	if all := min(r.size+waiting, most); r.looked > 0 && 2*r.back >= r.looked {
		r.since, r.expect = now, all-all/8
	}
	r.away, r.looked, r.back = r.taken, min(watched, r.size), 0
	r.size = 0 // a batch is answered once
}
