package main

import (
	"context"
	"errors"

	"github.com/quorate/quorate/server/remote"
)

// statusVerb is of the prompt and of scripts: elsewhere there is 'quorate admin
// status'.
func statusVerb() kvVerb {
	return kvVerb{
		name: "status", synopsis: "print how the members are",
		about: "Asks the members' admin listeners, as 'quorate admin status' does.",
		setup: func(*flags) func(context.Context, *kv, []string) error {
			return func(ctx context.Context, k *kv, _ []string) error { return k.status(ctx) }
		},
	}
}

func (k *kv) status(ctx context.Context) error {
	var members []operated
	defer func() { closeAll(members) }()
	for _, id := range k.cluster.Members().IDs() {
		c, err := k.cluster.Admin(id, k.timeout)
		switch {
		case errors.Is(err, remote.ErrNoAddress):
		case err != nil:
			return usagef("%w", err)
		default:
			members = append(members, operated{id, k.cluster.File().Addresses[id], c})
		}
	}
	if len(members) == 0 {
		return usagef("the cluster file gives no admin_address, so nobody can be asked")
	}
	answers, errs := survey(ctx, members)
	if err := writeStatus(k.out, members, answers, errs); err != nil {
		return err
	}
	return verdict(ctx, errs)
}
