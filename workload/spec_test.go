package workload

import (
	"encoding/json"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// verdict is what a Spec's errors are to say, empty if there are none.
type verdict struct {
	spec Spec
	run  Run
	want string
}

func (v *verdict) check(t *testing.T) {
	t.Helper()
	_, err := v.spec.Plan(v.run)
	if (err == nil) != (v.want == "") || err != nil && !strings.Contains(err.Error(), v.want) {
		t.Errorf("%+v: error %v, want %q", v.spec, err, v.want)
	}
}

func TestSpecValidate(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, v := range []verdict{
		{Spec{}, Run{}, ""},
		{Spec{Keys: -1}, Run{}, "-1 keys"},
		{Spec{Keys: MaxKeys + 1}, Run{}, "keys: want 1 to"},
		{Spec{Load: "al"}, Run{}, `load "al": want one of none, all, zone-home (did you mean all?)`},
		{Spec{Load: LoadHome}, Run{}, "load zone-home with a distribution uniform"},
		{Spec{Load: LoadHome, Distribution: Distribution{Kind: Zones, Locality: 0.5}}, Run{Clients: 2, Zones: 2}, ""},
		{Spec{}, Run{Clients: 1<<16 + 1}, "clients: want at most"},

		{Spec{Operations: Operations{Put: -1}}, Run{}, "a weight of -1 for put"},
		{Spec{Operations: Operations{Modify: nan}}, Run{}, "for modify"},
		{Spec{Operations: Operations{Get: inf}}, Run{}, "for get"},
		{Spec{Operations: Operations{Get: math.MaxFloat64, Put: math.MaxFloat64}}, Run{}, "sum to infinity"},
		{Spec{Operations: Operations{Blindly: true}}, Run{}, "blindly without a modify"},
		{Spec{Operations: Operations{Blindly: true, Modify: 1}}, Run{}, ""},
		{Spec{Reads: Reads{Local: -1}}, Run{}, "a weight of -1 for local"},
	} {
		v.check(t)
	}
}

func TestDistributionValidate(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, v := range []verdict{
		{Spec{Distribution: Distribution{Kind: "zipfan"}}, Run{}, "(did you mean zipfian?)"},
		{Spec{Distribution: Distribution{Theta: 0.5}}, Run{}, "theta with a distribution uniform: it is for zipfian, latest"},
		{Spec{Distribution: Distribution{Kind: Zipfian, Speed: 1}}, Run{}, "speed with a distribution zipfian: it is for normal, locality"},
		{Spec{Distribution: Distribution{Kind: Latest, Hot: 0.5}}, Run{}, "hot with a distribution latest"},
		{Spec{Distribution: Distribution{Kind: Normal, Mu: inf}}, Run{}, "a mu of +Inf"},
		{Spec{Distribution: Distribution{Kind: Normal, Mu: nan}}, Run{}, "a mu of NaN"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, inf}}}, Run{Zones: 2, Clients: 2}, "a mean of +Inf"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, nan}}}, Run{Zones: 2, Clients: 2}, "a mean of NaN"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, 2}}}, Run{Zones: 3, Clients: 3}, "2 means for 3 zones"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, 2}}}, Run{Zones: 2, Clients: 1}, "1 clients with keys of 2 zones"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, 2}, Mu: 1}}, Run{Zones: 2, Clients: 2}, "mu with means"},
		{Spec{Distribution: Distribution{Kind: Normal, Means: []float64{1, 2}}}, Run{Zones: 2, Clients: 2}, ""},
		{Spec{Distribution: Distribution{Kind: Normal, Sigma: -1}}, Run{}, "a deviation of -1 keys"},
		{Spec{Distribution: Distribution{Kind: Conflict, Conflicts: 1.5}}, Run{}, "conflicts of 1.5"},
		{Spec{Distribution: Distribution{Kind: Conflict, Conflicts: -0.5}}, Run{}, "conflicts of -0.5"},
		{Spec{Distribution: Distribution{Kind: Conflict}, Keys: 4}, Run{Clients: 4}, "4 keys for 4 clients"},
		{Spec{Distribution: Distribution{Kind: Conflict}, Keys: 5}, Run{Clients: 4}, ""},
		{Spec{Distribution: Distribution{Kind: Zipfian, Theta: 1}}, Run{}, "a theta of 1"},
		{Spec{Distribution: Distribution{Kind: Zipfian, Theta: -1}}, Run{}, "a theta of -1"},
		{Spec{Distribution: Distribution{Kind: Zipfian, Theta: 0.5, S: 2}}, Run{}, "s with theta"},
		{Spec{Distribution: Distribution{Kind: Zipfian, Plain: true, S: 2}}, Run{}, "s with theta or plain"},
		{Spec{Distribution: Distribution{Kind: Zipfian, S: -2}}, Run{}, "an s of -2"},
		{Spec{Distribution: Distribution{Kind: Zipfian, S: 101}}, Run{}, "an s of 101"},
		{Spec{Distribution: Distribution{Kind: Zipfian, V: 2}}, Run{}, "v without s"},
		{Spec{Distribution: Distribution{Kind: Zipfian, S: 2, V: 0.5}}, Run{}, "a v of 0.5"},
		{Spec{Distribution: Distribution{Kind: Zipfian, S: 2, V: 2e9}}, Run{}, "a v of 2e+09"},
		{Spec{Distribution: Distribution{Kind: Exponential, Lambda: -1}}, Run{}, "a lambda of -1"},
		{Spec{Distribution: Distribution{Kind: Zones}}, Run{Zones: 2, Clients: 2}, "a locality of 0"},
		{Spec{Distribution: Distribution{Kind: Zones, Locality: 1.5}}, Run{Zones: 2, Clients: 2}, "workload: a locality of 1.5: want more than 0"},
		{Spec{Distribution: Distribution{Kind: Zones, Locality: 0.5}}, Run{}, "at least 2 zones"},
		{Spec{Distribution: Distribution{Kind: Zones, Locality: 0.5}}, Run{Zones: 2}, "1 clients with keys of 2 zones"},
		{Spec{Distribution: Distribution{Hot: 1.5}}, Run{}, "a share of 1.5 on hot keys"},
		{Spec{Distribution: Distribution{Hot: -0.5}}, Run{}, "a share of -0.5 on hot keys"},
		{Spec{Distribution: Distribution{HotKeys: 3}}, Run{}, "3 hot keys without"},
		{Spec{Keys: 10, Distribution: Distribution{Hot: 0.5}}, Run{}, "10 hot keys of 10"},
		{Spec{Keys: 10, Distribution: Distribution{Hot: 0.5, HotKeys: -1}}, Run{}, "-1 hot keys of 10"},
	} {
		v.check(t)
	}
}

