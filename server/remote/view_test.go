package remote_test

import (
	"errors"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/remote"
	"github.com/quorate/quorate/server/rest"
)

// view makes a view from words such as 3=a 4=b 5! (deleted); "?" did not tell.
func view(node int, words string) remote.View {
	v := remote.View{ID: quorate.ID(1<<16 + node)}
	for _, word := range strings.Fields(words) {
		if word == "?" {
			v.Err = errors.New("silent")
			continue
		}
		number, value, _ := strings.Cut(strings.TrimSuffix(word, "!"), "=")
		one := quorate.Versioned{Version: uint64(number[0] - '0'), Deleted: strings.HasSuffix(word, "!")}
		if !one.Deleted {
			one.Value = []byte(value)
		}
		v.Versions = append(v.Versions, one)
	}
	return v
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		views    [3]string
		verdict  quorate.Outcome
		from, to uint64
		why      string
	}{
		{[3]string{"", "", ""}, quorate.Won, 0, 0, ""},
		{[3]string{"1=a", "1=a", "1=a"}, quorate.Won, 1, 1, ""},
		{[3]string{"1=a 2=b 3=c", "1=a 2=b", "1=a"}, quorate.Won, 1, 2, ""}, // some are behind
		{[3]string{"1=a 2=b", "", "1=a"}, quorate.Won, 1, 1, ""},            // one has not begun
		{[3]string{"3=c 4=d", "2=b 3=c", "4=d 5!"}, quorate.Won, 3, 4, ""},  // histories that were trimmed
		{[3]string{"1=a 2!", "1=a 2!", "2!"}, quorate.Won, 1, 2, ""},
		{[3]string{"1=a", "1=b", "1=a"}, quorate.Lost, 1, 1, `version 1 is "a" at 1.1 and "b" at 1.2`},
		{[3]string{"1=a 2=", "1=a", "1=a 2!"}, quorate.Lost, 2, 2, `version 2 is "" at 1.1 and deleted at 1.3`}, // empty is a value
		{[3]string{"1=a", "?", "1=b"}, quorate.Lost, 1, 1, `version 1 is`},                                      // whoever is silent
		{[3]string{"1=a", "?", "1=a"}, quorate.Pending, 1, 1, "1.2 did not tell"},
		{[3]string{"2=b", "3=c", "2=b"}, quorate.Pending, 2, 2, "no other member keeps a version that 1.2 keeps"},
		{[3]string{"3=c", "", ""}, quorate.Pending, 0, 0, "no other member keeps a version that 1.1 keeps"},
	} {
		a := remote.Compare([]remote.View{view(1, c.views[0]), view(2, c.views[1]), view(3, c.views[2])})
		if a.Verdict != c.verdict || !strings.Contains(a.Why, c.why) || (c.why == "") != (a.Why == "") || a.From != c.from || a.To != c.to {
			t.Errorf("%q: %+v, want %v, %q, versions %d to %d", c.views, a, c.verdict, c.why, c.from, c.to)
		}
	}
	if a := remote.Compare([]remote.View{view(1, "4=d")}); a.Verdict != quorate.Won {
		t.Errorf("a cluster of one: %+v", a)
	}
}

// Members tell their own state, also those that do not lead, and those whose
// peers are away.
func TestViews(t *testing.T) {
	l, file := start(t)
	c := open(t, remote.Config{File: file})
	session := attach(t, c, client.Config{})
	for _, value := range []string{"a", "b"} {
		if _, err := session.Put(t.Context(), "k", []byte(value)); err != nil {
			t.Fatal(err)
		}
	}
	views, a := c.Consensus(t.Context(), "k")
	if a.Verdict != quorate.Won || a.To != 2 || len(views) != 3 {
		t.Errorf("%+v, %+v", a, views)
	}
	if _, err := session.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	views, a = c.Consensus(t.Context(), "k")
	if a.Verdict != quorate.Won || !views[0].Versions[len(views[0].Versions)-1].Deleted {
		t.Errorf("%+v, %+v", a, views)
	}
	for _, i := range []int{0, 2} {
		if err := l.Stop(l.Cluster().ID(i)); err != nil {
			t.Fatal(err)
		}
	}
	views, a = c.Consensus(t.Context(), "k")
	if a.Verdict != quorate.Pending || views[0].Err == nil || views[1].Err != nil || views[1].Version() != 3 {
		t.Errorf("%+v, %+v", a, views)
	}
}

// With HTTP, members tell the earlier versions that they keep, too.
func TestHistories(t *testing.T) {
	served := serveHTTP(t, 1, nil)
	r := restClient(t, open(t, remote.Config{File: served.file}), remote.RESTConfig{})
	for _, op := range []client.Op{
		{Kind: quorate.OpPut, Key: "a k", Value: []byte("\xff")}, {Kind: quorate.OpDelete, Key: "a k"}, {Kind: quorate.OpPut, Key: "a k"},
	} {
		if _, err := r.Do(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	v, err := r.History(t.Context(), "a k")
	if err != nil {
		t.Fatal(err)
	}
	if want := view(1, "1=\xff 2! 3="); v.ID != want.ID || v.Partial || !reflect.DeepEqual(v.Versions, want.Versions) {
		t.Errorf("%+v, want %+v", v, want)
	}
	if v, err := r.History(t.Context(), "nothing"); err != nil || len(v.Versions) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := r.History(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("%v", err)
	}
}

// Histories over HTTP and states over the binary port make one view.
func TestViewsWithHistories(t *testing.T) {
	l, err := server.StartLocal(server.LocalConfig{New: primary.New, Transport: "tcp", Machine: func() quorate.StateMachine {
		return quorate.NewKV(quorate.KVConfig{History: 5})
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := &quorate.Config{Addresses: l.Addresses(), HTTPAddresses: map[quorate.ID]string{}}
	for _, id := range l.Cluster().IDs()[:2] { // one has none
		n, err := l.Node(id)
		if err != nil {
			t.Fatal(err)
		}
		h, err := rest.New(rest.Config{Backend: n})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewServer(h)
		defer s.Close()
		file.HTTPAddresses[id] = s.URL
	}
	c := open(t, remote.Config{File: file})
	session := attach(t, c, client.Config{})
	for range 3 {
		if _, err := session.Put(t.Context(), "k", []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	views, a := c.Consensus(t.Context(), "k")
	if a.Verdict != quorate.Won {
		t.Errorf("%+v, %+v", a, views)
	}
	if v := views[0]; len(v.Versions) != 3 || v.Partial {
		t.Errorf("the leader: %+v", v)
	}
	if v := views[2]; len(v.Versions) > 1 || !v.Partial && v.Version() > 0 {
		t.Errorf("a member without HTTP: %+v", v)
	}
}

// A member that has started again tells at once, though the last thing heard of
// it is that it could not be reached.
func TestViewsOfMembersThatAreBack(t *testing.T) {
	l, file := start(t)
	c := open(t, remote.Config{File: file})
	id := l.Cluster().ID(1)
	for range 2 {
		if err := l.Stop(id); err != nil {
			t.Fatal(err)
		}
		for range 2 { // so that the next dial is some time off
			if v := c.View(t.Context(), id, "k"); v.Err == nil {
				t.Fatal("a member that is down told its state")
			}
		}
		if err := l.Start(id); err != nil {
			t.Fatal(err)
		}
		if v := c.View(t.Context(), id, "k"); v.Err != nil {
			t.Errorf("a member that is back: %v", v.Err)
		}
	}
}
