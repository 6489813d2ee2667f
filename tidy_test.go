package quorate_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/tidy"
)

// floorPlan is the drawing in DESIGN as data: imports go down only.
var floorPlan = tidy.Plan{
	Floors: [][]string{
		{".", "wire", "wire/wiretest", "internal/tidy", "internal/bounds", "internal/spelling", "internal/hosts", "internal/names", "internal/text", "internal/lag", "internal/cputime", "internal/child", "internal/sleep", "internal/patient", "internal/strace", "internal/proc", "internal/trio", "internal/planted"},
		{"paxos/core", "paxos/readmit", "paxos/reads", "paxos", "paxos/claims", "trex/core", "trex", "trex/claims", "examples/primary", "nemesis", "workload",
			"epaxos", "epaxos/claims", "epaxos/core", "epaxos/decide", "epaxos/graph", "epaxos/keep", "epaxos/open", "epaxos/pace", "epaxos/readmit", "epaxos/trim",
			"internal/planted/generate", "internal/planted/paxos", "internal/planted/paxos/core", "internal/planted/paxos/readmit", "internal/planted/paxos/reads", "internal/planted/paxos/claims",
			"internal/planted/epaxos", "internal/planted/epaxos/core", "internal/planted/epaxos/decide", "internal/planted/epaxos/graph", "internal/planted/epaxos/keep", "internal/planted/epaxos/open", "internal/planted/epaxos/readmit", "internal/planted/epaxos/trim", "internal/planted/epaxos/claims",
			"internal/planted/trex", "internal/planted/trex/core", "internal/planted/trex/claims", "internal/planted/trex/paxos/core", "internal/planted/trex/paxos/readmit", "internal/planted/trex/paxos/reads",
			"internal/planted/wpaxos", "internal/planted/wpaxos/claims", "internal/planted/wpaxos/core", "internal/planted/wpaxos/fetch", "internal/planted/wpaxos/objects", "internal/planted/wpaxos/post", "internal/planted/wpaxos/readmit", "internal/planted/wpaxos/steal", "internal/planted/wpaxos/trim", "internal/planted/wpaxos/paxos/core",
			"wpaxos", "wpaxos/claims", "wpaxos/core", "wpaxos/fetch", "wpaxos/hot", "wpaxos/near", "wpaxos/objects", "wpaxos/place", "wpaxos/post", "wpaxos/readmit", "wpaxos/steal", "wpaxos/trim"},
		{"client", "checker", "checker/history", "checker/models", "checker/search", "checker/sessions", "journal", "journal/disk", "journal/journaltest", "script", "sim", "sim/ghost", "sim/instances", "sim/explore", "sim/diagram",
			"transport", "transport/certs", "transport/transporttest"},
		{"protocols", "server", "server/admin", "server/daemon", "server/remote", "server/rest", "trex/engine"},
		{"bench", "bench/model", "bench/page", "bench/plot", "bench/sheet", "bench/study", "bench/yardstick", "internal/faults", "internal/fleet", "examples/console", "examples/kvstore", "examples/maelstrom", "examples/stack",
			"tester", "tester/inject", "tester/inject/netns", "tester/maelstrom", "tester/matrix", "tester/mutants", "tester/results", "tester/store", "tester/timeline", "tester/workloads"},
		{"bin/..."},
	},
	Sideways: map[string][]string{
		".":                             {"wire", "internal/bounds", "internal/names", "internal/spelling"},
		"wire/wiretest":                 {"wire"},
		"internal/proc":                 {".", "internal/child"},
		"internal/strace":               {"internal/child"},
		"internal/text":                 {"."},
		"internal/trio":                 {"."},
		"internal/lag":                  {"."},
		"paxos":                         {"paxos/core", "paxos/readmit", "paxos/reads"},
		"paxos/readmit":                 {"paxos/core"},
		"epaxos":                        {"epaxos/core", "epaxos/decide", "epaxos/keep", "epaxos/open", "epaxos/pace", "epaxos/readmit", "epaxos/trim"},
		"epaxos/claims":                 {"epaxos", "epaxos/core", "epaxos/keep"},
		"epaxos/keep":                   {"epaxos/core", "epaxos/trim"},
		"epaxos/readmit":                {"epaxos/core"},
		"epaxos/decide":                 {"epaxos/core"},
		"epaxos/open":                   {"epaxos/core", "epaxos/pace"},
		"epaxos/trim":                   {"epaxos/core"},
		"epaxos/core":                   {"epaxos/graph"},
		"wpaxos":                        {"wpaxos/core", "wpaxos/fetch", "wpaxos/near", "wpaxos/objects", "wpaxos/place", "wpaxos/post", "wpaxos/readmit", "wpaxos/steal", "wpaxos/trim", "paxos/core"},
		"wpaxos/core":                   {"paxos/core"},
		"wpaxos/post":                   {"wire", "paxos/core"},
		"wpaxos/objects":                {"wpaxos/core", "wpaxos/steal"},
		"wpaxos/near":                   {"epaxos/pace", "wpaxos/place"},
		"wpaxos/steal":                  {"wpaxos/place"},
		"wpaxos/fetch":                  {"wpaxos/objects", "paxos/core"},
		"wpaxos/readmit":                {"wpaxos/objects", "paxos/core"},
		"wpaxos/trim":                   {"wpaxos/objects"},
		"wpaxos/claims":                 {"wpaxos", "wpaxos/fetch", "wpaxos/readmit", "paxos/core"},
		"trex/core":                     {"paxos/core"},
		"trex":                          {"trex/core", "paxos/core", "paxos/readmit", "paxos/reads"},
		"trex/claims":                   {"trex", "trex/core", "paxos/core", "paxos/readmit"},
		"paxos/claims":                  {"paxos", "paxos/core", "paxos/readmit"},
		"internal/planted/paxos":        {"internal/planted/paxos/core", "internal/planted/paxos/readmit", "internal/planted/paxos/reads"},
		"internal/planted/paxos/claims": {"internal/planted/paxos", "internal/planted/paxos/core", "internal/planted/paxos/readmit"},
		"journal/disk":                  {"journal"},
		"script":                        {"checker", "journal"},
		"server/daemon":                 {"server", "server/admin", "server/rest"},
		"sim":                           {"sim/ghost", "sim/instances", "client", "checker", "checker/history", "checker/models", "checker/search", "checker/sessions", "journal"},
		"sim/instances":                 {"sim/ghost"},
		"sim/diagram":                   {"sim"},
		"checker":                       {"checker/history", "checker/search"},
		"checker/models":                {"checker", "checker/history", "checker/search"},
		"checker/sessions":              {"checker", "checker/history"},
		"tester":                        {"internal/fleet", "tester/inject", "tester/inject/netns", "tester/results", "tester/store", "tester/timeline", "tester/workloads"},
		"tester/maelstrom":              {"tester/results", "tester/store", "tester/timeline"},
		"tester/inject":                 {"tester/results"},
		"tester/matrix":                 {"tester", "tester/inject", "tester/results", "tester/store", "tester/workloads"},
		"tester/mutants":                {"tester", "tester/results"},
		"tester/store":                  {"bench/plot", "bench/sheet", "tester/results", "tester/timeline"},
		"tester/timeline":               {"bench/plot", "bench/sheet", "tester/results"},
		"tester/workloads":              {"tester/results"},
		"sim/explore":                   {"sim", "sim/ghost", "journal"},
		"bench":                         {"bench/yardstick", "internal/fleet"},
		"bench/model":                   {"bench"},
		"bench/page":                    {"bench", "bench/plot", "bench/sheet", "bench/study"},
		"bench/plot":                    {"bench", "bench/model", "bench/study"},
		"bench/sheet":                   {"bench/plot"},
		"bench/study":                   {"bench"},
		"server/admin":                  {"server"},
		"transport":                     {"transport/certs"},
		"transport/transporttest":       {"transport"},
		"server/remote":                 {"server/admin"},
		"server/rest":                   {"server"},
		"trex/engine":                   {"server", "server/daemon"},
		"examples/kvstore":              {"examples/console"},
		"examples/stack":                {"examples/console"},

		"internal/planted/paxos/readmit":      {"internal/planted/paxos/core"},
		"internal/planted/trex":               {"internal/planted/trex/core", "internal/planted/trex/paxos/core", "internal/planted/trex/paxos/readmit", "internal/planted/trex/paxos/reads"},
		"internal/planted/epaxos":             {"epaxos/pace", "internal/planted/epaxos/core", "internal/planted/epaxos/decide", "internal/planted/epaxos/keep", "internal/planted/epaxos/open", "internal/planted/epaxos/readmit", "internal/planted/epaxos/trim"},
		"internal/planted/epaxos/claims":      {"internal/planted/epaxos", "internal/planted/epaxos/core", "internal/planted/epaxos/keep"},
		"internal/planted/epaxos/core":        {"internal/planted/epaxos/graph"},
		"internal/planted/epaxos/decide":      {"internal/planted/epaxos/core"},
		"internal/planted/epaxos/keep":        {"internal/planted/epaxos/core", "internal/planted/epaxos/trim"},
		"internal/planted/epaxos/open":        {"epaxos/pace", "internal/planted/epaxos/core"},
		"internal/planted/epaxos/readmit":     {"internal/planted/epaxos/core"},
		"internal/planted/wpaxos/steal":       {"wpaxos/place"},
		"internal/planted/epaxos/trim":        {"internal/planted/epaxos/core"},
		"internal/planted/wpaxos":             {"wpaxos/near", "internal/planted/wpaxos/core", "internal/planted/wpaxos/fetch", "internal/planted/wpaxos/objects", "internal/planted/wpaxos/post", "internal/planted/wpaxos/readmit", "internal/planted/wpaxos/steal", "internal/planted/wpaxos/trim", "internal/planted/wpaxos/paxos/core"},
		"internal/planted/wpaxos/claims":      {"internal/planted/wpaxos", "internal/planted/wpaxos/fetch", "internal/planted/wpaxos/readmit", "internal/planted/wpaxos/paxos/core"},
		"internal/planted/wpaxos/core":        {"internal/planted/wpaxos/paxos/core"},
		"internal/planted/wpaxos/fetch":       {"internal/planted/wpaxos/objects", "internal/planted/wpaxos/paxos/core"},
		"internal/planted/wpaxos/objects":     {"internal/planted/wpaxos/core", "internal/planted/wpaxos/steal"},
		"internal/planted/wpaxos/readmit":     {"internal/planted/wpaxos/objects", "internal/planted/wpaxos/paxos/core"},
		"internal/planted/wpaxos/trim":        {"internal/planted/wpaxos/objects"},
		"internal/planted/wpaxos/post":        {"wire", "internal/planted/wpaxos/paxos/core"},
		"internal/planted/trex/core":          {"internal/planted/trex/paxos/core"},
		"internal/planted/trex/claims":        {"internal/planted/trex", "internal/planted/trex/core", "internal/planted/trex/paxos/core", "internal/planted/trex/paxos/readmit"},
		"internal/planted/trex/paxos/readmit": {"internal/planted/trex/paxos/core"},
	},
}

