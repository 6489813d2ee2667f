package admin_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exposed returns a row of the documentation for each metric of a text.
func exposed(text string) []string {
	label := regexp.MustCompile(`^(\w+?)(?:_bucket|_sum|_count)?\{(.*)\} `)
	key := regexp.MustCompile(`(\w+)="`)
	help, kind, labels := map[string]string{}, map[string]string{}, map[string]string{}
	for line := range strings.Lines(text) {
		words := strings.SplitN(strings.TrimSpace(line), " ", 4)
		switch {
		case strings.HasPrefix(line, "# HELP quorate_"):
			help[words[2]] = words[3]
		case strings.HasPrefix(line, "# TYPE quorate_"):
			kind[words[2]] = words[3]
		case label.MatchString(line):
			m := label.FindStringSubmatch(line)
			var keys []string
			for _, k := range key.FindAllStringSubmatch(m[2], -1) {
				if k[1] != "le" {
					keys = append(keys, k[1])
				}
			}
			if len(keys) > 0 {
				labels[m[1]] = "{" + strings.Join(keys, ",") + "}"
			}
		}
	}
	var rows []string
	for name := range help {
		rows = append(rows, fmt.Sprintf("| `%s%s` | %s | %s |", name, labels[name], kind[name], help[name]))
	}
	slices.Sort(rows)
	return rows
}

// Every metric stands in the documentation, with its type and its help, and no other.
func TestMetricsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for line := range strings.Lines(string(doc)) {
		if strings.HasPrefix(line, "| `quorate_") {
			documented = append(documented, strings.TrimSpace(line))
		}
	}
	slices.Sort(documented)
	rows := exposed(newRig(t, 3, nil).members[0].metrics())
	if !slices.Equal(rows, documented) {
		t.Errorf("docs/admin.md has\n%s\nwant\n%s", strings.Join(documented, "\n"), strings.Join(rows, "\n"))
	}
	if len(rows) < 30 {
		t.Errorf("%d metrics", len(rows))
	}
}

// Every endpoint stands in the documentation.
func TestEndpointsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths(t, newRig(t, 1, nil).members[0]) {
		if !strings.Contains(string(doc), "`"+path) && !strings.HasPrefix(path, "/debug/pprof/") {
			t.Errorf("docs/admin.md has no `%s`", path)
		}
	}
}

// paths returns all that a member serves, as it says itself.
func paths(t *testing.T, m *member, headers ...string) []string {
	t.Helper()
	known := m.ask("/nothing", headers...).Body.String()
	all := regexp.MustCompile(`/[a-z]+[a-z/]*`).FindAllString(known[strings.Index(known, "there are"):], -1)
	if len(all) < 12 {
		t.Fatalf("%q in %s", all, known)
	}
	return all
}
