package keep_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/epaxos/core"
	"github.com/quorate/quorate/epaxos/keep"
	"github.com/quorate/quorate/epaxos/trim"
)

// rig is a Keeper of the first of three members, its table, and what it said.
type rig struct {
	*quorate.Node
	t         *testing.T
	now       time.Duration
	keeper    *keep.Keeper
	app       *quorate.Once
	table     *core.Table
	installed []core.Deps
	forgot    []string
	told      []core.ID
	stores    int
	changes   int
	left      []quorate.Envelope
}

const wait = 100 * time.Millisecond

func newRig(t *testing.T) *rig {
	t.Helper()
	c, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, now: time.Hour, table: core.NewTable(3), app: quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})}
	if r.Node, err = quorate.NewNode(quorate.NodeConfig{ID: c.ID(0), Cluster: c}); err != nil {
		t.Fatal(err)
	}
	r.keeper = keep.New(r.Node, r.app, keep.Config{
		Trim:  trim.Config{Size: 3, Self: 0, Least: 2, Step: 2, Retain: 4},
		Table: r.table, ChunkBytes: 16, Retransmit: wait, Batch: 4, Reach: 8,
		StoreLate: func() {}, Store: func() { r.stores++ },
		Forget:    func(row uint8, from, to uint64) { r.forgot = append(r.forgot, fmt.Sprintf("%d:%d-%d", row, from, to)) },
		Installed: func(base core.Deps) { r.installed = append(r.installed, base) },
		Tell:      func(_ quorate.ID, i *core.Instance) { r.told = append(r.told, i.ID) },
		Changed:   func() { r.changes++ },
	})
	if err := r.Start(r.now, nil); err != nil {
		t.Fatal(err)
	}
	r.flush()
	return r
}

func (r *rig) flush() {
	send := func(e quorate.Envelope) { r.left = append(r.left, e) }
	for b := r.Flush(send); !b.Empty(); b = r.Flush(send) {
		r.Synced(b, send)
	}
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	for end := r.now + d; r.now < end; {
		r.now += time.Millisecond
		r.Tick(r.now)
		r.flush()
	}
}

// hear returns what it says to a message.
func (r *rig) hear(from int, m any) string {
	r.t.Helper()
	r.left = nil
	if err := r.Receive(r.now, r.Cluster().ID(from), m); err != nil {
		r.t.Fatal(err)
	}
	r.flush()
	return r.said()
}

func (r *rig) said() string {
	var said []string
	for _, e := range r.left {
		said = append(said, fmt.Sprintf("%d %s", r.Cluster().Index(e.To), reflect.TypeOf(e.Msg).Name()))
	}
	return strings.Join(said, ", ")
}

// last returns the last message that was said, of type M.
func last[M any](r *rig) (m M) {
	for _, e := range r.left {
		if x, ok := e.Msg.(M); ok {
			m = x
		}
	}
	return m
}

// execute makes all of a row below upto executed.
func (r *rig) execute(row uint8, upto uint64) {
	for n := r.table.End(int(row)); n < upto; n++ {
		i := r.table.Open(core.ID{Row: row, Number: n})
		r.table.Commit(i, core.Value{})
		r.table.Order(i)
	}
	for r.table.Execute(100, func([]*core.Instance) {}) {
	}
}

func base(d ...uint64) core.Deps { return d }

// Who lacks something that another has dropped asks for its states, though not again
// at once, and not if it knows what is missing.
func TestWanted(t *testing.T) {
	r := newRig(t)
	r.execute(1, 5)
	for _, tc := range []struct {
		base core.Deps
		want string
	}{
		{base(0, 5), ""},
		{base(0, 6), "1 Wanted"},
		{base(0, 7), ""}, // it has asked a moment ago
	} {
		if got := r.hear(1, keep.Progress{Base: tc.base}); got != tc.want {
			t.Errorf("another has dropped %v: says %q, want %q", tc.base, got, tc.want)
		}
	}
	r.pass(wait)
	if got := r.hear(2, keep.Progress{Base: base(0, 6)}); got != "2 Wanted" {
		t.Errorf("says %q when it was not answered", got)
	}
	r.pass(wait)
	i := r.table.Open(core.ID{Row: 1, Number: 5})
	r.table.Commit(i, core.Value{Deps: base(9)})
	r.table.Order(i)
	if got := r.hear(2, keep.Progress{Base: base(0, 6)}); got != "" {
		t.Errorf("says %q when all that it lacks is committed", got)
	}
}

// Progress whose sender counts more rows than there are changes nothing.
func TestProgressOfAnotherCluster(t *testing.T) {
	bad := base(1, 1, 1, 1)
	for at, m := range []keep.Progress{{Ends: bad}, {Base: bad}, {Kept: trim.Report{Floor: bad}}, {Kept: trim.Report{Ends: bad}},
		{Kept: trim.Report{Executed: bad}}, {Kept: trim.Report{Next: bad}}} {
		r := newRig(t)
		if got := r.hear(1, m); got != "" || r.changes != 0 || r.table.Len() != 0 {
			t.Errorf("%d: says %q, %d instances", at, got, r.table.Len())
		}
	}
	r := newRig(t)
	r.hear(1, keep.Progress{Ends: base(0, 3)})
	if r.changes == 0 || r.table.Len() != 3 {
		t.Errorf("%d instances are known of another's 3", r.table.Len())
	}
}

