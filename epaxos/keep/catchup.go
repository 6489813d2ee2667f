package keep

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
)

// Wanted asks for states that include all below Base, which is dropped here.
type Wanted struct{ Base core.Deps }

// Offer promises states that include all below Base, and below what was Wanted.
type Offer struct{ Wanted, Base core.Deps }

func (k *Keeper) upto() quorate.Slot {
	if k.Active() {
		return 0
	}
	return 1
}

// Active reports whether states are being received: nothing may be executed or
// dropped.
func (k *Keeper) Active() bool { return k.from != 0 }

// missed looks whether this replica needs something that a member has dropped.
func (k *Keeper) missed(from quorate.ID, base core.Deps) {
	if k.Active() || k.States.Saving() || !k.cfg.Table.Lacks(base) || k.env.Now() < k.asked+k.cfg.Retransmit {
		return
	}
	k.asked = k.env.Now()
	k.env.SendNow(from, Wanted{k.cfg.Table.Base()})
}

func (k *Keeper) onWanted(from quorate.ID, m Wanted) {
	t := k.cfg.Table
	if executed := t.Executed(); k.Active() || !executed.Union(m.Base).Equal(executed) {
		return
	}
	k.offered[from] = struct{}{}
	k.env.Send(from, Offer{m.Base, t.Base()}) // when the base is on disk, and the floor
}

func (k *Keeper) maySend(to quorate.ID) bool {
	_, offered := k.offered[to]
	return offered
}

func (k *Keeper) onOffer(from quorate.ID, m Offer) {
	t := k.cfg.Table
	if k.Active() || k.States.Saving() || !t.Fits(m.Base) || !m.Wanted.Equal(t.Base()) || !t.Lacks(m.Base) {
		return
	}
	k.from, k.base, k.tries = from, m.Base, 0
	clear(k.offered) // the states here are not whole until all is executed again
	k.States.Fetch(from)
	k.timer.Reset(k.cfg.Retransmit)
}

// resume asks again, and after a while gives the sender up.
func (k *Keeper) resume() {
	if !k.Active() {
		return
	}
	if k.States.Progress() {
		k.tries = 0
	}
	if k.tries++; k.tries <= 4 && k.States.Resume() {
		k.timer.Reset(k.cfg.Retransmit)
		return
	}
	k.States.Drop()
	k.from = 0
	k.resumed(nil)
}

func (k *Keeper) installed() {
	base := k.base
	k.from, k.base = 0, nil
	k.forget(base)
	k.resumed(base)
	k.Trimmer.Raise(k.cfg.Table, base)
	k.cfg.Store()
	k.cfg.Installed(base)
}

// resumed goes on from states that came, all or some of them: what is not below base,
// and not dropped here, is executed again.
func (k *Keeper) resumed(base core.Deps) {
	t := k.cfg.Table
	t.Install(base)
	row := k.cfg.Trim.Self
	k.env.Observe(quorate.Installed{Log: k.env.ID().String(), Upto: quorate.Slot(t.Base().At(row))})
	k.cfg.Changed()
}
