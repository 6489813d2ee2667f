package engine_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/wire"
)

// raw numbers commands itself, as a client does whose retries take any road.
type raw struct {
	t               *testing.T
	asked, answered *wire.Type
	alive           func() // sees to it that who has crashed starts again
}

func newRaw(t *testing.T) raw {
	t.Helper()
	return raw{t, must(wire.Compile(reflect.TypeFor[ask]()))(t), must(wire.Compile(reflect.TypeFor[answer]()))(t), func() {}}
}

func (r raw) command(seq uint64, a ask) quorate.Command {
	data := must(r.asked.Append(nil, a))(r.t)
	return quorate.Command{Client: 77, Seq: seq, Issued: time.Duration(time.Now().UnixNano()), Op: quorate.OpPut, Key: "object", Value: data}
}

// submit has a member execute the command, or else the one after it: it tries for
// as long as they refuse, or die.
func (r raw) submit(c *cluster, i int, cmd quorate.Command) answer {
	r.t.Helper()
	reply := r.reply(c, i, cmd)
	if len(reply.Value) == 0 || !reply.OK {
		r.t.Fatalf("reply %+v", reply)
	}
	return must(r.answered.Decode(reply.Value[1:]))(r.t).(answer)
}

func (r raw) reply(c *cluster, i int, cmd quorate.Command) quorate.Reply {
	r.t.Helper()
	for ctx := within(r.t); ; c.pause(ctx, "an answer to "+cmd.String()) {
		r.alive()
		n, err := c.Node(c.Cluster().ID(i % 3))
		i++
		if err != nil {
			continue // it does not run
		}
		reply, err := n.Submit(ctx, quorate.Request{Command: cmd, Timeout: time.Second})
		if err == nil && reply.Status == quorate.Done {
			return reply
		}
	}
}