func TestValuesValidate(t *testing.T) {
	for _, v := range []verdict{
		{Spec{Values: Values{Kind: "zipfan"}}, Run{}, "(did you mean zipfian?)"},
		{Spec{Values: Values{Size: -1}}, Run{}, "values of -1 bytes"},
		{Spec{Values: Values{Size: MaxValue + 1}}, Run{}, "bytes: want 0 to"},
		{Spec{Values: Values{Size: MaxValue}}, Run{}, ""},
		{Spec{Values: Values{Kind: UniformSize, Max: MaxValue}}, Run{}, ""},
		{Spec{Values: Values{Kind: UniformSize, Empty: true}}, Run{}, "empty of values that are uniform"},
		{Spec{Values: Values{Size: 1, Empty: true}}, Run{}, "empty values of 1 bytes"},
		{Spec{Values: Values{Max: 3}}, Run{}, "max of values that are constant: it is for uniform, zipfian, lognormal"},
		{Spec{Values: Values{Kind: UniformSize, Min: -1}}, Run{}, "values of -1 to 1000"},
		{Spec{Values: Values{Kind: UniformSize, Min: 10, Max: 9}}, Run{}, "values of 10 to 9"},
		{Spec{Values: Values{Kind: ZipfianSize, Theta: 1}}, Run{}, "sizes with a theta of 1"},
		{Spec{Values: Values{Kind: ZipfianSize, Theta: math.NaN()}}, Run{}, "sizes with a theta of NaN"},
		{Spec{Values: Values{Kind: ZipfianSize, Theta: -0.5}}, Run{}, "sizes with a theta of -0.5"},
		{Spec{Values: Values{Kind: Lognormal, Median: 0.5}}, Run{}, "a median of 0.5 bytes: want one between 1 and 1000"},
		{Spec{Values: Values{Kind: Lognormal, Median: 1}}, Run{}, ""},
		{Spec{Values: Values{Kind: Lognormal, Median: 1000}}, Run{}, ""},
		{Spec{Values: Values{Kind: Lognormal, Min: 10, Median: 10}}, Run{}, ""},
		{Spec{Values: Values{Kind: Lognormal, Min: 10, Median: 9}}, Run{}, "a median of 9 bytes: want one between 10 and 1000"},
		{Spec{Values: Values{Kind: Lognormal, Sigma: 10}}, Run{}, ""},
		{Spec{Values: Values{Kind: Lognormal, Sigma: 11}}, Run{}, "sizes with a sigma of 11"},
		{Spec{Values: Values{Kind: Lognormal, Median: 2000}}, Run{}, "a median of 2000 bytes"},
		{Spec{Values: Values{Kind: Lognormal, Sigma: -1}}, Run{}, "sizes with a sigma of -1"},
		{Spec{Values: Values{Kind: Lognormal, Max: MaxValue + 1}}, Run{}, "bytes: want 0 to"},
		{Spec{Values: Values{Kind: List}}, Run{}, "a list of 0 sizes"},
		{Spec{Values: Values{Kind: List, Sizes: make([]Size, maxSizes+1)}}, Run{}, "a list of 65 sizes"},
		{Spec{Values: Values{Kind: List, Sizes: []Size{{1, 0}}}}, Run{}, "with a weight of 0"},
		{Spec{Values: Values{Kind: List, Sizes: []Size{{1, math.Inf(1)}}}}, Run{}, "with a weight of +Inf"},
		{Spec{Values: Values{Kind: List, Sizes: slices.Repeat([]Size{{MaxValue, 1}}, maxSizes)}}, Run{}, ""},
		{Spec{Values: Values{Kind: List, Sizes: []Size{{MaxValue + 1, 1}}}}, Run{}, "bytes: want 0 to"},
		{Spec{Values: Values{Kind: List, Sizes: []Size{{-1, 1}}}}, Run{}, "values of -1 bytes"},
		{Spec{Values: Values{Kind: List, Sizes: []Size{{1, math.MaxFloat64}, {2, math.MaxFloat64}}}}, Run{}, "sum to infinity"},
	} {
		v.check(t)
	}
}

