package workload

// Kind is how keys are chosen.
type Kind string

// The kinds.
const (
	Order       Kind = "order"
	Uniform     Kind = "uniform"
	Conflict    Kind = "conflict"
	Normal      Kind = "normal"
	Zipfian     Kind = "zipfian"
	Exponential Kind = "exponential"
	Latest      Kind = "latest"
	Zones       Kind = "locality"
)

// SizeKind is how sizes of values are chosen.
type SizeKind string

// The kinds of sizes.
const (
	Constant    SizeKind = "constant"
	UniformSize SizeKind = "uniform"
	ZipfianSize SizeKind = "zipfian"
	Lognormal   SizeKind = "lognormal"
	List        SizeKind = "list"
)

// Entry explains a word that a Spec may use.
type Entry struct {
	Name     string   `json:"name"`
	About    string   `json:"about"`
	Settings []string `json:"settings,omitempty"` // by their names in JSON
}

// Kinds explains all ways to choose keys.
func Kinds() []Entry {
	return []Entry{
		{string(Order), "one key after the other, round the keys; the clients take them by turns", []string{"hot", "hot_keys"}},
		{string(Uniform), "all keys alike", []string{"hot", "hot_keys"}},
		{string(Conflict), "a share of the operations on one key of all clients, the others on keys of each client's own, by turns", []string{"conflicts"}},
		{string(Normal), "around a mean, round the keys; each zone may have a mean of its own, and means may move", []string{"mu", "sigma", "means", "speed", "hot", "hot_keys"}},
		{string(Zipfian), "few keys are popular and most are not: YCSB's (theta), scattered over the keys unless plain, or Paxi's (s, v)", []string{"theta", "plain", "s", "v", "hot", "hot_keys"}},
		{string(Exponential), "each key is used less than the one before it; what would lie beyond the last key is not drawn", []string{"lambda", "hot", "hot_keys"}},
		{string(Latest), "reads of what was written lately (theta), puts of what is new, in the place of what is oldest", []string{"theta"}},
		{string(Zones), "the clients of each zone mostly use keys of their own, around means equally far from each other", []string{"locality", "speed", "hot", "hot_keys"}},
	}
}

// SizeKinds explains all ways to choose sizes of values.
func SizeKinds() []Entry {
	return []Entry{
		{string(Constant), "all alike", []string{"size", "empty"}},
		{string(UniformSize), "every size from min to max alike", []string{"min", "max"}},
		{string(ZipfianSize), "from min to max, the smaller the more often", []string{"min", "max", "theta"}},
		{string(Lognormal), "many small ones and few that are much larger, from min to max; what would lie beyond is not drawn", []string{"min", "max", "median", "sigma"}},
		{string(List), "these, each as often as its weight says", []string{"sizes"}},
	}
}

// OperationKinds explains all operations.
func OperationKinds() []Entry {
	return []Entry{
		{"get", "a read, as reads says", nil},
		{"put", "a write in any case", nil},
		{"delete", "a delete in any case", nil},
		{"putif", "a write that holds only at the version that this client has seen last; of a key of which it has seen none, at 1 after load all, else if it is absent", nil},
		{"modify", "a get, and when the answer is there a write of that key, which holds only at the version that was read, or, blindly, in any case", []string{"blindly"}},
	}
}

// LoadKinds explains all loads.
func LoadKinds() []Entry {
	return []Entry{
		{string(LoadNone), "nothing", nil},
		{string(LoadAll), "every key once, the clients by turns", nil},
		{string(LoadHome), "with locality: the keys at home in each zone, by clients there, 64 each at most, those nearest to the mean first", nil},
	}
}

// names returns those of entries.
func names(entries []Entry) []string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.Name
	}
	return all
}
