package fetch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
)

// What a replica asks for that has not heard of others for a while, until it knows
// of everything that they have.
func TestCensus(t *testing.T) {
	r := newRig(t, 5)
	k := r.at("k", 5, "")
	r.want("nothing was missed", r.hear(2, Beat{}), "")
	r.now += time.Minute
	r.want("hears again", r.hear(2, Beat{}), "1.2 census 0")
	r.want("of another, too", r.hear(3, Beat{}), "")
	r.want("most are asked", r.hear(4, Beat{}), "")
	r.want("and again", r.hear(2, Beat{}), "")
	page := CensusReply{Next: 7, Heads: []Head{{"k", 9}, {"same", 0}}}
	r.want("a page", r.hear(2, page), "1.2 ask k 5/0+0, 1.2 census 7")
	r.want("the page twice", r.hear(2, page), "")
	r.want("of whom it did not ask", r.hear(3, CensusReply{At: 7, Next: 8}), "")
	r.want("more than two pages", r.hear(2, CensusReply{At: 7, Next: 8}), "")
	r.want("after a while", r.beat(), "1.2 census 8")
	r.want("the last page", r.hear(2, CensusReply{At: 8}), "1.3 census 0")
	r.want("a page that leads nowhere", r.hear(3, CensusReply{}), "")
	r.want("all is known", r.hear(2, Beat{})+r.beat(), "")
	if k.Open.Fetch.Goal != 9 {
		t.Errorf("it seeks %v", k.Open.Fetch.Goal)
	}
}

func (r *rig) beat() string {
	r.fetch.goOn()
	return r.take()
}

// One that was away while most of its zone was heard has nothing that those lack.
func TestCensusOfOne(t *testing.T) {
	r := newRig(t, 5)
	r.now += 59 * time.Second
	for i := 2; i < 5; i++ {
		r.hear(i, Beat{})
	}
	r.now += time.Second
	r.want("one returns", r.hear(5, Beat{}), "")
	r.now += 59 * time.Second
	r.hear(5, Beat{})
	r.now += time.Second
	r.want("one returns to two", r.hear(2, Beat{}), "1.2 census 0")
}

// Who starts again while it is asked has its keys in another order.
func TestCensusOfAnotherLife(t *testing.T) {
	r := newRig(t, 3)
	r.now += time.Minute
	r.want("it was away", r.hear(2, Beat{}), "1.2 census 0")
	r.want("the first page", r.hear(2, CensusReply{Life: 1, Next: 7}), "1.2 census 7")
	r.beat()
	r.want("a page of another life", r.hear(2, CensusReply{Life: 2, At: 7, Next: 9}), "1.2 census 0")
	r.want("the first page again", r.hear(2, CensusReply{Life: 2, Next: 8}), "1.2 census 8")
	r.beat()
	r.want("the same life", r.hear(2, CensusReply{Life: 2, At: 8, Next: 9}), "1.2 census 9")
}

// A question is repeated a few times, and then the next member is asked.
func TestCensusGoesOn(t *testing.T) {
	r := newRig(t, 5)
	r.now += time.Minute
	r.hear(2, Beat{})
	r.hear(3, Beat{})
	var asked []string
	for range 40 {
		r.now += 50 * time.Millisecond
		r.node.Tick(r.now)
		asked = append(asked, r.beat())
	}
	all := strings.Join(asked, "")
	if got := fmt.Sprint(strings.Count(all, "1.2 census"), strings.Count(all, "1.3 census")); got != "4 5" || asked[39] != "" {
		t.Errorf("asked %s times: %q", got, asked)
	}
	r.want("who returns is asked", r.hear(2, Beat{}), "")
	r.now += time.Minute
	r.want("who returns later is asked", r.hear(2, Beat{}), "1.2 census 0")
}

// Pages hold each key with something chosen once, and are bounded in number and bytes.
func TestCensusPages(t *testing.T) {
	for _, tc := range []struct{ keys, length, pages int }{{0, 10, 1}, {1, 10, 1}, {1024, 10, 1}, {1025, 10, 2}, {2500, 10, 3}, {200, 1000, 7}} {
		r := newRig(t, 3)
		for i := range tc.keys {
			r.at(fmt.Sprintf("%0*d", tc.length, i), 1, "")
		}
		r.all.Put("nothing is chosen")
		seen, pages, at := 0, 0, uint64(0)
		for {
			if err := r.node.Receive(r.now, member(2), Census{at}); err != nil {
				t.Fatal(err)
			}
			var reply CensusReply
			r.node.Flush(func(e quorate.Envelope) { reply = e.Msg.(CensusReply) })
			seen += len(reply.Heads)
			if pages++; reply.Next == 0 {
				break
			}
			at = reply.Next
		}
		if seen != tc.keys || pages < tc.pages || pages > tc.pages+1 {
			t.Errorf("%d keys of %d bytes: %d in %d pages, want %d", tc.keys, tc.length, seen, pages, tc.pages)
		}
	}
	r := newRig(t, 3)
	r.want("a page far beyond", r.hear(2, Census{1<<64 - 1}), "1.2 page 18446744073709551615 0 []")
	if life := r.fetch.census.since; life == 0 {
		t.Error("its lives are not told apart")
	}
}
