package script_test

import (
	"strings"
	"testing"

	"github.com/quorate/quorate/script"
)

// A script must not end well when something is wrong, whatever its output says.
func TestPlayFails(t *testing.T) {
	const start = "cluster n=3\n----\n\n"
	tests := []struct{ name, text, want string }{
		{"disagreement", "cluster n=4 quorum=count:1,1\nput c 1.1 k X\nput d 1.3 k Y\n", ":3: put d 1.3 k Y: disagreement on slot 0"},
		{"both claims are shown", "cluster n=4 quorum=count:1,1\nput c 1.1 k X\nput d 1.3 k Y\n", "1.1 learnt [put k=X (c:1)] under 1@1.1\n  1.3 learnt [put k=Y (d:1)] under 1@1.3"},
		{"two results of one value", "cluster n=3 broken=results\nput c 1.1 k X\nsettle", "1.1 got [{OK Version:1}] from [put k=X (c:1)]\n  1.2 got [{OK Version:2}]"},
		{"panic", "cluster n=3 broken=panic\nput c 1.1 k X", "2: put c 1.1 k X: 1.1 panicked: two values in one slot"},
		{"panic with its stack", "cluster n=3 broken=panic\nput c 1.1 k X", "onRequest"},
		{"change of a sent message", "cluster n=3 broken=change-sent\nput c 1.1 k X\nsettle", "1.1 changed a message after it sent it: 1.1>1.3 accept{Ballot:1@1.1 Value:put k=X (c:1)} is now accept{Ballot:1@1.1 Value:put k=? (c:1)}"},
		{"change of a received message", "cluster n=3 broken=change-received\nput c 1.1 k X\nsettle", "1.2 changed a message that it received"},
		{"reply on another connection", "cluster n=3 broken=misroute\nput c 1.1 k X", "another client's connection"},
		{"two outcomes", "cluster n=3 broken=two-outcomes\nput c 1.1 k X\nretry c 1.1", "1.1 answers: a second outcome of put k=X (c:1): first reply 1: done, ok, version 1, then reply 1: done, ok, version 2"},
		{"reply to nothing", "cluster n=3 broken=unasked\nput c 1.1 k X", "client c never sent command 2"},
		{"history", "cluster n=3 broken=history\nput c 1.1 k X\nsettle", "the history has 1 calls"},
		{"busy node", "cluster n=3 broken=spin\nput c 1.1 k X", "1.1 does not come to rest"},
		{"busy network", "cluster n=3 broken=flood\nshow nothing\nput c 1.1 k X\nsettle", "the network does not come to rest"},
		{"no violation where one is expected", start + "expect-violation", "expects a violation"},
		{"no cluster", "settle", `begins with "cluster"`},
		{"two clusters", start + "cluster n=3", "stands already"},
		{"option nobody reads", "cluster n=3 colour=red", "unknown option colour; known are broken, ids, n, quorum, seed"},
		{"malformed option", "cluster n=3 seed=red", "seed=red"},
		{"option without value", "cluster n", "want name=value"},
		{"bad size", "cluster n=some", "want a number of nodes"},
		{"unknown command", start + "fly", "4: fly: unknown command fly; known are"},
		{"missing words", start + "put c 1.1", "usage: put client node key value"},
		{"bad client", start + "put zoe 1.1 k v", "hexadecimal"},
		{"bad node", start + "crash 9.9", "not a member"},
		{"bad link", start + "deliver 1.1", "want from>to"},
		{"bad time", start + "advance soon", "want for example 50ms"},
		{"bad read mode", start + "get c 1.1 k read=tea", "read mode"},
		{"idle timer", start + "fire 1.1 retry", "is not armed"},
		{"restart of a running node", start + "restart 1.1", "node is running"},
		{"crash of a node that is down", start + "crash 1.1\ncrash 1.1", "node is down"},
		{"retry of nothing", start + "retry c 1.1", "never sent"},
		{"bad view", start + "show everything", "want all, events, replies or nothing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			out, err := script.Play("test", test.text, buildSynod)
			if err == nil {
				t.Fatalf("no error; want %q; output:\n%s", test.want, out)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want it to contain %q", err, test.want)
			}
		})
	}
}
