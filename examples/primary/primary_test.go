package primary_test

import (
	"bytes"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
	"github.com/quorate/quorate/examples/primary"
	"github.com/quorate/quorate/script"
	"github.com/quorate/quorate/server"
)

func TestScripts(t *testing.T) { script.Run(t, "testdata/*.txt", build) }

func build(o *script.Options) (script.Config, error) {
	cluster, err := o.Cluster()
	return script.Config{Cluster: cluster, New: primary.New, App: newApp, Check: script.Linearizable}, err
}

func newApp() *quorate.Once {
	return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
}

// A log that every member has is trimmed, and a member that restarts afterwards
// has the same state as the others.
func TestTrimAndRestart(t *testing.T) {
	cluster, err := quorate.Grid(1, 3)
	if err != nil {
		t.Fatal(err)
	}
	w, err := script.NewWorld(script.Config{Cluster: cluster, New: primary.New, App: newApp})
	if err != nil {
		t.Fatal(err)
	}
	const writes = 1<<13 + 1000
	for seq := uint64(1); seq <= writes; seq++ {
		put := quorate.Command{Client: 1, Seq: seq, Issued: w.Now(), Op: quorate.OpPut, Key: strconv.Itoa(int(seq % 7))}
		if err := w.Request(cluster.ID(0), quorate.Request{Command: put, Timeout: time.Minute}); err != nil {
			t.Fatal(err)
		}
		if seq%1000 == 0 {
			w.Settle()
		}
	}
	w.Run(time.Second)
	for i, id := range cluster.IDs() {
		if err := errors.Join(w.Crash(id), w.Restart(id)); err != nil {
			t.Fatal(err)
		}
		w.Run(time.Second)
		if r := w.Replica(id).Report(); r.Executed != writes || r.Retained >= writes/2 {
			t.Errorf("%v after its restart: %+v, want %d executed and most of them trimmed", id, r, writes)
		}
		for _, key := range w.App(id).Keys() {
			mine, first := w.App(id).Snapshot(nil, key), w.App(cluster.ID(0)).Snapshot(nil, key)
			if !bytes.Equal(mine, first) {
				t.Errorf("%v and member %d disagree on key %s", id, i, key)
			}
		}
		if keys := w.App(id).Keys(); len(keys) != 7 {
			t.Errorf("%v has keys %q after its restart", id, keys)
		}
	}
	if len(w.Answers()) != writes || w.Err() != nil {
		t.Errorf("%d answers to %d writes, error %v", len(w.Answers()), writes, w.Err())
	}
}

// Members come and go on live nodes; the primary goes and comes back.
func TestLiveRestarts(t *testing.T) {
	cluster, err := server.StartLocal(server.LocalConfig{New: primary.New, Encode: true})
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	c, err := cluster.Client(client.Config{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ids := cluster.Cluster().IDs()
	for i, down := range []quorate.ID{ids[2], ids[1], ids[0], ids[2]} {
		if err := cluster.Stop(down); err != nil {
			t.Fatal(err)
		}
		if down == ids[0] { // nobody is served without the primary
			if err := cluster.Start(down); err != nil {
				t.Fatal(err)
			}
		}
		put, err := c.Put(t.Context(), "k", []byte{byte(i)})
		if err != nil || put.Version != uint64(i+1) {
			t.Fatalf("put %d: version %d, error %v", i, put.Version, err)
		}
		if down != ids[0] {
			if err := cluster.Start(down); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, err := c.Get(t.Context(), "k"); err != nil || got.Version != 4 || got.Value[0] != 3 {
		t.Errorf("get: %+v, error %v", got, err)
	}
}
