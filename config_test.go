package quorate

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func readTestdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// parsed returns the Config of a text that must be right.
func parsed(t testing.TB, text string) *Config {
	t.Helper()
	c, err := ParseConfig([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestConfigOfPaxi(t *testing.T) {
	c := parsed(t, string(readTestdata(t, "paxi.json")))
	id := func(s string) ID {
		id, err := ParseID(s)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	want := &Config{
		Addresses: map[ID]string{
			id("1.1"): "tcp://127.0.0.1:1735", id("1.2"): "tcp://127.0.0.1:1736",
			id("2.1"): "tcp://127.0.0.1:1737", id("2.2"): "127.0.0.1:1738",
		},
		HTTPAddresses: map[ID]string{
			id("1.1"): "http://127.0.0.1:8080", id("1.2"): "http://127.0.0.1:8081",
			id("2.1"): "http://127.0.0.1:8082", id("2.2"): "http://127.0.0.1:8083",
		},
		Policy:         "majority",
		Threshold:      Threshold{Interval: 1500 * time.Millisecond},
		Thrifty:        true,
		BufferSize:     512,
		ChanBufferSize: 2048,
		MultiVersion:   true,
		Benchmark: &BenchmarkConfig{
			Duration: 30 * time.Second, Keys: 200, WriteRatio: 0.25, Throttle: 1000, Concurrency: 4,
			Distribution: "zipfian", Conflicts: 20, Min: 5, Mu: 100, Sigma: 12.5, Move: true,
			Speed: 10 * time.Millisecond, ZipfianS: 1.5, ZipfianV: 3, Lambda: 0.02,
		},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("config %+v with benchmark %+v, want %+v with %+v", c, c.Benchmark, want, want.Benchmark)
	}
	cluster, err := c.Cluster()
	if err != nil || cluster.String() != "{1.1, 1.2, 2.1, 2.2}" {
		t.Errorf("cluster %v, %v", cluster, err)
	}
	if c.KV() != (KVConfig{History: MultiVersionHistory}) {
		t.Errorf("multiversion keeps %d versions", c.KV().History)
	}
}

// The spellings that Paxi's decoder takes, and those its users think it takes.
func TestConfigSpellings(t *testing.T) {
	const address = `"address":{"1.1":"a:1"}`
	for _, tc := range []struct {
		text string
		have func(c *Config) any
		want any
	}{
		{`{"benchmark":{"ZipfianS":3}}`, func(c *Config) any { return c.Benchmark.ZipfianS }, 3.0},
		{`{"benchmark":{"ZipfianV":3}}`, func(c *Config) any { return c.Benchmark.ZipfianV }, 3.0},
		{`{"benchmark":{"zipfian_s":3}}`, func(c *Config) any { return c.Benchmark.ZipfianS }, 3.0},
		{`{"benchmark":{"concurrency":3}}`, func(c *Config) any { return c.Benchmark.Concurrency }, 3},
		{`{"Thrifty":true}`, func(c *Config) any { return c.Thrifty }, true},
		{`{"benchmark":{"Distribution":"zipfian"}}`, func(c *Config) any { return c.Benchmark.Distribution }, "zipfian"},
		{`{"benchmark":{"T":1.5}}`, func(c *Config) any { return c.Benchmark.Duration }, 1500 * time.Millisecond},
		{`{"benchmark":{"T":"2m"}}`, func(c *Config) any { return c.Benchmark.Duration }, 2 * time.Minute},
		{`{"benchmark":{"Speed":"7s"}}`, func(c *Config) any { return c.Benchmark.Speed }, 7 * time.Second},
		{`{"threshold":3}`, func(c *Config) any { return c.Threshold }, Threshold{Number: 3}},
		{`{"policy":"consecutive","threshold":3}`, func(c *Config) any { return c.Threshold }, Threshold{Number: 3}},
		{`{"policy":"ema","threshold":0.2}`, func(c *Config) any { return c.Threshold }, Threshold{Number: 0.2}},
		{`{"policy":"majority","threshold":"2s"}`, func(c *Config) any { return c.Threshold }, Threshold{Interval: 2 * time.Second}},
		{`{"multiversion":true,"history":5}`, func(c *Config) any { return c.KV() }, KVConfig{History: 5}},
		{`{}`, func(c *Config) any { return c.KV() }, KVConfig{}},
		{`{"horizon":"20s"}`, func(c *Config) any { return c.Once() }, OnceConfig{Horizon: 20 * time.Second}},
		{`{"max_key":9,"max_value":10}`, func(c *Config) any { return c.Requests() }, RequestsConfig{MaxKey: 9, MaxValue: 10}},
		{`{}`, func(c *Config) any { return c.Requests() }, RequestsConfig{MaxKey: 1 << 10, MaxValue: 1 << 20}},
		{`{"history":7}`, func(c *Config) any { return c.Requests().MaxValue }, 1 << 20},
		{`{"multiversion":true}`, func(c *Config) any { return c.Requests().MaxValue }, MaxStateBytes / 101},
		{`{}`, func(c *Config) any { return c.Network() }, ""},
		{`{"transport":"udp"}`, func(c *Config) any { return c.Network() }, "udp"},
		{`{"benchmark":{}}`, func(c *Config) any { return *c.Benchmark }, DefaultBenchmark()},
		{`{}`, func(c *Config) any { return c.Benchmark }, (*BenchmarkConfig)(nil)},
	} {
		text := strings.Replace(tc.text, "{", "{"+address+",", 1)
		text = strings.Replace(text, ",}", "}", 1)
		if have := tc.have(parsed(t, text)); !reflect.DeepEqual(have, tc.want) {
			t.Errorf("%s: %v, want %v", text, have, tc.want)
		}
	}
}

func TestConfigErrorsSayWhere(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"empty file", ``, `config line 1, column 1: malformed JSON: unexpected end of JSON input`},
		{"not an object", "\n [1]", `config line 2, column 2: want an object, have an array`},
		{"null", `null`, `config line 1, column 1: want an object, have null`},
		{"cut off", "{\n\"address\": {", `config line 2, column 12: malformed JSON: unexpected end of JSON input`},
		{"trailing garbage", "{}\n }", `config line 2, column 2: malformed JSON: invalid character '}' after top-level value`},
		{"comma missing", `{"policy":"null" "thrifty":true}`, `config line 1, column 18: malformed JSON: invalid character '"' after object key:value pair`},
		{"column in characters", `{"policy":"größer","x":1}`, `config line 1, column 20: x: unknown key`},
		{"misspelt key", "{\n\t\"adress\": {}}", `config line 2, column 2: adress: unknown key, the nearest known one is "address"`},
		{"misspelt key below", "{\"benchmark\": {\n\"Concurency\": 3}}", `config line 2, column 1: benchmark.Concurency: unknown key, the nearest known one is "Concurrency"`},
		{"unknown key", `{"benchmark":{"zzz":1}}`, `benchmark.zzz: unknown key, want one of T, N, K, W, Throttle,`},
		{"long key", `{"` + strings.Repeat("x", 1000) + `":1}`, `config line 1, column 2: "xxx`},
		{"key twice", "{\"policy\":\"null\",\n\"policy\":\"null\"}", `config line 2, column 1: policy: given twice, first in line 1`},
		{"key in two spellings", `{"benchmark":{"Zipfian_s":1,"ZipfianS":2}}`, `column 29: benchmark.Zipfian_s: given twice`},
		{"id twice", "{\"address\":{\n\"1.1\":\"a:1\",\n\"1.1\":\"b:1\"}}", `config line 3, column 1: address."1.1": given twice, first in line 2`},
		{"id in another form", `{"address":{"01.1":"a:1"}}`, `config line 1, column 13: address."01.1": write the id as 1.1`},
		{"zone out of range", `{"address":{"70000.1":"a:1"}}`, `address."70000.1": id 70000.1: zone and node must lie in 1..65534`},
		{"no id", `{"address":{"one":"a:1"}}`, `address.one: id "one": want zone.node`},
		{"no members", `{}`, `config line 1, column 1: address: cluster of 0 members: want 1 to 64`},
		{"too many members", members(65), `config line 1, column 12: address: cluster of 65 members: want 1 to 64`},
		{"address of a stranger", `{"address":{"1.1":"a:1"},"http_address":{"1.2":"a:2"}}`, `column 48: http_address."1.2": 1.2 has no address, so it is not a member`},
		{"address twice", "{\"address\":{\"1.1\":\"a:1\",\n\"1.2\":\"tcp://A:1\"}}", `config line 2, column 7: address."1.2": a:1 is taken by address."1.1"`},
		{"address of another use", `{"address":{"1.1":"a:1"},"http_address":{"1.1":"http://a:1"}}`, `http_address."1.1": a:1 is taken by address."1.1"`},
		{"no port", `{"address":{"1.1":"tcp://a"}}`, `address."1.1": address "tcp://a": want scheme://host:port`},
		{"scheme", `{"address":{"1.1":"http://a:1"}}`, `address."1.1": scheme "http": want one of tcp, udp, chan`},
		{"scheme of an admin address", `{"address":{"1.1":"a:1"},"admin_address":{"1.1":"https://a:2"}}`, `admin_address."1.1": scheme "https": want one of http`},
		{"admin address of a stranger", `{"address":{"1.1":"a:1"},"admin_address":{"1.2":"a:2"}}`, `admin_address."1.2": 1.2 has no address, so it is not a member`},
		{"admin address of another use", `{"address":{"1.1":"a:1"},"http_address":{"1.1":"a:2"},"admin_address":{"1.1":"http://a:2"}}`, `admin_address."1.1": a:2 is taken by http_address."1.1"`},
		{"two names of one host", `{"address":{"1.1":"localhost:1","1.2":"127.0.0.1:1"}}`, `address."1.2": 127.0.0.1:1 is taken by address."1.1"`},
		{"one port, bound", `{"address":{"1.1":"a:1"},"http_address":{"1.1":"b:1"},"bind":"::"}`, `http_address."1.1": port 1 of node 1.1, on the host of bind, is taken by address."1.1"`},
		{"port in bind", `{"address":{"1.1":"a:1"},"bind":"0.0.0.0:80"}`, `bind: host "0.0.0.0:80": want no port`},
		{"brackets in bind", `{"address":{"1.1":"a:1"},"bind":"[::]"}`, `bind: host "[::]": want a host name or an IP address, one of IPv6 without brackets`},
		{"transport", `{"address":{"1.1":"a:1"},"transport":"quic"}`, `column 38: transport: transport "quic": want tcp or udp`},
		{"mixed schemes", `{"address":{"1.1":"a:1","1.2":"udp://a:2"}}`, `address: the schemes tcp and udp are mixed: write one, or say transport`},
		{"number for an address", `{"address":{"1.1":17}}`, `column 19: address."1.1": want a string, have a number`},
		{"string for addresses", `{"address":"a:1"}`, `column 12: address: want an object, have a string`},
		{"null", `{"address":null}`, `address: want an object, have null`},
		{"string for a boolean", `{"thrifty":"yes"}`, `column 12: thrifty: want a boolean, have a string`},
		{"boolean for a string", `{"policy":true}`, `policy: want a string, have a boolean`},
		{"array for a number", `{"buffer_size":[1]}`, `buffer_size: want a number, have an array`},
		{"array for an object", `{"benchmark":[1]}`, `benchmark: want an object, have an array`},
		{"fraction", `{"buffer_size":1.5}`, `buffer_size: want a whole number of 64 bits, have 1.5`},
		{"too large", `{"buffer_size":99999999999999999999}`, `buffer_size: want a whole number of 64 bits, have 9999`},
		{"too large a fraction", `{"benchmark":{"W":1e999}}`, `benchmark.W: 1e999 is out of range`},
		{"duration without a unit", `{"horizon":10}`, `column 12: horizon: want a duration with a unit, such as "50ms", have 10`},
		{"duration in words", `{"horizon":"long"}`, `horizon: want a duration with a unit, such as "50ms", have "long"`},
		{"duration too long", `{"benchmark":{"T":1e300}}`, `benchmark.T: 1e300 × 1s is too long`},
		{"options", `{"options":3}`, `options: want an object, have a number`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := ParseConfig([]byte(tc.text))
			if err == nil || c != nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%.200s:\n     %v\nwant %s", tc.text, err, tc.want)
			}
			if ce, ok := errors.AsType[*ConfigError](err); !ok || ce.Line == 0 {
				t.Errorf("%#v is no error with a place", err)
			}
		})
	}
}

