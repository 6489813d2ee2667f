// Package bounds words what is wrong with numbers of a configuration.
package bounds

import (
	"fmt"
	"time"
)

// Negative reports the first number below zero of pairs of a name and a number, which is
// an int or a duration. Zero stands for the default, so it is none.
func Negative(pairs ...any) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		below := false
		switch n := pairs[i+1].(type) {
		case int:
			below = n < 0
		case time.Duration:
			below = n < 0
		default:
			panic(fmt.Sprintf("bounds: %v is a %T", pairs[i], n))
		}
		if below {
			return fmt.Errorf("%v %v: want 0 for the default, or more", pairs[i], pairs[i+1])
		}
	}
	return nil
}
