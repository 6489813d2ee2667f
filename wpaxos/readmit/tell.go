package readmit

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/paxos/core"
)

const (
	maxKeys  = 4096 // keys looked at for one answer, at most
	keyBytes = 32   // of a key in an answer beside its name and its entries, about
)

// onRecall tells what is on this disk: the answer waits for it.
func (r *Reader) onRecall(from quorate.ID, m Recall) {
	switch {
	case !r.node.Fences(m.Round, from):
	case !r.node.Voter():
		r.node.Send(from, Recalled{Round: m.Round, Lost: true})
	default:
		r.node.Send(from, r.part(m))
	}
}

// part returns a part that takes about ChunkBytes, or one entry more.
func (r *Reader) part(m Recall) Recalled {
	if r.life == 0 {
		r.life = r.node.Rand().Uint64() ^ uint64(r.node.Now()) | 1 // generators may begin anew, clocks go on
	}
	all := r.cfg.Objects
	count := uint64(all.Count())
	if m.Life != r.life || m.At > count {
		m.At, m.From = 0, 0
	}
	reply := Recalled{Round: m.Round, Life: r.life, At: m.At, From: m.From, Next: m.At}
	room, from := r.cfg.ChunkBytes, m.From
	for ; reply.Next < min(count, m.At+maxKeys) && room > 0; reply.Next, from = reply.Next+1, 0 {
		k := all.At(int(reply.Next))
		told := Key{Key: k.Name, Promised: k.Promised(), Commit: k.Committed()}
		if told.Promised == 0 && told.Commit == 0 {
			continue // it was asked for, or heard of; nothing is on disk
		}
		room -= len(k.Name) + keyBytes
		if o := k.Open; o != nil {
			p := o.Report(max(from, told.Commit), max(room, 0))
			told.Entries = p.Entries
			for i := range p.Entries {
				room -= keyBytes + core.Size(p.Entries[i].Commands)
			}
			if p.More {
				reply.Keys, reply.More, reply.NextFrom = append(reply.Keys, told), true, p.Next
				return reply
			}
		}
		reply.Keys = append(reply.Keys, told)
	}
	reply.More = reply.Next < count
	return reply
}