// States are offered by whoever has executed all that is dropped where they are
// wanted, and sent to whom they were offered.
func TestOffer(t *testing.T) {
	r := newRig(t)
	r.execute(1, 4)
	r.execute(2, 1)
	r.table.Trim(base(0, 2))
	request := quorate.StateRequest{Serial: 1}
	if got := r.hear(1, request); got != "" {
		t.Errorf("says %q to one that it offered nothing", got)
	}
	for _, tc := range []struct {
		wanted core.Deps
		want   string
	}{
		{base(0, 5), ""},
		{base(0, 0, 2), ""},
		{base(1), ""},
		{base(0, 4, 1), "1 Offer"},
		{nil, "1 Offer"},
	} {
		got := r.hear(1, keep.Wanted{Base: tc.wanted})
		if m := last[keep.Offer](r); got != tc.want || got != "" && (!m.Base.Equal(base(0, 2)) || !m.Wanted.Equal(tc.wanted)) {
			t.Errorf("wanted %v: says %q, %+v", tc.wanted, got, m)
		}
	}
	if got := r.hear(1, request); got != "1 StateChunk" {
		t.Errorf("says %q to one to whom it offered states", got)
	}
	if got := r.hear(2, request); got != "" {
		t.Errorf("says %q to another", got)
	}
}

// fetches makes r ask the second member for states that include what is below.
func (r *rig) fetches(below core.Deps) {
	r.t.Helper()
	if got := r.hear(1, keep.Offer{Wanted: r.table.Base(), Base: below}); got != "1 StateRequest" || !r.keeper.Active() {
		r.t.Fatalf("says %q to an offer of %v", got, below)
	}
}

// An offer is taken if it is one of what is missing, and made for what is dropped
// here now.
func TestOffered(t *testing.T) {
	for _, tc := range []struct {
		name  string
		offer keep.Offer
		want  string
	}{
		{"good", keep.Offer{Wanted: base(0, 2), Base: base(0, 6)}, "1 StateRequest"},
		{"made for less", keep.Offer{Wanted: base(0, 1), Base: base(0, 6)}, ""},
		{"made for nothing", keep.Offer{Base: base(0, 6)}, ""},
		{"of nothing new", keep.Offer{Wanted: base(0, 2), Base: base(0, 4)}, ""},
		{"of another cluster", keep.Offer{Wanted: base(0, 2), Base: base(0, 6, 0, 1)}, ""},
	} {
		r := newRig(t)
		r.execute(1, 4)
		r.table.Trim(base(0, 2))
		if got := r.hear(1, tc.offer); got != tc.want || r.keeper.Active() != (tc.want != "") {
			t.Errorf("%s: says %q", tc.name, got)
		}
	}
	r := newRig(t)
	r.fetches(base(0, 6))
	if got := r.hear(2, keep.Offer{Base: base(0, 7)}); got != "" {
		t.Errorf("says %q to a second offer", got)
	}
	if got := r.hear(2, keep.Progress{Base: base(0, 9)}); got != "" {
		t.Errorf("says %q while it receives states", got)
	}
}

// Who receives states has none to offer, also not to whom it did before.
func TestReceiverSendsNothing(t *testing.T) {
	r := newRig(t)
	if got := r.hear(2, keep.Wanted{}); got != "2 Offer" {
		t.Fatalf("says %q", got)
	}
	r.fetches(base(0, 6))
	request := quorate.StateRequest{Serial: 1}
	if got := r.hear(2, keep.Wanted{}) + r.hear(2, request); got != "" {
		t.Errorf("says %q while it receives", got)
	}
	r.pass(10 * wait)
	if r.keeper.Active() {
		t.Fatal("it does not give up")
	}
	if got := r.hear(2, request); got != "" {
		t.Errorf("says %q after it gave up: its states may lack what it has executed", got)
	}
	if got := r.hear(2, keep.Wanted{}); got != "2 Offer" {
		t.Errorf("says %q when it is asked anew", got)
	}
}

// A sender that is silent is asked again a few times, and given up; one that goes on
// is not.
func TestSenderIsSilent(t *testing.T) {
	r := newRig(t)
	r.execute(1, 3)
	again := 0
	i := r.table.Get(core.ID{Row: 1, Number: 2})
	r.fetches(base(0, 6))
	request, changes := last[quorate.StateRequest](r), r.changes
	r.left = nil
	r.pass(20 * wait)
	for _, e := range r.left {
		if e.Msg == any(request) {
			again++
		}
	}
	if again != 4 || r.keeper.Active() || r.installed != nil || r.changes == changes {
		t.Errorf("asked again %d times, active %v, installed %v", again, r.keeper.Active(), r.installed)
	}
	if i.Node().Executed() {
		t.Error("what it had executed is not executed again, on states that came in part")
	}
	r.fetches(base(0, 6))
}