// Rule: a default is what takes the place of a zero, and nothing else's. What has its
// defaults makes sense, and has them.
func TestDefaults(t *testing.T) {
	given := Distribution{Kind: Zipfian, Theta: 0.5}
	if got := (Spec{Distribution: given}).WithDefaults(1).Distribution; !reflect.DeepEqual(got, given) {
		t.Errorf("%+v has become %+v", given, got)
	}
	given = Distribution{Kind: Zipfian, S: 2, V: 3}
	if got := (Spec{Distribution: given}).WithDefaults(1).Distribution; !reflect.DeepEqual(got, given) {
		t.Errorf("%+v has become %+v", given, got)
	}
	for kind, load := range map[Kind]Load{Uniform: LoadNone, Latest: LoadAll, Zones: LoadHome} {
		if got := (Spec{Distribution: Distribution{Kind: kind}}).WithDefaults(1); got.Load != load || got.Values.Size != 100 {
			t.Errorf("%s: load %s, values of %d bytes", kind, got.Load, got.Values.Size)
		}
	}
	for _, e := range SizeKinds() {
		s := Spec{Values: Values{Kind: SizeKind(e.Name)}}
		if e.Name == string(List) {
			s.Values.Sizes = []Size{{1, 1}}
		}
		whole := s.WithDefaults(1)
		if err := whole.Validate(); err != nil || !reflect.DeepEqual(whole.WithDefaults(1), whole) {
			t.Errorf("%s with its defaults: %+v, %v", e.Name, whole.Values, err)
		}
	}
	if err := (Spec{Keys: MaxKeys}).Validate(); err != nil {
		t.Error(err)
	}
	if got := (Reads{}).Modes(); !slices.Equal(got, []quorate.ReadMode{quorate.ReadLog}) || (Reads{}).String() != "log" {
		t.Errorf("no reads ask for %v, %v", got, Reads{})
	}
	if got := (Operations{}).String(); got != "50% put, 50% get" || (Operations{}).Writes() != 0.5 {
		t.Errorf("no operations are %s", got)
	}
	if got := (Operations{Put: 1, Delete: 2, PutIf: 3, Get: 2}).Writes(); got != 0.75 {
		t.Errorf("a share of %v writes, want 0.75", got)
	}
}

