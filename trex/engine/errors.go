package engine

import (
	"errors"
	"fmt"

	"github.com/quorate/quorate/client"
)

// Errors of commands and queries that were executed.
var (
	// ErrResultTooLarge says that the App returned more than Config.MaxResult
	// allows. A command has changed the state all the same, exactly once.
	ErrResultTooLarge = errors.New("executed, but the result is too large")
	// ErrResultLost says that the command was executed before a crash, and that
	// the application's own store has forgotten the result; see [Durable].
	ErrResultLost = errors.New("executed, but the result was forgotten")
)

// ErrForeign says that the members run something else than an App of this name:
// they would not know what the command means, and have not executed it.
var ErrForeign = errors.New("the cluster does not run this application")

// outcome turns what the machine said into what the caller gets.
func outcome(what string, r client.Result) ([]byte, error) {
	switch {
	case r.OK && r.Version == returned:
		return r.Value, nil
	case !r.OK && r.Version == oversized:
		return nil, fmt.Errorf("%s: %w", what, ErrResultTooLarge)
	case !r.OK && r.Version == lost:
		return nil, fmt.Errorf("%s: %w", what, ErrResultLost)
	}
	return nil, fmt.Errorf("%s: %w", what, ErrForeign)
}
