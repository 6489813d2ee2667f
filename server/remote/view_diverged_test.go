package remote_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/remote"
)

// forgetful is a store that passes over the second write.
type forgetful struct {
	quorate.StateMachine
	writes int
}

func (f *forgetful) Apply(c quorate.Command) quorate.Result {
	if c.Op.IsWrite() {
		if f.writes++; f.writes == 2 {
			return quorate.Result{}
		}
	}
	return f.StateMachine.Apply(c)
}

// Rule: members that have executed equally many slots and are at other versions do not
// agree, though no version tells of it; they get until the end to come to the same.
func TestMembersThatDiverge(t *testing.T) {
	machines := 0
	l, err := server.StartLocal(server.LocalConfig{New: primary.New, Transport: "tcp", Machine: func() quorate.StateMachine {
		kv := quorate.StateMachine(quorate.NewKV(quorate.KVConfig{}))
		if machines++; machines == 3 {
			return &forgetful{StateMachine: kv}
		}
		return kv
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := open(t, remote.Config{File: &quorate.Config{Addresses: l.Addresses()}})
	session := attach(t, c, client.Config{})
	verdict := func() remote.Agreement {
		if _, err := session.Put(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		_, a := c.Consensus(ctx, "k")
		return a
	}
	if a := verdict(); a.Verdict != quorate.Won {
		t.Fatalf("%+v", a)
	}
	if a := verdict(); a.Verdict != quorate.Lost || !strings.Contains(a.Why, "both have executed the slots below") || a.From != 1 || a.To != 2 {
		t.Errorf("%+v", a)
	}
}
