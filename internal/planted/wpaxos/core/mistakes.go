package core

import "github.com/quorate/quorate/internal/planted/wpaxos/paxos/core"

// Ahead returns the chosen entries behind a slot that is not known to be chosen.
// This file is written by hand, the others are copies of the protocol.
func (o *Object) Ahead() []core.Entry {
	var ahead []core.Entry
	entries, _ := o.log.Entries(o.log.Committed(), o.log.End(), 1<<30)
	for _, e := range entries {
		if e.Chosen {
			ahead = append(ahead, e)
		}
	}
	return ahead
}

// OwnAgain makes this replica the owner without phase 1.
func (o *Object) OwnAgain() { o.owns = true }
