package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/quorate/quorate"
)

// The Kubernetes manifest starts a server that exists, with a cluster file that
// is valid and as long as the set of pods.
func TestManifestFitsTheServer(t *testing.T) {
	data, err := os.ReadFile("../../deploy/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	manifest := string(data)
	file, err := quorate.ParseConfig([]byte(literal(t, manifest, "cluster.json: |")))
	if err != nil {
		t.Fatal(err)
	}
	if replicas := one(t, manifest, `(?m)^  replicas: (\d+)`); len(file.Addresses) != 3 || replicas != "3" {
		t.Errorf("%d members in the file, %s replicas", len(file.Addresses), replicas)
	}
	var args []string
	for _, m := range regexp.MustCompile(`(?m)^            - (--\S+|server)$`).FindAllStringSubmatch(manifest, -1) {
		args = append(args, strings.NewReplacer("$(ORDINAL)", "3", "$(INIT)", "true").Replace(m[1]))
	}
	c, rest, err := findCommand(args)
	if err != nil || len(rest) < 4 {
		t.Fatalf("%q: %v", args, err)
	}
	f := newFlags("quorate " + c.name)
	c.setup(f)
	if err := f.parse(rest); err != nil {
		t.Fatal(err)
	}
	id, err := quorate.ParseID(f.Lookup("id").Value.String())
	if err != nil {
		t.Fatal(err)
	}
	for name, addresses := range map[string]map[quorate.ID]string{
		"address": file.Addresses, "http_address": file.HTTPAddresses, "admin_address": file.AdminAddresses,
	} {
		if !strings.Contains(addresses[id], "//quorate-3.quorate:") {
			t.Errorf("%s of %v is %q: want pod quorate-3", name, id, addresses[id])
		}
	}
}

// literal returns the indented lines after a heading.
func literal(t *testing.T, text, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, heading+"\n")
	if !ok {
		t.Fatalf("there is no %q", heading)
	}
	var block strings.Builder
	for line := range strings.Lines(rest) {
		if !strings.HasPrefix(line, "    ") {
			break
		}
		block.WriteString(line)
	}
	return block.String()
}

// one returns what the only group of a pattern matches first.
func one(t *testing.T, text, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("nothing matches %s", pattern)
	}
	return m[1]
}
