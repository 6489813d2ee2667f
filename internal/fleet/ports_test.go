package fleet

import (
	"errors"
	"net"
	"slices"
	"testing"
)

// Rule: ports of one claim are in no other one, although nobody listens on them, until it
// is released.
func TestClaimsAreApart(t *testing.T) {
	const many = 3 * block // of more than one block
	one, err := claim(many, 7)
	if err != nil {
		t.Fatal(err)
	}
	two, err := claim(many, 7) // which begins at the same place
	if err != nil {
		t.Fatal(err)
	}
	for _, port := range one.Ports {
		if slices.Contains(two.Ports, port) {
			t.Errorf("port %d is claimed twice", port)
		}
	}
	if len(one.Ports) != many || len(two.Ports) != many {
		t.Errorf("%d and %d ports of %d", len(one.Ports), len(two.Ports), many)
	}
	guards := slices.Concat(one.guards, two.guards)
	if err := errors.Join(one.Release(), two.Release(), one.Release(), (*Claim)(nil).Release()); err != nil {
		t.Error(err)
	}
	for _, guard := range guards {
		if _, err := guard.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v is guarded still: %v", guard.Addr(), err)
		}
	}
}
