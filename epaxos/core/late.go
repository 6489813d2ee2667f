package core

// maxLate bounds the commits that are not persisted yet.
const maxLate = 256

// Late are instances whose commit is to be persisted with something else.
type Late struct{ list []*Instance }

// Add takes one up, and reports whether there are as many as there may be.
func (l *Late) Add(i *Instance) (full bool) {
	l.list = append(l.list, i)
	return len(l.list) >= maxLate
}

// Take hands over all that were not dropped meanwhile, and forgets them.
func (l *Late) Take(t *Table, persist func(*Instance)) {
	for _, i := range l.list {
		if t.Get(i.ID) == i {
			persist(i)
		}
	}
	clear(l.list)
	l.list = l.list[:0]
}
