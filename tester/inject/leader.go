package inject

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// leading finds out who leads: the member that says so, with the highest ballot of
// several; if none does, the one that most is known of. Where each key has an owner it is
// the member that owns most, and where nobody leads any one. Why says which it was.
func leading(ctx context.Context, c Cluster, rng *rand.Rand) (index int, why string, err error) {
	statuses, err := survey(ctx, c)
	some := rng.IntN(c.Members().Size()) // drawn in any case: what follows is the same then
	if err != nil {
		return 0, "", err
	}
	leader, named := -1, -1
	var highest, heard quorate.Ballot
	owner, most, owners, leaders := -1, -1, false, false
	for i, s := range statuses {
		if s == nil {
			continue
		}
		ballot, _ := quorate.ParseBallot(s.Ballot) // zero: none
		if s.Role == "leader" && (leader < 0 || ballot > highest) {
			leader, highest = i, ballot
		}
		if s.Objects != nil {
			owners = true
			if s.Objects.Owned > most {
				owner, most = i, s.Objects.Owned
			}
		}
		if s.Leader != "" && s.Leader != s.ID.String() {
			leaders = true
			id, err := quorate.ParseID(s.Leader)
			if k := c.Members().Index(id); err == nil && k >= 0 && (named < 0 || ballot > heard) {
				named, heard = k, ballot
			}
		}
	}
	switch {
	case leader >= 0:
		return leader, "leader", nil
	case owners:
		return owner, "owner of most objects", nil
	case leaders && named >= 0:
		return named, "leader, as others say", nil
	}
	return some, "any: nobody leads", nil
}

// survey asks all members for their status at the same time. Those that do not answer
// are nil; it fails if none does.
func survey(ctx context.Context, c Cluster) ([]*admin.Status, error) {
	ids := c.Members().IDs()
	statuses, errs := make([]*admin.Status, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() {
			var client *admin.Client
			if client, errs[i] = c.Admin(id); errs[i] != nil {
				return
			}
			var s admin.Status
			if s, errs[i] = client.Status(ctx); errs[i] == nil {
				statuses[i] = &s
			}
		})
	}
	all.Wait()
	for _, s := range statuses {
		if s != nil {
			return statuses, nil
		}
	}
	return nil, fmt.Errorf("ask who leads: no member answers: %w", errors.Join(errs...))
}
