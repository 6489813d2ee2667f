package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/quorate/quorate"
)

// maxHistory bounds the answer about a key's history, in bytes.
const maxHistory = 16 << 20

// History returns what the member asked has executed on a key, by HTTP alone.
func (r *REST) History(ctx context.Context, key string) (View, error) {
	until := time.Now().Add(r.timeout)
	if at, ok := ctx.Deadline(); ok {
		until = at
	}
	conn, _, err := r.connect(ctx, until, true)
	if err != nil {
		return View{}, err
	}
	defer conn.close()
	conn.follow(ctx)
	conn.max = maxHistory
	a, _, err := conn.exchange(request{method: "GET", path: "/history/" + escape(key)}, until)
	if err != nil {
		return View{}, fmt.Errorf("history of %q at member %v: %w", key, conn.id, err)
	}
	var told struct {
		restFailure
		Truncated bool
		Versions  []quorate.Versioned
	}
	if err := json.Unmarshal(a.body, &told); err != nil {
		return View{}, fmt.Errorf("history of %q at member %v: status %d: %w", key, conn.id, a.status, err)
	}
	if a.status != 200 {
		return View{}, fmt.Errorf("history of %q at member %v: status %d: %s", key, conn.id, a.status, told.Error)
	}
	return View{ID: conn.id, Versions: told.Versions, Partial: told.Truncated}, nil
}
