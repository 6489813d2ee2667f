package quorate

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestConfigFormatIsTheFile(t *testing.T) {
	file := readTestdata(t, "cluster.json")
	c := parsed(t, string(file))
	got, err := c.Format()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, file) {
		t.Errorf("format:\n%s\nwant\n%s", got, file)
	}
	compact, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var again Config
	if err := json.Unmarshal(compact, &again); err != nil || !reflect.DeepEqual(&again, c) {
		t.Errorf("%s is read back as %+v, %v", compact, again, err)
	}
}

func TestConfigFormatRefusesMalformedOptions(t *testing.T) {
	if text, err := (Config{Options: []byte("{")}).Format(); err == nil {
		t.Errorf("formatted as %s", text)
	}
	if err := json.Unmarshal([]byte(`{"adress":1}`), new(Config)); err == nil {
		t.Error("an unknown key is accepted")
	}
}

// What is formatted reads back equal, whatever the values.
func TestConfigFormatRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Config{
			Protocol:     rapid.StringMatching(`[a-z<&"é]{0,5}`).Draw(t, "protocol"),
			Addresses:    map[ID]string{},
			Horizon:      time.Duration(rapid.Int64Min(0).Draw(t, "horizon")),
			History:      rapid.IntRange(0, MaxHistory).Draw(t, "history"),
			MultiVersion: rapid.Bool().Draw(t, "multiversion"),
			Threshold:    Threshold{Number: float64(rapid.IntRange(0, 9).Draw(t, "threshold"))},
		}
		for i := range rapid.IntRange(1, 64).Draw(t, "members") {
			c.Addresses[ID(1+i%3)<<16|ID(i+1)] = "host:" + string(rune('1'+i/9)) + string(rune('1'+i%9))
		}
		if rapid.Bool().Draw(t, "with options") {
			c.Options = json.RawMessage(`{"text":"a<b & c","n":[1,2]}`)
		}
		if rapid.Bool().Draw(t, "with a benchmark") {
			b := DefaultBenchmark()
			b.WriteRatio = rapid.Float64Range(0, 1).Draw(t, "W")
			b.Speed = time.Duration(rapid.Int64Min(1).Draw(t, "Speed"))
			c.Benchmark = &b
		}
		text, err := c.Format()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(text)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%s is read back as %+v, %v", text, again, err)
		}
		if same, err := again.Format(); err != nil || !bytes.Equal(same, text) {
			t.Fatalf("%s is formatted again as %s, %v", text, same, err)
		}
	})
}

type testOptions struct {
	ElectionTimeout time.Duration
	Window          int
	Share           float32
	Thrifty         bool
	Retries         uint8
	Home            ID
	Named           string `json:"other_name"`
	Requests        RequestsConfig
	Quorums         QuorumSystem // functions: not for a file
	Hook            func()
	Internal        int `json:"-"`
	hidden          int
}

func TestDecodeOptions(t *testing.T) {
	c := &Config{Options: []byte(`{
		"election_timeout": "300ms", "share": 0.5, "thrifty": true, "retries": 3, "home": "2.1", "other_name": "x",
		"requests": {"max_pending": 5, "clock_skew": "1s", "max_hops": 2}}`)}
	have := testOptions{Window: 8, Requests: RequestsConfig{MaxKey: 9}}
	if err := c.DecodeOptions(&have); err != nil {
		t.Fatal(err)
	}
	want := testOptions{
		ElectionTimeout: 300 * time.Millisecond, Window: 8, Share: 0.5, Thrifty: true, Retries: 3, Home: 2<<16 | 1, Named: "x",
		Requests: RequestsConfig{MaxPending: 5, MaxKey: 9, ClockSkew: time.Second, MaxHops: 2},
	}
	if !reflect.DeepEqual(have, want) {
		t.Errorf("options %+v, want %+v", have, want)
	}
	if err := new(Config).DecodeOptions(&have); err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("no options change %+v, %v", have, err)
	}
}

func TestDecodeOptionsErrors(t *testing.T) {
	for options, want := range map[string]string{
		`{"election_timout":"1s"}`:      `config: options.election_timout: unknown key, the nearest known one is "election_timeout"`,
		`{"election_timeout":300}`:      `config: options.election_timeout: want a duration with a unit, such as "50ms", have 300`,
		`{"retries":256}`:               `options.retries: want a whole number from 0 of 8 bits, have 256`,
		`{"retries":-1}`:                `options.retries: want a whole number from 0 of 8 bits, have -1`,
		`{"share":1e39}`:                `options.share: 1e39 is out of range`,
		`{"home":"2"}`:                  `options.home: id "2": want zone.node, for example 1.2`,
		`{"home":2}`:                    `options.home: want a string, have a number`,
		`{"requests":{"max_pendng":1}}`: `options.requests.max_pendng: unknown key, the nearest known one is "max_pending"`,
		`{"requests":3}`:                `options.requests: want an object, have a number`,
		`{"window":1,"window":1}`:       `options.window: given twice`,
		`{"quorums":{}}`:                `options.quorums: unknown key`,
		`{"hook":1}`:                    `options.hook: unknown key`,
		`{"internal":1}`:                `options.internal: unknown key`,
		`{"-":1}`:                       `options."-": unknown key`,
		`{"hidden":1}`:                  `options.hidden: unknown key`,
		`{"` + strings.Repeat("a", 1<<20) + `":"x"}`: `unknown key, want one of election_timeout, window`,
		`[]`: `config: options: want an object, have an array`,
		`{`:  `config: options: want an object`,
	} {
		err := (&Config{Options: []byte(options)}).DecodeOptions(&testOptions{hidden: 1})
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 1000 {
			t.Errorf("%.100s:\n     %.200v\nwant %s", options, err, want)
		}
	}
	for _, into := range []any{nil, testOptions{}, new(int)} {
		if err := (&Config{}).DecodeOptions(into); err == nil {
			t.Errorf("options are decoded into a %T", into)
		}
	}
}

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"Window": "window", "ElectionTimeout": "election_timeout", "MaxTTL": "max_ttl",
		"HTTPPort": "http_port", "Q1": "q1", "LogBytes2": "log_bytes2", "K": "k",
	} {
		if have := snakeCase(name); have != want {
			t.Errorf("%s: %s, want %s", name, have, want)
		}
	}
}

// Nothing that a file may hold makes ParseConfig panic; what it accepts is
// valid and can be written and read again.
func FuzzParseConfig(f *testing.F) {
	f.Add(readTestdata(f, "paxi.json"))
	f.Add(readTestdata(f, "cluster.json"))
	f.Add([]byte(`{"address":{"1.1":"a:1","1.1":"a:1"},"threshold":"1s","T":1e999,"options":{"a":[{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Fatalf("accepted, but not valid: %v", err)
		}
		_ = c.DecodeOptions(&testOptions{})
		text, err := c.Format()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseConfig(text)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%s is read back as %+v, %v, want %+v", text, again, err, c)
		}
	})
}
