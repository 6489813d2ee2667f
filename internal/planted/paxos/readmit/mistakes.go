package readmit

import "github.com/quorate/quorate"

// enoughWithSelf takes all members for read as soon as those that were are a
// majority with this one. This file is written by hand, the others are copies.
func enoughWithSelf(r *Reader, round quorate.Round) {
	cluster := r.node.Cluster()
	read := quorate.SetOf(cluster.Index(r.node.ID()))
	for i := range cluster.Size() {
		if r.recovery.Promised(i) {
			read = read.Add(i)
		}
	}
	if 2*read.Len() <= cluster.Size() {
		return
	}
	for i, id := range cluster.IDs() {
		if !read.Has(i) {
			r.node.Recalled(round, id, false)
		}
	}
}
