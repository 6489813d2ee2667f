// Package netns lets a program and the cluster it starts live in a network of their own,
// a namespace of Linux with nothing but a loopback interface, in which packets between
// members can be dropped. It needs no privileges where users may have namespaces.
//
// Members listen on loopback addresses of their own, see [Address], and call each other
// from them. Who calls from another address, such as a client, is never cut off.
package netns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/quorate/quorate"
)

// Address returns the address of a member, by its index: from 127.0.1.1 on.
func Address(index int) netip.Addr {
	return netip.AddrFrom4([4]byte{127, 0, byte(1 + index/250), byte(1 + index%250)})
}

// Filter drops packets between the members of a cluster, by nftables. Safe for
// concurrent use.
type Filter struct {
	nft       string
	addresses []netip.Addr // by member

	mu    sync.Mutex
	rules map[string]rule
}

// rule is what is dropped under one name.
type rule struct {
	pairs []string // source . destination
	share float64
}

// NewFilter returns a filter of packets between members at the given addresses. It has
// to be [Inside].
func NewFilter(ctx context.Context, addresses []netip.Addr) (*Filter, error) {
	if !Inside() {
		return nil, errors.New("filter packets: this is not a network of our own, and other people's packets are left alone")
	}
	nft, err := find()
	if err != nil {
		return nil, err
	}
	f := &Filter{nft: nft, addresses: addresses, rules: map[string]rule{}}
	return f, f.load(ctx, f.rules)
}

// Filter drops the share, 1 being all, of the packets to members from those that they are
// not to hear, by the grudge. It takes the place of what was dropped under the name
// before, at once; nothing is dropped without a grudge.
func (f *Filter) Filter(ctx context.Context, name string, grudge []quorate.Set, share float64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var r rule
	for to, unheard := range grudge {
		for from := range f.addresses {
			if unheard.Has(from) && from != to {
				r.pairs = append(r.pairs, f.addresses[from].String()+" . "+f.addresses[to].String())
			}
		}
	}
	r.share = share
	rules := map[string]rule{}
	for other, r := range f.rules {
		if other != name {
			rules[other] = r
		}
	}
	if len(r.pairs) > 0 {
		rules[name] = r
	}
	if err := f.load(ctx, rules); err != nil {
		return err
	}
	f.rules = rules
	return nil
}

// patient bounds how long nft may take.
const patient = 10 * time.Second

// load replaces all rules, at once. It is not interrupted, which would leave open whether
// they are replaced.
func (f *Filter) load(ctx context.Context, rules map[string]rule) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patient)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.nft, "-f", "-")
	cmd.Stdin = strings.NewReader(script(rules))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("filter packets with %s: %w: %s", f.nft, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// script is what nft is told: a table that takes the place of the one before.
func script(rules map[string]rule) string {
	var sets, drops strings.Builder
	var list []rule
	for _, r := range rules {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b rule) int { return cmp.Or(cmp.Compare(b.share, a.share), slices.Compare(a.pairs, b.pairs)) })
	for i, r := range list {
		fmt.Fprintf(&sets, "\tset pairs%d { type ipv4_addr . ipv4_addr; elements = { %s } }\n", i, strings.Join(r.pairs, ", "))
		some := ""
		if r.share < 1 {
			some = fmt.Sprintf("numgen random mod 1000 < %.0f ", 1000*r.share)
		}
		fmt.Fprintf(&drops, "\t\tip saddr . ip daddr @pairs%d %sdrop\n", i, some)
	}
	return "table inet quorate\ndelete table inet quorate\ntable inet quorate {\n" + sets.String() +
		"\tchain in {\n\t\ttype filter hook input priority 0; policy accept;\n" + drops.String() + "\t}\n}\n"
}