func TestPresets(t *testing.T) {
	for _, s := range Presets() {
		if err := s.Check(Run{Clients: 64, Zones: 3}); err != nil || s.Name == "" || s.About == "" {
			t.Errorf("%+v: %v", s, err)
		}
		found, err := Preset(s.Name)
		if err != nil || !reflect.DeepEqual(found, s) {
			t.Errorf("%s: %+v, %v", s.Name, found, err)
		}
		// What is written as JSON means the same.
		data, err := json.Marshal(s.WithDefaults(64))
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := Parse(data)
		if err != nil || !reflect.DeepEqual(back, s.WithDefaults(64)) {
			t.Errorf("%s is %+v, was %+v: %v", data, back, s.WithDefaults(64), err)
		}
	}
	for name, want := range map[string]string{
		"ycsb-e": "no scans", "YCSB-E": "no scans", "ycsb-g": "did you mean ycsb-a?", "registrie": "did you mean registry?",
	} {
		if _, err := Preset(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every kind that is explained is one that works, and no setting is explained of a kind
// that there is not.
func TestEntriesAreComplete(t *testing.T) {
	d, v := &Distribution{}, &Values{}
	settings := map[string]bool{}
	for _, n := range append(d.given(), v.given()...) {
		settings[n.name] = true
	}
	for _, e := range append(Kinds(), SizeKinds()...) {
		for _, s := range e.Settings {
			if !settings[s] {
				t.Errorf("%s has %s, which is no setting", e.Name, s)
			}
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Distribution](), reflect.TypeFor[Values]()} {
		for _, tag := range tags(typ)[1:] {
			if !settings[tag] {
				t.Errorf("%v: %s is not looked at", typ, tag)
			}
		}
	}
	var ops []string
	for _, n := range (&Operations{}).weights() {
		ops = append(ops, n.name)
	}
	explained := names(OperationKinds())
	slices.Sort(ops)
	slices.Sort(explained)
	if !slices.Equal(ops, explained) {
		t.Errorf("operations %v, explained %v", ops, explained)
	}
	var modes []quorate.ReadMode
	for i, m := range (&Reads{}).modes() {
		if modes = append(modes, m.mode); tags(reflect.TypeFor[Reads]())[i] != m.mode.String() {
			t.Errorf("mode %v is called %s", m.mode, tags(reflect.TypeFor[Reads]())[i])
		}
		if got := Only(m.mode); !slices.Equal(got.Modes(), []quorate.ReadMode{m.mode}) || got.String() != m.mode.String() {
			t.Errorf("only %v: %v", m.mode, got)
		}
	}
	slices.Sort(modes)
	if !slices.Equal(modes, quorate.ReadModes()) {
		t.Errorf("modes %v", modes)
	}
}

func TestWords(t *testing.T) {
	r := Reads{Log: 1, Local: 9}
	if got := r.String(); got != "10% log, 90% local" {
		t.Error(got)
	}
	o := Operations{Get: 2, Modify: 2}
	if got := o.String(); got != "50% modify, 50% get" || o.Writes() != 1./3 {
		t.Error(got, o.Writes())
	}
	d := Distribution{Kind: Normal, Means: []float64{1, 2}, Hot: 0.1, HotKeys: 3}
	if got := d.String(); got != "normal (means [1 2], hot 0.1, hot keys 3)" {
		t.Error(got)
	}
	if got := (Distribution{Kind: Zipfian, Plain: true}).String(); got != "zipfian (plain)" {
		t.Error(got)
	}
	if got := (Distribution{Kind: Order}).String(); got != "order" {
		t.Error(got)
	}
	for want, v := range map[string]Values{
		"100-byte values": {}, "0-byte values": {Empty: true}, "values of 0 to 1000 bytes, uniform": {Kind: UniformSize}, "values of 0 to 1000 bytes, zipfian": {Kind: ZipfianSize}, "values of 1 sizes": {Kind: List, Sizes: []Size{{1, 1}}},
	} {
		if got := v.String(); got != want {
			t.Error(got)
		}
	}
}

// Every setting of a Spec is in the documentation.
func TestSettingsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/workloads.md")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Spec](), reflect.TypeFor[Distribution](), reflect.TypeFor[Operations](), reflect.TypeFor[Values](), reflect.TypeFor[Size](), reflect.TypeFor[Reads](), reflect.TypeFor[quorate.BenchmarkConfig](),
	} {
		words = append(words, tags(typ)...)
	}
	for _, entries := range [][]Entry{Kinds(), SizeKinds(), OperationKinds(), LoadKinds()} {
		words = append(words, names(entries)...)
	}
	for _, s := range Presets() {
		words = append(words, s.Name)
	}
	for _, word := range words {
		if !strings.Contains(string(page), "`"+word+"`") {
			t.Errorf("`%s` is not in docs/workloads.md", word)
		}
	}
}
