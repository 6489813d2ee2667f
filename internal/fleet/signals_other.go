//go:build !unix

package fleet

import (
	"errors"
	"os"
)

// pausing returns an error: there are no signals that stop a process.
func pausing() (stop, resume os.Signal, err error) {
	return nil, nil, errors.New("processes cannot be stopped and continued on this system")
}
