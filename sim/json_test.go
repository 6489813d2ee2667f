package sim_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate/sim"
)

// A world written down and read back is the same world, to the last bit.
func TestSpecRoundTrips(t *testing.T) {
	swarm := swarmOf(t, "paxos")
	for seed := range uint64(200) {
		want, err := swarm.Spec(seed)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got sim.Spec
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %s comes back as\n%+v\nnot\n%+v", seed, data, got, want)
		}
	}
}

func TestDurationsRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 20_000 {
		want := sim.Spec{Seed: math.MaxUint64 - uint64(i), Safety: time.Duration(rng.Uint64() >> (1 + rng.IntN(62)))}
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got sim.Spec
		if err := json.Unmarshal(data, &got); err != nil || got.Safety != want.Safety || got.Seed != want.Seed {
			t.Fatalf("%s comes back as %v, seed %d: %v", data, got.Safety, got.Seed, err)
		}
	}
}

func TestSpecIsReadable(t *testing.T) {
	data, err := json.Marshal(sim.Spec{Seed: 7, Safety: 1500 * time.Millisecond, Dead: []int{2}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"seed":7`, `"safety":"1.5s"`, `"dead":[2]`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s: want %s", data, want)
		}
	}
	if strings.Contains(string(data), "faults") {
		t.Errorf("%s: want nothing about faults that are not there", data)
	}
}

func TestSpecsThatAreNone(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"sede":1}`, "unknown field sede (did you mean seed?): want some of seed, protocol,"},
		{`{"Seed":1}`, "unknown field Seed (did you mean seed?)"},
		{`{"clients":{"mix":{"keyz":1}}}`, "unknown field clients.mix.keyz (did you mean keys?)"},
		{`{"faults":[{"kind":"crash"},{"att":"1s"}]}`, "unknown field faults[1].att (did you mean at?)"},
		{`{"safety":"soon"}`, `safety is "soon": want a duration such as "1.5s"`},
		{`{"safety":1.5}`, `safety is 1.5: want a duration`},
		{`{"seed":"1"}`, "seed is \"1\": want a whole number that fits uint64"},
		{`{"seed":-1}`, "seed is -1: want a whole number"},
		{`{"dead":3}`, "dead is 3: want a list"},
		{`{"network":3}`, "network is 3: want an object"},
		{`{"faults":[{"after":[]}]}`, "faults[0].after is []: want an object"},
		{`{"by_value":1}`, "by_value is 1: want true or false"},
		{`{"protocol":1}`, "protocol is 1: want a string"},
		{`{"network":{"loss":"1"}}`, "network.loss is \"1\": want a number"},
		{`[]`, "is []: want an object"},
		{`{"seed":1} {`, "after top-level value"},
	} {
		var s sim.Spec
		if err := json.Unmarshal([]byte(test.text), &s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.text, err, test.want)
		}
	}
}

func TestNumbersAreNanoseconds(t *testing.T) {
	var s sim.Spec
	if err := json.Unmarshal([]byte(`{"safety":1500,"faults":null,"seed":18446744073709551615}`), &s); err != nil || s.Safety != 1500 || s.Seed != math.MaxUint64 {
		t.Errorf("%+v, %v", s, err)
	}
}
