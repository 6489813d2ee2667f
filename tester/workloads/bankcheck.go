package workloads

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/tester/results"
)

// bankDetails count what was wrong.
type bankDetails struct {
	Counts
	Reads    int `json:"reads"`
	Wrong    int `json:"wrong-totals"`
	Negative int `json:"negative-balances"`
	Missing  int `json:"missing-accounts"` // reads that show others than the bank has
	Replayed int `json:"replayed"`         // reads and transfers compared with what was there before
}

// checkBank checks that money neither comes nor goes: every read shows the accounts that
// the bank has, with the same total. Where versions tell the order of the transfers,
// each read must show what they make of what was read before, whatever the transfers
// with unknown outcomes between them did; and the order must be that of real time.
func checkBank(ctx context.Context, h []history.Op, negative bool) results.Check {
	d := &bankDetails{}
	calls := pair(h)
	d.Keys = 1
	d.count(calls)
	if ctx.Err() != nil {
		return d.verdict("bank", "time ran out before anything was checked", d)
	}
	var done []*call
	for _, c := range calls {
		if c.outcome != history.OK {
			continue
		}
		if c.op.F == "read" {
			d.Reads++
			if c.got == nil && c.weak() && c.version() == 0 {
				continue // from before the bank
			}
			f := d.read(c, negative)
			if f != nil {
				d.add(f)
				continue
			}
		}
		done = append(done, c)
	}
	if f := d.replay(done); f != nil {
		d.add(f)
	}
	if f := gaps(calls, "transfer", 1); f != nil { // the first is the opening of the accounts
		d.add(f)
	}
	if f := timelines(calls, (*call).version); f != nil {
		d.add(f)
	}
	return d.verdict("bank", "", d)
}

// read looks at one read.
func (d *bankDetails) read(c *call, negative bool) *Finding {
	shown := balancesByAccount(c.got)
	total := int64(0)
	for i := range int64(bankAccounts) {
		n, ok := shown[i]
		if !ok || len(shown) != bankAccounts {
			d.Missing++
			return finding([]*call{c}, "%s does not show the %d accounts of the bank", c, bankAccounts)
		}
		total += n
	}
	if total != bankAccounts*bankBalance {
		d.Wrong++
		return finding([]*call{c}, "%s has a total of %d, and the bank had %d", c, total, bankAccounts*bankBalance)
	}
	for i := range int64(bankAccounts) {
		if shown[i] < 0 && !negative {
			d.Negative++
			return finding([]*call{c}, "%s has %d on account %d", c, shown[i], i)
		}
	}
	return nil
}

func balancesByAccount(value any) map[int64]int64 {
	m, _ := value.(history.Map)
	shown := map[int64]int64{}
	for _, e := range m {
		account, ok := e.Key.(int64)
		n, isNumber := e.Value.(int64)
		if ok && isNumber {
			shown[account] = n
		}
	}
	return shown
}

// replay goes through the calls in the order of their versions.
func (d *bankDetails) replay(done []*call) *Finding {
	var all []staged
	for _, c := range done {
		v := int(c.version())
		switch _, isTransfer := transferOf(c.arg); {
		case v == 0:
		case c.op.F == "read":
			all = append(all, staged{c, 2*v + 1, c.to})
		case c.op.F == "transfer" && isTransfer:
			all = append(all, staged{c, 2 * v, c.to})
		}
	}
	slices.SortStableFunc(all, func(a, b staged) int { return cmp.Compare(a.stage, b.stage) })
	var balances map[int64]int64 // after version, if they are known
	var from *call               // the read that they begin with
	var writer *call             // of version
	version := int64(-1)
	for _, s := range all {
		c := s.call
		if v := c.version(); v != version {
			if v != version+1 || c.op.F == "read" {
				balances = nil // transfers with unknown outcomes are between
			}
			version, writer = v, nil
		}
		if c.op.F == "transfer" {
			if writer != nil {
				return finding([]*call{writer, c}, "%s and %s both gave version %d", writer, c, version)
			}
			if writer = c; balances != nil {
				t, _ := transferOf(c.arg)
				balances[t.from] -= t.amount
				balances[t.to] += t.amount
			}
			continue
		}
		shown := balancesByAccount(c.got)
		if balances != nil {
			d.Replayed++
			if !maps.Equal(balances, shown) {
				return finding([]*call{from, c}, "%s is not what the transfers since %s make of it", c, from)
			}
		}
		balances, from = shown, c
	}
	if early, late := outOfOrder(all); early != nil {
		return finding([]*call{early, late}, "%s was at version %d and had ended before %s was called, which was at version %d", early, early.version(), late, late.version())
	}
	return nil
}
