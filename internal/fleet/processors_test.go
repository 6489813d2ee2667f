package fleet

import (
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Rule: members share the processors of the machine, at least one each, unless somebody
// has decided that.
func TestProcessors(t *testing.T) {
	said := func(environment []string, members int) string {
		cmd := exec.Command("sh", "-c", "echo $GOMAXPROCS")
		cmd.Env = processors(environment, members)
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("no shell to ask: %v", err)
		}
		return strings.TrimSpace(string(out))
	}
	for _, tc := range []struct {
		environment []string
		members     int
		want        string
	}{
		{nil, 1, strconv.Itoa(runtime.NumCPU())},
		{nil, 1 << 20, "1"},
		{[]string{"GOMAXPROCS=7"}, 3, "7"},
	} {
		if got := said(tc.environment, tc.members); got != tc.want {
			t.Errorf("%v, %d members: %q, want %q", tc.environment, tc.members, got, tc.want)
		}
	}
}