// pure lists the protocols: deterministic, sequential, without I/O.
var pure = []string{
	"wpaxos", "wpaxos/core", "wpaxos/fetch", "wpaxos/hot", "wpaxos/near", "wpaxos/objects", "wpaxos/place", "wpaxos/post", "wpaxos/readmit", "wpaxos/steal", "wpaxos/trim",
	"paxos", "paxos/core", "paxos/readmit", "paxos/reads", "trex", "trex/core", "epaxos", "epaxos/core", "epaxos/decide", "epaxos/graph", "epaxos/keep", "epaxos/open", "epaxos/pace", "epaxos/readmit", "epaxos/trim",
	"examples/primary"}

// overLimit lists what was over a limit when the limit came, with its size
// then. It may shrink but not grow.
var overLimit = map[string]int{
	"paxos": 1027, // 76 of them for leases

	"trex/core": 1248, // 69 of them for leases
}

// Lines of a file and of a function as they are, of a protocol without tests,
// comments and blank lines.
const (
	fileLines     = 400
	funcLines     = 70
	protocolLines = 900
)

func tree(t *testing.T) *tidy.Tree {
	t.Helper()
	tree, err := tidy.Load(os.DirFS("."), "github.com/quorate/quorate")
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func report(t *testing.T, found []tidy.Finding) {
	t.Helper()
	for _, f := range found {
		t.Error(f)
	}
}

func TestFloorPlan(t *testing.T) { report(t, tidy.Floors(tree(t), floorPlan)) }

// Flags, logging and ending the process belong to few packages.
func TestConfinedImports(t *testing.T) {
	report(t, tidy.Confined(tree(t), map[string][]string{
		"flag":                     {"bin", "script", "wire/wiretest"}, // -rewrite of golden files, for go test only
		"github.com/spf13/pflag":   {"bin"},
		"os/signal":                {"bin"},
		"golang.org/x/term":        {"bin"},
		"log":                      nil,
		"log/slog":                 {"bin", "server", "transport", "journal/disk", "trex/engine"},
		"pgregory.net/rapid":       nil,
		"go.uber.org/goleak":       nil,
		"math/rand":                nil, // v2 only
		"encoding/gob":             nil,
		"io/ioutil":                nil,
		"github.com/pkg/errors":    nil,
		"github.com/google/go-cmp": nil,
	}))
}

// The root and the protocols see no clock, no locks, no files, no sockets.
func TestDeterministicPackages(t *testing.T) {
	tree := tree(t)
	present := slices.DeleteFunc(slices.Clone(pure), func(dir string) bool { return len(tree.Library(dir)) == 0 })
	dirs := append([]string{"."}, present...)
	report(t, tidy.Banned(tree, dirs, []string{
		"sync/...", "os/...", "net/...", "log/...", "context", "syscall", "unsafe", "io/fs", "io/ioutil",
		"path/filepath", "database/...", "testing/...", "crypto/rand", "math/rand",
	}))
	report(t, tidy.Banned(tree, []string{"."}, []string{"bufio", "embed"}))
	report(t, tidy.Selectors(tree, dirs, "time", "Duration", "ParseDuration",
		"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"))
	report(t, tidy.Selectors(tree, dirs, "math/rand/v2", "Rand", "Source", "PCG", "New", "NewPCG"))
	report(t, tidy.Sequential(tree, dirs))

	ordered(t, tree, dirs)
}

// Nor do the worlds that protocols are simulated in depend on the order of maps.
// They have goroutines and clocks around them, though not in them.
func TestDeterministicWorlds(t *testing.T) {
	tree := tree(t)
	worlds := []string{"sim", "sim/ghost", "sim/instances", "sim/explore", "nemesis", "workload"}
	report(t, tidy.Selectors(tree, worlds, "math/rand/v2", "Rand", "Source", "PCG", "New", "NewPCG"))
	ordered(t, tree, worlds)
}

func ordered(t *testing.T, tree *tidy.Tree, dirs []string) {
	t.Helper()
	packages := make([]string, len(dirs))
	for i, dir := range dirs {
		packages[i] = "./" + dir
	}
	imp, err := tidy.Importer(tree.Fset, ".", packages...)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		found, err := tidy.MapOrder(tree, dir, imp)
		if err != nil {
			t.Fatal(err)
		}
		report(t, found)
	}
}

