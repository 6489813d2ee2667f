package workloads

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/tester/results"
)

// The bank: so many accounts, with so much on each in the beginning, of which so much
// is transferred at most.
const (
	bankAccounts = 8
	bankBalance  = 10
	bankAmount   = 5
)

// bank is accounts between which money is transferred. All are one value, under one key.
type bank struct {
	mark
	cfg Config
	key string
}

func newBank(cfg Config) Workload { return &bank{newMark(cfg), cfg, cfg.Prefix + "bank"} }

// Setup opens the accounts. If the outcome of an earlier attempt is unknown, the
// condition that there are none yet keeps this one from doing it again.
func (w *bank) Setup(ctx context.Context, c Client) error {
	if err := w.mark.Setup(ctx, c); err != nil {
		return err
	}
	balances := make([]int64, bankAccounts)
	for i := range balances {
		balances[i] = bankBalance
	}
	r, err := putIf(ctx, c, w.key, written(balances), client.Result{})
	if err != nil {
		return fmt.Errorf("open the accounts of the bank: %w", err)
	}
	if !r.OK && r.Version != 1 {
		return fmt.Errorf("open the accounts of the bank: key %s is at version %d already", w.key, r.Version)
	}
	return nil
}

func (w *bank) Next(rng *rand.Rand, worker int) history.Op {
	from := rng.Int64N(bankAccounts)
	to := (from + 1 + rng.Int64N(bankAccounts-1)) % bankAccounts
	amount := rng.Int64N(bankAmount) + 1
	if rng.IntN(2) == 0 {
		return history.Op{Type: history.Invoke, F: "transfer", Value: history.Map{
			{Key: history.Keyword("from"), Value: from}, {Key: history.Keyword("to"), Value: to}, {Key: history.Keyword("amount"), Value: amount}}}
	}
	return readOf(w.cfg.Read, nil)
}

func (w *bank) Final(int) []history.Op { return []history.Op{readOf(strong(w.cfg.Read), nil)} }

func (w *bank) Invoke(ctx context.Context, c Client, op history.Op) history.Op {
	t, isTransfer := transferOf(op.Value)
	switch {
	case op.F == "read":
		r, err := get(ctx, c, w.key, modeOf(&op))
		if err != nil {
			return failed(op, err)
		}
		return ended(op, history.OK, accounts(r), versionExtra(r.Version))
	case op.F != "transfer" || !isTransfer || t.from < 0 || t.from >= bankAccounts || t.to < 0 || t.to >= bankAccounts:
		return unasked(op)
	}
	return update(ctx, c, w.key, strong(w.cfg.Read), op, func(read client.Result) ([]byte, any) {
		balances, err := balancesOf(read)
		switch {
		case err != nil:
			return nil, err
		case len(balances) != bankAccounts:
			return nil, fmt.Sprintf("the bank has %d accounts", len(balances))
		case balances[t.from] < t.amount && !w.cfg.Negative:
			return nil, "there is not enough on the account"
		}
		balances[t.from] -= t.amount
		balances[t.to] += t.amount
		return written(balances), nil
	})
}

// transfer is what moves from one account to another.
type transfer struct{ from, to, amount int64 }

func transferOf(value any) (t transfer, ok bool) {
	m, _ := value.(history.Map)
	found := 0
	for _, e := range m {
		n, isNumber := e.Value.(int64)
		if !isNumber {
			return t, false
		}
		switch e.Key {
		case history.Keyword("from"):
			t.from = n
		case history.Keyword("to"):
			t.to = n
		case history.Keyword("amount"):
			t.amount = n
		default:
			continue
		}
		found++
	}
	return t, found == 3
}

// written is what the key has for these balances.
func written(balances []int64) []byte {
	var b []byte
	for i, n := range balances {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return b
}

func balancesOf(r client.Result) (balances []int64, err error) {
	if !r.OK {
		return nil, errors.New("there is no bank")
	}
	for word := range strings.FieldsSeq(string(r.Value)) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the bank has what is no balance: %.40q", word)
		}
		balances = append(balances, n)
	}
	return balances, nil
}

// accounts is the value of a read: the balances by account, nil if there is no bank, or
// the text if it is none.
func accounts(r client.Result) any {
	if !r.OK {
		return nil
	}
	balances, err := balancesOf(r)
	if err != nil {
		return string(r.Value)
	}
	m := history.Map{}
	for i, n := range balances {
		m = append(m, history.Entry{Key: int64(i), Value: n})
	}
	return m
}

func (w *bank) Check(ctx context.Context, h []history.Op) []results.Check {
	return []results.Check{checkBank(ctx, h, w.cfg.Negative)}
}
