package primary_test

import (
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
	return script.Config{Cluster: cluster, New: primary.New, App: newApp}, err
}

func newApp() *quorate.Once {
	return quorate.NewOnce(quorate.NewKV(quorate.KVConfig{}), quorate.OnceConfig{})
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