func TestDocumented(t *testing.T) { report(t, tidy.Documented(tree(t))) }

func TestNoGlobals(t *testing.T) { report(t, tidy.Globals(tree(t))) }

func TestNoSleeps(t *testing.T) { report(t, tidy.Sleeps(tree(t))) }

func TestFormatted(t *testing.T) { report(t, tidy.Formatted(tree(t))) }

func TestSizes(t *testing.T) {
	tree := tree(t)
	report(t, tidy.Ratchet(slices.Concat(
		tidy.LongFiles(tree, fileLines),
		tidy.LongFuncs(tree, funcLines),
		tidy.LongPackages(tree, pure, protocolLines),
	), overLimit))
}

// Nothing depends on, or tells of, the machine it was written on.
func TestNoMachinePaths(t *testing.T) {
	tree := tree(t)
	everywhere := func(path string) bool { return !strings.HasPrefix(path, "internal/tidy/") }
	code := func(path string) bool { return everywhere(path) && !strings.HasSuffix(path, ".md") }
	report(t, tidy.Matches(tree, regexp.MustCompile(`/(home|Users|root|w[o]rk)/[\w.]*`), everywhere, "path of one machine"))
	report(t, tidy.Matches(tree, regexp.MustCompile(`"?/t[m]p/\w+`), code, "path of one machine"))
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(here, "/") > 1 { // a checkout in /x would match too much
		report(t, tidy.Matches(tree, regexp.MustCompile(regexp.QuoteMeta(here)+`\b`), everywhere, "path of this checkout"))
	}
}

// What is unfinished belongs into the issue tracker.
func TestNoMarksOfUnfinishedWork(t *testing.T) {
	marks := regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b`)
	report(t, tidy.Matches(tree(t), marks, func(string) bool { return true }, "unfinished"))
}