func members(n int) string {
	var list []string
	for i := 1; i <= n; i++ {
		list = append(list, fmt.Sprintf(`"1.%d":"a:%d"`, i, i))
	}
	return `{"address":{` + strings.Join(list, ",") + `}}`
}

func TestConfigReportsSeveralErrors(t *testing.T) {
	_, err := ParseConfig([]byte(`{"adress":1,"thrifty":2,"policy":3}`))
	for _, part := range []string{"adress", "thrifty", "policy"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not tell of %s", err, part)
		}
	}
	_, err = ParseConfig([]byte(`{` + strings.Repeat(`"x":1,`, 1000) + `"y":1}`))
	if lines := strings.Count(err.Error(), "\n"); lines != maxConfigErrors || !strings.HasSuffix(err.Error(), "981 more errors") {
		t.Errorf("1001 errors are reported as %d:\n%v", lines+1, err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	good := func() *Config { return parsed(t, string(readTestdata(t, "cluster.json"))) }
	for _, tc := range []struct {
		path   string
		break_ func(c *Config)
	}{
		{"address", func(c *Config) { c.Addresses = nil }},
		{"quorums", func(c *Config) { c.Quorums = "count:2,2" }},
		{"quorums", func(c *Config) { c.Quorums = "most" }},
		{"wan", func(c *Config) { c.WAN = "aws3" }},  // in one zone
		{"jitter", func(c *Config) { c.Jitter = 1 }}, // without a wan
		{"jitter", func(c *Config) { c.Jitter = -1 }},
		{"leader_zone", func(c *Config) { c.LeaderZone = 2 }},
		{"leader_zone", func(c *Config) { c.LeaderZone = -1 }},
		{"horizon", func(c *Config) { c.Horizon = -1 }},
		{"history", func(c *Config) { c.History = -1 }},
		{"max_key", func(c *Config) { c.MaxKey = -1 }},
		{"max_key", func(c *Config) { c.MaxKey = MaxKeyBytes + 1 }},
		{"max_value", func(c *Config) { c.MaxValue = -1 }},
		{"max_value", func(c *Config) { c.MaxValue = MaxStateBytes/8 + 1 }},
		{"buffer_size", func(c *Config) { c.BufferSize = -1 }},
		{"chan_buffer_size", func(c *Config) { c.ChanBufferSize = -1 }},
		{"options", func(c *Config) { c.Options = []byte("[]") }},
		{"options", func(c *Config) { c.Options = []byte("{") }},
		{"policy", func(c *Config) { c.Policy = "sometimes" }},
		{"threshold", func(c *Config) { c.Threshold.Interval = -1 }},
		{"threshold", func(c *Config) { c.Threshold.Number = -1 }},
		{"threshold", func(c *Config) { c.Threshold.Number = 3 }},
		{"threshold", func(c *Config) { c.Policy = "ema" }},
		{"threshold", func(c *Config) { c.Policy, c.Threshold = "ema", Threshold{Number: 1.1} }},
		{"threshold", func(c *Config) { c.Policy = "consecutive" }},
		{"threshold", func(c *Config) { c.Policy, c.Threshold = "", Threshold{Number: 1.1} }},
		{"benchmark.T", func(c *Config) { c.Benchmark.Duration = -1 }},
		{"benchmark.T", func(c *Config) { c.Benchmark.Duration = 0 }},
		{"benchmark.N", func(c *Config) { c.Benchmark.Operations = -1 }},
		{"benchmark.K", func(c *Config) { c.Benchmark.Keys = 0 }},
		{"benchmark.W", func(c *Config) { c.Benchmark.WriteRatio = 50 }},
		{"benchmark.W", func(c *Config) { c.Benchmark.WriteRatio = -0.1 }},
		{"benchmark.Throttle", func(c *Config) { c.Benchmark.Throttle = -1 }},
		{"benchmark.Concurrency", func(c *Config) { c.Benchmark.Concurrency = 0 }},
		{"benchmark.Distribution", func(c *Config) { c.Benchmark.Distribution = "zipf" }},
		{"benchmark.Conflicts", func(c *Config) { c.Benchmark.Conflicts = 101 }},
		{"benchmark.Min", func(c *Config) { c.Benchmark.Min = -1 }},
		{"benchmark.Sigma", func(c *Config) { c.Benchmark.Sigma = -1 }},
		{"benchmark.Speed", func(c *Config) { c.Benchmark.Speed = -1 }},
		{"benchmark.Speed", func(c *Config) { c.Benchmark.Move, c.Benchmark.Speed = true, 0 }},
		{"benchmark.Zipfian_s", func(c *Config) { c.Benchmark.ZipfianS = 0 }},
		{"benchmark.Zipfian_v", func(c *Config) { c.Benchmark.ZipfianV = 0.5 }},
		{"benchmark.Lambda", func(c *Config) { c.Benchmark.Lambda = 0 }},
	} {
		c := good()
		tc.break_(c)
		err := c.Validate()
		if ce, ok := errors.AsType[*ConfigError](err); !ok || ce.Path != tc.path {
			t.Errorf("%s: %v", tc.path, err)
		}
	}
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
}

func TestSplitAddress(t *testing.T) {
	for _, tc := range []struct{ address, scheme, endpoint string }{
		{"tcp://127.0.0.1:1735", "tcp", "127.0.0.1:1735"},
		{"127.0.0.1:1735", "", "127.0.0.1:1735"},
		{"udp://[::1]:65535", "udp", "[::1]:65535"},
		{"http://node-1.example:80", "http", "node-1.example:80"},
	} {
		scheme, endpoint, err := SplitAddress(tc.address)
		if err != nil || scheme != tc.scheme || endpoint != tc.endpoint {
			t.Errorf("%s: %q %q %v", tc.address, scheme, endpoint, err)
		}
	}
	for scheme, want := range map[string]string{"tcp": "tcp", "udp": "udp"} {
		if c := parsed(t, `{"address":{"1.1":"`+scheme+`://a:1","1.2":"`+scheme+`://a:2"}}`); c.Network() != want {
			t.Errorf("addresses of %s mean transport %s", scheme, c.Network())
		}
	}
	for _, bad := range []string{
		"", ":", "a", "a:", "a:0", "a:01", "a:65536", "a:-1", "a:+1", "a:http", ":80", "tcp://:80", "://a:80",
		"http://a:80/", "http://a/b:80", "http://u@a:80", "a b:80", "::1:80", "[::1:80", "::1]:80", "[]:80", "[a]:80", "[a:]]:80",
	} {
		if scheme, endpoint, err := SplitAddress(bad); err == nil {
			t.Errorf("%q is taken as %q %q", bad, scheme, endpoint)
		}
	}
}
