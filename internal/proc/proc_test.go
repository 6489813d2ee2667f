package proc_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/quorate/quorate/internal/proc"
)

func TestPortsAreFree(t *testing.T) {
	ports := append(proc.Ports(t, 5), proc.Ports(t, 5)...)
	slices.Sort(ports)
	if len(slices.Compact(ports)) != 10 || ports[0] < 20000 || ports[9] >= 32000 {
		t.Errorf("ports %v", ports)
	}
}

func TestRun(t *testing.T) {
	if got := proc.Run(t, "version"); got.Code != 0 || !strings.HasPrefix(got.Stdout, "quorate ") || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	if got := proc.Run(t, "versoin"); got.Code != 254 || !strings.Contains(got.Stderr, "did you mean") {
		t.Errorf("%+v", got)
	}
	p := proc.Start(t, "versoin")
	if line := p.ErrLine(t, "did you mean"); !strings.HasPrefix(line, "quorate: ") {
		t.Errorf("line %q", line)
	}
}
