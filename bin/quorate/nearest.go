package main

import (
	"fmt"

	"github.com/quorate/quorate/internal/spelling"
)

// didYouMean returns a clause that names the candidate nearest to a misspelt
// name, empty if none is near. The prefix goes before the name.
func didYouMean(name string, candidates []string, prefix string) string {
	best, least := "", len(name)/3+2 // further away it is another word
	for _, c := range candidates {
		if d := spelling.Distance(name, c); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s%s?)", prefix, best)
}
