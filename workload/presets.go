package workload

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate/internal/spelling"
)

// Presets are workloads with names.
func Presets() []Spec {
	ycsb := func(name, about string, kind Kind, ops Operations) Spec {
		return Spec{
			Name: name, About: about + "; 1000 records of 1000 bytes, which stand for 10 fields of 100, loaded first", Keys: defaultKeys,
			Distribution: Distribution{Kind: kind}, Operations: ops, Values: Values{Size: 1000}, Load: LoadAll,
		}
	}
	return []Spec{
		{Name: "default", About: "half reads, half writes of 100 bytes, 1000 keys, all alike"},
		ycsb("ycsb-a", "YCSB A, update heavy: half reads, half updates, zipfian keys", Zipfian, Operations{Get: 0.5, Put: 0.5}),
		ycsb("ycsb-b", "YCSB B, read mostly: 95 % reads, 5 % updates, zipfian keys", Zipfian, Operations{Get: 0.95, Put: 0.05}),
		ycsb("ycsb-c", "YCSB C, read only: zipfian keys", Zipfian, Operations{Get: 1}),
		ycsb("ycsb-d", "YCSB D, read latest: 95 % reads of recent records, 5 % new ones, which take the places of the oldest", Latest, Operations{Get: 0.95, Put: 0.05}),
		ycsb("ycsb-f", "YCSB F, read-modify-write: half reads, half reads followed by a plain write of the same key, zipfian keys", Zipfian, Operations{Get: 0.5, Modify: 0.5, Blindly: true}),
		{
			Name: "cas", About: "half reads, half read-modify-writes that lose no update: the write holds only at the version that was read",
			Operations: Operations{Get: 0.5, Modify: 0.5}, Load: LoadAll,
		},
		{
			Name: "conflict", About: "evaluations of EPaxos: writes, 2 % of them to one key of all clients, the others to keys of each client's own",
			Distribution: Distribution{Kind: Conflict, Conflicts: 0.02}, Operations: Operations{Put: 1},
		},
		{
			Name: "locality", About: "evaluation of WPaxos: 90 % local, half reads, half writes; needs zones",
			Distribution: Distribution{Kind: Zones, Locality: 0.9},
		},
		{
			Name: "moving", About: "the same at 95 %, while what each zone uses moves by two keys a second",
			Distribution: Distribution{Kind: Zones, Locality: 0.95, Speed: 2},
		},
		{
			Name: "hotspot", About: "9 of 10 operations on 10 of 1000 keys",
			Distribution: Distribution{Kind: Uniform, Hot: 0.9},
		},
		{
			Name: "cache", About: "read mostly, popular keys, values of very different sizes, reads mostly local; some keys expire",
			Keys: 10_000, Distribution: Distribution{Kind: Zipfian}, Operations: Operations{Get: 90, Put: 9, Delete: 1},
			Values: Values{Kind: Lognormal, Min: 16, Max: 10_000, Median: 300, Sigma: 1.2}, Reads: Reads{Log: 10, Local: 90}, Load: LoadAll,
		},
		{
			Name: "registry", About: "a registry of services: all read, few write, each at the version that it saw last",
			Keys: 200, Distribution: Distribution{Kind: Exponential}, Operations: Operations{Get: 95, PutIf: 5},
			Values: Values{Kind: List, Sizes: []Size{{Bytes: 64, Weight: 80}, {Bytes: 512, Weight: 15}, {Bytes: 4096, Weight: 5}}}, Load: LoadAll,
		},
		{Name: "ingest", About: "a log of measurements: plain writes, one key after the other", Distribution: Distribution{Kind: Order}, Operations: Operations{Put: 1}},
	}
}

// Preset returns the one of that name, or says which there are.
func Preset(name string) (Spec, error) {
	all := Presets()
	known := make([]string, len(all))
	for i, s := range all {
		if known[i] = s.Name; s.Name == name {
			return s, nil
		}
	}
	if strings.EqualFold(name, "ycsb-e") {
		return Spec{}, fmt.Errorf("workload ycsb-e: YCSB E scans ranges of keys, and the replicated store has no scans: each operation is on one key, so that protocols can tell which of them conflict")
	}
	return Spec{}, fmt.Errorf("workload %q: want one of %s, or a file%s", name, strings.Join(known, ", "), spelling.Hint(name, known, ""))
}
