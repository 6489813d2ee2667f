package workloads

// newBlock makes a block of the clusters from head on, whose calls must be possible in
// this order.
func newBlock(head *cluster) (block, *Finding) {
	b := block{f: never, s: -1, early: head, late: head}
	var all []staged
	for k := head; k != nil; k = k.next {
		at := 2 * b.length
		b.length++
		if k.write == nil {
			b.f = -1 // the initial value was there before all
		} else {
			all = append(all, staged{k.write, at, k.until})
			if k.by != nil {
				b.returned(k, k.by, k.until)
			} else {
				b.returned(k, k.write, k.until)
			}
			b.called(k, k.write)
		}
		for _, r := range k.reads {
			all = append(all, staged{r, at + 1, r.to})
			b.returned(k, r, r.to)
			b.called(k, r)
		}
	}
	if early, late := outOfOrder(all); early != nil {
		return b, finding([]*call{early, late}, "%s had taken effect before %s was called, which cannot come after it", early, late)
	}
	return b, nil
}

func (b *block) returned(k *cluster, c *call, at int) {
	if at < b.f {
		b.f, b.first, b.early = at, c, k
	}
}

func (b *block) called(k *cluster, c *call) {
	if c.from > b.s {
		b.s, b.last, b.late = c.from, c, k
	}
}

// explainBlocks words that each of two blocks must come before the other.
func explainBlocks(a, b block) *Finding {
	calls := []*call{a.first, a.last, b.first, b.last}
	if a.first == nil { // of the initial value
		return finding(calls, "%s had ended before %s was called, which still met the initial value", b.first, a.last)
	}
	return finding(calls, "value %s was there before %s, because %s had ended when %s was called; but %s had ended when %s was called, so it was the other way round",
		show(a.early.value), show(b.late.value), a.first, b.last, b.first, a.last)
}

// explainCycle names a cas that follows itself.
func (r *registerCheck) explainCycle() *Finding {
	reached := map[*cluster]bool{}
	for _, k := range r.order {
		if k.second {
			continue
		}
		for at := k; at != nil; at = at.next {
			reached[at] = true
		}
	}
	for _, k := range r.order {
		if !k.second || reached[k] {
			continue
		}
		ring := []*call{k.write}
		for at := k.next; at != k && at != nil; at = at.next {
			ring = append(ring, at.write)
		}
		return finding(ring, "%s met a value that goes back to its own", k.write)
	}
	return nil
}