// chunk answers the last request of states.
func (r *rig) chunk(m quorate.StateRequest, key string, isLast bool) string {
	app := quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
	app.Apply(quorate.Command{Client: 1, Seq: 1, Op: quorate.OpPut, Key: key, Value: []byte("v")})
	part := quorate.StatePart{Key: key, Data: app.Save(nil, key)}
	return r.hear(1, quorate.StateChunk{Serial: m.Serial, Index: m.Index, Upto: 1, Until: 1, Parts: []quorate.StatePart{part}, Last: isLast})
}

// When all has come it counts as executed, and is dropped here as there.
func TestInstalled(t *testing.T) {
	r := newRig(t)
	r.execute(1, 3)
	r.fetches(base(0, 6))
	m := last[quorate.StateRequest](r)
	for index := range uint64(6) {
		r.pass(3 * wait) // slow, but it goes on
		m.Index = index
		if got := r.chunk(m, fmt.Sprint("k", index), index == 5); r.keeper.Active() != (index < 5) {
			t.Fatalf("chunk %d: says %q, active %v", index, got, r.keeper.Active())
		}
	}
	if len(r.installed) != 1 || !r.installed[0].Equal(base(0, 6)) || !r.table.Base().Equal(base(0, 6)) || !r.table.Floor().Equal(base(0, 6)) {
		t.Errorf("installed %v, base %v, floor %v", r.installed, r.table.Base(), r.table.Floor())
	}
	if own := r.keeper.Trimmer.Report(r.table); !own.Floor.Equal(base(0, 6)) || !own.Executed.Equal(base(0, 6, 0)) {
		t.Errorf("it reports %+v", own)
	}
	if got := fmt.Sprint(r.forgot, r.stores); got != "[1:0-6] 1" {
		t.Errorf("forgot and stored %s", got)
	}
	if got := r.app.Apply(quorate.Command{Op: quorate.OpGet, Key: "k3"}); string(got.Value) != "v" {
		t.Errorf("k3 is %+v", got)
	}
	if got := r.hear(1, keep.Progress{Base: base(0, 6)}); got != "" {
		t.Errorf("says %q to what it has", got)
	}
}

// What may be dropped is dropped once the states are saved, though not while states of
// another come: what is executed here is not in them.
func TestNothingIsDroppedWhileStatesCome(t *testing.T) {
	for _, active := range []bool{false, true} {
		r := newRig(t)
		r.execute(1, 4)
		for range 2 { // announces its floor, and raises it
			r.keeper.Tick()
			r.flush()
		}
		if own := r.keeper.Trimmer.Report(r.table); !own.Floor.Equal(base(0, 4, 0)) {
			t.Fatalf("its floor is %v", own.Floor)
		}
		if active {
			r.fetches(base(0, 6))
		}
		for other := 1; other < 3; other++ {
			r.hear(other, keep.Progress{Kept: trim.Report{Floor: base(0, 4), Ends: base(0, 4), Executed: base(0, 4)}})
		}
		r.keeper.Tick()
		r.pass(10 * time.Millisecond)
		if got := fmt.Sprint(r.forgot); (got != "[1:0-4]") != active || r.table.Base().Equal(base(0, 4)) == active {
			t.Errorf("receiving %v: forgot %s, base %v", active, got, r.table.Base())
		}
	}
}

// While states are sent their receiver needs what comes after them: it is kept, but not
// twice as much as is kept anyhow, and not for one that asks no more.
func TestKeptWhileStatesAreSent(t *testing.T) {
	for _, tc := range []struct {
		executed uint64
		pause    time.Duration
		dropped  bool
	}{{8, 0, false}, {9, 0, true}, {8, 3 * time.Second, true}} {
		r := newRig(t)
		r.execute(1, tc.executed)
		for key := range 9 { // more than a chunk
			c := quorate.Command{Client: 1, Seq: 1, Op: quorate.OpPut, Key: fmt.Sprint("k", key), Value: []byte("0123456789")}
			r.app.Apply(c)
		}
		r.hear(2, keep.Wanted{})
		if got := r.hear(2, quorate.StateRequest{Serial: 1}); got != "2 StateChunk" {
			t.Fatalf("says %q", got)
		}
		all := base(0, tc.executed)
		r.hear(1, keep.Progress{Kept: trim.Report{Floor: all, Ends: all, Executed: all}})
		r.hear(2, keep.Progress{Kept: trim.Report{Floor: all, Ends: all, Executed: all}})
		r.pass(tc.pause)
		for range 2 { // announces its floor, and raises it
			r.keeper.Tick()
			r.flush()
		}
		r.pass(10 * time.Millisecond)
		if dropped := r.table.Base() != nil; dropped != tc.dropped {
			t.Errorf("%d instances, after %v: dropped %v", tc.executed, tc.pause, dropped)
		}
	}
}
