package engine

import (
	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

// Outcome is what a caller gets whose command was answered by r.
func Outcome(r quorate.Reply, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return outcome("test", client.Result{OK: r.OK, Version: r.Version, Value: r.Value})
}
